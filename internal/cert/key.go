package cert

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
)

// Key is the account key of a certificate: its public key within the issuing
// CA's key. It survives a renewal that keeps the key, and no other CA can make
// it. It is 64 lower-case hexadecimal digits.
type Key string

// keyLabel separates this use of SHA-256 from every other.
const keyLabel = "signet certificate key v1\x00"

// KeyOf returns the account key of a certificate whose signature by the issuer
// has been verified.
func KeyOf(leaf, issuer *x509.Certificate) Key {
	leafKey := sha256.Sum256(leaf.RawSubjectPublicKeyInfo)
	return KeyOfHash(leafKey[:], issuer)
}

// KeyOfHash returns the account key of a certificate of which only the SHA-256 of
// its public key is known any more.
func KeyOfHash(leafKey []byte, issuer *x509.Certificate) Key {
	issuerKey := sha256.Sum256(issuer.RawSubjectPublicKeyInfo)
	h := sha256.New()
	h.Write([]byte(keyLabel))
	h.Write(issuerKey[:])
	h.Write(leafKey)
	return Key(hex.EncodeToString(h.Sum(nil)))
}
