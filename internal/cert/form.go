package cert

import (
	"crypto/x509"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// tampered says what is wrong with the bytes around what was signed. A signature covers
// what a CA says and not these: whoever holds a certificate could give it others, and with
// them another fingerprint, which passes by a block of the one that is known. crypto/x509
// lets anything pass behind the signature, and bits that are not used in it.
func tampered(c *x509.Certificate) string {
	all, outer := cryptobyte.String(c.Raw), cryptobyte.String(nil)
	var signature cryptobyte.String
	switch {
	case !all.ReadASN1(&outer, asn1.SEQUENCE) || !all.Empty() || !outer.SkipASN1(asn1.SEQUENCE) || !outer.SkipASN1(asn1.SEQUENCE) ||
		!outer.ReadASN1(&signature, asn1.BIT_STRING) || len(signature) == 0:
		return "the certificate is not made of what is signed, an algorithm and a signature"
	case !outer.Empty():
		return "something follows the signature"
	case signature[0] != 0:
		return "the signature does not end with a whole byte"
	default:
		return ""
	}
}
