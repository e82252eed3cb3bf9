package cert

import (
	"crypto/x509"
	"slices"
	"time"
)

// IssuerPath judges a CA of the method by itself: for a certificate that is known
// by what was kept of it, and not at hand. It returns the path from the CA up to
// an anchor. What only the certificate could say is not asked: depth, policies,
// the names that it bears.
func IssuerPath(p Policy, ca *x509.Certificate, now time.Time) ([]*x509.Certificate, Cause) {
	now = now.Truncate(time.Second)
	path := []*x509.Certificate{ca}
	if !slices.ContainsFunc(p.Anchors, ca.Equal) {
		alone := Policy{Anchors: p.Anchors, Intermediates: p.Intermediates, MinRSABits: p.MinRSABits, MinHashBits: p.MinHashBits, MaxDepth: maxPathLength, AnyPurpose: true}
		v := Judge(alone, path, now, nil)
		switch v.Cause {
		case CauseNone:
			path = v.Chain
		case CauseExpired:
			return nil, CauseIssuerExpired
		case CauseNotYetValid:
			return nil, CauseIssuerNotYetValid
		default:
			return nil, v.Cause
		}
	}
	for _, c := range path {
		switch {
		case len(authorities([]*x509.Certificate{c})) == 0:
			return nil, CauseUnknownIssuer
		case !names(c, p.keyPurpose()):
			return nil, CauseWrongPurpose
		case now.Before(c.NotBefore):
			return nil, CauseIssuerNotYetValid
		case now.After(c.NotAfter):
			return nil, CauseIssuerExpired
		}
	}
	return path, CauseNone
}

// SameAnchor reports whether two CAs have a path to one anchor of a set. Each of
// the set may help to build it.
func SameAnchor(set []*x509.Certificate, a, b *x509.Certificate, now time.Time) bool {
	leads := func(c, anchor *x509.Certificate) bool {
		return c.Equal(anchor) || Judge(Policy{Anchors: []*x509.Certificate{anchor}, Intermediates: set, AnyPurpose: true, MaxDepth: maxPathLength}, []*x509.Certificate{c}, now, nil).Accepted()
	}
	return slices.ContainsFunc(set, func(anchor *x509.Certificate) bool { return leads(a, anchor) && leads(b, anchor) })
}
