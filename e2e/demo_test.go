package e2e

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program is the built program.
var program string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "signet-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "signet")
	build := exec.Command("go", "build", "-o", program, "signet/cmd/signet")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build signet: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// description is demo.json, as another program would read it.
type description struct {
	Issuer               string `json:"issuer"`
	CertificateHost      string `json:"certificate_host"`
	CertificateHostFixed string `json:"certificate_host_fixed"`
	ProxyListener        string `json:"proxy_listener"`
	AppURL               string `json:"app_url"`
	ServerCA             string `json:"server_ca"`
	ClientCA             string `json:"client_ca"`
	ClientCAKey          string `json:"client_ca_key"`
	Client               struct {
		ID          string `json:"id"`
		Secret      string `json:"secret"`
		RedirectURI string `json:"redirect_uri"`
	} `json:"client"`
	Admin struct {
		Login    string `json:"login"`
		Password string `json:"password"`
	} `json:"admin"`
	Users []user `json:"users"`
}

type user struct {
	Login       string `json:"login"`
	Password    string `json:"password"`
	P12         string `json:"p12"`
	P12Password string `json:"p12_password"`
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
	Linked      bool   `json:"linked"`
}

// demo is a running demo.
type demo struct {
	description
	t     *testing.T
	dir   string
	roots *x509.CertPool
	// at is where the demo's names lead; 127.0.0.1 where empty.
	at string
	// from is the address that people come from; 127.0.0.1 where empty.
	from string
	// pictures counts those that the windows of the test took.
	pictures int

	process *exec.Cmd
	ended   chan error
	stderr  *lockedBuffer
}

// startDemo starts a demo on free ports, which ends with the test.
func startDemo(t *testing.T, flags ...string) *demo {
	t.Helper()
	d := &demo{t: t, dir: t.TempDir()}
	d.start(append([]string{"--port", "0", "--certificate-port", "0", "--app-port", "0", "--proxy-port", "0"}, flags...)...)
	t.Cleanup(func() {
		if d.process != nil {
			d.end()
		}
	})
	return d
}

// start starts the program and returns when it says that it is ready.
func (d *demo) start(flags ...string) {
	d.t.Helper()
	d.stderr, d.ended = &lockedBuffer{}, make(chan error, 1)
	d.process = exec.Command(program, append([]string{"demo", "--data", d.dir}, flags...)...)
	d.process.Stderr = d.stderr
	stdout, err := d.process.StdoutPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	if err := d.process.Start(); err != nil {
		d.t.Fatal(err)
	}
	// It tells its story when everything listens.
	lines := bufio.NewReader(stdout)
	for line := ""; !strings.Contains(line, "Ctrl-C"); {
		if line, err = lines.ReadString('\n'); err != nil {
			d.t.Fatalf("the demo ended before it was ready: %v\n%s", d.process.Wait(), d.stderr)
		}
	}
	go func() {
		_, _ = io.Copy(io.Discard, lines)
		d.ended <- d.process.Wait()
	}()
	d.read()
}

// read reads demo.json.
func (d *demo) read() {
	d.t.Helper()
	if err := json.Unmarshal(d.file("demo.json"), &d.description); err != nil {
		d.t.Fatalf("read demo.json: %v", err)
	}
	d.roots = x509.NewCertPool()
	if !d.roots.AppendCertsFromPEM(d.file(d.ServerCA)) {
		d.t.Fatal("there is no certificate in the file of the server CA")
	}
}

// end ends the demo as Ctrl-C does.
func (d *demo) end() {
	d.t.Helper()
	if err := d.process.Process.Signal(os.Interrupt); err != nil {
		d.t.Errorf("end the demo: %v", err)
	}
	if err := <-d.ended; err != nil {
		d.t.Errorf("the demo did not end well: %v", err)
	}
	d.process = nil
	if _, err := os.Stat(filepath.Join(d.dir, "demo.json")); err == nil {
		d.t.Error("demo.json is still there after the end")
	}
	switch said := d.stderr.String(); {
	case strings.Contains(said, "level=ERROR"):
		d.t.Errorf("the demo complains:\n%s", said)
	case d.t.Failed() && said != "":
		d.t.Logf("the demo said:\n%s", said)
	}
}

// kill ends the demo without giving it time for anything.
func (d *demo) kill() {
	d.t.Helper()
	if err := d.process.Process.Signal(syscall.SIGKILL); err != nil {
		d.t.Fatalf("kill the demo: %v", err)
	}
	<-d.ended
	d.process = nil
}

// restart starts it again in the same folder and on the same ports.
func (d *demo) restart() {
	d.t.Helper()
	d.start("--port", portOf(d.Issuer), "--certificate-port", portOf(d.CertificateHostFixed), "--app-port", portOf(d.AppURL), "--proxy-port", portOf(d.ProxyListener))
}

func portOf(address string) string { return address[strings.LastIndexByte(address, ':')+1:] }

// file reads a file of the demo's folder.
func (d *demo) file(name string) []byte {
	d.t.Helper()
	content, err := os.ReadFile(filepath.Join(d.dir, name))
	if err != nil {
		d.t.Fatal(err)
	}
	return content
}

// user returns a person of the demo.
func (d *demo) user(login string) user {
	d.t.Helper()
	for _, u := range d.Users {
		if u.Login == login {
			return u
		}
	}
	d.t.Fatalf("there is no %s in demo.json", login)
	return user{}
}

// certificate returns the certificate of a person of the demo.
func (d *demo) certificate(login string) *tls.Certificate {
	d.t.Helper()
	u := d.user(login)
	pair, err := tls.LoadX509KeyPair(filepath.Join(d.dir, u.Certificate), filepath.Join(d.dir, u.Key))
	if err != nil {
		d.t.Fatal(err)
	}
	return &pair
}

// signet runs the program on the folder of the demo.
func (d *demo) signet(stdin string, args ...string) {
	d.t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), "SIGNET_DATA="+d.dir)
	cmd.Stdin = strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		d.t.Fatalf("signet %q: %v\n%s", args, err, out)
	}
}

// isCertificateHost reports whether a host with its port asks for certificates.
func (d *demo) isCertificateHost(host string) bool {
	_, suffix, _ := strings.Cut(d.CertificateHost, "*")
	return "https://"+host == d.CertificateHostFixed || strings.HasSuffix(host, suffix)
}

// attemptHost is one name that an attempt could have.
func (d *demo) attemptHost() string {
	return strings.TrimPrefix(strings.Replace(d.CertificateHost, "*", strings.Repeat("a", 26), 1), "https://")
}

// hostOf returns the host and the port of an address.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}

// transport trusts the demo's server CA and finds the demo's names on loopback,
// which not every system's resolver does.
func (d *demo) transport() *http.Transport {
	return &http.Transport{
		DialContext: d.dialNames, ForceAttemptHTTP2: true, TLSHandshakeTimeout: time.Minute,
		TLSClientConfig: &tls.Config{RootCAs: d.roots, MinVersion: tls.VersionTLS12},
	}
}

func (d *demo) dialNames(ctx context.Context, network, address string) (net.Conn, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{}
	if d.from != "" {
		dialer.LocalAddr = &net.TCPAddr{IP: net.ParseIP(d.from)}
	}
	return dialer.DialContext(ctx, network, net.JoinHostPort(cmp.Or(d.at, "127.0.0.1"), port))
}

// lockedBuffer is written by a process while a test reads it.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer // under mu
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
