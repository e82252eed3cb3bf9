package store

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"signet/internal/iam"
)

// cache keeps rows of the configuration, which every sign-in reads many times
// and administrators seldom change: applications, their secrets, login methods
// and offers. Nothing about people is ever kept.
//
// A change that this process makes holds at once: while a transaction that
// changes the configuration is under way nothing is taken from here or put here,
// and when it is over everything is forgotten. Changes of other processes hold
// within cacheLife, of the 2 seconds that nodes have.
type cache struct {
	mu         sync.Mutex
	changing   int    // transactions under way that change the configuration; under mu
	generation uint64 // how many there have been; under mu

	apps      shelf[iam.AppID, iam.App]
	secrets   shelf[iam.AppID, []iam.AppSecret]
	providers shelf[iam.ProviderID, iam.Provider]
	offers    shelf[iam.AppID, []iam.Offer]
	widgets   shelf[appearanceKey, iam.Appearance]
	settings  shelf[string, iam.Settings]
}

const (
	cacheLife = time.Second
	// cacheSize bounds each shelf. Only what exists is kept, so that strangers
	// cannot fill it.
	cacheSize = 1000
)

// shelf holds what is cached of one kind, under the cache's lock. What is on it
// is shared by all and must be copied before it is handed out.
type shelf[K comparable, V any] map[K]cached[V]

type cached[V any] struct {
	value V
	read  time.Time
}

// now is the generation that a transaction begins in.
func (c *cache) now() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.generation
}

// begin says that a transaction is about to change the configuration.
func (c *cache) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changing++
}

// end says that it is over, committed or not.
func (c *cache) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changing--
	c.generation++
	clear(c.apps)
	clear(c.secrets)
	clear(c.providers)
	clear(c.offers)
	clear(c.widgets)
	clear(c.settings)
}

// recall returns what the shelf holds under the key, or reads and keeps it.
func recall[K comparable, V any](tx *Tx, s *shelf[K, V], key K, read func() (V, error)) (V, error) {
	c := &tx.db.cache
	c.mu.Lock()
	generation, usable := c.generation, c.changing == 0 && !tx.fresh
	if tx.sql != nil {
		generation = tx.generation // it reads what was there when it began
	}
	found, ok := (*s)[key]
	c.mu.Unlock()
	if age := tx.now.Sub(found.read); usable && ok && age >= 0 && age < cacheLife {
		tx.recalled = true
		return found.value, nil
	}
	value, err := read()
	if err != nil || !usable {
		return value, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	// What was read may be of before a change that has ended meanwhile.
	if c.changing == 0 && c.generation == generation {
		if *s == nil || len(*s) >= cacheSize {
			*s = shelf[K, V]{}
		}
		(*s)[key] = cached[V]{value, tx.now}
		tx.recalled = true // what is returned is on the shelf, and so is not the caller's
	}
	return value, nil
}

// errStale says that a transaction wants to change the configuration after it
// has read some of it that may be a second old: it is run again, reading anew,
// so that it overwrites nobody's change.
var errStale = errors.New("the configuration was read from the cache")

// configure tells the cache before a statement that changes the configuration.
func (tx *Tx) configure(text string) error {
	switch {
	case !configures(text) || tx.configures:
		return nil
	case tx.recalled:
		return errStale
	}
	tx.db.cache.begin()
	tx.configures, tx.fresh = true, true
	return nil
}

// configures reports whether a statement changes a table that is cached. It
// looks at the text, so that no function can forget to say so.
func configures(text string) bool {
	for _, verb := range []string{"INSERT INTO ", "UPDATE ", "DELETE FROM "} {
		if rest, ok := strings.CutPrefix(text, verb); ok {
			table, _, _ := strings.Cut(rest, " ")
			return slices.Contains([]string{"applications", "application_secrets", "providers", "offers", "widgets", "settings"}, table)
		}
	}
	return false
}

func copyApp(a iam.App) iam.App {
	a.RedirectURIs, a.PostLogoutRedirectURIs, a.Authorities = slices.Clone(a.RedirectURIs), slices.Clone(a.PostLogoutRedirectURIs), slices.Clone(a.Authorities)
	if a.ClientCertificate != nil {
		own := *a.ClientCertificate
		a.ClientCertificate = &own
	}
	return a
}

func copyProvider(p iam.Provider) iam.Provider {
	if p.Settings.Certificate != nil {
		settings := *p.Settings.Certificate
		settings.PolicyOIDs, settings.KeyTypes = slices.Clone(settings.PolicyOIDs), slices.Clone(settings.KeyTypes)
		settings.Mapping, settings.Assurance = slices.Clone(settings.Mapping), slices.Clone(settings.Assurance)
		if settings.Creation != nil {
			own := *settings.Creation
			own.Authorities = slices.Clone(own.Authorities)
			settings.Creation = &own
		}
		settings.Revocation = slices.Clone(settings.Revocation)
		for i, r := range settings.Revocation {
			settings.Revocation[i].Lists, settings.Revocation[i].Hosts = slices.Clone(r.Lists), slices.Clone(r.Hosts)
		}
		p.Settings.Certificate = &settings
	}
	return p
}

func copyAppearance(a iam.Appearance) iam.Appearance {
	a.Links, a.Logos = slices.Clone(a.Links), slices.Clone(a.Logos)
	return a
}

func copyOffers(offers []iam.Offer) []iam.Offer {
	offers = slices.Clone(offers)
	for i := range offers {
		offers[i].Provider = copyProvider(offers[i].Provider)
	}
	return offers
}

// validSecrets copies the secrets that have not expired.
func validSecrets(all []iam.AppSecret, now time.Time) []iam.AppSecret {
	var valid []iam.AppSecret
	for _, s := range all {
		if s.ExpiresAt.IsZero() || s.ExpiresAt.After(now) {
			s.Hash = bytes.Clone(s.Hash)
			valid = append(valid, s)
		}
	}
	return valid
}
