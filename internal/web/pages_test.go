package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// noon is the present of all tests.
var noon = time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)

func newNow() time.Time { return noon }

func newPages(t testing.TB) *web.Pages {
	t.Helper()
	catalogues, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	return web.NewPages(catalogues, web.Brand{}, newNow)
}

type signIn struct {
	App     string
	Login   web.Field
	Methods []web.Button
	Person  *web.Person
}

const signInPage = `<form method="post">
{{template "field" .Login}}
{{template "field" (field "Name" "password" "Label" "Password" "Type" "password" "Reveal" true "Autocomplete" "current-password")}}
{{range .Methods}}{{template "button" .}}{{end}}
{{with .Person}}{{template "avatar" .}}{{end}}
</form>`

func TestDefineStopsOnMistakes(t *testing.T) {
	for name, text := range map[string]string{
		"unknown field":                  `{{.Nobody}}`,
		"unknown field inside a range":   `{{range .Methods}}{{.Nobody}}{{end}}`,
		"unknown field behind a pointer": `{{with .Person}}{{.Nobody}}{{end}}`,
		"unknown template":               `{{template "nothing" .}}`,
		"unknown function":               `{{nothing .}}`,
		"unknown icon":                   `{{icon "nothing"}}`,
		"unknown field of a component":   `{{template "field" (field "Nobody" "x")}}`,
		"wrong type for a component":     `{{template "field" (field "Name" 1)}}`,
		"unknown static file":            `{{static "nothing.css"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Errorf("Define took %s", text)
				}
			}()
			web.Define[signIn](newPages(t), fstest.MapFS{"p.html": {Data: []byte(text)}}, "p.html", web.Widget)
		})
	}
}

func TestShow(t *testing.T) {
	pages := newPages(t)
	page := web.Define[signIn](pages, fstest.MapFS{"p.html": {Data: []byte(signInPage)}}, "p.html", web.Widget)
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/signin/abc?x=1", nil)
	r.Header.Set("Accept-Language", "fr-CH, en;q=0.5")
	page.Show(w, r, http.StatusOK, web.View{Title: `Ask <Bob>`, FormAction: []string{"https://*.cert.id.example:3443", "com.example.app:/cb"}}, signIn{
		Login: web.Field{Name: "login", Label: "Login", Error: "no"},
	})
	body := w.Body.String()
	for _, want := range []string{`<html lang="fr">`, "Ask &lt;Bob&gt;", `aria-describedby="input-login-note"`, `value="/signin/abc?x=1"`, "Aller au contenu"} {
		if !strings.Contains(body, want) {
			t.Errorf("page lacks %s\n%s", want, body)
		}
	}
	if got := w.Header().Get("Content-Security-Policy"); !strings.HasSuffix(got, "form-action 'self' https://*.cert.id.example:3443 com.example.app:") {
		t.Errorf("policy = %s", got)
	}
}

// discard answers into nothing, so that a benchmark measures the page.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}

func BenchmarkShowWidget(b *testing.B) {
	pages := newPages(b)
	page := web.Define[signIn](pages, fstest.MapFS{"p.html": {Data: []byte(signInPage)}}, "p.html", web.Widget)
	r := httptest.NewRequest("GET", "/signin/abc?x=1", nil)
	r.Header.Set("Accept-Language", "fr-CH, en;q=0.5")
	w := &discard{header: http.Header{}}
	data := signIn{Login: web.Field{Name: "login", Label: "Login"}, Methods: []web.Button{{Label: "mTLS", Icon: "certificate"}}}
	b.ReportAllocs()
	for b.Loop() {
		page.Show(w, r, http.StatusOK, web.View{Title: "Sign in"}, data)
	}
}

func BenchmarkDefine(b *testing.B) {
	pages := newPages(b)
	for b.Loop() {
		web.Define[signIn](pages, fstest.MapFS{"p.html": {Data: []byte(signInPage)}}, "p.html", web.Widget)
	}
}

// A refusal writes numbers as its readers do.
func TestRefusalsWriteDecimalsAsReadersDo(t *testing.T) {
	catalogues, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	refused := &iam.Error{Kind: iam.KindInvalid, Cause: "colour_contrast", Params: map[string]string{"Ratio": "1.07", "Better": "#7a7a00", "BetterRatio": "4.55"}}
	for language, want := range map[string][]string{"en": {"1.07:1", "4.5:1", "4.55:1"}, "fr": {"1,07:1", "4,5:1", "4,55:1"}} {
		told := web.Explain(catalogues.Printer(language), refused)
		for _, text := range want {
			if !strings.Contains(told, text) {
				t.Errorf("%s: %q lacks %s", language, told, text)
			}
		}
	}
}
