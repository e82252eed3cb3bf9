package certificate_test

import (
	"crypto/x509"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/store/storetest"
)

// A certificate that has just expired is refused, whatever else: with the page of
// renewals where its method allows it, nothing else is wrong with it and it is
// somebody's who could still sign in.
func TestJustExpiredIsStillRefused(t *testing.T) {
	h := newHouse(t)
	allowing := h.method(iam.CertificateSettings{Anchors: pemOf(h.ca), RenewalDays: 7})
	over := func(days int, changes ...change) change {
		return func(c *x509.Certificate) {
			c.NotAfter = storetest.Start().AddDate(0, 0, -days).Add(-time.Minute)
			for _, more := range changes {
				more(c)
			}
		}
	}
	other := newAuthority(t, "People CA")
	for _, c := range []struct {
		name   string
		method iam.Provider
		by     *authority
		change change
		whose  bool
		cause  string
	}{
		{"within the days", allowing, h.ca, over(6), true, login.CauseJustExpired},
		{"of a method that does not allow it", h.mtls, h.ca, over(6), true, "expired"},
		{"after the days", allowing, h.ca, over(7), true, "expired"},
		{"of nobody", allowing, h.ca, over(6), false, "expired"},
		{"for servers", allowing, h.ca, over(6, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }), true, "expired"},
		{"of another CA of the same name", allowing, other, over(6), true, "bad_signature"},
	} {
		t.Run(c.name, func(t *testing.T) {
			me := c.by.person("Alice", c.change)
			if c.whose {
				h.link(h.alice.ID, c.method, me, c.by)
			}
			at := h.start(c.method)
			out := h.returned(at, h.visit(visit{url: at.url, as: me}))
			if out.Step != login.StepRefusal || out.Opened != nil || out.Login.State.Refusal.Cause != c.cause {
				t.Fatalf("%s %+v", out.Step, out.Login.State.Refusal)
			}
			if h.stored(at).Evidence != nil || len(out.Login.State.Proofs) > 0 || out.Login.State.Unlinked != nil {
				t.Error("it has become evidence")
			}
			after, err := h.login.GoOn(t.Context(), at.browser, at.Login, false)
			if err != nil || after.Step != login.StepChoose || after.Opened != nil {
				t.Errorf("going on leads to %s, %v", after.Step, err)
			}
		})
	}
}
