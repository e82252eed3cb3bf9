package cert

import (
	"crypto/x509"
	"strings"
)

// checkPolicies demands that the path is valid for one of the certificate
// policies that the login method names.
func checkPolicies(s subject) Check {
	c := Check{Name: "policies", OK: true, Detail: "no policy is demanded", Source: "RFC 5280, section 6.1.5 (g)", cause: CausePolicyMissing}
	if len(s.policy.PolicyOIDs) == 0 {
		return c
	}
	c.Detail = "valid for one of " + strings.Join(s.policy.PolicyOIDs, ", ")
	var wanted []x509.OID
	for _, text := range s.policy.PolicyOIDs {
		oid, err := x509.ParseOID(text)
		if err != nil {
			c.OK, c.Detail = false, "the login method demands "+Visible(text, maxValueLength)+", which is no object identifier"
			return c
		}
		wanted = append(wanted, oid)
	}
	with, without := verifyOptions(s), verifyOptions(s)
	with.CertificatePolicies = wanted
	if _, err := s.leaf().Verify(without); err != nil {
		c.Detail = "not reached: the path breaks another rule" // checkConstraints says which
		return c
	}
	if _, err := s.leaf().Verify(with); err != nil {
		c.OK, c.Detail = false, "not valid for any of "+strings.Join(s.policy.PolicyOIDs, ", ")
	}
	return c
}

// verifyOptions lets Go's verifier see this path and no other.
func verifyOptions(s subject) x509.VerifyOptions {
	// Never nil: a nil pool would mean the system's roots.
	options := x509.VerifyOptions{
		Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), CurrentTime: s.now, KeyUsages: []x509.ExtKeyUsage{s.policy.keyPurpose()},
	}
	last := len(s.path.chain) - 1
	options.Roots.AddCert(s.path.chain[last])
	for _, c := range s.path.chain[1:last] {
		options.Intermediates.AddCert(c)
	}
	return options
}
