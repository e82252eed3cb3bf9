package demo

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"signet/internal/ca"
	"signet/internal/demo/app"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/method/certificate"
	"signet/internal/server"
)

// running starts a whole demo on free ports, as the command does.
func running(t *testing.T) (*Folder, Running) {
	t.Helper()
	f := openFolder(t, t.TempDir(), time.Now())
	ports := make([]uint16, 3)
	var appListener net.Listener
	var held []net.Listener
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ports[i] = uint16(l.Addr().(*net.TCPAddr).Port)
		if i == 2 {
			appListener = l
		} else {
			held = append(held, l)
		}
	}
	for _, l := range held { // all at once, so that no port was found twice
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return f, start(t, f, PlacesOn(ports[0], ports[1], ports[2], 3080), appListener)
}

func start(t *testing.T, f *Folder, places Places, appListener net.Listener) Running {
	t.Helper()
	answer := func(name string, hosts ...string) func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		l, err := f.Server.Server(name, hosts)
		if err != nil {
			t.Fatal(err)
		}
		return func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return l.TLS(), nil }
	}
	address := func(host string) string { return "127.0.0.1" + host[strings.LastIndex(host, ":"):] }
	srv, err := server.New(t.Context(), server.Options{
		Issuer: places.Issuer, Listen: address(places.Issuer), CertificateListen: address(places.Fixed),
		Certificates:    certificate.Hosts{Wildcard: places.Pattern, Fixed: places.Fixed},
		SiteCertificate: answer("site", SiteHost), HostCertificate: answer("certificate-host", CertificateHosts, SiteHost),
		DatabaseURL: f.DatabaseURL(), MasterKey: make([]byte, 32), Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	client, linked, err := f.Fill(t.Context(), Rooms{srv.Directory, srv.Providers, srv.Identities}, places.App)
	if err != nil {
		t.Fatal(err)
	}
	if err := srv.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Shutdown(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	catalogues, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	d := f.Describe(places, client, linked)
	application, err := app.New(t.Context(), app.Options{
		URL: places.App, Issuer: places.Issuer, ClientID: string(client.ID), ClientSecret: client.Secret, RedirectURI: client.RedirectURI,
		HTTP: &http.Client{Transport: f.Transport()}, Catalogues: catalogues, Tries: d.Tries(), File: f.Read,
	})
	if err != nil {
		t.Fatal(err)
	}
	web := &http.Server{Handler: application.Handler(), ReadHeaderTimeout: time.Minute}
	go func() {
		_ = web.Serve(tls.NewListener(appListener, &tls.Config{GetCertificate: answer("app", AppHost)}))
	}()
	t.Cleanup(func() { _ = web.Close() })
	return Running{places, client, d}
}

// walker is a browser whose person presses things until they stand somewhere.
type walker struct {
	*browser
	t *testing.T
}

func (f *Folder) walker(t *testing.T, r Running, login string) walker {
	t.Helper()
	c := &check{places: r.Places}
	b, err := f.newBrowser(f.Leaves[login].TLS(), c.isCertificateHost)
	if err != nil {
		t.Fatal(err)
	}
	return walker{b, t}
}

func (w walker) goTo(address string) {
	w.t.Helper()
	if _, err := w.open(w.t.Context(), address, ""); err != nil {
		w.t.Fatal(err)
	}
}

func (w walker) push(label string) {
	w.t.Helper()
	if _, err := w.press(w.t.Context(), label, ""); err != nil {
		w.t.Fatal(err)
	}
}

func (w walker) fill(name, value string) {
	for _, f := range w.page.forms {
		if _, ok := f.values[name]; ok {
			f.values.Set(name, value)
		}
	}
}

func (w walker) reads(parts ...string) {
	w.t.Helper()
	for _, part := range parts {
		if !strings.Contains(w.page.text, part) {
			w.t.Errorf("%s does not say %q: %s", w.page.url, part, w.page.text)
		}
	}
}

// TestPromises walks what the demo tells a newcomer will happen, in the words
// of the pages that they see.
func TestPromises(t *testing.T) {
	f, r := running(t)
	signIn := func(t *testing.T, login string) walker {
		t.Helper()
		w := f.walker(t, r, login)
		w.goTo(r.Places.App)
		w.reads("Sign in with Signet", "bob, whose password is", f.Password("bob"))
		w.goTo(r.Places.App + "/sign-in")
		w.push(MethodName)
		return w
	}
	t.Run("alice is signed in and out", func(t *testing.T) {
		w := signIn(t, "alice")
		w.push("/consent")
		w.reads("Welcome, Alice Martin", "Signed in with a certificate", "alice@example.org", iam.ACRPhishingResistant)
		if !strings.HasPrefix(w.page.url.String(), r.Places.App) {
			t.Errorf("she stands at %s", w.page.url)
		}
		w.push("/sign-out")
		for len(w.page.forms) > 0 && w.page.url.Path != "/signed-out" {
			w.push("out") // Signet may ask whether she means it
		}
		w.reads("You are signed out.")
		w.goTo(r.Places.App)
		w.reads("Sign in with Signet")
	})
	t.Run("alice needs no page the second time", func(t *testing.T) {
		w := signIn(t, "alice")
		w.reads("Welcome, Alice Martin") // agreed before
		w.goTo(r.Places.App + "/sign-in")
		w.reads("Welcome, Alice Martin")
	})
	t.Run("bob links his certificate", func(t *testing.T) {
		w := signIn(t, "bob")
		w.reads("not linked to anyone yet", "Bob Keller")
		w.push("/go-on")
		w.fill("login", "bob")
		w.push("/identify")
		w.fill("password", f.Password("bob"))
		w.push("/password")
		w.push("/confirm")
		w.push("/consent")
		w.reads("Welcome, Bob Keller", "Signed in with a certificate")
		again := signIn(t, "bob")
		again.reads("Welcome, Bob Keller")
	})
	t.Run("carol is blocked", func(t *testing.T) {
		signIn(t, "carol").reads("blocked", "Carol Lindqvist")
	})
	t.Run("dave's has expired", func(t *testing.T) {
		signIn(t, "dave").reads("expired", "Dave Okafor")
	})
	t.Run("the administrator manages", func(t *testing.T) {
		w := f.walker(t, r, "alice")
		w.goTo(r.Places.Issuer + "/admin")
		w.fill("login", "admin")
		w.push("/identify")
		w.fill("password", f.Password("admin"))
		w.push("/password")
		w.reads("carol@example.org")
	})
}

// TestCheckNamesTheStepThatFailed: a proof that cannot fail proves nothing.
func TestCheckNamesTheStepThatFailed(t *testing.T) {
	f, r := running(t)
	secret := r
	secret.Client.Secret = "another"
	for name, c := range map[string]struct {
		login   string // whose certificate is shown for alice's
		running Running
		step    string
		before  string
	}{
		"a certificate that is linked to nobody": {"bob", r, "sign in with alice's certificate", "open the sign-in page"},
		"a certificate of a blocked person":      {"carol", r, "sign in with alice's certificate", "open the sign-in page"},
		"a wrong secret":                         {"alice", secret, "exchange the code for tokens", "take the code back to the application"},
	} {
		t.Run(name, func(t *testing.T) {
			spoilt := *f
			spoilt.Leaves = map[string]*ca.Leaf{"alice": f.Leaves[c.login]}
			var told strings.Builder
			err := spoilt.Check(t.Context(), &told, c.running)
			if err == nil || !strings.Contains(err.Error(), "check: "+c.step+": ") {
				t.Errorf("the error is %v", err)
			}
			if got := told.String(); !strings.Contains(got, "✗ "+c.step) || !strings.Contains(got, "✓ "+c.before) || strings.Contains(got, "✓ "+c.step) {
				t.Errorf("it tells:\n%s", got)
			}
		})
	}
}
