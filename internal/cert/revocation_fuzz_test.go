package cert_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"

	"golang.org/x/crypto/ocsp"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
)

// FuzzCRL: no bytes make the reader panic, and what it reads is what crypto/x509
// reads.
func FuzzCRL(f *testing.F) {
	ca := certtest.NewCA(f, certtest.CASpec{})
	leaf := ca.Issue(f, certtest.Spec{})
	f.Add(ca.CRL(f, certtest.CRLSpec{}))
	f.Add(ca.CRL(f, certtest.CRLSpec{Revoked: []*x509.Certificate{leaf.Cert, ca.Cert}}))
	f.Add(ca.CRL(f, certtest.CRLSpec{Entries: []x509.RevocationListEntry{{SerialNumber: big.NewInt(1), RevocationTime: ca.Now}, {SerialNumber: big.NewInt(-9), RevocationTime: ca.Now, ReasonCode: 4}}}))
	f.Add(certtest.PEMOfCRL(ca.CRL(f, certtest.CRLSpec{})))
	for _, kind := range []pkix.Extension{certtest.Delta(1), certtest.Indirect(f, ca), certtest.IssuingPoint(0x83, 2, 1, 0x40)} {
		f.Add(ca.CRL(f, certtest.CRLSpec{Number: 2, Extensions: []pkix.Extension{kind}, Revoked: []*x509.Certificate{leaf.Cert, leaf.Cert}}))
	}
	f.Add(ca.CRL(f, certtest.CRLSpec{Extensions: []pkix.Extension{certtest.Indirect(f, ca)}, Entries: []x509.RevocationListEntry{
		certtest.EntryOf(f, leaf.Cert, leaf.Cert.RawSubject, ca.Now), {SerialNumber: big.NewInt(7), RevocationTime: ca.Now}, certtest.EntryOf(f, leaf.Cert, ca.Cert.RawSubject, ca.Now),
	}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := cert.ReadCRL(data, ca.Cert); err == nil {
			if list, err := x509.ParseRevocationList(derOf(data)); err != nil || list.CheckSignatureFrom(ca.Cert) != nil {
				t.Errorf("accepted without a signature: %v", err)
			}
		}
		list, err := cert.ReadCRL(data, ca.Cert)
		if err == nil {
			if s, err := list.Standing(leaf.Cert, ca.Cert, ca.Now); err == nil {
				if entry, listed := list.Entry(leaf.Cert); s.Revoked != (listed && entry.Revoked) {
					t.Errorf("%+v is not %+v, %v", s, entry, listed)
				}
			}
		}
		ours, err := cert.ParseCRL(data)
		if err != nil {
			return
		}
		theirs, err := x509.ParseRevocationList(derOf(data))
		if err != nil {
			t.Fatalf("crypto/x509 refuses what we read: %v", err)
		}
		if !ours.ThisUpdate.Equal(theirs.ThisUpdate) || !ours.NextUpdate.Equal(theirs.NextUpdate) {
			t.Errorf("other dates")
		}
		distinct := map[string]bool{}
		for _, e := range theirs.RevokedCertificateEntries {
			if e.SerialNumber.Sign() < 0 {
				continue
			}
			distinct[e.SerialNumber.String()] = true
			if !ours.Has(e.SerialNumber) {
				t.Errorf("%v is lost", e.SerialNumber)
			}
		}
		if ours.Kind() != cert.KindIndirect && ours.Len() != len(distinct) {
			t.Errorf("%d entries instead of %d", ours.Len(), len(distinct))
		}
	})
}

func derOf(data []byte) []byte {
	if block, _ := pem.Decode(data); block != nil {
		return block.Bytes
	}
	return data
}

// FuzzOCSP: no bytes make the reader panic, and nothing is believed that another
// implementation refuses.
func FuzzOCSP(f *testing.F) {
	ca := certtest.NewCA(f, certtest.CASpec{})
	leaf := ca.Issue(f, certtest.Spec{})
	f.Add(ca.OCSP(f, leaf.Cert, certtest.OCSPSpec{}))
	f.Add(ca.OCSP(f, leaf.Cert, certtest.OCSPSpec{Status: ocsp.Revoked, Signer: ca.Responder(f)}))
	f.Add(ca.OCSP(f, leaf.Cert, certtest.OCSPSpec{Status: ocsp.Unknown}))
	f.Add([]byte{0x30, 3, 0x0a, 1, 3})
	question := cert.OCSPQuestion{Leaf: leaf.Cert, Issuer: ca.Cert, Nonce: []byte("nonce")}
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = cert.ParseOCSP(data)
		_ = cert.OCSPResponders(data)
		s, err := question.Read(data, ca.Now)
		if err != nil {
			return
		}
		theirs, err := ocsp.ParseResponseForCert(data, leaf.Cert, ca.Cert)
		if err != nil || s.Revoked != (theirs.Status == ocsp.Revoked) || !s.Revoked && theirs.Status != ocsp.Good {
			t.Errorf("believed %+v; x/crypto says %+v, %v", s, theirs, err)
		}
	})
}
