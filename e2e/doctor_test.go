package e2e

import (
	"encoding/json"
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
