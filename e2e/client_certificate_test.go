package e2e

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"signet/e2e/browser"
	"signet/internal/cert/certtest"
)

// TestApplicationWithACertificate connects an application that proves by a certificate
// who it is (RFC 8705, tls_client_auth), from the console to its tokens, and tries every
// other way to be it. The authorities of applications are a list of their own.
func TestApplicationWithACertificate(t *testing.T) {
	t.Parallel()
	port := portOf(freePort(t))
	e := serve(t, "--client-listen", "127.0.0.1:"+port)
	ca, other := certtest.NewCA(t, certtest.CASpec{Name: "Programs CA"}), certtest.NewCA(t, certtest.CASpec{Name: "Programs CA"})
	people := certtest.NewCA(t, certtest.CASpec{Name: "People CA"})
	var code string
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if given := r.URL.Query().Get("code"); given != "" {
			code = given
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, `<!doctype html><title>Wiki</title><link rel="icon" href="data:,"><h1>Wiki</h1>`)
	}))
	t.Cleanup(site.Close)

	// The console: an application, a method that trusts a CA of people, and the certificate.
	ada := e.visitor(t, "en", "nobody")
	ada.setUpAndSignIn()
	ada.Navigate(e.issuer + "/admin/methods")
	ada.createMethod(mission["en"], people, true)
	ada.Navigate(e.issuer + "/applications/new")
	ada.Fill("Name", "Wiki")
	ada.Fill(ada.words.T("apps.redirect_uris"), site.URL+"/callback")
	ada.Click(ada.words.T("apps.create"), "button")
	ada.WaitText(ada.words.T("apps.created_done", "Name", "Wiki"))
	id := browser.Eval[string](ada.Page, `location.pathname.split("/")[2]`)
	secret := browser.Eval[string](ada.Page, `[...document.querySelectorAll("code, pre, input")].map(e => (e.value ?? e.innerText).trim()).find(text => /^[a-z2-7]{52}$/.test(text)) ?? ""`)
	if secret == "" {
		t.Fatal("the page shows no secret")
	}
	ada.Navigate(e.issuer + "/applications/" + id)
	ada.Click(ada.words.T("apps.client_change"), "link")
	ada.on(ada.words.T("apps.client_title"))
	ada.Click(ada.words.T("apps.client_by_certificate"), "radio")
	ada.Fill(ada.words.T("console.methods.add_text"), string(ca.PEM()))
	ada.Fill(ada.words.T("apps.client_value"), "not a name")
	ada.Click("Save", "button")
	ada.WaitText(ada.words.T("error.client_name_malformed"))
	ada.Fill(ada.words.T("apps.client_value"), "Wiki.example.org")
	ada.Click(ada.words.T("apps.client_bound"), "switch")
	ada.Click("Save", "button")
	ada.WaitText(ada.words.T("apps.client_saved"))
	ada.WaitText("wiki.example.org")
	ada.WaitText(ada.words.T("apps.client_bound_is"))

	// What it is told, and where it goes.
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(e.ca)
	as := func(shown *tls.Certificate) *http.Client {
		transport := (&demo{roots: roots}).transport()
		if shown != nil {
			transport.TLSClientConfig.Certificates = []tls.Certificate{*shown}
		}
		t.Cleanup(transport.CloseIdleConnections)
		return &http.Client{Transport: transport}
	}
	var discovery struct {
		Methods []string          `json:"token_endpoint_auth_methods_supported"`
		Aliases map[string]string `json:"mtls_endpoint_aliases"`
		Bound   bool              `json:"tls_client_certificate_bound_access_tokens"`
	}
	answer, err := as(nil).Get(e.issuer + "/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(&discovery); err != nil || !strings.Contains(strings.Join(discovery.Methods, " "), "tls_client_auth") || !discovery.Bound {
		t.Fatalf("discovery: %v, %v", discovery, err)
	}
	if got, want := discovery.Aliases["token_endpoint"], "https://id.localhost:"+port+"/oidc/token"; got != want {
		t.Fatalf("token endpoint for certificates %q, want %q", got, want)
	}

	program := func(by *certtest.CA, spec certtest.Spec, defects ...certtest.Defect) *tls.Certificate {
		leaf := by.Issue(t, spec, defects...)
		return &tls.Certificate{Certificate: [][]byte{leaf.Cert.Raw}, PrivateKey: leaf.Key}
	}
	wiki := program(ca, certtest.Spec{CN: "wiki", DNSNames: []string{"wiki.example.org"}})

	// The whole way: the person agrees, and the application takes its tokens.
	verifier := oauth2.GenerateVerifier()
	config := oauth2.Config{ClientID: id, RedirectURL: site.URL + "/callback", Scopes: []string{"openid"}, Endpoint: oauth2.Endpoint{AuthURL: e.issuer + "/oidc/authorize"}}
	ada.Navigate(config.AuthCodeURL("state", oauth2.S256ChallengeOption(verifier)))
	ada.Click(ada.words.T("signin.agree"), "button")
	ada.on("Wiki")
	ask := func(client *http.Client, address string, form url.Values) (int, string) {
		t.Helper()
		answer, err := client.PostForm(address, form)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(text)
	}
	status, text := ask(as(wiki), discovery.Aliases["token_endpoint"], url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {config.RedirectURL}, "code_verifier": {verifier}, "client_id": {id},
	})
	var tokens struct {
		Access string `json:"access_token"`
		ID     string `json:"id_token"`
	}
	if err := json.Unmarshal([]byte(text), &tokens); err != nil || status != http.StatusOK || tokens.Access == "" || tokens.ID == "" {
		t.Fatalf("tokens: %d %s", status, text)
	}
	introspect := url.Values{"token": {tokens.Access}, "client_id": {id}}
	if status, text := ask(as(wiki), discovery.Aliases["introspection_endpoint"], introspect); status != http.StatusOK || !strings.Contains(text, `"active":true`) {
		t.Errorf("introspection: %d %s", status, text)
	}

	sum := sha256.Sum256(wiki.Certificate[0])
	if status, text := ask(as(wiki), discovery.Aliases["introspection_endpoint"], introspect); status != http.StatusOK || !strings.Contains(text, `"cnf":{"x5t#S256":"`+base64.RawURLEncoding.EncodeToString(sum[:])+`"}`) {
		t.Errorf("introspection does not say which certificate the token is bound to: %d %s", status, text)
	}

	// The token is good only with the certificate that it was asked for with (RFC 8705, section 3).
	renewed := program(ca, certtest.Spec{CN: "wiki", DNSNames: []string{"wiki.example.org"}})
	for what, c := range map[string]struct {
		shown   *tls.Certificate
		address string
		want    int
	}{
		"its certificate":                   {wiki, discovery.Aliases["userinfo_endpoint"], http.StatusOK},
		"none":                              {nil, discovery.Aliases["userinfo_endpoint"], http.StatusUnauthorized},
		"another one of the application":    {renewed, discovery.Aliases["userinfo_endpoint"], http.StatusUnauthorized},
		"its certificate, at the main site": {wiki, e.issuer + "/oidc/userinfo", http.StatusUnauthorized},
		"no certificate, at the main site":  {nil, e.issuer + "/oidc/userinfo", http.StatusUnauthorized},
	} {
		status, text := ask(as(c.shown), c.address, url.Values{"access_token": {tokens.Access}})
		if status != c.want || strings.Contains(text, `"sub"`) != (c.want == http.StatusOK) || c.want != http.StatusOK && !strings.Contains(text, "invalid_token") {
			t.Errorf("user information with %s: %d %s", what, status, text)
		}
	}

	// Nobody else is this application.
	for what, c := range map[string]struct {
		shown   *tls.Certificate
		address string
		secret  string
	}{
		"no certificate":                           {nil, discovery.Aliases["introspection_endpoint"], ""},
		"its old secret, here":                     {nil, discovery.Aliases["introspection_endpoint"], secret},
		"its old secret, at the main site":         {nil, e.issuer + "/oidc/introspect", secret},
		"its certificate, at the main site":        {wiki, e.issuer + "/oidc/introspect", ""},
		"certificate and secret":                   {wiki, discovery.Aliases["introspection_endpoint"], secret},
		"another name":                             {program(ca, certtest.Spec{DNSNames: []string{"mail.example.org"}}), discovery.Aliases["introspection_endpoint"], ""},
		"the name as a common name":                {program(ca, certtest.Spec{CN: "wiki.example.org"}), discovery.Aliases["introspection_endpoint"], ""},
		"a wildcard":                               {program(ca, certtest.Spec{DNSNames: []string{"*.example.org"}}), discovery.Aliases["introspection_endpoint"], ""},
		"another CA of the same name":              {program(other, certtest.Spec{DNSNames: []string{"wiki.example.org"}}), discovery.Aliases["introspection_endpoint"], ""},
		"a CA that login methods trust for people": {program(people, certtest.Spec{DNSNames: []string{"wiki.example.org"}}), discovery.Aliases["introspection_endpoint"], ""},
		"expired": {program(ca, certtest.Spec{DNSNames: []string{"wiki.example.org"}, NotBefore: ca.Now.AddDate(0, 0, -9), NotAfter: ca.Now.AddDate(0, 0, -1)}), discovery.Aliases["introspection_endpoint"], ""},
	} {
		form := url.Values{"token": {tokens.Access}, "client_id": {id}}
		if c.secret != "" {
			form.Set("client_secret", c.secret)
		}
		if status, text := ask(as(c.shown), c.address, form); status != http.StatusUnauthorized || !strings.Contains(text, "invalid_client") {
			t.Errorf("%s: %d %s", what, status, text)
		}
	}

	// The listener serves nothing else, and an administrator can read why.
	if status, text := ask(as(wiki), "https://id.localhost:"+port+"/oidc/authorize", nil); status != http.StatusNotFound || strings.Contains(text, "<") {
		t.Errorf("another path: %d %s", status, text)
	}
	ada.Navigate(e.issuer + "/applications/" + id + "/events")
	browser.Eval[bool](ada.Page, `([...document.querySelectorAll("a")].find(a => a.innerText.trim() === "Token request refused").click(), true)`)
	ada.WaitText(ada.words.T("event.detail.client_certificate"))
}
