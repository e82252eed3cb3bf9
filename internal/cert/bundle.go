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
	// ErrBundleNoCertificate is the kind of ErrBundleGarbled where everything can
	// be read and no certificate is among it: a request, a public key, a CRL.
	ErrBundleNoCertificate = fmt.Errorf("%w, and nothing else", ErrBundleGarbled)
)

// Bounds of a file of CA certificates; the largest public ones have a few
// hundred.
const (
	maxBundle     = 1000
	maxBundleSize = 8 << 20
)

// ParseBundle reads the certificates of a file that an administrator brings:
// PEM (one or many), DER (the same), or PKCS#7 without signers (RFC 5652, section
// 5.1, as CAs hand out their chains). One unreadable part refuses the whole file:
// an administrator must not believe in a CA that was left out, nor an empty set
// be taken for "any" (CVE-2026-27586). A private key refuses it too, because it
// does not belong there. Without an error there is at least one certificate.
func ParseBundle(data []byte) ([]*x509.Certificate, error) {
	switch {
	case len(data) > maxBundleSize:
		return nil, fmt.Errorf("%w: more than %d bytes", ErrBundleGarbled, maxBundleSize)
	case len(bytes.TrimSpace(data)) == 0:
		return nil, ErrBundleEmpty
	case bytes.Contains(data, pemBegin()):
		return parsePEM(data)
	default:
		return parseDER(data)
	}
}

func pemBegin() []byte { return []byte("-----BEGIN ") }

func parsePEM(data []byte) ([]*x509.Certificate, error) {
	// Windows writes a byte order mark, behind which pem.Decode would not see the
	// first block.
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	announced := bytes.Count(data, pemBegin())
	var all []*x509.Certificate
	others := ""
	for rest := data; announced > 0; announced-- {
		block, after := pem.Decode(rest)
		if block == nil {
			// pem.Decode leaves out without a word what it cannot read.
			return nil, fmt.Errorf("%w: a PEM block is broken", ErrBundleGarbled)
		}
		rest = after
		switch {
		case strings.HasSuffix(block.Type, "PRIVATE KEY"):
			return nil, ErrBundlePrivateKey
		case block.Type == "CERTIFICATE", block.Type == "X509 CERTIFICATE", block.Type == "PKCS7":
			found, err := parseDER(block.Bytes)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		default:
			others = Visible(block.Type, 40)
		}
		if len(all) > maxBundle {
			return nil, tooMany()
		}
	}
	switch {
	case others == "":
		return all, nil
	case len(all) == 0:
		return nil, fmt.Errorf("%w: a PEM block of the type %q", ErrBundleNoCertificate, others)
	default:
		return nil, fmt.Errorf("%w: a PEM block of the type %q", ErrBundleGarbled, others)
	}
}

func parseDER(der []byte) ([]*x509.Certificate, error) {
	switch {
	case len(der) == 0:
		return nil, fmt.Errorf("%w: a part of it is empty", ErrBundleGarbled)
	case isPrivateKey(der):
		return nil, ErrBundlePrivateKey
	}
	all, err := x509.ParseCertificates(der)
	if err != nil {
		return parsePKCS7(der, err)
	}
	if len(all) > maxBundle {
		return nil, tooMany()
	}
	return all, nil
}

func tooMany() error {
	return fmt.Errorf("%w: more than %d certificates", ErrBundleGarbled, maxBundle)
}

// isPrivateKey knows the forms in which a key comes without PEM around it, the
// .p12 file of a person among them (RFC 7292, section 4: version 3, then data).
func isPrivateKey(der []byte) bool {
	if _, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return true
	}
	if _, err := x509.ParseECPrivateKey(der); err == nil {
		return true
	}
	if _, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return true
	}
	var pfx struct {
		Version int
		Safe    struct {
			Type asn1.ObjectIdentifier
			Data asn1.RawValue `asn1:"explicit,tag:0"`
		}
		Mac asn1.RawValue `asn1:"optional"`
	}
	_, err := asn1.Unmarshal(der, &pfx)
	return err == nil && pfx.Version == 3 && pfx.Safe.Type.Equal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1})
}

// parsePKCS7 takes the certificates out of a SignedData. Its signature, if it
// has one, says nothing to us: what is trusted is chosen by the administrator.
// Because is why it is nothing simpler.
func parsePKCS7(der []byte, because error) ([]*x509.Certificate, error) {
	var content struct {
		Type asn1.ObjectIdentifier
		Data asn1.RawValue `asn1:"explicit,tag:0"`
	}
	rest, err := asn1.Unmarshal(der, &content)
	if err != nil || len(rest) > 0 || !content.Type.Equal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}) {
		return nil, fmt.Errorf("%w: %w", ErrBundleGarbled, because)
	}
	var signed struct {
		Version      int
		Digests      asn1.RawValue
		Encapsulated asn1.RawValue
		Certificates asn1.RawValue `asn1:"optional,tag:0"`
		Lists        asn1.RawValue `asn1:"optional,tag:1"`
		Signers      asn1.RawValue
	}
	if _, err := asn1.Unmarshal(content.Data.Bytes, &signed); err != nil {
		return nil, fmt.Errorf("%w: read PKCS#7: %w", ErrBundleGarbled, err)
	}
	all, err := x509.ParseCertificates(signed.Certificates.Bytes)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: read the certificates of PKCS#7: %w", ErrBundleGarbled, err)
	case len(all) == 0:
		return nil, fmt.Errorf("%w: PKCS#7 without certificates", ErrBundleNoCertificate)
	case len(all) > maxBundle:
		return nil, tooMany()
	}
	return all, nil
}
