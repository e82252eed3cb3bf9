package ca

import (
	"errors"
	"fmt"

	"software.sslmate.com/src/go-pkcs12"
)

// PKCS12 returns the certificate, its issuers and its key in one file that
// browsers and systems import.
//
// The form is the old one (3DES and SHA-1): macOS and iOS import no other, and
// Windows, NSS (Firefox, Chromium on Linux), Android and OpenSSL 3 all import it
// too. It protects little, whatever the password, so whoever hands such a file
// over must protect the way; here it is a file that only its owner can read, or
// a TLS connection. An empty password is refused, because macOS and iOS do not
// import a file that has one.
func (l *Leaf) PKCS12(password string) ([]byte, error) {
	if password == "" {
		return nil, errors.New("make PKCS#12 file: the password is empty")
	}
	file, err := pkcs12.LegacyDES.Encode(l.key, l.Certificate, l.Issuers, password)
	if err != nil {
		return nil, fmt.Errorf("make PKCS#12 file: %w", err)
	}
	return file, nil
}
