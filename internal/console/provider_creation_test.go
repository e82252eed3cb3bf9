package console_test

import (
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestAddedAuthorityIsAgreedToAnew: that everybody with a certificate gets an account
// was said of other authorities. The box for the new ones holds for these alone.
func TestAddedAuthorityIsAgreedToAnew(t *testing.T) {
	h := methodsHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	first, second, third := h.ca("First CA"), h.ca("Second CA"), h.ca("Third CA")
	rule := []string{"revocation", "none", "name", "Card", "creation_source", "san_upn", "creation_field", "login", "creation_accepted", "on"}
	with := func(more ...string) []string { return append(rule[:len(rule):len(rule)], more...) }
	wantStatus(t, h.post("/admin/methods/new/mtls", with("anchors", string(first.PEM()))...), http.StatusSeeOther)
	path := "/admin/methods/" + string(h.only().ID)
	save := func(more ...string) (page string, status int) {
		w := h.post(path, with(append([]string{"version", fmt.Sprint(h.only().Version)}, more...)...)...)
		return w.Body.String(), w.Code
	}
	box := func(page string) (mark string) {
		if m := regexp.MustCompile(`name="creation_anew"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="creation_anew"`).FindStringSubmatch(page); m != nil {
			return html.UnescapeString(m[1] + m[2])
		}
		return ""
	}
	anchors := func() int { return strings.Count(h.only().Settings.Certificate.Anchors, "BEGIN") }

	if page, status := save(); status != http.StatusSeeOther {
		t.Fatalf("without another authority: %d %s", status, page)
	}
	page, status := save("anchors", string(second.PEM()))
	mark := box(page)
	if status != http.StatusUnprocessableEntity || mark == "" || !strings.Contains(page, "Confirm that for Second CA too") || anchors() != 1 {
		t.Fatalf("an added authority: %d, box %q, %d authorities", status, mark, anchors())
	}
	// What was ticked for one says nothing of another.
	if _, status := save("anchors", string(second.PEM())+string(third.PEM()), "creation_anew", mark); status != http.StatusUnprocessableEntity || anchors() != 1 {
		t.Errorf("a third one under the agreement for the second: %d, %d authorities", status, anchors())
	}
	if _, status := save("anchors", string(third.PEM()), "creation_anew", mark); status != http.StatusUnprocessableEntity {
		t.Errorf("another in its place: %d", status)
	}
	if _, status := save("anchors", string(second.PEM()), "creation_anew", mark); status != http.StatusSeeOther || anchors() != 2 {
		t.Fatalf("agreed: %d, %d authorities", status, anchors())
	}
	if page, status := save(); status != http.StatusSeeOther || box(page) != "" {
		t.Errorf("afterwards it is asked again: %d", status)
	}
	// Whoever makes no accounts may add what they like, and is asked for all of them
	// when they do.
	bare := []string{"revocation", "none", "name", "Card", "version", fmt.Sprint(h.only().Version), "anchors", string(third.PEM())}
	wantStatus(t, h.post(path, bare...), http.StatusSeeOther)
	if _, status := save(); status != http.StatusSeeOther || len(h.only().Settings.Certificate.Creation.Authorities) != 3 {
		t.Errorf("agreed for all: %d, %+v", status, h.only().Settings.Certificate.Creation)
	}
}
