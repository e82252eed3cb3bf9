package trust

import (
	"context"
	"crypto/x509"
	"slices"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/store"
)

// Deltas returns, for a CA, where its lists say that the changes to them are
// (freshestCRL), if no list of changes of it is known: they are not fetched unasked,
// and what has been withdrawn since the last complete list is not known so long.
func (s *Service) Deltas(ctx context.Context, a Authority) (addresses []string) {
	for _, l := range a.Lists {
		if l.Kind == string(cert.KindDelta) {
			return nil
		}
	}
	for _, row := range a.Lists {
		list, err := s.list(ctx, row)
		if err != nil {
			continue // its state tells of it
		}
		for _, address := range list.DeltaAddresses() {
			if !slices.Contains(addresses, address) {
				addresses = append(addresses, address)
			}
		}
	}
	return addresses
}

// maxLookedAt is how many of the certificates that were shown lately are looked at.
const maxLookedAt = 200

// OutOfReach returns the CAs of a login method whose revocations are to be known, for
// which no list is set, and whose certificates name theirs by no web address, with what
// they name: LDAP is not supported. It goes by the certificates that were shown lately.
func (s *Service) OutOfReach(ctx context.Context, p iam.Provider) (found []UnreachableLists) {
	b, err := s.bundlesOf(p)
	if err != nil || p.Settings.Certificate == nil {
		return nil // of which another finding tells
	}
	var rows []iam.RevocationList
	var shown []iam.Shown
	if err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if rows, err = tx.RevocationListsOf(p.ID); err != nil {
			return err
		}
		for _, refused := range []bool{false, true} {
			some, err := tx.Shown(p.ID, tx.Now().Add(-learntLife), refused, maxLookedAt)
			if err != nil {
				return err
			}
			shown = append(shown, some...)
		}
		return nil
	}); err != nil {
		return nil
	}
	leaves := b.intermediates[:len(b.intermediates):len(b.intermediates)]
	for _, one := range shown {
		if len(one.Chain) == 0 {
			continue
		}
		if c, err := x509.ParseCertificate(one.Chain[0]); err == nil {
			leaves = append(leaves, c)
		}
	}
	for _, c := range leaves {
		addresses, none := cert.WithoutWebAddress(c)
		if !none {
			continue
		}
		for _, ca := range slices.Concat(b.anchors, b.intermediates) {
			id := cert.AuthorityID(ca)
			settings, chosen := p.Settings.Certificate.RevocationOf(id)
			switch {
			case !chosen, modeFor(settings, c) == iam.RevocationNone, settings.OCSP != "" || len(settings.Lists) > 0,
				slices.ContainsFunc(rows, func(l iam.RevocationList) bool { return l.Authority == id }),
				slices.ContainsFunc(found, func(u UnreachableLists) bool { return cert.AuthorityID(u.CA) == id }),
				!cert.SameName(c.RawIssuer, ca.RawSubject), ca.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) != nil:
				continue
			}
			found = append(found, UnreachableLists{ca, addresses, settings.Mode == iam.RevocationRequired})
		}
	}
	return found
}

// UnreachableLists are lists that certificates of a CA name and nobody can fetch.
type UnreachableLists struct {
	CA        *x509.Certificate
	Addresses []string
	Required  bool // people do not get in without them
}
