package certtest

import (
	"cmp"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"
)

// CRLSpec describes a CRL.
type CRLSpec struct {
	Revoked    []*x509.Certificate // a minute before ThisUpdate, for key compromise
	Entries    []x509.RevocationListEntry
	Number     int64     // 1
	ThisUpdate time.Time // the CA's Now
	NextUpdate time.Time // a day after ThisUpdate
	Extensions []pkix.Extension
	Algorithm  x509.SignatureAlgorithm
}

// CRL makes a certificate revocation list, in DER.
func (ca *CA) CRL(t testing.TB, s CRLSpec) []byte {
	t.Helper()
	if s.ThisUpdate.IsZero() {
		s.ThisUpdate = ca.Now
	}
	if s.NextUpdate.IsZero() {
		s.NextUpdate = s.ThisUpdate.AddDate(0, 0, 1)
	}
	list := &x509.RevocationList{
		Number: big.NewInt(cmp.Or(s.Number, 1)), ThisUpdate: s.ThisUpdate, NextUpdate: s.NextUpdate, ExtraExtensions: s.Extensions,
		RevokedCertificateEntries: s.Entries, SignatureAlgorithm: s.Algorithm,
	}
	for _, c := range s.Revoked {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{
			SerialNumber: c.SerialNumber, RevocationTime: s.ThisUpdate.Add(-time.Minute), ReasonCode: 1,
		})
	}
	issuer := *ca.Cert
	issuer.KeyUsage |= x509.KeyUsageCRLSign // or x509 would not sign for a CA that may not
	der, err := x509.CreateRevocationList(rand.Reader, list, &issuer, ca.Key)
	if err != nil {
		t.Fatalf("certtest: make a CRL: %v", err)
	}
	return der
}

// PEMOfCRL is a CRL as a file.
func PEMOfCRL(der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der}) }

// OCSPSpec describes an OCSP answer.
type OCSPSpec struct {
	Status     int       // ocsp.Good where 0
	ThisUpdate time.Time // the CA's Now
	NextUpdate time.Time // an hour after
	RevokedAt  time.Time // a minute before ThisUpdate
	Hash       crypto.Hash
	// Signer answers for the CA, with its certificate. The CA itself where nil.
	Signer     *Leaf
	Extensions []pkix.Extension // of the single answer
	Algorithm  x509.SignatureAlgorithm
}

// OCSP makes an answer about a certificate.
func (ca *CA) OCSP(t testing.TB, c *x509.Certificate, s OCSPSpec) []byte {
	t.Helper()
	if s.ThisUpdate.IsZero() {
		s.ThisUpdate = ca.Now
	}
	if s.NextUpdate.IsZero() {
		s.NextUpdate = s.ThisUpdate.Add(time.Hour)
	}
	if s.RevokedAt.IsZero() {
		s.RevokedAt = s.ThisUpdate.Add(-time.Minute)
	}
	answer := ocsp.Response{
		Status: s.Status, SerialNumber: c.SerialNumber, ThisUpdate: s.ThisUpdate, NextUpdate: s.NextUpdate, IssuerHash: s.Hash,
		RevocationReason: ocsp.KeyCompromise, RevokedAt: s.RevokedAt, ExtraExtensions: s.Extensions, SignatureAlgorithm: s.Algorithm,
	}
	signer, key := ca.Cert, ca.Key
	if s.Signer != nil {
		signer, key, answer.Certificate = s.Signer.Cert, s.Signer.Key, s.Signer.Cert
	}
	der, err := ocsp.CreateResponse(ca.Cert, signer, answer, key)
	if err != nil {
		t.Fatalf("certtest: make an OCSP answer: %v", err)
	}
	return der
}

// Responder makes a certificate that lets its key answer for the CA.
func (ca *CA) Responder(t testing.TB, defects ...Defect) *Leaf {
	t.Helper()
	leaf := ca.Issue(t, Spec{CN: "responder"}, append([]Defect{func(d *Draft) {
		d.Template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}
	}}, defects...)...)
	return &leaf
}

// IssuingPoint makes an issuingDistributionPoint of its DER content.
func IssuingPoint(content ...byte) pkix.Extension {
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 28}, Critical: true, Value: append([]byte{0x30, byte(len(content))}, content...)}
}

// PointName makes the distributionPoint of an issuingDistributionPoint: a URL.
func PointName(url string) []byte {
	name := append([]byte{0x86, byte(len(url))}, url...)
	full := append([]byte{0xa0, byte(len(name))}, name...)
	return append([]byte{0xa0, byte(len(full))}, full...)
}

// NoRevocation has noRevAvail (RFC 9608).
func NoRevocation(d *Draft) {
	d.Template.ExtraExtensions = append(d.Template.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 56}, Value: []byte{5, 0}})
}

// Points makes a defect of none: the CRL distribution points of a certificate.
func Points(urls ...string) Defect {
	return func(d *Draft) { d.Template.CRLDistributionPoints = urls }
}

// Responders names the OCSP responders of a certificate.
func Responders(urls ...string) Defect {
	return func(d *Draft) { d.Template.OCSPServer = urls }
}
