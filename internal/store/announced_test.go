package store_test

import (
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

func TestAnnouncedValueIsForOnePersonAndOneLink(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		a := iam.Announced{
			ID: "a1", Provider: "provider-health", User: "user-alice", Kind: iam.AnnouncedSerial, Issuer: "aa", IssuerName: "CA", Value: "0A", Shown: "0A",
			CreatedAt: clock.Now(), CreatedBy: "user-bob",
		}
		insert := func(change func(*iam.Announced)) bool {
			t.Helper()
			b := a
			change(&b)
			ok, err := take(t, db, func(tx *store.Tx) (bool, error) { return tx.InsertAnnounced(b) })
			if err != nil {
				t.Fatal(err)
			}
			return ok
		}
		if !insert(func(*iam.Announced) {}) {
			t.Fatal("nothing was announced")
		}
		if insert(func(b *iam.Announced) { b.ID, b.User = "a2", "user-bob" }) {
			t.Error("one value was announced for two people")
		}
		for what, change := range map[string]func(*iam.Announced){
			"of another CA":     func(b *iam.Announced) { b.ID, b.Issuer = "a3", "bb" },
			"of another kind":   func(b *iam.Announced) { b.ID, b.Kind = "a4", iam.AnnouncedKeyID },
			"of another method": func(b *iam.Announced) { b.ID, b.Provider = "a5", "provider-work" },
		} {
			if !insert(change) {
				t.Errorf("the same value %s is refused", what)
			}
		}
		found := func() []iam.Announced {
			return read(t, db, func(tx *store.Tx) ([]iam.Announced, error) {
				return tx.AnnouncedWith("provider-health", []iam.Announced{{Kind: iam.AnnouncedCertificate, Value: "0A"}, {Kind: a.Kind, Issuer: a.Issuer, Value: a.Value}})
			})
		}
		wantEqual(t, "AnnouncedWith", found(), []iam.Announced{a})
		if kinds := read(t, db, func(tx *store.Tx) ([]iam.AnnouncedKind, error) { return tx.AnnouncedKinds("provider-health") }); len(kinds) != 2 {
			t.Errorf("kinds %v", kinds)
		}
		if all := read(t, db, func(tx *store.Tx) ([]iam.Announced, error) { return tx.AnnouncedFor("user-alice") }); len(all) != 4 {
			t.Errorf("%d are announced for alice, want 4", len(all))
		}
		page := read(t, db, func(tx *store.Tx) ([]iam.Announced, error) { return tx.AnnouncedIn("provider-health", "a1", 1) })
		if len(page) != 1 || page[0].ID != "a3" {
			t.Errorf("the page after a1 is %+v", page)
		}
		for i, want := range []bool{true, false} {
			taken, err := take(t, db, func(tx *store.Tx) (bool, error) { return tx.TakeAnnounced(a.ID) })
			if err != nil || taken != want {
				t.Errorf("take %d: %v, %v", i, taken, err)
			}
		}
		if left := found(); len(left) != 0 {
			t.Errorf("left: %+v", left)
		}
	})
}

func TestTimeOfUnlinkingIsRemembered(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		alice := read(t, db, func(tx *store.Tx) (iam.Identity, error) { return tx.Identity("identity-alice") })
		for range 2 { // the second time counts
			do(t, db, func(tx *store.Tx) error { return tx.DeleteIdentity("user-alice", alice.ID) })
			at := read(t, db, func(tx *store.Tx) (at time.Time, err error) {
				at, _, err = tx.UnlinkedAt(alice.Provider, iam.Evidence{Key: alice.Key}, "user-alice")
				return at, err
			})
			if !at.Equal(clock.Now()) {
				t.Errorf("unlinked at %s, want %s", at, clock.Now())
			}
			clock.Advance(time.Hour)
			do(t, db, func(tx *store.Tx) error { return link(tx, alice) })
		}
	})
}
