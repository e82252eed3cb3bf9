package cert

import (
	"crypto/x509"
	"errors"
)

// checkConstraints lets Go's verifier have the last word: path length, name
// constraints, nested key usages, policy constraints, and extensions marked
// critical that nobody understands.
func checkConstraints(s subject) Check {
	c := Check{Name: "constraints", OK: true, Detail: "the path keeps the rules of its CAs", Source: "RFC 5280, section 6.1", cause: CauseConstraint}
	if s.path.verified {
		return c
	}
	options, ok := verifyOptions(s)
	if !ok {
		return skipped()
	}
	_, err := s.leaf().Verify(options)
	if err == nil {
		return c
	}
	c.OK, c.Detail = false, Visible(err.Error(), maxNameLength)
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) && invalid.Reason == x509.IncompatibleUsage {
		if !names(s.leaf(), s.policy.keyPurpose()) {
			return skipped() // checkPurpose has said so, and Go's verifier stops there
		}
		// A CA above that may only issue for other purposes; not in RFC 5280, but
		// what CAs mean by it and every verifier in use does.
		c.cause = CauseWrongPurpose
	}
	return c
}
