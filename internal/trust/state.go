package trust

import (
	"context"
	"crypto/x509"
	"slices"
	"time"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/store"
)

// Authority is a CA of a login method and what is known of its revocations.
type Authority struct {
	Provider iam.Provider
	ID       string // as iam.CARevocation.CA
	Facts    cert.Facts
	Settings iam.CARevocation // its own, or those of the CA above it
	Chosen   bool             // false where nobody has chosen
	Below    bool             // known from certificates only, by no administrator
	Own      bool             // Signet's own, whose certificates are withdrawn by local blocks
	Lists    []iam.RevocationList
	State    State
}

// State is how well revocation is known for a CA, as a stable code.
type State string

// The states.
const (
	StateFresh      State = "fresh"       // a list holds
	StateFailing    State = "failing"     // a list holds, and the last try to renew it failed
	StateStale      State = "stale"       // no list holds any more
	StateMissing    State = "missing"     // no list has been received
	StateResponder  State = "responder"   // a responder is asked
	StateShortLived State = "short_lived" // not needed
	StateOff        State = "off"         // nobody is asked
	StateOwn        State = "own"         // nobody needs to be asked: it is Signet's own
	StateUnchosen   State = "unchosen"    // nobody has chosen
)

// States are all of them.
func States() []State {
	return []State{StateFresh, StateFailing, StateStale, StateMissing, StateResponder, StateShortLived, StateOff, StateOwn, StateUnchosen}
}

// Required reports whether the revocations of the CA must be known.
func (a Authority) Required() bool {
	return !a.Below && a.Chosen && a.Settings.Mode == iam.RevocationRequired
}

// Unknown reports whether nothing holds at the moment.
func (a Authority) Unknown() bool { return a.State == StateMissing || a.State == StateStale }

// stateOf says how well revocation is known. Pure.
func stateOf(a Authority, now time.Time) State {
	switch {
	case !a.Chosen:
		return StateUnchosen
	case a.Settings.Mode == iam.RevocationNone && a.Own:
		return StateOwn
	case a.Settings.Mode == iam.RevocationNone:
		return StateOff
	}
	state := StateMissing
	for _, l := range a.Lists {
		switch {
		case l.DataHash == nil, l.Kind == string(cert.KindDelta): // changes alone say nothing
		case now.After(l.NextUpdate):
			if state == StateMissing {
				state = StateStale
			}
		case l.Failures > 0 && state != StateFresh:
			state = StateFailing
		default:
			state = StateFresh
		}
	}
	if state == StateMissing || state == StateStale {
		switch {
		case a.Settings.OCSP != "":
			return StateResponder
		case a.Settings.Mode == iam.RevocationShortLived && len(a.Lists) == 0:
			return StateShortLived
		}
	}
	return state
}

// Revocations returns what is known of revocation for the CAs of the login methods
// that the caller may see.
func (s *Service) Revocations(ctx context.Context, caller iam.Caller) (all []Authority, err error) {
	var providers []iam.Provider
	var rows []iam.RevocationList
	var own []iam.IssuingAuthority
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if providers, err = tx.Providers(); err != nil {
			return err
		}
		if own, err = tx.IssuingAuthorities(); err != nil {
			return err
		}
		rows, err = tx.RevocationLists()
		return err
	})
	if err != nil {
		return nil, err
	}
	now := s.DB.Now()
	for _, p := range providers {
		if p.Type != iam.ProviderCertificate || p.Settings.Certificate == nil || !caller.May(iam.ViewProviders, p.Scope) {
			continue
		}
		b, err := s.bundlesOf(p)
		if err != nil {
			s.logError(ctx, "the CAs of a login method cannot be read", err, "method", p.ID)
			continue
		}
		all = append(all, authoritiesOf(p, slices.Concat(b.anchors, b.intermediates), rows, own, now)...)
	}
	return all, nil
}

func authoritiesOf(p iam.Provider, set []*x509.Certificate, rows []iam.RevocationList, own []iam.IssuingAuthority, now time.Time) (all []Authority) {
	at := map[string]int{}
	for _, c := range set {
		id := cert.AuthorityID(c)
		if i, twice := at[id]; twice { // the same CA with another certificate: it ends with the last of them
			if f := cert.Read(c); f.NotAfter.After(all[i].Facts.NotAfter) {
				all[i].Facts = f
			}
			continue
		}
		at[id] = len(all)
		a := Authority{Provider: p, ID: id, Facts: cert.Read(c), Own: slices.ContainsFunc(own, func(o iam.IssuingAuthority) bool { return o.Is(id) })}
		a.Settings, a.Chosen = p.Settings.Certificate.RevocationOf(id)
		all = append(all, a)
	}
	for _, row := range rows {
		if row.Provider != p.ID {
			continue
		}
		i, ok := at[row.Authority]
		if !ok {
			c, err := x509.ParseCertificate(row.Certificate)
			if err != nil {
				continue
			}
			i = len(all)
			at[row.Authority] = i
			all = append(all, Authority{Provider: p, ID: row.Authority, Facts: cert.Read(c), Settings: iam.CARevocation{Mode: iam.RevocationBestEffort}, Chosen: true, Below: true})
		}
		all[i].Lists = append(all[i].Lists, row)
	}
	for i := range all {
		all[i].State = stateOf(all[i], now)
	}
	return all
}

// Freshness counts the CAs whose revocations must be known, and those of them for
// which nothing holds at the moment: whoever has a certificate of one is refused.
func (s *Service) Freshness(ctx context.Context) (required, unknown int, err error) {
	all, err := s.Revocations(ctx, program())
	for _, a := range all {
		if !a.Required() {
			continue
		}
		required++
		if a.Unknown() {
			unknown++
		}
	}
	return required, unknown, err
}

// WarnUnchosen logs the CAs for which nobody has chosen how revocation is checked,
// or has chosen not to: neither shall be forgotten.
func (s *Service) WarnUnchosen(ctx context.Context) error {
	all, err := s.Revocations(ctx, program())
	if s.Log == nil || s.Log.Out == nil {
		return err
	}
	for _, a := range all {
		switch a.State {
		case StateUnchosen:
			s.Log.Out.WarnContext(ctx, "revocation is not checked, and nobody has chosen so; choose on the page Revocation", "method", a.Provider.Name, "authority", a.Facts.Subject)
		case StateOff:
			s.Log.Out.InfoContext(ctx, "revocation is not checked, by choice", "method", a.Provider.Name, "authority", a.Facts.Subject)
		}
	}
	return err
}
