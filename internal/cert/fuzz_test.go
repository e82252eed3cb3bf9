package cert

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"testing"
	"time"

	"signet/internal/cert/certtest"
)

// FuzzNames: no constraints, alternative names or subjects make the check panic,
// and what it compares is bounded.
func FuzzNames(f *testing.F) {
	name := certtest.Name(f, []certtest.Attribute{certtest.Organization("Example")}, []certtest.Attribute{certtest.CommonName("alice")})
	bases := [][]byte{
		certtest.GeneralName(f, 1, []byte("example.org")), certtest.GeneralName(f, 2, []byte(".example.org")), certtest.GeneralName(f, 4, name),
		certtest.GeneralName(f, 6, []byte("example.org")), certtest.GeneralName(f, 7, []byte{192, 0, 2, 0, 255, 255, 255, 0}), certtest.GeneralName(f, 8, []byte{42, 3}),
	}
	for _, base := range bases {
		f.Add(certtest.NameConstraints(f, [][]byte{base}, nil).Value, certtest.AlternativeNames(f, base).Value, name)
		f.Add(certtest.NameConstraints(f, nil, [][]byte{base}).Value, certtest.AlternativeNames(f, bases...).Value, name)
	}
	f.Fuzz(func(t *testing.T, constraints, alternative, name []byte) {
		ca := &x509.Certificate{RawSubject: name, RawIssuer: name, Extensions: []pkix.Extension{{Id: oidNameConstraints(), Critical: true, Value: constraints}}}
		leaf := &x509.Certificate{RawSubject: name, RawIssuer: name, Extensions: []pkix.Extension{{Id: oidSubjectAltName(), Value: alternative}}}
		work := &comparer{left: 10_000}
		c := checkNames(subject{path: path{chain: []*x509.Certificate{leaf, ca, ca}}, work: work})
		if c.Detail == "" || work.left < -1 {
			t.Errorf("%+v, %d left", c, work.left)
		}
		if one, ok := canonicalName(name); ok && !SameName(name, bytes.Clone(name)) {
			t.Errorf("a name is not itself: %q", one)
		}
	})
}

// FuzzParse: what is read is what was sent, whatever crypto/x509 had to be shown.
func FuzzParse(f *testing.F) {
	ca := certtest.NewCA(f, certtest.CASpec{})
	relative := pkix.Extension{Id: oidCRLDistributionPoints(), Value: []byte{0x30, 0x13, 0x30, 0x11, 0xa0, 0x0f, 0xa1, 0x0d, 0x30, 0x0b, 6, 3, 0x55, 4, 3, 0x0c, 4, 'l', 'i', 's', 't'}}
	plain := ca.Issue(f, certtest.Spec{}).Cert.Raw
	f.Add(plain)
	// crypto/x509 does not read it, so that it is made by hand from one that it does.
	for _, critical := range []bool{false, true} {
		e := pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 126}, Critical: critical, Value: relative.Value}
		der := bytes.Clone(ca.Issue(f, certtest.Spec{Change: certtest.Extended(e)}).Cert.Raw)
		i := bytes.Index(der, []byte{6, 3, 0x55, 0x1d, 126})
		der[i+4] = 31
		if _, err := x509.ParseCertificate(der); err == nil {
			f.Fatal("crypto/x509 reads it: Parse is needed no more")
		}
		if c, err := Parse(der); err != nil || !bytes.Equal(c.Raw, der) || len(c.UnhandledCriticalExtensions) > 0 {
			f.Fatalf("not read: %v", err)
		}
		f.Add(der)
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		c, err := Parse(der)
		if err != nil {
			return
		}
		if !bytes.Equal(c.Raw, der) || !bytes.Contains(der, c.RawTBSCertificate) {
			t.Error("something else was read than was sent")
		}
		for _, e := range c.Extensions {
			if !bytes.Contains(der, e.Value) {
				t.Errorf("extension %v was not sent", e.Id)
			}
		}
		if points, ok := readPoints(c, nil); ok && len(points) > len(der) {
			t.Error("more points than bytes")
		}
	})
}

// FuzzJudge: nothing that is sent makes the judge panic, and nothing is accepted
// that the CA has not signed.
func FuzzJudge(f *testing.F) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	root := certtest.NewCA(f, certtest.CASpec{Now: now})
	sub := root.Sub(f, certtest.CASpec{Change: certtest.Extended(certtest.PolicyConstraints(0, 0), certtest.PolicyMappings(f, [2]string{"1.2.3", "1.2.4"}))})
	for _, leaf := range []certtest.Leaf{root.Issue(f, certtest.Spec{}), sub.Issue(f, certtest.Spec{Policies: []string{"1.2.4"}}), root.Twin(f).Issue(f, certtest.Spec{})} {
		f.Add(leaf.Cert.Raw, sub.Cert.Raw, root.CRL(f, certtest.CRLSpec{}), sub.CRL(f, certtest.CRLSpec{Revoked: []*x509.Certificate{leaf.Cert}}))
		f.Add(sub.Cert.Raw, leaf.Cert.Raw, root.CRL(f, certtest.CRLSpec{Extensions: []pkix.Extension{certtest.IssuingPoint(certtest.PointName("http://a/")...)}}), []byte{})
	}
	f.Fuzz(func(t *testing.T, leaf, other, list, second []byte) {
		lists := NewLists([][]byte{list, second}, [][]byte{list})
		for _, p := range []Policy{
			{Anchors: []*x509.Certificate{root.Cert}},
			{Anchors: []*x509.Certificate{root.Cert}, AnyPurpose: true, AcceptWeak: true, ExplicitPolicy: true, PolicyOIDs: []string{"1.2.3"}},
		} {
			for _, revoked := range []Revoked{nil, lists.Revoked(p, []*x509.Certificate{sub.Cert}, now)} {
				v := JudgeRaw(p, [][]byte{leaf, other, sub.Cert.Raw}, now, revoked)
				if !v.Accepted() {
					continue
				}
				c, err := x509.ParseCertificate(leaf)
				if err != nil || root.Cert.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) != nil &&
					sub.Cert.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) != nil {
					t.Errorf("accepted: %v", err)
				}
			}
		}
	})
}
