package trust_test

import (
	"bytes"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
	"signet/internal/fetch"
	"signet/internal/iam"
	"signet/internal/store/storetest"
)

// openssl starts the responder of OpenSSL for the desk's CA, which knows one good
// certificate and signs with this one, and returns its address.
func (d *desk) openssl(good certtest.Leaf, signer certtest.Leaf) string {
	d.t.Helper()
	t := d.t
	program, port, dir := installed(t, "openssl"), freePort(t), t.TempDir()
	line := strings.Join([]string{"V", good.Cert.NotAfter.UTC().Format("060102150405Z"), "", cert.Read(good.Cert).Serial, "unknown", "/CN=good"}, "\t") + "\n"
	run(t, func(said string) bool { return strings.Contains(said, "ACCEPT") }, program, "ocsp", "-port", port, "-index", write(t, dir, "index.txt", []byte(line)), "-nmin", "5",
		"-CA", write(t, dir, "ca.pem", d.ca.PEM()), "-rkey", write(t, dir, "key.pem", signer.KeyPEM(t)),
		"-rsigner", write(t, dir, "responder.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signer.Cert.Raw})))
	return "http://127.0.0.1:" + port
}

// forward hands requests on, as nginx in front of a responder does.
func forward(t *testing.T, address string, change func([]byte) []byte) http.HandlerFunc {
	t.Helper()
	return func(w http.ResponseWriter, r *http.Request) {
		question, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		answer, err := http.Post(address, "application/ocsp-request", bytes.NewReader(change(question)))
		if err != nil {
			http.Error(w, "x", http.StatusBadGateway)
			return
		}
		defer answer.Body.Close()
		w.Header().Set("Content-Type", answer.Header.Get("Content-Type"))
		_, _ = io.Copy(w, answer.Body)
	}
}

// TestT33FaultsOfRealResponders: answers of OpenSSL that the wrong one signed, or
// to another question.
func TestT33FaultsOfRealResponders(t *testing.T) {
	clock := new(storetest.Clock)
	clock.Set(time.Now())
	for mode, want := range map[iam.RevocationMode]cert.Cause{iam.RevocationRequired: cert.CauseRevocationUnknown, iam.RevocationBestEffort: cert.CauseNone} {
		d := newDesk(t, storetest.New(t, storetest.On(clock)), clock, iam.CARevocation{Mode: mode, OCSP: "URL/ocsp"})
		alice := d.ca.Issue(t, certtest.Spec{CN: "alice"})
		same := func(question []byte) []byte { return question }
		other, err := cert.OCSPQuestion{Leaf: alice.Cert, Issuer: d.ca.Cert, Nonce: []byte("somebody else's ")}.Request()
		must(t, err)
		proper := d.openssl(alice, *d.ca.Responder(t))
		for _, c := range []struct {
			what  string
			serve http.HandlerFunc
			fault cert.Fault // "" is good
		}{
			{"a person signs", forward(t, d.openssl(alice, d.ca.Issue(t, certtest.Spec{CN: "person"})), same), cert.FaultUnauthorized},
			{"another CA's responder signs", forward(t, d.openssl(alice, *certtest.NewCA(t, certtest.CASpec{Name: "Other", Now: d.ca.Now}).Responder(t)), same), cert.FaultUnauthorized},
			{"an expired responder signs", forward(t, d.openssl(alice, *d.ca.Responder(t, certtest.Expired)), same), cert.FaultUnauthorized},
			{"an answer to somebody's request", forward(t, proper, func([]byte) []byte { return other }), cert.FaultNonce},
			{"the proper one", forward(t, proper, same), ""},
		} {
			d.answer(c.serve)
			v, told := d.judgeOf(d.Service, alice)
			if c.fault == "" {
				wantCause(t, c.what, v, cert.CauseNone)
				if len(told) != 1 || told[0].Unknown != nil {
					t.Errorf("%s: %+v", c.what, told)
				}
				continue
			}
			wantCause(t, c.what, v, want)
			var fault *cert.RevocationError
			if len(told) != 1 || !errors.As(told[0].Unknown, &fault) || fault.Fault != c.fault {
				t.Errorf("%s, %s: %+v, want %q", mode, c.what, told, c.fault)
			}
		}
		clock.Set(time.Now())
	}
}

// TestT34FaultsOfResponders: every fault of the network and of answers, under each
// policy, before and after something was known.
func TestT34FaultsOfResponders(t *testing.T) {
	clock := new(storetest.Clock)
	for mode, want := range map[iam.RevocationMode]cert.Cause{
		iam.RevocationRequired: cert.CauseRevocationUnknown, iam.RevocationBestEffort: cert.CauseNone, iam.RevocationShortLived: cert.CauseRevocationUnknown,
	} {
		t.Run(string(mode), func(t *testing.T) {
			clock.Set(storetest.Start())
			r := iam.CARevocation{Mode: mode, OCSP: "URL/ocsp"}
			if mode == iam.RevocationShortLived {
				r.MaxDays = 1
			}
			d := newDesk(t, storetest.New(t, storetest.On(clock)), clock, r)
			d.Fetch = (&fetch.Client{Allowed: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Timeout: 200 * time.Millisecond}).Get
			alice, mallory := d.ca.Issue(t, certtest.Spec{CN: "alice"}), d.ca.Issue(t, certtest.Spec{CN: "mallory"})
			answer := func(leaf certtest.Leaf, s certtest.OCSPSpec) []byte {
				s.ThisUpdate = clock.Now().Truncate(time.Second)
				return d.ca.OCSP(t, leaf.Cert, s)
			}
			old := answer(alice, certtest.OCSPSpec{NextUpdate: clock.Now().Add(time.Minute)})
			faults := func(leaf certtest.Leaf) map[string]http.HandlerFunc {
				good := answer(leaf, certtest.OCSPSpec{})
				return map[string]http.HandlerFunc{
					"not found": nil,
					"refused":   func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
					"truncated": func(w http.ResponseWriter, _ *http.Request) {
						w.Header().Set("Content-Length", "5000")
						_, _ = w.Write(good[:20])
					},
					"cut off":      bytesOf(good[:len(good)-10]),
					"wrong type":   bytesOf([]byte("<html>Sign in to the network</html>")),
					"a redirect":   func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/other", http.StatusFound) },
					"try later":    bytesOf([]byte{0x30, 3, 0x0a, 1, 3}),
					"stale":        bytesOf(old),
					"future":       bytesOf(d.ca.OCSP(t, leaf.Cert, certtest.OCSPSpec{ThisUpdate: clock.Now().Add(time.Hour)})),
					"unknown":      bytesOf(answer(leaf, certtest.OCSPSpec{Status: ocsp.Unknown})),
					"wrong signer": bytesOf(answer(leaf, certtest.OCSPSpec{Signer: &mallory})),
					"a twin's":     bytesOf(d.ca.Twin(t).OCSP(t, leaf.Cert, certtest.OCSPSpec{ThisUpdate: clock.Now().Truncate(time.Second)})),
					"slow": func(_ http.ResponseWriter, r *http.Request) {
						_, _ = io.Copy(io.Discard, r.Body) // or the end of the connection is not noticed
						select {
						case <-r.Context().Done():
						case <-d.t.Context().Done():
						}
					},
				}
			}
			clock.Advance(10 * time.Minute)
			for what := range faults(alice) {
				clock.Advance(time.Minute)
				d.answer(faults(alice)[what])
				wantCause(t, what, d.judge(alice), want)
			}
			clock.Advance(time.Minute)
			d.answer(bytesOf(answer(mallory, certtest.OCSPSpec{Status: ocsp.Revoked})))
			wantCause(t, "revoked", d.judge(mallory), cert.CauseRevoked)
			// Also when the answer that said so has long been over.
			for what := range faults(mallory) {
				clock.Advance(3 * time.Hour)
				d.answer(faults(mallory)[what])
				wantCause(t, "revoked once, then "+what, d.judge(mallory), cert.CauseRevoked)
			}
		})
	}
}
