package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"signet/internal/cert/certtest"
)

// behind is the demo's installation, served by `signet serve` behind a proxy that
// runs what `signet proxy-config` printed. Its names lead to the proxy.
type behind struct {
	*demo
	form     string
	dir      string
	settings []string // of serve and of proxy-config
	httpPort string
	serverCA *certtest.CA
	proxy    *exec.Cmd
	ended    chan error
	said     *lockedBuffer
	noWord   bool // the proxy has no word for "no certificate"
	noChain  bool // the proxy does not pass on what the browser sends along
}

// places counts the addresses of loopback that were given to proxies, so that
// none takes a port of another test.
var places atomic.Uint32 //nolint:gochecknoglobals // a counter of the process

// proxyPlace is how a configuration differs from the usual one, which is an
// address and a secret.
type proxyPlace struct {
	socket  bool // a Unix socket and no secret
	pinned  bool // the proxy's own key and no secret
	rfc9440 bool // HAProxy speaks the form of RFC 9440
	shared  bool // the certificate host where the main site is, under other names
}

const proxySecret = "0123456789abcdef0123456789abcdef"

// elsewhere ends the demo, and lets its names lead to an address of the test's
// own, with certificates of another CA.
func elsewhere(t *testing.T, form string) *behind {
	t.Helper()
	d := startDemo(t)
	d.end()
	n := places.Add(1)
	b := &behind{demo: d, form: form, dir: t.TempDir(), httpPort: "8080"}
	// Who comes through a proxy has another address than the proxy.
	d.at, d.from = fmt.Sprintf("127.77.%d.%d", n/250, n%250+1), "127.9.9.9"
	if err := os.Chmod(b.dir, 0o755); err != nil { //nolint:gosec // proxies give up root
		t.Fatal(err)
	}
	b.serverCA = certtest.NewCA(t, certtest.CASpec{Name: "Server CA of the proxy"})
	d.roots = x509.NewCertPool()
	d.roots.AddCert(b.serverCA.Cert)
	b.issue(t, "site", "id.localhost")
	b.issue(t, "host", "id.localhost", "*.cert.id.localhost")
	b.write(t, "server-ca.pem", b.serverCA.PEM())
	b.settings = []string{
		"--data", d.dir, "--issuer", d.Issuer, "--certificate-wildcard", hostOf(d.CertificateHost), "--certificate-fixed", hostOf(d.CertificateHostFixed),
		"--tls-cert", b.path("site.pem"), "--tls-key", b.path("site-key.pem"), "--certificate-tls-cert", b.path("host.pem"), "--certificate-tls-key", b.path("host-key.pem"),
	}
	return b
}

// behindProxy serves the installation behind a proxy.
func behindProxy(t *testing.T, form string, in proxyPlace) *behind {
	t.Helper()
	program := proxyProgram(t, form)
	b := elsewhere(t, form)
	d := b.demo
	if in.shared {
		d.CertificateHost = "https://*.cert." + hostOf(d.Issuer)
		d.CertificateHostFixed = "https://" + b.attemptHost() // there is none; tests knock there
		i := slices.Index(b.settings, "--certificate-fixed")
		b.settings = slices.Delete(b.settings, i, i+2)
		b.settings[slices.Index(b.settings, "--certificate-wildcard")+1] = hostOf(d.CertificateHost)
	}
	listen := d.ProxyListener
	if in.socket {
		// Not in a folder of the test, which other users cannot pass through.
		dir, err := os.MkdirTemp("", "signet-socket-")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // the socket itself is closed
			t.Fatal(err)
		}
		listen = "unix:" + filepath.Join(dir, "proxy.sock")
		if os.Getuid() == 0 {
			b.settings = append(b.settings, "--proxy-socket-group", "nogroup") // of nginx's workers
		}
	}
	b.settings = append(b.settings, "--listen", "127.0.0.1:0", "--certificate-listen", "127.0.0.1:0", "--proxy-listen", listen, "--proxy-headers", form)
	switch {
	case in.pinned:
		proxy := b.serverCA.Issue(t, certtest.Spec{CN: "The proxy"})
		b.write(t, "proxy.pem", append(proxy.PEM(), proxy.KeyPEM(t)...))
		b.write(t, "proxy-key.pem", proxy.KeyPEM(t))
		b.settings = append(b.settings, "--proxy-key-pin", sha256Hex(proxy.Cert.RawSubjectPublicKeyInfo))
	case !in.socket:
		b.settings = append(b.settings, "--proxy-secret", proxySecret)
	}
	if in.rfc9440 {
		b.settings[slices.Index(b.settings, "--proxy-headers")+1] = "rfc9440"
	}
	b.serve(t, listen)
	b.settings[slices.Index(b.settings, "--proxy-headers")+1] = form
	b.write(t, "client-cas.pem", []byte(b.output(t, "client-cas", "--data", d.dir)))
	b.write(t, "signet.conf", []byte(b.output(t, append([]string{
		"proxy-config", form, "--address", d.at, "--http-port", b.httpPort, "--client-cas", b.path("client-cas.pem"),
		"--proxy-cert", b.path("proxy.pem"), "--proxy-key", b.path("proxy-key.pem"), "--signet-ca", b.path("server-ca.pem"),
	}, b.settings...)...)))
	if in.rfc9440 {
		b.speakRFC9440(t)
	}
	b.run(t, program)
	return b
}

// speakRFC9440 changes the headers of HAProxy's configuration, as docs/en/proxies.md
// tells.
func (b *behind) speakRFC9440(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(b.path("signet.conf"))
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.NewReplacer(
		"set-header X-SSL-Client-DER %[ssl_c_der,base64]", "set-header Client-Cert :%[ssl_c_der,base64]:",
		"    http-request set-header X-SSL-Client-Chain-DER %[ssl_c_chain_der,base64] if { ssl_c_used }\n", "",
	).Replace(string(text))
	b.write(t, "signet.conf", []byte(changed))
}

func (b *behind) path(name string) string { return filepath.Join(b.dir, name) }

func (b *behind) write(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(b.path(name), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// issue writes a certificate for names. Its file holds the key too, which HAProxy
// wants there and others do not mind.
func (b *behind) issue(t *testing.T, name string, names ...string) {
	t.Helper()
	leaf := b.serverCA.Issue(t, certtest.Spec{CN: names[0], DNSNames: names, Change: func(c *x509.Certificate) {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}})
	key, err := x509.MarshalPKCS8PrivateKey(leaf.Key)
	if err != nil {
		t.Fatal(err)
	}
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})
	b.write(t, name+".pem", append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Cert.Raw}), keyPEM...))
	b.write(t, name+"-key.pem", keyPEM)
}

// serve starts the server, which ends as the demo would.
func (b *behind) serve(t *testing.T, listen string) {
	t.Helper()
	b.demo.stderr, b.demo.ended = &lockedBuffer{}, make(chan error, 1)
	b.demo.process = exec.Command(program, append([]string{"serve"}, b.settings...)...)
	b.demo.process.Stderr = b.demo.stderr
	if err := b.demo.process.Start(); err != nil {
		t.Fatal(err)
	}
	process := b.demo.process
	go func() { b.demo.ended <- process.Wait() }()
	network := "tcp"
	if path, ok := strings.CutPrefix(listen, "unix:"); ok {
		network, listen = "unix", path
	}
	await(t, network, listen, b.demo.ended, b.demo.stderr)
}

// output is what the program prints.
func (b *behind) output(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, args...)
	said := &lockedBuffer{}
	cmd.Stderr = said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("signet %q: %v\n%s", args, err, said)
	}
	return string(out)
}

// proxyProgram finds a proxy or skips the test.
func proxyProgram(t *testing.T, form string) string {
	t.Helper()
	name := map[string]string{"apache": "apache2"}[form]
	if name == "" {
		name = form
	}
	if path := os.Getenv("SIGNET_TEST_" + strings.ToUpper(form)); path != "" {
		return path
	}
	for _, candidate := range []string{name, "/usr/sbin/" + name} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path
		}
	}
	t.Skipf("%s is not installed (scripts/test installs what it can); SIGNET_TEST_%s names its program", name, strings.ToUpper(form))
	return ""
}

// run starts the proxy.
func (b *behind) run(t *testing.T, program string) {
	t.Helper()
	var args []string
	switch b.form {
	case "nginx":
		b.write(t, "nginx.conf", []byte(`
worker_processes 1;
pid nginx.pid;
error_log stderr notice;
events {}
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  include signet.conf;
}
`))
		args = []string{"-p", b.dir, "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off;"}
	case "haproxy":
		args = []string{"-db", "-f", b.path("signet.conf")}
	case "apache":
		var modules strings.Builder
		for _, name := range []string{"mpm_event", "authz_core", "socache_shmcb", "ssl", "headers", "proxy", "proxy_http", "alias"} {
			fmt.Fprintf(&modules, "LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n", name, name)
		}
		b.write(t, "apache.conf", []byte(modules.String()+"ServerName localhost\nUser nobody\nGroup nogroup\nPidFile apache.pid\nErrorLog /dev/stderr\nInclude signet.conf\n"))
		args = []string{"-d", b.dir, "-f", b.path("apache.conf"), "-D", "FOREGROUND"}
	case "caddy":
		// As the configuration itself says.
		adapted, err := exec.Command(program, "adapt", "--adapter", "caddyfile", "--config", b.path("signet.conf")).Output()
		if err != nil {
			t.Fatalf("caddy adapt: %v", err)
		}
		var config map[string]any
		if err := json.Unmarshal(adapted, &config); err != nil {
			t.Fatal(err)
		}
		config["apps"].(map[string]any)["tls"].(map[string]any)["session_tickets"] = map[string]any{"disabled": true}
		config["admin"] = map[string]any{"disabled": true}
		if adapted, err = json.Marshal(config); err != nil {
			t.Fatal(err)
		}
		b.write(t, "caddy.json", adapted)
		args = []string{"run", "--config", b.path("caddy.json")}
	case "traefik":
		b.write(t, "traefik.toml", b.traefikStatic(t))
		args = []string{"--configFile=" + b.path("traefik.toml")}
	case "envoy":
		if err := os.Rename(b.path("signet.conf"), b.path("envoy.yaml")); err != nil {
			t.Fatal(err)
		}
		args = []string{"-c", b.path("envoy.yaml"), "--disable-hot-restart", "--concurrency", "1", "--log-level", "warn"}
	}
	b.start(t, program, args, portOf(b.Issuer), portOf(b.CertificateHostFixed), b.httpPort)
	if b.form == "traefik" {
		b.awaitNames(t) // it listens before it has read its file
	}
}

// traefikStatic is the static configuration, which the generated file tells in its
// head: what an administrator copies is what runs here.
func (b *behind) traefikStatic(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile(b.path("signet.conf"))
	if err != nil {
		t.Fatal(err)
	}
	b.write(t, "signet.toml", text) // Traefik reads a file by its ending
	_, head, found := strings.Cut(string(text), "the static one, needs:\n")
	head, _, ended := strings.Cut(head, "# Leave forwardedHeaders")
	if !found || !ended {
		t.Fatalf("the file does not tell its static configuration:\n%s", text)
	}
	var static strings.Builder
	for line := range strings.Lines(head) {
		static.WriteString(strings.TrimPrefix(strings.TrimPrefix(line, "#"), "   "))
	}
	return []byte(strings.Replace(static.String(), "/etc/traefik/signet.toml", b.path("signet.toml"), 1))
}

// start starts the proxy and returns when it listens on the ports.
func (b *behind) start(t *testing.T, program string, args []string, ports ...string) {
	t.Helper()
	b.said, b.ended = &lockedBuffer{}, make(chan error, 1)
	b.proxy = exec.Command(program, args...)
	b.proxy.Env = append(os.Environ(), "HOME="+b.dir, "XDG_DATA_HOME="+b.dir, "XDG_CONFIG_HOME="+b.dir)
	b.proxy.Stdout, b.proxy.Stderr = b.said, b.said
	b.proxy.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // a test that is killed leaves no proxy behind
	if err := b.proxy.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { b.ended <- b.proxy.Wait() }()
	t.Cleanup(func() {
		_ = b.proxy.Process.Signal(syscall.SIGTERM)
		<-b.ended
		if t.Failed() {
			t.Logf("%s said:\n%s", b.form, b.said)
		}
	})
	for _, port := range ports {
		await(t, "tcp", net.JoinHostPort(b.at, port), b.ended, b.said)
	}
}

// awaitNames returns once the proxy answers a handshake for the site and the
// certificate host.
func (b *behind) awaitNames(t *testing.T) {
	t.Helper()
	limit, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for _, address := range []string{b.Issuer, b.CertificateHostFixed} {
		name, port, err := net.SplitHostPort(hostOf(address))
		if err != nil {
			t.Fatal(err)
		}
		for {
			conn, err := (&tls.Dialer{Config: &tls.Config{RootCAs: b.roots, ServerName: name, MinVersion: tls.VersionTLS12}}).DialContext(limit, "tcp", net.JoinHostPort(b.at, port))
			if err == nil {
				_ = conn.Close()
				break
			}
			select {
			case <-limit.Done():
				t.Fatalf("no handshake for %s: %v\n%s", name, err, b.said)
			case <-tick.C:
			}
		}
	}
}

// await returns once a program listens.
func await(t *testing.T, network, address string, ended chan error, said *lockedBuffer) {
	t.Helper()
	limit, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := (&net.Dialer{}).DialContext(limit, network, address)
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("it ended: %v\n%s", err, said)
		case <-limit.Done():
			t.Fatalf("nothing listens on %s: %v\n%s", address, err, said)
		case <-tick.C:
		}
	}
}
