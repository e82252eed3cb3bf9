package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"signet/internal/cert/certtest"
)

// seedBlock is the server block of nginx in the mission document, as it stands
// there.
func seedBlock(t *testing.T) string {
	t.Helper()
	seed := os.Getenv("SIGNET_SEED")
	if seed == "" {
		seed = filepath.Join("..", "..", "shared", "seed")
	}
	text, err := os.ReadFile(filepath.Join(seed, "connexion-mtls.fr.md"))
	if err != nil {
		t.Skipf("the mission document is not here; SIGNET_SEED names its folder: %v", err)
	}
	_, after, _ := strings.Cut(string(text), "```nginx\n")
	block, _, found := strings.Cut(after, "```")
	if !found || !strings.Contains(block, "proxy_set_header X-SSL-Client-Verify $ssl_client_verify;") {
		t.Fatal("the mission document has no block for nginx")
	}
	return block
}

// proxy is a running nginx in front of the demo's proxy listener.
type proxy struct {
	address string
	roots   *x509.CertPool
}

// nginx runs the mission document's block, with nothing changed but the host
// name, the paths of files and, where another program has it, the port. Add
// comes behind the headers that it sets.
func (d *demo) nginx(t *testing.T, add string) proxy {
	t.Helper()
	program, err := exec.LookPath("nginx")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/nginx"); err != nil {
			t.Skip("nginx is not installed: apt-get install nginx-light")
		}
	}
	block := seedBlock(t)
	dir := t.TempDir()
	ca := certtest.NewCA(t, certtest.CASpec{Name: "Server CA of the proxy"})
	leaf := ca.Issue(t, certtest.Spec{CN: "id.localhost", DNSNames: []string{"id.localhost", "*.cert.id.localhost"}, Change: func(c *x509.Certificate) {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}})
	write := func(name string, content []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	key, err := x509.MarshalPKCS8PrivateKey(leaf.Key)
	if err != nil {
		t.Fatal(err)
	}
	write("site.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Cert.Raw}))
	write("site-key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
	write("ca-bundle.crt", d.file(d.ClientCA))

	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	block = strings.NewReplacer(
		"local.trusted.com;", "id.localhost *.cert.id.localhost;",
		"certs/local.trusted.com-key.pem", "site-key.pem", "certs/local.trusted.com.pem", "site.pem", "certs/ca-bundle.crt", "ca-bundle.crt",
		"listen 3443 ssl;", "listen "+address+" ssl;",
		"proxy_set_header X-SSL-Client-Issuer $ssl_client_i_dn;\n", "proxy_set_header X-SSL-Client-Issuer $ssl_client_i_dn;\n"+add,
	).Replace(block)
	write("nginx.conf", fmt.Appendf(nil, `
worker_processes 1;
pid nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  upstream backend { server %s; }
%s}
`, d.ProxyListener, block))

	said := &lockedBuffer{}
	process := exec.Command(program, "-p", dir, "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off;")
	process.Stderr = said
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- process.Wait() }()
	t.Cleanup(func() {
		_ = process.Process.Signal(os.Interrupt)
		<-ended
		if t.Failed() {
			t.Logf("nginx said:\n%s", said)
		}
	})
	awaitListener(t, address, ended, said)
	roots := x509.NewCertPool()
	roots.AddCert(ca.Cert)
	return proxy{address, roots}
}

// awaitListener returns once the address answers.
func awaitListener(t *testing.T, address string, ended <-chan error, said *lockedBuffer) {
	t.Helper()
	limit, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := (&net.Dialer{}).DialContext(limit, "tcp", address)
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case err := <-ended:
			t.Fatalf("nginx ended: %v\n%s", err, said)
		case <-limit.Done():
			t.Fatalf("nginx does not listen: %v\n%s", err, said)
		case <-tick.C:
		}
	}
}

// through lets a person reach the certificate hosts through the proxy.
func (p *person) through(at proxy) *person {
	direct := p.client.Transport
	asked := &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, at.address)
		},
		TLSClientConfig: &tls.Config{RootCAs: at.roots, MinVersion: tls.VersionTLS12, GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			if p.certificate == nil {
				return &tls.Certificate{}, nil
			}
			return p.certificate, nil
		}},
		DisableKeepAlives: true,
	}
	p.client.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
		if p.d.isCertificateHost(r.URL.Host) {
			p.hosts = append(p.hosts, r.URL.Host)
			return asked.RoundTrip(r)
		}
		return direct.RoundTrip(r)
	})
	return p
}

const forwardCertificate = "proxy_set_header X-SSL-Client-Cert $ssl_client_escaped_cert;\n"

// TestSeedNginx: the block of the mission document as it stands signs in whose
// certificate is linked, by its five headers alone.
func TestSeedNginx(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	a := d.party(t)
	admin := d.administrator()
	at := d.nginx(t, "")

	alice := d.newPerson(d.certificate("alice")).through(at)
	alice.open(a.request().url)
	alice.press("Sign in with mTLS")
	alice.stands("Demo application would like to know who you are")
	if len(alice.hosts) != 1 {
		t.Errorf("went to %v", alice.hosts)
	}

	// Such a sign-in is of a lower kind, and the application and the event log are
	// told so, whatever the method says of its CA: only the proxy saw the key used.
	admin.keysOf("card")
	q := a.request()
	again := d.newPerson(d.certificate("alice")).through(at)
	_, id := a.tokens(q, again.signIn(a, q))
	var claims struct {
		ACR string `json:"acr"`
	}
	if err := id.Claims(&claims); err != nil || claims.ACR != "urn:signet:acr:certificate-headers" {
		t.Errorf("acr %q, %v", claims.ACR, err)
	}
	admin.open(d.Issuer + "/admin/events?kind=sign_in.completed&user=alice")
	if i := slices.IndexFunc(admin.page.links, func(l link) bool { return regexp.MustCompile(`/admin/events/[0-9a-z]{28}$`).MatchString(l.url) }); i < 0 {
		t.Errorf("no event has a page:\n%s", admin.page)
	} else {
		admin.open(admin.page.links[i].url)
		admin.sees("by certificate headers of a proxy")
	}

	bob := d.newPerson(d.certificate("bob")).through(at)
	bob.open(a.request().url)
	bob.press("Sign in with mTLS")
	bob.stands("This certificate is not linked to anyone yet")
	bob.sees("Bob Keller", "Verified and described by the proxy in front")
	admin.finds(t, bob.page.attempt, "The certificate is linked to nobody")

	carol := d.newPerson(d.certificate("carol")).through(at)
	carol.open(a.request().url)
	carol.press("Sign in with mTLS")
	carol.stands("Your account is blocked")

	// Row S20, word for word, and nothing of the site.
	alice.open(d.CertificateHostFixed + "/profile")
	if alice.page.status != http.StatusNotFound || alice.page.text != "mTLS endpoints only. Use port 443 for regular access." {
		t.Errorf("%d %q", alice.page.status, alice.page.text)
	}
}

// TestSeedNginxLinks: whoever has only the mission document links a certificate
// through its block, by the five headers alone, and signs in with it (rows S56–S60).
// The day the certificate is shown, the identifier is known by its key.
func TestSeedNginxLinks(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	a, at := d.party(t), d.nginx(t, "")
	admin := d.administrator()
	identifier := func(what string) string {
		t.Helper()
		return d.query(t, `SELECT `+what+` FROM identities i JOIN users u ON u.id = i.user_id WHERE u.login = 'bob'`)
	}

	bob := d.newPerson(d.certificate("bob")).through(at)
	bob.open(d.Issuer + "/profile")
	bob.password("bob", d.user("bob").Password, "Sign in")
	bob.stands("Profile")
	bob.open(d.Issuer + "/profile/identifiers/add")
	bob.press("Continue with mTLS")
	bob.stands("Link this certificate?")
	bob.sees("Bob Keller", "Verified and described by the proxy in front")
	bob.press("Link this certificate")
	bob.sees("Bob Keller")
	if key := identifier("i.key"); !strings.HasPrefix(key, "described:") {
		t.Errorf("the account key is %q", key)
	}
	signIn := func(p *person) string {
		t.Helper()
		q := a.request()
		_, id := a.tokens(q, p.signIn(a, q))
		if id.Subject != d.query(t, `SELECT id FROM users WHERE login = 'bob'`) {
			t.Errorf("signed in %s, want bob", id.Subject)
		}
		var claims struct {
			ACR string `json:"acr"`
		}
		if err := id.Claims(&claims); err != nil {
			t.Fatal(err)
		}
		return claims.ACR
	}
	if acr := signIn(d.newPerson(d.certificate("bob")).through(at)); acr != "urn:signet:acr:certificate-headers" {
		t.Errorf("acr %q", acr)
	}

	// It is nobody else's, described or shown.
	for name, p := range map[string]*person{"described": d.newPerson(d.certificate("bob")).through(at), "shown": d.newPerson(d.certificate("bob"))} {
		p.open(d.Issuer + "/profile")
		p.password("alice", d.user("alice").Password, "Sign in")
		p.open(d.Issuer + "/profile/identifiers/add")
		p.press("Continue with mTLS")
		if !strings.Contains(p.page.text, "A certificate can belong to one person only.") {
			t.Errorf("%s: %s", name, p.page)
		}
	}

	// Shown, it counts for what it is, and stays one identifier.
	if acr := signIn(d.newPerson(d.certificate("bob"))); acr != "phr" {
		t.Errorf("shown, acr %q", acr)
	}
	if key := identifier("i.key"); strings.HasPrefix(key, "described:") || strings.Contains(identifier("i.certificate_json"), `"described"`) {
		t.Errorf("shown, the account key is %q", key)
	}
	if acr := signIn(d.newPerson(d.certificate("bob")).through(at)); acr != "urn:signet:acr:certificate-headers" {
		t.Errorf("described again, acr %q", acr)
	}

	// What is blocked is blocked in either form.
	block := d.Issuer + "/admin/users/" + d.query(t, `SELECT id FROM users WHERE login = 'bob'`) + "/identifiers/" + identifier("i.id") + "/block"
	admin.open(block)
	if err := admin.walk(http.MethodPost, block, url.Values{"kind": {"certificate"}}); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*person{d.newPerson(d.certificate("bob")).through(at), d.newPerson(d.certificate("bob"))} {
		p.open(a.request().url)
		p.press("Sign in with mTLS")
		p.sees("blocked")
	}
}

// TestSeedNginxThatForwardsTheCertificate: one line more, and Signet judges by
// itself.
func TestSeedNginxThatForwardsTheCertificate(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	a := d.party(t)
	at := d.nginx(t, forwardCertificate)

	alice := d.newPerson(d.certificate("alice")).through(at)
	alice.open(a.request().url)
	alice.press("Sign in with mTLS")
	alice.stands("Demo application would like to know who you are")

	bob := d.newPerson(d.certificate("bob")).through(at)
	bob.open(a.request().url)
	bob.press("Sign in with mTLS")
	bob.stands("This certificate is not linked to anyone yet")
	bob.sees("Bob Keller")
	if !bob.can("Sign in another way and link it") {
		t.Errorf("it cannot be linked:\n%s", bob.page)
	}

	// nginx overwrites what a client adds.
	nobody := d.newPerson(d.certificate("bob")).through(at)
	nobody.header = spoofed(d)
	nobody.open(a.request().url)
	nobody.press("Sign in with mTLS")
	nobody.stands("This certificate is not linked to anyone yet")
	nobody.sees("Bob Keller")
}
