package web_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"signet/internal/i18n"
	"signet/internal/web"
)

// files is a file system with one file.
func files(name, text string) fstest.MapFS {
	return fstest.MapFS{name: {Data: []byte(text)}}
}

func get(h http.Handler, target string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", target, nil)
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

var (
	addressPattern = regexp.MustCompile(`(?:href|src)="(/static/[^"]+)"`)
	specimenLink   = regexp.MustCompile(`href="(/[a-z][^"?]*)"`)
	cssAddress     = regexp.MustCompile(`url\((/static/[^)]+)\)`)
)

func TestGalleryDrawsEverythingInEveryLanguage(t *testing.T) {
	catalogues, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	pages := web.NewPages(catalogues, web.Brand{}, newNow)
	room := web.Define[struct{}](pages, files("p.html", `{{t "web.cancel"}}`), "p.html", web.Widget)
	gallery := web.Gallery(pages, []web.Specimen{{Room: "room", Page: "page", State: "long names", Show: func(w http.ResponseWriter, r *http.Request) {
		room.Show(w, r, http.StatusOK, web.View{TitleKey: "web.account"}, struct{}{})
	}}})
	index := get(gallery, "/")
	targets := map[string]bool{"/": true, "/design": true}
	for _, match := range specimenLink.FindAllStringSubmatch(index.Body.String(), -1) {
		if !strings.HasPrefix(match[1], "/static/") {
			targets[match[1]] = true
		}
	}
	if !targets["/room/page/long-names"] || !targets["/web/failure/internal"] {
		t.Fatalf("the index lacks specimens: %v", targets)
	}
	for target := range targets {
		for _, language := range []string{"en", "fr"} {
			w := get(gallery, target+"?lang="+language)
			body := w.Body.String()
			if w.Code >= 500 && !strings.HasPrefix(target, "/web/failure/") {
				t.Errorf("%s: status = %d", target, w.Code)
			}
			if !strings.Contains(body, `<html lang="`+language+`">`) || !strings.HasSuffix(strings.TrimSpace(body), "</html>") {
				t.Errorf("%s: not a whole page in %s", target, language)
			}
			for _, forbidden := range []string{" style=", " onclick=", "<style", "javascript:", "http://", "ZgotmplZ"} {
				if strings.Contains(body, forbidden) {
					t.Errorf("%s holds %q, which the policy forbids or which went wrong", target, forbidden)
				}
			}
			if ids := twiceIDs(body); len(ids) > 0 {
				t.Errorf("%s: ids stand twice: %v", target, ids)
			}
		}
	}
	if n := catalogues.Missing(); n != 0 {
		t.Errorf("%d sentences or values were missing", n)
	}
	if !strings.Contains(get(gallery, "/room/page/long-names?lang=fr").Body.String(), "Annuler") {
		t.Error("the specimen is not in French")
	}
}

// twiceIDs returns ids that a page uses more than once.
func twiceIDs(body string) []string {
	seen, twice := map[string]bool{}, []string{}
	for _, match := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(body, -1) {
		if seen[match[1]] {
			twice = append(twice, match[1])
		}
		seen[match[1]] = true
	}
	return twice
}

func TestStaticFiles(t *testing.T) {
	pages := newPages(t)
	pages.AddStatic(files("module.js", "export const x = 1"), "module.js")
	page := web.Define[struct{}](pages, files("p.html", `x`), "p.html", web.Widget)
	mux := http.NewServeMux()
	pages.Mount(mux)
	mux.HandleFunc("GET /page", func(w http.ResponseWriter, r *http.Request) {
		page.Show(w, r, 200, web.View{Title: "x", Scripts: []string{"module.js"}}, struct{}{})
	})
	body := get(mux, "/page").Body.String()
	addresses := addressPattern.FindAllStringSubmatch(body, -1)
	if len(addresses) != 4 {
		t.Fatalf("page names %d static files, want css, favicon and two modules: %v", len(addresses), addresses)
	}
	for _, match := range addresses {
		w := get(mux, match[1])
		if w.Code != 200 || w.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" || w.Header().Get("ETag") == "" {
			t.Errorf("%s: status = %d, headers = %v", match[1], w.Code, w.Header())
		}
		if strings.Contains(w.Body.String(), "static:") {
			t.Errorf("%s names a static file that is not there", match[1])
		}
		packed := get(mux, match[1], "Accept-Encoding: gzip, br")
		if packed.Header().Get("Content-Encoding") == "gzip" {
			reader, err := gzip.NewReader(packed.Body)
			if err != nil {
				t.Fatal(err)
			}
			if plain, _ := io.ReadAll(reader); !bytes.Equal(plain, w.Body.Bytes()) {
				t.Errorf("%s differs when compressed", match[1])
			}
		}
		if again := get(mux, match[1], "If-None-Match: "+w.Header().Get("ETag")); again.Code != http.StatusNotModified || again.Body.Len() != 0 {
			t.Errorf("%s: status = %d for what the browser has", match[1], again.Code)
		}
	}
	for extension, kind := range map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"} {
		for _, match := range addresses {
			if strings.HasSuffix(match[1], extension) && get(mux, match[1]).Header().Get("Content-Type") != kind {
				t.Errorf("%s is served as %s", match[1], get(mux, match[1]).Header().Get("Content-Type"))
			}
		}
	}
}

// maxFirstVisit is the budget for everything that a first visit to the sign-in
// page fetches, as it stands and without compression.
const maxFirstVisit = 60_000

func TestFirstVisitIsLight(t *testing.T) {
	pages := newPages(t)
	page := web.Define[signIn](pages, files("p.html", signInPage), "p.html", web.Widget)
	mux := http.NewServeMux()
	pages.Mount(mux)
	mux.HandleFunc("GET /page", func(w http.ResponseWriter, r *http.Request) {
		page.Show(w, r, 200, web.View{Title: "Sign in to Wiki"}, signIn{
			Login:   web.Field{Name: "login", Label: "Login"},
			Methods: []web.Button{{Label: "mTLS", Icon: "certificate"}, {Label: "Passkey", Icon: "fingerprint"}},
		})
	})
	html := get(mux, "/page").Body.Bytes()
	plain, packed := len(html), len(html)
	fetch := []string{}
	for _, match := range addressPattern.FindAllSubmatch(html, -1) {
		fetch = append(fetch, string(match[1]))
	}
	for i := 0; i < len(fetch); i++ {
		w := get(mux, fetch[i])
		for _, match := range cssAddress.FindAllSubmatch(w.Body.Bytes(), -1) {
			if !strings.Contains(fmt.Sprint(fetch), string(match[1])) {
				fetch = append(fetch, string(match[1]))
			}
		}
		plain += w.Body.Len()
		packed += get(mux, fetch[i], "Accept-Encoding: gzip").Body.Len()
	}
	t.Logf("first visit: %d files, %d bytes as they stand, %d bytes over the wire", 1+len(fetch), plain, packed)
	if plain > maxFirstVisit {
		t.Errorf("a first visit fetches %d bytes, want at most %d", plain, maxFirstVisit)
	}
	if len(fetch) != 4 {
		t.Errorf("fetched %v, want style sheet, rosette, icon and script", fetch)
	}
}
