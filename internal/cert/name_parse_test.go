package cert_test

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"testing"

	"signet/internal/cert"
)

func TestTypedNameIsTheNameOfACertificate(t *testing.T) {
	name := func(n pkix.Name) []byte {
		der, err := asn1.Marshal(n.ToRDNSequence())
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	alice := name(pkix.Name{Country: []string{"FR"}, Organization: []string{"Example, Inc."}, CommonName: "Alice Martin"})
	twins := name(pkix.Name{Organization: []string{"A", "B"}, CommonName: "é"}) // one RDN of two
	for typed, want := range map[string]struct {
		der  []byte
		same bool
	}{
		`CN=Alice Martin,O=Example\, Inc.,C=FR`:                         {alice, true},
		`cn = alice  martin, o="Example, Inc.",c=FR`:                    {alice, true},
		`/C=FR/O=Example, Inc./CN=Alice Martin`:                         {alice, true},
		`2.5.4.3=Alice Martin,OID.2.5.4.10=Example\2C Inc.,C=#13024652`: {alice, true},
		`C=FR,O=Example\, Inc.,CN=Alice Martin`:                         {alice, false}, // the other way round is another name
		`CN=Alice Martin,O=Example\, Inc.`:                              {alice, false},
		`CN=Alice Martin+O=Example\, Inc.,C=FR`:                         {alice, false},
		`CN=\C3\A9,O=B+O=A`:                                             {twins, true},
		`CN=É,O=A+O=B`:                                                  {twins, true},
		`CN=e,O=A+O=B`:                                                  {twins, false},
	} {
		der, err := cert.ParseName(typed)
		if err != nil {
			t.Errorf("%s: %v", typed, err)
			continue
		}
		a, okA := cert.NameDigest(der)
		b, okB := cert.NameDigest(want.der)
		if !okA || !okB || (a == b) != want.same || cert.SameName(der, want.der) != want.same {
			t.Errorf("%s: the same %v, want %v", typed, a == b, want.same)
		}
	}
	for _, typed := range []string{
		"", "/", "Alice", "CN", "CN=", "CN=a,", "CN=a+", "CN=a,,O=b", `CN=a\`, `CN="a`, `CN="a"b`, "XX=a", "1=a", "3.1=a", "CN=#zz", "CN=#0", "CN=a\xff", "=a", "1.99.3=a",
	} {
		if der, err := cert.ParseName(typed); err == nil {
			t.Errorf("%q is read as %s", typed, cert.NameText(der))
		}
	}
	if _, ok := cert.NameDigest([]byte("\x30\x00")); ok {
		t.Error("the name of nobody has a digest")
	}
}

func FuzzParseName(f *testing.F) {
	f.Add(`CN=Alice\2C,O="x",C=#13024652`)
	f.Fuzz(func(t *testing.T, typed string) {
		if der, err := cert.ParseName(typed); err == nil {
			cert.NameDigest(der)
		}
	})
}
