package console_test

import (
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"signet/internal/cert"
	"signet/internal/iam"
)

// What a sign-in counts for is said in the form of the method, for each CA and
// each policy, and nothing typed is lost.
func TestAssuranceOfAMethod(t *testing.T) {
	h := methodsHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	one, two := h.ca("Cards CA"), h.ca("Software <b> CA")
	wantStatus(t, h.post("/admin/methods/new/mtls", "revocation", "none", "name", "mTLS", "anchors", string(one.PEM())), http.StatusSeeOther)
	path := "/admin/methods/" + string(h.only().ID)
	id := func(pem []byte) string {
		all, err := cert.ParseBundle(pem)
		h.must(err)
		return cert.AuthorityID(all[0])
	}
	cards, software := id(one.PEM()), id(two.PEM())
	wantText(t, h.get(path), "<legend>Cards CA</legend>", `name="assurance_ca_0" value="`+cards+`"`, "Smart card or token with PIN (2 factors)", `name="assurance_policy_1"`, `name="assurance_policy_2"`)

	form := []string{"name", "mTLS", "version", "1", "assurance", "1", "assurance_ca_0", cards, "assurance_key_0", "card", "assurance_policy_1", "1.2.3.4", "assurance_key_1", "software", "assurance_acr_1", "urn:example:low"}
	for says, wrong := range map[string][]string{
		"means the same in every installation": {"assurance_acr_0", "phrh"},
		"one word of visible ASCII characters": {"assurance_acr_0", "a b"},
		"is not an object identifier":          {"assurance_policy_2", "gold"},
		"stands in two lines":                  {"assurance_policy_2", "1.2.3.4"},
		"a line without a policy OID":          {"assurance_acr_2", "urn:x"},
		"There is no such choice":              {"assurance_policy_2", "1.2.3.5", "assurance_key_2", "steel"},
	} {
		w := h.post(path, append(slices.Clone(form), wrong...)...)
		wantStatus(t, w, http.StatusUnprocessableEntity)
		wantText(t, w, says, `value="1.2.3.4"`, `value="urn:example:low"`, `<option value="card" selected>`)
	}
	wantStatus(t, h.post(path, form...), http.StatusSeeOther)
	want := []iam.AssuranceRule{{CA: cards, Key: iam.KeyCard}, {Policy: "1.2.3.4", Key: iam.KeySoftware, ACR: "urn:example:low"}}
	if got := h.only().Settings.Certificate.Assurance; !slices.Equal(got, want) {
		t.Fatalf("stored %+v", got)
	}
	// A CA is added by a form that knows nothing of assurance: what was said stays.
	wantStatus(t, h.post(path, "name", "mTLS", "version", "2", "revocation", "none", "anchors", string(two.PEM())), http.StatusSeeOther)
	if got := h.only().Settings.Certificate.Assurance; !slices.Equal(got, want) {
		t.Errorf("after another form: %+v", got)
	}
	page := h.get(path)
	wantText(t, page, "<legend>Software &lt;b&gt; CA</legend>", software)

	// Pasted elsewhere, it comes along.
	copied := h.get(path + "/copy").Body.String()
	text := html.UnescapeString(copied[strings.Index(copied, "<code>")+len("<code>") : strings.Index(copied, "</code>")])
	pasted := h.post("/admin/methods/paste", "settings", text).Body.String()
	if !regexp.MustCompile(`(?s)<legend>Cards CA</legend>.*?<option value="card" selected>`).MatchString(pasted) || !strings.Contains(pasted, `value="urn:example:low"`) {
		t.Errorf("the pasted form lacks what was said: %s", pasted)
	}

	// A CA that goes takes with it what was said of it, an emptied line likewise.
	remove := regexp.MustCompile(`name="remove" value="([0-9a-f]{64})"`).FindStringSubmatch(page.Body.String())
	wantStatus(t, h.post(path, "name", "mTLS", "version", "3", "remove", remove[1], "assurance", "1", "assurance_ca_0", cards, "assurance_key_0", "card", "assurance_policy_1", ""), http.StatusSeeOther)
	if got := h.only().Settings.Certificate.Assurance; len(got) != 0 {
		t.Errorf("left behind: %+v", got)
	}
}
