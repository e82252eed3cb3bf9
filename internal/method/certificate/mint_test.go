package certificate_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"

	"signet/internal/store/storetest"
)

// authority is a CA of a test.
type authority struct {
	t     *testing.T
	cert  *x509.Certificate
	key   crypto.Signer
	above []*authority // up to the root, which comes last
}

type change = func(*x509.Certificate)

// newAuthority makes a root that lives for ten years around the test's present.
func newAuthority(t *testing.T, name string, changes ...change) *authority {
	t.Helper()
	key := newKey(t)
	c := issue(t, caTemplate(name, changes), nil, nil, key)
	return &authority{t: t, cert: c, key: key}
}

// sub makes an intermediate CA.
func (a *authority) sub(name string, changes ...change) *authority {
	a.t.Helper()
	key := newKey(a.t)
	c := issue(a.t, caTemplate(name, changes), a.cert, a.key, key)
	return &authority{t: a.t, cert: c, key: key, above: append([]*authority{a}, a.above...)}
}

// person issues a certificate for signing in, with the intermediates up to the
// root behind it.
func (a *authority) person(name string, changes ...change) *tls.Certificate {
	a.t.Helper()
	return a.personWith(newKey(a.t), name, changes...)
}

func (a *authority) personWith(key crypto.Signer, name string, changes ...change) *tls.Certificate {
	a.t.Helper()
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, NotBefore: storetest.Start().AddDate(0, -2, 0), NotAfter: storetest.Start().AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, BasicConstraintsValid: true,
	}
	for _, change := range changes {
		change(template)
	}
	leaf := issue(a.t, template, a.cert, a.key, key)
	out := &tls.Certificate{PrivateKey: key, Leaf: leaf, Certificate: [][]byte{leaf.Raw}}
	for i, at := 0, a; i < len(a.above); i, at = i+1, a.above[i] {
		out.Certificate = append(out.Certificate, at.cert.Raw)
	}
	return out
}

// server issues the certificate of a listener.
func (a *authority) server(names ...string) *tls.Certificate {
	return a.person(names[0], func(c *x509.Certificate) {
		c.DNSNames, c.ExtKeyUsage = names, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	})
}

func caTemplate(name string, changes []change) *x509.Certificate {
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, NotBefore: storetest.Start().AddDate(-5, 0, 0), NotAfter: storetest.Start().AddDate(5, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	for _, change := range changes {
		change(template)
	}
	return template
}

func issue(t *testing.T, template, issuer *x509.Certificate, issuerKey, key crypto.Signer) *x509.Certificate {
	t.Helper()
	if issuer == nil {
		issuer, issuerKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), issuerKey)
	must(t, err)
	c, err := x509.ParseCertificate(der)
	must(t, err)
	return c
}

func newKey(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	return key
}

func pemOf(all ...*authority) string {
	var b bytes.Buffer
	for _, a := range all {
		_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw}) // to memory
	}
	return b.String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func pemOfLeaf(c *tls.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}))
}

// wideKey is an RSA public key of a modulus that nobody has the factors of.
func wideKey(modulus *big.Int) *rsa.PublicKey { return &rsa.PublicKey{N: modulus, E: 65537} }
