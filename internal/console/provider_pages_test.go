package console_test

import (
	"bytes"
	"context"
	"html"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mime/multipart"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
	"signet/internal/console"
	"signet/internal/iam"
	"signet/internal/store"
)

// sendFile sends a form with one file, whatever its field is called.
func (h *house) sendFile(target, field string, file []byte, pairs ...string) *httptest.ResponseRecorder {
	h.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		h.must(form.WriteField(pairs[i], pairs[i+1]))
	}
	part, err := form.CreateFormFile(field, "brought.png")
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

func logo(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 64, 64))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A logo is drawn anew and shown; one that cannot be is refused at its field, and
// one of a form that is refused for something else is not lost (row S36).
func TestLogoOfAMethod(t *testing.T) {
	h := methodsHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	ca := string(h.ca("House CA").PEM())
	w := h.sendFile("/admin/methods/new/mtls", "logo", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), "name", "Card", "anchors", ca)
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, "SVG is not accepted", `value="Card"`)

	w = h.sendFile("/admin/methods/new/mtls", "logo", logo(t), "revocation", "none", "name", "", "anchors", ca)
	wantStatus(t, w, http.StatusUnprocessableEntity)
	kept := regexp.MustCompile(`name="picture" value="([0-9a-f]{64})"`).FindStringSubmatch(w.Body.String())
	if kept == nil {
		t.Fatalf("the logo of a refused form is lost: %s", w.Body)
	}
	wantStatus(t, h.post("/admin/methods/new/mtls", "revocation", "none", "name", "Card", "anchors", ca, "picture", kept[1]), http.StatusSeeOther)
	p := h.only()
	if string(p.Picture) != kept[1] {
		t.Errorf("picture = %q, want %q", p.Picture, kept[1])
	}
	wantText(t, h.get("/admin/methods"), `<img src="/pictures/`+kept[1]+`"`)
	path := "/admin/methods/" + string(p.ID)
	wantStatus(t, h.post(path, "name", "Card", "version", "1", "picture", strings.Repeat("0", 64)), http.StatusUnprocessableEntity) // of nobody
	wantStatus(t, h.post(path, "name", "Card", "version", "1", "picture", kept[1], "picture_remove", "on"), http.StatusSeeOther)
	if got := h.only().Picture; got != "" {
		t.Errorf("the removed logo is still %q", got)
	}
}

// Dragging sends the whole order; whoever was slower is told (row S48).
func TestOrderAtOnce(t *testing.T) {
	h := methodsHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	password, err := h.room.Providers.EnsurePassword(t.Context(), program, "Password")
	h.must(err)
	h.room.Providers.CheckSettings = nil
	var cards []string
	for _, name := range []string{"One", "Two"} {
		p, err := h.room.Providers.Create(t.Context(), program, iam.Provider{Scope: iam.System(), Type: iam.ProviderCertificate, Name: name, Settings: iam.ProviderSettings{Certificate: &iam.CertificateSettings{}}})
		h.must(err)
		cards = append(cards, string(p.ID))
	}
	pw := string(password.ID)
	arrange := func(beforeMain, beforeOthers, main, others string) *httptest.ResponseRecorder {
		return h.post("/admin/methods/arrange", "before_main", beforeMain, "before_others", beforeOthers, "main", main, "others", others)
	}
	wantStatus(t, arrange(pw, "", cards[1]+","+pw, cards[0]), http.StatusSeeOther)
	widget := func() (all string) {
		w, err := h.room.Providers.Available(t.Context(), program, iam.SignetApp)
		h.must(err)
		for _, o := range w.Offers {
			if !o.Main {
				all += "."
			}
			all += o.Provider.Name + " "
		}
		return strings.TrimSpace(all)
	}
	if got := widget(); got != "Two Password .One" {
		t.Errorf("the form has %q", got)
	}
	w := arrange(pw, "", pw, "") // as it was before
	wantStatus(t, w, http.StatusConflict)
	wantText(t, w, "Somebody else changed this meanwhile")
	wantStatus(t, arrange(cards[1]+","+pw, cards[0], cards[1]+","+cards[1], ""), http.StatusBadRequest) // one of them twice
	wantStatus(t, arrange(cards[1]+","+pw, cards[0], pw+",none", ""), http.StatusNotFound)
	if got := widget(); got != "Two Password .One" {
		t.Errorf("a refused order changed the form to %q", got)
	}
	wantStatus(t, arrange(cards[1]+","+pw, cards[0], "", ""), http.StatusSeeOther) // everything off
	if got := widget(); got != "Password" {
		t.Errorf("with everything off the form has %q, want the password back (row S49)", got)
	}
}

// What was copied fills the form of another method, authorities included, and is
// checked like any form.
func TestCopiedSettingsArePasted(t *testing.T) {
	h := methodsHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	ca := h.ca("House CA")
	wantStatus(t, h.post("/admin/methods/new/mtls", "revocation", "none", "name", "Card <b>", "anchors", string(ca.PEM()), "max_depth", "2", "key_types", "RSA", "linking", "administrators", "publicity", "everyone", "public", "on"), http.StatusSeeOther)
	p := h.only()
	page := h.get("/admin/methods/" + string(p.ID) + "/copy").Body.String()
	text := page[strings.Index(page, "<code>")+len("<code>") : strings.Index(page, "</code>")]
	for from, to := range map[string]string{"&#34;": `"`, "&lt;": "<", "&gt;": ">", "&#43;": "+", "&amp;": "&"} {
		text = strings.ReplaceAll(text, from, to)
	}
	// What has no field in the form is not lost on the way.
	kept := h.only().Settings.Certificate.Revocation
	w := h.post("/admin/methods/paste", "settings", strings.Replace(text, `"Card <b>"`, `"Second"`, 1))
	carried := regexp.MustCompile(`name="carried" value="([^"]*)"`).FindStringSubmatch(w.Body.String())
	if len(kept) == 0 || carried == nil {
		t.Fatalf("nothing is carried of %+v: %s", kept, w.Body)
	}
	w = h.post("/admin/methods/new/mtls", "name", "Second", "anchors", string(ca.PEM()), "carried", html.UnescapeString(carried[1]))
	wantStatus(t, w, http.StatusSeeOther)
	all, err := h.room.Providers.All(t.Context(), program)
	h.must(err)
	// Made in the same moment, they come in no certain order.
	second := slices.IndexFunc(all, func(p iam.Provider) bool { return p.Name == "Second" })
	if second < 0 {
		t.Fatalf("nothing is pasted: %+v", all)
	}
	if got := all[second]; !reflect.DeepEqual(got.Settings.Certificate.Revocation, kept) {
		t.Errorf("pasted: %+v, want the revocation %+v", got.Settings.Certificate.Revocation, kept)
	}
	wantStatus(t, h.post("/admin/methods/new/mtls", "name", "Third", "anchors", string(ca.PEM()), "carried", "{"), http.StatusUnprocessableEntity)
	_, _, err = h.room.Providers.Delete(t.Context(), program, all[second].ID)
	h.must(err)
	w = h.post("/admin/methods/paste", "settings", text)
	wantText(t, w, `value="Card &lt;b&gt;"`, "BEGIN CERTIFICATE", `action="/admin/methods/new/mtls"`, `name="max_depth" type="text" value="2"`)
	if got := h.only(); got.ID != p.ID {
		t.Error("pasting has stored something")
	}
	wantText(t, h.post("/admin/methods/"+string(p.ID)+"/paste", "settings", text), "Nothing is saved yet", `name="version" value="1"`)
	for wrong, says := range map[string]string{
		"":               "cannot be read as settings",
		"{":              "cannot be read as settings",
		`{"signet":"x"}`: "not the text of a login method",
		strings.Replace(text, `"max_depth"`, `"unknown"`, 1): "cannot be read as settings",
		text + text: "not the text of a login method",
	} {
		w := h.post("/admin/methods/paste", "settings", wrong)
		wantStatus(t, w, http.StatusUnprocessableEntity)
		wantText(t, w, says)
	}
}

// TestRefusedFormSaysSoAtItsTop: the field that is wrong stands pages further down, and
// whoever sees the form as they sent it believes that it was saved.
func TestRefusedFormSaysSoAtItsTop(t *testing.T) {
	h := methodsHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	w := h.post("/admin/methods/new/mtls", "revocation", "none", "name", "Card", "anchors", string(h.ca("House CA").PEM()), "creation_source", "san_upn", "creation_field", "login_local")
	wantStatus(t, w, http.StatusUnprocessableEntity)
	top, _, _ := strings.Cut(w.Body.String(), `name="name"`)
	for _, want := range []string{"Nothing has been saved yet", "say of which domain"} {
		if !strings.Contains(top, want) {
			t.Errorf("above the form is no %q", want)
		}
	}
}

// TestNobodyAgreesByPasting: that everybody with a certificate gets an account is not
// agreed to by a text that somebody else wrote.
func TestNobodyAgreesByPasting(t *testing.T) {
	h := methodsHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	ca := string(h.ca("House CA").PEM())
	wantStatus(t, h.post("/admin/methods/new/mtls", "revocation", "none", "name", "Card", "anchors", ca,
		"creation_source", "san_upn", "creation_field", "login", "creation_accepted", "on"), http.StatusSeeOther)
	page := h.get("/admin/methods/" + string(h.only().ID) + "/copy").Body.String()
	text := html.UnescapeString(page[strings.Index(page, "<code>")+len("<code>") : strings.Index(page, "</code>")])
	if !strings.Contains(text, `"accepted": true`) {
		t.Fatalf("copied: %s", text)
	}
	form := h.post("/admin/methods/paste", "settings", text).Body.String()
	box := regexp.MustCompile(`<input[^>]*name="creation_accepted"[^>]*>`).FindString(form)
	if box == "" || strings.Contains(box, "checked") || !regexp.MustCompile(`value="san_upn" selected`).MatchString(form) {
		t.Errorf("the form is pasted with %q", box)
	}
	wantText(t, h.get("/admin/methods/"+string(h.only().ID)), `name="creation_accepted"`)
}

// A logo travels with the settings into another installation, drawn anew like one
// that is uploaded.
func TestCopiedLogoIsPasted(t *testing.T) {
	from, to := methodsHouse(t), methodsHouse(t)
	from.signIn(from.person("admin", systemAdministrator), "")
	to.signIn(to.person("admin", systemAdministrator), "")
	ca := string(from.ca("House CA").PEM())
	w := from.sendFile("/admin/methods/new/mtls", "logo", logo(t), "name", "Card", "anchors", ca, "revocation", "none")
	wantStatus(t, w, http.StatusSeeOther)
	mark := string(from.only().Picture)
	page := from.get("/admin/methods/" + string(from.only().ID) + "/copy").Body.String()
	text := html.UnescapeString(page[strings.Index(page, "<code>")+len("<code>") : strings.Index(page, "</code>")])
	if mark == "" || !strings.Contains(text, `"logo"`) {
		t.Fatalf("no logo %q in the text: %s", mark, text)
	}
	w = to.post("/admin/methods/paste", "settings", text)
	wantText(t, w, `name="picture" value="`+mark+`"`)
	wantStatus(t, to.post("/admin/methods/new/mtls", "revocation", "none", "name", "Card", "anchors", ca, "picture", mark), http.StatusSeeOther)
	if got := to.only().Picture; string(got) != mark {
		t.Errorf("the logo is %q, want %q", got, mark)
	}
	// Pasted without a logo, the method keeps its own.
	bare := regexp.MustCompile(`,\s*"logo": "[^"]*"`).ReplaceAllString(text, "")
	wantText(t, to.post("/admin/methods/"+string(to.only().ID)+"/paste", "settings", bare), `name="picture" value="`+mark+`"`)
	for _, wrong := range []string{"PHN2Zz48L3N2Zz4=", "AAAA"} { // a drawing that can hold scripts; nothing
		w := to.post("/admin/methods/paste", "settings", regexp.MustCompile(`"logo": "[^"]*"`).ReplaceAllString(text, `"logo": "`+wrong+`"`))
		wantStatus(t, w, http.StatusUnprocessableEntity)
	}
}

// Making required asks first, and locks no administrator out.
func TestRequiredIsAskedFirst(t *testing.T) {
	h := methodsHouse(t)
	h.room.Providers.CheckSettings = nil
	admin := h.person("admin", systemAdministrator)
	card := h.link(h.person("bob"), "card")
	h.signIn(admin, "")
	path := "/admin/methods/" + string(card.Provider)
	wantStatus(t, h.get(path+"/require"), http.StatusNotFound) // stands in no form
	wantStatus(t, h.post(path+"/switch", "on", "on"), http.StatusSeeOther)
	wantText(t, h.get(path+"/require"), "Make mTLS required?", "must then hold an identifier")
	w := h.post(path+"/require", "on", "on")
	wantStatus(t, w, http.StatusConflict)
	wantText(t, w, "No administrator could sign in any more.")

	h.must(h.db.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.InsertIdentity(iam.Identity{ID: "own", User: admin.ID, Provider: card.Provider, Type: iam.ProviderCertificate, Key: "own", Publicity: iam.PublicityOnlyMe})
		return err
	}))
	wantText(t, h.follow(h.post(path+"/require", "on", "on")), "mTLS is required for Signet.", "Required", "optional again")
	wantText(t, h.get(path+"/require"), "optional again?")
	wantText(t, h.follow(h.post(path+"/require")), "mTLS is optional for Signet.")
}

// The list says whether people can sign in with a method now.
func TestHealthOfMethods(t *testing.T) {
	h := methodsHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	wantStatus(t, h.post("/admin/methods/new/mtls", "revocation", "none", "name", "mTLS", "anchors", string(h.ca("House CA").PEM())), http.StatusSeeOther)
	state := []console.HostState{{Host: "id.example:3443"}}
	h.room.Hosts = func(context.Context) []console.HostState { return state }
	wantText(t, h.get("/admin/methods"), "Certificate host answers", "Authorities valid until")
	state = []console.HostState{{Host: "id.example:3443", Fault: "unreachable"}}
	wantText(t, h.get("/admin/methods"), "Certificate host does not answer", "The certificate host id.example:3443 does not answer")
	p := h.only()
	p.Settings.Certificate.Host = "old.example:3443"
	h.must(h.room.Providers.Change(t.Context(), program, p))
	wantText(t, h.get("/admin/methods"), "Certificate host not configured")
	wantText(t, h.get("/admin/methods/"+string(p.ID)), "old.example:3443", "Not configured any more.")
}

// Templates can be searched.
func TestTemplatesAreFound(t *testing.T) {
	h := methodsHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	wantText(t, h.get("/admin/methods/new?q=smart"), `href="/admin/methods/new/mtls"`)
	wantText(t, h.get("/admin/methods/new?q=%3Cb%3E"), "No template matches “&lt;b&gt;”")
}

// Issue 3: the checks of the form hold a least strength of signatures. It is stored,
// shown again, told to the second of two administrators, and what it refuses is told.
func TestHashOfSignaturesIsChosen(t *testing.T) {
	h := methodsHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	ca := h.ca("House CA")
	wantText(t, h.follow(h.upload("/admin/methods/new/mtls", ca.PEM(), "name", "Card", "min_hash_bits", "384", "revocation", "none")), "Card")
	all, err := h.room.Providers.All(t.Context(), program)
	h.must(err)
	var card iam.Provider
	for _, m := range all {
		if m.Name == "Card" {
			card = m
		}
	}
	if card.Settings.Certificate == nil || card.Settings.Certificate.MinHashBits != 384 {
		t.Fatalf("stored: %+v", card.Settings.Certificate)
	}
	page := "/admin/methods/" + string(card.ID)
	wantText(t, h.get(page), `<option value="384" selected>SHA-384</option>`)
	w := h.post(page, "version", "0", "name", "Card", "min_hash_bits", "")
	wantStatus(t, w, http.StatusConflict)
	wantText(t, w, "Hash of the signatures, at least", "SHA-384", `<option value="" selected>SHA-256</option>`)
	policy, err := h.room.Trust.Policy(t.Context(), card)
	h.must(err)
	if v := cert.Judge(policy, ca.Issue(t, certtest.Spec{}).Chain, h.clock.Now(), nil); v.Cause != cert.CauseTooWeak {
		t.Errorf("a certificate signed with SHA-256: %q", v.Cause)
	}
}
