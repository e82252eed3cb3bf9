package console_test

import (
	"crypto/x509"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"signet/internal/iam"
)

// own creates a login method with an authority of Signet's own.
func (h *house) own(name string, change ...func(*iam.CertificateSettings)) iam.Provider {
	h.t.Helper()
	settings := iam.CertificateSettings{LinkAtSignIn: true}
	for _, c := range change {
		c(&settings)
	}
	p, err := h.room.Issuing.Create(h.t.Context(), program, iam.Provider{
		Scope: iam.System(), Type: iam.ProviderCertificate, Name: name, Public: true, Settings: iam.ProviderSettings{Certificate: &settings},
	})
	h.must(err)
	return p
}

// hidden is the value of a hidden input of a page.
func hidden(t *testing.T, w *httptest.ResponseRecorder, name string) string {
	t.Helper()
	found := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(w.Body.String())
	if found == nil {
		t.Fatalf("no input %s: %d %s", name, w.Code, w.Body)
	}
	return html.UnescapeString(found[1])
}

// issued is the certificate that a page shows, saved and opened.
func (h *house) issued(w *httptest.ResponseRecorder, path string) *x509.Certificate {
	h.t.Helper()
	wantStatus(h.t, w, http.StatusOK)
	file := h.post(path+"/file", "parcel", hidden(h.t, w, "parcel"))
	wantStatus(h.t, file, http.StatusOK)
	if got := file.Header().Get("Content-Disposition"); !strings.HasPrefix(got, `attachment; filename="`) || !strings.HasSuffix(got, `.p12"`) {
		h.t.Errorf("Content-Disposition = %q", got)
	}
	password := regexp.MustCompile(`id="file-password"[^>]*>([^<]+)<`).FindStringSubmatch(w.Body.String())
	if password == nil {
		h.t.Fatalf("no password: %s", w.Body)
	}
	_, c, err := pkcs12.Decode(file.Body.Bytes(), password[1])
	h.must(err)
	return c
}

func TestIssueACertificate(t *testing.T) {
	h := newHouse(t)
	admin := h.person("admin", systemAdministrator)
	h.signIn(admin, "")
	bob := h.person("bob")
	path := "/admin/users/" + string(bob.ID) + "/identifiers/issue"
	wantText(t, h.get(path), "No login method can issue certificates", "/admin/methods")
	p := h.own("Cards")
	wantText(t, h.get("/admin/users/"+string(bob.ID)), path)

	form := h.get(path)
	request := hidden(t, form, "request")
	w := h.post(path, "provider", string(p.ID), "days", "30", "request", request)
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Error("the page with the key is cached")
	}
	c := h.issued(w, path)
	if c.Subject.CommonName != "Bob" || c.Issuer.CommonName != "Cards CA "+h.clock.Now().Format("2006") || len(c.EmailAddresses) != 0 {
		t.Errorf("issued: %s by %s, addresses %q: nobody has confirmed one", c.Subject, c.Issuer, c.EmailAddresses)
	}
	if left := c.NotAfter.Sub(h.clock.Now()); left > 30*24*time.Hour || left < 29*24*time.Hour {
		t.Errorf("it is valid for %v", left)
	}
	wantText(t, h.get("/admin/users/"+string(bob.ID)), "Bob", "Issued by Cards CA")

	// Sent twice, the form issues once.
	w = h.post(path, "provider", string(p.ID), "request", request)
	wantStatus(t, w, http.StatusConflict)
	wantText(t, w, "This form has issued its certificate already")
	if hidden(t, w, "request") == request {
		t.Error("the form that is shown again can issue nothing")
	}

	for what, c := range map[string]struct{ provider, days, text string }{
		"too long":         {string(p.ID), "366", "for 365 days at the most"},
		"no number":        {string(p.ID), "x", "number"},
		"negative":         {string(p.ID), "-1", "number"},
		"another method":   {"nobody", "", "field-error"},
		"HTML in the days": {string(p.ID), "<b>", "&lt;b&gt;"},
	} {
		w := h.post(path, "provider", c.provider, "days", c.days, "request", string(iam.NewSecret()))
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), c.text) && what != "another method" {
			t.Errorf("%s: %d without %q: %s", what, w.Code, c.text, w.Body)
		}
	}
}

func TestParcelOpensForTheSessionThatAskedOnly(t *testing.T) {
	h := newHouse(t)
	admin := h.person("admin", systemAdministrator)
	h.signIn(admin, "")
	p, path := h.own("Cards"), "/admin/users/"+string(admin.ID)+"/identifiers/issue"
	parcel := hidden(t, h.post(path, "provider", string(p.ID), "request", string(iam.NewSecret())), "parcel")
	refused := func(what, parcel string) {
		t.Helper()
		w := h.post(path+"/file", "parcel", parcel)
		if w.Code != http.StatusSeeOther || strings.Contains(w.Header().Get("Content-Type"), "pkcs12") {
			t.Errorf("%s: %d %s", what, w.Code, w.Header())
		}
	}
	refused("nothing", "")
	refused("what is no parcel", "AAAA")
	refused("a parcel with a changed byte", parcel[:20]+"A"+parcel[21:])
	asked := h.caller
	h.signIn(admin, "")
	refused("another session", parcel)
	h.caller = asked
	wantStatus(t, h.post(path+"/file", "parcel", parcel), http.StatusOK)
	h.clock.Advance(31 * time.Minute)
	refused("too late", parcel)
}

func TestIssueToNobodyWhoCannotSignIn(t *testing.T) {
	h := newHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	p, bob := h.own("Cards"), h.person("bob")
	path := "/admin/users/" + string(bob.ID) + "/identifiers/issue"
	h.must(h.room.Directory.Block(t.Context(), program, bob.ID))
	w := h.post(path, "provider", string(p.ID), "request", string(iam.NewSecret()))
	wantStatus(t, w, http.StatusConflict)
	wantText(t, w, "blocked or deleted")
}

func TestIssueOnlyWhatTheMethodAccepts(t *testing.T) {
	h := newHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	p, bob := h.own("Cards", func(s *iam.CertificateSettings) { s.KeyTypes = []string{"RSA"} }), h.person("bob")
	path := "/admin/users/" + string(bob.ID)
	w := h.post(path+"/identifiers/issue", "provider", string(p.ID), "request", string(iam.NewSecret()))
	wantStatus(t, w, http.StatusConflict)
	wantText(t, w, "The login method would refuse this certificate")
	lacksText(t, h.get(path), "Issued by Cards CA")
}

func TestAuthorityOfAMethod(t *testing.T) {
	h := newHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	w := h.post("/admin/methods/new/mtls", "name", "Cards", "linking", "sign_in", "publicity", "only_me", "own_authority", "on", "public", "on")
	h.follow(w)
	all, err := h.room.Providers.All(t.Context(), program)
	h.must(err)
	var p iam.Provider
	for _, m := range all {
		if m.Name == "Cards" {
			p = m
		}
	}
	path := "/admin/methods/" + string(p.ID)
	wantText(t, h.get(path), "Cards CA", path+"/issuing")
	page := h.get(path + "/issuing")
	wantText(t, page, "Cards CA", "Make a new authority", `name="days"`)
	if !strings.Contains(h.get(path+"/issuing/authority.pem").Body.String(), "BEGIN CERTIFICATE") {
		t.Error("no certificate")
	}
	for _, days := range []string{"0", "-1", "5000", "x", ""} {
		w := h.post(path+"/issuing/rules", "days", days, "self_service", "on")
		wantStatus(t, w, http.StatusUnprocessableEntity)
		wantText(t, w, "1 to 1,095 days", "checked")
	}
	wantText(t, h.follow(h.post(path+"/issuing/rules", "days", "30", "self_service", "on")), "Saved.", `value="30"`)

	// A new authority beside the old one, which goes on being trusted; made once,
	// however often the button of one page is pressed.
	version := hidden(t, h.get(path+"/issuing"), "version")
	wantText(t, h.follow(h.post(path+"/issuing", "version", version)), "has a new authority", `value="30"`)
	wantStatus(t, h.post(path+"/issuing", "version", version), http.StatusConflict)
	after, err := h.room.Providers.Provider(t.Context(), p.ID)
	h.must(err)
	if n := strings.Count(after.Settings.Certificate.Anchors, "BEGIN"); n != 2 {
		t.Errorf("the method trusts %d authorities, want the old one and the new one", n)
	}
	wantText(t, h.get("/admin/settings/trust"), "By blocking")

	// Taken out of the method, it issues nothing.
	after.Settings.Certificate.Anchors = string(h.ca("Other").PEM())
	h.must(h.room.Providers.Change(t.Context(), program, after))
	wantText(t, h.get(path+"/issuing"), "does not trust")
	bob := h.person("bob")
	w = h.post("/admin/users/"+string(bob.ID)+"/identifiers/issue", "provider", string(p.ID), "request", string(iam.NewSecret()))
	wantStatus(t, w, http.StatusConflict)
}

// What was issued to somebody is nobody else's: not when it was taken off them, and
// not for an administrator.
func TestIssuedCertificateStaysTheirs(t *testing.T) {
	h := newHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	p, bob, carol := h.own("Cards"), h.person("bob"), h.person("carol")
	path := "/admin/users/" + string(bob.ID)
	c := h.issued(h.post(path+"/identifiers/issue", "provider", string(p.ID), "request", string(iam.NewSecret())), path+"/identifiers/issue")
	linked, err := h.room.Identities.Of(t.Context(), program, bob.ID)
	h.must(err)
	_, err = h.room.Identities.Remove(t.Context(), program, bob.ID, linked[0].ID)
	h.must(err)
	add := func(u iam.User) *httptest.ResponseRecorder {
		path := "/admin/users/" + string(u.ID) + "/identifiers/add"
		kept := hidden(t, h.ask("POST", path, url.Values{"provider": {string(p.ID)}, "text": {textOf(c)}}), "kept")
		return h.post(path, "provider", string(p.ID), "kept", kept)
	}
	wantText(t, add(carol), "has issued this certificate to another person")
	wantStatus(t, add(bob), http.StatusSeeOther)
}
