package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"signet/internal/web"
)

func TestCookieFlags(t *testing.T) {
	const name web.CookieName = "signet-test"
	w := httptest.NewRecorder()
	web.SetCookie(w, name, "value", time.Hour)
	if got, want := w.Header().Get("Set-Cookie"), "__Host-signet-test=value; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax"; got != want {
		t.Errorf("cookie = %s, want %s", got, want)
	}
	w = httptest.NewRecorder()
	web.SetCookie(w, name, "value", 0)
	if got, want := w.Header().Get("Set-Cookie"), "__Host-signet-test=value; Path=/; HttpOnly; Secure; SameSite=Lax"; got != want {
		t.Errorf("cookie of a browser session = %s, want %s", got, want)
	}
	w = httptest.NewRecorder()
	web.ClearCookie(w, name)
	if got, want := w.Header().Get("Set-Cookie"), "__Host-signet-test=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"; got != want {
		t.Errorf("cleared cookie = %s, want %s", got, want)
	}
	for header, want := range map[string]string{
		"":                          "",
		"signet-test=unprefixed":    "",
		"__Host-signet-test=a":      "a",
		"x=1; __Host-signet-test=a": "a",
		"__Host-signet-test=a; __Host-signet-test=b": "", // one of them shadows the other
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", header)
		if got := web.Cookie(r, name); got != want {
			t.Errorf("Cookie: %s: value = %q, want %q", header, got, want)
		}
	}
}

func TestLanguageOrder(t *testing.T) {
	for name, test := range map[string]struct {
		extra, locales, locale, cookie, accept string
		want                                   string
	}{
		"nothing":                  {want: "en"},
		"browser":                  {accept: "fr-CA,fr;q=0.9", want: "fr"},
		"account before browser":   {locale: "fr", accept: "en", want: "fr"},
		"choice before account":    {cookie: "__Host-signet-lang=fr", locale: "en", want: "fr"},
		"ui_locales before choice": {locales: "fr", cookie: "__Host-signet-lang=en", want: "fr"},
		"extra before all":         {extra: "fr", locales: "en", want: "fr"},
		"a choice made just now before ui_locales":    {locales: "en", cookie: "__Host-signet-lang-now=fr", want: "fr"},
		"an unknown language in the cookie":           {cookie: "__Host-signet-lang=xx; __Host-signet-lang-now=xx", accept: "fr", want: "fr"},
		"an unknown language of the application":      {locales: "xx", accept: "fr", want: "fr"},
		"an unprefixed cookie counts for nothing":     {cookie: "signet-lang=fr", want: "en"},
		"a language of the application with a region": {locales: "fr-BE en", accept: "en", want: "fr"},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			s := newServer(t, nil, map[string]http.HandlerFunc{"GET /x": func(_ http.ResponseWriter, r *http.Request) {
				record := web.RecordOf(r.Context())
				record.Locale, record.Locales = test.locale, test.locales
				got = web.Language(r, test.extra).Lang()
			}})
			s.do("GET", "/x", "", "Cookie: "+test.cookie, "Accept-Language: "+test.accept)
			if got != test.want {
				t.Errorf("language = %s, want %s", got, test.want)
			}
		})
	}
}

// The order is ui_locales, the person's choice, the browser, the default.
func TestDefaultLanguageComesLast(t *testing.T) {
	for accept, want := range map[string]string{"": "fr", "ja": "fr", "en-GB": "en", "de, en;q=0.5": "en"} {
		got := ""
		s := newServer(t, nil, map[string]http.HandlerFunc{"GET /x": func(_ http.ResponseWriter, r *http.Request) {
			got = web.Language(r).Lang()
		}})
		s.pages.Follow(func(context.Context) web.General { return web.General{Language: "fr", Name: "Acme"} })
		s.do("GET", "/x", "", "Accept-Language: "+accept)
		if got != want {
			t.Errorf("Accept-Language %q with the default fr: %s, want %s", accept, got, want)
		}
	}
}

// The logo of the installation stands on every page: in the frame, in widgets that
// have none of their own, and in the tab of the browser.
func TestLogoOfTheInstallationIsOnEveryPage(t *testing.T) {
	pages := newPages(t)
	pages.Follow(func(context.Context) web.General { return web.General{Name: "Acme", Logo: "/pictures/acme"} })
	draw := func(layout web.Layout, view web.View) string {
		w := httptest.NewRecorder()
		web.Define[struct{}](pages, files("p.html", "content"), "p.html", layout).Show(w, httptest.NewRequest("GET", "/", nil), http.StatusOK, view, struct{}{})
		return w.Body.String()
	}
	const tab = `<link rel="icon" href="/pictures/acme" type="image/png">`
	for name, c := range map[string]struct {
		page string
		want []string
	}{
		"frame":                   {draw(web.Frame, web.View{Title: "x"}), []string{tab, `<img src="/pictures/acme"`, "<span>Acme</span>"}},
		"widget":                  {draw(web.Widget, web.View{Title: "x"}), []string{tab, `<img class="widget-logo" src="/pictures/acme"`}},
		"widget with an own logo": {draw(web.Widget, web.View{Title: "x", Logo: "/pictures/own"}), []string{tab, `<img class="widget-logo" src="/pictures/own"`}},
	} {
		for _, text := range c.want {
			if !strings.Contains(c.page, text) {
				t.Errorf("%s: the page lacks %s", name, text)
			}
		}
	}
}

func TestLanguageSwitch(t *testing.T) {
	s := newServer(t, nil, nil)
	w := s.do("POST", "/language", "lang=fr&back=%2Fsignin%2Fabc%3Fx%3D1")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/signin/abc?x=1" {
		t.Errorf("status = %d, location = %s", w.Code, w.Header().Get("Location"))
	}
	if cookies := strings.Join(w.Header().Values("Set-Cookie"), "\n"); !strings.Contains(cookies, "__Host-signet-lang=fr;") || !strings.Contains(cookies, "__Host-signet-lang-now=fr;") {
		t.Errorf("cookies = %s", cookies)
	}
	w = s.do("POST", "/language", "lang=%22x&back=https://evil.example")
	if w.Header().Get("Set-Cookie") != "" || w.Header().Get("Location") != "/" {
		t.Errorf("unknown language: cookie = %s, location = %s", w.Header().Get("Set-Cookie"), w.Header().Get("Location"))
	}
}

func TestLocalPath(t *testing.T) {
	for address, want := range map[string]string{
		"/":                        "/",
		"/a/b?c=d":                 "/a/b?c=d",
		"/a#fragment":              "/a",
		"":                         "/",
		"a":                        "/",
		"//evil.example":           "/",
		"/\\evil.example":          "/",
		"\\\\evil.example":         "/",
		"/\t/evil.example":         "/",
		"https://evil.example":     "/",
		"javascript:alert(1)":      "/",
		"/%2F/evil.example":        "/",
		"///evil.example":          "/",
		"/a\r\nSet-Cookie: x":      "/",
		"/../evil":                 "/../evil",
		"/signin?next=//x.example": "/signin?next=//x.example",
	} {
		if got := web.LocalPath(address); got != want {
			t.Errorf("LocalPath(%q) = %q, want %q", address, got, want)
		}
	}
}

func TestBackAfterAForm(t *testing.T) {
	s := newServer(t, nil, map[string]http.HandlerFunc{"POST /form": func(w http.ResponseWriter, r *http.Request) { web.Fail(w, r, http.ErrNoCookie) }})
	for referer, want := range map[string]string{
		"https://example.com/page?x=1": `value="/page?x=1"`,
		"http://evil.example/page":     `value="/"`,
		"":                             `value="/"`,
	} {
		if body := s.do("POST", "/form", "", "Referer: "+referer).Body.String(); !strings.Contains(body, `name="back" `+want) {
			t.Errorf("Referer %q: page lacks %s", referer, want)
		}
	}
}

func TestNoticeAppearsOnce(t *testing.T) {
	pages := newPages(t)
	page := web.Define[struct{}](pages, files("p.html", "content"), "p.html", web.Frame)
	show := func(cookie string) *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", cookie)
		page.Show(w, r, http.StatusOK, web.View{Title: "x"}, struct{}{})
		return w
	}
	set := httptest.NewRecorder()
	web.Notify(set, "success", "web.certificate.issuer", "Issuer", "<b>CA</b>")
	cookie, _, _ := strings.Cut(set.Header().Get("Set-Cookie"), ";")
	w := show(cookie)
	if !strings.Contains(w.Body.String(), "Issued by &lt;b&gt;CA&lt;/b&gt;") || !strings.Contains(w.Body.String(), "banner-success") {
		t.Errorf("page lacks the notice: %s", w.Body)
	}
	if !strings.Contains(w.Header().Get("Set-Cookie"), "Max-Age=0") {
		t.Error("the notice is not taken out of the browser")
	}
	for name, cookie := range map[string]string{
		"garbled":          "__Host-signet-notice=%%%",
		"words, not a key": "__Host-signet-notice=eyJrIjoic3VjY2VzcyIsInQiOiJZb3Ugd29uIn0",
		"without prefix":   strings.TrimPrefix(cookie, "__Host-"),
		"nothing":          "",
	} {
		if body := show(cookie).Body.String(); strings.Contains(body, "class=\"banner") {
			t.Errorf("%s: page shows a banner", name)
		}
	}
}
