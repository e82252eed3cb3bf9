package login_test

import (
	"testing"

	"signet/internal/iam"
	"signet/internal/identity"
)

// TestLinkedCertificateIsNotAnnounced: whoever has it is found by its key, so that the
// announcement would wait for ever and look as if it held.
func TestLinkedCertificateIsNotAnnounced(t *testing.T) {
	h := newHouse(t)
	ca := h.authority(names)
	bobs := h.card("bobs", ca)
	h.owned(bobs, h.bob)
	c := bobs.Certificate
	for kind, value := range map[iam.AnnouncedKind]string{
		iam.AnnouncedCertificate: c.SHA256, iam.AnnouncedKey: c.SPKI, iam.AnnouncedSerial: c.Serial, iam.AnnouncedKeyID: c.SubjectKeyID,
		iam.AnnouncedSubject: "CN=bobs,O=Example",
	} {
		in := identity.Announcement{Kind: kind, Issuer: ca, Value: value}
		_, err := h.identities.Announce(t.Context(), h.program, h.alice.ID, h.mtls.ID, in)
		if refused := iam.AsError(err); refused == nil || refused.Cause != "announced_linked_to_another" || refused.Params["Login"] != "bob" {
			t.Errorf("%s for alice: %v", kind, err)
		}
		bad, err := h.identities.AnnounceAll(t.Context(), h.program, h.mtls.ID, []identity.AnnouncedLine{
			{Number: 1, Login: "alice", Kind: iam.AnnouncedSerial, Issuer: ca, Value: "77"},
			{Number: 2, Login: "alice", Kind: kind, Issuer: ca, Value: value},
		})
		must(t, err)
		if len(bad) != 1 || bad[0].Number != 2 || bad[0].Wrong.Cause != "announced_linked_to_another" {
			t.Errorf("%s for alice by a file: %+v", kind, bad)
		}
		_, err = h.identities.Announce(t.Context(), h.program, h.bob.ID, h.mtls.ID, in)
		refused := iam.AsError(err)
		switch {
		case kind == iam.AnnouncedSubject: // his next one has the same subject
			must(t, err)
		case refused == nil || refused.Cause != "announced_linked_already":
			t.Errorf("%s for bob himself: %v", kind, err)
		}
	}
	// Of another CA it is another certificate.
	h.announce(h.alice, iam.AnnouncedKey, "", h.card("other", ca).Certificate.SPKI)
}
