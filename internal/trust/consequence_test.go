package trust_test

import (
	"crypto/x509"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/trust"
)

// events counts the events of a kind.
func (d *desk) events(kind iam.EventKind) []iam.Event {
	d.t.Helper()
	var all []iam.Event
	must(d.t, d.DB.View(d.t.Context(), func(tx *store.Tx) (err error) {
		all, err = tx.Events(iam.EventFilter{Kind: kind, Limit: 100})
		return err
	}))
	return all
}

// TestT12ListEndsSessions is the case of Cloudflare in December 2022: what a
// certificate opened before it was revoked does not go on.
func TestT12ListEndsSessions(t *testing.T) {
	eachDesk(t, iam.CARevocation{Mode: iam.RevocationRequired, Lists: []string{"URL/ca.crl"}}, func(t *testing.T, d *desk) {
		alice, bob := d.ca.Issue(t, certtest.Spec{CN: "alice"}), d.ca.Issue(t, certtest.Spec{CN: "bob"})
		identity := d.given("alice", alice)
		d.given("bob", bob)
		d.answer(bytesOf(d.crl(certtest.CRLSpec{Number: 1})))
		must(t, d.Refresh(t.Context()))
		if !d.alive("alice") || !d.alive("bob") {
			t.Fatal("a list without them ended a session")
		}
		d.clock.Advance(2 * time.Hour)
		d.answer(bytesOf(d.crl(certtest.CRLSpec{Number: 2, Revoked: []*x509.Certificate{alice.Cert}})))
		must(t, d.Refresh(t.Context()))
		if d.alive("alice") {
			t.Error("the session of a revoked certificate goes on")
		}
		if !d.alive("bob") {
			t.Error("somebody else's session ended")
		}
		told := d.events(iam.EventCertificateRevoked)
		if len(told) != 1 || told[0].Identity != identity.ID || told[0].User != "alice" || told[0].Details["revocation_reason"] != string(cert.ReasonKeyCompromise) || told[0].Details["source"] != "crl" {
			t.Errorf("events: %+v", told)
		}
		d.clock.Advance(2 * time.Hour)
		d.answer(bytesOf(d.crl(certtest.CRLSpec{Number: 3, Revoked: []*x509.Certificate{alice.Cert}})))
		must(t, d.Refresh(t.Context()))
		if n := len(d.events(iam.EventCertificateRevoked)); n != 1 {
			t.Errorf("one revocation is told %d times", n)
		}
	})
}

// TestT36ListOfAnotherCAEndsNothing: equal serials again, on the way to sessions.
func TestT36ListOfAnotherCAEndsNothing(t *testing.T) {
	eachDesk(t, iam.CARevocation{Mode: iam.RevocationRequired}, func(t *testing.T, d *desk) {
		alice := d.ca.Issue(t, certtest.Spec{CN: "alice"})
		d.given("alice", alice)
		twin := d.ca.Twin(t)
		if _, err := d.Upload(t.Context(), iam.Program("test"), d.method, cert.AuthorityID(d.ca.Cert), twin.CRL(t, certtest.CRLSpec{Revoked: []*x509.Certificate{alice.Cert}})); err == nil {
			t.Error("the list of a forged CA was taken")
		}
		if !d.alive("alice") {
			t.Error("the list of a forged CA ended a session")
		}
	})
}

func TestT12ResponderEndsSessions(t *testing.T) {
	eachDesk(t, iam.CARevocation{Mode: iam.RevocationRequired, OCSP: "URL/ocsp"}, func(t *testing.T, d *desk) {
		alice := d.ca.Issue(t, certtest.Spec{CN: "alice"})
		d.given("alice", alice)
		must(t, d.Recheck(t.Context())) // nobody answers
		if !d.alive("alice") {
			t.Fatal("silence ended a session")
		}
		d.clock.Advance(time.Minute)
		d.answer(bytesOf(d.ca.OCSP(t, alice.Cert, certtest.OCSPSpec{Status: ocsp.Revoked, ThisUpdate: d.clock.Now().Truncate(time.Second)})))
		must(t, d.Recheck(t.Context()))
		if d.alive("alice") {
			t.Error("the session of a revoked certificate goes on")
		}
	})
}

func TestExpiryEndsWhatACertificateGave(t *testing.T) {
	eachDesk(t, iam.CARevocation{Mode: iam.RevocationNone}, func(t *testing.T, d *desk) {
		alice := d.ca.Issue(t, certtest.Spec{CN: "alice", NotAfter: d.ca.Now.Add(time.Hour)})
		d.given("alice", alice)
		must(t, d.EndExpired(t.Context()))
		if !d.alive("alice") {
			t.Fatal("it ended too early")
		}
		d.clock.Advance(2 * time.Hour)
		must(t, d.EndExpired(t.Context()))
		if d.alive("alice") {
			t.Error("the session outlives its certificate")
		}
	})
}

// A block holds at once, ends what was opened, and is undone by an administrator.
func TestBlocks(t *testing.T) {
	eachDesk(t, iam.CARevocation{Mode: iam.RevocationNone}, func(t *testing.T, d *desk) {
		alice, bob := iam.Caller{User: "alice"}, iam.Caller{User: "bob"}
		admin := iam.Caller{User: "admin", Memberships: []iam.Membership{{User: "admin", Scope: iam.System(), Role: iam.RoleSystemAdministrator}}}
		leaf := d.ca.Issue(t, certtest.Spec{CN: "alice"})
		identity := d.given("alice", leaf)
		blocked := func() bool {
			t.Helper()
			is := false
			must(t, d.DB.View(t.Context(), func(tx *store.Tx) error {
				rows, err := tx.BlockOf(identity.Certificate)
				is = rows.ID != ""
				if iam.IsNotFound(err) {
					return nil
				}
				return err
			}))
			return is
		}
		refused := func(what string, err error, kind iam.Kind, cause string) {
			t.Helper()
			if iam.KindOf(err) != kind || cause != "" && iam.AsError(err).Cause != cause {
				t.Errorf("%s: %v, want %s %s", what, err, kind, cause)
			}
		}
		_, err := d.BlockIdentity(t.Context(), bob, "alice", identity.ID, iam.BlockKey, "")
		refused("by another person", err, iam.KindForbidden, "")
		_, err = d.BlockIdentity(t.Context(), bob, "bob", identity.ID, iam.BlockKey, "")
		refused("of another person, as one's own", err, iam.KindNotFound, "")
		_, err = d.BlockIdentity(t.Context(), alice, "alice", identity.ID, "all", "")
		refused("a kind that is none", err, iam.KindInvalid, "block_kind_unknown")
		_, err = d.BlockIdentity(t.Context(), alice, "alice", identity.ID, iam.BlockKey, string(make([]rune, 300)))
		refused("a long reason", err, iam.KindInvalid, "block_reason_too_long")
		_, err = d.BlockCertificate(t.Context(), alice, *identity.Certificate, iam.BlockKey, "")
		refused("any certificate by a person", err, iam.KindForbidden, "")
		if blocked() || !d.alive("alice") {
			t.Fatal("a refused block holds")
		}

		ended, err := d.BlockIdentity(t.Context(), alice, "alice", identity.ID, iam.BlockKey, "card lost")
		must(t, err)
		if ended != 1 || d.alive("alice") || !blocked() {
			t.Errorf("%d sessions ended, alive %v, blocked %v", ended, d.alive("alice"), blocked())
		}
		_, err = d.BlockIdentity(t.Context(), alice, "alice", identity.ID, iam.BlockKey, "")
		refused("twice", err, iam.KindConflict, "blocked_already")
		mine, err := d.BlocksOf(t.Context(), alice, "alice")
		must(t, err)
		if len(mine) != 1 || mine[0].Reason != "card lost" || !mine[0].ByOwner {
			t.Fatalf("my blocks: %+v", mine)
		}
		_, err = d.BlocksOf(t.Context(), bob, "alice")
		refused("somebody else's blocks", err, iam.KindForbidden, "")
		refused("undone by another", d.Unblock(t.Context(), bob, mine[0].ID), iam.KindForbidden, "")
		refused("undone by oneself", d.Unblock(t.Context(), alice, mine[0].ID), iam.KindForbidden, "")
		if !blocked() {
			t.Error("its owner has undone it")
		}
		must(t, d.Unblock(t.Context(), admin, mine[0].ID))
		if blocked() {
			t.Error("it is still blocked")
		}

		// An administrator can take it over.
		_, err = d.BlockIdentity(t.Context(), alice, "alice", identity.ID, iam.BlockKey, "")
		must(t, err)
		_, err = d.BlockCertificate(t.Context(), admin, *identity.Certificate, iam.BlockKey, "stolen")
		must(t, err)
		all, err := d.Blocks(t.Context(), admin)
		must(t, err)
		if len(all) != 1 || all[0].ByOwner || all[0].Reason != "stolen" || all[0].Actor != "admin" {
			t.Fatalf("blocks: %+v", all)
		}
		refused("undone by its owner", d.Unblock(t.Context(), alice, all[0].ID), iam.KindForbidden, "")
		must(t, d.Unblock(t.Context(), admin, all[0].ID))
		refused("undone twice", d.Unblock(t.Context(), admin, all[0].ID), iam.KindNotFound, "")
		if n := len(d.events(iam.EventCertificateBlocked)); n != 3 {
			t.Errorf("%d blocks are told", n)
		}
		if n := len(d.events(iam.EventCertificateUnblocked)); n != 2 {
			t.Errorf("%d ends of blocks are told", n)
		}
	})
}

// Who has a certificate can give its ECDSA signature another form, and with it another
// fingerprint. A block of the one holds for the other, and ends what either opened.
func TestBlockHoldsForBothFormsOfACertificate(t *testing.T) {
	eachDesk(t, iam.CARevocation{Mode: iam.RevocationNone}, func(t *testing.T, d *desk) {
		leaf := d.ca.Issue(t, certtest.Spec{CN: "alice"})
		kept := func(l certtest.Leaf) *iam.Certificate {
			t.Helper()
			v := d.judge(l)
			wantCause(t, "before it is blocked", v, cert.CauseNone)
			return trust.Kept(v)
		}
		shown, mirrored := kept(leaf), kept(certtest.Mirrored(t, leaf, d.ca.Cert))
		identity := d.given("alice", leaf)
		// Signed in with the one, blocked is the other: by its fingerprint, as somebody has typed it.
		must(t, d.DB.Update(t.Context(), func(tx *store.Tx) error { return tx.UseIdentity(identity.ID, "", shown) }))
		ended, err := d.BlockCertificate(t.Context(), iam.Program("test"), iam.Certificate{SHA256: mirrored.SHA256}, iam.BlockCertificate, "")
		must(t, err)
		if ended != 1 || d.alive("alice") {
			t.Errorf("%d sessions ended", ended)
		}
		described := &iam.Certificate{Described: true, SHA1: mirrored.SHA1}
		for what, c := range map[string]*iam.Certificate{"itself": mirrored, "the other form": shown, "the other form, described": described} {
			must(t, d.DB.View(t.Context(), func(tx *store.Tx) error {
				if _, blocked, err := trust.Blocked(tx, c); err != nil || !blocked {
					t.Errorf("%s is not blocked: %v", what, err)
				}
				return nil
			}))
		}
		another := kept(d.ca.Issue(t, certtest.Spec{CN: "bob"}))
		must(t, d.DB.View(t.Context(), func(tx *store.Tx) error {
			if _, blocked, err := trust.Blocked(tx, another); err != nil || blocked {
				t.Errorf("another is blocked too: %v", err)
			}
			return nil
		}))
	})
}

// A certificate whose key is blocked is refused too where a proxy only describes it, and
// what it opened like that ends.
func TestBlockOfAKeyEndsWhatItsCertificateOpenedDescribed(t *testing.T) {
	eachDesk(t, iam.CARevocation{Mode: iam.RevocationNone}, func(t *testing.T, d *desk) {
		leaf, other := d.ca.Issue(t, certtest.Spec{CN: "alice"}), d.ca.Issue(t, certtest.Spec{CN: "bob"})
		for user, l := range map[iam.UserID]certtest.Leaf{"alice": leaf, "bob": other} {
			i := d.given(user, l)
			must(t, d.DB.Update(t.Context(), func(tx *store.Tx) error {
				return tx.UseIdentity(i.ID, "", &iam.Certificate{Described: true, Subject: "CN=" + string(user), SHA1: cert.Read(l.Cert).SHA1})
			}))
		}
		v := d.judge(leaf)
		ended, err := d.BlockCertificate(t.Context(), iam.Program("test"), *trust.Kept(v), iam.BlockKey, "")
		must(t, err)
		if ended != 1 || d.alive("alice") || !d.alive("bob") {
			t.Errorf("%d sessions ended, alice's goes on: %v, bob's: %v", ended, d.alive("alice"), d.alive("bob"))
		}
	})
}
