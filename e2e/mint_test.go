package e2e

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"testing"
	"time"

	"signet/internal/cert/certtest"
)

// clientCA is the demo's client CA, by the files that demo.json names.
func (d *demo) clientCA(t *testing.T) *certtest.CA {
	t.Helper()
	certificate, err := x509.ParseCertificate(block(t, d.file(d.ClientCA)))
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.ParsePKCS8PrivateKey(block(t, d.file(d.ClientCAKey)))
	if err != nil {
		t.Fatal(err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		t.Fatalf("the key of the client CA is a %T", key)
	}
	return &certtest.CA{Cert: certificate, Key: signer, Now: time.Now().UTC().Truncate(time.Second)}
}

func block(t *testing.T, text []byte) []byte {
	t.Helper()
	b, _ := pem.Decode(text)
	if b == nil {
		t.Fatal("there is no PEM in the file")
	}
	return b.Bytes
}

// shown is a certificate as a person shows it.
func shown(l certtest.Leaf) *tls.Certificate {
	c := l.TLS()
	return &c
}

// signerOf is the key of a certificate.
func signerOf(t *testing.T, c *tls.Certificate) crypto.Signer {
	t.Helper()
	signer, ok := c.PrivateKey.(crypto.Signer)
	if !ok {
		t.Fatalf("the key is a %T", c.PrivateKey)
	}
	return signer
}
