package server

import (
	"cmp"
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"signet/internal/iam"
)

// The first page of a sign-in is drawn once for all who are shown it alike, and is the
// answer to the request of the application. Whoever asks, it must be the page that the
// address of the login shows to them alone.
func TestFirstPageIsThatOfItsLogin(t *testing.T) {
	s, client := site(t)
	ctx, program := context.Background(), iam.Program("test")
	for _, name := range []string{"alice", "bob"} {
		if _, err := s.Directory.CreateUser(ctx, program, iam.User{Login: name, Name: name + " <Martin>"}, "correct horse battery"); err != nil {
			t.Fatal(err)
		}
	}
	methods, err := s.Providers.All(ctx, program)
	if err != nil || len(methods) != 1 {
		t.Fatal(methods, err)
	}
	for _, app := range []iam.App{
		{ID: "wiki", Name: "Wiki & Co.", Type: iam.AppWeb, RedirectURIs: []string{"https://wiki.example/cb"}},
		{ID: "mail", Name: "Mail", Type: iam.AppWeb, RedirectURIs: []string{"https://mail.example/cb"}},
		{ID: "closed", Name: "Closed", Type: iam.AppWeb, RedirectURIs: []string{"https://closed.example/cb"}, MembersOnly: true},
	} {
		if _, _, err := s.Directory.CreateApp(ctx, program, app); err != nil {
			t.Fatal(err)
		}
	}
	at := regexp.MustCompile(` data-at="(/signin/[a-z0-9]+)"`)
	text := func(a *http.Response, err error) string {
		t.Helper()
		body, _ := read(t, a, err)
		return body
	}
	// signIn leaves a session in the browser, and the account on the list of it.
	signIn := func(b *http.Client, name string) {
		t.Helper()
		a, err := b.Get(s.Issuer() + "/signin")
		_, page := read(t, a, err)
		a, err = b.PostForm(page.String()+"/password", url.Values{"login": {name}, "password": {"correct horse battery"}, "provider": {string(methods[0].ID)}})
		if body, where := read(t, a, err); where.Path != "/profile" {
			t.Fatalf("%s stands at %s: %s", name, where, body)
		}
	}
	out := func(b *http.Client) {
		t.Helper()
		_ = text(b.PostForm(s.Issuer()+"/signout", nil))
	}
	request := func(pairs ...string) string {
		q := url.Values{"client_id": {"wiki"}, "response_type": {"code"}, "scope": {"openid"}, "state": {"s"},
			"code_challenge": {strings.Repeat("c", 43)}, "code_challenge_method": {"S256"}}
		for i := 0; i < len(pairs); i += 2 {
			q.Set(pairs[i], pairs[i+1])
		}
		q.Set("redirect_uri", "https://"+q.Get("client_id")+".example/cb")
		return s.Issuer() + "/oidc/authorize?" + q.Encode()
	}
	for round := range 2 { // the second finds what is remembered
		for name, c := range map[string]struct {
			before   func(b *http.Client)
			ask      string
			language string
			says     string
			never    string
		}{
			"a stranger":                      {nil, request(), "", "Sign in to Wiki & Co.", "alice"},
			"a stranger, in French":           {nil, request(), "fr", "Se connecter à Wiki & Co.", "Sign in"},
			"a stranger, asked in French":     {nil, request("ui_locales", "fr"), "en", "Se connecter à Wiki & Co.", "Sign in"},
			"of another application":          {nil, request("client_id", "mail"), "", "Sign in to Mail", "Wiki"},
			"with a hint":                     {nil, request("login_hint", "carol <x>"), "", `value="carol <x>"`, "alice"},
			"who was here before":             {func(b *http.Client) { signIn(b, "alice"); out(b) }, request(), "", "alice <Martin>", "bob"},
			"somebody else, who was here":     {func(b *http.Client) { signIn(b, "bob"); out(b) }, request(), "", "bob <Martin>", "alice"},
			"signed in, and must agree":       {func(b *http.Client) { signIn(b, "alice") }, request(), "", "would like to know who you are", "bob"},
			"signed in, and must sign in":     {func(b *http.Client) { signIn(b, "alice") }, request("prompt", "login"), "", "Sign in to Wiki & Co.", "bob"},
			"signed in, and asked for more":   {func(b *http.Client) { signIn(b, "alice") }, request("acr_values", "phr"), "", "alice", "bob"},
			"signed in, and kept out":         {func(b *http.Client) { signIn(b, "alice") }, request("client_id", "closed"), "", "Closed", "bob"},
			"signed in, and another expected": {func(b *http.Client) { signIn(b, "alice") }, request("prompt", "select_account"), "", "alice", "bob"},
		} {
			b := *client
			b.Jar, _ = cookiejar.New(nil)
			if c.before != nil {
				c.before(&b)
			}
			ask := func(address string) string {
				t.Helper()
				r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Accept-Language", cmp.Or(c.language, "en"))
				return text(b.Do(r))
			}
			first := ask(c.ask)
			m := at.FindStringSubmatch(first)
			if m == nil {
				t.Errorf("%s, round %d: the page has no address of its own:\n%s", name, round, first)
				continue
			}
			own := ask(s.Issuer() + m[1])
			if first = strings.Replace(first, m[0], "", 1); first != own {
				t.Errorf("%s, round %d: the request is answered by\n%s\nand its login by\n%s", name, round, first, own)
			}
			if !strings.Contains(first, c.says) || strings.Contains(first, c.never) {
				t.Errorf("%s, round %d: not with %q and without %q:\n%s", name, round, c.says, c.never, first)
			}
			// Nobody else has it.
			stranger := *client
			stranger.Jar, _ = cookiejar.New(nil)
			if other := text(stranger.Get(s.Issuer() + m[1])); strings.Contains(other, m[1]+"/") {
				t.Errorf("%s, round %d: another browser is shown the login", name, round)
			}
		}
	}
}
