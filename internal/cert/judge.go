package cert

import (
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// Limits of what a client may send. Certificates of people have two to four
// kilobytes and come with at most a handful of CAs.
const (
	MaxPresented       = 12
	MaxCertificateSize = 32 << 10
)

// ErrRevocationUnknown is returned by a Revoked function, wrapped or not, where
// it cannot tell: the certificate is refused.
var ErrRevocationUnknown = errors.New("revocation state unknown")

// Revoked tells whether a certificate of a verified path has been revoked: nil
// where none has, ErrRevocationUnknown where it cannot tell, another error where
// one has.
type Revoked func(chain []*x509.Certificate) error

// JudgeRaw judges what a client sent, leaf first, before anything is parsed: how
// much there is is looked at first.
func JudgeRaw(p Policy, presented [][]byte, now time.Time, revoked Revoked) Verdict {
	if len(presented) > MaxPresented {
		return refused(CauseChainTooLarge, "size", fmt.Sprintf("%d certificates, at most %d are read", len(presented), MaxPresented), nil)
	}
	var parsed []*x509.Certificate
	for i, der := range presented {
		if len(der) > MaxCertificateSize {
			return refused(CauseChainTooLarge, "size", fmt.Sprintf("a certificate of %d bytes, at most %d are read", len(der), MaxCertificateSize), nil)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			if i == 0 {
				return refused(CauseMalformed, "parse", err.Error(), nil)
			}
			continue // an unreadable offer of a link is no link
		}
		parsed = append(parsed, c)
	}
	return Judge(p, parsed, now, revoked)
}

// Judge judges a certificate, which stands first in what was presented. The
// others serve to build its path and speak for nobody (CVE-2023-2422). Revoked
// may be nil; it is asked only about a path whose signatures are verified, so
// that nothing unproven makes us fetch anything (CVE-2026-21945).
func Judge(p Policy, presented []*x509.Certificate, now time.Time, revoked Revoked) Verdict {
	if len(presented) == 0 {
		return refused(CauseNoCertificate, "presented", "no certificate was sent", nil)
	}
	leaf := presented[0]
	facts := Read(leaf)
	if len(presented) > MaxPresented {
		return refused(CauseChainTooLarge, "size", fmt.Sprintf("%d certificates, at most %d are read", len(presented), MaxPresented), &facts)
	}
	if detail := hopelessKey(leaf.PublicKey); detail != "" {
		return refused(CauseTooWeak, "strength", detail, &facts)
	}
	found := findPaths(p, leaf, presented[1:])
	if len(found.paths) == 0 {
		if found.forged {
			return refused(CauseBadSignature, "path", "an accepted CA is named as the issuer, but its key has not signed", &facts)
		}
		return refused(CauseUnknownIssuer, "path", "no path to an accepted CA; the issuer is "+facts.Issuer, &facts)
	}
	// Several paths can exist where CAs are cross-signed. One that satisfies is
	// enough; of several refusals the one of the shortest path is told.
	var first *Verdict
	for _, candidate := range found.paths {
		v := judgePath(p, candidate, now, revoked)
		v.Leaf = &facts
		if v.Accepted() {
			return v
		}
		if first == nil {
			first = &v
		}
	}
	return *first
}

// subject is what a check looks at.
type subject struct {
	policy Policy
	path   path
	now    time.Time
}

func (s subject) leaf() *x509.Certificate      { return s.path.chain[0] }
func (s subject) issuers() []*x509.Certificate { return s.path.chain[1:] }

// checks are made in this order; the first that fails is the cause.
var checks = []func(subject) Check{
	checkPath, checkLeaf, checkDates, checkIssuerDates, checkPurpose, checkStrength, checkDepth, checkAge, checkPolicies, checkConstraints,
}

func judgePath(p Policy, candidate path, now time.Time, revoked Revoked) Verdict {
	var v Verdict
	s := subject{policy: p, path: candidate, now: now}
	for _, check := range checks {
		c := check(s)
		v.Checks = append(v.Checks, c)
		if !c.OK && v.Cause == CauseNone {
			v.Cause = c.cause
		}
	}
	if v.Cause != CauseNone {
		return v
	}
	if revoked != nil {
		c := checkRevocation(candidate.chain, revoked)
		v.Checks = append(v.Checks, c)
		if !c.OK {
			v.Cause = c.cause
			return v
		}
	}
	v.Chain, v.Key = candidate.chain, KeyOf(candidate.chain[0], candidate.chain[1])
	return v
}

func refused(cause Cause, check, detail string, leaf *Facts) Verdict {
	return Verdict{Cause: cause, Leaf: leaf, Checks: []Check{{Name: check, Detail: detail, Source: "RFC 5280, section 6.1", cause: cause}}}
}

// checkPath tells of the path that was found; its signatures were verified
// while it was built, except a weak one.
func checkPath(s subject) Check {
	c := Check{Name: "path", OK: true, Source: "RFC 5280, section 6.1.3 (a)(1)", cause: CauseTooWeak}
	c.Detail = fmt.Sprintf("%d certificates up to %s", len(s.path.chain), nameText(s.path.chain[len(s.path.chain)-1].RawSubject))
	if s.path.weak != nil {
		c.OK = false
		c.Detail = fmt.Sprintf("the signature of %s (%s) cannot be relied on", nameText(s.path.weak.RawSubject), s.path.weak.SignatureAlgorithm)
	}
	return c
}
