package cert

import (
	"crypto/x509"
	"encoding/asn1"
	"time"
)

func oidNoRevAvail() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{2, 5, 29, 56} }

// ShortLived reports whether a certificate need not be asked about: its CA says
// that it tells nobody of its revocation (noRevAvail, RFC 9608), or it lives no
// longer than the limit. A CA's own certificate never is: section 2 of RFC 9608
// forbids the extension there.
func ShortLived(c *x509.Certificate, limit time.Duration) bool {
	if c.BasicConstraintsValid && c.IsCA {
		return false
	}
	if _, ok := extension(c, oidNoRevAvail()); ok {
		return true
	}
	return limit > 0 && c.NotAfter.Sub(c.NotBefore) <= limit
}
