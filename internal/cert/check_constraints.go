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
	if s.path.weak != nil {
		c.Detail = "not reached: a signature cannot be relied on"
		return c
	}
	_, err := s.leaf().Verify(verifyOptions(s))
	if err == nil {
		return c
	}
	c.OK, c.Detail = false, Visible(err.Error(), maxNameLength)
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) {
		switch invalid.Reason {
		case x509.IncompatibleUsage:
			c.cause = CauseWrongPurpose
		case x509.TooManyIntermediates:
			c.cause = CauseConstraint
		}
	}
	return c
}
