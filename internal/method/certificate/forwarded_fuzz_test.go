package certificate

import (
	"encoding/base64"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"signet/internal/cert/certtest"
)

// fuzz feeds the headers of a form, of which the first holds the certificate,
// and holds what is read against what every form promises.
func fuzz(f *testing.F, form Form, names ...string) {
	f.Helper()
	ca := certtest.NewCA(f, certtest.CASpec{})
	seeds := append(uglyNames(), ugliestNames()...)
	for _, text := range seeds {
		h := headerOf(writers()[form](ca.Issue(f, certtest.Spec{CN: text}).Cert.Raw, ca.Cert.Raw))
		values := make([]string, 3)
		for i, name := range names {
			values[i] = h.Get(name)
		}
		f.Add(values[0], values[1], values[2])
		f.Add(text, text, text)
		f.Add(":"+text+":", "0", "SUCCESS")
		f.Add(`Subject="`+text+`";Cert="`+text+`"`, "SUCCESS", text)
	}
	f.Fuzz(func(t *testing.T, a, b, c string) {
		h := http.Header{}
		for i, value := range []string{a, b, c}[:len(names)] {
			if value != "" {
				h.Set(names[i], value)
			}
		}
		got, cause := form.read(h)
		if cause != "" {
			if !reflect.DeepEqual(got, told{}) {
				t.Fatal("refused, and read all the same")
			}
			return
		}
		if got.Certificate == nil || len(got.Chain) > maxChain+1 {
			t.Fatal("accepted without a certificate, or with too many")
		}
		// What was read stands in the header as it is: nothing was guessed.
		plain := strings.NewReplacer("%2B", "+", "%2b", "+", "%2F", "/", "%2f", "/", "%3D", "=", "%3d", "=", "%0A", "", "%0a", "", " ", "", "%20", "").Replace(a)
		if !strings.Contains(plain, base64.StdEncoding.EncodeToString(got.Certificate.Raw)) && !strings.Contains(a, "%") && !strings.Contains(a, `\`) {
			t.Fatalf("another certificate was read than was sent")
		}
		for _, name := range names {
			if len(h.Values(name)) == 0 {
				continue
			}
			again := h.Clone()
			again.Add(name, h.Get(name))
			if _, cause := form.read(again); cause == "" {
				t.Fatalf("%s is accepted twice", name)
			}
		}
	})
}

func FuzzHeadersOfHAProxy(f *testing.F) {
	fuzz(f, FormHAProxy, haproxyCertificate, haproxyVerify, haproxyChain)
}

func FuzzHeadersOfApache(f *testing.F) {
	fuzz(f, FormApache, apacheCertificate, apacheVerify, apacheChain+"0")
}

func FuzzHeadersOfTraefik(f *testing.F) { fuzz(f, FormTraefik, traefikCertificate) }

func FuzzHeadersOfEnvoy(f *testing.F) { fuzz(f, FormEnvoy, envoyCertificate) }

func FuzzHeadersOfCaddy(f *testing.F) { fuzz(f, FormCaddy, caddyCertificate) }

func FuzzHeadersOfRFC9440(f *testing.F) { fuzz(f, FormRFC9440, rfc9440Certificate, rfc9440Chain) }
