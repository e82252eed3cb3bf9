package cert_test

import (
	"crypto/sha1" //nolint:gosec // what nginx sends
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
)

func TestRead(t *testing.T) {
	ca := newCA(t, "People CA")
	leaf := ca.Issue(t, certtest.Spec{
		RawSubject: certtest.Name(t, []certtest.Attribute{certtest.Organization("Example, Inc.")}, []certtest.Attribute{certtest.CommonName("Älice + Bob")}),
		Emails:     []string{"alice@example.org"}, UPNs: []string{"alice@corp.example"}, URIs: []string{"https://example.org/alice"},
		DNSNames: []string{"alice.example.org"}, Serial: big.NewInt(0x0abc), Policies: []string{"1.2.3.4"}, Key: certtest.RSA2048,
	})
	f := cert.Read(leaf.Cert)
	all, old, spki := sha256.Sum256(leaf.Cert.Raw), sha1.Sum(leaf.Cert.Raw), sha256.Sum256(leaf.Cert.RawSubjectPublicKeyInfo) //nolint:gosec // see import
	for what, c := range map[string][2]string{
		"subject":          {f.Subject, `CN=Älice \+ Bob,O=Example\, Inc.`},
		"issuer":           {f.Issuer, "CN=People CA,O=Signet Test"},
		"common name":      {f.CommonName, "Älice + Bob"},
		"issuer's name":    {f.IssuerName, "People CA"},
		"serial":           {f.Serial, "0ABC"},
		"emails":           {strings.Join(f.Emails, " "), "alice@example.org"},
		"UPNs":             {strings.Join(f.UPNs, " "), "alice@corp.example"},
		"URIs":             {strings.Join(f.URIs, " "), "https://example.org/alice"},
		"DNS names":        {strings.Join(f.DNSNames, " "), "alice.example.org"},
		"policies":         {strings.Join(f.PolicyOIDs, " "), "1.2.3.4"},
		"key":              {f.KeyType, "RSA 2048"},
		"signature":        {f.SignatureAlgorithm, "ECDSA-SHA256"},
		"SHA-256":          {f.SHA256, hex.EncodeToString(all[:])},
		"SHA-1":            {f.SHA1, hex.EncodeToString(old[:])},
		"SPKI":             {f.SPKI, hex.EncodeToString(spki[:])},
		"authority key ID": {f.AuthorityKeyID, hex.EncodeToString(ca.Cert.SubjectKeyId)},
		"subject key ID":   {f.SubjectKeyID, hex.EncodeToString(leaf.Cert.SubjectKeyId)},
		"not before":       {f.NotBefore.Format(time.RFC3339), at().Add(-time.Hour).Format(time.RFC3339)},
	} {
		if c[0] != c[1] {
			t.Errorf("%s: %q, want %q", what, c[0], c[1])
		}
	}

	// What is kept is read back the same.
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var back cert.Facts
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(back)
	if err != nil || string(again) != string(text) || !back.NotAfter.Equal(f.NotAfter) {
		t.Errorf("%s\nread back as\n%s\n%v", text, again, err)
	}
}

func TestKeyTypes(t *testing.T) {
	ca := newCA(t, "CA")
	for kind, want := range map[certtest.KeyKind]string{
		certtest.P256: "ECDSA P-256", certtest.P384: "ECDSA P-384", certtest.P521: "ECDSA P-521", certtest.P224: "ECDSA P-224",
		certtest.Ed25519: "Ed25519", certtest.RSA2048: "RSA 2048", certtest.RSAHuge: "RSA 16384",
	} {
		if got := cert.Read(ca.Issue(t, certtest.Spec{Key: kind}).Cert).KeyType; got != want {
			t.Errorf("%s: %q, want %q", kind, got, want)
		}
	}
}

func TestSerialsAsNginxPrintsThem(t *testing.T) {
	for want, n := range map[string]*big.Int{
		"00": big.NewInt(0), "01": big.NewInt(1), "0F": big.NewInt(15), "FF": big.NewInt(255), "0100": big.NewInt(256), "-05": big.NewInt(-5), "": nil,
	} {
		if got := cert.Read(&x509.Certificate{SerialNumber: n}).Serial; got != want {
			t.Errorf("serial %v: %q, want %q", n, got, want)
		}
	}
}

// What a certificate says is stored and shown, and hurts nobody who reads it.
func TestT26HostileNames(t *testing.T) {
	ca := newCA(t, "CA")
	for _, hostile := range certtest.HostileTexts() {
		t.Run(hostile.What, func(t *testing.T) {
			name := certtest.Name(t, []certtest.Attribute{certtest.Organization(hostile.Text)}, []certtest.Attribute{certtest.CommonName(hostile.Text)})
			leaf := ca.Issue(t, certtest.Spec{RawSubject: name, UPNs: []string{hostile.Text}})
			v := cert.JudgeRaw(trusting(ca), leaf.DER(), at(), nil)
			mustAccept(t, v)
			mustBeHarmless(t, *v.Leaf)
			if string(v.Leaf.SubjectDER) != string(name) {
				t.Error("the name was not kept as it was encoded")
			}
			// A CA of such a name, in a refusal.
			bad := certtest.NewCA(t, certtest.CASpec{Now: at(), Change: func(c *x509.Certificate) { c.RawSubject = name }})
			v = cert.JudgeRaw(trusting(ca), bad.Issue(t, certtest.Spec{}).DER(), at(), nil)
			mustRefuse(t, v, cert.CauseUnknownIssuer)
			mustBeHarmless(t, *v.Leaf)
			for _, c := range v.Checks {
				mustBeVisible(t, c.Name, c.Detail)
			}
		})
	}

	// Two that look alike after all are still two.
	a := cert.Read(ca.Issue(t, certtest.Spec{CN: "admin"}).Cert)
	b := cert.Read(ca.Issue(t, certtest.Spec{CN: "ad\u200bmin"}).Cert)
	if a.CommonName == b.CommonName || a.Subject == b.Subject {
		t.Error("an invisible character is invisible")
	}
}

func mustBeHarmless(t *testing.T, f cert.Facts) {
	t.Helper()
	mustBeVisible(t, "subject", f.Subject)
	mustBeVisible(t, "issuer", f.Issuer)
	mustBeVisible(t, "common name", f.CommonName)
	mustBeVisible(t, "issuer's name", f.IssuerName)
	mustBeVisible(t, "serial", f.Serial)
	mustBeVisible(t, "key type", f.KeyType)
	mustBeVisible(t, "signature", f.SignatureAlgorithm)
	for _, list := range [][]string{f.Emails, f.UPNs, f.URIs, f.DNSNames, f.PolicyOIDs} {
		if len(list) > 16 {
			t.Errorf("a list of %d", len(list))
		}
		for _, text := range list {
			mustBeVisible(t, "a name", text)
		}
	}
	for _, id := range []string{f.SubjectKeyID, f.AuthorityKeyID} {
		if len(id) > 128 {
			t.Errorf("a key identifier of %d characters", len(id))
		}
	}
}

func mustBeVisible(t *testing.T, what, text string) {
	t.Helper()
	if !utf8.ValidString(text) || len(text) > 8<<10 {
		t.Errorf("%s: %d bytes, valid UTF-8 %v", what, len(text), utf8.ValidString(text))
	}
	marks := 0
	for _, r := range text {
		if marks++; !unicode.Is(unicode.M, r) {
			marks = 0
		}
		if !unicode.IsGraphic(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Bidi_Control, r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || marks > 4 {
			t.Errorf("%s: %U in %q", what, r, text)
		}
	}
}

func TestVisible(t *testing.T) {
	for _, c := range []struct {
		text  string
		limit int
		want  string
	}{
		{"Zoë Müller", 99, "Zoë Müller"},
		{"Ζωή 李小龍 علي", 99, "Ζωή 李小龍 علي"},
		{"हिन्दी", 99, "हिन्दी"},
		{"O\u2019Neil\u00a0& Söhne", 99, "O\u2019Neil\u00a0& Söhne"},
		{"a\x00b", 99, `a\u{0}b`},
		{"a\xffb", 99, `a\xffb`},
		{"a\ufffdb", 99, "a\ufffdb"},
		{"a\u202eb", 99, `a\u{202e}b`},
		{"12345678901", 10, "1234567890…"},
		{"1234567890", 10, "1234567890"},
		{"ЖЖЖ", 2, "ЖЖ…"},
	} {
		if got := cert.Visible(c.text, c.limit); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestKeyOf(t *testing.T) {
	a, b := newCA(t, "A"), newCA(t, "B")
	leaf := a.Issue(t, certtest.Spec{})
	of := cert.KeyOf(leaf.Cert, a.Cert)
	// The stored form is a contract: a change would lose every account.
	h := sha256.New()
	issuer, own := sha256.Sum256(a.Cert.RawSubjectPublicKeyInfo), sha256.Sum256(leaf.Cert.RawSubjectPublicKeyInfo)
	h.Write([]byte("signet certificate key v1\x00"))
	h.Write(issuer[:])
	h.Write(own[:])
	if want := hex.EncodeToString(h.Sum(nil)); string(of) != want {
		t.Errorf("%s, want %s", of, want)
	}
	for what, other := range map[string]cert.Key{
		"another CA":       cert.KeyOf(leaf.Cert, b.Cert),
		"another key":      cert.KeyOf(a.Issue(t, certtest.Spec{}).Cert, a.Cert),
		"the other way":    cert.KeyOf(a.Cert, leaf.Cert),
		"its own issuer":   cert.KeyOf(leaf.Cert, leaf.Cert),
		"its CA as person": cert.KeyOf(a.Cert, a.Cert),
	} {
		if other == of {
			t.Errorf("%s: the same account", what)
		}
	}
	if cert.KeyOf(a.Issue(t, certtest.Spec{CN: "other", Signer: leaf.Key}).Cert, a.Cert) != of {
		t.Error("the same key under the same CA is another account")
	}
}
