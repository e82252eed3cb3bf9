package e2e

import (
	"crypto/x509"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A backup that was made while the server ran is an installation: with its people, and
// with keys that its master key opens.
func TestBackupIsAnInstallation(t *testing.T) {
	t.Parallel()
	e := serve(t)
	run := func(args ...string) string {
		t.Helper()
		out, err := exec.Command(program, args...).Output()
		if err != nil {
			t.Fatalf("signet %v: %v", args, err)
		}
		return string(out)
	}
	keys := func(e *empty) string {
		t.Helper()
		at := e.issuer[strings.LastIndex(e.issuer, ":")+1:]
		awaitListener(t, "127.0.0.1:"+at, nil, &lockedBuffer{})
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(e.ca)
		client := &http.Client{Transport: (&demo{roots: roots}).transport()}
		defer client.CloseIdleConnections()
		answer, err := client.Get(e.issuer + "/oidc/keys")
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s, %v", answer.Status, err)
		}
		return string(text)
	}
	before := keys(e)
	run("user", "create", "--data", e.dir, "--no-password", "--name", "Alice", "alice")
	copied := filepath.Join(t.TempDir(), "copy")
	run("backup", "--data", e.dir, copied)
	run("user", "create", "--data", e.dir, "--no-password", "later")

	again := serveFrom(t, copied)
	if after := keys(again); after != before {
		t.Errorf("it signs with other keys:\n%s\n%s", before, after)
	}
	if people := run("user", "list", "--data", copied); people == "" || people == run("user", "list", "--data", e.dir) {
		t.Errorf("its people are:\n%s", people)
	}
}
