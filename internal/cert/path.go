package cert

import (
	"bytes"
	"crypto/x509"
	"slices"
)

// path is a way from the leaf to an anchor in which every certificate names the
// next as its issuer and was signed by its key. Nothing else is known of it yet.
type path struct {
	chain []*x509.Certificate
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

// finder searches for paths, depth first.
type finder struct {
	policy     Policy
	candidates []*x509.Certificate // offered links: sent by the client, or of the method's bundle
	signatures int
	paths      []path
	named      bool // an anchor bears the name of an issuer in some path
	forged     bool // and its key has not signed what names it
}

// findPaths returns the paths from leaf to the anchors of the policy, shortest
// first.
func findPaths(p Policy, leaf *x509.Certificate, offered []*x509.Certificate) *finder {
	f := &finder{policy: p, candidates: append(slices.Clone(offered), p.Intermediates...), signatures: p.maxSignatures}
	if f.signatures == 0 {
		f.signatures = defaultSignatures
	}
	f.extend(path{chain: []*x509.Certificate{leaf}})
	slices.SortStableFunc(f.paths, func(a, b path) int { return len(a.chain) - len(b.chain) })
	return f
}

func (f *finder) extend(so path) {
	if len(so.chain) >= maxPathLength || len(f.paths) >= maxPaths {
		return
	}
	last := so.chain[len(so.chain)-1]
	for _, anchor := range f.policy.Anchors {
		if !issuerNameMatches(last, anchor) || contains(so.chain, anchor) {
			continue
		}
		f.named = true
		if next, ok := f.link(so, anchor); ok {
			f.paths = append(f.paths, next)
		} else {
			f.forged = true
		}
	}
	for _, candidate := range f.candidates {
		if !issuerNameMatches(last, candidate) || contains(so.chain, candidate) || f.isAnchor(candidate) {
			continue
		}
		if next, ok := f.link(so, candidate); ok {
			f.extend(next)
		}
	}
}

// link adds the issuer to the path if its key signed the last certificate.
func (f *finder) link(so path, issuer *x509.Certificate) (path, bool) {
	if f.signatures == 0 {
		return path{}, false
	}
	f.signatures--
	last := so.chain[len(so.chain)-1]
	next := path{chain: append(slices.Clone(so.chain), issuer), weak: so.weak}
	if weakSignature(last) != "" || weakKey(issuer.PublicKey, hopelessRSABits) != "" {
		// crypto/x509 does not verify it at all, rightly. The path is kept so that
		// its holder is told "too weak" and not "unknown issuer"; it is never
		// accepted.
		if next.weak == nil {
			next.weak = last
		}
		return next, true
	}
	// Whether the issuer is a CA and may sign certificates is checked here too
	// (RFC 5280, section 4.2.1.9 and 4.2.1.3).
	return next, last.CheckSignatureFrom(issuer) == nil
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

func (f *finder) isAnchor(c *x509.Certificate) bool {
	return slices.ContainsFunc(f.policy.Anchors, c.Equal)
}
