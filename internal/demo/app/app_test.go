package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"signet/internal/i18n"
)

// issuer is an OpenID provider that says what a test wants it to say.
type issuer struct {
	*httptest.Server
	key      *ecdsa.PrivateKey
	claims   map[string]any // over those of a good ID token
	userInfo map[string]any
	nonce    string // of the last authorization request
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{key: key, userInfo: map[string]any{"sub": "u1", "name": "Alice Martin", "preferred_username": "alice"}}
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(v); err != nil {
			t.Error(err)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{
			"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
			"userinfo_endpoint": i.URL + "/userinfo", "end_session_endpoint": i.URL + "/logout", "id_token_signing_alg_values_supported": []string{"ES256"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k", Algorithm: "ES256"}}})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": i.idToken(t)})
	})
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, _ *http.Request) { answer(w, i.userInfo) })
	i.Server = httptest.NewTLSServer(mux)
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) idToken(t *testing.T) string {
	t.Helper()
	now := time.Now()
	claims := map[string]any{
		"iss": i.URL, "aud": "demo", "sub": "u1", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(), "auth_time": now.Unix(),
		"nonce": i.nonce, "acr": "phr", "amr": []string{"pop"},
	}
	maps.Copy(claims, i.claims)
	text, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: i.key, KeyID: "k"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(text)
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// visitor is a browser of a running application.
type visitor struct {
	t      *testing.T
	issuer *issuer
	url    string
	client *http.Client
	lang   string
}

func visit(t *testing.T) *visitor {
	t.Helper()
	catalogues, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if n := catalogues.Missing(); n > 0 {
			t.Errorf("%d sentences are missing", n)
		}
	})
	i := newIssuer(t)
	site := httptest.NewUnstartedServer(nil)
	site.StartTLS()
	t.Cleanup(site.Close)
	a, err := New(t.Context(), Options{
		URL: site.URL, Issuer: i.URL, ClientID: "demo", ClientSecret: "s", RedirectURI: site.URL + "/callback", HTTP: i.Client(), Catalogues: catalogues,
		Tries: []Try{
			{Name: "Alice Martin", File: "alice.p12", Login: "alice", Outcome: "works"},
			{Name: "Bob Keller", File: "bob.p12", Login: "bob", Password: "k7qm", Outcome: "unlinked"},
			{Name: "Carol Lindqvist", File: "carol.p12", Login: "carol", Outcome: "blocked"},
			{Name: "Dave Okafor", File: "dave.p12", Login: "dave", Outcome: "expired"},
		},
		File: func(name string) ([]byte, error) {
			if name != "alice.p12" {
				return nil, errors.New("no such file")
			}
			return []byte("p12"), nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	site.Config.Handler = a.Handler()
	v := &visitor{t: t, issuer: i, url: site.URL, client: site.Client(), lang: "en"}
	v.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	v.forget()
	return v
}

// forget makes the visitor another browser.
func (v *visitor) forget() {
	jar, err := cookiejar.New(nil)
	if err != nil {
		v.t.Fatal(err)
	}
	v.client.Jar = jar
}

func (v *visitor) do(method, path string) (status int, location *url.URL, body string) {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.url+path, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Accept-Language", v.lang)
	answer, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	location, _ = answer.Location()
	return answer.StatusCode, location, string(text)
}

// begin starts a sign-in and returns what the issuer would answer with.
func (v *visitor) begin() url.Values {
	v.t.Helper()
	status, to, _ := v.do(http.MethodGet, "/sign-in")
	if status != http.StatusSeeOther {
		v.t.Fatalf("sign-in answered %d", status)
	}
	asked := to.Query()
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if asked.Get(name) == "" {
			v.t.Errorf("the request has no %s", name)
		}
	}
	v.issuer.nonce = asked.Get("nonce")
	return url.Values{"state": {asked.Get("state")}, "code": {"c"}, "iss": {v.issuer.URL}}
}

func (v *visitor) answer(q url.Values) (int, string) {
	v.t.Helper()
	status, _, body := v.do(http.MethodGet, "/callback?"+q.Encode())
	return status, body
}

func TestSignInAndOut(t *testing.T) {
	v := visit(t)
	if status, body := v.answer(v.begin()); status != http.StatusSeeOther {
		t.Fatalf("the callback answered %d: %s", status, body)
	}
	_, _, page := v.do(http.MethodGet, "/")
	for _, part := range []string{"Alice Martin", "Signed in with a certificate", "preferred_username", "phr"} {
		if !strings.Contains(page, part) {
			t.Errorf("the page does not say %q", part)
		}
	}
	if status, to, _ := v.do(http.MethodGet, "/signed-out"); status != http.StatusSeeOther || to.Path != "/" {
		t.Errorf("somebody who is signed in is told that they are not: %d", status)
	}
	status, to, _ := v.do(http.MethodPost, "/sign-out")
	if status != http.StatusSeeOther || !strings.HasPrefix(to.String(), v.issuer.URL+"/logout?") || to.Query().Get("id_token_hint") == "" {
		t.Errorf("signing out led to %v (%d)", to, status)
	}
	if _, _, page := v.do(http.MethodGet, "/signed-out"); !strings.Contains(page, "You are signed out.") {
		t.Error("the page does not say that one is signed out")
	}
	if _, _, page := v.do(http.MethodGet, "/"); strings.Contains(page, "Alice Martin</h1>") {
		t.Error("the session is still there")
	}
}

func TestCallbackRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		spoil  func(*visitor, url.Values)
		status int
		says   string
	}{
		{"unknown state", func(_ *visitor, q url.Values) { q.Set("state", "x") }, http.StatusBadRequest, "does not belong"},
		{"state of another browser", func(v *visitor, _ url.Values) { v.forget() }, http.StatusBadRequest, "does not belong"},
		{"another issuer", func(_ *visitor, q url.Values) { q.Set("iss", "https://evil.example") }, http.StatusBadRequest, "does not come from"},
		{"no issuer", func(_ *visitor, q url.Values) { q.Del("iss") }, http.StatusBadRequest, "does not come from"},
		{"declined", func(_ *visitor, q url.Values) { q.Set("error", "access_denied") }, http.StatusForbidden, "You chose not to"},
		{"an error", func(_ *visitor, q url.Values) { q.Set("error", "server_error") }, http.StatusBadGateway, "server_error"},
		{"another nonce", func(v *visitor, _ url.Values) { v.issuer.nonce = "other" }, http.StatusBadGateway, "nonce"},
		{"token for another", func(v *visitor, _ url.Values) { v.issuer.claims = map[string]any{"aud": "other"} }, http.StatusBadGateway, "audience"},
		{"expired token", func(v *visitor, _ url.Values) { v.issuer.claims = map[string]any{"exp": 1} }, http.StatusBadGateway, "expired"},
		{"userinfo of another", func(v *visitor, _ url.Values) { v.issuer.userInfo = map[string]any{"sub": "u2"} }, http.StatusBadGateway, "another person"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := visit(t)
			q := v.begin()
			c.spoil(v, q)
			status, body := v.answer(q)
			if status != c.status || !strings.Contains(body, c.says) {
				t.Errorf("answered %d, want %d with %q: %s", status, c.status, c.says, body)
			}
			if _, _, page := v.do(http.MethodGet, "/"); strings.Contains(page, "/sign-out") {
				t.Error("somebody is signed in")
			}
		})
	}
}

func TestCallbackTwice(t *testing.T) {
	v := visit(t)
	q := v.begin()
	if status, _ := v.answer(q); status != http.StatusSeeOther {
		t.Fatalf("the first answered %d", status)
	}
	if status, _ := v.answer(q); status != http.StatusBadRequest {
		t.Errorf("the second answered %d", status)
	}
}

func TestStartPage(t *testing.T) {
	v := visit(t)
	for lang, says := range map[string]string{"en": "Sign in with Signet", "fr-CA,fr;q=0.9": "Se connecter avec Signet", "de": "Sign in with Signet"} {
		v.lang = lang
		status, _, page := v.do(http.MethodGet, "/")
		if status != http.StatusOK || !strings.Contains(page, says) || !strings.Contains(page, "k7qm") {
			t.Errorf("%s: %d %s", lang, status, page)
		}
	}
	for path, want := range map[string]int{
		"/certificates/alice.p12": http.StatusOK, "/certificates/bob.p12": http.StatusNotFound, "/certificates/client-ca-key.pem": http.StatusNotFound,
		"/certificates/..%2fstate.json": http.StatusNotFound, "/nowhere": http.StatusNotFound, "/static/demo.css": http.StatusOK,
	} {
		if status, _, _ := v.do(http.MethodGet, path); status != want {
			t.Errorf("%s answered %d, want %d", path, status, want)
		}
	}
}

func TestOtherHost(t *testing.T) {
	v := visit(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, v.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "evil.example"
	answer, err := v.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("another host is answered with %d", answer.StatusCode)
	}
}
