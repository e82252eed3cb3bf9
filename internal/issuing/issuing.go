// Package issuing runs Signet's own certificate authorities, for installations that
// have no PKI: an authority belongs to one login method, which trusts it as it
// trusts any other, and gives people certificates that are linked to them from the
// start.
//
// The key of an authority is kept sealed. The key of a person's certificate is made
// here, because browsers cannot make one for a certificate any more, goes out in a
// PKCS#12 file with the one answer, and is kept nowhere.
package issuing

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
	"time"

	"signet/internal/audit"
	"signet/internal/ca"
	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/provider"
	"signet/internal/seal"
	"signet/internal/store"
	"signet/internal/trust"
)

// Service makes authorities and issues their certificates.
type Service struct {
	DB         *store.DB
	Log        *audit.Log
	Box        *seal.Box
	Providers  *provider.Service
	Trust      *trust.Service
	Identities *identity.Service
	// Brand is what the installation calls itself where no setting says.
	Brand string
}

// AuthorityYears is how long an authority lives. What it issues ends with it at the
// latest.
const AuthorityYears = 10

// Authority returns the authority of a login method to whoever may see the method, or
// a not-found error. The key stays sealed.
func (s *Service) Authority(ctx context.Context, caller iam.Caller, p iam.Provider) (a iam.IssuingAuthority, err error) {
	if err := caller.Require(iam.ViewProviders, p.Scope); err != nil {
		return iam.IssuingAuthority{}, err
	}
	return s.authority(ctx, p.ID)
}

func (s *Service) authority(ctx context.Context, id iam.ProviderID) (a iam.IssuingAuthority, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		a, err = tx.IssuingAuthority(id)
		return err
	})
	return a, err
}

// Create adds a login method that trusts an authority of its own, beside those of
// its settings.
func (s *Service) Create(ctx context.Context, caller iam.Caller, p iam.Provider) (iam.Provider, error) {
	// Before anything is made, so that nobody costs us keys.
	if err := s.Log.Denied(ctx, caller, iam.EditProviders, p.Scope); err != nil {
		return iam.Provider{}, err
	}
	made, trusting, err := s.make(ctx, p)
	if err != nil {
		return iam.Provider{}, err
	}
	if trusting, err = s.Providers.Create(ctx, caller, trusting); err != nil {
		return iam.Provider{}, err
	}
	return trusting, s.keep(ctx, caller, trusting, made)
}

// Establish makes an authority for a login method, in the place of the one that it
// had. The method goes on trusting that one, and what it has issued, until its CA is
// removed from the method.
func (s *Service) Establish(ctx context.Context, caller iam.Caller, p iam.Provider) error {
	if err := s.Log.Denied(ctx, caller, iam.EditProviders, p.Scope); err != nil {
		return err
	}
	made, trusting, err := s.make(ctx, p)
	if err != nil {
		return err
	}
	if err := s.Providers.Change(ctx, caller, trusting); err != nil {
		return err
	}
	return s.keep(ctx, caller, trusting, made)
}

// make makes an authority, and the login method with trust in it.
func (s *Service) make(ctx context.Context, p iam.Provider) (*ca.Authority, iam.Provider, error) {
	if p.Type != iam.ProviderCertificate {
		return nil, p, iam.NotFound("provider")
	}
	brand, err := s.brand(ctx)
	if err != nil {
		return nil, p, err
	}
	now := s.DB.Now()
	made, err := ca.New(ca.Options{
		// The year tells it from the one that will follow it.
		Name: bounded(strings.TrimSpace(p.Name) + " CA " + now.Format("2006")), Organization: bounded(brand), People: true,
		NotBefore: now.Add(-clockSkew).Truncate(time.Second), NotAfter: now.AddDate(AuthorityYears, 0, 0).Truncate(time.Second),
	})
	if err != nil {
		return nil, p, err
	}
	settings := iam.CertificateSettings{}
	if p.Settings.Certificate != nil {
		settings = *p.Settings.Certificate
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made.Certificate.Raw}))
	if settings.Anchors = strings.TrimSpace(settings.Anchors); settings.Anchors != "" {
		settings.Anchors += "\n"
	}
	settings.Anchors += text
	// It issues no revocation lists: what it has issued is withdrawn by a block, which
	// holds for everybody who could ask.
	id := cert.AuthorityID(made.Certificate)
	settings.Revocation = append(slices.Clone(settings.Revocation), iam.CARevocation{CA: id, Mode: iam.RevocationNone})
	settings.Assurance = append(slices.Clone(settings.Assurance), iam.AssuranceRule{CA: id, Key: iam.KeySoftware}) // a file that was handed over
	// Whom it certifies has an account, and nobody else gets one by that: for this CA
	// there is nothing to agree to.
	if c := settings.Creation; c != nil && len(c.Authorities) > 0 {
		agreed := *c
		agreed.Authorities = append(slices.Clone(c.Authorities), id)
		settings.Creation = &agreed
	}
	p.Settings.Certificate = &settings
	return made, p, nil
}

// keep keeps an authority that the login method trusts already. Where that fails, the
// method trusts an authority whose key is gone: one that issues nothing.
func (s *Service) keep(ctx context.Context, caller iam.Caller, p iam.Provider, made *ca.Authority) error {
	key, err := made.Key()
	if err != nil {
		return err
	}
	a := iam.IssuingAuthority{
		Provider: p.ID, CA: cert.AuthorityID(made.Certificate), Certificate: made.Certificate.Raw,
		IssuingRules: iam.IssuingRules{Days: iam.DefaultIssuedDays},
	}
	a.Key = s.Box.Seal(key, place(a))
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		switch old, err := tx.IssuingAuthority(p.ID); {
		case err == nil:
			a.IssuingRules, a.Former = old.IssuingRules, append(old.Former, old.CA)
		case !iam.IsNotFound(err):
			return err
		}
		a.CreatedAt = tx.Now()
		if err := tx.SetIssuingAuthority(a); err != nil {
			return err
		}
		return s.Log.Write(tx, caller, iam.Event{
			Kind: iam.EventAuthorityMade, Provider: p.ID, Org: p.Scope.Org, App: p.Scope.App,
			Details: map[string]string{"authority": cert.Read(made.Certificate).Subject},
		})
	})
}

// place is where the key of an authority may be opened: nowhere but in its own row.
func place(a iam.IssuingAuthority) string { return "issuing authority " + a.CA }

// open returns an authority that can issue.
func (s *Service) open(a iam.IssuingAuthority) (*ca.Authority, error) {
	key, err := s.Box.Open(a.Key, place(a))
	if err != nil {
		return nil, err
	}
	return ca.Parse(a.Certificate, key)
}

// SetRules says to whom the authority of a login method gives certificates, and for
// how long.
func (s *Service) SetRules(ctx context.Context, caller iam.Caller, p iam.Provider, rules iam.IssuingRules) error {
	if err := s.Log.Denied(ctx, caller, iam.EditProviders, p.Scope); err != nil {
		return err
	}
	if rules.Days < iam.MinIssuedDays || rules.Days > iam.MaxIssuedDays {
		return iam.Invalid("days", "issued_days_out_of_range")
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := tx.SetIssuingRules(p.ID, rules); err != nil {
			return err
		}
		details := map[string]string{"self_service": "off", "days": days(rules.Days)}
		if rules.SelfService {
			details["self_service"] = "on"
		}
		return s.Log.Write(tx, caller, iam.Event{Kind: iam.EventAuthorityChanged, Provider: p.ID, Org: p.Scope.Org, App: p.Scope.App, Details: details})
	})
}

// brand is what the installation calls itself.
func (s *Service) brand(ctx context.Context) (brand string, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		set, err := tx.Settings()
		brand = set.Name
		return err
	})
	if brand == "" {
		brand = s.Brand
	}
	return brand, err
}

// maxName is how long a common name, an organization may be (RFC 5280, appendix A.1:
// ub-common-name, ub-organization-name), in characters.
const maxName = 64

func bounded(name string) string {
	if r := []rune(name); len(r) > maxName {
		return strings.TrimSpace(string(r[:maxName]))
	}
	return name
}

// clockSkew is how far the clock of another machine may be behind.
const clockSkew = 5 * time.Minute

// Certificate is the certificate of an authority.
func Certificate(a iam.IssuingAuthority) (*x509.Certificate, error) {
	return x509.ParseCertificate(a.Certificate)
}
