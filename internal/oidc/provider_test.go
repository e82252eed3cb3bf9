package oidc_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"signet/internal/audit"
	"signet/internal/directory"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/login"
	"signet/internal/oidc"
	methods "signet/internal/provider"
	"signet/internal/seal"
	"signet/internal/session"
	"signet/internal/signing"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/internal/web"
)

// The tests speak HTTPS to a whole provider on a real store. Only the widget is
// played by the test: it calls the same login service as the widget does.

const (
	callback  = "https://app.example/cb?of=wiki"
	goodbye   = "https://app.example/bye"
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" // of RFC 7636, appendix B
)

// house is an installation with alice, and an application of each kind.
type house struct {
	t         testing.TB
	db        *store.DB
	clock     *storetest.Clock
	issuer    string
	server    *httptest.Server
	room      *oidc.Room
	site      http.Handler // without what the server has around it
	sessions  *session.Service
	directory *directory.Service
	login     *login.Service
	keys      *signing.Ring
	secrets   map[iam.AppID]iam.Secret
	password  iam.ProviderID
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{t: t, clock: &storetest.Clock{}, secrets: map[iam.AppID]iam.Secret{}}
	h.db = storetest.New(t, storetest.On(h.clock))
	log := &audit.Log{DB: h.db}
	h.sessions = &session.Service{DB: h.db, Log: log}
	h.directory = directory.New(h.db, log, h.sessions)
	h.login = &login.Service{
		DB: h.db, Log: log, Directory: h.directory, Sessions: h.sessions,
		Identities: &identity.Service{DB: h.db, Log: log, Sessions: h.sessions},
	}
	box, err := seal.NewBox(make([]byte, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	h.keys = &signing.Ring{DB: h.db, Box: box, Log: log, Now: h.clock.Now}

	catalogues, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	pages := web.NewPages(catalogues, web.Brand{}, h.clock.Now)
	mux := http.NewServeMux()
	pages.Mount(mux)
	h.server = httptest.NewUnstartedServer(nil)
	h.issuer = "https://" + h.server.Listener.Addr().String()
	h.room = &oidc.Room{
		Issuer: h.issuer, Pages: pages, Directory: h.directory, Login: h.login, Sessions: h.sessions, Keys: h.keys, Now: h.clock.Now,
		Identities: h.login.Identities,
	}
	h.room.Mount(mux)
	h.site = mux
	h.server.Config.Handler = web.Harden(h.withCaller(mux), web.Hardening{
		Pages: pages, Log: h.log(), Now: h.clock.Now, Bypass: oidc.CrossOriginPatterns(),
	})
	h.server.StartTLS()
	t.Cleanup(h.server.Close)
	h.fill()
	return h
}

func (h *house) fill() {
	h.t.Helper()
	h.update(func(tx *store.Tx) error {
		return tx.InsertUser(iam.User{
			ID: "alice-id", Login: "alice", Name: "Alice Martin", GivenName: "Alice", FamilyName: "Martin", Email: "alice@example.org",
			Locale: "fr", Status: iam.UserActive, CreatedAt: tx.Now(), UpdatedAt: tx.Now(),
		})
	})
	program := iam.Program("test")
	if err := h.directory.EnsureSignetApp(h.t.Context(), program, "Signet"); err != nil {
		h.t.Fatal(err)
	}
	methods := &methods.Service{DB: h.db, Log: h.sessions.Log}
	password, err := methods.EnsurePassword(h.t.Context(), program, "Password")
	if err != nil {
		h.t.Fatal(err)
	}
	h.password = password.ID
	for _, app := range []iam.App{
		{ID: "wiki", Name: "Wiki", Type: iam.AppWeb, RedirectURIs: []string{callback}, PostLogoutRedirectURIs: []string{goodbye}, SkipConsent: true},
		{ID: "mail", Name: "Mail", Type: iam.AppWeb, RedirectURIs: []string{"https://mail.example/cb"}, SigningAlgorithm: "RS256"},
		{ID: "page", Name: "Page", Type: iam.AppSPA, RedirectURIs: []string{"https://page.example:8443/cb"}, SkipConsent: true},
		{ID: "tool", Name: "Tool", Type: iam.AppNative, RedirectURIs: []string{"http://127.0.0.1/cb", "com.example.tool:/cb"}, SkipConsent: true},
	} {
		_, secret, err := h.directory.CreateApp(h.t.Context(), program, app)
		if err != nil {
			h.t.Fatal(err)
		}
		h.secrets[app.ID] = secret
		if err := methods.Switch(h.t.Context(), program, app.ID, h.password, true); err != nil {
			h.t.Fatal(err)
		}
	}
}

func (h *house) update(fn func(*store.Tx) error) {
	h.t.Helper()
	if err := h.db.Update(h.t.Context(), fn); err != nil {
		h.t.Fatal(err)
	}
}

// withCaller is what the server does before every room.
func (h *house) withCaller(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller := iam.Caller{Browser: iam.Secret(web.Cookie(r, web.BrowserCookie))}
		if caller.Browser == "" {
			caller.Browser = iam.NewSecret()
			web.SetCookie(w, web.BrowserCookie, string(caller.Browser), time.Hour)
		}
		if held, user, _, err := h.sessions.Of(r.Context(), iam.Secret(web.Cookie(r, web.SessionCookie))); err == nil {
			caller.User, caller.Session = user.ID, held.ID
		}
		next.ServeHTTP(w, r.WithContext(web.WithCaller(r.Context(), caller)))
	})
}

// browser keeps cookies and follows no redirect.
type browser struct {
	*http.Client
	h *house
}

func (h *house) browser() *browser {
	h.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return &browser{h: h, Client: &http.Client{Transport: h.server.Client().Transport, Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}}
}

// signedIn is a browser in which alice has just shown her certificate.
func (h *house) signedIn() *browser {
	h.t.Helper()
	b := h.browser()
	h.update(func(tx *store.Tx) error {
		opened, err := h.sessions.Open(tx, iam.Caller{}, "alice-id", "wiki", []iam.Proof{{
			Type: iam.ProviderCertificate, Provider: h.password, Identity: "card", At: tx.Now(), ACR: iam.ACRPhishingResistant, AMR: []string{"pop"},
			Certificate: &iam.Certificate{Subject: "CN=alice", Serial: "0A1B", NotAfter: tx.Now().AddDate(1, 0, 0)},
		}})
		b.set(web.SessionCookie, string(opened.Secret))
		return err
	})
	return b
}

func (b *browser) set(name web.CookieName, value string) {
	b.Jar.SetCookies(b.h.url(""), []*http.Cookie{{Name: "__Host-" + string(name), Value: value, Path: "/", Secure: true}})
}

func (b *browser) cookie(name web.CookieName) string {
	for _, c := range b.Jar.Cookies(b.h.url("")) {
		if c.Name == "__Host-"+string(name) {
			return c.Value
		}
	}
	return ""
}

// caller is who the browser is, for the test that plays the widget.
func (b *browser) caller() iam.Caller {
	return iam.Caller{Browser: iam.Secret(b.cookie(web.BrowserCookie))}
}

func (h *house) url(path string) *url.URL {
	h.t.Helper()
	u, err := url.Parse(h.issuer + path)
	if err != nil {
		h.t.Fatal(err)
	}
	return u
}

// answer is a response with its body read.
type answer struct {
	*http.Response
	body string
}

func (a answer) json(t testing.TB) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(a.body), &m); err != nil {
		t.Fatalf("%s %s: not JSON: %v\n%s", a.Request.Method, a.Request.URL.Path, err, a.body)
	}
	return m
}

// to returns where a redirect leads, without the query, and the query.
func (a answer) to() (string, url.Values) {
	u, err := url.Parse(a.Header.Get("Location"))
	if err != nil {
		return err.Error(), nil
	}
	q := u.Query()
	u.RawQuery = ""
	return u.String(), q
}

func (b *browser) do(method, path string, form url.Values, headers ...string) answer {
	b.h.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(b.h.t.Context(), method, b.h.issuer+path, body)
	if err != nil {
		b.h.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	response, err := b.Do(r)
	if err != nil {
		b.h.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		b.h.t.Fatal(err)
	}
	return answer{response, string(text)}
}

func (b *browser) get(path string, headers ...string) answer {
	b.h.t.Helper()
	return b.do(http.MethodGet, path, nil, headers...)
}

// values makes a form of pairs.
func values(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

// with returns a copy in which the pairs replace what there was; an empty value
// takes a parameter out.
func with(v url.Values, pairs ...string) url.Values {
	changed := url.Values{}
	for name, all := range v {
		changed[name] = all
	}
	for i := 0; i < len(pairs); i += 2 {
		changed.Del(pairs[i])
		if pairs[i+1] != "" {
			changed.Set(pairs[i], pairs[i+1])
		}
	}
	return changed
}

// proper is a request to which nothing is wrong.
func proper() url.Values {
	return values("client_id", "wiki", "redirect_uri", callback, "response_type", "code", "scope", "openid profile email offline_access",
		"state", "a state & more", "nonce", "a nonce", "code_challenge", challenge, "code_challenge_method", "S256")
}

func authorize(v url.Values) string { return "/oidc/authorize?" + v.Encode() }

// code signs in silently and returns the code.
func (b *browser) code(v url.Values) string {
	b.h.t.Helper()
	a := b.get(authorize(v))
	_, q := a.to()
	if q.Get("code") == "" {
		b.h.t.Fatalf("no code: %s %s\n%.300s", a.Status, a.Header.Get("Location"), a.body)
	}
	return q.Get("code")
}

// redemption is a proper form for the token endpoint.
func redemption(code string) url.Values {
	return values("grant_type", "authorization_code", "code", code, "redirect_uri", callback, "code_verifier", verifier)
}

// token posts a form to the token endpoint as the application, by
// client_secret_basic where it has a secret.
func (h *house) token(app iam.AppID, form url.Values) answer {
	h.t.Helper()
	return h.program(app, "/oidc/token", form)
}

// program posts a form to an endpoint as the application.
func (h *house) program(app iam.AppID, path string, form url.Values) answer {
	h.t.Helper()
	b := &browser{&http.Client{Transport: h.server.Client().Transport}, h}
	if h.secrets[app] == "" {
		return b.do(http.MethodPost, path, with(form, "client_id", string(app)))
	}
	return b.do(http.MethodPost, path, form, "Authorization", basic(string(app), string(h.secrets[app])))
}

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
}

// tokens signs in and redeems.
func (h *house) tokens(v url.Values) map[string]any {
	h.t.Helper()
	a := h.token("wiki", redemption(h.signedIn().code(v)))
	if a.StatusCode != http.StatusOK {
		h.t.Fatalf("token: %s %s", a.Status, a.body)
	}
	return a.json(h.t)
}

// claims returns what an ID token says, without verifying it.
func claims(t *testing.T, token any) map[string]any {
	t.Helper()
	parts := strings.Split(token.(string), ".")
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	var m map[string]any
	if err := errors.Join(err, json.Unmarshal(text, &m)); err != nil {
		t.Fatal(err)
	}
	return m
}

func (h *house) userinfo(token any) answer {
	h.t.Helper()
	return h.browser().get("/oidc/userinfo", "Authorization", "Bearer "+token.(string))
}

// wantError checks an answer in JSON.
func wantError(t *testing.T, a answer, status int, code string) {
	t.Helper()
	if a.StatusCode != status || a.json(t)["error"] != code {
		t.Errorf("%s %s: %d %s; want %d %s", a.Request.Method, a.Request.URL.Path, a.StatusCode, a.body, status, code)
	}
	if a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("Cache-Control: %q", a.Header.Get("Cache-Control"))
	}
}

// log is the log of requests; a benchmark has none.
func (h *house) log() *slog.Logger {
	if _, ok := h.t.(*testing.B); ok {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(h.t.Output(), nil))
}
