package console_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"signet/internal/iam"
	"signet/internal/identity"
)

// issuing creates a login method that trusts a CA of the name, and returns the key
// of that CA.
func (h *house) issuing(name string) (iam.Provider, string) {
	h.t.Helper()
	ca := h.ca(name)
	p, err := h.room.Providers.Create(h.t.Context(), program, iam.Provider{
		Scope: iam.System(), Type: iam.ProviderCertificate, Name: "Cards of " + name, Public: true,
		Settings: iam.ProviderSettings{Certificate: &iam.CertificateSettings{Anchors: string(ca.PEM())}},
	})
	h.must(err)
	sum := sha256.Sum256(ca.Cert.RawSubjectPublicKeyInfo)
	return p, hex.EncodeToString(sum[:])
}

func (h *house) awaited(u iam.User) []iam.Announced {
	h.t.Helper()
	all, err := h.room.Identities.AwaitedFor(h.t.Context(), program, u.ID)
	h.must(err)
	return all
}

func TestAnnounceACertificate(t *testing.T) {
	h := newHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	bob := h.person("bob")
	path := "/admin/users/" + string(bob.ID)
	p, key := h.issuing("House CA")
	_, foreign := h.issuing("Other CA")
	wantText(t, h.get(path), path+"/identifiers/announce")
	wantText(t, h.get(path+"/identifiers/announce"), "House CA", "Other CA", "Serial number", "weak", "strong")
	for what, c := range map[string]struct{ kind, issuer, value, text string }{
		"no value":             {"spki", "", "", "Say what is known"},
		"no kind":              {"", "", "0a", "Choose what is known"},
		"no authority":         {"issuer_serial", "", "0a", "Choose the authority"},
		"another's authority":  {"issuer_serial", foreign, "0a", "Choose the authority"},
		"a name, not accepted": {"issuer_subject", key, "CN=Bob", "does not accept that"},
		"SHA-1":                {"sha256", "", strings.Repeat("ab", 20), "This is a SHA-1 fingerprint"},
		"HTML":                 {"sha256", "", "<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"},
	} {
		w := h.post(path+"/identifiers/announce", "provider", string(p.ID), "kind", c.kind, "issuer", c.issuer, "value", c.value)
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), c.text) || !strings.Contains(w.Body.String(), `role="alert"`) {
			t.Errorf("%s: %d without %q", what, w.Code, c.text)
		}
	}
	w := h.follow(h.post(path+"/identifiers/announce", "provider", string(p.ID), "kind", "issuer_serial", "issuer", key, "value", "0a:7f"))
	wantText(t, w, "The certificate of Bob is awaited.", "Awaited: Serial number", "0A7F", "House CA")
	wantText(t, h.get("/admin/methods/"+string(p.ID)), "Announced by an administrator", "/admin/methods/"+string(p.ID)+"/announced")
	wantText(t, h.get("/admin/methods/"+string(p.ID)+"/announced"), "0A7F", "Bob", path)
	carol := h.person("carol")
	w = h.post("/admin/users/"+string(carol.ID)+"/identifiers/announce", "provider", string(p.ID), "kind", "issuer_serial", "issuer", key, "value", "dec:2687")
	wantText(t, w, "This is announced for bob already.")

	all := h.awaited(bob)
	if len(all) != 1 {
		t.Fatalf("awaited: %+v", all)
	}
	wantStatus(t, h.get("/admin/users/"+string(carol.ID)+"/announced/"+all[0].ID), http.StatusNotFound)
	wantStatus(t, h.post("/admin/users/"+string(carol.ID)+"/announced/"+all[0].ID), http.StatusNotFound)
	wantText(t, h.get(path+"/announced/"+all[0].ID), "Withdraw an announcement for Bob?", "0A7F")
	wantText(t, h.follow(h.post(path+"/announced/"+all[0].ID)), "The announcement is withdrawn.")
	if all = h.awaited(bob); len(all) != 0 {
		t.Errorf("still awaited: %+v", all)
	}
}

func TestAnnounceByAFile(t *testing.T) {
	h := newHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	bob, carol := h.person("bob"), h.person("carol")
	p, key := h.issuing("House CA")
	path := "/admin/methods/" + string(p.ID) + "/announced"
	print := strings.Repeat("0a", 32)

	w := h.upload(path+"/import", []byte("login,kind,issuer,value\nbob,issuer_serial,House CA,0a\nnobody,spki,,"+print+"\ncarol,issuer_serial,House CA,0A\ncarol,sha256,,zz\n"))
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, "3 lines are refused", "Line 3: There is no such user.", "Line 4: This is announced for bob already.", "Line 5: ", "not a SHA-256 fingerprint")
	if all := append(h.awaited(bob), h.awaited(carol)...); len(all) != 0 {
		t.Fatalf("a part was taken: %+v", all)
	}
	for what, c := range map[string]struct{ file, text string }{
		"empty":      {"", "at least one line"},
		"only head":  {"login,kind,issuer,value\n", "at least one line"},
		"too few":    {"bob,spki\n", "Line 1 cannot be read"},
		"broken":     {"bob,spki,,\"x\n", "cannot be read"},
		"too long":   {strings.Repeat("bob,spki,,x\n", identity.MaxAnnounced+1), "too many lines"},
		"of Windows": {"login;kind;issuer;value\r\nzo\xe9;spki;;" + print + "\r\n", "not in UTF-8"},
		"of Excel":   {"\xff\xfel\x00o\x00g\x00i\x00n\x00", "not in UTF-8"},
		"zeros":      {"bob\x00,spki,," + print + "\n", "not in UTF-8"},
		"too large":  {strings.Repeat("x", 1<<20+1), "larger than 1 MB"},
	} {
		if w := h.upload(path+"/import", []byte(c.file)); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), c.text) {
			t.Errorf("%s: %d without %q", what, w.Code, c.text)
		}
	}
	// As a French spreadsheet writes it, with a mark at the beginning.
	w = h.upload(path+"/import", []byte("\ufeffLogin;Kind;Issuer;Value\r\nBob;issuer_serial;"+key+";-0a\r\ncarol;sha256;;"+print+"\r\n"))
	wantText(t, h.follow(w), "2 certificates are announced.", "-0A", print)

	// Without a head, and with more commas in a subject than there are semicolons.
	wantText(t, h.upload(path+"/import", []byte("bob;issuer_subject;House CA;CN=Bob Keller,OU=Ward,O=Clinic,C=FR\r\n")), "Line 1: ", "can be given to another person")

	file := h.get(path + "/export.csv")
	wantStatus(t, file, http.StatusOK)
	if text := file.Body.String(); !strings.Contains(text, "bob,issuer_serial,"+key+",'-0A,House CA,") {
		t.Errorf("exported: %s", text)
	}
	for _, u := range []iam.User{bob, carol} {
		h.must(h.room.Identities.Withdraw(t.Context(), program, u.ID, h.awaited(u)[0].ID))
	}
	wantText(t, h.follow(h.upload(path+"/import", file.Body.Bytes())), "2 certificates are announced.")
	if all := h.awaited(bob); len(all) != 1 || all[0].Value != "-0A" {
		t.Errorf("what was exported comes back as %+v", all)
	}
	wantStatus(t, h.get("/admin/methods/none/announced"), http.StatusNotFound)
}

func TestPersonalNumber(t *testing.T) {
	h := newHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	bob, carol := h.person("bob"), h.person("carol")
	path := "/admin/users/" + string(bob.ID)
	wantText(t, h.get(path+"/edit"), `name="number"`)
	wantStatus(t, h.post(path+"/edit", "version", "1", "login", "bob", "name", "Bob", "number", "PNO-7"), http.StatusSeeOther)
	wantText(t, h.get(path), "Personal number", "PNO-7")
	wantText(t, h.get("/admin/users?q=pno-7"), "Bob")
	w := h.post("/admin/users/"+string(carol.ID)+"/edit", "version", "1", "login", "carol", "name", "Carol", "number", "pno-7")
	wantText(t, w, "bob has this personal number already.", `value="pno-7"`)
	w = h.post(path+"/edit", "version", "1", "login", "bob", "name", "Bob", "number", "PNO-8")
	wantStatus(t, w, http.StatusConflict)
	wantText(t, w, "PNO-7", `value="PNO-8"`)
}
