package certtest

import (
	"cmp"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"
)

// CASpec describes an authority.
type CASpec struct {
	Name string    // common name; "Test CA", or "Test CA 2" below a "Test CA"
	Now  time.Time // what dates are reckoned from; the clock's for a root, its parent's for the others
	Key  KeyKind
	// Change has the last word over the certificate.
	Change func(*x509.Certificate)
}

// CA is an authority. It lives from five years before Now to five years after.
type CA struct {
	Cert   *x509.Certificate
	Key    crypto.Signer
	Parent *CA // nil for a root
	Now    time.Time

	spec CASpec
}

// NewCA makes a root.
func NewCA(t testing.TB, s CASpec) *CA {
	t.Helper()
	s.Name = cmp.Or(s.Name, "Test CA")
	if s.Now.IsZero() {
		s.Now = time.Now().UTC().Truncate(time.Second)
	}
	return newCA(t, nil, s, newKey(t, s.Key, "ca "+s.Name))
}

// Sub makes an authority below this one.
func (ca *CA) Sub(t testing.TB, s CASpec) *CA {
	t.Helper()
	s.Name = cmp.Or(s.Name, ca.spec.Name+" 2")
	if s.Now.IsZero() {
		s.Now = ca.Now
	}
	return newCA(t, ca, s, newKey(t, s.Key, "ca "+s.Name))
}

// Deep makes n authorities, each below the one before, and returns the lowest;
// with 0 it returns this one.
func (ca *CA) Deep(t testing.TB, n int) *CA {
	t.Helper()
	for range n {
		ca = ca.Sub(t, CASpec{})
	}
	return ca
}

// Twin makes a forged authority: it says of itself what this one says, serial
// number and key identifiers included, has another key, and stands below twins
// of those above.
func (ca *CA) Twin(t testing.TB) *CA {
	t.Helper()
	s := ca.spec
	s.Change = func(c *x509.Certificate) {
		if ca.spec.Change != nil {
			ca.spec.Change(c)
		}
		c.SerialNumber, c.SubjectKeyId, c.AuthorityKeyId = ca.Cert.SerialNumber, ca.Cert.SubjectKeyId, ca.Cert.AuthorityKeyId
	}
	parent := ca.Parent
	if parent != nil {
		parent = parent.Twin(t)
	}
	return newCA(t, parent, s, newKey(t, s.Key, "twin of ca "+s.Name))
}

// Cross returns the other authority as this one vouches for it: the same name
// and key under this one's signature.
func (ca *CA) Cross(t testing.TB, other *CA) *CA {
	t.Helper()
	return newCA(t, ca, other.spec, other.Key)
}

// SubWithKey makes an authority below this one for a key that is there already:
// another's, as a cross-certificate.
func (ca *CA) SubWithKey(t testing.TB, s CASpec, key crypto.Signer) *CA {
	t.Helper()
	if s.Now.IsZero() {
		s.Now = ca.Now
	}
	return newCA(t, ca, s, key)
}

// Renewed returns this authority with a new certificate for the same key.
func (ca *CA) Renewed(t testing.TB, change func(*x509.Certificate)) *CA {
	t.Helper()
	s := ca.spec
	s.Change = change
	return newCA(t, ca.Parent, s, ca.Key)
}

// Issuers are the certificates that a client sends behind its own: this one and
// those above, without the root.
func (ca *CA) Issuers() []*x509.Certificate {
	var all []*x509.Certificate
	for ; ca.Parent != nil; ca = ca.Parent {
		all = append(all, ca.Cert)
	}
	return all
}

// Root is the top of this authority.
func (ca *CA) Root() *CA {
	for ca.Parent != nil {
		ca = ca.Parent
	}
	return ca
}

// PEM is the authority's certificate.
func (ca *CA) PEM() []byte { return pemOf(ca.Cert) }

func newCA(t testing.TB, parent *CA, s CASpec, key crypto.Signer) *CA {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: serial(t), Subject: pkix.Name{CommonName: s.Name, Organization: []string{"Signet Test"}},
		NotBefore: s.Now.AddDate(-5, 0, 0), NotAfter: s.Now.AddDate(5, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	ca := &CA{Key: key, Parent: parent, Now: s.Now, spec: s}
	if s.Change != nil {
		s.Change(template)
	}
	issuer := parent
	if issuer == nil {
		issuer = &CA{Cert: template, Key: key}
	}
	ca.Cert = parse(t, sign(t, template, issuer, key.Public()))
	return ca
}

// sign issues without asking whether it is right to.
func sign(t testing.TB, template *x509.Certificate, issuer *CA, public crypto.PublicKey) []byte {
	t.Helper()
	parent, key := issuer.Cert, issuer.Key
	if _, ok := key.(huge); ok {
		spare := *parent
		spare.PublicKey = nil // or CreateCertificate would see that the key is another
		parent, key = &spare, newKey(t, RSA2048, "in place of a huge key")
	}
	if template.SubjectKeyId == nil {
		der, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			t.Fatalf("certtest: %v", err)
		}
		id := sha256.Sum256(der)
		template.SubjectKeyId = id[:20]
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	if err != nil {
		t.Fatalf("certtest: sign %q: %v", template.Subject.CommonName, err)
	}
	return der
}

func parse(t testing.TB, der []byte) *x509.Certificate {
	t.Helper()
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatalf("certtest: read what was made: %v", err)
	}
	return c
}

func serial(t testing.TB) *big.Int {
	t.Helper()
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 119))
	if err != nil {
		t.Fatalf("certtest: %v", err)
	}
	return n.SetBit(n, 119, 1)
}

func pemOf(all ...*x509.Certificate) []byte {
	var text []byte
	for _, c := range all {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return text
}
