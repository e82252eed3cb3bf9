package cert

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// Errors of ParseBundle. Callers tell them apart with errors.Is.
var (
	ErrBundleEmpty      = errors.New("the file is empty")
	ErrBundlePrivateKey = errors.New("the file holds a private key")
	ErrBundleGarbled    = errors.New("the file holds something that is no certificate")
)

// maxBundle bounds a file of CA certificates; the largest public ones have a
// few hundred.
const maxBundle = 1000

// ParseBundle reads the certificates of a file that an administrator brings:
// PEM (one or many), DER, or PKCS#7 without signers (RFC 5652, section 5.1, as
// CAs hand out their chains). One unreadable certificate refuses the whole file:
// an administrator must not believe in a CA that was left out. A private key
// refuses it too, because it does not belong there.
func ParseBundle(data []byte) ([]*x509.Certificate, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, ErrBundleEmpty
	}
	if !bytes.Contains(data, []byte("-----BEGIN ")) {
		return parseBinary(data)
	}
	var all []*x509.Certificate
	for rest := data; ; {
		var block *pem.Block
		before := rest
		if block, rest = pem.Decode(rest); block == nil {
			if bytes.Contains(before, []byte("-----BEGIN ")) {
				return nil, fmt.Errorf("%w: a PEM block is broken", ErrBundleGarbled)
			}
			break
		}
		switch {
		case strings.HasSuffix(block.Type, "PRIVATE KEY"):
			return nil, ErrBundlePrivateKey
		case block.Type == "CERTIFICATE", block.Type == "X509 CERTIFICATE", block.Type == "TRUSTED CERTIFICATE", block.Type == "PKCS7":
			found, err := parseBinary(block.Bytes)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		default:
			return nil, fmt.Errorf("%w: a PEM block of the type %q", ErrBundleGarbled, Visible(block.Type, 40))
		}
		if len(all) > maxBundle {
			return nil, fmt.Errorf("%w: more than %d certificates", ErrBundleGarbled, maxBundle)
		}
	}
	return all, nil
}

func parseBinary(der []byte) ([]*x509.Certificate, error) {
	if _, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return nil, ErrBundlePrivateKey
	}
	one, err := x509.ParseCertificate(der)
	if err == nil {
		return []*x509.Certificate{one}, nil
	}
	if many, ok := parsePKCS7(der); ok {
		return many, nil
	}
	return nil, fmt.Errorf("%w: %w", ErrBundleGarbled, err)
}

var oidSignedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}

// parsePKCS7 takes the certificates out of a SignedData. Its signature, if it
// has one, says nothing to us: what is trusted is chosen by the administrator.
func parsePKCS7(der []byte) ([]*x509.Certificate, bool) {
	var content struct {
		Type asn1.ObjectIdentifier
		Data asn1.RawValue `asn1:"explicit,tag:0"`
	}
	if _, err := asn1.Unmarshal(der, &content); err != nil || !content.Type.Equal(oidSignedData) {
		return nil, false
	}
	var signed struct {
		Version      int
		Digests      asn1.RawValue
		Encapsulated asn1.RawValue
		Certificates asn1.RawValue `asn1:"optional,tag:0"`
		Rest         asn1.RawValue `asn1:"optional"`
		Signers      asn1.RawValue `asn1:"optional"`
	}
	if _, err := asn1.Unmarshal(content.Data.Bytes, &signed); err != nil {
		return nil, false
	}
	all, err := x509.ParseCertificates(signed.Certificates.Bytes)
	return all, err == nil && len(all) > 0 && len(all) <= maxBundle
}
