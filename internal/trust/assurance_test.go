package trust_test

import (
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"testing"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
	"signet/internal/iam"
	"signet/internal/trust"
)

const cards = "1.2.3.1"

func policed(t *testing.T, texts ...string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		for _, text := range texts {
			oid, err := x509.ParseOID(text)
			if err != nil {
				t.Fatal(err)
			}
			c.Policies = append(c.Policies, oid)
		}
	}
}

// A policy counts where the whole path is valid for it: a certificate may say of
// itself what its CA was never allowed to say.
func TestAssuranceOfPaths(t *testing.T) {
	root := certtest.NewCA(t, certtest.CASpec{Name: "Root"})
	entitled := root.Sub(t, certtest.CASpec{Name: "Cards CA", Change: policed(t, cards, "1.2.3.9")})
	any := root.Sub(t, certtest.CASpec{Name: "Any CA", Change: policed(t, "2.5.29.32.0")})
	silent := root.Sub(t, certtest.CASpec{Name: "Silent CA"})
	other := root.Sub(t, certtest.CASpec{Name: "Other CA", Change: policed(t, "1.2.3.9")})
	settings := iam.CertificateSettings{Assurance: []iam.AssuranceRule{
		{Policy: cards, Key: iam.KeyCard}, {CA: cert.AuthorityID(root.Cert), Key: iam.KeySoftware},
	}}
	for _, c := range []struct {
		name     string
		by       *certtest.CA
		policies []string
		want     string
	}{
		{"named by the certificate and its CA", entitled, []string{cards}, "phrh"},
		{"named by the certificate, its CA may issue for any", any, []string{cards}, "phrh"},
		{"named by the certificate of the trusted CA itself", root, []string{cards}, "phrh"},
		{"named by the certificate, its CA names none", silent, []string{cards}, "phr"},
		{"named by the certificate, its CA names others", other, []string{cards}, "phr"},
		{"named by the CA only", entitled, nil, "phr"},
		{"the certificate is for any policy", root, []string{"2.5.29.32.0"}, "phr"},
	} {
		t.Run(c.name, func(t *testing.T) {
			leaf := c.by.Issue(t, certtest.Spec{CN: "Alice", Policies: c.policies})
			v := cert.Judge(cert.Policy{Anchors: []*x509.Certificate{root.Cert}}, leaf.Chain, root.Now, nil)
			if !v.Accepted() {
				t.Fatalf("refused: %s %+v", v.Cause, v.Checks)
			}
			got := trust.AssuranceOf(settings, v)
			if got.ACR != c.want {
				t.Errorf("counts for %+v", got)
			}
			if kept := trust.Kept(v).Policies; slices.Contains(kept, cards) != (c.want == "phrh") || slices.Contains(kept, "2.5.29.32.0") {
				t.Errorf("kept policies %v", kept)
			}
		})
	}
}

func TestAssuranceSettingsThatSayNothing(t *testing.T) {
	s, clock := newService(t)
	ca := certtest.NewCA(t, certtest.CASpec{Now: clock.Now()})
	id := cert.AuthorityID(ca.Cert)
	for _, c := range []struct {
		name  string
		rules []iam.AssuranceRule
		cause string
	}{
		{"good ones", []iam.AssuranceRule{{CA: id, Key: iam.KeyCard, ACR: "urn:example:high"}, {Policy: cards, Key: iam.KeySoftware}}, ""},
		{"neither CA nor policy", []iam.AssuranceRule{{Key: iam.KeyCard}}, "assurance_of_nothing"},
		{"both", []iam.AssuranceRule{{CA: id, Policy: cards}}, "assurance_of_nothing"},
		{"a CA of another method", []iam.AssuranceRule{{CA: strings.Repeat("a", 64)}}, "assurance_of_nothing"},
		{"twice", []iam.AssuranceRule{{Policy: cards}, {Policy: cards, Key: iam.KeyCard}}, "assurance_twice"},
		{"no such protection", []iam.AssuranceRule{{CA: id, Key: "steel"}}, "assurance_key_unknown"},
		{"no OID", []iam.AssuranceRule{{Policy: "gold"}}, "policy_oid_malformed"},
		{"a value with a space", []iam.AssuranceRule{{CA: id, ACR: "a b"}}, "acr_malformed"},
		{"a value with HTML's quote", []iam.AssuranceRule{{CA: id, ACR: `"><b`}}, "acr_malformed"},
		{"a value beyond measure", []iam.AssuranceRule{{CA: id, ACR: strings.Repeat("x", 201)}}, "acr_malformed"},
		{"a value that means more", []iam.AssuranceRule{{CA: id, Key: iam.KeySoftware, ACR: "phrh"}}, "acr_reserved"},
	} {
		t.Run(c.name, func(t *testing.T) {
			settings := trust.Choose(iam.CertificateSettings{Anchors: string(ca.PEM()), Assurance: c.rules}, iam.RevocationNone)
			err := s.CheckSettings(iam.Provider{Scope: iam.System(), Type: iam.ProviderCertificate, Settings: iam.ProviderSettings{Certificate: &settings}})
			var refused *iam.Error
			if c.cause == "" && err != nil || c.cause != "" && (!errors.As(err, &refused) || refused.Cause != c.cause) {
				t.Errorf("error %v, want %q", err, c.cause)
			}
		})
	}
}
