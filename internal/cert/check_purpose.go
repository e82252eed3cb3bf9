package cert

import (
	"crypto/x509"
	"fmt"
	"slices"
)

// checkPurpose demands that the certificate was issued for client
// authentication, in so many words. RFC 5280 reads a missing extension as
// "every purpose"; for a login that is too little: certificates of servers and
// machines have been issued so, by the same CAs (CVE-2018-16886). A method of
// old smart cards can let it pass by Policy.AllowNoPurpose. anyExtendedKeyUsage
// never counts, as section 4.2.1.12 lets applications demand.
func checkPurpose(s subject) Check {
	leaf, want := s.leaf(), s.policy.keyPurpose()
	c := Check{Name: "purpose", OK: true, Detail: "extendedKeyUsage names client authentication", Source: "RFC 5280, section 4.2.1.12", cause: CauseWrongPurpose}
	_, present := extension(leaf, oidExtendedKeyUsage()) // one without any purpose in it is not a missing one
	_, limited := extension(leaf, oidKeyUsage())
	switch {
	case s.policy.AnyPurpose:
		c.Detail = "any purpose will do"
	case want != x509.ExtKeyUsageClientAuth: // a test with another suite's certificates
		c.OK, c.Detail = names(leaf, want), fmt.Sprintf("purpose %d", want)
	case !present && !s.policy.AllowNoPurpose:
		c.OK, c.Detail = false, "there is no extendedKeyUsage"
	case present && !slices.Contains(leaf.ExtKeyUsage, want):
		c.OK, c.Detail = false, "extendedKeyUsage does not name client authentication"
	case limited && leaf.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageKeyAgreement) == 0:
		// TLS client authentication signs (RFC 8446, section 4.4.2.4).
		c.OK, c.Detail = false, "keyUsage allows no digital signature"
		c.Source = "RFC 5280, section 4.2.1.3"
	case !present:
		c.Detail = "there is no extendedKeyUsage, which the login method allows"
	}
	return c
}

// names reports whether Go's verifier takes the certificate itself for one of
// this purpose.
func names(c *x509.Certificate, purpose x509.ExtKeyUsage) bool {
	_, present := extension(c, oidExtendedKeyUsage())
	return !present || slices.Contains(c.ExtKeyUsage, purpose) || slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny)
}
