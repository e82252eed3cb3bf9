package e2e

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// node is the folder with what npm has installed, made once for all tests.
var node struct {
	once sync.Once
	dir  string // under once; removed by run
	err  error
	said []byte
}

// nodeModules installs what node/package-lock.json locks into a folder of its
// own and returns it. Without Node.js the test is skipped.
func nodeModules(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"node", "npm"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("no test with Node.js here: %s is not installed (apt-get install nodejs npm)", name)
		}
	}
	node.once.Do(func() {
		node.dir = filepath.Join(filepath.Dir(program), "node")
		if node.err = os.CopyFS(node.dir, os.DirFS("node")); node.err != nil {
			return
		}
		install := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
		install.Dir = node.dir
		node.said, node.err = install.CombinedOutput()
	})
	if node.err != nil {
		t.Fatalf("install from npm: %v\n%s", node.err, node.said)
	}
	return node.dir
}

// TestRelyingPartyOnNode is an application through openid-client, with a person
// who signs in with a certificate.
func TestRelyingPartyOnNode(t *testing.T) {
	t.Parallel()
	dir := nodeModules(t)
	d := startDemo(t)
	application := exec.Command("node", "relying-party.mjs")
	application.Dir = dir
	application.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+filepath.Join(d.dir, d.ServerCA))
	said := &lockedBuffer{}
	application.Stderr = said
	in, err := application.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := application.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := application.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = application.Process.Kill() }) // has ended where the test passed
	lines := bufio.NewReader(out)
	tell := func(value any) {
		t.Helper()
		if err := json.NewEncoder(in).Encode(value); err != nil {
			t.Fatalf("the application does not listen: %v\n%s", err, said)
		}
	}
	hear := func(value any) {
		t.Helper()
		line, err := lines.ReadBytes('\n')
		if err != nil {
			_, _ = io.Copy(io.Discard, out)
			t.Fatalf("the application ended: %v\n%s", application.Wait(), said)
		}
		if err := json.Unmarshal(line, value); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
	}

	tell(map[string]string{"issuer": d.Issuer, "id": d.Client.ID, "secret": d.Client.Secret, "redirect_uri": d.Client.RedirectURI})
	var asked struct {
		URL string `json:"url"`
	}
	hear(&asked)
	alice := d.newPerson(d.certificate("alice"))
	alice.stop = d.Client.RedirectURI
	alice.open(asked.URL)
	alice.press("Sign in with mTLS")
	alice.press("Allow")
	tell(map[string]string{"back": alice.stopped.String()})
	var got struct {
		Claims struct {
			Subject string   `json:"sub"`
			ACR     string   `json:"acr"`
			AMR     []string `json:"amr"`
		} `json:"claims"`
		UserInfo struct {
			Subject string `json:"sub"`
			Login   string `json:"preferred_username"`
			Email   string `json:"email"`
		} `json:"userinfo"`
		Introspected struct {
			Active  bool   `json:"active"`
			Subject string `json:"sub"`
			Client  string `json:"client_id"`
		} `json:"introspected"`
		Rotated          bool   `json:"rotated"`
		RefreshedSubject string `json:"refreshed_sub"`
		AfterRevocation  struct {
			Refresh      string         `json:"refresh"`
			Introspected map[string]any `json:"introspected"`
		} `json:"after_revocation"`
		CodeAgain  string `json:"code_again"`
		EndSession string `json:"end_session"`
	}
	hear(&got)
	subject := got.Claims.Subject
	if subject == "" || got.Claims.ACR != "phr" || !slices.Contains(got.Claims.AMR, "pop") {
		t.Errorf("ID token: %+v", got.Claims)
	}
	if got.UserInfo.Subject != subject || got.UserInfo.Login != "alice" || got.UserInfo.Email != "alice@example.org" {
		t.Errorf("userinfo: %+v", got.UserInfo)
	}
	if !got.Introspected.Active || got.Introspected.Subject != subject || got.Introspected.Client != d.Client.ID {
		t.Errorf("introspection: %+v", got.Introspected)
	}
	if !got.Rotated || got.RefreshedSubject != subject {
		t.Errorf("refresh: rotated %v, subject %q", got.Rotated, got.RefreshedSubject)
	}
	// RFC 7009, section 2.1: what came of a revoked refresh token ends with it. Of
	// an inactive token nothing is said (RFC 7662, section 2.2).
	if after := got.AfterRevocation; after.Refresh != "invalid_grant" || len(after.Introspected) != 1 || after.Introspected["active"] != false {
		t.Errorf("after the revocation: %+v", after)
	}
	if got.CodeAgain != "invalid_grant" {
		t.Errorf("the code once more: %q", got.CodeAgain)
	}
	if err := application.Wait(); err != nil {
		t.Errorf("the application: %v\n%s", err, said)
	}
	alice.stop = ""
	alice.open(got.EndSession)
	alice.stands("You are signed out")
}
