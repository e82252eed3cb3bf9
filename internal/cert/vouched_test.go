package cert_test

import (
	"crypto/x509"
	"reflect"
	"testing"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
)

func TestNamesThatACertificateBears(t *testing.T) {
	root := newCA(t, "Root")
	leaf := root.Issue(t, certtest.Spec{CN: "Alice Martin", Emails: []string{"Alice@example.org"}, UPNs: []string{"amartin@corp.example"}, URIs: []string{"urn:staff:17"}})
	want := cert.Vouched{
		Emails: []string{"Alice@example.org"}, UPNs: []string{"amartin@corp.example"}, URIs: []string{"urn:staff:17"},
		Subject: []cert.Attribute{{Type: "2.5.4.3", Value: "Alice Martin"}},
	}
	if got := cert.Names(leaf.Cert); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// A name in which something does not show is no name: two programs would read it
// differently (CVE-2009-2408).
func TestNamesThatDoNotShowAreLeftOut(t *testing.T) {
	for what, name := range map[string]string{
		"NUL": "alice\x00@evil.example", "a line break": "alice\nadmin", "right to left": "alice\u202egro.elpmaxe", "a space of no width": "ali\u200bce",
		"a space that does not break": "alice\u00a0", "nothing": "", "too long": string(make([]byte, 300)),
	} {
		t.Run(what, func(t *testing.T) {
			got := cert.Names(&x509.Certificate{EmailAddresses: []string{name, "bob@example.org"}})
			if want := []string{"bob@example.org"}; !reflect.DeepEqual(got.Emails, want) {
				t.Errorf("got %q, want %q", got.Emails, want)
			}
		})
	}
}
