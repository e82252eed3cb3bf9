package oidc_test

import (
	"slices"
	"strings"
	"testing"

	"signet/internal/iam"
	"signet/internal/store"
)

// S38 and S64: an application sees what the person lets it see, and nothing by
// which a certificate could be recognised elsewhere.
func TestPublicityHoldsInUserInfo(t *testing.T) {
	h := newHouse(t)
	h.update(func(tx *store.Tx) error {
		for name, publicity := range map[string]iam.Publicity{"mine": iam.PublicityOnlyMe, "asked": iam.PublicityOnRequest, "open": iam.PublicityEveryone} {
			if _, err := tx.InsertIdentity(iam.Identity{
				ID: iam.IdentityID(name), User: "alice-id", Provider: h.password, Type: iam.ProviderCertificate, Key: "key-" + name, Publicity: publicity, CreatedAt: tx.Now(),
				Certificate: &iam.Certificate{Subject: "CN=" + name + ",SERIALNUMBER=secret-subject", CommonName: name, Issuer: "CN=secret-issuer", Serial: "5EC2E7", SHA256: "secret-sha256", SHA1: "secret-sha1", SPKI: "secret-spki"},
			}); err != nil {
				return err
			}
		}
		return nil
	})
	names := func(scope string) (found []string) {
		t.Helper()
		tokens := h.tokens(with(proper(), "scope", scope))
		answer := h.userinfo(tokens["access_token"].(string))
		for _, secret := range []string{"secret", "5EC2E7", "key-"} {
			if strings.Contains(string(answer.body), secret) {
				t.Errorf("userinfo tells %s: %s", secret, answer.body)
			}
			if token, _ := tokens["id_token"].(string); strings.Contains(token, secret) {
				t.Errorf("the ID token tells %s", secret)
			}
		}
		list, _ := answer.json(t)["identifiers"].([]any)
		for _, one := range list {
			claim := one.(map[string]any)
			for field := range claim {
				if !slices.Contains([]string{"type", "method", "name"}, field) {
					t.Errorf("an identifier has a field %q", field)
				}
			}
			found = append(found, claim["name"].(string))
		}
		slices.Sort(found)
		return found
	}
	if got := names("openid"); got != nil {
		t.Errorf("without the scope profile: %v", got)
	}
	if got := names("openid profile"); !slices.Equal(got, []string{"open"}) {
		t.Errorf("without consent: %v, want what everyone may see", got)
	}
	h.update(func(tx *store.Tx) error { return tx.SetConsent("alice-id", "wiki", []string{"openid", "profile"}) })
	if got := names("openid profile"); !slices.Equal(got, []string{"asked", "open"}) {
		t.Errorf("with consent: %v", got)
	}
	h.update(func(tx *store.Tx) error { return tx.DeleteConsent("alice-id", "wiki") })
	if got := names("openid profile"); !slices.Equal(got, []string{"open"}) {
		t.Errorf("after withdrawal: %v", got)
	}
}
