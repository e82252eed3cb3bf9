package trust_test

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
	"signet/internal/freeport"
	"signet/internal/iam"
	"signet/internal/store/storetest"
)

func freePort(t *testing.T) string {
	t.Helper()
	port, err := freeport.Next()
	must(t, err)
	return port
}

// run starts a server program, returns when it is ready, and ends it with the test
// or by the function.
func run(t *testing.T, ready func(said string) bool, name string, args ...string) (end func()) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "said")
	said, err := os.Create(path)
	must(t, err)
	defer said.Close()
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = said, said
	must(t, cmd.Start())
	ended := false
	end = func() {
		if !ended {
			ended = true
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}
	t.Cleanup(end)
	text := []byte(nil)
	for range 1000 {
		text, err = os.ReadFile(path)
		must(t, err)
		if ready(string(text)) {
			return end
		}
		time.Sleep(10 * time.Millisecond) // neither program tells us otherwise when it is ready
	}
	end()
	t.Fatalf("%s does not listen: %s", name, text)
	return nil
}

// listens reports whether somebody accepts connections. OpenSSL's responder hangs
// on a connection that asks nothing.
func listens(port string) func(string) bool {
	return func(string) bool {
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}
}

func installed(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skipf("%s is not installed", names[0])
	return ""
}

func write(t *testing.T, dir, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	must(t, os.WriteFile(path, content, 0o644)) //nolint:gosec // nothing of it is secret, and nginx reads it as somebody else
	return path
}

// TestT34RealListServer fetches from a real nginx: a list, a newer one, one that
// is cut off, and then nobody answers any more.
func TestT34RealListServer(t *testing.T) {
	nginx, port := installed(t, "nginx", "/usr/sbin/nginx"), freePort(t)
	clock := new(storetest.Clock)
	clock.Set(time.Now())
	d := newDesk(t, storetest.New(t, storetest.On(clock)), clock, iam.CARevocation{Mode: iam.RevocationRequired, Lists: []string{"http://127.0.0.1:" + port + "/ca.crl"}})
	alice := d.ca.Issue(t, certtest.Spec{CN: "alice"})
	dir, err := os.MkdirTemp("", "signet-crl-") // a folder that nginx's workers may enter
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	must(t, os.Chmod(dir, 0o755)) //nolint:gosec // see above
	good := d.crl(certtest.CRLSpec{Number: 1})
	write(t, dir, "ca.crl", good)
	config := write(t, dir, "nginx.conf", []byte(fmt.Sprintf(`daemon off; master_process off; pid %[1]s/pid; error_log %[1]s/error.log;
events {}
http { access_log off; client_body_temp_path %[1]s/b; proxy_temp_path %[1]s/p; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
server { listen 127.0.0.1:%[2]s; root %[1]s; } }
`, dir, port)))
	end := run(t, listens(port), nginx, "-c", config, "-p", dir)
	refresh := func() {
		t.Helper()
		clock.Advance(2 * time.Hour)
		must(t, d.Refresh(t.Context()))
	}
	refresh()
	wantCause(t, "on nobody's list", d.judge(alice), cert.CauseNone)
	write(t, dir, "ca.crl", good[:len(good)/2])
	refresh()
	wantCause(t, "the list is cut off, and the last one holds", d.judge(alice), cert.CauseNone)
	if row := d.row(); row.Fault != string(cert.FaultGarbled) {
		t.Errorf("the source says %q", row.Fault)
	}
	write(t, dir, "ca.crl", d.crl(certtest.CRLSpec{Number: 2, Revoked: []*x509.Certificate{alice.Cert}}))
	refresh()
	wantCause(t, "on the list", d.judge(alice), cert.CauseRevoked)
	must(t, os.Remove(filepath.Join(dir, "ca.crl")))
	refresh()
	wantCause(t, "the list is gone", d.judge(alice), cert.CauseRevoked)
	end()
	refresh()
	wantCause(t, "the server is gone", d.judge(alice), cert.CauseRevoked)
	if row := d.row(); row.Fault != string(cert.FaultUnreachable) || row.Failures != 2 {
		t.Errorf("the source says %+v", row)
	}
	clock.Advance(48 * time.Hour)
	wantCause(t, "somebody else, with the last list stale", d.judge(d.ca.Issue(t, certtest.Spec{CN: "bob"})), cert.CauseRevocationUnknown)
}

// TestT33RealResponder asks the responder of OpenSSL, with a certificate of its
// own, about a good, a revoked and an unknown certificate.
func TestT33RealResponder(t *testing.T) {
	openssl, port := installed(t, "openssl"), freePort(t)
	clock := new(storetest.Clock)
	clock.Set(time.Now())
	d := newDesk(t, storetest.New(t, storetest.On(clock)), clock, iam.CARevocation{Mode: iam.RevocationRequired, OCSP: "http://127.0.0.1:" + port})
	good, revoked, unknown := d.ca.Issue(t, certtest.Spec{CN: "good"}), d.ca.Issue(t, certtest.Spec{CN: "revoked"}), d.ca.Issue(t, certtest.Spec{CN: "unknown"})
	responder, dir := d.ca.Responder(t), t.TempDir()
	index := ""
	for _, c := range []struct {
		state, at string
		leaf      certtest.Leaf
	}{{"V", "", good}, {"R", time.Now().Add(-time.Hour).UTC().Format("060102150405Z") + ",keyCompromise", revoked}} {
		index += strings.Join([]string{c.state, c.leaf.Cert.NotAfter.UTC().Format("060102150405Z"), c.at, cert.Read(c.leaf.Cert).Serial, "unknown", "/CN=" + c.leaf.Cert.Subject.CommonName}, "\t") + "\n"
	}
	run(t, func(said string) bool { return strings.Contains(said, "ACCEPT") }, openssl, "ocsp", "-port", port, "-index", write(t, dir, "index.txt", []byte(index)), "-nmin", "5",
		"-CA", write(t, dir, "ca.pem", d.ca.PEM()), "-rkey", write(t, dir, "key.pem", responder.KeyPEM(t)),
		"-rsigner", write(t, dir, "responder.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: responder.Cert.Raw})))
	wantCause(t, "good", d.judge(good), cert.CauseNone)
	v := d.judge(revoked)
	wantCause(t, "revoked", v, cert.CauseRevoked)
	if v.Revocation == nil || !strings.Contains(v.Revocation.Error(), string(cert.ReasonKeyCompromise)) {
		t.Errorf("revoked: %v", v.Revocation)
	}
	wantCause(t, "unknown", d.judge(unknown), cert.CauseRevocationUnknown)
}
