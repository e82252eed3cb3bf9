package certtest

import (
	"cmp"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"net/url"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// Spec describes a person's certificate.
type Spec struct {
	CN         string // "alice"
	RawSubject []byte // instead of CN: see Name
	Emails     []string
	UPNs       []string
	URIs       []string
	DNSNames   []string
	NotBefore  time.Time // an hour before the issuer's Now
	NotAfter   time.Time // a year after
	Serial     *big.Int
	Key        KeyKind
	Signer     crypto.Signer // instead of a new key
	Policies   []string      // in dotted form
	// Change has the last word over the certificate, but for its defects.
	Change func(*x509.Certificate)
}

// Leaf is a person's certificate with its key.
type Leaf struct {
	Cert *x509.Certificate
	Key  crypto.Signer
	// Chain is what a client sends: the certificate, then its issuers without the
	// root.
	Chain []*x509.Certificate
}

// Issue makes a certificate for client authentication with these defects.
func (ca *CA) Issue(t testing.TB, s Spec, defects ...Defect) Leaf {
	t.Helper()
	return issue(t, ca, s, defects)
}

// SelfSigned makes a certificate that nobody but its holder vouches for.
func SelfSigned(t testing.TB, s Spec, defects ...Defect) Leaf {
	t.Helper()
	return issue(t, nil, s, defects)
}

// TwinOf makes a certificate of this authority that says what the leaf says,
// serial number and key identifiers included, and has another key.
func (ca *CA) TwinOf(t testing.TB, l Leaf) Leaf {
	t.Helper()
	return ca.Issue(t, Spec{RawSubject: l.Cert.RawSubject, Serial: l.Cert.SerialNumber, Change: func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter, c.EmailAddresses, c.DNSNames = l.Cert.NotBefore, l.Cert.NotAfter, l.Cert.EmailAddresses, l.Cert.DNSNames
		c.SubjectKeyId, c.AuthorityKeyId = l.Cert.SubjectKeyId, l.Cert.AuthorityKeyId
	}})
}

func issue(t testing.TB, ca *CA, s Spec, defects []Defect) Leaf {
	t.Helper()
	s.CN = cmp.Or(s.CN, "alice")
	now := time.Now().UTC().Truncate(time.Second)
	if ca != nil {
		now = ca.Now
	}
	if s.NotBefore.IsZero() {
		s.NotBefore = now.Add(-time.Hour)
	}
	if s.NotAfter.IsZero() {
		s.NotAfter = now.AddDate(1, 0, 0)
	}
	d := &Draft{Now: now, Key: s.Key, Issuer: ca, Template: &x509.Certificate{
		SerialNumber: s.Serial, Subject: pkix.Name{CommonName: s.CN}, RawSubject: s.RawSubject, NotBefore: s.NotBefore, NotAfter: s.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		EmailAddresses: s.Emails, DNSNames: s.DNSNames, BasicConstraintsValid: true,
	}}
	if d.Template.SerialNumber == nil {
		d.Template.SerialNumber = serial(t)
	}
	addNames(t, d.Template, s)
	if s.Change != nil {
		s.Change(d.Template)
	}
	for _, defect := range defects {
		defect(d)
	}
	key := s.Signer
	if key == nil {
		key = newKey(t, d.Key, "person "+s.CN)
	}
	issuer := ca
	if ca == nil {
		issuer = &CA{Cert: d.Template, Key: key}
	}
	der := sign(t, d.Template, issuer, key.Public())
	if d.Patch != nil {
		der = d.Patch(der)
	}
	leaf := Leaf{Cert: parse(t, der), Key: key}
	leaf.Chain = []*x509.Certificate{leaf.Cert}
	if ca != nil {
		leaf.Chain = append(leaf.Chain, ca.Issuers()...)
	}
	return leaf
}

// addNames adds the names that x509 has no plain field for.
func addNames(t testing.TB, template *x509.Certificate, s Spec) {
	t.Helper()
	for _, text := range s.URIs {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatalf("certtest: %v", err)
		}
		template.URIs = append(template.URIs, u)
	}
	for _, text := range s.Policies {
		oid, err := x509.ParseOID(text)
		if err != nil {
			t.Fatalf("certtest: policy %q: %v", text, err)
		}
		template.Policies = append(template.Policies, oid)
	}
	if len(s.UPNs) > 0 {
		template.ExtraExtensions = append(template.ExtraExtensions, subjectAltName(t, s))
	}
}

// subjectAltName encodes a subjectAltName with UPNs, which x509 does not know, in
// place of the one that x509 would make (RFC 5280, section 4.2.1.6).
func subjectAltName(t testing.TB, s Spec) pkix.Extension {
	t.Helper()
	var general []asn1.RawValue
	for _, text := range s.UPNs {
		var other struct {
			ID    asn1.ObjectIdentifier
			Value string `asn1:"explicit,tag:0,utf8"`
		}
		other.ID, other.Value = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 20, 2, 3}, text
		general = append(general, asn1.RawValue{FullBytes: marshal(t, other, "tag:0")})
	}
	for tag, texts := range map[int][]string{1: s.Emails, 2: s.DNSNames, 6: s.URIs} {
		for _, text := range texts {
			general = append(general, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: tag, Bytes: []byte(text)})
		}
	}
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: marshal(t, general, "")}
}

func marshal(t testing.TB, value any, params string) []byte {
	t.Helper()
	der, err := asn1.MarshalWithParams(value, params)
	if err != nil {
		t.Fatalf("certtest: %v", err)
	}
	return der
}

// DER is the chain as it travels.
func (l Leaf) DER() [][]byte {
	var all [][]byte
	for _, c := range l.Chain {
		all = append(all, c.Raw)
	}
	return all
}

// PEM is the chain.
func (l Leaf) PEM() []byte { return pemOf(l.Chain...) }

// KeyPEM is the private key as PKCS#8.
func (l Leaf) KeyPEM(t testing.TB) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(l.Key)
	if err != nil {
		t.Fatalf("certtest: %v", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// P12 is certificate, chain and key in the form of today (AES, SHA-256).
func (l Leaf) P12(t testing.TB, password string) []byte {
	t.Helper()
	return l.p12(t, pkcs12.Modern2023, password)
}

// P12Legacy is the same in the only form that macOS and iOS import (3DES, SHA-1).
func (l Leaf) P12Legacy(t testing.TB, password string) []byte {
	t.Helper()
	return l.p12(t, pkcs12.LegacyDES, password)
}

func (l Leaf) p12(t testing.TB, as *pkcs12.Encoder, password string) []byte {
	t.Helper()
	file, err := as.Encode(l.Key, l.Cert, l.Chain[1:], password)
	if err != nil {
		t.Fatalf("certtest: %v", err)
	}
	return file
}

// TLS is the certificate as a client of crypto/tls takes it.
func (l Leaf) TLS() tls.Certificate {
	return tls.Certificate{Certificate: l.DER(), PrivateKey: l.Key, Leaf: l.Cert}
}
