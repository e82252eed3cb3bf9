package ca

import (
	"crypto/ecdsa"
	"crypto/x509"
	"fmt"
)

// Key returns the private key in the form of PKCS #8 (RFC 5208), for whoever keeps
// it. It must be encrypted where it is kept.
func (a *Authority) Key() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		return nil, fmt.Errorf("marshal private key: %w", err)
	}
	return der, nil
}

// Parse returns the authority of a certificate, DER, and its key, PKCS #8. A key
// that belongs to another certificate is refused.
func Parse(certificate, key []byte) (*Authority, error) {
	c, err := x509.ParseCertificate(certificate)
	if err != nil {
		return nil, fmt.Errorf("parse certificate of an authority: %w", err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("parse key of an authority: %w", err)
	}
	private, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || !private.PublicKey.Equal(c.PublicKey) {
		return nil, fmt.Errorf("the key is not that of the authority %s", c.Subject)
	}
	return &Authority{Certificate: c, key: private}, nil
}
