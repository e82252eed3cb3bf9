package oidc_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"signet/internal/iam"
	"signet/internal/store"
)

func TestUserInfo(t *testing.T) {
	h := newHouse(t)
	now := float64(h.clock.Now().Unix())
	profile := map[string]any{
		"name": "Alice Martin", "given_name": "Alice", "family_name": "Martin", "preferred_username": "alice", "locale": "fr", "updated_at": now,
	}
	email := map[string]any{"email": "alice@example.org", "email_verified": false}
	for scope, parts := range map[string][]map[string]any{
		"openid": {}, "openid profile": {profile}, "openid email": {email}, "openid profile email": {profile, email},
	} {
		want := map[string]any{"sub": "alice-id"}
		for _, part := range parts {
			for name, value := range part {
				want[name] = value
			}
		}
		token := h.tokens(with(proper(), "scope", scope))["access_token"].(string)
		for how, a := range map[string]answer{
			"GET":             h.userinfo(token),
			"POST":            h.browser().do(http.MethodPost, "/oidc/userinfo", nil, "Authorization", "bearer "+token),
			"POST with token": h.browser().do(http.MethodPost, "/oidc/userinfo", values("access_token", token)),
		} {
			if a.StatusCode != http.StatusOK || !reflect.DeepEqual(a.json(t), want) {
				t.Errorf("%s, scope %s: %s %s, want %v", how, scope, a.Status, a.body, want)
			}
		}
	}
}

func TestUserInfoIsRefused(t *testing.T) {
	h := newHouse(t)
	tokens := h.tokens(proper())
	token := tokens["access_token"].(string)
	b := h.browser()
	for name, a := range map[string]answer{
		"unknown":            h.userinfo("x"),
		"a refresh token":    h.userinfo(tokens["refresh_token"]),
		"an ID token":        h.userinfo(tokens["id_token"]),
		"an empty one":       b.get("/oidc/userinfo", "Authorization", "Bearer "),
		"none":               b.get("/oidc/userinfo"),
		"in the address":     b.get("/oidc/userinfo?access_token=" + token),
		"another scheme":     b.get("/oidc/userinfo", "Authorization", basic("wiki", string(h.secrets["wiki"]))),
		"a session's cookie": h.signedIn().get("/oidc/userinfo"),
	} {
		challenge := a.Header.Get("WWW-Authenticate")
		if a.StatusCode != http.StatusUnauthorized || !strings.HasPrefix(challenge, `Bearer realm="`+h.issuer+`"`) || strings.Contains(a.body, "alice") {
			t.Errorf("%s: %s %q %s", name, a.Status, challenge, a.body)
		}
	}
	wantError(t, b.do(http.MethodPost, "/oidc/userinfo", values("access_token", token), "Authorization", "Bearer "+token), http.StatusBadRequest, "invalid_request")
	h.clock.Advance(10 * time.Minute)
	wantError(t, h.userinfo(token), http.StatusUnauthorized, "invalid_token")
}

func TestIntrospection(t *testing.T) {
	h := newHouse(t)
	tokens := h.tokens(proper())
	now := float64(h.clock.Now().Unix())
	access := values("token", tokens["access_token"].(string))
	a := h.program("wiki", "/oidc/introspect", access)
	want := map[string]any{
		"active": true, "scope": "openid profile email offline_access", "client_id": "wiki", "token_type": "Bearer", "exp": now + 600, "iat": now,
		"auth_time": now, "sub": "alice-id", "aud": []any{"wiki"}, "iss": h.issuer, "amr": []any{"pop"}, "acr": "phr",
	}
	if a.StatusCode != http.StatusOK || !reflect.DeepEqual(a.json(t), want) {
		t.Errorf("%s %s\nwant %v", a.Status, a.body, want)
	}
	if a := h.program("wiki", "/oidc/introspect", values("token", tokens["refresh_token"].(string))).json(t); a["active"] != true || a["token_type"] != nil {
		t.Errorf("of a refresh token: %v", a)
	}
	for name, a := range map[string]answer{
		"of another application": h.program("mail", "/oidc/introspect", access),
		"unknown":                h.program("wiki", "/oidc/introspect", values("token", "x")),
		"an ID token":            h.program("wiki", "/oidc/introspect", values("token", tokens["id_token"].(string))),
	} {
		if a.StatusCode != http.StatusOK || a.body != `{"active":false}` {
			t.Errorf("%s: %s %s", name, a.Status, a.body)
		}
	}
	wantError(t, h.program("page", "/oidc/introspect", access), http.StatusUnauthorized, "invalid_client")
	wantError(t, h.browser().do(http.MethodPost, "/oidc/introspect", with(access, "client_id", "wiki")), http.StatusUnauthorized, "invalid_client")
	wantError(t, h.program("wiki", "/oidc/introspect", values("x", "y")), http.StatusBadRequest, "invalid_request")
}

func TestRevocation(t *testing.T) {
	h := newHouse(t)
	tokens := h.tokens(proper())
	revoke := func(app iam.AppID, token any) answer {
		return h.program(app, "/oidc/revoke", values("token", token.(string), "token_type_hint", "something"))
	}
	wantError(t, revoke("mail", tokens["access_token"]), http.StatusBadRequest, "invalid_grant")
	wantError(t, h.program("wiki", "/oidc/revoke", values("x", "y")), http.StatusBadRequest, "invalid_request")
	if a := h.userinfo(tokens["access_token"]); a.StatusCode != http.StatusOK {
		t.Fatalf("another application revoked: %s", a.Status)
	}
	for _, token := range []any{tokens["access_token"], tokens["access_token"], "unknown"} {
		if a := revoke("wiki", token); a.StatusCode != http.StatusOK || a.body != "" {
			t.Errorf("revoke: %s %s", a.Status, a.body)
		}
	}
	wantError(t, h.userinfo(tokens["access_token"]), http.StatusUnauthorized, "invalid_token")
	if a := revoke("wiki", tokens["refresh_token"]); a.StatusCode != http.StatusOK {
		t.Errorf("revoke: %s", a.Status)
	}
	wantError(t, h.token("wiki", values("grant_type", "refresh_token", "refresh_token", tokens["refresh_token"].(string))), http.StatusBadRequest, "invalid_grant")
}

func TestDiscoveryTellsTheTruth(t *testing.T) {
	h := newHouse(t)
	h.update(func(tx *store.Tx) error { // for the claim identifiers
		_, err := tx.InsertIdentity(iam.Identity{ID: "card", User: "alice-id", Provider: h.password, Type: iam.ProviderCertificate, Key: "k", Publicity: iam.PublicityEveryone})
		return err
	})
	b := h.browser()
	a := b.get("/.well-known/openid-configuration")
	said := a.json(t)
	if a.Header.Get("Content-Type") != "application/json" || said["issuer"] != h.issuer {
		t.Errorf("%v %s", a.Header, a.body)
	}
	list := func(name string) (out []string) {
		all, _ := said[name].([]any)
		for _, v := range all {
			out = append(out, v.(string))
		}
		return out
	}
	for name, want := range map[string][]string{
		"response_types_supported":                      {"code"},
		"response_modes_supported":                      {"query", "form_post"},
		"grant_types_supported":                         {"authorization_code", "refresh_token"},
		"code_challenge_methods_supported":              {"S256"},
		"acr_values_supported":                          iam.ACRValues(),
		"id_token_signing_alg_values_supported":         {"ES256", "RS256"},
		"token_endpoint_auth_methods_supported":         {"client_secret_basic", "client_secret_post", "none"},
		"introspection_endpoint_auth_methods_supported": {"client_secret_basic", "client_secret_post"},
		"prompt_values_supported":                       {"none", "login", "consent", "select_account"},
		"ui_locales_supported":                          {"en", "fr"},
		"subject_types_supported":                       {"public"},
		"scopes_supported":                              {"openid", "profile", "email", "offline_access", "certificate"},
	} {
		if got := list(name); !slices.Equal(got, want) {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	for name, want := range map[string]any{
		"authorization_response_iss_parameter_supported": true, "request_uri_parameter_supported": false, "request_parameter_supported": nil,
		"claims_parameter_supported": true, "registration_endpoint": nil, "device_authorization_endpoint": nil, "backchannel_logout_supported": true, "backchannel_logout_session_supported": true,
		"check_session_iframe": nil,
	} {
		if said[name] != want {
			t.Errorf("%s = %v, want %v", name, said[name], want)
		}
	}
	for name, value := range said {
		address, _ := value.(string)
		if !strings.HasSuffix(name, "_endpoint") && name != "jwks_uri" {
			continue
		}
		path, ok := strings.CutPrefix(address, h.issuer)
		if get, post := b.get(path), b.do(http.MethodPost, path, values("x", "y")); !ok || get.StatusCode == http.StatusNotFound || post.StatusCode == http.StatusNotFound {
			t.Errorf("%s = %s: GET %s, POST %s", name, address, get.Status, post.Status)
		}
	}
	// Every claim that is named appears somewhere, and none other.
	tokens := h.tokens(proper())
	given := claims(t, tokens["id_token"])
	for name, value := range h.userinfo(tokens["access_token"]).json(t) {
		given[name] = value
	}
	for _, name := range list("claims_supported") {
		if name == "certificate" {
			continue // to applications that may have it: TestCertificateClaims of e2e
		}
		if given[name] == nil {
			t.Errorf("claim %s is promised and not given", name)
		}
		delete(given, name)
	}
	if len(given) > 0 {
		t.Errorf("given and not promised: %v", given)
	}
}

func TestKeys(t *testing.T) {
	h := newHouse(t)
	token := h.tokens(proper())["id_token"].(string)
	a := h.browser().get("/oidc/keys")
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(a.body), &set); err != nil {
		t.Fatal(err)
	}
	parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parsed.Verify(set); err != nil {
		t.Errorf("no published key verifies: %v", err)
	}
	if strings.Contains(a.body, `"d"`) {
		t.Error("a private key is published")
	}
}

// The library would reflect every origin, with credentials.
func TestCrossOriginAnswers(t *testing.T) {
	h := newHouse(t)
	b := h.signedIn()
	page, stranger, confidential := "https://page.example:8443", "https://evil.example", "https://app.example"
	for _, c := range []struct{ method, path, origin, want string }{
		{"GET", "/.well-known/openid-configuration", stranger, "*"},
		{"GET", "/oidc/keys", stranger, "*"},
		{"POST", "/oidc/token", page, page},
		{"POST", "/oidc/token", stranger, ""},
		{"POST", "/oidc/token", confidential, ""},
		{"POST", "/oidc/token", "null", ""},
		{"POST", "/oidc/token", "https://page.example", ""},
		{"GET", "/oidc/userinfo", page, page},
		{"GET", "/oidc/userinfo", stranger, ""},
		{"POST", "/oidc/revoke", page, page},
		{"POST", "/oidc/revoke", stranger, ""},
		{"OPTIONS", "/oidc/token", page, page},
		{"OPTIONS", "/oidc/userinfo", page, page},
		{"OPTIONS", "/oidc/userinfo", stranger, ""},
		{"POST", "/oidc/introspect", page, ""},
		{"GET", authorize(proper()), page, ""},
		{"GET", "/oidc/logout", page, ""},
		{"OPTIONS", "/oidc/authorize", page, ""},
		{"OPTIONS", "/oidc/introspect", page, ""},
	} {
		a := b.do(c.method, c.path, values(), "Origin", c.origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization")
		if got := a.Header.Get("Access-Control-Allow-Origin"); got != c.want {
			t.Errorf("%s %.30s from %s: allows %q, want %q", c.method, c.path, c.origin, got, c.want)
		}
		if a.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s %s allows credentials", c.method, c.path)
		}
		if got := a.Header.Get("Access-Control-Allow-Headers"); (got != "") != (c.method == "OPTIONS" && c.want != "") {
			t.Errorf("%s %s from %s: allows headers %q", c.method, c.path, c.origin, got)
		}
	}
}

// A secret, a path or a line of SQL never reaches an answer, whatever breaks.
func TestFaultsOfOursSayNothing(t *testing.T) {
	h := newHouse(t)
	b := h.signedIn()
	code, token := b.code(proper()), h.tokens(proper())["access_token"]
	if err := h.db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, a := range []answer{h.token("wiki", redemption(code)), h.userinfo(token), h.program("wiki", "/oidc/revoke", values("token", "x"))} {
		wantError(t, a, http.StatusInternalServerError, "server_error")
		if strings.Contains(a.body, "sql") || strings.Contains(a.body, "database") {
			t.Errorf("the answer tells what broke: %s", a.body)
		}
	}
	if a := b.get(authorize(proper())); a.StatusCode != http.StatusInternalServerError || strings.Contains(a.body, "sql") {
		t.Errorf("authorize: %s\n%.300s", a.Status, a.body)
	}
}
