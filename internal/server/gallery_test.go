package server

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"sync"
	"testing"
)

// Pages are built when they are first asked for, in the language that is asked for:
// a mistake in one would wait there for a person. Here are all of them, in all
// languages, each asked for by two at once.
func TestEveryPageInEveryLanguage(t *testing.T) {
	t.Parallel()
	gallery, err := Gallery()
	if err != nil {
		t.Fatal(err)
	}
	get := func(address string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		gallery.ServeHTTP(w, httptest.NewRequest(http.MethodGet, address, nil))
		return w
	}
	var specimens []string
	for _, m := range regexp.MustCompile(`href="(/[^"?]*)\?lang=`).FindAllStringSubmatch(get("/").Body.String(), -1) {
		specimens = append(specimens, m[1])
	}
	slices.Sort(specimens)
	specimens = append(slices.Compact(specimens), "/", "/design")
	if len(specimens) < 100 {
		t.Fatalf("the gallery shows only %q", specimens)
	}
	for _, specimen := range specimens {
		for _, language := range []string{"en", "fr"} {
			var both sync.WaitGroup
			for range 2 {
				both.Go(func() {
					if w := get(specimen + "?lang=" + language); w.Code >= http.StatusInternalServerError && specimen != "/web/failure/internal" || w.Header().Get("Content-Language") != language {
						t.Errorf("%s in %s: %d in %q", specimen, language, w.Code, w.Header().Get("Content-Language"))
					}
				})
			}
			both.Wait()
		}
	}
}
