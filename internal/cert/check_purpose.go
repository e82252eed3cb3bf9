package cert

import (
	"crypto/x509"
	"fmt"
	"slices"
)

// checkPurpose demands that the certificate was issued for client
// authentication, in so many words. RFC 5280 reads a missing extension as
// "every purpose"; for a login that is too little: certificates of servers and
// machines have been issued so, by the same CAs (CVE-2018-16886). anyExtended-
// KeyUsage does not count either, as section 4.2.1.12 lets applications demand.
func checkPurpose(s subject) Check {
	leaf, want := s.leaf(), s.policy.keyPurpose()
	c := Check{Name: "purpose", OK: true, Detail: "extendedKeyUsage names client authentication", Source: "RFC 5280, section 4.2.1.12", cause: CauseWrongPurpose}
	switch {
	case want != x509.ExtKeyUsageClientAuth: // a test with another suite's certificates: Go's verifier decides
		c.Detail = fmt.Sprintf("purpose %d is left to path validation", want)
	case len(leaf.ExtKeyUsage) == 0 && len(leaf.UnknownExtKeyUsage) == 0:
		c.OK, c.Detail = false, "there is no extendedKeyUsage"
	case !slices.Contains(leaf.ExtKeyUsage, want):
		c.OK, c.Detail = false, "extendedKeyUsage does not name client authentication"
	case leaf.KeyUsage != 0 && leaf.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageKeyAgreement) == 0:
		// TLS client authentication signs (RFC 8446, section 4.4.2.4).
		c.OK, c.Detail = false, "keyUsage allows no digital signature"
		c.Source = "RFC 5280, section 4.2.1.3"
	}
	return c
}
