package ca

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Save writes the authority's certificate and private key.
func (a *Authority) Save(certificate, key string) error {
	return save(certificate, key, []*x509.Certificate{a.Certificate}, a.key)
}

// Load reads an authority that was saved.
func Load(certificate, key string) (*Authority, error) {
	chain, private, err := load(certificate, key)
	if err != nil {
		return nil, err
	}
	return &Authority{Certificate: chain[0], key: private}, nil
}

// LoadOrNew reads the authority of the files, or makes it there.
func LoadOrNew(certificate, key string, o Options) (*Authority, error) {
	a, err := Load(certificate, key)
	if !errors.Is(err, fs.ErrNotExist) {
		return a, err
	}
	if a, err = New(o); err != nil {
		return nil, err
	}
	return a, a.Save(certificate, key)
}

// Save writes the certificate with its issuers, and its private key.
func (l *Leaf) Save(certificate, key string) error {
	return save(certificate, key, append([]*x509.Certificate{l.Certificate}, l.Issuers...), l.key)
}

// LoadLeaf reads a certificate that was saved.
func LoadLeaf(certificate, key string) (*Leaf, error) {
	chain, private, err := load(certificate, key)
	if err != nil {
		return nil, err
	}
	return &Leaf{Certificate: chain[0], Issuers: chain[1:], key: private}, nil
}

// TLS returns the certificate in the form that TLS wants.
func (l *Leaf) TLS() *tls.Certificate {
	c := &tls.Certificate{PrivateKey: l.key, Leaf: l.Certificate, Certificate: [][]byte{l.Certificate.Raw}}
	for _, issuer := range l.Issuers {
		c.Certificate = append(c.Certificate, issuer.Raw)
	}
	return c
}

// Chain returns the certificate and the certificates above it up to the
// authority, which is what a peer would judge.
func (l *Leaf) Chain(a *Authority) []*x509.Certificate {
	return append(append([]*x509.Certificate{l.Certificate}, l.Issuers...), a.Certificate)
}

func save(certificate, key string, chain []*x509.Certificate, private *ecdsa.PrivateKey) error {
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return fmt.Errorf("save private key: %w", err)
	}
	// The key first: a certificate without its key would be taken for whole.
	if err := WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})); err != nil {
		return err
	}
	var text bytes.Buffer
	for _, c := range chain {
		if err := pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}); err != nil {
			return fmt.Errorf("save certificate: %w", err)
		}
	}
	return WriteFile(certificate, text.Bytes())
}

func load(certificate, key string) ([]*x509.Certificate, *ecdsa.PrivateKey, error) {
	// This also refuses a key that belongs to another certificate.
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return nil, nil, fmt.Errorf("load certificate %s: %w", certificate, err)
	}
	private, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return nil, nil, fmt.Errorf("load certificate %s: the key is of type %T, not ECDSA", certificate, pair.PrivateKey)
	}
	var chain []*x509.Certificate
	for _, der := range pair.Certificate {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, nil, fmt.Errorf("load certificate %s: %w", certificate, err)
		}
		chain = append(chain, c)
	}
	return chain, private, nil
}

// WriteFile writes a file that only its owner can read, whole or not at all.
func WriteFile(name string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	// CreateTemp makes files of mode 0600 under a name that nobody can guess.
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error is the one to tell
		return fmt.Errorf("write file: %w", err)
	}
	return nil
}
