package cert

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
)

// checkProfile asks for what RFC 5280 demands of a certificate's form and Go's
// verifier lets pass. Only what says that an issuer did not know what it did is
// refused; identifiers that are missing, or an extension that should have been
// critical and is obeyed all the same, harm nobody.
func checkProfile(s subject) Check {
	c := Check{Name: "profile", OK: true, Detail: "formed as the profile asks", Source: "RFC 5280, section 4", cause: CauseConstraint}
	if _, ok := extension(s.leaf(), oidNameConstraints()); ok && !s.leaf().IsCA {
		c.OK, c.Detail, c.Source = false, "nameConstraints in the certificate of a person", "RFC 5280, section 4.2.1.10"
		return c
	}
	if leaf := s.leaf(); leaf.KeyUsage&x509.KeyUsageCertSign != 0 && !leaf.IsCA {
		c.OK, c.Detail, c.Source = false, "keyUsage lets it sign certificates, and it is no CA", "RFC 5280, section 4.2.1.9"
		return c
	}
	for _, issuer := range s.issuers() {
		if len(issuer.Subject.Names) == 0 {
			c.OK, c.Detail, c.Source = false, "a CA without a name", "RFC 5280, section 4.1.2.6"
			return c
		}
	}
	return c
}

func oidKeyUsage() asn1.ObjectIdentifier         { return asn1.ObjectIdentifier{2, 5, 29, 15} }
func oidNameConstraints() asn1.ObjectIdentifier  { return asn1.ObjectIdentifier{2, 5, 29, 30} }
func oidExtendedKeyUsage() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{2, 5, 29, 37} }
func oidSubjectAltName() asn1.ObjectIdentifier   { return asn1.ObjectIdentifier{2, 5, 29, 17} }

// extension returns an extension of the certificate. Go's parser refuses
// certificates that have one twice.
func extension(c *x509.Certificate, id asn1.ObjectIdentifier) (pkix.Extension, bool) {
	i := slices.IndexFunc(c.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(id) })
	if i < 0 {
		return pkix.Extension{}, false
	}
	return c.Extensions[i], true
}
