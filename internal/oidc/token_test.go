package oidc_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"signet/internal/iam"
)

func TestTokens(t *testing.T) {
	h := newHouse(t)
	a := h.token("wiki", redemption(h.signedIn().code(proper())))
	tokens := a.json(t)
	if a.StatusCode != http.StatusOK || tokens["token_type"] != "Bearer" || tokens["expires_in"] != 600.0 || tokens["scope"] != "openid profile email offline_access" {
		t.Errorf("%s %s", a.Status, a.body)
	}
	if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Content-Type") != "application/json" {
		t.Errorf("headers = %v", a.Header)
	}
	now := float64(h.clock.Now().Unix())
	said := claims(t, tokens["id_token"])
	for name, want := range map[string]any{
		"iss": h.issuer, "sub": "alice-id", "aud": "wiki", "nonce": "a nonce", "acr": "phr", "iat": now, "exp": now + 3600, "auth_time": now,
	} {
		if said[name] != want {
			t.Errorf("claim %s = %v, want %v", name, said[name], want)
		}
	}
	if amr, _ := json.Marshal(said["amr"]); string(amr) != `["pop"]` || said["sid"] == "" || said["at_hash"] == "" {
		t.Errorf("claims = %v", said)
	}
	// Nothing of the certificate, and nothing about the person, is in it.
	if len(said) != 11 {
		t.Errorf("claims = %v", said)
	}
}

func TestRefresh(t *testing.T) {
	h := newHouse(t)
	first := h.tokens(proper())
	h.clock.Advance(time.Hour)
	a := h.token("wiki", values("grant_type", "refresh_token", "refresh_token", first["refresh_token"].(string), "scope", "openid email"))
	second := a.json(t)
	if a.StatusCode != http.StatusOK || second["scope"] != "openid email" || second["refresh_token"] == first["refresh_token"] {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	before, after := claims(t, first["id_token"]), claims(t, second["id_token"])
	if after["auth_time"] != before["auth_time"] || after["sub"] != before["sub"] || after["iat"] != before["iat"].(float64)+3600 || after["nonce"] != nil {
		t.Errorf("ID token after refresh: %v, before: %v", after, before)
	}
	info := h.userinfo(second["access_token"]).json(t)
	if info["email"] != "alice@example.org" || info["name"] != nil {
		t.Errorf("userinfo of a narrowed token: %v", info)
	}
	third := h.token("wiki", values("grant_type", "refresh_token", "refresh_token", second["refresh_token"].(string), "scope", "email")).json(t)
	if third["id_token"] != nil {
		t.Errorf("an ID token without openid: %v", third)
	}
	wantError(t, h.userinfo(third["access_token"]), http.StatusForbidden, "insufficient_scope")
	again := h.token("wiki", values("grant_type", "refresh_token", "refresh_token", first["refresh_token"].(string)))
	wantError(t, again, http.StatusBadRequest, "invalid_grant")
	if a := h.userinfo(second["access_token"]); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("userinfo after reuse: %s", a.Status)
	}
	wantError(t, h.token("wiki", values("grant_type", "refresh_token", "refresh_token", third["refresh_token"].(string))), http.StatusBadRequest, "invalid_grant")
}

func TestErrorsOfToken(t *testing.T) {
	h := newHouse(t)
	b := h.signedIn()
	public := with(proper(), "client_id", "page", "redirect_uri", "https://page.example:8443/cb")
	plain := with(proper(), "code_challenge", "", "code_challenge_method", "")
	fresh := func(changes ...string) func() url.Values {
		return func() url.Values { return with(redemption(b.code(proper())), changes...) }
	}
	for name, c := range map[string]struct {
		app  iam.AppID
		form func() url.Values
		want string
	}{
		"no grant_type":          {"wiki", fresh("grant_type", ""), "invalid_request"},
		"password":               {"wiki", fresh("grant_type", "password"), "unsupported_grant_type"},
		"client_credentials":     {"wiki", fresh("grant_type", "client_credentials"), "unsupported_grant_type"},
		"no code":                {"wiki", fresh("code", ""), "invalid_request"},
		"unknown code":           {"wiki", fresh("code", "x"), "invalid_grant"},
		"another redirect URI":   {"wiki", fresh("redirect_uri", callback+"&x"), "invalid_grant"},
		"no redirect URI":        {"wiki", fresh("redirect_uri", ""), "invalid_grant"},
		"another application":    {"mail", fresh(), "invalid_grant"},
		"no verifier: downgrade": {"wiki", fresh("code_verifier", ""), "invalid_grant"},
		"no verifier: downgrade of a public client": {"page", func() url.Values {
			return with(redemption(b.code(public)), "redirect_uri", "https://page.example:8443/cb", "code_verifier", "")
		}, "invalid_grant"},
		"another verifier":               {"wiki", fresh("code_verifier", strings.Repeat("x", 43)), "invalid_grant"},
		"the challenge as the verifier":  {"wiki", fresh("code_verifier", challenge), "invalid_grant"},
		"a verifier that is too short":   {"wiki", fresh("code_verifier", "x"), "invalid_grant"},
		"a verifier without a challenge": {"wiki", func() url.Values { return redemption(b.code(plain)) }, "invalid_grant"},
		"two codes":                      {"wiki", func() url.Values { v := fresh()(); v.Add("code", "x"); return v }, "invalid_request"},
		"a value that is far too long":   {"wiki", fresh("code", strings.Repeat("x", 3000)), "invalid_request"},
		"no refresh token":               {"wiki", fresh("grant_type", "refresh_token"), "invalid_request"},
		"an unknown refresh token":       {"wiki", fresh("grant_type", "refresh_token", "refresh_token", "x"), "invalid_grant"},
		"more scope at refresh": {"wiki", func() url.Values {
			tokens := h.tokens(with(proper(), "scope", "openid offline_access"))
			return values("grant_type", "refresh_token", "refresh_token", tokens["refresh_token"].(string), "scope", "openid email")
		}, "invalid_scope"},
	} {
		t.Run(name, func(t *testing.T) { wantError(t, h.token(c.app, c.form()), http.StatusBadRequest, c.want) })
	}
	t.Run("too late", func(t *testing.T) {
		code := b.code(proper())
		h.clock.Advance(time.Minute)
		wantError(t, h.token("wiki", redemption(code)), http.StatusBadRequest, "invalid_grant")
	})
}

func TestClientAuthentication(t *testing.T) {
	h := newHouse(t)
	b, session := h.browser(), h.signedIn()
	secret := string(h.secrets["wiki"])
	public := with(proper(), "client_id", "page", "redirect_uri", "https://page.example:8443/cb")
	for name, c := range map[string]struct {
		request url.Values
		form    []string
		headers []string
		query   string
		want    string // "" for success
	}{
		"basic":                              {headers: []string{"Authorization", basic("wiki", secret)}},
		"basic and the same client_id":       {headers: []string{"Authorization", basic("wiki", secret)}, form: []string{"client_id", "wiki"}},
		"basic and another client_id":        {headers: []string{"Authorization", basic("wiki", secret)}, form: []string{"client_id", "mail"}, want: "invalid_request"},
		"post":                               {form: []string{"client_id", "wiki", "client_secret", secret}},
		"both at once":                       {headers: []string{"Authorization", basic("wiki", secret)}, form: []string{"client_id", "wiki", "client_secret", secret}, want: "invalid_request"},
		"none at all":                        {want: "invalid_client"},
		"an id alone, of a confidential one": {form: []string{"client_id", "wiki"}, want: "invalid_client"},
		"an empty secret":                    {headers: []string{"Authorization", basic("wiki", "")}, want: "invalid_client"},
		"a wrong secret by basic":            {headers: []string{"Authorization", basic("wiki", secret+"x")}, want: "invalid_client"},
		"a wrong secret by post":             {form: []string{"client_id", "wiki", "client_secret", "x"}, want: "invalid_client"},
		"another's secret":                   {headers: []string{"Authorization", basic("wiki", string(h.secrets["mail"]))}, want: "invalid_client"},
		"an unknown client":                  {headers: []string{"Authorization", basic("nobody", secret)}, want: "invalid_client"},
		"a bearer token":                     {headers: []string{"Authorization", "Bearer " + secret}, want: "invalid_client"},
		"two headers":                        {headers: []string{"Authorization", basic("wiki", secret), "Authorization", basic("mail", secret)}, want: "invalid_client"},
		"not form-encoded":                   {headers: []string{"Authorization", "Basic d2lraTole"}, want: "invalid_client"},
		"an assertion":                       {form: []string{"client_id", "wiki", "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion", "ey"}, want: "invalid_client"},
		"a secret in the address":            {query: "?client_id=wiki&client_secret=" + secret, want: "invalid_client"},
		"public":                             {request: public, form: []string{"client_id", "page", "redirect_uri", "https://page.example:8443/cb"}},
		"public by basic with no secret":     {request: public, headers: []string{"Authorization", basic("page", "")}, form: []string{"redirect_uri", "https://page.example:8443/cb"}},
		"public with a secret":               {request: public, form: []string{"client_id", "page", "client_secret", secret, "redirect_uri", "https://page.example:8443/cb"}, want: "invalid_client"},
	} {
		t.Run(name, func(t *testing.T) {
			request := c.request
			if request == nil {
				request = proper()
			}
			a := b.do(http.MethodPost, "/oidc/token"+c.query, with(redemption(session.code(request)), c.form...), c.headers...)
			switch c.want {
			case "":
				if a.StatusCode != http.StatusOK {
					t.Errorf("%s %s", a.Status, a.body)
				}
			case "invalid_client":
				wantError(t, a, http.StatusUnauthorized, c.want)
				if !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Basic realm=") {
					t.Errorf("WWW-Authenticate: %q", a.Header.Get("WWW-Authenticate"))
				}
			default:
				wantError(t, a, http.StatusBadRequest, c.want)
			}
		})
	}
}

func TestBothSecretsWorkWhileTheyOverlap(t *testing.T) {
	h := newHouse(t)
	b, session := h.browser(), h.signedIn()
	old := string(h.secrets["wiki"])
	next, err := h.directory.RotateAppSecret(t.Context(), iam.Program("test"), "wiki", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	status := func(secret string) int {
		return b.do(http.MethodPost, "/oidc/token", redemption(session.code(proper())), "Authorization", basic("wiki", secret)).StatusCode
	}
	if status(old) != http.StatusOK || status(string(next)) != http.StatusOK {
		t.Error("one of two secrets does not work")
	}
	h.clock.Advance(time.Hour)
	if status(old) != http.StatusUnauthorized || status(string(next)) != http.StatusOK {
		t.Error("the old secret works after its time, or the new one does not")
	}
}

func TestOneOfTwentyRedeemsACode(t *testing.T) {
	h := newHouse(t)
	code := h.signedIn().code(proper())
	var won atomic.Int64
	var token atomic.Value
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			a := h.token("wiki", redemption(code))
			if a.StatusCode == http.StatusOK {
				won.Add(1)
				token.Store(a.json(t)["access_token"])
			}
		})
	}
	wait.Wait()
	if won.Load() != 1 {
		t.Fatalf("%d of 20 got tokens for one code", won.Load())
	}
	if a := h.userinfo(token.Load()); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("the token of a code that came twenty times: %s", a.Status)
	}
}

// T39, through the rule that blocks: whatever a blocked person held is over, at
// every endpoint.
func TestT39BlockedPersonAtEveryEndpoint(t *testing.T) {
	h := newHouse(t)
	b := h.signedIn()
	code, tokens := b.code(proper()), h.tokens(proper())
	if err := h.directory.Block(t.Context(), iam.Program("test"), "alice-id"); err != nil {
		t.Fatal(err)
	}
	wantError(t, h.userinfo(tokens["access_token"]), http.StatusUnauthorized, "invalid_token")
	wantError(t, h.token("wiki", redemption(code)), http.StatusBadRequest, "invalid_grant")
	wantError(t, h.token("wiki", values("grant_type", "refresh_token", "refresh_token", tokens["refresh_token"].(string))), http.StatusBadRequest, "invalid_grant")
	for _, token := range []string{"access_token", "refresh_token"} {
		if a := h.program("wiki", "/oidc/introspect", values("token", tokens[token].(string))); a.body != `{"active":false}` {
			t.Errorf("introspection: %s", a.body)
		}
	}
	if _, q := b.get(authorize(with(proper(), "prompt", "none"))).to(); q.Get("error") != "login_required" {
		t.Errorf("authorize: %v", q)
	}
}
