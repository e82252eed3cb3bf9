package cert_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"strings"
	"testing"
	"time"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
)

// freshest is a freshestCRL extension with one address.
func freshest(url string) pkix.Extension {
	point := certtest.PointName(url)
	list := append([]byte{0x30, byte(len(point))}, point...)
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 46}, Value: append([]byte{0x30, byte(len(list))}, list...)}
}

func TestAddressesThatNobodyFetchesAreTold(t *testing.T) {
	ca := certtest.NewCA(t, certtest.CASpec{})
	const delta, directory = "http://pki.example/delta.crl", "ldap://pki.example/cn=ca?certificateRevocationList"
	withDelta := func(d *certtest.Draft) {
		d.Template.ExtraExtensions = append(d.Template.ExtraExtensions, freshest(delta))
	}
	told := func(defects ...certtest.Defect) (names []string, details string) {
		leaf := ca.Issue(t, certtest.Spec{CN: "alice"}, defects...)
		v := cert.Judge(cert.Policy{Anchors: []*x509.Certificate{ca.Cert}}, []*x509.Certificate{leaf.Cert}, ca.Now, nil)
		if !v.Accepted() {
			t.Fatalf("refused: %s", v.Cause)
		}
		for _, r := range cert.Remarks(v.Tried) {
			if !r.OK {
				t.Errorf("%s refuses", r.Name)
			}
			names, details = append(names, r.Name), details+r.Detail
		}
		return names, details
	}
	for what, c := range map[string]struct {
		defects []certtest.Defect
		want    []string
		address string
	}{
		"nothing":                {nil, nil, ""},
		"a web address":          {[]certtest.Defect{certtest.Points("http://pki.example/ca.crl")}, nil, ""},
		"a web address and LDAP": {[]certtest.Defect{certtest.Points(directory, "HTTP://pki.example/ca.crl")}, nil, ""},
		"LDAP alone":             {[]certtest.Defect{certtest.Points(directory)}, []string{"points"}, directory},
		"a delta":                {[]certtest.Defect{withDelta}, []string{"deltas"}, delta},
		"both":                   {[]certtest.Defect{certtest.Points(directory), withDelta}, []string{"points", "deltas"}, delta},
	} {
		names, details := told(c.defects...)
		if !slices.Equal(names, c.want) || !strings.Contains(details, c.address) {
			t.Errorf("%s: %q %s", what, names, details)
		}
	}
}

func TestListTellsOfItsDeltaUntilThatIsThere(t *testing.T) {
	ca := certtest.NewCA(t, certtest.CASpec{})
	base := ca.CRL(t, certtest.CRLSpec{Extensions: []pkix.Extension{freshest("http://pki.example/delta.crl")}})
	delta := ca.CRL(t, certtest.CRLSpec{Number: 2, Extensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 27}, Critical: true, Value: []byte{2, 1, 1}}}})
	if told := cert.NewLists([][]byte{base}, nil).Remarks(); len(told) != 1 || !strings.Contains(told[0], "http://pki.example/delta.crl") {
		t.Errorf("alone: %q", told)
	}
	if told := cert.NewLists([][]byte{base, delta}, nil).Remarks(); len(told) > 0 {
		t.Errorf("with the delta: %q", told)
	}
	list, err := cert.ReadCRL(base, ca.Cert)
	if err != nil || !slices.Equal(list.DeltaAddresses(), []string{"http://pki.example/delta.crl"}) {
		t.Errorf("%v, %v", list.DeltaAddresses(), err)
	}
	// One that must be understood (section 5.2.6 says that it is not critical) is refused.
	critical := freshest("http://pki.example/delta.crl")
	critical.Critical = true
	if _, err := cert.ReadCRL(ca.CRL(t, certtest.CRLSpec{Extensions: []pkix.Extension{critical}}), ca.Cert); err == nil {
		t.Error("a critical one is read")
	}
	// Garbled ones tell of nothing and break nothing.
	for _, value := range [][]byte{nil, {0x30}, {0x30, 0x80}, {5, 0}, []byte(strings.Repeat("\x30\x7f", 2000))} {
		e := pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 46}, Value: value}
		if list, err := cert.ReadCRL(ca.CRL(t, certtest.CRLSpec{Extensions: []pkix.Extension{e}}), ca.Cert); err != nil || len(list.DeltaAddresses()) > 0 || list.Fresh(ca.Now.Add(time.Minute)) != nil {
			t.Errorf("%x: %v", value[:min(len(value), 4)], err)
		}
	}
}
