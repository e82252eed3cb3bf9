package e2e

import (
	"bytes"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"signet/e2e/browser"
	"signet/internal/cert/certtest"
	"signet/internal/freeport"
)

// reload lets nginx read its configuration again, and comes back when nobody is
// served by the old one any more.
func (b *behind) reload(t *testing.T) {
	t.Helper()
	const ended = "exited with code 0"
	before := strings.Count(b.said.String(), ended)
	if err := b.proxy.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(time.Minute); strings.Count(b.said.String(), ended) == before; {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("nginx does not take up its configuration:\n%s", b.said)
		}
	}
}

// TestCertificatesChangeBehindNginx: what nginx trusts and what it shows change
// while Signet runs (row S25).
func TestCertificatesChangeBehindNginx(t *testing.T) {
	t.Parallel()
	b := behindProxy(t, "nginx", proxyPlace{})
	a := b.party(t)
	ours, err := os.ReadFile(b.path("client-cas.pem"))
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := certtest.NewCA(t, certtest.CASpec{Name: "Elsewhere CA"})
	heading := func() string {
		p := b.newPerson(b.certificate("alice"))
		p.open(a.request().url)
		p.press("Sign in with mTLS")
		return p.page.heading
	}
	const inside, outside = "Demo application would like to know who you are", "This certificate’s issuer is not accepted"
	if got := heading(); got != inside {
		t.Fatal(got)
	}
	b.write(t, "client-cas.pem", elsewhere.PEM())
	b.reload(t)
	if got := heading(); got != outside {
		t.Fatal(got)
	}
	b.write(t, "client-cas.pem", append(ours, elsewhere.PEM()...))
	b.reload(t)
	if got := heading(); got != inside {
		t.Fatal(got)
	}

	b.serverCA = certtest.NewCA(t, certtest.CASpec{Name: "New server CA"})
	b.issue(t, "site", "id.localhost")
	b.issue(t, "host", "id.localhost", "*.cert.id.localhost")
	b.roots = x509.NewCertPool()
	b.roots.AddCert(b.serverCA.Cert)
	b.reload(t)
	a = b.party(t)
	if got := heading(); got != inside {
		t.Error(got)
	}
}

// TestChromiumThroughNginx: signing in, being refused by a page of Signet's,
// trying again, and linking.
func TestChromiumThroughNginx(t *testing.T) {
	t.Parallel()
	b := behindProxy(t, "nginx", proxyPlace{})
	start := func(commonName string) *chromium {
		c := &chromium{d: b.demo}
		c.Browser = browser.Start(t, browser.Options{ServerCA: b.serverCA.PEM(), At: b.at, Choices: c.choices(commonName)})
		return c
	}

	alices := start("Alice Martin")
	alice := alices.window(t)
	alice.Navigate(b.Issuer + "/profile")
	alice.on("Sign in to Signet")
	alice.Click("Sign in with mTLS", "button")
	alice.on("No certificate was sent") // nginx said 496
	if alice.attempt() == "" {
		t.Error("the page has no number of the attempt")
	}
	alices.has("alice")
	alices.choose("Alice Martin")
	alice.Click("Try again", "button")
	alice.on("Profile")
	alice.reads("Alice Martin")

	bobs := start("Bob Keller")
	bobs.has("bob")
	bob := bobs.window(t)
	bob.Navigate(b.Issuer + "/profile")
	bob.on("Sign in to Signet")
	bob.Fill("Login or e-mail", "bob")
	bob.Press("Enter")
	bob.WaitText("Password")
	bob.Fill("Password", b.user("bob").Password)
	bob.Press("Enter")
	bob.on("Profile")
	bob.Click("Add", "link")
	bob.on("Add an identifier")
	bob.Click("Continue with mTLS", "button")
	bob.on("Link this certificate?")
	bob.Click("Link this certificate", "button")
	bob.on("Profile")
	bob.reads("The certificate Bob Keller is now linked to you.")
}

// TestT01WhoeverHasNoProof reaches the proxy listener and is told that this is
// not the way, on a page; nobody is signed in.
func TestT01WhoeverHasNoProof(t *testing.T) {
	t.Parallel()
	b := behindProxy(t, "nginx", proxyPlace{})
	a, admin := b.party(t), b.administrator()
	for what, secret := range map[string][]string{"none": nil, "wrong": {"0123456789abcdef0123456789abcdeX"}, "twice": {proxySecret, proxySecret}, "cut off": {proxySecret[:31]}} {
		header := verified(b.certificate("alice"))
		if secret != nil {
			header["X-Signet-Proxy-Secret"] = secret
		}
		p := b.newPerson(nil)
		p.open(a.request().url)
		p.client.Transport = onlyTo(p.client.Transport, b.ProxyListener)
		p.delivering(header)
		p.press("Sign in with mTLS")
		p.stands("The connection did not come through the right proxy")
		if p.page.attempt == "" {
			t.Errorf("%s: the page has no number:\n%s", what, p.page)
			continue
		}
		admin.open(b.Issuer + "/admin/events?attempt=" + p.page.attempt)
		if !strings.Contains(p.page.text, "was not believed") || !strings.Contains(admin.page.text, "Certificate headers from an untrusted sender") {
			t.Errorf("%s:\n%s\n%s", what, p.page, admin.page)
		}
	}
}

// onlyTo sends what is for the address there, and leaves the rest as it is.
func onlyTo(next http.RoundTripper, address string) http.RoundTripper {
	direct := &http.Transport{DisableKeepAlives: true}
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.URL.Host == address {
			return direct.RoundTrip(r)
		}
		return next.RoundTrip(r)
	})
}

// TestMethodThatWantsTheCertificateItself: the five headers alone do not do where
// a method says so, and the certificate with them does.
func TestMethodThatWantsTheCertificateItself(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	a, admin := d.party(t), d.administrator()
	at := d.nginx(t, "")
	signsIn := func() string {
		p := d.newPerson(d.certificate("alice")).through(at)
		p.open(a.request().url)
		p.press("Sign in with mTLS")
		if p.page.attempt != "" {
			admin.finds(t, p.page.attempt, "The proxy did not forward the certificate")
		}
		return p.page.heading
	}
	if got := signsIn(); got != "Demo application would like to know who you are" {
		t.Fatal(got)
	}
	d.change(t, `UPDATE providers SET settings_json = json_set(settings_json, '$.certificate.require_forwarded_certificate', json('true')) WHERE type = 'certificate'`)
	// Another program's change holds after the moment for which methods are kept.
	for got := signsIn(); got != "The certificate itself did not arrive"; got = signsIn() {
		if t.Context().Err() != nil {
			t.Fatal(got)
		}
	}
	whole := d.nginx(t, forwardCertificate)
	p := d.newPerson(d.certificate("alice")).through(whole)
	p.open(a.request().url)
	p.press("Sign in with mTLS")
	p.stands("Demo application would like to know who you are")
}

// TestPROXYProtocol: a balancer passes TLS on, Signet asks for certificates
// itself, and knows where people come from.
func TestPROXYProtocol(t *testing.T) {
	t.Parallel()
	haproxy := proxyProgram(t, "haproxy")
	b := elsewhere(t, "haproxy")
	site, host := freePort(t), freePort(t)
	b.settings = append(b.settings, "--listen", site, "--certificate-listen", host, "--proxy-protocol-from", "127.0.0.1")
	b.serve(t, site)
	b.write(t, "haproxy.cfg", []byte(`
defaults
  mode tcp
  timeout connect 5s
  timeout client 30s
  timeout server 30s
listen site
  bind `+net.JoinHostPort(b.at, portOf(b.Issuer))+`
  server signet `+site+` send-proxy-v2
listen certificates
  bind `+net.JoinHostPort(b.at, portOf(b.CertificateHostFixed))+`
  server signet `+host+` send-proxy-v2
`))
	b.start(t, haproxy, []string{"-db", "-f", b.path("haproxy.cfg")}, portOf(b.Issuer), portOf(b.CertificateHostFixed))
	a, admin := b.party(t), b.administrator()
	alice := b.newPerson(b.certificate("alice"))
	alice.open(a.request().url)
	alice.press("Sign in with mTLS")
	alice.stands("Demo application would like to know who you are")
	nobody := b.newPerson(nil)
	nobody.header = http.Header{"X-Forwarded-For": {"198.51.100.9"}}
	nobody.open(a.request().url)
	nobody.press("Sign in with mTLS")
	nobody.stands("No certificate was sent")
	admin.finds(t, nobody.page.attempt, "No certificate was sent") // and the address of the person

	// From the balancer's address nothing else begins a connection.
	raw, err := net.Dial("tcp", site)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	if _, err := raw.Write(bytes.Repeat([]byte("GET / HTTP/1.1\r\n"), 4)); err != nil {
		t.Fatal(err)
	}
	if n, err := raw.Read(make([]byte, 1)); err == nil {
		t.Errorf("%d bytes are answered", n)
	}
}

// freePort returns an address for a program that has to be told where to listen.
func freePort(t *testing.T) string {
	t.Helper()
	port, err := freeport.Next()
	if err != nil {
		t.Fatal(err)
	}
	return "127.0.0.1:" + port
}
