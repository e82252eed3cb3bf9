package browser_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"html"
	"image/png"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"signet/e2e/browser"
	"signet/internal/ca"
)

// site is a little TLS server that asks for a client certificate and shows whom
// it names. Every name below site.localhost leads to it.
type site struct {
	port     string
	serverCA []byte
	clients  *ca.Authority
}

func newSite(t *testing.T) *site {
	t.Helper()
	now := time.Now()
	authority := func(name string) *ca.Authority {
		a, err := ca.New(ca.Options{Name: name, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	servers, clients := authority("Server CA"), authority("Client CA")
	leaf, err := servers.IssueServer([]string{"site.localhost", "*.site.localhost"}, now.Add(-time.Hour), now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	accepted := x509.NewCertPool()
	accepted.AddCert(clients.Certificate)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{
		Handler: http.HandlerFunc(page), ReadHeaderTimeout: time.Minute, ErrorLog: log.New(t.Output(), "", 0),
		TLSConfig: &tls.Config{
			Certificates: []tls.Certificate{*leaf.TLS()}, NextProtos: []string{"http/1.1"}, SessionTicketsDisabled: true,
			GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
				c := &tls.Config{Certificates: []tls.Certificate{*leaf.TLS()}, NextProtos: []string{"http/1.1"}, SessionTicketsDisabled: true}
				if hello.ServerName != "site.localhost" { // the plain name does not ask
					c.ClientAuth, c.ClientCAs = tls.RequestClientCert, accepted
				}
				return c, nil
			},
		},
	}
	go func() { _ = server.ServeTLS(listener, "", "") }()
	t.Cleanup(func() { _ = server.Close() })
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return &site{port, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: servers.Certificate.Raw}), clients}
}

// url is a page of the site, on a name below it or on the plain one.
func (s *site) url(label, path string) string {
	host := "site.localhost"
	if label != "" {
		host = label + "." + host
	}
	return "https://" + net.JoinHostPort(host, s.port) + path
}

func (s *site) p12(t *testing.T, name string) []byte {
	t.Helper()
	leaf, err := s.clients.IssueClient(ca.Person{Name: name}, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	file, err := leaf.PKCS12("secret")
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func page(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", "default-src 'none'; img-src data:; form-action 'self'; script-src 'nonce-x'; style-src 'nonce-x'")
	who := "nobody"
	if len(r.TLS.PeerCertificates) > 0 {
		who = r.TLS.PeerCertificates[0].Subject.CommonName
	}
	content := ""
	switch r.URL.Path {
	case "/":
		content = `<a href="/form">To the form</a>`
	case "/form":
		content = `<form method="post" action="/sent"><label>Your name <input name="name" value="old"></label>
			<label for="p">Password</label><input id="p" name="password" type="password">
			<label>Colour <select name="colour"><option>red</option><option>sky blue</option></select></label>
			<label><input type="checkbox" name="agree"> I agree</label>
			<button>Send</button><button name="other" value="1">Send later</button></form>`
	case "/sent":
		http.Redirect(w, r, fmt.Sprintf("/done?%s,%s,%s,%s,%s", r.PostFormValue("name"), r.PostFormValue("password"), r.PostFormValue("colour"), r.PostFormValue("agree"), r.PostFormValue("other")), http.StatusSeeOther)
		return
	case "/done":
		content = `<p>Sent: ` + html.EscapeString(r.URL.Query().Encode()) + `</p>`
	case "/csp":
		content = `<p style="color: red">red</p>`
	case "/script":
		content = `<script nonce="x">console.error("as expected"); nothing.there()</script>`
	case "/late":
		content = `<p id="p">waiting</p><script nonce="x">setTimeout(() => { p.textContent = "here it is" }, 50)</script>`
	case "/missing":
		w.WriteHeader(http.StatusNotFound)
		content = "not found"
	case "/wide":
		content = `<style nonce="x">div { width: 900px } html { background: light-dark(white, black); color-scheme: light dark }</style><div>wide</div>`
	}
	fmt.Fprintf(w, `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><title>%s</title><h1>Hello, %s</h1><p>%s</p>%s`,
		r.URL.Path, html.EscapeString(who), html.EscapeString(r.Header.Get("Accept-Language")), content)
}

func TestChosenCertificateIsPresented(t *testing.T) {
	s := newSite(t)
	b := browser.Start(t, browser.Options{ServerCA: s.serverCA, Language: "fr"})
	p := b.Page()
	p.Navigate(s.url("", "/"))
	p.WaitText("Hello, nobody")
	p.WaitText("fr")
	p.Navigate(s.url("a", "/")) // has no certificate: presents none
	p.WaitText("Hello, nobody")

	b.Import(s.p12(t, "alice"), "secret")
	b.Import(s.p12(t, "bob"), "secret")
	b.Choose(browser.Choice{Pattern: "https://[*.]site.localhost", CommonName: "bob"})
	p.Navigate(s.url("b", "/"))
	p.WaitText("Hello, bob")
	// "Use another certificate": another name, and another choice.
	b.Choose(browser.Choice{Pattern: "https://[*.]site.localhost:" + s.port, CommonName: "alice"})
	p.Navigate(s.url("c", "/"))
	p.WaitText("Hello, alice")
}

func TestFormIsFilledAndSent(t *testing.T) {
	s := newSite(t)
	p := browser.Start(t, browser.Options{ServerCA: s.serverCA}).Page()
	p.Navigate(s.url("", "/"))
	p.Click("To the form", "link")
	if p.Value("Your name") != "old" || !p.Has("button", "Send") || p.Has("button", "Cancel") {
		t.Errorf("the form is not as it should be:\n%s", p.Text())
	}
	p.Fill("Your name", "Zoë")
	p.Fill("Password", "s3cret")
	p.Select("Colour", "sky blue")
	p.Click("I agree")
	p.Click("Send")
	if got := p.Text(); !strings.Contains(got, "s3cret%2Csky+blue%2Con%2C=") || p.Title() != "/done" {
		t.Errorf("after sending, at once: %s", got)
	}
	p.WaitURL(s.url("", "/done"))
	p.Back()
	p.WaitFor(`document.title === "/form"`)
	p.Navigate(s.url("", "/late"))
	p.WaitText("here it is")
	p.WaitGone("waiting")
}

func TestKeyboardAloneSuffices(t *testing.T) {
	s := newSite(t)
	p := browser.Start(t, browser.Options{ServerCA: s.serverCA}).Page()
	p.Navigate(s.url("", "/form"))
	p.Fill("Your name", "Ann")
	p.Press("Tab")
	p.Press("pw")
	p.Press("Enter")
	if p.Title() != "/done" || !strings.Contains(p.Text(), "Ann%2Cpw") {
		t.Errorf("after Enter: %s", p.Text())
	}
}

func TestWithoutScripts(t *testing.T) {
	s := newSite(t)
	p := browser.Start(t, browser.Options{ServerCA: s.serverCA}).Page()
	p.WithoutScripts()
	p.Navigate(s.url("", "/script")) // would fail the test by its console
	p.Navigate(s.url("", "/form"))
	p.Fill("Your name", "Ann")
	p.Click("Send later")
	if p.Title() != "/done" {
		t.Errorf("after sending: %s", p.Text())
	}
}

func TestConsoleIsHeard(t *testing.T) {
	s := newSite(t)
	b := browser.Start(t, browser.Options{ServerCA: s.serverCA})
	p := b.Page()
	p.Navigate(s.url("", "/missing")) // a status of the page itself is no message
	if found := b.Messages(); len(found) > 0 {
		t.Errorf("messages of a proper page: %q", found)
	}
	p.Navigate(s.url("", "/csp"))
	p.Navigate(s.url("", "/script"))
	found := strings.Join(b.Messages(), "\n")
	for _, want := range []string{"Content Security Policy", "as expected", "nothing is not defined"} {
		if !strings.Contains(found, want) {
			t.Errorf("%q is not among the messages: %s", want, found)
		}
		b.Allow(want)
	}
	if found := b.Messages(); len(found) > 0 {
		t.Errorf("messages that were allowed: %q", found)
	}
}

func TestScreenshotsShowTheLook(t *testing.T) {
	s := newSite(t)
	p := browser.Start(t, browser.Options{ServerCA: s.serverCA}).Page()
	p.Navigate(s.url("", "/wide"))
	dir := t.TempDir()
	for name, c := range map[string]struct {
		look  browser.Look
		width int
		dark  bool
	}{
		"desktop":   {browser.Look{}, 1280, false},
		"dark":      {browser.Look{Dark: true}, 1280, true},
		"telephone": {browser.Look{Width: 390}, 780, false}, // two pixels a point
	} {
		file := filepath.Join(dir, "pictures", name+".png")
		p.Screenshot(file, c.look)
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		if got := picture.Bounds().Dx(); got < c.width {
			t.Errorf("%s is %d pixels wide, want %d", name, got, c.width)
		}
		if r, _, _, _ := picture.At(2, picture.Bounds().Dy()-2).RGBA(); (r == 0) != c.dark {
			t.Errorf("%s: dark = %v, want %v", name, !c.dark, c.dark)
		}
	}
	p.View(browser.Look{})
	p.FitsWidth()
}
