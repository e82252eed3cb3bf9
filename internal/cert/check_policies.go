package cert

import (
	"crypto/x509"
	"strings"
	"time"
)

// checkPolicies demands that the path is valid for one of the certificate
// policies that the login method names.
func checkPolicies(s subject) Check {
	c := Check{Name: "policies", OK: true, Detail: "no policy is demanded", Source: "RFC 5280, section 6.1.5 (g)", cause: CausePolicyMissing}
	if len(s.policy.PolicyOIDs) == 0 {
		return c
	}
	wanted := strings.Join(s.policy.PolicyOIDs, ", ")
	c.Detail = "valid for one of " + wanted
	with, ok := verifyOptions(s)
	if !ok {
		return skipped()
	}
	without := with
	for _, text := range s.policy.PolicyOIDs {
		oid, err := x509.ParseOID(text)
		if err != nil {
			c.OK, c.Detail = false, "the login method demands "+Visible(text, maxValueLength)+", which is no object identifier"
			return c
		}
		with.CertificatePolicies = append(with.CertificatePolicies, oid)
	}
	// Go's verifier looks at the wanted policies only where an explicit one is
	// required, and lets nobody but the certificates require it. The last of them
	// can, for all (section 6.1.5 (b)); a copy of it does.
	leaf := *s.leaf()
	leaf.RequireExplicitPolicy, leaf.RequireExplicitPolicyZero = 0, true
	if _, err := leaf.Verify(with); err != nil {
		if _, err := s.leaf().Verify(without); err != nil {
			return skipped() // the path breaks another rule, and checkConstraints or checkPurpose says which
		}
		c.OK, c.Detail = false, "not valid for any of "+wanted
	}
	return c
}

// verifyOptions lets Go's verifier see this path and no other. It returns false
// where the verifier could only repeat what another check says.
func verifyOptions(s subject) (x509.VerifyOptions, bool) {
	at, ok := s.moment()
	if s.path.weak != nil || !ok {
		return x509.VerifyOptions{}, false
	}
	last := len(s.path.chain) - 1
	return x509.VerifyOptions{
		Roots: pool(s.path.chain[last:]), Intermediates: pool(s.path.chain[1:last]), CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{s.policy.keyPurpose()},
	}, true
}

// pool is never nil: nil roots would mean the system's.
func pool(all []*x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	for _, c := range all {
		p.AddCert(c)
	}
	return p
}

// moment is now or, where the dates are at fault (which their own checks say), a
// time at which the whole path was valid, so that everything else is still told.
func (s subject) moment() (time.Time, bool) {
	from, until := s.leaf().NotBefore, s.leaf().NotAfter
	for _, c := range s.issuers() {
		if c.NotBefore.After(from) {
			from = c.NotBefore
		}
		if c.NotAfter.Before(until) {
			until = c.NotAfter
		}
	}
	switch {
	case from.After(until):
		return time.Time{}, false
	case s.now.Before(from):
		return from, true
	case s.now.After(until):
		return until, true
	}
	return s.now, true
}
