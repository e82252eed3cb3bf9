package cert

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
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

// better reports whether the path says more about its leaf than another.
func (so path) better(other path) bool {
	if (so.weak == nil) != (other.weak == nil) {
		return so.weak == nil
	}
	return len(so.chain) < len(other.chain)
}

// Bounds of path building. Every signature costs, and who connects chooses what
// is tried (CVE-2026-32280: many intermediates).
const (
	maxPaths          = 64   // that are judged
	maxPathLength     = 16   // certificates
	maxSteps          = 5000 // links that are thought of, tried before or not
	defaultSignatures = 100  // links that are tried
)

// finder searches for paths.
type finder struct {
	policy     Policy
	leaf       *x509.Certificate
	candidates []*x509.Certificate // offered links: sent by the client, or of the method's bundle
	now        time.Time
	signatures int  // links that may still be tried, at a signature each
	steps      int  // links that may still be thought of
	found      int  // paths
	exhausted  bool // more would have been
	forged     bool // a certificate names a CA of the method whose key has not signed it, nor another's

	// What search remembers: CAs by name, anchors first, and links by both ends.
	named map[string][]*x509.Certificate
	links map[[2]*x509.Certificate]link
}

// link is what is known of a certificate and a CA that it names.
type link struct {
	signed bool // by the CA's key
	weak   bool // or so weakly that nobody can know
}

func newFinder(p Policy, leaf *x509.Certificate, offered []*x509.Certificate, now time.Time) *finder {
	// Who may not sign certificates is no CA, wherever it stands.
	p.Anchors, p.Intermediates = authorities(p.Anchors), authorities(p.Intermediates)
	f := &finder{
		policy: p, leaf: leaf, candidates: append(authorities(offered), p.Intermediates...), now: now,
		signatures: p.maxSignatures, steps: maxSteps,
	}
	if f.signatures == 0 {
		f.signatures = defaultSignatures
	}
	return f
}

// verified tries the paths that Go's verifier finds, which is all that a good
// certificate costs, the shortest first, until one satisfies.
func (f *finder) verified(try func(path) bool) bool {
	chains, err := f.leaf.Verify(x509.VerifyOptions{
		Roots:         pool(f.policy.Anchors), // never nil, which would mean the system's
		Intermediates: pool(affordable(f.candidates)), CurrentTime: f.now, KeyUsages: f.policy.verifierPurposes(),
	})
	if err != nil {
		return false
	}
	slices.SortStableFunc(chains, func(a, b []*x509.Certificate) int { return cmp.Compare(len(a), len(b)) })
	for _, chain := range chains {
		if len(chain) >= 2 && try(path{chain: chain, verified: true}) {
			return true
		}
	}
	return false
}

// search tries the paths that fit together by names and keys until one satisfies:
// those that Go's verifier cannot judge, and those that are refused, so that the
// person is told what is wrong instead of "unknown".
func (f *finder) search(try func(path) bool) bool {
	f.named, f.links = map[string][]*x509.Certificate{}, map[[2]*x509.Certificate]link{}
	for _, c := range append(slices.Clone(f.policy.Anchors), f.candidates...) {
		if name, ok := canonicalName(c.RawSubject); ok {
			key := strings.Join(name, ",")
			if !slices.ContainsFunc(f.named[key], c.Equal) {
				f.named[key] = append(f.named[key], c)
			}
		}
	}
	return f.extend(path{chain: []*x509.Certificate{f.leaf}}, try)
}

func (f *finder) extend(so path, try func(path) bool) bool {
	if len(so.chain) >= maxPathLength {
		return false
	}
	last := so.chain[len(so.chain)-1]
	name, ok := canonicalName(last.RawIssuer)
	if !ok {
		return false
	}
	named, signed := false, false
	for _, issuer := range f.likely(last, f.named[strings.Join(name, ",")]) {
		anchor := slices.ContainsFunc(f.policy.Anchors, issuer.Equal)
		if contains(so.chain, issuer) {
			continue
		}
		named = named || anchor || slices.ContainsFunc(f.policy.Intermediates, issuer.Equal)
		l, ok := f.link(last, issuer)
		if !ok {
			return false
		}
		if !l.signed && !l.weak {
			continue
		}
		signed = true
		next := path{chain: append(slices.Clone(so.chain), issuer), weak: so.weak}
		if l.weak && next.weak == nil {
			next.weak = last
		}
		if !anchor {
			if f.extend(next, try) {
				return true
			}
			continue
		}
		if f.found++; f.found > maxPaths {
			f.exhausted = true
			return false
		}
		if try(next) {
			return true
		}
	}
	f.forged = f.forged || named && !signed && !f.exhausted
	return false
}

// likely puts the issuers first that most probably lead to a valid path: anchors,
// then those that the certificate names by their key, then those whose dates are
// good.
func (f *finder) likely(child *x509.Certificate, issuers []*x509.Certificate) []*x509.Certificate {
	if len(issuers) < 2 {
		return issuers
	}
	rank := func(c *x509.Certificate) (n int) {
		if len(child.AuthorityKeyId) > 0 && len(c.SubjectKeyId) > 0 && !bytes.Equal(child.AuthorityKeyId, c.SubjectKeyId) {
			n += 4
		}
		if !slices.ContainsFunc(f.policy.Anchors, c.Equal) {
			n += 2
		}
		if f.now.Before(c.NotBefore) || f.now.After(c.NotAfter) {
			n++
		}
		return n
	}
	sorted := slices.Clone(issuers)
	slices.SortStableFunc(sorted, func(a, b *x509.Certificate) int { return cmp.Compare(rank(a), rank(b)) })
	return sorted
}

// link says whether the issuer's key has signed the certificate. It returns false
// where nothing more is tried.
func (f *finder) link(child, issuer *x509.Certificate) (link, bool) {
	if f.steps--; f.steps < 0 {
		f.exhausted = true
		return link{}, false
	}
	ends := [2]*x509.Certificate{child, issuer}
	if l, ok := f.links[ends]; ok {
		return l, true
	}
	// Weak links are counted too: they cost no signature, but CAs of one name fit
	// together in every order.
	if f.signatures == 0 {
		f.exhausted = true
		return link{}, false
	}
	f.signatures--
	// What is too weak crypto/x509 does not verify at all, rightly. The path is
	// kept so that its holder is told "too weak" and not "unknown issuer"; it is
	// never accepted.
	l := link{weak: f.policy.weakSignature(child) != "" || weakKey(issuer, hopelessRSABits) != ""}
	if !l.weak {
		l.signed = hasSigned(child, issuer)
	}
	f.links[ends] = l
	return l, true
}

// hasSigned reports whether the issuer's key has signed the certificate.
// CheckSignature takes SHA-1, which gets here by Policy.AcceptWeak only; that the
// issuer may sign is for authorities to know.
func hasSigned(child, issuer *x509.Certificate) bool {
	return issuer.CheckSignature(child.SignatureAlgorithm, child.RawTBSCertificate, child.Signature) == nil
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

// contains reports whether the path has this subject with this key already: a
// cross-signed CA must not be walked in circles.
func contains(chain []*x509.Certificate, c *x509.Certificate) bool {
	return slices.ContainsFunc(chain, func(in *x509.Certificate) bool {
		return bytes.Equal(in.RawSubjectPublicKeyInfo, c.RawSubjectPublicKeyInfo) && sameName(in.RawSubject, c.RawSubject)
	})
}
