package signin_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/signin"
	"signet/internal/web"
)

// draw returns every specimen of the room in a language, by address.
func draw(t *testing.T, lang string) map[string]string {
	t.Helper()
	catalogues, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	pages := web.NewPages(catalogues, web.Brand{}, time.Now)
	room := &signin.Room{
		Pages: pages, CertificateSources: []string{"https://*.cert.example:3443"},
		ChooseHost: func(context.Context, iam.ProviderID, string, bool) (string, bool) { return "a.cert.example", true },
		AttemptURL: func(string, iam.Secret) string { return "/" },
	}
	room.Define()
	specimens := room.Gallery()
	gallery := web.Gallery(pages, specimens)
	drawn := map[string]string{}
	for _, s := range specimens {
		address := "/" + strings.ReplaceAll(s.Room+"/"+s.Page+"/"+s.State, " ", "-")
		answer := httptest.NewRecorder()
		gallery.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, address+"?lang="+lang, nil))
		if answer.Code >= http.StatusInternalServerError || !strings.Contains(answer.Body.String(), "widget-card") {
			t.Errorf("%s = %d", address, answer.Code)
		}
		if !strings.Contains(answer.Header().Get("Content-Security-Policy"), "form-action 'self'") {
			t.Errorf("%s has the policy %q", address, answer.Header().Get("Content-Security-Policy"))
		}
		drawn[address] = answer.Body.String()
	}
	if missing := catalogues.Missing(); missing > 0 {
		t.Errorf("%s: %d missing keys", lang, missing)
	}
	return drawn
}

func TestEveryRefusalSaysWhatWhyAndWhatNext(t *testing.T) {
	english, french := draw(t, "en"), draw(t, "fr")
	for _, cause := range signin.Causes() {
		address := "/signin/refusal/" + cause
		for lang, page := range map[string]string{"en": english[address], "fr": french[address]} {
			for what, part := range map[string]string{
				"a reason": `class="refusal-why"`, "a next step": `class="refusal-next"`, "the attempt": "k7qm-2xwe-pd", "a button": "<button",
			} {
				if !strings.Contains(page, part) {
					t.Errorf("%s in %s lacks %s", cause, lang, what)
				}
			}
		}
		if english[address] == french[address] {
			t.Errorf("%s is not translated", cause)
		}
	}
}

func TestCausesAreListedOnce(t *testing.T) {
	causes := signin.Causes()
	sorted := slices.Sorted(slices.Values(causes))
	if unique := slices.Compact(slices.Clone(sorted)); len(unique) != len(causes) {
		t.Errorf("a cause is listed twice: %v", sorted)
	}
}
