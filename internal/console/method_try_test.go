package console_test

import (
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"signet/internal/cert/certtest"
	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/store"
	"signet/internal/trust"
)

// tryHouse has a certificate method of the system and one of each of two
// organizations, which trust one CA.
type tryHouse struct {
	*house
	authority        *certtest.CA
	acme, zoo        iam.Org
	system, of, zoos iam.Provider
}

func newTryHouse(t *testing.T) tryHouse {
	t.Helper()
	h := tryHouse{house: methodsHouse(t)}
	h.room.Login = &login.Service{DB: h.db, Log: h.room.Log, Trust: h.room.Trust}
	h.authority, h.acme, h.zoo = h.ca("House CA"), h.house.org("acme"), h.house.org("zoo")
	h.system, h.of, h.zoos = h.method(iam.System()), h.method(h.acme.Scope()), h.method(h.zoo.Scope())
	return h
}

func (h tryHouse) method(in iam.Scope) iam.Provider {
	h.t.Helper()
	settings := trust.Choose(iam.CertificateSettings{Anchors: string(h.authority.PEM())}, iam.RevocationNone)
	p, err := h.room.Providers.Create(h.t.Context(), program, iam.Provider{
		Scope: in, Type: iam.ProviderCertificate, Name: "Card", Settings: iam.ProviderSettings{Certificate: &settings},
	})
	h.must(err)
	return p
}

// shown remembers a certificate as shown to a method, and links it to somebody.
func (h tryHouse) shown(to iam.Provider, leaf certtest.Leaf, of iam.User) string {
	h.t.Helper()
	j, err := h.room.Trust.Judge(h.t.Context(), to, leaf.Chain, h.db.Now())
	h.must(err)
	h.must(h.db.Update(h.t.Context(), func(tx *store.Tx) error {
		return tx.RememberShown(iam.Shown{Provider: to.ID, SHA256: j.Certificate.SHA256, Chain: trust.Raw(leaf.Chain), Refused: j.Evidence == nil})
	}))
	if of.ID != "" {
		_, err = h.room.Identities.Add(h.t.Context(), program, of.ID, to, *j.Evidence)
		h.must(err)
	}
	return j.Certificate.SHA256
}

func textOf(c *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

func (h tryHouse) signInAs(name string, roles ...iam.Membership) {
	h.t.Helper()
	h.signIn(h.person(name, roles...), "")
}

// TestExaminingStaysWithinOnesPlace: a manager learns by no page about
// certificates what was shown to a method of another organization or of the
// system, nor whose it is.
func TestExaminingStaysWithinOnesPlace(t *testing.T) {
	h := newTryHouse(t)
	zelda := h.person("zelda", iam.Membership{Scope: h.zoo.Scope(), Role: iam.RoleMember})
	leaf := h.authority.Issue(t, certtest.Spec{CN: "Zelda of the zoo"})
	sum := h.shown(h.zoos, leaf, zelda)
	h.signInAs("manager", iam.Membership{Scope: h.acme.Scope(), Role: iam.RoleOrganizationManager})
	silent := func(what string, w *httptest.ResponseRecorder, status int) {
		t.Helper()
		if w.Code != status || strings.Contains(w.Body.String(), "Zelda") || strings.Contains(w.Body.String(), "zelda") {
			t.Errorf("%s = %d\n%s", what, w.Code, w.Body)
		}
	}
	for what, at := range map[string]string{
		"another organization's": "/organizations/zoo/methods/" + string(h.zoos.ID), "theirs at one's own place": "/organizations/acme/methods/" + string(h.zoos.ID),
		"the system's": "/admin/methods/" + string(h.system.ID), "the system's at one's own place": "/organizations/acme/methods/" + string(h.system.ID),
		"as an application's": "/applications/" + string(iam.OrgApp(h.zoo.ID)) + "/methods/" + string(h.zoos.ID),
	} {
		silent(what, h.get(at+"/certificate?sha256="+sum), http.StatusNotFound)
		silent(what, h.post(at+"/certificate", "text", textOf(leaf.Cert)), http.StatusNotFound)
		silent(what, h.post(at, "replay", "1", "replay_days", "90", "version", "1", "name", "Card", "anchors", string(h.authority.PEM())), http.StatusNotFound)
	}
	own := "/organizations/acme/methods/" + string(h.of.ID)
	silent("shown elsewhere", h.get(own+"/certificate?sha256="+sum), http.StatusUnprocessableEntity)
	w := h.post(own+"/certificate", "text", textOf(leaf.Cert))
	wantText(t, w, "accepted, but nobody would be signed in")
	if strings.Contains(w.Body.String(), "zelda") {
		t.Errorf("one's own method tells whose it is elsewhere: %s", w.Body)
	}
	wantText(t, h.post(own, "replay", "1", "replay_days", "90", "version", "1", "name", "Card"), "nothing to compare yet")
	if changed, err := h.room.Providers.Provider(t.Context(), h.of.ID); err != nil || changed.Version != 1 {
		t.Errorf("trying changed the method: %+v, %v", changed, err)
	}
}

// TestExaminingShowsNamesAsText: what a stranger calls themselves stands on a page
// of an administrator.
func TestExaminingShowsNamesAsText(t *testing.T) {
	h := newTryHouse(t)
	name := `<script>alert(1)</script>"'` + strings.Repeat("long", 60)
	leaf := h.authority.Issue(t, certtest.Spec{CN: name, Emails: []string{"a@example.org"}, Key: certtest.RSA2048})
	admin := h.person("admin", systemAdministrator)
	sum := h.shown(h.system, leaf, admin)
	h.signIn(admin, "")
	at := "/admin/methods/" + string(h.system.ID)
	for what, w := range map[string]*httptest.ResponseRecorder{
		"a file": h.post(at+"/certificate", "text", textOf(leaf.Cert)), "kept": h.get(at + "/certificate?sha256=" + sum),
		"tried": h.post(at, "replay", "1", "replay_days", "7", "version", "1", "name", "Card", "key_types", "Ed25519", "mapping_source_0", "subject", "mapping_attribute_0", "<b>"),
		"lost":  h.post(at, "replay", "1", "replay_days", "nonsense", "version", "1", "name", "Card", "key_types", "Ed25519"),
		"none":  h.get(at + "/certificate?sha256=<script>alert(1)</script>"),
	} {
		if strings.Contains(w.Body.String(), "<script>alert") || strings.Contains(w.Body.String(), "<b>") {
			t.Errorf("%s: %d %s", what, w.Code, w.Body)
		}
	}
	wantText(t, h.post(at, "replay", "1", "replay_days", "-1", "version", "1", "name", "Card", "key_types", "Ed25519"), "Would no longer sign in", "Certificate")
}

// TestExaminingKeepsNoPrivateKey: a key that somebody brings by mistake does not
// come back on the page, in whatever form it is.
func TestExaminingKeepsNoPrivateKey(t *testing.T) {
	h := newTryHouse(t)
	alice := h.person("alice")
	h.signInAs("admin", systemAdministrator)
	leaf := h.authority.Issue(t, certtest.Spec{CN: "alice"})
	key, err := x509.MarshalPKCS8PrivateKey(leaf.Key)
	h.must(err)
	pages := []string{"/admin/methods/" + string(h.system.ID) + "/certificate", "/admin/users/" + string(alice.ID) + "/identifiers/add"}
	for _, page := range pages {
		for _, kind := range []string{"PRIVATE KEY", "OPENSSH PRIVATE KEY", "DSA PRIVATE KEY"} {
			secret := string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: key}))
			w := h.post(page, "provider", string(h.system.ID), "text", textOf(leaf.Cert)+secret)
			wantText(t, w, "holds a private key")
			if strings.Contains(w.Body.String(), strings.Split(secret, "\n")[1]) {
				t.Errorf("%s: a key of the kind %s stands on the page", page, kind)
			}
		}
		wantText(t, h.upload(page, key, "provider", string(h.system.ID)), "holds a private key")
		broken := h.post(page, "provider", string(h.system.ID), "text", "-----BEGIN PRIVATE KEY-----\n"+hex.EncodeToString(key))
		if strings.Contains(broken.Body.String(), hex.EncodeToString(key)) {
			t.Errorf("%s: a broken key stands on the page", page)
		}
	}
}

// TestTryingKeepsABroughtFile: browsers send a file once; what is tried must be
// what is saved afterwards.
func TestTryingKeepsABroughtFile(t *testing.T) {
	h := newTryHouse(t)
	h.signInAs("admin", systemAdministrator)
	other := h.ca("Partner CA")
	h.shown(h.system, other.Issue(t, certtest.Spec{CN: "partner"}), iam.User{})
	at := "/admin/methods/" + string(h.system.ID)
	w := h.upload(at, other.PEM(), "replay", "1", "replay_days", "7", "version", "1", "name", "Card", "revocation", "none", "remove", "")
	wantStatus(t, w, http.StatusOK)
	wantText(t, w, "One certificate was shown")
	if !strings.Contains(html.UnescapeString(w.Body.String()), strings.Split(string(other.PEM()), "\n")[1]) { // + is written &#43;
		t.Errorf("the file is lost: %s", w.Body)
	}
}

// TestTryingTellsOfWithdrawal: a method that is no longer public leaves the forms of
// other applications, which no certificate shows; "nobody would lose" would be wrong.
func TestTryingTellsOfWithdrawal(t *testing.T) {
	h := newTryHouse(t)
	h.signInAs("admin", systemAdministrator)
	h.system.Public = true
	h.must(h.room.Providers.Change(t.Context(), program, h.system))
	h.shown(h.system, h.authority.Issue(t, certtest.Spec{CN: "somebody"}), iam.User{})
	try := func(pairs ...string) *httptest.ResponseRecorder {
		return h.post("/admin/methods/"+string(h.system.ID), append(pairs, "replay", "1", "replay_days", "7", "version", "2", "name", "Card")...)
	}
	w := try()
	wantText(t, w, "These changes would make a difference", "would no longer be public")
	if strings.Contains(w.Body.String(), "Nobody would win or lose") {
		t.Error("nobody would lose, the page says")
	}
	wantText(t, try("public", "on"), "Nobody would win or lose")
}

// TestExaminingWhateverIsBrought: no file or address is a fault of ours.
func TestExaminingWhateverIsBrought(t *testing.T) {
	h := newTryHouse(t)
	h.signInAs("admin", systemAdministrator)
	at := "/admin/methods/" + string(h.system.ID) + "/certificate"
	leaf := textOf(h.authority.Issue(t, certtest.Spec{CN: "alice"}).Cert)
	for what, c := range map[string]struct {
		text string
		says string
	}{
		"nothing":                       {"", "certificate"},
		"a bundle of a hundred":         {strings.Repeat(leaf, 100), "would be refused"},
		"more than a bundle can have":   {strings.Repeat(leaf, 1001), "certificate"},
		"NUL and broken UTF-8":          {"\x00\xff\xfe" + leaf + "\x00", "certificate"},
		"a block that does not end":     {"-----BEGIN CERTIFICATE-----\nMIIB", "No certificate could be found"},
		"a certificate that is cut off": {strings.Replace(leaf, "MII", "", 1), "No certificate could be found"},
		"a CA":                          {string(h.authority.PEM()), "would be refused"},
	} {
		for _, w := range []*httptest.ResponseRecorder{h.post(at, "text", c.text), h.upload(at, []byte(c.text))} {
			if w.Code >= http.StatusInternalServerError || w.Code == http.StatusNotFound || !strings.Contains(w.Body.String(), c.says) {
				t.Errorf("%s = %d\n%.2000s", what, w.Code, w.Body)
			}
		}
	}
	for _, sum := range []string{"%00", "%ff", strings.Repeat("0", 64), strings.Repeat("9", 9000), "'%20OR%201=1--"} {
		if w := h.get(at + "?sha256=" + sum); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("sha256=%.20s = %d", sum, w.Code)
		}
	}
}

// TestEventsLeadToTheExaminationOfWhoMay: an event of a sign-in leads to the page about
// its certificate only those who may change the login method.
func TestEventsLeadToTheExaminationOfWhoMay(t *testing.T) {
	h := newTryHouse(t)
	h.signInAs("admin", systemAdministrator)
	admin := h.caller
	h.signInAs("manager", iam.Membership{Scope: h.acme.Scope(), Role: iam.RoleOrganizationManager})
	manager := h.caller
	for _, c := range []struct {
		what     string
		by       iam.Provider
		caller   iam.Caller
		log      string
		examines string
	}{
		{"the system's method, by its administrator", h.system, admin, "/admin/events", "/admin/methods/" + string(h.system.ID)},
		{"an organization's, by the system's administrator", h.of, admin, "/admin/events", "/organizations/acme/methods/" + string(h.of.ID)},
		{"an organization's, by its manager", h.of, manager, "/organizations/acme/events", "/organizations/acme/methods/" + string(h.of.ID)},
		{"the system's, by a manager", h.system, manager, "/organizations/acme/events", ""},
		{"another organization's, by a manager", h.zoos, manager, "/organizations/acme/events", ""},
		{"one that is gone", iam.Provider{ID: "gone"}, admin, "/admin/events", ""},
	} {
		id := iam.NewAttemptID()
		h.must(h.room.Log.Record(t.Context(), iam.Caller{}, iam.Event{
			Kind: iam.EventSignInRefused, Outcome: iam.OutcomeRefused, Cause: "not_linked", Org: h.acme.ID, Provider: c.by.ID, Attempt: id,
			Certificate: &iam.Certificate{CommonName: "Somebody", SHA256: "00ff"},
		}))
		h.caller = c.caller
		row := regexp.MustCompile(c.log + `/([a-z0-9-]+)"`).FindStringSubmatch(strings.NewReplacer(c.log+"/export", "", c.log+"/retention", "").Replace(h.get(c.log + "?attempt=" + string(id)).Body.String()))
		if row == nil {
			t.Fatalf("%s: the event is not listed", c.what)
		}
		w := h.get(c.log + "/" + row[1])
		wantStatus(t, w, http.StatusOK)
		if link := regexp.MustCompile(`href="([^"]*)/certificate\?sha256=00ff"`).FindStringSubmatch(w.Body.String()); (link == nil) != (c.examines == "") || link != nil && link[1] != c.examines {
			t.Errorf("%s: leads to %q, want %q", c.what, link, c.examines)
		}
	}
}
