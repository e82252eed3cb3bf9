package login_test

import (
	"fmt"
	"strings"
	"testing"

	"signet/internal/cert/certtest"
	"signet/internal/iam"
	"signet/internal/identity"
)

// TestFileOfAnnouncementsUnderManyAuthorities holds everybody else up for as long as
// it takes: with the CAs read again for every line it was twenty seconds.
func TestFileOfAnnouncementsUnderManyAuthorities(t *testing.T) {
	h := newHouse(t)
	var bridge strings.Builder
	for i := range 50 {
		bridge.Write(certtest.NewCA(t, certtest.CASpec{Name: fmt.Sprint("CA ", i)}).PEM())
	}
	h.authority(func(s *iam.CertificateSettings) { s.Anchors += bridge.String() })
	lines := make([]identity.AnnouncedLine, identity.MaxAnnounced)
	for i := range lines {
		lines[i] = identity.AnnouncedLine{Number: i + 1, Login: "alice", Kind: iam.AnnouncedSerial, Issuer: "CA 7", Value: fmt.Sprintf("%x", i+1)}
	}
	bad, err := h.identities.AnnounceAll(t.Context(), h.program, h.mtls.ID, lines)
	must(t, err)
	all, err := h.identities.AwaitedFor(t.Context(), h.program, h.alice.ID)
	must(t, err)
	if len(bad) != 0 || len(all) != len(lines) {
		t.Errorf("%d lines are bad, %d announced", len(bad), len(all))
	}
}
