package signing

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"

	"signet/internal/iam"
	"signet/internal/seal"
)

// The algorithms that tokens are signed with (RFC 7518, section 3.1). ES256 is
// the default; RS256 is what OpenID Connect Core, section 15.1, makes every
// relying party understand.
const (
	ES256 = "ES256"
	RS256 = "RS256"
)

// Algorithms lists the algorithms, the default first.
func Algorithms() []string { return []string{ES256, RS256} }

// rsaBits is the size of RSA keys: the least that RFC 7518, section 3.3, allows,
// because every signature costs the server and not the attacker.
const rsaBits = 2048

// Key is a parsed key that may sign. It is safe for concurrent use.
type Key struct {
	id        string
	algorithm string
	header    string // of its tokens, encoded once
	logout    string // of its logout tokens
	private   crypto.Signer
}

// generate makes a new key.
func generate(algorithm string) (crypto.Signer, error) {
	switch algorithm {
	case ES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case RS256:
		return rsa.GenerateKey(rand.Reader, rsaBits)
	default:
		return nil, fmt.Errorf("no signing algorithm %q", algorithm)
	}
}

// place is what a private key is sealed for, so that the sealed key of one row
// is of no use in another.
func place(id string) string { return "signing key " + id }

// sealed turns a new key into the row that keeps it.
func sealed(box *seal.Box, algorithm string, private crypto.Signer) (iam.SigningKey, error) {
	id := iam.NewID()
	plain, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return iam.SigningKey{}, err
	}
	public, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		return iam.SigningKey{}, err
	}
	return iam.SigningKey{ID: id, Algorithm: algorithm, Private: box.Seal(plain, place(id)), Public: public}, nil
}

// open parses the private key of a row. The row's public half must belong to
// it: it is what the world verifies with.
func open(box *seal.Box, k iam.SigningKey) (*Key, error) {
	plain, err := box.Open(k.Private, place(k.ID))
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		return nil, fmt.Errorf("parse signing key %s: %w", k.ID, err)
	}
	private, ok := parsed.(crypto.Signer)
	if !ok || !fits(private.Public(), k.Algorithm) {
		return nil, fmt.Errorf("signing key %s is not for %s", k.ID, k.Algorithm)
	}
	public, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil || string(public) != string(k.Public) {
		return nil, fmt.Errorf("signing key %s: the public half is of another key", k.ID)
	}
	header := func(typ string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"` + k.Algorithm + `","kid":"` + k.ID + `","typ":"` + typ + `"}`))
	}
	return &Key{id: k.ID, algorithm: k.Algorithm, header: header("JWT"), logout: header("logout+jwt"), private: private}, nil
}

// fits reports whether the key is of the kind that the algorithm signs with.
func fits(public crypto.PublicKey, algorithm string) bool {
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		return algorithm == ES256 && k.Curve == elliptic.P256()
	case *rsa.PublicKey:
		return algorithm == RS256
	default:
		return false
	}
}

// Sign returns the payload as a JSON Web Token (RFC 7515, section 7.1). Writing
// it by hand is three lines and spares a parse of the key and a marshalled
// header per token; verifying is left to the library.
func (k *Key) Sign(payload []byte) (string, error) { return k.sign(k.header, payload) }

// SignLogout returns the payload as a logout token, which says so of itself, so
// that it can be taken for no other (OpenID Connect Back-Channel Logout 1.0,
// section 2.4; RFC 8725, section 3.11).
func (k *Key) SignLogout(payload []byte) (string, error) { return k.sign(k.logout, payload) }

func (k *Key) sign(header string, payload []byte) (string, error) {
	encoding := base64.RawURLEncoding
	token := make([]byte, 0, len(header)+2+encoding.EncodedLen(len(payload))+encoding.EncodedLen(rsaBits/8))
	token = append(append(token, header...), '.')
	token = encoding.AppendEncode(token, payload)
	digest := sha256.Sum256(token)
	signature, err := k.signature(digest[:])
	if err != nil {
		return "", fmt.Errorf("sign with key %s: %w", k.id, err)
	}
	return string(encoding.AppendEncode(append(token, '.'), signature)), nil
}

func (k *Key) signature(digest []byte) ([]byte, error) {
	switch private := k.private.(type) {
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, private, digest)
		if err != nil {
			return nil, err
		}
		// RFC 7518, section 3.4: two numbers of 32 bytes, not the DER of X.509.
		both := make([]byte, 64)
		r.FillBytes(both[:32])
		s.FillBytes(both[32:])
		return both, nil
	case *rsa.PrivateKey:
		return rsa.SignPKCS1v15(nil, private, crypto.SHA256, digest)
	default:
		return nil, errors.New("no key")
	}
}
