package profile_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"signet/internal/iam"
	"signet/internal/issuing"
)

// own creates a login method with an authority of Signet's own.
func (h *house) own(rules iam.IssuingRules, change func(*iam.Provider)) iam.Provider {
	h.t.Helper()
	p := iam.Provider{
		Scope: iam.System(), Type: iam.ProviderCertificate, Name: "Cards", Public: true,
		Settings: iam.ProviderSettings{Certificate: &iam.CertificateSettings{LinkAtSignIn: true}},
	}
	if change != nil {
		change(&p)
	}
	p, err := h.room.Issuing.Create(h.t.Context(), iam.Program("test"), p)
	h.must(err)
	h.must(h.room.Issuing.SetRules(h.t.Context(), iam.Program("test"), p, rules))
	return p
}

const issuePath = "/profile/identifiers/issue"

func TestPersonHasACertificateMade(t *testing.T) {
	h := newHouse(t)
	alice := h.person("alice", password)
	h.signIn(alice, "")
	p := h.own(iam.IssuingRules{SelfService: true, Days: 90}, nil)
	wantText(t, h.get("/profile/identifiers/add"), issuePath+"?provider="+string(p.ID), "No certificate yet?")
	page := h.get(issuePath + "?provider=" + string(p.ID))
	wantText(t, page, "valid for 90 days", "Cards")
	input := func(body, name string) string {
		t.Helper()
		found := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(body)
		if found == nil {
			t.Fatalf("no input %s: %s", name, body)
		}
		return html.UnescapeString(found[1])
	}
	w := h.post(issuePath, "provider", string(p.ID), "request", input(page.Body.String(), "request"))
	wantText(t, w, "Your certificate is made", "Save alice.p12")
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Error("the page with the key is cached")
	}
	file := h.post(issuePath+"/file", "parcel", input(w.Body.String(), "parcel"))
	secret := regexp.MustCompile(`id="file-password"[^>]*>([^<]+)<`).FindStringSubmatch(w.Body.String())
	_, c, err := pkcs12.Decode(file.Body.Bytes(), secret[1])
	if err != nil || c.Subject.CommonName != alice.DisplayName() {
		t.Errorf("the file: %v, %v", c, err)
	}
	wantText(t, h.get("/profile"), "Issued by Cards CA")
	wantText(t, h.post(issuePath, "provider", string(p.ID), "request", input(page.Body.String(), "request")), "has issued its certificate already")
}

func TestNoCertificateForWhomTheMethodGivesNone(t *testing.T) {
	for what, c := range map[string]struct {
		rules  iam.IssuingRules
		change func(*iam.Provider)
	}{
		"administrators issue": {iam.IssuingRules{Days: 90}, nil},
		"administrators link":  {iam.IssuingRules{SelfService: true, Days: 90}, func(p *iam.Provider) { p.Settings.Certificate.SetLinking(iam.LinkingAdministrators) }},
		"not public":           {iam.IssuingRules{SelfService: true, Days: 90}, func(p *iam.Provider) { p.Public = false }},
	} {
		t.Run(what, func(t *testing.T) {
			h := newHouse(t)
			alice := h.person("alice", password)
			h.signIn(alice, "")
			p := h.own(c.rules, c.change)
			if strings.Contains(h.get("/profile/identifiers/add").Body.String(), issuePath) {
				t.Error("the profile offers one")
			}
			wantStatus(t, h.get(issuePath+"?provider="+string(p.ID)), http.StatusNotFound)
			wantStatus(t, h.post(issuePath, "provider", string(p.ID), "request", "x"), http.StatusNotFound)
			if all, err := h.room.Identities.Of(t.Context(), iam.Program("test"), alice.ID); err != nil || len(all) != 0 {
				t.Errorf("linked: %v, %v", all, err)
			}
		})
	}
}

func TestCertificatesAPersonHasMadeAreCounted(t *testing.T) {
	h := newHouse(t)
	alice := h.person("alice", password)
	h.signIn(alice, "")
	p := h.own(iam.IssuingRules{SelfService: true, Days: 90}, nil)
	for i := range 21 {
		w := h.post(issuePath, "provider", string(p.ID), "request", string(iam.NewSecret()))
		if i < 20 {
			wantStatus(t, w, http.StatusOK)
			continue
		}
		wantStatus(t, w, http.StatusUnprocessableEntity)
		wantText(t, w, "20 certificates already")
	}
	// Whoever made them in somebody's session keeps no administrator from helping.
	if _, err := h.room.Issuing.Issue(t.Context(), iam.Program("test"), issuing.Order{User: alice.ID, Provider: p.ID, Request: iam.NewSecret()}); err != nil {
		t.Errorf("an administrator: %v", err)
	}
}
