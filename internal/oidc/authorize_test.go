package oidc_test

import (
	"html"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/web"
)

func TestAuthorizeGivesACodeToWhoIsSignedIn(t *testing.T) {
	h := newHouse(t)
	a := h.signedIn().get(authorize(proper()))
	to, q := a.to()
	if a.StatusCode != http.StatusSeeOther || to != "https://app.example/cb" {
		t.Fatalf("%s to %s", a.Status, a.Header.Get("Location"))
	}
	if q.Get("of") != "wiki" || q.Get("state") != "a state & more" || q.Get("iss") != h.issuer || q.Get("code") == "" || len(q) != 4 {
		t.Errorf("answer = %v", q)
	}
	if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("headers = %v", a.Header)
	}
}

func TestAuthorizeLeadsStrangersToTheWidget(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	request := with(proper(), "login_hint", "alice", "ui_locales", "fr-CA fr", "acr_values", "phr urn:x", "max_age", "300",
		"prompt", "login consent", "claims_locales", "fr", "scope", "openid email address openid")
	a := b.get(authorize(request))
	to, _ := a.to()
	if a.StatusCode != http.StatusSeeOther || path.Dir(to) != "/signin" {
		t.Fatalf("%s to %s", a.Status, to)
	}
	view, err := h.login.View(t.Context(), b.caller(), iam.LoginID(path.Base(to)))
	if err != nil {
		t.Fatal(err)
	}
	ask := view.Login.Ask
	if ask.LoginHint != "alice" || ask.UILocales != "fr-CA fr" || len(ask.ACRValues) != 2 || ask.MaxAge == nil || *ask.MaxAge != 300 ||
		strings.Join(ask.Prompt, " ") != "login consent" || strings.Join(ask.Scopes, " ") != "openid email" {
		t.Errorf("ask = %+v", ask)
	}
}

// A page of anybody's cannot begin sign-ins by its pictures, frames and scripts: each
// would be a row, and taken from what the visitor's address may begin.
func TestOnlyWindowsBeginSignIns(t *testing.T) {
	h := newHouse(t)
	for dest, status := range map[string]int{
		"document": http.StatusSeeOther, "image": http.StatusForbidden, "iframe": http.StatusForbidden, "empty": http.StatusForbidden, "script": http.StatusForbidden,
	} {
		if a := h.browser().get(authorize(proper()), "Sec-Fetch-Dest", dest); a.StatusCode != status {
			t.Errorf("%s: %s", dest, a.Status)
		}
	}
	// What needs no page is answered in a frame, too.
	if _, q := h.browser().get(authorize(with(proper(), "prompt", "none")), "Sec-Fetch-Dest", "iframe").to(); q.Get("error") != "login_required" {
		t.Errorf("prompt=none of a stranger: %v", q)
	}
	if _, q := h.signedIn().get(authorize(with(proper(), "prompt", "none")), "Sec-Fetch-Dest", "iframe").to(); q.Get("code") == "" {
		t.Errorf("prompt=none: %v", q)
	}
}

// prompt=create leads to the form of a new account where strangers may make one,
// for those who have a session too, and means nothing elsewhere (Initiating User
// Registration via OpenID Connect 1.0).
func TestPromptCreate(t *testing.T) {
	h := newHouse(t)
	request := with(proper(), "prompt", "create")
	where := func(b *browser) string {
		t.Helper()
		to, q := b.get(authorize(request)).to()
		switch {
		case q.Get("code") != "":
			return "code"
		case path.Base(to) == "register" && path.Dir(path.Dir(to)) == "/signin":
			return "register"
		case path.Dir(to) == "/signin":
			return "widget"
		}
		return to
	}
	signedIn, stranger := h.signedIn(), h.browser()
	announced := func() bool {
		return strings.Contains(h.browser().get("/.well-known/openid-configuration").body, `"create"`)
	}
	if got := where(stranger) + " " + where(signedIn); got != "widget code" || announced() {
		t.Errorf("where nobody can make an account it leads to %q; announced: %v", got, announced())
	}
	if err := h.db.Update(t.Context(), func(tx *store.Tx) error {
		set, err := tx.Settings()
		if err != nil {
			return err
		}
		set.Registration = true
		return tx.SetSettings(set)
	}); err != nil {
		t.Fatal(err)
	}
	if got := where(stranger) + " " + where(signedIn); got != "register register" || !announced() {
		t.Errorf("where people make accounts it leads to %q; announced: %v", got, announced())
	}
	// Who is expected by a hint is nobody new.
	request = with(request, "claims", `{"id_token":{"sub":{"value":"alice-id"}}}`)
	if got := where(stranger) + " " + where(signedIn); got != "widget code" {
		t.Errorf("for a known person it leads to %q", got)
	}
}

// As long as the redirect URI is not trusted, nothing is sent to it.
func TestErrorsBeforeTheRedirectURIIsTrusted(t *testing.T) {
	h := newHouse(t)
	b := h.signedIn()
	for name, c := range map[string]struct {
		request url.Values
		says    string
	}{
		"no client":                          {with(proper(), "client_id", ""), "did not say which one it is"},
		"unknown client":                     {with(proper(), "client_id", "nobody"), "not known"},
		"Signet itself":                      {with(proper(), "client_id", "signet"), "not registered"},
		"no redirect URI":                    {with(proper(), "redirect_uri", ""), "where you shall return"},
		"another's redirect URI":             {with(proper(), "redirect_uri", "https://mail.example/cb"), "not registered"},
		"a longer path":                      {with(proper(), "redirect_uri", callback+"/"), "not registered"},
		"another case":                       {with(proper(), "redirect_uri", strings.Replace(callback, "app", "APP", 1)), "not registered"},
		"a default port":                     {with(proper(), "redirect_uri", strings.Replace(callback, "example/", "example:443/", 1)), "not registered"},
		"a path that climbs":                 {with(proper(), "redirect_uri", "https://app.example/x/../cb?of=wiki"), "not registered"},
		"a user in the address":              {with(proper(), "redirect_uri", "https://app.example@evil.example/cb?of=wiki"), "not registered"},
		"a fragment":                         {with(proper(), "redirect_uri", callback+"#x"), "not registered"},
		"two redirect URIs":                  {url.Values{"client_id": {"wiki"}, "redirect_uri": {callback, "https://evil.example"}}, "where you shall return"},
		"two clients":                        {url.Values{"client_id": {"wiki", "mail"}, "redirect_uri": {callback}}, "did not say which one"},
		"a loopback port for a web app":      {with(proper(), "redirect_uri", "http://127.0.0.1:9/cb"), "not registered"},
		"another scheme than the registered": {with(proper(), "redirect_uri", strings.Replace(callback, "https", "http", 1)), "not registered"},
	} {
		a := b.get(authorize(c.request))
		if a.StatusCode != http.StatusBadRequest || a.Header.Get("Location") != "" || !strings.Contains(html.UnescapeString(a.body), c.says) {
			t.Errorf("%s: %s, to %q, without %q:\n%.400s", name, a.Status, a.Header.Get("Location"), c.says, a.body)
		}
	}
	a := b.get("/oidc/authorize?client_id=%zz;")
	if a.StatusCode != http.StatusBadRequest {
		t.Errorf("a broken query: %s", a.Status)
	}
	french := b.get(authorize(with(proper(), "client_id", "nobody")), "Accept-Language", "fr")
	if !strings.Contains(html.UnescapeString(french.body), "L’application qui vous envoie ici est inconnue") {
		t.Errorf("no French page:\n%.400s", french.body)
	}
}

// After it, errors go to the application, always with iss and state (RFC 9207).
func TestErrorsOfAuthorize(t *testing.T) {
	h := newHouse(t)
	hint := h.tokens(proper())["id_token"].(string)
	signedIn, stranger := h.signedIn(), h.browser()
	public := with(proper(), "client_id", "page", "redirect_uri", "https://page.example:8443/cb")
	for name, c := range map[string]struct {
		who     *browser
		request url.Values
		want    string
	}{
		"no response_type":               {signedIn, with(proper(), "response_type", ""), "invalid_request"},
		"implicit":                       {signedIn, with(proper(), "response_type", "id_token"), "unsupported_response_type"},
		"hybrid":                         {signedIn, with(proper(), "response_type", "code id_token"), "unsupported_response_type"},
		"response_mode fragment":         {signedIn, with(proper(), "response_mode", "fragment"), "invalid_request"},
		"no scope":                       {signedIn, with(proper(), "scope", ""), "invalid_scope"},
		"no openid":                      {signedIn, with(proper(), "scope", "profile"), "invalid_scope"},
		"a request object":               {signedIn, with(proper(), "request", "ey"), "request_not_supported"},
		"a request_uri":                  {signedIn, with(proper(), "request_uri", "https://x"), "request_uri_not_supported"},
		"registration":                   {signedIn, with(proper(), "registration", "{}"), "registration_not_supported"},
		"unknown prompt":                 {signedIn, with(proper(), "prompt", "enrol"), "invalid_request"},
		"none with create":               {stranger, with(proper(), "prompt", "none create"), "invalid_request"},
		"none with others":               {signedIn, with(proper(), "prompt", "none login"), "invalid_request"},
		"max_age is no number":           {signedIn, with(proper(), "max_age", "soon"), "invalid_request"},
		"max_age is negative":            {signedIn, with(proper(), "max_age", "-1"), "invalid_request"},
		"max_age overflows":              {signedIn, with(proper(), "max_age", "99999999999999999"), "invalid_request"},
		"public client without PKCE":     {signedIn, with(public, "code_challenge", "", "code_challenge_method", ""), "invalid_request"},
		"plain":                          {signedIn, with(proper(), "code_challenge_method", "plain"), "invalid_request"},
		"no method, which means plain":   {signedIn, with(proper(), "code_challenge_method", ""), "invalid_request"},
		"a method and no challenge":      {signedIn, with(proper(), "code_challenge", ""), "invalid_request"},
		"a challenge that is no hash":    {signedIn, with(proper(), "code_challenge", challenge[1:]), "invalid_request"},
		"a challenge of other letters":   {signedIn, with(proper(), "code_challenge", "+"+challenge[1:]), "invalid_request"},
		"a nonce that is far too long":   {signedIn, with(proper(), "nonce", strings.Repeat("n", 2049)), "invalid_request"},
		"a hint that is not ours":        {signedIn, with(proper(), "id_token_hint", hint[:len(hint)-6]+"AAAAAA"), "invalid_request"},
		"a hint under another name":      {signedIn, with(proper(), "id_token_hint", h.sign(`{"iss":"https://old.example","sub":"alice-id","aud":"wiki"}`)), "invalid_request"},
		"a hint about nobody":            {signedIn, with(proper(), "id_token_hint", h.sign(`{"iss":"`+h.issuer+`","aud":"wiki"}`)), "invalid_request"},
		"a hint for another application": {signedIn, with(public, "id_token_hint", hint), "invalid_request"},
		"claims that are no object":      {signedIn, with(proper(), "claims", `[]`), "invalid_request"},
		"claims for another person":      {signedIn, with(proper(), "prompt", "none", "claims", `{"id_token":{"sub":{"value":"bob-id"}}}`), "login_required"},
		"claims and hint of two people":  {signedIn, with(proper(), "id_token_hint", hint, "claims", `{"id_token":{"sub":{"value":"bob-id"}}}`), "invalid_request"},
		"an essential acr of nobody": {signedIn, with(proper(), "claims", `{"id_token":{"acr":{"essential":true,"value":"urn:nobody"}}}`),
			"unmet_authentication_requirements"},
		"silent, an essential acr of nobody": {signedIn, with(proper(), "prompt", "none", "claims", `{"id_token":{"acr":{"essential":true,"values":["urn:nobody"]}}}`),
			"unmet_authentication_requirements"},
		"silent, nobody signed in":       {stranger, with(proper(), "prompt", "none"), "login_required"},
		"silent, for another person":     {h.as("bob"), with(proper(), "prompt", "none", "id_token_hint", hint), "login_required"},
		"silent, signed in too long ago": {signedIn, with(proper(), "prompt", "none", "max_age", "0"), "login_required"},
		"silent, no consent yet": {signedIn, with(proper(), "prompt", "none", "client_id", "mail", "redirect_uri", "https://mail.example/cb"),
			"consent_required"},
	} {
		h.clock.Advance(time.Second)
		a := c.who.get(authorize(c.request))
		to, q := a.to()
		want, _, _ := strings.Cut(c.request.Get("redirect_uri"), "?")
		if a.StatusCode != http.StatusSeeOther || to != want || q.Get("error") != c.want || q.Get("iss") != h.issuer || q.Get("state") != "a state & more" || q.Has("code") {
			t.Errorf("%s: %s to %s; want %s with iss and state", name, a.Status, a.Header.Get("Location"), c.want)
		}
	}
	t.Run("a doubled parameter", func(t *testing.T) {
		for _, name := range []string{"scope", "nonce", "state", "code_challenge", "something"} {
			request := proper()
			request[name] = []string{request.Get(name), "b"}
			_, q := signedIn.get(authorize(request)).to()
			if q.Get("error") != "invalid_request" || q.Get("iss") != h.issuer || name == "state" && q.Has("state") {
				t.Errorf("two of %s: %v", name, q)
			}
		}
	})
}

// sign makes a token with our key that says something else.
func (h *house) sign(payload string) string {
	h.t.Helper()
	key, err := h.keys.Key(h.t.Context(), "ES256")
	if err != nil {
		h.t.Fatal(err)
	}
	token, err := key.Sign([]byte(payload))
	if err != nil {
		h.t.Fatal(err)
	}
	return token
}

// as is a browser in which somebody else is signed in.
func (h *house) as(id iam.UserID) *browser {
	h.t.Helper()
	b := h.browser()
	h.update(func(tx *store.Tx) error {
		if err := tx.InsertUser(iam.User{ID: id, Login: string(id), Status: iam.UserActive}); err != nil {
			return err
		}
		opened, err := h.sessions.Open(tx, iam.Caller{}, id, "wiki", []iam.Proof{{Provider: h.password, At: tx.Now(), ACR: iam.ACRPassword, AMR: []string{"pwd"}}})
		b.set(web.SessionCookie, string(opened.Secret))
		return err
	})
	return b
}

func TestAHintOfTheSamePersonPasses(t *testing.T) {
	h := newHouse(t)
	hint := h.tokens(proper())["id_token"].(string)
	h.clock.Advance(11 * time.Hour) // the token expired long ago
	h.signedIn().code(with(proper(), "id_token_hint", hint, "prompt", "none"))
}

func TestNativeApplicationsChooseTheirPort(t *testing.T) {
	h := newHouse(t)
	b := h.signedIn()
	for uri, allowed := range map[string]bool{
		"http://127.0.0.1/cb":             true,
		"http://127.0.0.1:49152/cb":       true,
		"com.example.tool:/cb":            true,
		"http://127.0.0.1:49152/other":    false,
		"http://127.0.0.1:49152/cb?x=1":   false,
		"http://127.0.0.1:49152/cb?":      false,
		"http://127.0.0.1:49152/cb#x":     false,
		"http://127.0.0.1:49152/%63b":     false,
		"https://127.0.0.1:49152/cb":      false,
		"http://127.0.0.2:49152/cb":       false,
		"http://localhost:49152/cb":       false,
		"http://[::1]:49152/cb":           false,
		"http://x@127.0.0.1:49152/cb":     false,
		"http://127.0.0.1.evil.test/cb":   false,
		"http://127.0.0.1:1@evil.test/cb": false,
		"com.example.tool:/cb/x":          false,
	} {
		a := b.get(authorize(with(proper(), "client_id", "tool", "redirect_uri", uri)))
		_, q := a.to()
		if (q.Get("code") != "") != allowed || !allowed && a.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s to %s; want allowed = %v", uri, a.Status, a.Header.Get("Location"), allowed)
		}
	}
}

func TestOthersChooseNoPort(t *testing.T) {
	h := newHouse(t)
	_, _, err := h.directory.CreateApp(t.Context(), iam.Program("test"), iam.App{
		ID: "local", Name: "Local", Type: iam.AppSPA, RedirectURIs: []string{"http://127.0.0.1:3000/cb"}, SkipConsent: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	b := h.signedIn()
	b.code(with(proper(), "client_id", "local", "redirect_uri", "http://127.0.0.1:3000/cb"))
	if a := b.get(authorize(with(proper(), "client_id", "local", "redirect_uri", "http://127.0.0.1:3001/cb"))); a.StatusCode != http.StatusBadRequest {
		t.Errorf("%s to %s", a.Status, a.Header.Get("Location"))
	}
}

func TestWhatWasJustRegisteredWorksAtOnce(t *testing.T) {
	h := newHouse(t)
	b := h.signedIn()
	b.code(proper()) // the application is remembered now
	var app iam.App
	h.update(func(tx *store.Tx) (err error) {
		if app, err = tx.App("wiki"); err != nil {
			return err
		}
		app.RedirectURIs = []string{"https://app.example/new"}
		return tx.UpdateApp(app)
	})
	b.code(with(proper(), "redirect_uri", "https://app.example/new"))
	if a := b.get(authorize(proper())); a.StatusCode != http.StatusBadRequest {
		t.Errorf("the old redirect URI after the new one was seen: %s", a.Status)
	}
	h.update(func(tx *store.Tx) error {
		app.RedirectURIs = []string{callback}
		return tx.UpdateApp(app)
	})
	h.clock.Advance(2 * time.Second)
	if a := b.get(authorize(with(proper(), "redirect_uri", "https://app.example/new"))); a.StatusCode != http.StatusBadRequest {
		t.Errorf("a redirect URI two seconds after it was taken away: %s", a.Status)
	}
}

func TestFormPost(t *testing.T) {
	h := newHouse(t)
	b := h.signedIn()
	a := b.get(authorize(with(proper(), "response_mode", "form_post", "state", `"><script>`)))
	for _, want := range []string{
		`method="post"`, `action="https://app.example/cb?of=wiki"`, `name="code"`, `name="state" value="&#34;&gt;&lt;script&gt;"`,
		`name="iss" value="` + h.issuer + `"`, `answer.js`, `<button`,
	} {
		if !strings.Contains(a.body, want) {
			t.Errorf("no %s in\n%s", want, a.body)
		}
	}
	if policy := a.Header.Get("Content-Security-Policy"); a.StatusCode != http.StatusOK || !strings.Contains(policy, "form-action 'self' https://app.example") ||
		strings.Contains(policy, "unsafe") {
		t.Errorf("%s, policy %s", a.Status, policy)
	}
	refused := b.get(authorize(with(proper(), "response_mode", "form_post", "scope", "")))
	if !strings.Contains(refused.body, `name="error" value="invalid_scope"`) || !strings.Contains(refused.body, `name="iss"`) {
		t.Errorf("an error by form_post:\n%s", refused.body)
	}
	_, q := b.get(authorize(with(proper(), "response_mode", "form_post", "client_id", "tool", "redirect_uri", "com.example.tool:/cb"))).to()
	if q.Get("error") != "invalid_request" {
		t.Errorf("form_post to a scheme that takes no form: %v", q)
	}
}

// A form of another site's page brings no cookie of ours.
func TestAuthorizeByPost(t *testing.T) {
	h := newHouse(t)
	a := h.browser().do(http.MethodPost, "/oidc/authorize", proper(), "Sec-Fetch-Site", "cross-site", "Origin", "https://app.example")
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != authorize(proper()) {
		t.Fatalf("%s to %s", a.Status, a.Header.Get("Location"))
	}
	if a.Header.Get("Set-Cookie") != "" {
		t.Error("the browser's cookie was replaced, because none came along")
	}
	if _, q := h.signedIn().get(a.Header.Get("Location")).to(); q.Get("code") == "" {
		t.Errorf("the redirect gave no code: %v", q)
	}
	long := with(proper(), "state", strings.Repeat("s", 4000), "id_token_hint", strings.Repeat("h", 6000))
	if _, q := h.browser().do(http.MethodPost, "/oidc/authorize", long).to(); q.Get("error") != "invalid_request" {
		t.Errorf("a form too long for an address: %v", q)
	}
	// It is told to the application, and the person is not told to allow cookies.
	long = with(proper(), "state", strings.Repeat("%", 4000))
	if to, q := h.browser().do(http.MethodPost, "/oidc/authorize", long).to(); q.Get("error") != "invalid_request" || to != "https://app.example/cb" {
		t.Errorf("a request too long for an address leads to %s: %v", to, q)
	}
}

func TestResume(t *testing.T) {
	h := newHouse(t)
	h.bob()
	b := h.browser()
	begin := func() iam.LoginID {
		to, _ := b.get(authorize(proper())).to()
		return iam.LoginID(path.Base(to))
	}
	id := begin()
	out, err := h.login.PassPassword(t.Context(), b.caller(), id, h.password, "bob", "a long pass phrase")
	if err != nil {
		t.Fatal(err)
	}
	resume := "/oidc/resume/" + string(id) + "?ticket="
	if a := b.get(resume + string(iam.NewSecret())); a.StatusCode != http.StatusNotFound {
		t.Errorf("another ticket: %s", a.Status)
	}
	if a := h.browser().get(resume + string(out.Ticket)); a.StatusCode != http.StatusNotFound {
		t.Errorf("another browser: %s", a.Status)
	}
	a := b.get(resume + string(out.Ticket))
	if to, q := a.to(); to != "https://app.example/cb" || q.Get("code") == "" || q.Get("iss") != h.issuer || q.Get("state") != "a state & more" {
		t.Errorf("resume: %s to %s", a.Status, a.Header.Get("Location"))
	} else if tokens := h.token("wiki", redemption(q.Get("code"))); tokens.StatusCode != http.StatusOK || claims(t, tokens.json(t)["id_token"])["nonce"] != "a nonce" {
		t.Errorf("token: %s", tokens.body)
	}
	if a := b.get(resume + string(out.Ticket)); a.StatusCode != http.StatusNotFound {
		t.Errorf("the second time: %s", a.Status)
	}

	id = begin()
	if out, err = h.login.Decline(t.Context(), b.caller(), id); err != nil {
		t.Fatal(err)
	}
	_, q := b.get("/oidc/resume/" + string(id) + "?ticket=" + string(out.Ticket)).to()
	if q.Get("error") != "access_denied" || q.Get("iss") != h.issuer || q.Get("state") != "a state & more" || q.Has("code") {
		t.Errorf("a declined sign-in: %v", q)
	}
}

// Who is signed in and kept out of one application is told so on a page; an
// application that allows no page is told access_denied.
func TestWhoIsKeptOutOfOneApplication(t *testing.T) {
	h := newHouse(t)
	b := h.signedIn()
	h.update(func(tx *store.Tx) error { return tx.BlockInApp("wiki", "alice-id", tx.Now()) })
	a := b.get(authorize(proper()))
	if to, _ := a.to(); a.StatusCode != http.StatusSeeOther || path.Dir(to) != "/signin" {
		t.Errorf("with pages: %s to %s", a.Status, to)
	}
	a = b.get(authorize(with(proper(), "prompt", "none")))
	if to, q := a.to(); to != "https://app.example/cb" || q.Get("error") != "access_denied" || q.Get("code") != "" {
		t.Errorf("without pages: %s to %s %v", a.Status, to, q)
	}
	h.update(func(tx *store.Tx) error { return tx.BlockInApp("wiki", "alice-id", time.Time{}) })
	if _, q := b.get(authorize(proper())).to(); q.Get("code") == "" {
		t.Error("let in again, she gets no code")
	}
}
