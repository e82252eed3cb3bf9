package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// firefox is a headless Firefox with a profile of the test's own, led through
// its own Marionette protocol. It picks the one certificate that it has.
type firefox struct {
	t      *testing.T
	conn   net.Conn
	reader *bufio.Reader
	next   int
}

// firefox starts a browser that has the certificates of these people, and to
// which every name leads to the proxy.
func (b *behind) firefox(t *testing.T, logins ...string) *firefox {
	t.Helper()
	program, err := exec.LookPath("firefox-esr")
	if err != nil {
		t.Skip("firefox-esr is not installed")
	}
	profile, err := os.MkdirTemp("", "signet-firefox-")
	if err != nil {
		t.Fatal(err)
	}
	run := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
	run("certutil", "-N", "-d", "sql:"+profile, "--empty-password")
	run("certutil", "-A", "-d", "sql:"+profile, "-n", "server CA", "-t", "C,,", "-i", b.path("server-ca.pem"))
	for _, login := range logins {
		u := b.user(login)
		run("pk12util", "-d", "sql:"+profile, "-i", filepath.Join(b.demo.dir, u.P12), "-W", u.P12Password)
	}
	port := portOf(freePort(t))
	var prefs strings.Builder
	for name, value := range map[string]any{
		"marionette.port": json.Number(port), "network.dns.forceResolve": b.at, "security.default_personal_cert": "Select Automatically",
		"browser.shell.checkDefaultBrowser": false, "datareporting.policy.dataSubmissionEnabled": false, "app.update.enabled": false,
		"network.captive-portal-service.enabled": false, "network.connectivity-service.enabled": false, "browser.aboutConfig.showWarning": false,
		"toolkit.telemetry.enabled": false, "intl.accept_languages": "en", "network.proxy.type": 0,
	} {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&prefs, "user_pref(%q, %s);\n", name, text)
	}
	if err := os.WriteFile(filepath.Join(profile, "user.js"), []byte(prefs.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	said := &lockedBuffer{}
	process := exec.Command(program, "--headless", "--marionette", "--no-remote", "--profile", profile)
	process.Env = append(os.Environ(), "HOME="+profile, "MOZ_DISABLE_CONTENT_SANDBOX=1")
	process.Stdout, process.Stderr = said, said
	process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- process.Wait() }()
	t.Cleanup(func() {
		_ = syscall.Kill(-process.Process.Pid, syscall.SIGKILL) // with its children
		<-ended
		_ = os.RemoveAll(profile)
	})
	await(t, "tcp", "127.0.0.1:"+port, ended, said)
	conn, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	f := &firefox{t: t, conn: conn, reader: bufio.NewReader(conn)}
	f.packet() // it introduces itself
	f.do("WebDriver:NewSession", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{}}})
	return f
}

// packet reads one message: its length, a colon, and JSON.
func (f *firefox) packet() []byte {
	f.t.Helper()
	if err := f.conn.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		f.t.Fatal(err)
	}
	length, err := f.reader.ReadString(':')
	if err != nil {
		f.t.Fatalf("Firefox says nothing: %v", err)
	}
	n, err := strconv.Atoi(strings.TrimSuffix(length, ":"))
	if err != nil {
		f.t.Fatal(err)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(f.reader, text); err != nil {
		f.t.Fatal(err)
	}
	return text
}

// do sends a command and returns its result.
func (f *firefox) do(command string, parameters any) json.RawMessage {
	f.t.Helper()
	f.next++
	text, err := json.Marshal([]any{0, f.next, command, parameters})
	if err != nil {
		f.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(f.conn, "%d:%s", len(text), text); err != nil {
		f.t.Fatal(err)
	}
	var answer [4]json.RawMessage
	if err := json.Unmarshal(f.packet(), &answer); err != nil {
		f.t.Fatal(err)
	}
	if string(answer[2]) != "null" {
		f.t.Fatalf("%s %v: %s\n%s", command, parameters, answer[2], f.text())
	}
	return answer[3]
}

func (f *firefox) script(source string) (text string) {
	var result struct{ Value string }
	if err := json.Unmarshal(f.do("WebDriver:ExecuteScript", map[string]any{"script": source, "args": []any{}}), &result); err != nil {
		f.t.Fatal(err)
	}
	return result.Value
}

func (f *firefox) text() string {
	return f.script("return location.href + '\\n' + document.body.innerText")
}

func (f *firefox) open(address string) {
	f.t.Helper()
	f.do("WebDriver:Navigate", map[string]any{"url": address})
}

// element returns what an XPath finds.
func (f *firefox) element(path string) string {
	f.t.Helper()
	var result struct{ Value map[string]string }
	if err := json.Unmarshal(f.do("WebDriver:FindElement", map[string]any{"using": "xpath", "value": path}), &result); err != nil {
		f.t.Fatal(err)
	}
	for _, id := range result.Value {
		return id
	}
	f.t.Fatalf("there is no %s", path)
	return ""
}

// press presses a button, or follows a link.
func (f *firefox) press(name string) {
	f.t.Helper()
	f.do("WebDriver:ElementClick", map[string]any{"id": f.element(fmt.Sprintf(`//*[self::button or self::a][normalize-space()=%q or @aria-label=%q]`, name, name))})
}

func (f *firefox) fill(name, value string) {
	f.t.Helper()
	f.do("WebDriver:ElementSendKeys", map[string]any{"id": f.element(fmt.Sprintf(`//input[@name=%q]`, name)), "text": value})
}

// on waits for a page by its heading.
func (f *firefox) on(heading string) {
	f.t.Helper()
	f.until(heading, fmt.Sprintf(`return (document.querySelector("h1")?.innerText ?? "").trim() === %q ? "yes" : ""`, heading))
}

// awaits waits for an element.
func (f *firefox) awaits(path string) {
	f.t.Helper()
	f.until(path, fmt.Sprintf(`return document.evaluate(%q, document, null, XPathResult.BOOLEAN_TYPE, null).booleanValue ? "yes" : ""`, path))
}

func (f *firefox) until(what, source string) {
	f.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(time.Minute); ; {
		if f.script(source) == "yes" {
			return
		}
		select {
		case <-tick.C:
		case <-limit:
			f.t.Fatalf("%s does not come:\n%s", what, f.text())
		}
	}
}

// TestFirefoxThroughNginx: signing in, being refused by a page of Signet's, and
// linking.
func TestFirefoxThroughNginx(t *testing.T) {
	t.Parallel()
	b := behindProxy(t, "nginx", proxyPlace{})

	nobody := b.firefox(t)
	nobody.open(b.Issuer + "/profile")
	nobody.on("Sign in to Signet")
	nobody.press("Sign in with mTLS")
	nobody.on("No certificate was sent") // nginx said 496
	nobody.press("Try again")
	nobody.on("No certificate was sent")

	alice := b.firefox(t, "alice")
	alice.open(b.Issuer + "/profile")
	alice.on("Sign in to Signet")
	alice.press("Sign in with mTLS")
	alice.on("Profile")
	if text := alice.text(); !strings.Contains(text, "Alice Martin") {
		t.Errorf("it is not alice's:\n%s", text)
	}

	bob := b.firefox(t, "bob")
	bob.open(b.Issuer + "/profile")
	bob.on("Sign in to Signet")
	bob.fill("login", "bob")
	bob.press("Continue")
	bob.awaits(`//input[@name="password"]`)
	bob.fill("password", b.user("bob").Password)
	bob.press("Sign in")
	bob.on("Profile")
	bob.press("Add")
	bob.on("Add an identifier")
	bob.press("Continue with mTLS")
	bob.on("Link this certificate?")
	bob.press("Link this certificate")
	bob.on("Profile")
	if text := bob.text(); !strings.Contains(text, "The certificate Bob Keller is now linked to you.") {
		t.Errorf("it is not linked:\n%s", text)
	}
}
