package trust_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
	"signet/internal/iam"
)

// Responders that only certificates name are asked too whether they answer: those
// of verified certificates, at hosts that the settings allow, seen lately.
func TestLearnedRespondersAreAsked(t *testing.T) {
	eachDesk(t, iam.CARevocation{Mode: iam.RevocationRequired, OCSP: iam.OCSPOfCertificate, Hosts: []string{"127.0.0.1"}}, func(t *testing.T, d *desk) {
		silent := func(what string, want ...string) {
			t.Helper()
			p, err := d.providers.Provider(t.Context(), d.method.ID)
			must(t, err)
			var got []string
			for _, r := range d.SilentResponders(t.Context(), p) {
				if !r.Learned || !r.Required || r.CA.Subject.CommonName != "People CA" {
					t.Errorf("%s: %+v", what, r)
				}
				got = append(got, r.Address)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: silent are %q, want %q", what, got, want)
			}
		}
		d.answer(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "down", http.StatusServiceUnavailable) })
		silent("nobody came yet")
		d.judge(d.ca.Twin(t).Issue(t, certtest.Spec{CN: "stranger"}, certtest.Responders(d.url+"/stranger")))
		d.judge(d.ca.Issue(t, certtest.Spec{CN: "elsewhere"}, certtest.Responders("http://evil.example/")))
		silent("a forged certificate, and a host that is not allowed")
		alice := d.ca.Issue(t, certtest.Spec{CN: "alice"}, certtest.Responders(d.url+"/ocsp"))
		wantCause(t, "it does not answer", d.judge(alice), cert.CauseRevocationUnknown)
		silent("alice's responder", d.url+"/ocsp")

		// It answers: whatever it says of a serial that nobody has.
		d.answer(bytesOf([]byte("what")))
		silent("it answers")
		d.answer(nil)

		d.clock.Advance(31 * 24 * time.Hour)
		silent("nobody came for a month")
		d.judge(alice)
		silent("somebody came again", d.url+"/ocsp")

		d.change(func(c *iam.CertificateSettings) { c.Revocation[0].Hosts = []string{"other.example"} })
		silent("its host is no longer allowed")
	})
}
