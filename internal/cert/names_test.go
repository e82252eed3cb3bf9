package cert_test

import (
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"strings"
	"testing"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
)

// RFC 5280, section 7.1: what tells names apart, and what does not.
func TestNamesAreTheSame(t *testing.T) {
	cn, o := certtest.CommonName, certtest.Organization
	mail := func(text string) certtest.Attribute {
		return certtest.Attribute{Type: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}, Value: text, Tag: asn1.TagIA5String}
	}
	one := func(a certtest.Attribute) []byte { return certtest.Name(t, []certtest.Attribute{a}) }
	for what, c := range map[string]struct {
		a, b []byte
		want bool
	}{
		"the same":                {one(cn("Alice")), one(cn("Alice")), true},
		"case":                    {one(cn("Alice")), one(cn("aLICE")), true},
		"case of an accent":       {one(cn("Élodie")), one(cn("éLODIE")), true},
		"sharp s":                 {one(cn("Straße")), one(cn("STRASSE")), true},
		"composed":                {one(cn("\u00e9")), one(cn("e\u0301")), true},
		"spaces":                  {one(cn("  Alice   A ")), one(cn("Alice A")), true},
		"no space":                {one(cn("Alice A")), one(cn("AliceA")), false},
		"tab":                     {one(cn("Alice\tA")), one(cn("Alice A")), true},
		"PrintableString":         {one(cn("Alice")), one(cn("Alice").As(asn1.TagPrintableString)), true},
		"T61String":               {one(cn("\u00c9lodie")), one(cn("\xc9lodie").As(asn1.TagT61String)), true},
		"BMPString":               {one(cn("Al")), one(cn("\x00A\x00l").As(asn1.TagBMPString)), true},
		"half a BMPString":        {one(cn("Al")), one(cn("\x00A\x00").As(asn1.TagBMPString)), false},
		"UniversalString":         {one(cn("A")), one(cn("\x00\x00\x00A").As(28)), true},
		"e-mail":                  {one(mail("a@Example.org")), one(mail("a@example.org")), true},
		"invisible":               {one(cn("Ali\u00adce")), one(cn("Alice")), true},
		"another text":            {one(cn("Alice")), one(cn("Alicia")), false},
		"another kind":            {one(cn("Alice")), one(o("Alice")), false},
		"not UTF-8":               {one(cn("Alice\xff")), one(cn("ALICE\xff")), false},
		"order":                   {certtest.Name(t, []certtest.Attribute{cn("a")}, []certtest.Attribute{o("b")}), certtest.Name(t, []certtest.Attribute{o("b")}, []certtest.Attribute{cn("a")}), false},
		"grouping":                {certtest.Name(t, []certtest.Attribute{cn("a"), o("b")}), certtest.Name(t, []certtest.Attribute{cn("a")}, []certtest.Attribute{o("b")}), false},
		"order within an RDN":     {certtest.Name(t, []certtest.Attribute{cn("a"), o("b")}), certtest.Name(t, []certtest.Attribute{o("b"), cn("a")}), true},
		"a separator in a value":  {one(cn("a+O=b")), certtest.Name(t, []certtest.Attribute{cn("a"), o("b")}), false},
		"one more":                {one(cn("a")), certtest.Name(t, []certtest.Attribute{cn("a")}, []certtest.Attribute{cn("a")}), false},
		"nothing":                 {certtest.Name(t), certtest.Name(t), true},
		"nothing and something":   {certtest.Name(t), one(cn("a")), false},
		"garbage":                 {[]byte{1, 2, 3}, one(cn("a")), false},
		"garbage behind the name": {append(one(cn("a")), 0), one(cn("A")), false},
	} {
		t.Run(what, func(t *testing.T) {
			if cert.SameName(c.a, c.b) != c.want || cert.SameName(c.b, c.a) != c.want {
				t.Errorf("want %v", c.want)
			}
		})
	}
}

// The names of every form against subtrees of every form (RFC 5280, section
// 4.2.1.10).
func TestNameConstraints(t *testing.T) {
	root := newCA(t, "Root")
	text := func(tag int, s string) []byte { return certtest.GeneralName(t, tag, []byte(s)) }
	email, dns, uri := func(s string) []byte { return text(1, s) }, func(s string) []byte { return text(2, s) }, func(s string) []byte { return text(6, s) }
	ip := func(b ...byte) []byte { return certtest.GeneralName(t, 7, b) }
	directory := func(names ...certtest.Attribute) []byte {
		var rdns [][]certtest.Attribute
		for _, n := range names {
			rdns = append(rdns, []certtest.Attribute{n})
		}
		return certtest.GeneralName(t, 4, certtest.Name(t, rdns...))
	}
	o, cn := certtest.Organization, certtest.CommonName
	upn := func(s string) []byte {
		id, _ := asn1.Marshal(asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 20, 2, 3})
		inner, _ := asn1.Marshal(asn1.RawValue{Tag: asn1.TagUTF8String, Bytes: []byte(s)})
		value, _ := asn1.Marshal(asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: inner})
		return certtest.GeneralName(t, 0, append(id, value...))
	}
	type list = [][]byte
	subject := func(names ...certtest.Attribute) []byte {
		var rdns [][]certtest.Attribute
		for _, n := range names {
			rdns = append(rdns, []certtest.Attribute{n})
		}
		return certtest.Name(t, rdns...)
	}
	mail := certtest.Attribute{Type: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}, Value: "alice@evil.example", Tag: asn1.TagIA5String}
	for _, c := range []struct {
		what                string
		permitted, excluded list
		subject             []byte
		names               list
		want                bool
	}{
		{"directory, inside", list{directory(o("Example"))}, nil, subject(o("Example"), cn("alice")), nil, true},
		{"directory, inside by other letters", list{directory(o("Example").As(asn1.TagPrintableString))}, nil, subject(o("EXAMPLE "), cn("alice")), nil, true},
		{"directory, the base itself", list{directory(o("Example"))}, nil, subject(o("Example")), nil, true},
		{"directory, outside", list{directory(o("Example"))}, nil, subject(o("Other"), cn("alice")), nil, false},
		{"directory, the base at the end", list{directory(o("Example"))}, nil, subject(cn("alice"), o("Example")), nil, false},
		{"directory, one of two", list{directory(o("A")), directory(o("Example"))}, nil, subject(o("Example"), cn("alice")), nil, true},
		{"directory, excluded", nil, list{directory(o("Example"))}, subject(o("example"), cn("alice")), nil, false},
		{"directory, excluded within permitted", list{directory(o("Example"))}, list{directory(o("Example"), cn("alice"))}, subject(o("Example"), cn("Alice")), nil, false},
		{"directory, a second one in subjectAltName", list{directory(o("Example"))}, nil, subject(o("Example"), cn("alice")), list{directory(o("Other"))}, false},
		{"directory, no name but others", list{directory(o("Example"))}, nil, subject(), list{email("a@example.org")}, true},

		{"e-mail, of the host", list{email("example.org")}, nil, nil, list{email("a@EXAMPLE.org")}, true},
		{"e-mail, of a host below", list{email("example.org")}, nil, nil, list{email("a@mail.example.org")}, false},
		{"e-mail, below the domain", list{email(".example.org")}, nil, nil, list{email("a@mail.example.org")}, true},
		{"e-mail, the domain itself", list{email(".example.org")}, nil, nil, list{email("a@example.org")}, false},
		{"e-mail, the mailbox", list{email("a@example.org")}, nil, nil, list{email("a@Example.org")}, true},
		{"e-mail, another mailbox", list{email("a@example.org")}, nil, nil, list{email("b@example.org")}, false},
		{"e-mail, excluded host", nil, list{email("example.org")}, nil, list{email("a@example.org")}, false},
		{"e-mail, below an excluded host", nil, list{email("example.org")}, nil, list{email("a@mail.example.org")}, true},
		{"e-mail, not one", nil, list{email("example.org")}, nil, list{email("example.org")}, false},
		{"e-mail, suffix of a name", list{email(".example.org")}, nil, nil, list{email("a@evilexample.org")}, false},
		{"e-mail in the subject", list{email("example.org")}, nil, subject(cn("alice"), mail), nil, false},
		{"e-mail in the subject beside a good one", list{email("example.org")}, nil, subject(cn("alice"), mail), list{email("a@example.org")}, false},

		{"DNS, the name", list{dns("example.org")}, nil, nil, list{dns("Example.org")}, true},
		{"DNS, below", list{dns("example.org")}, nil, nil, list{dns("a.b.example.org")}, true},
		{"DNS, suffix of a label", list{dns("example.org")}, nil, nil, list{dns("evilexample.org")}, false},
		{"DNS, leading period, below", list{dns(".example.org")}, nil, nil, list{dns("a.example.org")}, true},
		{"DNS, leading period, the name", list{dns(".example.org")}, nil, nil, list{dns("example.org")}, false},
		{"DNS, excluded", nil, list{dns("example.org")}, nil, list{dns("a.example.org")}, false},
		{"DNS, a wildcard over the excluded", nil, list{dns("a.example.org")}, nil, list{dns("*.example.org")}, false},
		{"DNS, everything excluded", nil, list{dns("")}, nil, list{dns("a")}, false},

		{"URI, the host", list{uri("example.org")}, nil, nil, list{uri("https://EXAMPLE.org:8/x?y@z")}, true},
		{"URI, a host below", list{uri("example.org")}, nil, nil, list{uri("https://a.example.org/")}, false},
		{"URI, below the domain", list{uri(".example.org")}, nil, nil, list{uri("https://a.example.org/")}, true},
		{"URI, a user that looks like a host", list{uri("example.org")}, nil, nil, list{uri("https://example.org@evil.example/")}, false},
		{"URI without a host", list{uri("example.org")}, nil, nil, list{uri("urn:example:org")}, false},
		{"URI with an address", nil, list{uri("example.org")}, nil, list{uri("https://192.0.2.1/")}, false},
		{"URI, excluded host", nil, list{uri("example.org")}, nil, list{uri("https://example.org/")}, false},
		{"URI, below an excluded host", nil, list{uri("example.org")}, nil, list{uri("https://a.example.org/")}, true},

		{"IP, inside", list{ip(192, 0, 2, 0, 255, 255, 255, 0)}, nil, nil, list{ip(192, 0, 2, 9)}, true},
		{"IP, outside", list{ip(192, 0, 2, 0, 255, 255, 255, 0)}, nil, nil, list{ip(192, 0, 3, 9)}, false},
		{"IP, excluded", nil, list{ip(192, 0, 2, 0, 255, 255, 255, 0)}, nil, list{ip(192, 0, 2, 9)}, false},
		{"IP, all of IPv4 excluded, IPv6", nil, list{ip(0, 0, 0, 0, 0, 0, 0, 0)}, nil, list{ip(make([]byte, 16)...)}, true},

		{"DNS, longer than any", list{dns("example.org")}, nil, nil, list{dns(strings.Repeat("a.", 1500) + "example.org")}, false},
		{"another form is not held", list{dns("example.org")}, nil, nil, list{email("a@evil.example")}, true},
		{"otherName, constrained", list{upn("@example.org")}, nil, nil, list{upn("alice@example.org")}, false},
		{"otherName, excluded", nil, list{upn("@example.org")}, nil, list{upn("alice@evil.example")}, false},
		{"otherName constrained, none there", list{upn("@example.org")}, nil, nil, list{email("a@example.org")}, true},
		{"registeredID, constrained", list{text(8, "\x2a\x03")}, nil, nil, list{text(8, "\x2a\x03")}, false},
	} {
		t.Run(c.what, func(t *testing.T) {
			sub := root.Sub(t, certtest.CASpec{Name: "Sub", Change: certtest.Extended(certtest.NameConstraints(t, c.permitted, c.excluded))})
			spec := certtest.Spec{RawSubject: c.subject}
			if c.names != nil {
				spec.Change = certtest.Extended(certtest.AlternativeNames(t, c.names...))
			}
			leaf := sub.Issue(t, spec)
			v := cert.Judge(trusting(root), leaf.Chain, at(), nil)
			if c.want {
				mustAccept(t, v)
			} else {
				mustRefuse(t, v, cert.CauseConstraint)
			}
			// The anchor's own count too (RFC 5937).
			v = cert.Judge(trusting(sub), leaf.Chain[:1], at(), nil)
			if v.Accepted() != c.want {
				t.Errorf("with the constraints in the anchor: accepted %v", v.Accepted())
			}
		})
	}
}

// Constraints hold every CA below, self-issued ones but for the last certificate
// excepted, and cannot be widened.
func TestNameConstraintsOfSeveralCAs(t *testing.T) {
	root := newCA(t, "Root")
	permit := func(o string) func(*x509.Certificate) {
		name := certtest.GeneralName(t, 4, certtest.Name(t, []certtest.Attribute{certtest.Organization(o)}))
		return certtest.Extended(certtest.NameConstraints(t, [][]byte{name}, nil))
	}
	name := func(o, cn string) []byte {
		return certtest.Name(t, []certtest.Attribute{certtest.Organization(o)}, []certtest.Attribute{certtest.CommonName(cn)})
	}
	named := func(raw []byte, more func(*x509.Certificate)) func(*x509.Certificate) {
		return func(c *x509.Certificate) {
			c.RawSubject = raw
			if more != nil {
				more(c)
			}
		}
	}
	top := root.Sub(t, certtest.CASpec{Change: permit("A")})
	inside := top.Sub(t, certtest.CASpec{Change: named(name("A", "CA"), nil)})
	wider := top.Sub(t, certtest.CASpec{Change: named(name("A", "wide"), permit("B"))})
	outside := top.Sub(t, certtest.CASpec{Change: named(name("B", "CA"), nil)})
	mustAccept(t, cert.Judge(trusting(root), inside.Issue(t, certtest.Spec{RawSubject: name("A", "alice")}).Chain, at(), nil))
	mustRefuse(t, cert.Judge(trusting(root), inside.Issue(t, certtest.Spec{RawSubject: name("B", "alice")}).Chain, at(), nil), cert.CauseConstraint)
	mustRefuse(t, cert.Judge(trusting(root), wider.Issue(t, certtest.Spec{RawSubject: name("B", "alice")}).Chain, at(), nil), cert.CauseConstraint)
	mustRefuse(t, cert.Judge(trusting(root), wider.Issue(t, certtest.Spec{RawSubject: name("A", "alice")}).Chain, at(), nil), cert.CauseConstraint)
	mustRefuse(t, cert.Judge(trusting(root), outside.Issue(t, certtest.Spec{RawSubject: name("A", "alice")}).Chain, at(), nil), cert.CauseConstraint)
}

// T30: thousands of names against thousands of subtrees are not compared.
func TestT30CostOfNameConstraintsIsBounded(t *testing.T) {
	root := newCA(t, "Root")
	var bases, names [][]byte
	for i := range 1200 {
		bases = append(bases, certtest.GeneralName(t, 2, fmt.Appendf(nil, "x%d.example", i)))
		names = append(names, certtest.GeneralName(t, 2, fmt.Appendf(nil, "a%d.example", i)))
	}
	sub := root.Sub(t, certtest.CASpec{Change: certtest.Extended(certtest.NameConstraints(t, nil, bases))})
	leaf := sub.Issue(t, certtest.Spec{Change: certtest.Extended(certtest.AlternativeNames(t, names...))})
	v := cert.Judge(trusting(root), leaf.Chain, at(), nil)
	mustRefuse(t, v, cert.CauseConstraint)
	if c, _ := checkNamed(v, "names"); c.OK || !strings.Contains(c.Detail, "more names and subtrees") {
		t.Errorf("not for the work: %+v", c)
	}
}
