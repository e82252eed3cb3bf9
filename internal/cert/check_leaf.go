package cert

import (
	"bytes"
	"crypto/x509"
)

// checkLeaf refuses the certificate, and the key, of a CA: its holder issues
// certificates and is nobody who signs in. A CA key that could also sign in would
// be used where it should rest.
func checkLeaf(s subject) Check {
	c := Check{Name: "leaf", OK: true, Detail: "an end-entity certificate", Source: "RFC 5280, section 4.2.1.9", cause: CauseNotAPerson}
	leaf := s.leaf()
	switch {
	case s.policy.AnyPurpose:
		c.Detail = "any kind of certificate will do"
	case leaf.BasicConstraintsValid && leaf.IsCA:
		c.OK, c.Detail = false, "basicConstraints says that it is a CA"
	case leaf.KeyUsage&x509.KeyUsageCertSign != 0:
		c.OK, c.Detail, c.Source = false, "keyUsage lets it sign certificates", "RFC 5280, section 4.2.1.3"
	case holdsKeyOf(leaf, s.policy.Anchors), holdsKeyOf(leaf, s.issuers()):
		c.OK, c.Detail = false, "its key is the key of a CA"
	}
	return c
}

func holdsKeyOf(leaf *x509.Certificate, authorities []*x509.Certificate) bool {
	for _, a := range authorities {
		if bytes.Equal(leaf.RawSubjectPublicKeyInfo, a.RawSubjectPublicKeyInfo) {
			return true
		}
	}
	return false
}
