package cert

import (
	"bytes"
	"cmp"
	"crypto/sha256"
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
	maxPaths          = 64     // that are judged
	maxPathLength     = 16     // certificates
	maxSteps          = 20_000 // links that are thought of, tried before or not
	defaultSignatures = 100    // links that are tried
)

// finder searches for paths.
type finder struct {
	policy     Policy
	leaf       *x509.Certificate
	candidates []*x509.Certificate // offered links: sent by the client, or of the method's bundle
	now        time.Time
	signatures int                   // links that may still be tried, at a signature each
	steps      int                   // links that may still be thought of
	found      int                   // paths
	exhausted  bool                  // more would have been
	forged     bool                  // a certificate names a CA of the method whose key has not signed it, nor another's
	seen       [][]*x509.Certificate // paths that Go's verifier found

	// What search remembers. Names are canonical.
	named  map[string][]*x509.Certificate // CAs by name, anchors first
	issuer map[*x509.Certificate]string   // name of the issuer
	far    map[string]int                 // certificates from a CA of the name to an anchor, at least, both counted
	links  map[[2]*x509.Certificate]link  // by both ends
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
	var key [sha256.Size]byte
	if f.policy.Known != nil {
		key = f.pathKey()
		if chain := f.policy.Known.path(key, f.leaf, f.now); chain != nil && try(path{chain: chain, verified: true}) {
			return true
		}
	}
	chains, err := f.leaf.Verify(x509.VerifyOptions{
		Roots:         pool(f.policy.Anchors), // never nil, which would mean the system's
		Intermediates: pool(affordable(f.candidates)), CurrentTime: f.now, KeyUsages: f.policy.verifierPurposes(),
	})
	if err != nil {
		return false
	}
	slices.SortStableFunc(chains, func(a, b []*x509.Certificate) int { return cmp.Compare(len(a), len(b)) })
	for _, chain := range chains {
		if len(chain) < 2 {
			continue
		}
		f.seen = append(f.seen, chain)
		if try(path{chain: chain, verified: true}) {
			f.policy.Known.remember(key, chain)
			return true
		}
	}
	return false
}

// search tries the paths that fit together by names and keys until one satisfies:
// those that Go's verifier cannot judge, and those that are refused, so that the
// person is told what is wrong instead of "unknown". The shortest are tried first;
// those through CAs whose time is not now, which can only be refused, last.
func (f *finder) search(try func(path) bool) bool {
	f.index()
	for _, pass := range []search{{try: try, paths: maxPaths}, {try: try, paths: maxPaths / 4, expired: true}} {
		f.found = 0
		for pass.length = 2; pass.length <= maxPathLength && !f.exhausted; pass.length++ {
			pass.longer = false
			if f.extend(path{chain: []*x509.Certificate{f.leaf}}, &pass) {
				return true
			}
			if !pass.longer {
				break
			}
		}
	}
	return false
}

// search is a walk for paths of one length.
type search struct {
	try     func(path) bool
	paths   int  // that are tried at most
	expired bool // through CAs that have expired, or have not begun, too
	length  int
	longer  bool // there may be longer ones
}

// index finds out which names lead to an anchor at all: what leads nowhere costs
// no signature, however much of it a stranger sends.
func (f *finder) index() {
	f.named, f.issuer = map[string][]*x509.Certificate{}, map[*x509.Certificate]string{}
	f.far, f.links = map[string]int{}, map[[2]*x509.Certificate]link{}
	key := func(der []byte) string {
		name, ok := canonicalName(der)
		if !ok {
			return "" // nothing is named so: RDNs are not empty
		}
		return strings.Join(name, ",")
	}
	f.issuer[f.leaf] = key(f.leaf.RawIssuer)
	below := map[string][]string{} // names of CAs by those of their issuers
	var reached []string
	for i, c := range append(slices.Clone(f.policy.Anchors), f.candidates...) {
		name := key(c.RawSubject)
		if name == "" || slices.ContainsFunc(f.named[name], c.Equal) {
			continue
		}
		f.named[name] = append(f.named[name], c)
		f.issuer[c] = key(c.RawIssuer)
		if i >= len(f.policy.Anchors) {
			below[f.issuer[c]] = append(below[f.issuer[c]], name)
		} else if f.far[name] == 0 {
			f.far[name] = 1
			reached = append(reached, name)
		}
	}
	for len(reached) > 0 {
		name := reached[0]
		reached = reached[1:]
		for _, next := range below[name] {
			if f.far[next] == 0 {
				f.far[next] = f.far[name] + 1
				reached = append(reached, next)
			}
		}
	}
}

func (f *finder) extend(so path, now *search) bool {
	last := so.chain[len(so.chain)-1]
	name := f.issuer[last]
	switch far := f.far[name]; {
	case far == 0:
		return false
	case len(so.chain)+far > now.length:
		now.longer = true
		return false
	}
	named, signed := false, false
	for _, issuer := range f.likely(last, f.named[name]) {
		if contains(so.chain, issuer) {
			continue
		}
		anchor := slices.ContainsFunc(f.policy.Anchors, issuer.Equal)
		if !now.expired && !anchor && f.outOfTime(issuer) {
			signed = true // or not: the next pass will see
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
		switch {
		case !anchor:
			if f.extend(next, now) {
				return true
			}
		case len(next.chain) < now.length || now.expired && !f.spoiled(next) || slices.ContainsFunc(f.seen, func(chain []*x509.Certificate) bool {
			return slices.EqualFunc(chain, next.chain, (*x509.Certificate).Equal)
		}):
			// It was tried already.
		case f.found >= now.paths:
			f.exhausted = true
			return false
		default:
			f.found++
			if now.try(next) {
				return true
			}
		}
	}
	f.forged = f.forged || named && !signed && !f.exhausted
	return false
}

func (f *finder) outOfTime(c *x509.Certificate) bool {
	return f.now.Before(c.NotBefore) || f.now.After(c.NotAfter)
}

// spoiled reports whether a CA below the anchor is out of its time.
func (f *finder) spoiled(so path) bool {
	return slices.ContainsFunc(so.chain[1:len(so.chain)-1], f.outOfTime)
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
		if f.outOfTime(c) {
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
		return bytes.Equal(in.RawSubjectPublicKeyInfo, c.RawSubjectPublicKeyInfo) && SameName(in.RawSubject, c.RawSubject)
	})
}
