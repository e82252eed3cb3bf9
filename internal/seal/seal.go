// Package seal encrypts what Signet must be able to read again, such as private
// keys, before it goes into the database. What only has to be recognised is
// hashed instead (iam.Secret).
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// KeySize is the length of a master key in bytes (AES-256).
const KeySize = 32

// version is the first byte of everything sealed, so that the way of sealing
// can change.
const version = 1

// Box seals and opens with one master key. It is safe for concurrent use.
type Box struct{ aead cipher.AEAD }

// NewBox returns the box of a master key of KeySize bytes.
func NewBox(key []byte) (*Box, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("the master key has %d bytes, %d are needed", len(key), KeySize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("prepare master key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("prepare master key: %w", err)
	}
	return &Box{aead}, nil
}

// Seal encrypts the plain text for the place that it is meant for. Something
// sealed for one place cannot be opened in another: whoever can write to the
// database cannot swap one secret for another.
func (b *Box) Seal(plain []byte, place string) []byte {
	return b.aead.Seal([]byte{version}, nil, plain, []byte(place))
}

// Open decrypts what was sealed for the place.
func (b *Box) Open(sealed []byte, place string) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != version {
		return nil, errors.New("not sealed by this version of Signet")
	}
	plain, err := b.aead.Open(nil, nil, sealed[1:], []byte(place))
	if err != nil {
		return nil, fmt.Errorf("open what was sealed for %s (is this the master key that sealed it?): %w", place, err)
	}
	return plain, nil
}

// ParseKey reads a master key from base64 text.
func ParseKey(text string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) != KeySize {
		return nil, fmt.Errorf("a master key is %d bytes in base64, for example from: openssl rand -base64 %d", KeySize, KeySize)
	}
	return key, nil
}

// LoadOrCreateKey reads the master key from a file, or makes one there that
// only its owner can read.
func LoadOrCreateKey(file string) ([]byte, error) {
	text, err := os.ReadFile(file)
	switch {
	case err == nil:
		key, err := ParseKey(string(text))
		if err != nil {
			return nil, fmt.Errorf("master key file %s: %w", file, err)
		}
		return key, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("read master key: %w", err)
	}
	key := make([]byte, KeySize)
	_, _ = rand.Read(key) // never fails
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, fmt.Errorf("make master key: %w", err)
	}
	// O_EXCL: of two programs that start at once, one makes the key.
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return LoadOrCreateKey(file)
	}
	if err != nil {
		return nil, fmt.Errorf("make master key: %w", err)
	}
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("make master key: %w", err)
	}
	return key, nil
}
