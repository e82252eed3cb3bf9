package login_test

import (
	"context"
	"crypto/x509"
	"errors"
	"slices"
	"testing"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
	"signet/internal/iam"
)

// TestReplayKnowsWhatIsRevoked: whoever no longer asks about revocation lets those in
// again whose certificates have been revoked; nobody is asked to find that out.
func TestReplayKnowsWhatIsRevoked(t *testing.T) {
	h := newReplayHouse(t)
	h.login.Trust.Fetch = func(context.Context, string, []byte, int64) ([]byte, error) {
		t.Error("somebody was asked")
		return nil, errors.New("nobody is asked")
	}
	staff := cert.AuthorityID(h.ca.Cert)
	mode := func(mode iam.RevocationMode) func(*iam.CertificateSettings) {
		return func(s *iam.CertificateSettings) {
			s.Revocation = []iam.CARevocation{{CA: staff, Mode: mode}, {CA: cert.AuthorityID(h.other.Cert), Mode: iam.RevocationNone}}
		}
	}
	alice, lost, blocked := h.ca.Issue(t, certtest.Spec{CN: "alice"}), h.ca.Issue(t, certtest.Spec{CN: "lost"}), h.ca.Issue(t, certtest.Spec{CN: "blocked"})
	for _, leaf := range []certtest.Leaf{alice, lost, blocked} {
		_, err := h.identities.Add(t.Context(), h.program, h.alice.ID, h.mtls, h.shows(leaf))
		must(t, err)
	}
	h.mtls = h.changed(mode(iam.RevocationRequired))
	must(t, h.providers.Change(t.Context(), h.program, h.mtls))
	if r := h.replay(h.changed(func(*iam.CertificateSettings) {})); r.Changes() || r.Same != 3 {
		t.Errorf("before a list has come, a change is blamed for that: %+v", r)
	}
	_, err := h.login.Trust.Upload(t.Context(), h.program, h.mtls, staff, h.ca.CRL(t, certtest.CRLSpec{ThisUpdate: h.clock.Now(), Revoked: []*x509.Certificate{lost.Cert}}))
	must(t, err)
	_, err = h.login.Trust.BlockCertificate(t.Context(), h.program, *judgedAs(t, h, blocked), iam.BlockKey, "")
	must(t, err)
	if r := h.replay(h.changed(func(*iam.CertificateSettings) {})); r.Changes() || r.Same != 1 || r.Refused != 2 {
		t.Errorf("without a change: %+v", r)
	}
	r := h.replay(h.changed(mode(iam.RevocationNone)))
	if !slices.Equal(subjects(r.Won), []string{"lost"}) || r.Won[0].Before.Cause != string(cert.CauseRevoked) || len(r.Lost) > 0 || r.Refused != 1 {
		t.Errorf("with nobody asked: %+v", r)
	}
}

func judgedAs(t *testing.T, h replayHouse, leaf certtest.Leaf) *iam.Certificate {
	t.Helper()
	j, err := h.login.Trust.Judge(t.Context(), h.changed(func(s *iam.CertificateSettings) { s.Revocation = nil }), leaf.Chain, h.db.Now())
	must(t, err)
	return j.Certificate
}
