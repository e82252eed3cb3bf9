package trust

import (
	"context"
	"crypto/x509"
	"encoding/hex"
	"math/big"
	"time"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/store"
)

// program is who acts where Signet does by itself.
func program() iam.Caller { return iam.Program("revocation") }

// EndExpired ends what certificates opened that are over now. Sessions end with
// their certificate by themselves; what they gave to applications would live on.
func (s *Service) EndExpired(ctx context.Context) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		expired, err := tx.ExpiredIdentities()
		if err != nil {
			return err
		}
		for _, identity := range expired {
			if _, err := s.Sessions.EndOfIdentity(tx, program(), identity.ID, iam.EndCertificateExpired); err != nil {
				return err
			}
		}
		return nil
	})
}

// withdrawn ends what a certificate opened that its CA has revoked, and remembers
// it for the pages that show the identifier. The event is written once for each
// certificate.
func (s *Service) withdrawn(tx *store.Tx, identity iam.Identity, standing cert.Standing) error {
	fresh, err := tx.KeepWithdrawal(iam.Withdrawal{
		Identity: identity.ID, SHA256: identity.Certificate.SHA256, RevokedAt: standing.At, Reason: string(standing.Reason), Source: string(standing.Source),
	})
	if err != nil {
		return err
	}
	if _, err := s.Sessions.EndOfIdentity(tx, program(), identity.ID, iam.EndCertificateRevoked); err != nil || !fresh {
		return err
	}
	return s.Log.Write(tx, program(), iam.Event{
		Kind: iam.EventCertificateRevoked, User: identity.User, Provider: identity.Provider, Identity: identity.ID, Certificate: identity.Certificate,
		Details: factsOf(standing),
	})
}

// factsOf are the facts of a standing as an event tells them.
func factsOf(s cert.Standing) map[string]string {
	facts := map[string]string{"source": string(s.Source), "as_of": s.ThisUpdate.UTC().Format(time.RFC3339)}
	if s.Revoked {
		facts["revoked_at"], facts["revocation_reason"] = s.At.UTC().Format(time.RFC3339), string(s.Reason)
	}
	return facts
}

// stub is what is left of a certificate in the store, as far as a CRL needs it.
// It is of the CA if the account key says so.
func stub(identity iam.Identity, ca *x509.Certificate) (*x509.Certificate, bool) {
	c := identity.Certificate
	if c == nil {
		return nil, false
	}
	if c.Described {
		serial, ok := new(big.Int).SetString(c.Serial, 16)
		ok = ok && c.IssuerSPKI == sum(ca.RawSubjectPublicKeyInfo) && cert.SameName(c.IssuerDER, ca.RawSubject)
		return &x509.Certificate{SerialNumber: serial, RawIssuer: c.IssuerDER}, ok
	}
	spki, err := hex.DecodeString(c.SPKI)
	if err != nil || string(cert.KeyOfHash(spki, ca)) != identity.Key || !cert.SameName(c.IssuerDER, ca.RawSubject) {
		return nil, false
	}
	serial, ok := new(big.Int).SetString(c.Serial, 16)
	if !ok {
		return nil, false
	}
	return &x509.Certificate{SerialNumber: serial, RawIssuer: c.IssuerDER, NotBefore: c.NotBefore, NotAfter: c.NotAfter}, true
}

// pageSize is how many identifiers are looked at in one transaction.
const pageSize = 200

// applyList draws the consequences of a new list: the identifiers of the login
// method whose certificates it revokes lose what they opened.
func (s *Service) applyList(ctx context.Context, provider iam.ProviderID, list *cert.CRL, ca *x509.Certificate) error {
	if list.Len() == 0 {
		return nil
	}
	all, err := s.known(ctx, provider, list)
	if err != nil {
		return err
	}
	for after := iam.IdentityID(""); ; {
		var page []iam.Identity
		err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
			page, err = tx.IdentitiesAfter(provider, after, pageSize)
			return err
		})
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].ID
		for _, identity := range page {
			leaf, ok := stub(identity, ca)
			if !ok {
				continue
			}
			// Whether a list that is split by distribution point is about this
			// certificate is not known any more; that it names its serial is enough.
			standing, found := all.Entry(list, leaf, s.DB.Now())
			if !found || !standing.Revoked {
				continue
			}
			if err := s.DB.Update(ctx, func(tx *store.Tx) error { return s.withdrawn(tx, identity, standing) }); err != nil {
				return err
			}
		}
	}
}

// known are the lists of a login method that have come, and a new one.
func (s *Service) known(ctx context.Context, provider iam.ProviderID, list *cert.CRL) (*cert.Lists, error) {
	var rows []iam.RevocationList
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		rows, err = tx.RevocationListsOf(provider)
		return err
	})
	if err != nil {
		return nil, err
	}
	all := []*cert.CRL{list}
	for _, row := range rows {
		if row.DataHash == nil || row.Kind != string(cert.KindDelta) {
			continue
		}
		if other, err := s.list(ctx, row); err == nil && other != list {
			all = append(all, other)
		}
	}
	return cert.Together(all...), nil
}

// Recheck asks the OCSP responders about the certificates that have something
// open, where their CA has no list: nobody else would tell of a revocation before
// the next sign-in. Of many a page at a time is asked, at most once in the life of
// an answer.
func (s *Service) Recheck(ctx context.Context) error {
	var providers []iam.Provider
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		providers, err = tx.Providers()
		return err
	})
	if err != nil {
		return err
	}
	for _, p := range providers {
		if p.Type != iam.ProviderCertificate || p.Settings.Certificate == nil {
			continue
		}
		for _, r := range p.Settings.Certificate.Revocation {
			if r.OCSP == "" || r.OCSP == iam.OCSPOfCertificate || r.Mode == iam.RevocationNone {
				continue
			}
			if ca, err := s.authority(p, r.CA); err == nil {
				if err := s.recheck(ctx, p, r, ca); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (s *Service) recheck(ctx context.Context, p iam.Provider, r iam.CARevocation, ca *x509.Certificate) error {
	for after := iam.IdentityID(""); ; {
		var page []iam.Identity
		err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
			page, err = tx.LivingIdentities(p.ID, after, pageSize)
			return err
		})
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].ID
		for _, identity := range page {
			leaf, ok := stub(identity, ca)
			if !ok {
				continue
			}
			standing, _, err := s.askResponder(ctx, question{method: p, settings: r, leaf: leaf, issuer: ca, now: s.DB.Now()})
			if err != nil || !standing.Revoked {
				continue // not to know ends nothing: the next sign-in is refused where that is wanted
			}
			if err := s.DB.Update(ctx, func(tx *store.Tx) error { return s.withdrawn(tx, identity, standing) }); err != nil {
				return err
			}
		}
	}
}
