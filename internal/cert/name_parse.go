package cert

import (
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ErrName says that a text is no distinguished name.
var ErrName = errors.New("not a distinguished name")

// maxParsed is how many attributes a typed name has at most.
const maxParsed = 64

// ParseName reads a distinguished name that a person typed, and returns it in DER:
// by RFC 4514, which writes the last part first ("CN=Alice,O=Example,C=FR"), or in
// the old form of OpenSSL, which begins with a slash and writes the first part
// first ("/C=FR/O=Example/CN=Alice"). How a CA encoded the text nobody can see in
// it: what is read is for NameDigest and SameName, which do not ask for that.
func ParseName(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	if len(text) > maxCanonical || !utf8.ValidString(text) {
		return nil, ErrName
	}
	separator, reversed := byte(','), true
	if rest, ok := strings.CutPrefix(text, "/"); ok {
		separator, reversed, text = '/', false, rest
	}
	var sets [][]typedAttribute
	again := true // whether another attribute must follow
	together := false
	for again {
		var a typedAttribute
		var end byte
		var err error
		if a, end, text, err = cutAttribute(text, separator); err != nil {
			return nil, err
		}
		if together {
			sets[len(sets)-1] = append(sets[len(sets)-1], a)
		} else {
			sets = append(sets, []typedAttribute{a})
		}
		if len(sets) > maxParsed || len(sets[len(sets)-1]) > maxParsed {
			return nil, ErrName
		}
		again, together = end != 0, end == '+'
	}
	if reversed {
		slices.Reverse(sets)
	}
	var rdns []asn1.RawValue
	for _, set := range sets {
		der, err := asn1.MarshalWithParams(set, "set")
		if err != nil {
			return nil, ErrName
		}
		rdns = append(rdns, asn1.RawValue{FullBytes: der})
	}
	der, err := asn1.Marshal(rdns)
	if err != nil {
		return nil, ErrName
	}
	return der, nil
}

type typedAttribute struct {
	Type  asn1.ObjectIdentifier
	Value asn1.RawValue
}

// cutAttribute reads one attribute, and returns by what it ended: the separator of
// the parts, the + of the attributes of one part, or nothing.
func cutAttribute(text string, separator byte) (a typedAttribute, end byte, rest string, err error) {
	kind, rest, ok := strings.Cut(text, "=")
	if !ok {
		return a, 0, "", ErrName
	}
	if a.Type, ok = attributeType(strings.TrimSpace(kind)); !ok {
		return a, 0, "", ErrName
	}
	rest = strings.TrimLeft(rest, " ")
	if rest != "" && rest[0] == '#' { // RFC 4514, section 2.4: the value in BER
		i := strings.IndexAny(rest, string(separator)+"+")
		if i < 0 {
			i = len(rest)
		}
		der, err := hex.DecodeString(strings.TrimSpace(rest[1:i]))
		if err != nil {
			return a, 0, "", ErrName
		}
		if left, err := asn1.Unmarshal(der, &a.Value); err != nil || len(left) > 0 {
			return a, 0, "", ErrName
		}
		if i == len(rest) {
			return a, 0, "", nil
		}
		return a, rest[i], rest[i+1:], nil
	}
	value, end, rest, ok := cutValue(rest, separator)
	if !ok || value == "" || !utf8.ValidString(value) {
		return a, 0, "", ErrName
	}
	a.Value = asn1.RawValue{Class: asn1.ClassUniversal, Tag: asn1.TagUTF8String, Bytes: []byte(value)}
	return a, end, rest, nil
}

// cutValue reads a value as text, with the escapes of RFC 4514, section 2.4, and
// the quotation marks of RFC 2253, section 4, which Windows still writes.
func cutValue(text string, separator byte) (value string, end byte, rest string, ok bool) {
	var out []byte
	solid := 0 // up to here spaces at the end count
	quoted := strings.HasPrefix(text, `"`)
	i := 0
	if quoted {
		i = 1
	}
	for ; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\':
			if i+2 < len(text) {
				if b, err := hex.DecodeString(text[i+1 : i+3]); err == nil {
					out, i = append(out, b...), i+2
					solid = len(out)
					continue
				}
			}
			if i++; i == len(text) {
				return "", 0, "", false
			}
			out = append(out, text[i])
			solid = len(out)
		case quoted && c == '"':
			after := strings.TrimLeft(text[i+1:], " ")
			if after == "" {
				return string(out), 0, "", true
			}
			if after[0] != separator && after[0] != '+' {
				return "", 0, "", false
			}
			return string(out), after[0], after[1:], true
		case !quoted && (c == separator || c == '+' && separator == ','):
			return string(out[:solid]), c, text[i+1:], true
		case !quoted && c == '"':
			return "", 0, "", false
		default:
			out = append(out, c)
			if c != ' ' || quoted {
				solid = len(out)
			}
		}
	}
	return string(out[:solid]), 0, "", !quoted
}

// attributeType finds the type of an attribute by its number or by a name that
// RFC 4514, OpenSSL or Windows write.
func attributeType(name string) (asn1.ObjectIdentifier, bool) {
	name = strings.ToUpper(name)
	number, ok := map[string]string{
		"CN": "2.5.4.3", "SN": "2.5.4.4", "SURNAME": "2.5.4.4", "SERIALNUMBER": "2.5.4.5", "C": "2.5.4.6", "L": "2.5.4.7", "ST": "2.5.4.8", "S": "2.5.4.8",
		"STREET": "2.5.4.9", "O": "2.5.4.10", "OU": "2.5.4.11", "T": "2.5.4.12", "TITLE": "2.5.4.12", "DESCRIPTION": "2.5.4.13", "POSTALCODE": "2.5.4.17",
		"NAME": "2.5.4.41", "GN": "2.5.4.42", "G": "2.5.4.42", "GIVENNAME": "2.5.4.42", "I": "2.5.4.43", "INITIALS": "2.5.4.43", "GENERATIONQUALIFIER": "2.5.4.44",
		"DNQUALIFIER": "2.5.4.46", "DNQ": "2.5.4.46", "PSEUDONYM": "2.5.4.65", "ORGANIZATIONIDENTIFIER": "2.5.4.97", "UID": "0.9.2342.19200300.100.1.1",
		"USERID": "0.9.2342.19200300.100.1.1", "MAIL": "0.9.2342.19200300.100.1.3", "DC": "0.9.2342.19200300.100.1.25",
		"E": "1.2.840.113549.1.9.1", "EMAIL": "1.2.840.113549.1.9.1", "EMAILADDRESS": "1.2.840.113549.1.9.1",
	}[name]
	if !ok {
		number = strings.TrimPrefix(name, "OID.")
	}
	var oid asn1.ObjectIdentifier
	for _, part := range strings.Split(number, ".") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 || len(oid) > 32 {
			return nil, false
		}
		oid = append(oid, n)
	}
	if len(oid) < 2 || oid[0] > 2 || oid[0] < 2 && oid[1] > 39 {
		return nil, false
	}
	return oid, true
}
