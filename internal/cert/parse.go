package cert

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
)

// Parse reads a certificate as crypto/x509 does, and those with a CRL
// distribution point that is named relative to its issuer too
// (nameRelativeToCRLIssuer, RFC 5280, section 4.2.1.13), which that refuses.
func Parse(der []byte) (*x509.Certificate, error) {
	c, err := x509.ParseCertificate(der)
	if err == nil || err.Error() != "x509: invalid CRL distribution point" {
		return c, err
	}
	// Under another name, as long, it passes by the parser. What is read, signed
	// and shown stays what was sent.
	name, other := []byte{0x06, 3, 0x55, 0x1d, 31}, []byte{0x06, 3, 0x55, 0x1d, 127}
	i := bytes.Index(der, name)
	if i < 0 || bytes.Count(der, name) != 1 {
		return nil, err
	}
	changed := slices.Clone(der)
	copy(changed[i:], other)
	c, again := x509.ParseCertificate(changed)
	if again != nil {
		return nil, err
	}
	start := bytes.Index(changed, c.RawTBSCertificate)
	e := slices.IndexFunc(c.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 127}) })
	points := slices.IndexFunc(c.UnhandledCriticalExtensions, func(id asn1.ObjectIdentifier) bool { return id.Equal(asn1.ObjectIdentifier{2, 5, 29, 127}) })
	if start < 0 || e < 0 || start+len(c.RawTBSCertificate) > len(der) {
		return nil, err
	}
	if points >= 0 {
		c.UnhandledCriticalExtensions = slices.Delete(c.UnhandledCriticalExtensions, points, points+1)
	}
	c.Extensions[e].Id = oidCRLDistributionPoints()
	if _, ok := readPoints(c, nil); !ok {
		return nil, err
	}
	c.Raw, c.RawTBSCertificate = slices.Clone(der), slices.Clone(der[start:start+len(c.RawTBSCertificate)])
	return c, nil
}
