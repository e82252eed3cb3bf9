package identity

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"

	"signet/internal/cert"
	"signet/internal/iam"
)

// DecimalSerial stands before a serial number that is written in decimal digits:
// without it nobody could tell 1234 from 0x1234.
const DecimalSerial = "dec:"

// Bounds of what is announced, in bytes. A CA writes at most 20 for a serial number
// (RFC 5280, section 4.1.2.2); some write more. cert keeps 64 of a key identifier,
// so that no longer one could be told apart.
const (
	maxSerial = 64
	minKeyID  = 4
	maxKeyID  = 63
	maxTyped  = 8 << 10
)

// AnnouncedValue reads what somebody typed or copied from a certificate, and
// returns the value as it is compared and as people read it. Pure.
func AnnouncedValue(kind iam.AnnouncedKind, typed string) (value, shown string, wrong *iam.Error) {
	typed = strings.TrimSpace(typed)
	switch {
	case typed == "":
		return "", "", iam.Invalid("value", "announced_value_missing")
	case len(typed) > maxTyped:
		return "", "", iam.Invalid("value", "announced_value_long")
	}
	switch kind {
	case iam.AnnouncedCertificate, iam.AnnouncedKey:
		return fingerprint(typed)
	case iam.AnnouncedSerial:
		return serial(typed)
	case iam.AnnouncedKeyID:
		id, ok := hexDigits(typed)
		if !ok || len(id) < 2*minKeyID || len(id) > 2*maxKeyID || len(id)%2 != 0 {
			return "", "", iam.Invalid("value", "announced_key_id_malformed")
		}
		return id, id, nil
	case iam.AnnouncedSubject:
		der, err := cert.ParseName(typed)
		if err != nil {
			return "", "", iam.Invalid("value", "announced_subject_malformed")
		}
		digest, ok := cert.NameDigest(der)
		if !ok {
			return "", "", iam.Invalid("value", "announced_subject_malformed")
		}
		return digest, cert.NameText(der), nil
	default:
		return "", "", iam.Invalid("kind", "announced_kind_unknown")
	}
}

func fingerprint(typed string) (value, shown string, wrong *iam.Error) {
	value, ok := hexDigits(typed)
	if der, err := base64.StdEncoding.Strict().DecodeString(strings.TrimPrefix(typed, "sha256/")); !ok && err == nil && len(der) == 32 {
		value, ok = hex.EncodeToString(der), true
	}
	switch {
	case ok && len(value) == 40:
		return "", "", iam.Invalid("value", "announced_sha1") // what many viewers show first proves nothing
	case !ok || len(value) != 64:
		return "", "", iam.Invalid("value", "announced_fingerprint_malformed")
	}
	return value, value, nil
}

// serial reads a serial number and writes it as iam.Certificate.Serial has it. It
// takes the forms of openssl, Windows and Firefox: digits alone are hexadecimal,
// as all of these write long numbers.
func serial(typed string) (value, shown string, wrong *iam.Error) {
	malformed := iam.Invalid("value", "announced_serial_malformed")
	number := new(big.Int)
	rest, decimal := strings.CutPrefix(strings.ToLower(typed), DecimalSerial)
	if text, inside, ok := strings.Cut(rest, "("); ok && !decimal { // openssl: 4660 (0x1234)
		both, closed := strings.CutSuffix(strings.TrimSpace(inside), ")")
		a, okA := new(big.Int).SetString(strings.TrimSpace(text), 10)
		b, okB := hexNumber(strings.TrimSpace(both))
		if !closed || !okA || !okB || a.Cmp(b) != 0 {
			return "", "", malformed
		}
		number = a
	} else if decimal {
		digits := strings.TrimSpace(rest)
		if strings.Trim(strings.TrimPrefix(digits, "-"), "0123456789") != "" || len(digits) > 3*maxSerial {
			return "", "", malformed
		}
		if _, ok := number.SetString(digits, 10); !ok {
			return "", "", malformed
		}
	} else {
		var ok bool
		if number, ok = hexNumber(rest); !ok {
			return "", "", malformed
		}
	}
	if len(number.Bytes()) > maxSerial {
		return "", "", malformed
	}
	value = fmt.Sprintf("%X", number.Bytes())
	if value == "" {
		value = "00"
	}
	if number.Sign() < 0 {
		value = "-" + value
	}
	return value, value, nil
}

func hexNumber(text string) (*big.Int, bool) {
	digits, negative := strings.CutPrefix(strings.TrimSpace(text), "-")
	digits, ok := hexDigits(digits)
	if !ok || len(digits) > 4*maxSerial {
		return nil, false
	}
	number, ok := new(big.Int).SetString(digits, 16)
	if ok && negative {
		number.Neg(number)
	}
	return number, ok
}

// hexDigits reads hexadecimal digits as programs write them: with colons, spaces or
// dashes between, after "0x", or after a title and an equals sign as openssl does
// ("sha256 Fingerprint=AB:CD").
func hexDigits(text string) (string, bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	if title, rest, ok := strings.Cut(text, "="); ok && strings.Trim(title, "abcdefghijklmnopqrstuvwxyz0123456789- ") == "" {
		text = rest
	}
	text = strings.TrimPrefix(strings.TrimSpace(text), "0x")
	text = strings.Map(func(r rune) rune {
		switch r {
		case ':', ' ', '-', '\t', '\n', '\r', '\u00a0', '\u200e': // Windows copies a mark of direction along
			return -1
		}
		return r
	}, text)
	if text == "" || strings.Trim(text, "0123456789abcdef") != "" {
		return "", false
	}
	return text, true
}
