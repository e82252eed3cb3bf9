package server

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"signet/internal/iam"
	"signet/internal/method/certificate"
	"signet/internal/seal"
	"signet/internal/tryout"
)

// site serves the main host of a whole server over TLS.
func site(t *testing.T) (*Server, *http.Client) {
	t.Helper()
	var handler http.Handler
	ts := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(ts.Close)
	key := make([]byte, seal.KeySize)
	_, _ = rand.Read(key)
	s, err := New(t.Context(), Options{
		Issuer: ts.URL, DatabaseURL: "sqlite:" + filepath.Join(t.TempDir(), "signet.db"), MasterKey: key, Log: slog.New(slog.DiscardHandler),
		Certificates: certificate.Hosts{}, SiteCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.DB.Close() })
	handler = s.site
	jar, _ := cookiejar.New(nil)
	client := ts.Client()
	client.Jar = jar
	return s, client
}

var action = regexp.MustCompile(`<form[^>]*method="post"[^>]*action="([^"]+)"`)

func read(t *testing.T, a *http.Response, err error) (string, *url.URL) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return html.UnescapeString(string(body)), a.Request.URL
}

// S45, S50: the test application opens the sign-in form of an application, signs
// in through the protocol and shows what arrived.
func TestTestApplicationSignsIn(t *testing.T) {
	s, client := site(t)
	ctx, program := context.Background(), iam.Program("test")
	_, err := s.Directory.CreateUser(ctx, program, iam.User{Login: "alice", Name: "Alice Martin", Email: "alice@example.org"}, "correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	card, err := s.Providers.All(ctx, program)
	if err != nil || len(card) != 1 {
		t.Fatal(card, err)
	}
	app, err := s.Directory.TestApp(ctx, program, iam.SignetApp, iam.System(), "Signet (test)", func(id iam.AppID) string { return tryout.RedirectURI(s.Issuer(), id) })
	if err != nil {
		t.Fatal(err)
	}
	at := s.Issuer() + "/try/" + string(app.ID)
	a, err := client.Get(at)
	body, _ := read(t, a, err)
	if !strings.Contains(body, "Open the sign-in form") {
		t.Fatalf("start page: %s", body)
	}
	a, err = client.Get(at + "/start")
	body, where := read(t, a, err)
	form := url.Values{"login": {"alice"}, "password": {"correct horse battery"}, "provider": {string(card[0].ID)}}
	for range 4 {
		if strings.HasSuffix(where.Path, "/result") {
			break
		}
		to := ""
		for _, m := range action.FindAllStringSubmatch(body, -1) {
			if strings.HasPrefix(m[1], "/signin/") && !strings.HasSuffix(m[1], "/decline") && !strings.HasSuffix(m[1], "/go-on") {
				to = m[1]
				break
			}
		}
		if to == "" {
			t.Fatalf("no form leads on from %s: %s", where, body)
		}
		for _, m := range regexp.MustCompile(`name="([a-z_]+)" value="([^"]*)"`).FindAllStringSubmatch(body, -1) {
			if m[1] != "login" && m[1] != "back" && m[1] != "lang" {
				form.Set(m[1], m[2])
			}
		}
		a, err = client.PostForm(s.Issuer()+to, form)
		body, where = read(t, a, err)
	}
	for _, want := range []string{"Alice Martin", "With a password.", "urn:signet:acr:password", "pwd", "alice@example.org"} {
		if !strings.Contains(body, want) {
			t.Errorf("result lacks %q: %s", want, body)
		}
	}
	// Somebody else's answer, and one that came already, is not taken.
	a, err = client.Get(at + "/callback?state=x&code=y&iss=" + url.QueryEscape(s.Issuer()))
	if body, _ = read(t, a, err); a.StatusCode != http.StatusBadRequest || !strings.Contains(body, "does not belong") {
		t.Errorf("a foreign answer: %s", a.Status)
	}
	// What is no test is no page of this room.
	a, err = client.Get(s.Issuer() + "/try/signet")
	if _, _ = read(t, a, err); a.StatusCode != http.StatusNotFound {
		t.Errorf("an application that is no test: %s", a.Status)
	}
}

// The transport reaches nothing but the site.
func TestInsideReachesNothingElse(t *testing.T) {
	in := inside{mustParse("https://id.example"), func() http.Handler { return http.NotFoundHandler() }}
	for target, ok := range map[string]bool{"https://id.example/x": true, "http://id.example/x": false, "https://id.example:444/x": false, "https://evil.example/": false} {
		r, _ := http.NewRequest(http.MethodGet, target, nil)
		a, err := in.RoundTrip(r)
		if (err == nil) != ok {
			t.Errorf("%s: %v", target, err)
		}
		if err == nil {
			_ = a.Body.Close()
		}
	}
}
