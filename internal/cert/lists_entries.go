package cert

import (
	"crypto/x509"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// entry is what a list says about a certificate.
type entry struct {
	listed bool
	at     time.Time
	reason Reason
}

// find goes through the whole list: the issuer of an entry of an indirect CRL is
// that of the one before where it names none (section 5.3.3), and a critical
// extension that is not understood in any entry makes the list useless (section
// 5.3). The last entry counts.
func (l *list) find(c *x509.Certificate, issuer []string) (found entry, err error) {
	garbled := fault(FaultGarbled, "an entry cannot be read")
	serial, err := asn1Integer(c)
	if err != nil {
		return found, garbled
	}
	of := l.issuer
	for rest := l.raw.entries; !rest.Empty(); {
		var in, number, extensions cryptobyte.String
		var at time.Time
		if !rest.ReadASN1(&in, asn1.SEQUENCE) || !in.ReadASN1(&number, asn1.INTEGER) || !readTime(&in, &at) {
			return found, garbled
		}
		reason := ReasonUnspecified
		if !in.Empty() {
			if !in.ReadASN1(&extensions, asn1.SEQUENCE) || !in.Empty() {
				return found, garbled
			}
			if reason, of, err = readEntryExtensions(extensions, of, l.point.indirect); err != nil {
				return found, err
			}
		}
		if string(number) == serial && slices.Equal(of, issuer) {
			found = entry{listed: true, at: at, reason: reason}
		}
	}
	return found, nil
}

func asn1Integer(c *x509.Certificate) (string, error) {
	var b cryptobyte.Builder
	b.AddASN1BigInt(c.SerialNumber)
	der, err := b.Bytes()
	if err != nil {
		return "", err
	}
	whole := cryptobyte.String(der)
	var content cryptobyte.String
	whole.ReadASN1(&content, asn1.INTEGER)
	return string(content), nil
}

func readTime(in *cryptobyte.String, at *time.Time) bool {
	if in.PeekASN1Tag(asn1.UTCTime) {
		return in.ReadASN1UTCTime(at)
	}
	return in.ReadASN1GeneralizedTime(at)
}

// readEntryExtensions reads the reason and, in an indirect CRL, the issuer.
func readEntryExtensions(in cryptobyte.String, of []string, indirect bool) (Reason, []string, error) {
	garbled := fault(FaultGarbled, "the extensions of an entry cannot be read")
	reason := ReasonUnspecified
	for !in.Empty() {
		var e, id, value cryptobyte.String
		var critical bool
		if !in.ReadASN1(&e, asn1.SEQUENCE) || !e.ReadASN1(&id, asn1.OBJECT_IDENTIFIER) ||
			e.PeekASN1Tag(asn1.BOOLEAN) && !e.ReadASN1Boolean(&critical) || !e.ReadASN1(&value, asn1.OCTET_STRING) || !e.Empty() {
			return "", nil, garbled
		}
		switch string(id) {
		case "\x55\x1d\x15": // reasonCode, 2.5.29.21
			var code int
			if !value.ReadASN1Enum(&code) || code < 0 || code > 10 {
				return "", nil, garbled
			}
			reason = reasonOf(byte(code))
		case "\x55\x1d\x1d": // certificateIssuer, 2.5.29.29
			var names cryptobyte.String
			if !indirect || !value.ReadASN1(&names, asn1.SEQUENCE) {
				return "", nil, garbled
			}
			all, ok := readGeneralNames(names)
			i := slices.IndexFunc(all, func(n generalName) bool { return n.form == formDirectory })
			if !ok || i < 0 {
				return "", nil, garbled
			}
			of = all[i].rdns
		default:
			if critical {
				return "", nil, fault(FaultCritical, "of an entry")
			}
		}
	}
	return reason, of, nil
}
