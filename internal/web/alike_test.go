package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"signet/internal/iam"
	"signet/internal/web"
)

type form struct {
	Base    string
	App     string
	Methods []web.Method
}

const formPage = `<form method="post" action="{{.Base}}/go?x=1&amp;id={{.Base}}"><input name="of" value="{{.Base}}"></form><p>{{.App}} {{.Base}}</p>
{{range .Methods}}<a href="{{$.Base}}/{{.ID}}">{{.Text}}</a>{{end}}`

// What is remembered is what would have been drawn: for every id, and for each
// look, language, text and notice its own.
func TestAlikeIsWhatShowDraws(t *testing.T) {
	t.Parallel()
	pages := newPages(t)
	page := web.Define[form](pages, fstest.MapFS{"p.html": {Data: []byte(formPage)}}, "p.html", web.Widget)
	alike := web.NewAlike(page)
	type asked struct{ title, app, theme, language, locales string }
	for round := range 3 {
		for _, a := range []asked{
			{"Sign in", "Shop", "", "en", ""},
			{"Sign in", "Shop", "", "fr", ""},
			{"Sign in", "Shop", "", "en", "fr"},
			{"Sign in", "Shop", "/appearance/shop/1.css", "en", ""},
			{"Sign in", `<b>Shop</b> & "sons"`, "", "en", ""},
			{"Sign in", "Shop\xff", "", "en", ""},
			{"Come in", "Shop", "", "en", ""},
		} {
			id := iam.NewID()
			of := func(id string) (web.View, form) {
				return web.View{Title: a.title, Theme: a.theme, Locales: a.locales, Back: "/signin/" + id, FormAction: []string{"https://" + a.title[:1] + ".example"}},
					form{Base: "/signin/" + id, App: a.app, Methods: []web.Method{{ID: "m", Text: fmt.Sprint(a.app, round%2)}}}
			}
			r := httptest.NewRequest("GET", "/oidc/authorize", nil)
			r.Header.Set("Accept-Language", a.language)
			got, want := httptest.NewRecorder(), httptest.NewRecorder()
			alike.Show(got, r, http.StatusOK, id, of)
			view, data := of(id)
			page.Show(want, r, http.StatusOK, view, data)
			if got.Body.String() != want.Body.String() {
				t.Errorf("%+v, round %d:\n got %s\nwant %s", a, round, got.Body, want.Body)
			}
			for name := range want.Header() {
				if got.Header().Get(name) != want.Header().Get(name) {
					t.Errorf("%+v: %s = %q, want %q", a, name, got.Header().Get(name), want.Header().Get(name))
				}
			}
		}
	}
}

// counted tells how often it is drawn.
type counted struct{ App string }

func (c counted) Drawn() string {
	draws.Add(1)
	return c.App
}

var draws atomic.Int64

// Whoever asks in languages that nobody has heard of has pages drawn for nobody else.
func TestAlikeIsNotPushedOutByStrangers(t *testing.T) {
	t.Parallel()
	alike := web.NewAlike(web.Define[counted](newPages(t), fstest.MapFS{"p.html": {Data: []byte(`{{.Drawn}}`)}}, "p.html", web.Widget))
	draws.Store(0)
	for n := range 500 {
		alike.Show(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil), http.StatusOK, iam.NewID(), func(string) (web.View, counted) {
			return web.View{Title: "Sign in", Locales: fmt.Sprint("x-stranger-", n)}, counted{"Shop"}
		})
	}
	if n := draws.Load(); n != 1 {
		t.Errorf("drawn %d times", n)
	}
}

// Many see the page at once while it is drawn the first time: each gets the whole of
// it, with their own id and no other.
func TestAlikeForManyAtOnce(t *testing.T) {
	t.Parallel()
	alike := web.NewAlike(web.Define[form](newPages(t), fstest.MapFS{"p.html": {Data: []byte(formPage)}}, "p.html", web.Widget))
	var all sync.WaitGroup
	for n := range 64 {
		all.Go(func() {
			id, app := iam.NewID(), fmt.Sprint("Shop ", n%3, " é")
			w := httptest.NewRecorder()
			alike.Show(w, httptest.NewRequest("GET", "/", nil), http.StatusOK, id, func(id string) (web.View, form) {
				return web.View{Title: app}, form{Base: "/signin/" + id, App: app}
			})
			if body := w.Body.String(); strings.Count(body, id) != 4 || strings.Count(body, "signin") != 4 ||
				!strings.Contains(body, app) || !strings.HasSuffix(body, "</html>\n") || w.Header().Get("Content-Length") != strconv.Itoa(len(body)) {
				t.Errorf("%s: %s bytes:\n%s", id, w.Header().Get("Content-Length"), body)
			}
		})
	}
	all.Wait()
}

// A notice is for one person, once.
func TestAlikeForgetsNotices(t *testing.T) {
	t.Parallel()
	pages := newPages(t)
	alike := web.NewAlike(web.Define[form](pages, fstest.MapFS{"p.html": {Data: []byte(formPage)}}, "p.html", web.Widget))
	of := func(id string) (web.View, form) { return web.View{Title: "Sign in"}, form{Base: id} }
	show := func(cookies []*http.Cookie) string {
		r := httptest.NewRequest("GET", "/", nil)
		for _, c := range cookies {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		alike.Show(w, r, http.StatusOK, "id", of)
		return w.Body.String()
	}
	told := httptest.NewRecorder()
	web.Notify(told, "success", "web.skip")
	before, with, after := show(nil), show(told.Result().Cookies()), show(nil)
	if with == before {
		t.Error("the notice is not there")
	}
	if after != before {
		t.Error("the next page is another")
	}
}

// What does not tell two pages apart is no data of a page that is remembered.
func TestAlikeRefusesWhatDoesNotTell(t *testing.T) {
	t.Parallel()
	type hidden struct {
		App  string
		name string
	}
	type silent struct {
		App  string
		Name string `json:"-"`
	}
	type own struct {
		App  string
		Code any
		Look func() string
	}
	pages := newPages(t)
	for name, define := range map[string]func(){
		"a field that nobody else sees": func() {
			web.NewAlike(web.Define[hidden](pages, fstest.MapFS{"p.html": {Data: []byte(`{{.App}}`)}}, "p.html", web.Widget))
		},
		"a field that is left out": func() {
			web.NewAlike(web.Define[silent](pages, fstest.MapFS{"p.html": {Data: []byte(`{{.App}}`)}}, "p.html", web.Widget))
		},
		"a function": func() {
			web.NewAlike(web.Define[own](pages, fstest.MapFS{"p.html": {Data: []byte(`{{.App}}`)}}, "p.html", web.Widget))
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s was taken", name)
				}
			}()
			define()
		}()
	}
	_ = hidden{name: ""}
}
