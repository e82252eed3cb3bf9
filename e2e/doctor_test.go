package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestDoctor lets Signet examine itself, from the command line and in the
// console, while all is well and when it is gone.
func TestDoctor(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	examine := func(args ...string) (string, error) {
		t.Helper()
		host := func(address string) string { return strings.TrimSuffix(strings.TrimPrefix(address, "https://"), "/") }
		cmd := exec.Command(program, append([]string{
			"doctor", "--issuer", d.Issuer, "--certificate-wildcard", host(d.CertificateHost), "--certificate-fixed", host(d.CertificateHostFixed),
			"--proxy-listen", d.ProxyListener, "--proxy-trusted-address", "127.0.0.1/32",
		}, args...)...)
		cmd.Env = append(os.Environ(), "SIGNET_DATA="+d.dir)
		out, err := cmd.Output()
		return string(out), err
	}
	text, err := examine()
	if err != nil {
		t.Fatalf("all is well, and the doctor says %v:\n%s", err, text)
	}
	for _, want := range []string{
		"Good: The certificate host answers with a good certificate and asks for one", "Good: TLS sessions are not resumed", "Good: Forged certificate headers do not get in",
		"Warning: Only its address proves the proxy", "→ Use a Unix socket or a secret",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
	if text, err = examine("--strict"); err == nil {
		t.Errorf("a warning does not count with --strict:\n%s", text)
	}
	if text, _ = examine("--lang", "fr"); !strings.Contains(text, "Bon : Les sessions TLS ne sont pas reprises") && !strings.Contains(text, "Bon: Les sessions TLS ne sont pas reprises") {
		t.Errorf("in French it says:\n%s", text)
	}

	admin := d.administrator()
	admin.open(d.Issuer + "/admin/settings")
	admin.press("Examination")
	admin.stands("Examination")
	admin.sees("TLS sessions are not resumed", "Only its address proves the proxy", "TLS 1.3", "127.0.0.1")
	admin.sees("No certificate has come through the proxy in the last seven days", "No such header has arrived.") // its own forgeries do not count

	// Which headers from which peer: after one sign-in through the proxy, and one
	// that a stranger forges at the front door.
	a := d.party(t)
	alice := verified(d.certificate("alice"))
	alice.Set("X-Forwarded-For", "203.0.113.7")
	through := d.newPerson(nil).delivering(alice)
	through.open(a.request().url)
	through.press("Sign in with mTLS")
	through.stands("Demo application would like to know who you are")
	forged, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.Issuer+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	forged.Header.Set("X-SSL-Client-Verify", "SUCCESS")
	response, err := d.newPerson(nil).client.Do(forged)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	admin.open(d.Issuer + "/admin/settings/examination")
	admin.sees("Certificate headers · 127.0.0.1", "Proxy listener, "+d.ProxyListener+" · Form: nginx", "Accepted once", "The certificate itself was forwarded.",
		"Headers of the client’s address · 127.0.0.1", "X-Forwarded-For", "Nobody may send them to this listener.", "Ignored once")
	if text, _ = examine(); !strings.Contains(text, "Accepted once: Certificate headers · 127.0.0.1\n    Proxy listener, "+d.ProxyListener) ||
		!strings.Contains(text, "Good: Certificate headers of the proxy arrive and are accepted (127.0.0.1 → "+d.ProxyListener) {
		t.Errorf("it does not say what arrived:\n%s", text)
	}
	text, _ = examine("--json")
	var arrived struct {
		Headers []struct {
			Listener, Peer, Kind, Outcome, Cause string
			Forms, Headers                       []string
			Count                                int
		}
	}
	if err := json.Unmarshal([]byte(text), &arrived); err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, h := range arrived.Headers {
		found[h.Listener+" "+h.Kind+" "+h.Outcome+" "+h.Cause+" "+strings.Join(h.Forms, ",")] += h.Count
	}
	for _, want := range []string{"proxy certificate accepted shown nginx", "proxy forwarding accepted chosen ", "main certificate ignored public nginx"} {
		if found[want] != 1 {
			t.Errorf("%q arrived %d times:\n%s", want, found[want], text)
		}
	}
	if strings.Contains(text, "203.0.113.7") || strings.Contains(text, "CERTIFICATE") || strings.Contains(text, alice.Get("X-SSL-Client-Serial")) {
		t.Errorf("what the headers said is told:\n%s", text)
	}

	d.end()
	text, err = examine("--json")
	var report struct {
		Worst    string
		Findings []struct{ Check, Case, Level string }
	}
	if jsonErr := json.Unmarshal([]byte(text), &report); jsonErr != nil {
		t.Fatalf("%v:\n%s", jsonErr, text)
	}
	if err == nil || report.Worst != "error" || !strings.Contains(text, `"unreachable"`) {
		t.Errorf("nobody runs, and the doctor says %v:\n%s", err, text)
	}
}
