package cert

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"fmt"
	"slices"
	"time"
)

// path is a way from the leaf to an anchor in which every certificate names the
// next as its issuer and was signed by its key.
type path struct {
	chain []*x509.Certificate
	// verified says that Go's verifier accepts the path, now and for the purpose.
	// Otherwise nothing but its names and signatures is known.
	verified bool
	// weak is the first link whose signature could not be verified because its
	// algorithm or the issuer's key is no longer good for anything; nil where
	// every signature was verified.
	weak *x509.Certificate
}

// Bounds of path building. Every signature costs, and who connects chooses what
// is tried (CVE-2026-32280: many intermediates).
const (
	maxPaths          = 16
	maxPathLength     = 16
	defaultSignatures = 100
)

// findPaths returns the paths from leaf to the anchors of the policy: those that
// Go's verifier accepts or, where it accepts none, all that can be found, so that
// the person is told what is wrong instead of "unknown".
func findPaths(p Policy, leaf *x509.Certificate, offered []*x509.Certificate, now time.Time) *finder {
	// Who may not sign certificates is no CA, wherever it stands.
	p.Anchors, p.Intermediates = authorities(p.Anchors), authorities(p.Intermediates)
	f := &finder{policy: p, candidates: append(authorities(offered), p.Intermediates...), signatures: p.maxSignatures}
	if f.signatures == 0 {
		f.signatures = defaultSignatures
	}
	if f.paths = f.verified(leaf, now); len(f.paths) == 0 {
		f.extend(path{chain: []*x509.Certificate{leaf}})
	}
	// What cannot be relied on comes last.
	slices.SortStableFunc(f.paths, func(a, b path) int {
		if (a.weak == nil) != (b.weak == nil) {
			if a.weak == nil {
				return -1
			}
			return 1
		}
		return cmp.Compare(len(a.chain), len(b.chain))
	})
	return f
}

// finder searches for paths, depth first.
type finder struct {
	policy     Policy
	candidates []*x509.Certificate // offered links: sent by the client, or of the method's bundle
	signatures int                 // links that may still be tried, at a signature each
	exhausted  bool                // more would have been
	paths      []path
	forged     bool // a certificate names a CA of the method whose key has not signed it, nor another's
}

// verified asks Go's verifier, which is all that a good certificate costs.
func (f *finder) verified(leaf *x509.Certificate, now time.Time) []path {
	chains, err := leaf.Verify(x509.VerifyOptions{
		Roots:         pool(f.policy.Anchors), // never nil, which would mean the system's
		Intermediates: pool(affordable(f.candidates)), CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{f.policy.keyPurpose()},
	})
	if err != nil {
		return nil
	}
	var paths []path
	for _, chain := range chains {
		if len(chain) >= 2 {
			paths = append(paths, path{chain: chain, verified: true})
		}
	}
	return paths
}

func (f *finder) extend(so path) {
	if len(so.chain) >= maxPathLength || len(f.paths) >= maxPaths {
		return
	}
	last := so.chain[len(so.chain)-1]
	named, signed := false, false
	for _, anchor := range f.policy.Anchors {
		if !issuerNameMatches(last, anchor) || contains(so.chain, anchor) {
			continue
		}
		named = true
		if next, ok := f.link(so, anchor); ok {
			signed = true
			f.paths = append(f.paths, next)
		}
	}
	for _, candidate := range f.candidates {
		if !issuerNameMatches(last, candidate) || contains(so.chain, candidate) || slices.ContainsFunc(f.policy.Anchors, candidate.Equal) {
			continue
		}
		named = named || slices.ContainsFunc(f.policy.Intermediates, candidate.Equal)
		if next, ok := f.link(so, candidate); ok {
			signed = true
			f.extend(next)
		}
	}
	f.forged = f.forged || named && !signed && !f.exhausted
}

// link adds the issuer to the path if its key signed the last certificate.
func (f *finder) link(so path, issuer *x509.Certificate) (path, bool) {
	last := so.chain[len(so.chain)-1]
	// Weak links are counted too: they cost no signature, but CAs of one name fit
	// together in every order, and twelve of them in millions.
	if f.signatures == 0 {
		f.exhausted = true
		return path{}, false
	}
	f.signatures--
	next := path{chain: append(slices.Clone(so.chain), issuer), weak: so.weak}
	if weakSignature(last) != "" || weakKey(issuer, hopelessRSABits) != "" {
		// crypto/x509 does not verify it at all, rightly. The path is kept so that
		// its holder is told "too weak" and not "unknown issuer"; it is never
		// accepted.
		if next.weak == nil {
			next.weak = last
		}
		return next, true
	}
	return next, last.CheckSignatureFrom(issuer) == nil
}

// failure says why there is no path.
func (f *finder) failure(facts Facts) Check {
	switch {
	case f.exhausted:
		return failed("path", CauseChainTooLarge, fmt.Sprintf("no path was found within %d signatures", defaultSignatures))
	case f.forged:
		return failed("path", CauseBadSignature, "an accepted CA is named as the issuer, but its key has not signed")
	default:
		return failed("path", CauseUnknownIssuer, "no path to an accepted CA; the issuer is "+facts.Issuer)
	}
}

// authorities returns those that may sign certificates. Go's verifier does not
// look at keyUsage (RFC 5280, section 6.1.4 (k) and (n)), and takes a certificate
// of version 1 for a CA.
func authorities(all []*x509.Certificate) []*x509.Certificate {
	return slices.DeleteFunc(slices.Clone(all), func(c *x509.Certificate) bool {
		_, limited := extension(c, oidKeyUsage()) // one that allows nothing is not a missing one
		return !c.BasicConstraintsValid || !c.IsCA || limited && c.KeyUsage&x509.KeyUsageCertSign == 0
	})
}

// affordable keeps enormous keys from Go's verifier, which would use them.
func affordable(all []*x509.Certificate) []*x509.Certificate {
	return slices.DeleteFunc(slices.Clone(all), func(c *x509.Certificate) bool { return hopelessKey(c) != "" })
}

// issuerNameMatches compares the encoded names, never printed text: a name in
// another order, encoding or grouping is another name (CVE-2026-33248). The CAs
// in use copy their own name byte by byte.
func issuerNameMatches(child, issuer *x509.Certificate) bool {
	return bytes.Equal(child.RawIssuer, issuer.RawSubject)
}

// contains reports whether the path has this subject with this key already: a
// cross-signed CA must not be walked in circles.
func contains(chain []*x509.Certificate, c *x509.Certificate) bool {
	return slices.ContainsFunc(chain, func(in *x509.Certificate) bool {
		return bytes.Equal(in.RawSubjectPublicKeyInfo, c.RawSubjectPublicKeyInfo) && bytes.Equal(in.RawSubject, c.RawSubject)
	})
}
