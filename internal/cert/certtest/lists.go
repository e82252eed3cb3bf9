package certtest

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"testing"
	"time"
)

// Delta makes a CRL of what changed since a number.
func Delta(base byte) pkix.Extension {
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 27}, Critical: true, Value: []byte{2, 1, base}}
}

// Indirect makes a CRL one of several CAs, of the distribution point that its
// issuer names by its own name.
func Indirect(t testing.TB, issuer *CA) pkix.Extension {
	t.Helper()
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 28}, Critical: true, Value: tlv(0x30, append(DirectoryPoint(t, issuer.Cert.RawSubject), 0x84, 1, 0xff))}
}

// DirectoryPoint makes the distributionPoint of an issuingDistributionPoint, or of
// a certificate's point: a directory name.
func DirectoryPoint(t testing.TB, name []byte) []byte {
	t.Helper()
	return tlv(0xa0, tlv(0xa0, GeneralName(t, 4, name)))
}

// PointOf makes the CRL distribution point of a certificate whose lists somebody
// else keeps.
func PointOf(t testing.TB, keeper *CA) pkix.Extension {
	t.Helper()
	name := keeper.Cert.RawSubject
	point := slices.Concat(DirectoryPoint(t, name), tlv(0xa2, GeneralName(t, 4, name)))
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 31}, Value: tlv(0x30, tlv(0x30, point))}
}

// EntryOf makes an entry of an indirect CRL.
func EntryOf(t testing.TB, c *x509.Certificate, issuer []byte, at time.Time) x509.RevocationListEntry {
	t.Helper()
	name := pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 29}, Critical: true, Value: tlv(0x30, GeneralName(t, 4, issuer))}
	return x509.RevocationListEntry{SerialNumber: c.SerialNumber, RevocationTime: at, ExtraExtensions: []pkix.Extension{name}}
}

func tlv(tag byte, content []byte) []byte {
	if len(content) > 127 {
		return append([]byte{tag, 0x81, byte(len(content))}, content...)
	}
	return append([]byte{tag, byte(len(content))}, content...)
}
