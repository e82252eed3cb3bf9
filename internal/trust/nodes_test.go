package trust_test

import (
	"crypto/x509"
	"testing"

	"signet/internal/audit"
	"signet/internal/cert"
	"signet/internal/cert/certtest"
	"signet/internal/iam"
	"signet/internal/session"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/internal/trust"
)

// Two nodes, each with connections and caches of its own, on one PostgreSQL: what
// one of them blocks or learns holds on the other at once.
func TestTwoNodesOnOnePostgreSQL(t *testing.T) {
	clock := new(storetest.Clock)
	url := storetest.PostgreSQLURL(t)
	node := func() *store.DB {
		db, err := store.Open(t.Context(), store.Options{URL: url, Now: clock.Now})
		must(t, err)
		t.Cleanup(func() { _ = db.Close() })
		return db
	}
	one, two := node(), node()
	_, err := one.Migrate(t.Context())
	must(t, err)
	d := newDesk(t, one, clock, iam.CARevocation{Mode: iam.RevocationRequired, Lists: []string{"URL/ca.crl"}})
	log := &audit.Log{DB: two}
	other := &trust.Service{DB: two, Log: log, Sessions: &session.Service{DB: two, Log: log}}
	alice, bob := d.ca.Issue(t, certtest.Spec{CN: "alice"}), d.ca.Issue(t, certtest.Spec{CN: "bob"})
	identity := d.given("alice", alice)
	blocked := func(db *store.DB) (is bool) {
		t.Helper()
		must(t, db.View(t.Context(), func(tx *store.Tx) (err error) {
			_, is, err = trust.Blocked(tx, identity.Certificate)
			return err
		}))
		return is
	}
	if blocked(two) {
		t.Fatal("it is blocked before anybody blocked it")
	}
	_, err = d.BlockIdentity(t.Context(), iam.Program("test"), "alice", identity.ID, iam.BlockKey, "")
	must(t, err)
	if !blocked(two) {
		t.Error("a block on one node does not hold on the other")
	}
	must(t, two.View(t.Context(), func(tx *store.Tx) error {
		s, err := tx.Session("session-alice")
		if err == nil && s.EndedAt.IsZero() {
			t.Error("the session goes on, on the other node")
		}
		return err
	}))
	all, err := other.Blocks(t.Context(), iam.Program("test"))
	must(t, err)
	must(t, other.Unblock(t.Context(), iam.Program("test"), all[0].ID))
	if blocked(one) {
		t.Error("the end of a block on one node does not hold on the other")
	}

	d.answer(bytesOf(d.crl(certtest.CRLSpec{Number: 1})))
	must(t, d.Refresh(t.Context()))
	v, _ := d.judgeOf(other, bob)
	wantCause(t, "by the list that the other node fetched", v, cert.CauseNone)
	d.answer(bytesOf(d.crl(certtest.CRLSpec{Number: 2, Revoked: []*x509.Certificate{bob.Cert}})))
	must(t, d.RefreshNow(t.Context(), iam.Program("test"), d.method, d.row().Authority, d.row().Source))
	v, _ = d.judgeOf(other, bob)
	wantCause(t, "by the next list", v, cert.CauseRevoked)
}
