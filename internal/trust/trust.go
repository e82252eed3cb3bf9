// Package trust owns what a certificate method believes: it checks the CA files
// that administrators bring (CheckSettings), turns a method's settings into the
// policy that cert.Judge goes by (Policy), and knows which CAs a handshake names
// (Subjects). It owns what is known of revocation, the lists and answers of CAs
// (Revoked, Refresh, Upload), and what is blocked here (Blocked), and ends what a
// withdrawn certificate opened. It decides nothing about a certificate itself;
// that is cert's.
//
// It fails closed. What cannot be read is an error and never an empty set of
// CAs, behind which x509 would look into the system's own (CVE-2026-27586).
package trust

import (
	"context"
	"crypto/x509"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"signet/internal/audit"
	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/session"
	"signet/internal/store"
)

// Service answers what login methods trust. Its caches hold nothing that could
// not be read again; nodes share nothing but the store.
type Service struct {
	DB       *store.DB
	Log      *audit.Log
	Sessions *session.Service

	// Fetch gets lists and OCSP answers, and ReadFile a list of the installation's
	// folder. Where they are nil nothing is fetched, and what is not known stays so.
	Fetch    Fetch
	ReadFile func(name string) ([]byte, error)

	loading singleflight.Group
	paths   cert.Paths

	mu       sync.Mutex
	parsed   map[iam.ProviderID]bundles     // under mu
	subjects map[iam.ProviderID]named       // under mu; "" holds those of all methods
	loaded   map[loadedList]*cert.CRL       // under mu
	unread   map[unreadList]unreadable      // under mu
	silent   map[string]time.Time           // responders that do not answer, until when; under mu
	learnt   map[learntResponder]time.Time  // when it was written down; under mu
	clients  map[string][]*x509.Certificate // CAs of applications, by their text; under mu
	synced   time.Time                      // under mu
}

// maxCached bounds the caches, so that methods that are made and removed again
// and again do not stay.
const maxCached = 1024

// bundles are the CA files of a method, with the texts that they were read from.
type bundles struct {
	anchorText, intermediateText string
	anchors, intermediates       []*x509.Certificate
}

// Policy returns what the login method demands of a certificate. The provider
// must be as it is stored now: its texts decide, the cache only saves reading
// the same ones again.
func (s *Service) Policy(_ context.Context, p iam.Provider) (cert.Policy, error) {
	b, err := s.bundlesOf(p)
	if err != nil {
		return cert.Policy{}, fmt.Errorf("read what method %s trusts: %w", p.ID, err)
	}
	policy := policyOf(*p.Settings.Certificate, b)
	policy.Known = &s.paths
	return policy, nil
}

func policyOf(settings iam.CertificateSettings, b bundles) cert.Policy {
	return cert.Policy{
		Anchors: b.anchors, Intermediates: b.intermediates, MaxDepth: settings.MaxDepth, MinRSABits: settings.MinRSABits, MinHashBits: settings.MinHashBits,
		MaxAge: time.Duration(settings.MaxAgeDays) * 24 * time.Hour, PolicyOIDs: settings.PolicyOIDs,
		KeyTypes: settings.KeyTypes, AllowNoPurpose: settings.AllowNoPurpose,
	}
}

// Authorities names the CAs that the login method trusts.
func (s *Service) Authorities(p iam.Provider) ([]iam.Authority, error) {
	if p.Settings.Certificate == nil {
		return nil, nil
	}
	b, err := s.bundlesOf(p)
	if err != nil {
		return nil, fmt.Errorf("read what method %s trusts: %w", p.ID, err)
	}
	var all []iam.Authority
	for _, c := range b.anchors {
		f := cert.Read(c)
		name := f.CommonName
		if name == "" {
			name = f.Subject
		}
		all = append(all, iam.Authority{SHA256: f.SHA256, Name: name})
	}
	return all, nil
}

// TrustsAll reports whether the login method trusts every CA that any login method
// here does, whatever its level. A proxy in front verifies for all of them at once,
// and where it tells no more than the name of the issuer, every one of these CAs could
// have borne it, or a CA below it.
func (s *Service) TrustsAll(ctx context.Context, p iam.Provider) (bool, error) {
	var all []iam.Provider
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		all, err = tx.Providers()
		return err
	})
	if err != nil {
		return false, err
	}
	own, err := s.bundlesOf(p)
	if err != nil {
		return false, err
	}
	trusted := map[string]bool{}
	for _, ca := range own.anchors {
		trusted[cert.AuthorityID(ca)] = true
	}
	for _, other := range all {
		if other.Type != iam.ProviderCertificate || other.Settings.Certificate == nil {
			continue
		}
		b, err := s.bundlesOf(other)
		if err != nil {
			return false, err
		}
		for _, ca := range b.anchors {
			if !trusted[cert.AuthorityID(ca)] {
				return false, nil
			}
		}
	}
	return true, nil
}

// bundlesOf returns the parsed CA files of a method. What is cached is compared
// by the text itself and not by the version: a restored database can give one
// version number to two texts.
func (s *Service) bundlesOf(p iam.Provider) (bundles, error) {
	settings := p.Settings.Certificate
	if settings == nil {
		return readBundles(p)
	}
	s.mu.Lock()
	b, ok := s.parsed[p.ID]
	s.mu.Unlock()
	if ok && b.anchorText == settings.Anchors && b.intermediateText == settings.Intermediates {
		return b, nil
	}
	b, err := readBundles(p)
	if err != nil {
		return bundles{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.parsed == nil || len(s.parsed) >= maxCached {
		s.parsed = map[iam.ProviderID]bundles{}
	}
	s.parsed[p.ID] = b
	return b, nil
}

// readBundles parses the CA files of a method.
func readBundles(p iam.Provider) (bundles, error) {
	settings := p.Settings.Certificate
	if p.Type != iam.ProviderCertificate || settings == nil {
		return bundles{}, fmt.Errorf("a login method of type %q has no certificate settings", p.Type)
	}
	b := bundles{anchorText: settings.Anchors, intermediateText: settings.Intermediates}
	var err error
	if b.anchors, err = cert.ParseBundle([]byte(settings.Anchors)); err != nil {
		return bundles{}, fmt.Errorf("anchors: %w", err)
	}
	if len(b.anchors) == 0 {
		return bundles{}, fmt.Errorf("anchors: %w", cert.ErrBundleEmpty)
	}
	if settings.Intermediates != "" {
		if b.intermediates, err = cert.ParseBundle([]byte(settings.Intermediates)); err != nil {
			return bundles{}, fmt.Errorf("intermediates: %w", err)
		}
	}
	return b, nil
}
