package cert_test

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
)

func TestParseBundle(t *testing.T) {
	a, b := newCA(t, "A"), certtest.NewCA(t, certtest.CASpec{Name: "B", Key: certtest.RSA2048, Now: at()})
	ab := append(a.PEM(), b.PEM()...)
	for what, data := range map[string][]byte{
		"PEM":                       ab,
		"PEM with words":            []byte("Our CAs\n=======\n" + string(a.PEM()) + "\nsubject=CN = B\n" + string(b.PEM()) + "\nthe end\n"),
		"PEM from Windows":          []byte("\ufeff" + strings.ReplaceAll(string(ab), "\n", "\r\n")),
		"PEM without a last line":   bytes.TrimSpace(ab),
		"DER":                       append(bytes.Clone(a.Cert.Raw), b.Cert.Raw...),
		"PKCS#7":                    pkcs7(t, a.Cert, b.Cert),
		"PKCS#7 in PEM":             block("PKCS7", pkcs7(t, a.Cert, b.Cert)),
		"PKCS#7 and PEM":            append(block("PKCS7", pkcs7(t, a.Cert)), b.PEM()...),
		"one in DER and one in PEM": append(block("X509 CERTIFICATE", a.Cert.Raw), b.PEM()...),
	} {
		t.Run(what, func(t *testing.T) {
			all, err := cert.ParseBundle(data)
			if err != nil || len(all) != 2 || !all[0].Equal(a.Cert) || !all[1].Equal(b.Cert) {
				t.Fatalf("%d certificates, %v", len(all), err)
			}
		})
	}
}

// A CA file that cannot be read is refused whole; nothing is left out in
// silence, and nothing becomes "no CA at all".
func TestT19BrokenBundles(t *testing.T) {
	ca := newCA(t, "A")
	leaf := ca.Issue(t, certtest.Spec{})
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "x"}}, leaf.Key)
	if err != nil {
		t.Fatal(err)
	}
	list, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: at(), NextUpdate: at()}, ca.Cert, ca.Key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, _ := pem.Decode(leaf.KeyPEM(t))
	sec1, err := x509.MarshalPKIXPublicKey(leaf.Key.Public())
	if err != nil {
		t.Fatal(err)
	}
	good := ca.PEM()
	for what, c := range map[string]struct {
		data []byte
		want error
	}{
		"nothing":                        {nil, cert.ErrBundleEmpty},
		"spaces":                         {[]byte(" \r\n\t\n"), cert.ErrBundleEmpty},
		"words":                          {[]byte("see the intranet for our CA"), cert.ErrBundleGarbled},
		"HTML":                           {[]byte("<!doctype html><title>404</title>"), cert.ErrBundleGarbled},
		"zeros":                          {make([]byte, 1000), cert.ErrBundleGarbled},
		"half a PEM":                     {good[:len(good)/2], cert.ErrBundleGarbled},
		"half a DER":                     {ca.Cert.Raw[:100], cert.ErrBundleGarbled},
		"DER and a byte more":            {append(bytes.Clone(ca.Cert.Raw), 0), cert.ErrBundleGarbled},
		"garbled base64":                 {bytes.Replace(good, []byte("MII"), []byte("M!I"), 1), cert.ErrBundleGarbled},
		"a broken block before a good":   {append([]byte("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n"), good...), cert.ErrBundleGarbled},
		"a broken block after a good":    {append(bytes.Clone(good), good[:40]...), cert.ErrBundleGarbled},
		"a good block with rubbish":      {block("CERTIFICATE", []byte{1, 2, 3}), cert.ErrBundleGarbled},
		"an empty block":                 {block("CERTIFICATE", nil), cert.ErrBundleGarbled},
		"another block beside a good":    {append(bytes.Clone(good), block("DH PARAMETERS", []byte{1})...), cert.ErrBundleGarbled},
		"a private key":                  {leaf.KeyPEM(t), cert.ErrBundlePrivateKey},
		"a private key behind a good":    {append(bytes.Clone(good), leaf.KeyPEM(t)...), cert.ErrBundlePrivateKey},
		"an encrypted private key":       {block("ENCRYPTED PRIVATE KEY", []byte{1}), cert.ErrBundlePrivateKey},
		"an old private key":             {block("EC PRIVATE KEY", []byte{1}), cert.ErrBundlePrivateKey},
		"a private key in DER":           {keyDER.Bytes, cert.ErrBundlePrivateKey},
		"a private key named as another": {block("CERTIFICATE", keyDER.Bytes), cert.ErrBundlePrivateKey},
		"a .p12":                         {leaf.P12(t, "secret"), cert.ErrBundlePrivateKey},
		"an old .p12":                    {leaf.P12Legacy(t, "secret"), cert.ErrBundlePrivateKey},
		"a request":                      {block("CERTIFICATE REQUEST", request), cert.ErrBundleNoCertificate},
		"a CRL":                          {block("X509 CRL", list), cert.ErrBundleNoCertificate},
		"a CRL in DER":                   {list, cert.ErrBundleGarbled},
		"a public key":                   {block("PUBLIC KEY", sec1), cert.ErrBundleNoCertificate},
		"PKCS#7 without certificates":    {pkcs7(t), cert.ErrBundleNoCertificate},
		"half a PKCS#7":                  {pkcs7(t, ca.Cert)[:300], cert.ErrBundleGarbled},
		"too many":                       {bytes.Repeat(good, 1001), cert.ErrBundleGarbled},
		"too large":                      {make([]byte, 9<<20), cert.ErrBundleGarbled},
	} {
		t.Run(what, func(t *testing.T) {
			all, err := cert.ParseBundle(c.data)
			if !errors.Is(err, c.want) || all != nil {
				t.Fatalf("%d certificates, error %v, want %v", len(all), err, c.want)
			}
			for _, other := range []error{cert.ErrBundleEmpty, cert.ErrBundlePrivateKey} {
				if other != c.want && errors.Is(err, other) {
					t.Errorf("%v is %v too", err, other)
				}
			}
		})
	}
}

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// pkcs7 makes a SignedData with certificates and no signers (RFC 5652, section
// 5.1), as openssl crl2pkcs7 -nocrl does.
func pkcs7(t *testing.T, all ...*x509.Certificate) []byte {
	t.Helper()
	type info struct {
		Type asn1.ObjectIdentifier
		Data asn1.RawValue `asn1:"optional"`
	}
	var raw []byte
	for _, c := range all {
		raw = append(raw, c.Raw...)
	}
	empty := asn1.RawValue{Tag: asn1.TagSet, IsCompound: true}
	signed := struct {
		Version      int
		Digests      asn1.RawValue
		Encapsulated info
		Certificates asn1.RawValue `asn1:"optional"`
		Signers      asn1.RawValue
	}{Version: 1, Digests: empty, Encapsulated: info{Type: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}}, Signers: empty}
	if len(all) > 0 {
		signed.Certificates = asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: raw}
	}
	inner, err := asn1.Marshal(signed)
	if err != nil {
		t.Fatal(err)
	}
	der, err := asn1.Marshal(info{
		Type: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2},
		Data: asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: inner},
	})
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func FuzzParseBundle(f *testing.F) {
	ca := newCA(f, "A")
	f.Add(ca.PEM())
	f.Add(ca.Cert.Raw)
	f.Add(append([]byte("\ufeff"), ca.PEM()...))
	f.Fuzz(func(t *testing.T, data []byte) {
		if all, err := cert.ParseBundle(data); (err == nil) == (len(all) == 0) {
			t.Errorf("%d certificates, error %v", len(all), err)
		}
	})
}
