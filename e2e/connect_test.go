package e2e

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"signet/internal/cert/certtest"
	"signet/internal/freeport"
)

// connected creates an application whose answers go to the address and returns the
// settings that its page prints for each program, to the letter.
func (d *demo) connected(name, callback string) (settings map[string]string, client string) {
	d.t.Helper()
	admin := d.administrator()
	admin.press("Applications")
	admin.press("Create application")
	admin.fill("name", name)
	f := admin.form("Create application")
	f.values.Set("redirect_uris", callback)
	f.values.Set("type", "web")
	f.values.Set("signing_algorithm", "ES256")
	f.values.Del("skip_consent")
	admin.send(f)
	admin.stands("Connect " + name)
	client = d.query(d.t, `SELECT id FROM applications WHERE name = '`+name+`'`)
	open, err := url.Parse(d.Issuer + "/applications/" + client + "/methods/" + d.query(d.t, `SELECT id FROM providers WHERE type = 'certificate'`) + "/switch")
	if err != nil {
		d.t.Fatal(err)
	}
	settings = admin.page.codes
	admin.send(form{method: "POST", action: open, values: url.Values{"on": {"on"}}})
	return settings, client
}

// TestApacheWithThePrintedSettings puts what “Connect it” prints for Apache into a
// real Apache, as an administrator who copies it does, and signs alice in to a
// protected page with her certificate (S1).
func TestApacheWithThePrintedSettings(t *testing.T) {
	t.Parallel()
	apache := proxyProgram(t, "apache")
	const modules = "/usr/lib/apache2/modules/"
	if _, err := os.Stat(modules + "mod_auth_openidc.so"); err != nil {
		t.Skip("libapache2-mod-auth-openidc is not installed (scripts/test installs what it can)")
	}
	d := startDemo(t)
	port, err := freeport.Next()
	if err != nil {
		t.Fatal(err)
	}
	base := "https://intranet.localhost:" + port
	settings, _ := d.connected("Intranet", base+"/oidc-callback")
	printed := settings["recipe-apache"]
	if !strings.Contains(printed, `OIDCRedirectURI "`+base+`/oidc-callback"`) {
		t.Fatalf("the page prints for Apache:\n%s", printed)
	}

	// Not in a folder of the test, which other users cannot pass through.
	dir, err := os.MkdirTemp("", "signet-apache-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // Apache gives up root
		t.Fatal(err)
	}
	write := func(name string, content []byte) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // Apache gives up root
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil { //nolint:gosec // likewise
			t.Fatal(err)
		}
		return path
	}
	ca := certtest.NewCA(t, certtest.CASpec{Name: "Server CA of the intranet"})
	leaf := ca.Issue(t, certtest.Spec{CN: "intranet.localhost", DNSNames: []string{"intranet.localhost"}, Change: func(c *x509.Certificate) {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}})
	d.roots.AddCert(ca.Cert)
	// What the text leaves to whoever copies it, and says how.
	passphrase := make([]byte, 32)
	_, _ = rand.Read(passphrase)
	filled := strings.Replace(printed, `OIDCCryptoPassphrase ""`, `OIDCCryptoPassphrase "`+hex.EncodeToString(passphrase)+`"`, 1)
	if filled == printed {
		t.Error("the text has no place for a passphrase")
	}
	pages := filepath.Dir(write("www/index.html", []byte("<h1>Behind Apache</h1>")))
	var config strings.Builder
	for _, name := range []string{"mpm_event", "authn_core", "authz_core", "authz_user", "socache_shmcb", "ssl", "headers", "dir", "auth_openidc"} {
		fmt.Fprintf(&config, "LoadModule %s_module %smod_%s.so\n", name, modules, name)
	}
	fmt.Fprintf(&config, `ServerName localhost
User nobody
Group nogroup
PidFile apache.pid
ErrorLog /dev/stderr
Listen 127.0.0.1:%s
<VirtualHost *:%s>
ServerName intranet.localhost
SSLEngine on
SSLCertificateFile %s
SSLCertificateKeyFile %s
DocumentRoot %s
DirectoryIndex index.html
<Directory %q>
ForceType text/html
</Directory>
# Only because the authority of this installation is one of its own.
OIDCCABundlePath %s
# To look at who it is.
Header always set X-Seen-User "expr=%%{REMOTE_USER}"
Include signet.conf
</VirtualHost>
`, port, port, write("site.pem", leaf.PEM()), write("site-key.pem", leaf.KeyPEM(t)), pages, pages,
		write("ca.pem", d.file(d.ServerCA)))
	write("signet.conf", []byte(filled))
	said, ended := &lockedBuffer{}, make(chan error, 1)
	server := exec.Command(apache, "-d", dir, "-f", write("apache.conf", []byte(config.String())), "-D", "FOREGROUND")
	server.Stdout, server.Stderr = said, said
	server.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // a test that is killed leaves no server behind
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { ended <- server.Wait() }()
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGTERM)
		<-ended
		if t.Failed() {
			t.Logf("Apache said:\n%s", said)
		}
	})
	await(t, "tcp", "127.0.0.1:"+port, ended, said)

	alice := d.newPerson(d.certificate("alice"))
	alice.open(base + "/")
	alice.press("Sign in with mTLS")
	if alice.can("Allow") {
		alice.press("Allow")
	}
	alice.stands("Behind Apache")
	if seen := alice.page.header.Get("X-Seen-User"); seen != "alice" || alice.page.status != http.StatusOK {
		t.Errorf("Apache answers %d to %q", alice.page.status, seen)
	}
	// Whoever has no session of Apache's is not let in by guessing.
	stranger := d.newPerson(nil)
	stranger.open(base + "/index.html")
	if stranger.page.url.Host != hostOf(d.Issuer) {
		t.Errorf("a stranger stands at %s", stranger.page.url)
	}
}
