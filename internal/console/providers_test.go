package console_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"signet/internal/cert/certtest"
	"signet/internal/iam"
	"signet/internal/trust"
)

// methodsHouse is a house whose methods are checked as in a server.
func methodsHouse(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	h.room.Providers.CheckSettings = (&trust.Service{DB: h.db}).CheckSettings
	_, err := h.room.Providers.EnsurePassword(t.Context(), program, "Password")
	h.must(err)
	return h
}

func (h *house) ca(name string) *certtest.CA {
	h.t.Helper()
	return certtest.NewCA(h.t, certtest.CASpec{Name: name, Now: h.clock.Now()})
}

// upload sends the form as browsers do, with a file.
func (h *house) upload(target string, file []byte, pairs ...string) *httptest.ResponseRecorder {
	h.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		h.must(form.WriteField(pairs[i], pairs[i+1]))
	}
	part, err := form.CreateFormFile("file", "ca.crt")
	h.must(err)
	_, err = part.Write(file)
	h.must(err)
	h.must(form.Close())
	r := httptest.NewRequest("POST", target, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return w
}

// only returns the one certificate method that there is.
func (h *house) only() iam.Provider {
	h.t.Helper()
	all, err := h.room.Providers.All(h.t.Context(), program)
	h.must(err)
	var found []iam.Provider
	for _, p := range all {
		if p.Type == iam.ProviderCertificate {
			found = append(found, p)
		}
	}
	if len(found) != 1 {
		h.t.Fatalf("there are %d certificate methods, want 1", len(found))
	}
	return found[0]
}

// TestMethodAsTheMissionSays walks Settings, Login methods, Configure, Create,
// mTLS, the form and the switch.
func TestMethodAsTheMissionSays(t *testing.T) {
	h := methodsHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	wantText(t, h.get("/admin/settings"), ">Settings</h1>", "Login methods", "Configure", `href="/admin/methods"`)
	wantText(t, h.get("/admin/methods"), "There is no login method for certificates yet", "Create", `href="/admin/methods/new"`)
	wantText(t, h.get("/admin/methods/new"), `href="/admin/methods/new/mtls"`, ">mTLS<")
	lacksText(t, h.get("/admin/methods/new"), "/new/password")
	wantText(t, h.get("/admin/methods/new/mtls"), `value="mTLS"`, "Public login method", "Publicity", `enctype="multipart/form-data"`)

	// The mission document names neither authorities nor revocation: what is missing
	// is told at once, not one refusal after the other.
	w := h.post("/admin/methods/new/mtls", "name", "mTLS")
	wantText(t, w, "Add the certificate of at least one authority", "Choose this as well", "ssl_client_certificate")

	ca := h.ca("House CA")
	w = h.follow(h.upload("/admin/methods/new/mtls", ca.Cert.Raw, "revocation", "none", "name", "mTLS", "description", "The card", "publicity", "on_request", "public", "on", "linking", "sign_in"))
	wantText(t, w, "mTLS has been created", ">Off</h2>", "Authorities valid until")
	p := h.only()
	if !p.Public || p.Publicity != iam.PublicityOnRequest || p.Description != "The card" || !p.Settings.Certificate.LinkAtSignIn || p.Settings.Certificate.Anchors != string(ca.PEM()) {
		t.Errorf("stored: %+v", p)
	}
	path := "/admin/methods/" + string(p.ID)
	wantText(t, h.follow(h.post(path+"/switch", "on", "on")), "mTLS is in the sign-in form of Signet.", ">Main</h2>")
	wantText(t, h.get("/admin/methods"), `action="/applications/signet/try"`) // "open the form in a test application"
	wantText(t, h.get(path), "House CA", "Key identifier", "The card")
	wantText(t, h.follow(h.post(path+"/move", "step", "up")), "Move mTLS down")
	wantText(t, h.follow(h.post(path+"/move", "step", "others")), "Show mTLS as a full button")
	wantText(t, h.follow(h.post(path+"/switch")), "mTLS is no longer in the sign-in form of Signet.")
	wantStatus(t, h.post(path+"/switch"), http.StatusSeeOther) // pressed twice
}

func TestRefusedFormLosesNothing(t *testing.T) {
	h := methodsHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	ca := h.ca("House CA")
	expired := certtest.NewCA(t, certtest.CASpec{Name: "Old CA", Now: h.clock.Now().AddDate(-6, 0, 0)})
	leaf := ca.Issue(t, certtest.Spec{})
	for name, c := range map[string]struct {
		file  []byte
		pairs []string
		says  string
		lacks string
	}{
		"no authority":      {nil, nil, "Add the certificate of at least one authority", ""},
		"garbled file":      {[]byte("hello"), nil, "This file holds something that is not a certificate", ""},
		"garbled text":      {ca.PEM(), []string{"anchors", "no PEM at all"}, "This file holds something that is not a certificate", ""},
		"private key":       {nil, []string{"anchors", string(leaf.KeyPEM(t))}, "holds a private key", "PRIVATE KEY"},
		"leaf":              {leaf.Cert.Raw, nil, "is not the certificate of an authority", ""},
		"expired authority": {expired.PEM(), nil, "expired on", ""},
		"no name":           {ca.PEM(), []string{"name", ""}, "A name is needed.", ""},
		"depth as words":    {ca.PEM(), []string{"max_depth", "three"}, "This is not a number.", ""},
		"weak keys":         {ca.PEM(), []string{"min_rsa_bits", "1024"}, "RSA keys may be asked to have", ""},
		"a hash of its own": {ca.PEM(), []string{"min_hash_bits", "160"}, "Choose one of the hashes of the list.", ""},
		"no policy":         {ca.PEM(), []string{"policy_oids", "gold"}, "is not an object identifier", ""},
		"publicity":         {ca.PEM(), []string{"publicity", "all"}, "Choose who may see it.", ""},
	} {
		t.Run(name, func(t *testing.T) {
			form := map[string]string{"name": "Kept name", "description": "Kept description", "max_age_days": "400"}
			for i := 0; i < len(c.pairs); i += 2 {
				form[c.pairs[i]] = c.pairs[i+1]
			}
			var pairs []string
			for k, v := range form {
				pairs = append(pairs, k, v)
			}
			w := h.upload("/admin/methods/new/mtls", c.file, pairs...)
			wantStatus(t, w, http.StatusUnprocessableEntity)
			wantText(t, w, c.says, "Kept description", `value="400"`, `class="field-error"`)
			if form["name"] != "" {
				wantText(t, w, "Kept name")
			}
			if c.lacks != "" {
				lacksText(t, w, c.lacks)
			}
			if bytes.Equal(c.file, ca.PEM()) {
				wantText(t, w, strings.ReplaceAll(strings.Split(string(ca.PEM()), "\n")[1], "+", "&#43;")) // a file is not sent twice, so it comes back as text
			}
			if all, err := h.room.Providers.All(t.Context(), program); err != nil || len(all) != 1 {
				t.Errorf("methods = %v, %v; want the password only", all, err)
			}
		})
	}
}

func TestAuthoritiesAreAddedAndRemoved(t *testing.T) {
	h := methodsHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	one, two := h.ca("First CA"), h.ca("Second CA")
	wantStatus(t, h.upload("/admin/methods/new/mtls", one.PEM(), "revocation", "none", "name", "mTLS"), http.StatusSeeOther)
	p := h.only()
	path := "/admin/methods/" + string(p.ID)
	// Brought twice, as text and as a file, it stands once.
	wantStatus(t, h.upload(path, two.Cert.Raw, "revocation", "none", "name", "mTLS", "version", "1", "anchors", string(two.PEM())+string(one.PEM())), http.StatusSeeOther)
	if got := h.only().Settings.Certificate.Anchors; got != string(one.PEM())+string(two.PEM()) {
		t.Errorf("anchors = %s", got)
	}
	body := h.get(path).Body.String()
	i := strings.Index(body, `name="remove" value="`)
	if i < 0 {
		t.Fatalf("nothing can be removed: %s", body)
	}
	first := body[i+len(`name="remove" value="`):][:64]
	wantStatus(t, h.post(path, "name", "mTLS", "version", "2", "remove", first), http.StatusSeeOther)
	if got := h.only().Settings.Certificate.Anchors; got != string(two.PEM()) {
		t.Errorf("anchors after removal = %s", got)
	}
	// An unreadable one changes nothing.
	wantStatus(t, h.upload(path, []byte("hello"), "name", "mTLS", "version", "3"), http.StatusUnprocessableEntity)
	if got := h.only(); got.Settings.Certificate.Anchors != string(two.PEM()) || got.Version != 3 {
		t.Errorf("a refused file changed the method: %+v", got)
	}
}

func TestSecondAdministratorIsToldAndLosesNothing(t *testing.T) {
	h := methodsHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	one, two, three := h.ca("First CA"), h.ca("Second CA"), h.ca("Third CA")
	wantStatus(t, h.upload("/admin/methods/new/mtls", one.PEM(), "revocation", "none", "name", "mTLS"), http.StatusSeeOther)
	path := "/admin/methods/" + string(h.only().ID)
	wantStatus(t, h.upload(path, two.PEM(), "revocation", "none", "name", "Theirs", "version", "1", "max_depth", "5"), http.StatusSeeOther)
	w := h.upload(path, three.PEM(), "revocation", "none", "name", "Mine", "version", "1", "description", "My words")
	wantStatus(t, w, http.StatusConflict)
	wantText(t, w, "Somebody else made changes while you were editing", "Name: Theirs", "at most: 5", `value="Mine"`, "My words", "Second CA", `name="version" value="2"`)
	if got := h.only(); got.Name != "Theirs" {
		t.Errorf("the first one's change is lost: %+v", got)
	}
	// Saved again, the second one's values stand, and both brought their authority.
	wantStatus(t, h.post(path, "revocation", "none", "name", "Mine", "version", "2", "description", "My words", "anchors", string(three.PEM())), http.StatusSeeOther)
	if got := h.only(); got.Name != "Mine" || got.Settings.Certificate.Anchors != string(one.PEM())+string(two.PEM())+string(three.PEM()) {
		t.Errorf("stored: %+v", got)
	}
}

func TestDeleteMethod(t *testing.T) {
	h := methodsHouse(t)
	h.room.Providers.CheckSettings = nil // link makes a method without authorities
	bob := h.person("bob")
	card := h.link(bob, "card")
	h.signIn(bob, card.ID)
	h.signIn(h.person("admin", systemAdministrator), "")
	path := "/admin/methods/" + string(card.Provider)
	wantStatus(t, h.post(path+"/switch", "on", "on"), http.StatusSeeOther)
	wantText(t, h.get(path+"/delete"), "Delete mTLS?", "1 identifier of people", "Every session that they opened", "sign-in form of: Signet", "Cancel")
	wantText(t, h.follow(h.post(path+"/delete")), "mTLS has been deleted.")
	wantStatus(t, h.get(path), http.StatusNotFound)
	wantText(t, h.get("/admin/events?kind=provider.deleted"), "Login method deleted")
}

func TestLastWayInIsKept(t *testing.T) {
	h := methodsHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	ca := h.ca("House CA")
	wantStatus(t, h.upload("/admin/methods/new/mtls", ca.PEM(), "revocation", "none", "name", "mTLS", "public", "on"), http.StatusSeeOther)
	p := h.only()
	password, err := h.room.Providers.EnsurePassword(t.Context(), program, "Password")
	h.must(err)
	off := "/admin/methods/" + string(password.ID) + "/switch"
	w := h.post(off)
	wantStatus(t, w, http.StatusConflict)
	wantText(t, w, "Signet would be left without a login method", `role="alert"`)
	wantStatus(t, h.post("/admin/methods/"+string(p.ID)+"/switch", "on", "on"), http.StatusSeeOther)
	w = h.post(off)
	wantStatus(t, w, http.StatusConflict)
	wantText(t, w, "No administrator could sign in any more.")

	app, _, err := h.room.Directory.CreateApp(t.Context(), program, iam.App{Name: "Wiki", RedirectURIs: []string{"https://wiki.example/cb"}})
	h.must(err)
	at := "/applications/" + string(app.ID) + "/methods/" + string(p.ID) + "/switch"
	wantText(t, h.follow(h.post(at, "on", "on")), "mTLS is in the sign-in form of Wiki.", "Login methods")
	wantStatus(t, h.post("/applications/"+string(app.ID)+"/methods/"+string(password.ID)+"/switch"), http.StatusSeeOther)
	wantText(t, h.follow(h.post(at)), "mTLS is switched off. So that people can still sign in to Wiki, the password came back.")
	wantStatus(t, h.get("/admin/methods/"+string(password.ID)+"/delete"), http.StatusOK)
	w = h.post("/admin/methods/" + string(password.ID) + "/delete")
	wantStatus(t, w, http.StatusConflict)
	wantText(t, w, "The password method cannot be deleted")
}

func TestWhoMayOpenWhichMethods(t *testing.T) {
	h := methodsHouse(t)
	app, _, err := h.room.Directory.CreateApp(t.Context(), program, iam.App{Name: "Wiki", RedirectURIs: []string{"https://wiki.example/cb"}})
	h.must(err)
	ca := h.ca("House CA")
	chosen := trust.Choose(iam.CertificateSettings{Anchors: string(ca.PEM())}, iam.RevocationNone)
	settings := iam.ProviderSettings{Certificate: &chosen}
	method := func(in iam.Scope, public bool) string {
		p, err := h.room.Providers.Create(t.Context(), program, iam.Provider{Scope: in, Type: iam.ProviderCertificate, Name: "mTLS", Public: public, Settings: settings})
		h.must(err)
		return string(p.ID)
	}
	system, private, own := method(iam.System(), true), method(iam.System(), false), method(app.Scope(), false)
	people := map[string]iam.User{
		"person":            h.person("person", iam.Membership{Scope: iam.Organization("org"), Role: iam.RoleMember}),
		"manager":           h.person("manager", iam.Membership{Scope: iam.Organization("org"), Role: iam.RoleOrganizationManager}),
		"app administrator": h.person("appadmin", iam.Membership{Scope: app.Scope(), Role: iam.RoleApplicationAdministrator}),
		"administrator":     h.person("admin", systemAdministrator),
	}
	here := "/applications/" + string(app.ID) + "/methods"
	const see, nothing, gone, wrong = http.StatusOK, http.StatusNotFound, http.StatusSeeOther, http.StatusUnprocessableEntity
	for _, line := range []struct {
		method, path                        string
		person, manager, app, administrator int
	}{
		{"GET", "/admin/settings", nothing, nothing, nothing, see},
		{"GET", "/admin/methods", nothing, nothing, nothing, see},
		{"GET", "/admin/methods/new", nothing, nothing, nothing, see},
		{"GET", "/admin/methods/new/mtls", nothing, nothing, nothing, see},
		{"GET", "/admin/methods/new/password", nothing, nothing, nothing, see},
		{"GET", "/admin/methods/" + system, nothing, nothing, nothing, see},
		{"GET", "/admin/methods/" + own, nothing, nothing, nothing, nothing},
		{"GET", "/admin/methods/none", nothing, nothing, nothing, nothing},
		{"GET", "/admin/methods/" + system + "/delete", nothing, nothing, nothing, see},
		{"GET", here, nothing, nothing, see, see},
		{"GET", here + "/new", nothing, nothing, see, see},
		{"GET", here + "/new/mtls", nothing, nothing, see, see},
		{"GET", here + "/" + own, nothing, nothing, see, see},
		{"GET", here + "/" + own + "/delete", nothing, nothing, see, see},
		{"GET", here + "/" + system, nothing, nothing, nothing, nothing}, // is administered elsewhere
		{"GET", "/applications/none/methods", nothing, nothing, nothing, nothing},
		{"GET", "/applications/signet/methods", nothing, nothing, nothing, see},
		{"POST", "/admin/methods/new/mtls", nothing, nothing, nothing, wrong},
		{"POST", "/admin/methods/new/password", nothing, nothing, nothing, wrong},
		{"POST", "/admin/methods/" + system, nothing, nothing, nothing, wrong},
		{"POST", "/admin/methods/" + system + "/switch", nothing, nothing, nothing, gone},
		{"POST", "/admin/methods/" + own + "/switch", nothing, nothing, nothing, nothing},
		{"POST", here + "/new/mtls", nothing, nothing, wrong, wrong},
		{"POST", here + "/" + own, nothing, nothing, wrong, wrong},
		{"POST", here + "/" + own + "/switch", nothing, nothing, gone, gone},
		{"POST", here + "/" + system + "/switch", nothing, nothing, gone, gone},
		{"POST", here + "/" + private + "/switch", nothing, nothing, nothing, nothing},
		{"POST", here + "/" + own + "/move", nothing, nothing, nothing, nothing}, // stands in no form
		{"POST", here + "/" + system + "/delete", nothing, nothing, nothing, nothing},
		{"POST", here + "/" + own + "/delete", nothing, nothing, gone, nothing},
		{"POST", "/admin/methods/" + system + "/delete", nothing, nothing, nothing, gone},
	} {
		for _, who := range []struct {
			name string
			want int
		}{{"person", line.person}, {"manager", line.manager}, {"app administrator", line.app}, {"administrator", line.administrator}} {
			h.signIn(people[who.name], "")
			if w := h.ask(line.method, line.path, url.Values{}); w.Code != who.want {
				t.Errorf("%s %s by %s = %d, want %d", line.method, line.path, who.name, w.Code, who.want)
			}
		}
		h.caller = iam.Caller{}
		if w := h.ask(line.method, line.path, nil); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/signin?to=") {
			t.Errorf("%s %s by a visitor = %d", line.method, line.path, w.Code)
		}
	}
	events, err := h.room.Log.All(t.Context(), program, iam.System(), iam.EventFilter{Kind: iam.EventActionRefused, User: people["manager"].ID})
	h.must(err)
	if len(events) == 0 {
		t.Error("a refused form of the manager is not in the event log")
	}
}

// The password method is made before anybody has chosen a language; readers are
// shown their own word for it until somebody names it.
func TestPasswordMethodIsCalledInTheReadersLanguage(t *testing.T) {
	h := methodsHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	french := &http.Cookie{Name: "__Host-signet-lang", Value: "fr"}
	wantText(t, h.ask("GET", "/admin/methods", nil, french), "Afficher Mot de passe dans")
	wantText(t, h.ask("GET", "/admin/settings", nil, french), "Mot de passe")
	wantText(t, h.get("/admin/methods"), "Show Password in")
	all, err := h.room.Providers.All(t.Context(), program)
	h.must(err)
	all[0].Name = "Parole"
	h.must(h.room.Providers.Change(t.Context(), program, all[0]))
	wantText(t, h.ask("GET", "/admin/methods", nil, french), "Afficher Parole dans")
}
