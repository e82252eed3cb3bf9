package cert

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"unicode"
	"unicode/utf8"
)

// Vouched are the names that a certificate bears, as its CA wrote them, for
// comparing. Only those of a certificate that was accepted mean anything. Names
// that are not plain text are left out: a NUL or a control character in a name is
// there to be read differently by two programs (CVE-2009-2408).
type Vouched struct {
	Emails, UPNs, URIs []string
	Subject            []Attribute
}

// Attribute is one of a distinguished name.
type Attribute struct{ Type, Value string } // an OID in dotted form

// Names returns the names that a certificate bears.
func Names(c *x509.Certificate) Vouched {
	v := Vouched{Emails: plainAll(c.EmailAddresses), UPNs: plainAll(userPrincipalNames(c))}
	for _, u := range c.URIs {
		v.URIs = append(v.URIs, u.String())
	}
	v.URIs = plainAll(v.URIs)
	var rdns pkix.RDNSequence
	if rest, err := asn1.Unmarshal(c.RawSubject, &rdns); err != nil || len(rest) > 0 {
		return v
	}
	for _, rdn := range rdns {
		for _, a := range rdn {
			if text, ok := a.Value.(string); ok && plain(text) && len(v.Subject) < 4*maxValues {
				v.Subject = append(v.Subject, Attribute{a.Type.String(), text})
			}
		}
	}
	return v
}

func plainAll(all []string) (kept []string) {
	for _, text := range all {
		if plain(text) && len(kept) < maxValues {
			kept = append(kept, text)
		}
	}
	return kept
}

// plain reports whether a name is text, is not empty, is not too long, and has
// nothing in it that does not show.
func plain(text string) bool {
	if text == "" || len(text) > maxValueLength || !utf8.ValidString(text) {
		return false
	}
	for _, r := range text {
		if !unicode.IsPrint(r) { // also spaces other than U+0020
			return false
		}
	}
	return true
}
