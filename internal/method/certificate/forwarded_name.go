package certificate

import (
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// opensslName writes a distinguished name as nginx does, which is OpenSSL's
// XN_FLAG_RFC2253: last attribute first, every byte beyond ASCII escaped, every
// attribute that OpenSSL has no name for by its number and in hexadecimal. Names
// are compared in this form because it can be made of the DER exactly, while its
// text cannot be read back without a doubt.
func opensslName(der []byte) (string, bool) {
	var sets []asn1.RawValue
	if rest, err := asn1.Unmarshal(der, &sets); err != nil || len(rest) > 0 {
		return "", false
	}
	var out strings.Builder
	for i := len(sets) - 1; i >= 0; i-- {
		if sets[i].Tag != asn1.TagSet || !sets[i].IsCompound {
			return "", false
		}
		var attributes []attribute
		for rest := sets[i].Bytes; len(rest) > 0; {
			var a attribute
			var err error
			if rest, err = asn1.Unmarshal(rest, &a); err != nil {
				return "", false
			}
			attributes = append(attributes, a)
		}
		for j := len(attributes) - 1; j >= 0; j-- {
			switch {
			case j < len(attributes)-1:
				out.WriteByte('+')
			case i < len(sets)-1:
				out.WriteByte(',')
			}
			if !attributes[j].write(&out) {
				return "", false
			}
		}
	}
	return out.String(), true
}

type attribute struct {
	Type  asn1.ObjectIdentifier
	Value asn1.RawValue
}

func (a attribute) write(out *strings.Builder) bool {
	name, known := shortNames()[a.Type.String()]
	if !known {
		name = a.Type.String()
	}
	out.WriteString(name)
	out.WriteByte('=')
	text, isText := runesOf(a.Value)
	if !known || !isText {
		out.WriteByte('#')
		out.WriteString(strings.ToUpper(hex.EncodeToString(a.Value.FullBytes)))
		return true
	}
	if text == nil {
		return len(a.Value.Bytes) == 0
	}
	for i, c := range text {
		first, last := i == 0, i == len(text)-1
		switch {
		case strings.ContainsRune(`,+"\<>;`, c), c == ' ' && (first || last), c == '#' && first && !last:
			out.WriteByte('\\')
			out.WriteRune(c)
		case c < ' ' || c >= 0x7f:
			for _, b := range utf8.AppendRune(nil, c) {
				fmt.Fprintf(out, "\\%02X", b)
			}
		default:
			out.WriteRune(c)
		}
	}
	return true
}

// runesOf reads the string types that OpenSSL prints as text (tag2nbyte of its
// a_strex.c); isText is false for others, which it dumps. A broken string has
// nil.
func runesOf(v asn1.RawValue) (text []rune, isText bool) {
	if v.Class != asn1.ClassUniversal {
		return nil, false
	}
	switch v.Tag {
	case asn1.TagUTF8String:
		if !utf8.Valid(v.Bytes) {
			return nil, true
		}
		return []rune(string(v.Bytes)), true
	case asn1.TagNumericString, asn1.TagPrintableString, asn1.TagT61String, asn1.TagIA5String, asn1.TagUTCTime, asn1.TagGeneralizedTime, 26:
		for _, b := range v.Bytes {
			text = append(text, rune(b)) // Latin-1
		}
		return text, true
	case asn1.TagBMPString:
		if len(v.Bytes)%2 != 0 {
			return nil, true
		}
		for i := 0; i < len(v.Bytes); i += 2 {
			c := rune(v.Bytes[i])<<8 | rune(v.Bytes[i+1])
			if utf16.IsSurrogate(c) {
				return nil, true
			}
			text = append(text, c)
		}
		return text, true
	case 28: // UniversalString
		if len(v.Bytes)%4 != 0 {
			return nil, true
		}
		for i := 0; i < len(v.Bytes); i += 4 {
			c := rune(v.Bytes[i])<<24 | rune(v.Bytes[i+1])<<16 | rune(v.Bytes[i+2])<<8 | rune(v.Bytes[i+3])
			if !utf8.ValidRune(c) {
				return nil, true
			}
			text = append(text, c)
		}
		return text, true
	}
	return nil, false
}

// shortNames are OpenSSL's names of attributes that certificates of people and
// CAs carry. One that is missing here makes a name unequal, never equal.
func shortNames() map[string]string {
	return map[string]string{
		"2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.9": "street",
		"2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "title", "2.5.4.13": "description", "2.5.4.15": "businessCategory", "2.5.4.16": "postalAddress",
		"2.5.4.17": "postalCode", "2.5.4.20": "telephoneNumber", "2.5.4.41": "name", "2.5.4.42": "GN", "2.5.4.43": "initials",
		"2.5.4.44": "generationQualifier", "2.5.4.45": "x500UniqueIdentifier", "2.5.4.46": "dnQualifier", "2.5.4.65": "pseudonym",
		"2.5.4.97": "organizationIdentifier", "0.9.2342.19200300.100.1.1": "UID", "0.9.2342.19200300.100.1.25": "DC",
		"0.9.2342.19200300.100.1.3": "mail", "1.2.840.113549.1.9.1": "emailAddress", "1.2.840.113549.1.9.2": "unstructuredName",
		"1.3.6.1.4.1.311.60.2.1.1": "jurisdictionL", "1.3.6.1.4.1.311.60.2.1.2": "jurisdictionST", "1.3.6.1.4.1.311.60.2.1.3": "jurisdictionC",
	}
}
