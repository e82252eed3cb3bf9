package cert

import (
	"crypto/x509"
	"errors"
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
// where none has, a RevocationError (or whatever is an ErrRevocationUnknown)
// where it cannot tell, a RevokedError or any other where one has.
type Revoked func(chain []*x509.Certificate) error

// JudgeRaw judges what a client sent, leaf first, before anything is parsed: how
// much there is is looked at first.
func JudgeRaw(p Policy, presented [][]byte, now time.Time, revoked Revoked) Verdict {
	if c := checkSize(presented); !c.OK {
		return refused(c, nil)
	}
	var parsed []*x509.Certificate
	for i, der := range presented {
		c, err := Parse(der)
		if err != nil {
			if i == 0 {
				return refused(failed("parse", unreadable(err), err.Error()), nil)
			}
			continue // an unreadable offer of a link is no link
		}
		parsed = append(parsed, c)
	}
	return Judge(p, parsed, now, revoked)
}

// unreadable says why a certificate is refused that cannot be read: one with a
// DSA key that takes its parameters from its issuer (RFC 3279, section 2.3.2) is
// well formed.
func unreadable(err error) Cause {
	if err.Error() == "x509: invalid DSA parameters" {
		return CauseTooWeak
	}
	return CauseMalformed
}

// Judge judges a certificate, which stands first in what was presented. The
// others serve to build its path and speak for nobody (CVE-2023-2422). Revoked
// may be nil; it is asked only about a path whose signatures are verified, so
// that nothing unproven makes us fetch anything (CVE-2026-21945).
func Judge(p Policy, presented []*x509.Certificate, now time.Time, revoked Revoked) Verdict {
	now = now.Truncate(time.Second) // validity is counted in whole seconds (RFC 5280, section 4.1.2.5)
	if len(presented) == 0 {
		return refused(failed("presented", CauseNoCertificate, "no certificate was sent"), nil)
	}
	raw := make([][]byte, len(presented))
	for i, c := range presented {
		raw[i] = c.Raw
	}
	if c := checkSize(raw); !c.OK {
		return refused(c, nil)
	}
	leaf := presented[0]
	facts := Read(leaf)
	if detail := tampered(leaf); detail != "" {
		return refused(failed("parse", CauseMalformed, detail), &facts)
	}
	if detail := hopelessKey(leaf); detail != "" {
		return refused(failed("strength", CauseTooWeak, detail), &facts)
	}
	if holdsKeyOf(leaf, p.Anchors) && !p.AnyPurpose {
		return refused(checkLeaf(subject{policy: p, path: path{chain: presented[:1]}}), &facts)
	}
	// Several paths can exist where CAs are cross-signed. One that satisfies is
	// enough; of several refusals the one of the shortest path is told, and of
	// those that cannot be relied on only if there is no other.
	var v Verdict
	var told *path
	work := newComparer()
	try := func(candidate path) bool {
		judged := judgePath(subject{policy: p, path: candidate, now: now, work: work}, revoked)
		judged.Leaf = &facts
		if judged.Accepted() || told == nil || candidate.better(*told) {
			v, told = judged, &candidate
		}
		return judged.Accepted()
	}
	f := newFinder(p, leaf, presented[1:], now)
	if !f.verified(try) && !f.search(try) && told == nil {
		return judgeAlone(p, leaf, &facts, f.failure(facts), now)
	}
	return v
}

// subject is what a check looks at.
type subject struct {
	policy Policy
	path   path
	now    time.Time
	work   *comparer // what may still be compared, for all paths together
}

func (s subject) leaf() *x509.Certificate      { return s.path.chain[0] }
func (s subject) issuers() []*x509.Certificate { return s.path.chain[1:] }

// checks are made in this order, all of them; the first that fails gives the
// cause. What is told first is what its holder can do least about by asking
// again: that nothing vouches for it, then what it is, then its dates.
func checks() []func(subject) Check {
	return []func(subject) Check{
		checkPath, checkLeaf, checkDates, checkIssuerDates, checkPurpose, checkIssuerPurpose, checkStrength, checkDepth, checkAge,
		checkPolicies, checkProfile, checkPathLength, checkNames, checkCritical,
	}
}

func judgePath(s subject, revoked Revoked) Verdict {
	v := Verdict{Tried: s.path.chain}
	for _, check := range checks() {
		v.add(check(s))
	}
	if v.Cause == CauseNone {
		v.add(checkVerifier(s))
	}
	if v.Cause == CauseNone && revoked != nil {
		v.Revocation = revoked(s.path.chain)
		v.add(checkRevocation(v.Revocation))
	}
	if v.Cause == CauseNone {
		v.Chain, v.Key = s.path.chain, KeyOf(s.path.chain[0], s.path.chain[1])
	}
	return v
}

// judgeAlone refuses a certificate without a path, and still tells what can be
// seen in it.
func judgeAlone(p Policy, leaf *x509.Certificate, facts *Facts, reason Check, now time.Time) Verdict {
	v := refused(reason, facts)
	s := subject{policy: p, path: path{chain: []*x509.Certificate{leaf}}, now: now}
	for _, check := range []func(subject) Check{checkLeaf, checkDates, checkPurpose, checkStrength, checkAge} {
		v.add(check(s))
	}
	return v
}

// add keeps a check, and its cause if it is the first that failed.
func (v *Verdict) add(c Check) {
	v.Checks = append(v.Checks, c)
	if !c.OK && v.Cause == CauseNone {
		v.Cause = c.cause
	}
}

func refused(c Check, leaf *Facts) Verdict {
	return Verdict{Cause: c.cause, Leaf: leaf, Checks: []Check{c}}
}

func failed(check string, cause Cause, detail string) Check {
	return Check{Name: check, Detail: Visible(detail, maxNameLength), Source: "RFC 5280, section 6.1", cause: cause}
}
