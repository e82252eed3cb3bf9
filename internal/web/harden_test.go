package web_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/web"
)

// server is a hardened mux and its log.
type server struct {
	pages *web.Pages
	http.Handler
	log *bytes.Buffer
}

func newServer(t *testing.T, change func(*web.Hardening), routes map[string]http.HandlerFunc) *server {
	t.Helper()
	mux := http.NewServeMux()
	pages := newPages(t)
	pages.Mount(mux)
	for pattern, handler := range routes {
		mux.HandleFunc(pattern, handler)
	}
	s := &server{log: new(bytes.Buffer), pages: pages}
	h := web.Hardening{Pages: pages, Log: slog.New(slog.NewTextHandler(s.log, nil)), Now: func() time.Time { return noon }}
	if change != nil {
		change(&h)
	}
	s.Handler = web.Harden(mux, h)
	return s
}

// do sends one request; each header is written "Name: value".
func (s *server) do(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestSecurityHeadersOnEveryAnswer(t *testing.T) {
	s := newServer(t, func(h *web.Hardening) { h.HSTS = 365 * 24 * time.Hour }, map[string]http.HandlerFunc{
		"GET /page":  func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "x") },
		"GET /panic": func(http.ResponseWriter, *http.Request) { panic("x") },
	})
	for _, target := range []string{"/page", "/nothing", "/panic", "/" + strings.Repeat("x", 20_000)} {
		h := s.do("GET", target, "").Header()
		for name, want := range map[string]string{
			"Content-Security-Policy":      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
			"Strict-Transport-Security":    "max-age=31536000",
			"X-Content-Type-Options":       "nosniff",
			"X-Frame-Options":              "DENY",
			"Referrer-Policy":              "same-origin",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
			"Cache-Control":                "no-store",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%.20s: %s = %q, want %q", target, name, got, want)
			}
		}
		if !strings.Contains(h.Get("Permissions-Policy"), "camera=()") {
			t.Errorf("%.20s: Permissions-Policy = %q", target, h.Get("Permissions-Policy"))
		}
	}
	if h := newServer(t, nil, nil).do("GET", "/", "").Header(); h.Get("Strict-Transport-Security") != "" {
		t.Error("HSTS is sent though it is off")
	}
}

func TestFormTarget(t *testing.T) {
	for address, want := range map[string]string{
		"https://app.example/cb?x=1#y":      "https://app.example",
		"https://app.example:8444/cb":       "https://app.example:8444",
		"https://*.cert.id.localhost:3443":  "https://*.cert.id.localhost:3443",
		"http://127.0.0.1:51004/cb":         "http://127.0.0.1:51004",
		"http://[::1]:51004/cb":             "http:",
		"https://[2001:db8::1]/cb":          "",
		"com.example.app:/cb":               "com.example.app:",
		"myapp://cb":                        "myapp:",
		"https://user@app.example/":         "https://app.example",
		"javascript:alert(1)":               "",
		"data:text/html,x":                  "",
		"/local":                            "",
		"":                                  "",
		"https://a.example; script-src *":   "",
		"https://a.example, https://b":      "",
		"https://a.example:8444;script-src": "",
		"https://a'self'.example":           "",
		"my'app:/x":                         "",
		"https://":                          "",
	} {
		if got := web.FormTarget(address); got != want {
			t.Errorf("FormTarget(%q) = %q, want %q", address, got, want)
		}
	}
}

func TestPanicShowsAnIdAndNoStack(t *testing.T) {
	s := newServer(t, nil, map[string]http.HandlerFunc{"GET /panic": func(http.ResponseWriter, *http.Request) { panic("the secret of the house") }})
	w := s.do("GET", "/panic", "")
	if w.Code != http.StatusInternalServerError {
		t.Errorf("status = %d", w.Code)
	}
	body := w.Body.String()
	for _, leak := range []string{"secret of the house", "goroutine", ".go:"} {
		if strings.Contains(body, leak) {
			t.Errorf("page shows %q", leak)
		}
	}
	_, after, _ := strings.Cut(s.log.String(), "msg=panic id=")
	id, _, _ := strings.Cut(after, " ")
	if len(id) != 16 || !strings.Contains(body, id) {
		t.Errorf("page does not show the id %q", id)
	}
	if !strings.Contains(s.log.String(), "secret of the house") || !strings.Contains(s.log.String(), "harden_test.go") {
		t.Errorf("log lacks value or stack: %s", s.log)
	}
}

func TestPanicAfterTheAnswerBeganDropsTheConnection(t *testing.T) {
	s := newServer(t, nil, map[string]http.HandlerFunc{"GET /panic": func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("half"))
		panic("late")
	}})
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("recovered %v, want http.ErrAbortHandler", err)
		}
	}()
	s.do("GET", "/panic", "")
}

func TestRecordIsLoggedOnceWithoutQueryOrPath(t *testing.T) {
	s := newServer(t, nil, map[string]http.HandlerFunc{"GET /signin/{login}": func(w http.ResponseWriter, r *http.Request) {
		record := web.RecordOf(r.Context())
		record.Login, record.Attempt, record.User, record.App = "l1", "a1", "u1", "wiki"
		record.Outcome, record.Cause = "refused", "expired"
		_, _ = w.Write([]byte("12345"))
	}})
	s.do("GET", "/signin/abcdef?ticket=very-secret", "", "Cookie: __Host-signet-session=very-secret")
	line := s.log.String()
	if strings.Count(line, "msg=request") != 1 {
		t.Fatalf("log = %s", line)
	}
	for _, want := range []string{"method=GET", `route="GET /signin/{login}"`, "status=200", "bytes=5", "client=192.0.2.1", "login=l1", "attempt=a1", "user=u1", "app=wiki", "outcome=refused", "cause=expired"} {
		if !strings.Contains(line, want) {
			t.Errorf("log lacks %s: %s", want, line)
		}
	}
	for _, leak := range []string{"very-secret", "abcdef", "ticket"} {
		if strings.Contains(line, leak) {
			t.Errorf("log holds %q", leak)
		}
	}
}

func TestClientAddressBelievesTrustedHopsOnly(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	for name, test := range map[string]struct {
		remote  string
		headers []string
		want    string
	}{
		"no proxy":                          {"203.0.113.9:1", nil, "203.0.113.9"},
		"headers of a stranger":             {"203.0.113.9:1", []string{"1.2.3.4"}, "203.0.113.9"},
		"trusted proxy":                     {"10.0.0.1:1", []string{"198.51.100.7"}, "198.51.100.7"},
		"trusted proxy without header":      {"10.0.0.1:1", nil, "10.0.0.1"},
		"client wrote a hop itself":         {"10.0.0.1:1", []string{"1.2.3.4, 198.51.100.7"}, "198.51.100.7"},
		"two trusted proxies":               {"10.0.0.1:1", []string{"1.2.3.4, 198.51.100.7, 10.9.9.9"}, "198.51.100.7"},
		"two headers":                       {"10.0.0.1:1", []string{"1.2.3.4", "198.51.100.7"}, "198.51.100.7"},
		"garbled hop":                       {"10.0.0.1:1", []string{"198.51.100.7, unknown"}, "10.0.0.1"},
		"garbled hop behind a trusted one":  {"10.0.0.1:1", []string{"198.51.100.7, x, 10.9.9.9"}, "10.9.9.9"},
		"mapped IPv4":                       {"[::ffff:10.0.0.1]:1", []string{"::ffff:198.51.100.7"}, "198.51.100.7"},
		"IPv6 with a zone":                  {"[::1]:1", []string{"fe80::1%eth0"}, "fe80::1"},
		"everything trusted":                {"10.0.0.1:1", []string{"10.3.3.3, 10.2.2.2"}, "10.3.3.3"},
		"Unix socket has no address at all": {"@", []string{"198.51.100.7"}, "invalid IP"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = test.remote
			r.Header["X-Forwarded-For"] = test.headers
			if got := web.ClientAddress(r, trusted).String(); got != test.want {
				t.Errorf("address = %s, want %s", got, test.want)
			}
		})
	}
}

// TestClientAddressOfOtherHeaders: one header is believed, and the others are
// not there, whatever the client wrote into them.
func TestClientAddressOfOtherHeaders(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}
	for name, test := range map[string]struct {
		by      web.AddressHeader
		headers http.Header
		want    string
	}{
		"Forwarded":                           {web.Forwarded, http.Header{"Forwarded": {"for=198.51.100.7;proto=http;by=10.0.0.1"}}, "198.51.100.7"},
		"Forwarded with a port":               {web.Forwarded, http.Header{"Forwarded": {`for="198.51.100.7:4711"`}}, "198.51.100.7"},
		"Forwarded, IPv6":                     {web.Forwarded, http.Header{"Forwarded": {`For="[2001:db9::1]:4711"`}}, "2001:db9::1"},
		"Forwarded, IPv6 without port":        {web.Forwarded, http.Header{"Forwarded": {`for="[2001:db9::1]"`}}, "2001:db9::1"},
		"Forwarded, client wrote a hop":       {web.Forwarded, http.Header{"Forwarded": {"for=1.2.3.4, for=198.51.100.7"}}, "198.51.100.7"},
		"Forwarded, client left a quote open": {web.Forwarded, http.Header{"Forwarded": {`for="1.2.3.4, for=198.51.100.7`}}, "198.51.100.7"},
		"Forwarded, quote open, quoted hop":   {web.Forwarded, http.Header{"Forwarded": {`for="`, `for="198.51.100.7"`}}, "198.51.100.7"},
		"Forwarded, two proxies":              {web.Forwarded, http.Header{"Forwarded": {`for=1.2.3.4, for=198.51.100.7, for="[2001:db8::5]";by=10.0.0.1`}}, "198.51.100.7"},
		"Forwarded, hidden":                   {web.Forwarded, http.Header{"Forwarded": {"for=_secret"}}, "10.0.0.1"},
		"Forwarded, unknown":                  {web.Forwarded, http.Header{"Forwarded": {"for=1.2.3.4, for=unknown"}}, "10.0.0.1"},
		"Forwarded, for twice":                {web.Forwarded, http.Header{"Forwarded": {"for=1.2.3.4;for=198.51.100.7"}}, "10.0.0.1"},
		"Forwarded, without for":              {web.Forwarded, http.Header{"Forwarded": {"host=evil.example"}}, "10.0.0.1"},
		"Forwarded, other headers beside":     {web.Forwarded, http.Header{"X-Forwarded-For": {"1.2.3.4"}, "X-Real-Ip": {"1.2.3.4"}}, "10.0.0.1"},
		"X-Real-IP":                           {web.XRealIP, http.Header{"X-Real-Ip": {"198.51.100.7"}}, "198.51.100.7"},
		"X-Real-IP twice":                     {web.XRealIP, http.Header{"X-Real-Ip": {"198.51.100.7", "1.2.3.4"}}, "10.0.0.1"},
		"X-Real-IP, joined":                   {web.XRealIP, http.Header{"X-Real-Ip": {"1.2.3.4, 198.51.100.7"}}, "10.0.0.1"},
		"X-Real-IP, others beside":            {web.XRealIP, http.Header{"X-Forwarded-For": {"1.2.3.4"}, "Forwarded": {"for=1.2.3.4"}}, "10.0.0.1"},
		"X-Forwarded-For, others beside":      {"", http.Header{"X-Real-Ip": {"1.2.3.4"}, "Forwarded": {"for=1.2.3.4"}}, "10.0.0.1"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr, r.Header = "10.0.0.1:1", test.headers
		if got := test.by.Client(r, trusted).String(); got != test.want {
			t.Errorf("%s: address = %s, want %s", name, got, test.want)
		}
		r.RemoteAddr = "203.0.113.9:1"
		if got := test.by.Client(r, trusted).String(); got != "203.0.113.9" {
			t.Errorf("%s, of a stranger: address = %s", name, got)
		}
	}
}

func TestClientAddrReachesTheRoom(t *testing.T) {
	var got netip.Addr
	s := newServer(t, nil, map[string]http.HandlerFunc{"GET /x": func(_ http.ResponseWriter, r *http.Request) { got = web.ClientAddr(r.Context()) }})
	s.do("GET", "/x", "", "X-Forwarded-For: 1.2.3.4", "X-Real-IP: 1.2.3.4")
	if got.String() != "192.0.2.1" {
		t.Errorf("address = %s: a header of a stranger was believed", got)
	}
}

func TestRequestsOfOtherSites(t *testing.T) {
	called := false
	handler := func(http.ResponseWriter, *http.Request) { called = true }
	s := newServer(t, func(h *web.Hardening) { h.Bypass = []string{"POST /oidc/token"} }, map[string]http.HandlerFunc{"POST /form": handler, "GET /form": handler, "POST /oidc/token": handler})
	for name, test := range map[string]struct {
		method, target string
		headers        []string
		status         int
	}{
		"same origin":              {"POST", "/form", []string{"Sec-Fetch-Site: same-origin"}, 200},
		"another site":             {"POST", "/form", []string{"Sec-Fetch-Site: cross-site"}, 403},
		"a sibling host":           {"POST", "/form", []string{"Sec-Fetch-Site: same-site"}, 403},
		"an old browser elsewhere": {"POST", "/form", []string{"Origin: https://evil.example"}, 403},
		"null origin":              {"POST", "/form", []string{"Origin: null"}, 403},
		"another site reads":       {"GET", "/form", []string{"Sec-Fetch-Site: cross-site"}, 200},
		"another site, exempt":     {"POST", "/oidc/token", []string{"Sec-Fetch-Site: cross-site"}, 200},
		"another site, language":   {"POST", "/language", []string{"Sec-Fetch-Site: cross-site"}, 403},
	} {
		t.Run(name, func(t *testing.T) {
			called = false
			w := s.do(test.method, test.target, "", test.headers...)
			if w.Code != test.status || called != (test.status == 200) {
				t.Errorf("status = %d, called = %t, want %d", w.Code, called, test.status)
			}
		})
	}
}

func TestSizesAreCapped(t *testing.T) {
	s := newServer(t, func(h *web.Hardening) { h.MaxBody = 100 }, map[string]http.HandlerFunc{"POST /form": func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			web.Fail(w, r, fmt.Errorf("read form: %w", err))
		}
	}})
	if w := s.do("POST", "/form", strings.Repeat("x", 101)); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a body of 101 bytes: status = %d", w.Code)
	}
	if w := s.do("POST", "/form", strings.Repeat("x", 100)); w.Code != http.StatusOK {
		t.Errorf("a body of 100 bytes: status = %d", w.Code)
	}
	if w := s.do("GET", "/?"+strings.Repeat("x", 20_000), ""); w.Code != http.StatusRequestURITooLong {
		t.Errorf("an address of 20 kB: status = %d", w.Code)
	}
}

func TestFailMapsKinds(t *testing.T) {
	var failure error
	s := newServer(t, nil, map[string]http.HandlerFunc{
		"GET /x":    func(w http.ResponseWriter, r *http.Request) { web.Fail(w, r, failure) },
		"GET /json": func(w http.ResponseWriter, r *http.Request) { web.FailJSON(w, r, failure) },
	})
	for name, test := range map[string]struct {
		err    error
		status int
		page   string // what the page says
		json   string // what the JSON says
	}{
		"invalid":         {iam.Invalid("name", "too_long_for_a_test"), 400, "What was sent is not valid.", `"field":"name"`},
		"not found":       {fmt.Errorf("show: %w", iam.NotFound("page")), 404, "There is no page at this address.", `"cause":"page_not_found"`},
		"conflict":        {iam.Conflict("x"), 409, "changed this in the meantime", `"kind":"conflict"`},
		"forbidden":       {iam.Forbidden("x"), 403, "Your account may not do this.", `"kind":"forbidden"`},
		"unauthenticated": {&iam.Error{Kind: iam.KindUnauthenticated}, 401, "Please sign in", `"kind":"unauthenticated"`},
		"limited":         {&iam.Error{Kind: iam.KindLimited}, 429, "too many tries", `"kind":"limited"`},
		"too large":       {&http.MaxBytesError{Limit: 1}, 413, "Too large", `"kind":"too_large"`},
		"anything else":   {errors.New("dial tcp 10.0.0.5: secret"), 500, "The fault is on our side.", `"kind":"internal"`},
	} {
		t.Run(name, func(t *testing.T) {
			failure = test.err
			s.log.Reset()
			page := s.do("GET", "/x", "", "Accept: text/html,application/json")
			if page.Code != test.status || !strings.Contains(page.Body.String(), test.page) || !strings.HasPrefix(page.Header().Get("Content-Type"), "text/html") {
				t.Errorf("page: status = %d, body = %s", page.Code, page.Body)
			}
			if !strings.Contains(s.log.String(), "error=") {
				t.Errorf("the error is not in the log: %s", s.log)
			}
			for target, accept := range map[string]string{"/x": "application/json", "/json": "text/html"} {
				w := s.do("GET", target, "", "Accept: "+accept)
				if w.Code != test.status || !strings.Contains(w.Body.String(), test.json) || w.Header().Get("Content-Type") != "application/json" {
					t.Errorf("%s: status = %d, body = %s", target, w.Code, w.Body)
				}
				if strings.Contains(w.Body.String()+page.Body.String(), "secret") {
					t.Error("the error's text is in the answer")
				}
			}
		})
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	s := newServer(t, nil, map[string]http.HandlerFunc{"POST /form": func(http.ResponseWriter, *http.Request) {}, "GET /form": func(http.ResponseWriter, *http.Request) {}})
	if w := s.do("GET", "/nothing", ""); w.Code != 404 || !strings.Contains(w.Body.String(), "Nothing here") {
		t.Errorf("unknown path: status = %d", w.Code)
	}
	if w := s.do("DELETE", "/form", ""); w.Code != 405 || w.Header().Get("Allow") != "GET, POST" {
		t.Errorf("unknown method: status = %d, Allow = %q", w.Code, w.Header().Get("Allow"))
	}
	if w := s.do("GET", "/static/0000/app.css", ""); w.Code != 404 {
		t.Errorf("static file with another hash: status = %d", w.Code)
	}
}
