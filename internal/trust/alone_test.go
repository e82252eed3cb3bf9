package trust_test

import (
	"testing"

	"signet/internal/iam"
	"signet/internal/provider"
)

// TestT22NameOfACAIsWorthNothingBesideOthers: a proxy in front verifies for every
// login method at once, so that its word for the name of a CA is one for any of theirs.
func TestT22NameOfACAIsWorthNothingBesideOthers(t *testing.T) {
	s, _ := newService(t)
	providers := &provider.Service{DB: s.DB, Log: s.Log}
	method := func(scope iam.Scope, anchors string) iam.Provider {
		t.Helper()
		p, err := providers.Create(t.Context(), iam.Program("test"), iam.Provider{
			Scope: scope, Type: iam.ProviderCertificate, Name: "mTLS", Settings: iam.ProviderSettings{Certificate: &iam.CertificateSettings{Anchors: anchors}},
		})
		must(t, err)
		return p
	}
	staff, visitors := authority(t, "Staff CA"), authority(t, "Visitors CA")
	wide := method(iam.System(), pemOf(staff, visitors))
	narrow := method(iam.System(), pemOf(staff))
	check := func(when string, p iam.Provider, want bool) {
		t.Helper()
		got, err := s.TrustsAll(t.Context(), p)
		must(t, err)
		if got != want {
			t.Errorf("%s: %v", when, got)
		}
	}
	check("it has the CAs of both", wide, true)
	check("the other has one more", narrow, false)
	method(iam.Application("wiki", ""), pemOf(authority(t, "Staff CA")))
	check("an application's own method has a CA of the same name", wide, false)
}
