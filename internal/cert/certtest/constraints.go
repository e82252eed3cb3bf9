package certtest

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"strconv"
	"strings"
	"testing"
)

// GeneralName encodes a name of a form by its tag (RFC 5280, section 4.2.1.6):
// 1 rfc822Name, 2 dNSName, 4 directoryName (of DER), 6 URI, 7 iPAddress, 8
// registeredID.
func GeneralName(t testing.TB, tag int, content []byte) []byte {
	t.Helper()
	const directoryName, otherName = 4, 0
	return marshal(t, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: tag, IsCompound: tag == directoryName || tag == otherName, Bytes: content}, "")
}

// NameConstraints makes a critical extension of the bases of subtrees.
func NameConstraints(t testing.TB, permitted, excluded [][]byte) pkix.Extension {
	t.Helper()
	var content []byte
	for tag, bases := range [][][]byte{permitted, excluded} {
		var list []byte
		for _, base := range bases {
			list = append(list, marshal(t, asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: base}, "")...)
		}
		if len(list) > 0 {
			content = append(content, marshal(t, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: tag, IsCompound: true, Bytes: list}, "")...)
		}
	}
	return pkix.Extension{
		Id: asn1.ObjectIdentifier{2, 5, 29, 30}, Critical: true, Value: marshal(t, asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: content}, ""),
	}
}

// AlternativeNames makes a subjectAltName.
func AlternativeNames(t testing.TB, names ...[]byte) pkix.Extension {
	t.Helper()
	var content []byte
	for _, name := range names {
		content = append(content, name...)
	}
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: marshal(t, asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: content}, "")}
}

// Extended adds extensions to what a specification describes.
func Extended(all ...pkix.Extension) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.ExtraExtensions = append(c.ExtraExtensions, all...) }
}

// PolicyMappings makes a critical extension of pairs of dotted policies: the
// issuer's, and what the subject calls it.
func PolicyMappings(t testing.TB, pairs ...[2]string) pkix.Extension {
	t.Helper()
	type mapping struct{ Issuer, Subject asn1.ObjectIdentifier }
	var all []mapping
	for _, p := range pairs {
		all = append(all, mapping{oid(t, p[0]), oid(t, p[1])})
	}
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 33}, Critical: true, Value: marshal(t, all, "")}
}

// PolicyConstraints makes a critical extension; a negative number leaves out.
func PolicyConstraints(explicit, inhibitMapping int) pkix.Extension {
	var content []byte
	for tag, n := range []int{explicit, inhibitMapping} {
		if n >= 0 {
			content = append(content, 0x80|byte(tag), 1, byte(n))
		}
	}
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 36}, Critical: true, Value: append([]byte{0x30, byte(len(content))}, content...)}
}

// InhibitAnyPolicy makes a critical extension.
func InhibitAnyPolicy(after int) pkix.Extension {
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 54}, Critical: true, Value: []byte{2, 1, byte(after)}}
}

func oid(t testing.TB, text string) (id asn1.ObjectIdentifier) {
	t.Helper()
	for _, part := range strings.Split(text, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			t.Fatalf("certtest: %q: %v", text, err)
		}
		id = append(id, n)
	}
	return id
}
