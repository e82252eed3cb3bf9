package certtest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"math/big"
	"sync"
	"testing"
)

// KeyKind is a kind of key. The zero value is ECDSA P-256, which costs least.
type KeyKind string

// The kinds of key.
const (
	P256    KeyKind = ""
	P224    KeyKind = "P-224"
	P384    KeyKind = "P-384"
	P521    KeyKind = "P-521"
	Ed25519 KeyKind = "Ed25519"
	RSA1024 KeyKind = "RSA 1024"
	RSA2048 KeyKind = "RSA 2048"
	RSA3072 KeyKind = "RSA 3072"
	// RSAHuge has a modulus of 16384 bits and no private half: what it "signs" is
	// signed by another key.
	RSAHuge KeyKind = "RSA 16384"
)

// newKey makes a key. RSA keys cost up to a second, so that the same owner gets
// the same one again within a process; the owner says enough to keep a CA and its
// people apart.
func newKey(t testing.TB, kind KeyKind, owner string) crypto.Signer {
	t.Helper()
	var key crypto.Signer
	var err error
	switch kind {
	case P256:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case P224:
		key, err = ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	case P384:
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case P521:
		key, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case Ed25519:
		_, key, err = ed25519.GenerateKey(rand.Reader)
	case RSA1024:
		key, err = rsaKey(1024, owner)
	case RSA2048:
		key, err = rsaKey(2048, owner)
	case RSA3072:
		key, err = rsaKey(3072, owner)
	case RSAHuge:
		key = huge{}
	default:
		t.Fatalf("certtest: no key kind %q", kind)
	}
	if err != nil {
		t.Fatalf("certtest: make a key: %v", err)
	}
	return key
}

// rsaKeys keeps RSA keys by size and owner for the life of the test process.
var rsaKeys sync.Map

type rsaID struct {
	bits  int
	owner string
}

func rsaKey(bits int, owner string) (*rsa.PrivateKey, error) {
	id := rsaID{bits, owner}
	if key, ok := rsaKeys.Load(id); ok {
		return key.(*rsa.PrivateKey), nil
	}
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return nil, err
	}
	kept, _ := rsaKeys.LoadOrStore(id, key)
	return kept.(*rsa.PrivateKey), nil
}

// huge is a public key without a private one.
type huge struct{}

func (huge) Public() crypto.PublicKey {
	n := new(big.Int).SetBytes(bytes.Repeat([]byte{0xff}, 16384/8))
	return &rsa.PublicKey{N: n, E: 65537}
}

func (huge) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("certtest: this key cannot sign")
}
