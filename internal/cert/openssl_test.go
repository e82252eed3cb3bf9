package cert_test

import (
	"bytes"
	"crypto/x509"
	"math/big"
	"os/exec"
	"strings"
	"testing"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
)

// Facts are matched with what OpenSSL, and nginx through it, print.
func TestFactsAsOpenSSLPrintsThem(t *testing.T) {
	ca := newCA(t, "People CA")
	for what, serial := range map[string]*big.Int{
		"one":                 big.NewInt(1),
		"a digit that is odd": big.NewInt(0x0abc),
		"the high bit":        big.NewInt(0x80),
		"twenty bytes":        new(big.Int).SetBytes(append([]byte{0x7f}, bytes.Repeat([]byte{0xab}, 19)...)),
	} {
		t.Run(what, func(t *testing.T) {
			leaf := ca.Issue(t, certtest.Spec{Serial: serial})
			f := cert.Read(leaf.Cert)
			for option, want := range map[string]string{"-serial": f.Serial, "-sha1": f.SHA1, "-sha256": f.SHA256} {
				arguments := []string{"x509", "-noout", option}
				if option != "-serial" {
					arguments = append(arguments, "-fingerprint")
				}
				printed := strings.TrimSpace(string(openssl(t, leaf.Cert, arguments...)))
				_, value, ok := strings.Cut(printed, "=")
				if option != "-serial" {
					value = strings.ToLower(strings.ReplaceAll(value, ":", ""))
				}
				if !ok || value != want {
					t.Errorf("%s: OpenSSL prints %q, we %q", option, printed, want)
				}
			}
		})
	}
}

// A bundle that OpenSSL made, in both of its forms.
func TestParseBundleOfOpenSSL(t *testing.T) {
	a, b := newCA(t, "A"), newCA(t, "B")
	file := writeFile(t, "cas.pem", append(a.PEM(), b.PEM()...))
	for _, form := range []string{"PEM", "DER"} {
		t.Run(form, func(t *testing.T) {
			all, err := cert.ParseBundle(openssl(t, nil, "crl2pkcs7", "-nocrl", "-certfile", file, "-outform", form))
			if err != nil || len(all) != 2 || !all[0].Equal(a.Cert) || !all[1].Equal(b.Cert) {
				t.Fatalf("%d certificates, %v", len(all), err)
			}
		})
	}
}

// openssl runs the command with a certificate as its input.
func openssl(t *testing.T, in *x509.Certificate, arguments ...string) []byte {
	t.Helper()
	program, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("SKIPPED, nothing was compared: there is no openssl here")
	}
	command := exec.Command(program, arguments...)
	if in != nil {
		command.Stdin = bytes.NewReader(block("CERTIFICATE", in.Raw))
	}
	var complaint bytes.Buffer
	command.Stderr = &complaint
	out, err := command.Output()
	if err != nil {
		t.Fatalf("openssl %s: %v: %s", strings.Join(arguments, " "), err, complaint.String())
	}
	return out
}
