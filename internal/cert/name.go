package cert

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// SameName compares two distinguished names in DER by RFC 5280, section 7.1:
// letter case, runs of spaces and the type of string do not tell names apart;
// the order and the grouping of their parts do (CVE-2026-33248). It is for
// finding issuers and for subtrees only. A link of a path is proved by the
// issuer's key, and people are told apart by keys and by names as they are
// encoded.
func SameName(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	left, ok := canonicalName(a)
	if !ok {
		return false
	}
	right, ok := canonicalName(b)
	return ok && slices.Equal(left, right)
}

// selfIssued reports whether a certificate is of the CA that it is for: one that
// rolls a key over, not counted in path lengths (RFC 5280, section 6.1).
func selfIssued(c *x509.Certificate) bool { return SameName(c.RawIssuer, c.RawSubject) }

// issuerNameMatches compares the name of the issuer in a certificate with that of
// a CA. The key decides.
func issuerNameMatches(child, issuer *x509.Certificate) bool {
	return SameName(child.RawIssuer, issuer.RawSubject)
}

// maxCanonical is how long a name may be that is compared otherwise than byte by
// byte; strangers send names too.
const maxCanonical = 8 << 10

// canonicalName returns a text for each RDN of a name, such that two RDNs are
// equal by section 7.1 if and only if their texts are. It returns false for what
// is no name, or is too long.
func canonicalName(der []byte) (rdns []string, ok bool) {
	if len(der) > maxCanonical {
		return nil, false
	}
	outer := cryptobyte.String(der)
	var sequence cryptobyte.String
	if !outer.ReadASN1(&sequence, asn1.SEQUENCE) || !outer.Empty() {
		return nil, false
	}
	for !sequence.Empty() {
		var set cryptobyte.String
		if !sequence.ReadASN1(&set, asn1.SET) || set.Empty() {
			return nil, false
		}
		rdn, ok := canonicalRDN(set)
		if !ok {
			return nil, false
		}
		rdns = append(rdns, rdn)
	}
	return rdns, true
}

// canonicalRDN sorts the attributes, because a SET has no order and encoders get
// that of DER wrong.
func canonicalRDN(set cryptobyte.String) (string, bool) {
	var parts []string
	for !set.Empty() {
		var attribute, kind, value cryptobyte.String
		var tag asn1.Tag
		if !set.ReadASN1(&attribute, asn1.SEQUENCE) || !attribute.ReadASN1(&kind, asn1.OBJECT_IDENTIFIER) {
			return "", false
		}
		whole := attribute
		if !attribute.ReadAnyASN1(&value, &tag) || !attribute.Empty() {
			return "", false
		}
		// A kind and a value hold no separators: both are in hexadecimal.
		text, ok := stringValue(tag, value)
		if !ok {
			parts = append(parts, hex.EncodeToString(kind)+"#"+hex.EncodeToString(whole))
			continue
		}
		parts = append(parts, hex.EncodeToString(kind)+"="+hex.EncodeToString([]byte(prepare(text))))
	}
	slices.Sort(parts)
	return strings.Join(parts, "+"), true
}

// stringValue decodes the string types of a DirectoryString, and the IA5String of
// domain components and e-mail addresses. Other values, and those that are no
// text, are compared as they are encoded.
func stringValue(tag asn1.Tag, value []byte) (string, bool) {
	const (
		universal = asn1.Tag(28)
		visible   = asn1.Tag(26)
		bmp       = asn1.Tag(30)
	)
	switch tag {
	case asn1.UTF8String, asn1.PrintableString, asn1.IA5String, visible:
		return string(value), utf8.Valid(value)
	case asn1.T61String: // Latin-1, as everybody reads it
		runes := make([]rune, len(value))
		for i, b := range value {
			runes[i] = rune(b)
		}
		return string(runes), true
	case bmp:
		if len(value)%2 != 0 {
			return "", false
		}
		units := make([]uint16, len(value)/2)
		for i := range units {
			units[i] = uint16(value[2*i])<<8 | uint16(value[2*i+1])
		}
		text := string(utf16.Decode(units))
		return text, !strings.ContainsRune(text, utf8.RuneError)
	case universal:
		if len(value)%4 != 0 {
			return "", false
		}
		runes := make([]rune, len(value)/4)
		for i := range runes {
			runes[i] = rune(value[4*i])<<24 | rune(value[4*i+1])<<16 | rune(value[4*i+2])<<8 | rune(value[4*i+3])
			if !utf8.ValidRune(runes[i]) {
				return "", false
			}
		}
		return string(runes), true
	default:
		return "", false
	}
}

// prepare folds what RFC 4518, section 2 lets pass as equal: case, compatible
// characters, spaces at the ends and in runs, and characters that nobody sees.
func prepare(text string) string {
	if !isPlain(text) {
		text = strings.Map(func(r rune) rune {
			switch {
			case unicode.IsSpace(r):
				return ' '
			case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r):
				return -1
			}
			return r
		}, text)
		text = norm.NFKC.String(cases.Fold().String(norm.NFKC.String(text)))
	}
	return strings.Join(strings.Fields(strings.ToLower(text)), " ")
}

func isPlain(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// NameDigest returns a text that two distinguished names in DER share if and only
// if they are the same by SameName, to look names up by. It returns false for what
// is no name, or names nobody.
func NameDigest(der []byte) (string, bool) {
	rdns, ok := canonicalName(der)
	if !ok || len(rdns) == 0 {
		return "", false
	}
	sum := sha256.Sum256([]byte(strings.Join(rdns, "\n"))) // no RDN has a line break of its own: see canonicalRDN
	return hex.EncodeToString(sum[:]), true
}
