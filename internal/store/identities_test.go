package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

func TestIdentity(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		first := identifier("alice", "user-alice", "provider-health")
		second := identifier("alice-2", "user-alice", "provider-health")
		second.Certificate, second.CreatedAt = nil, clock.Now()
		do(t, db, func(tx *store.Tx) error { return link(tx, second) })
		wantEqual(t, "Identity", read(t, db, func(tx *store.Tx) (iam.Identity, error) { return tx.Identity(first.ID) }), first)
		wantEqual(t, "IdentityByKey", read(t, db, func(tx *store.Tx) (iam.Identity, error) { return tx.IdentityByKey("provider-health", "key-alice") }), first)
		wantEqual(t, "Identities", read(t, db, func(tx *store.Tx) ([]iam.Identity, error) { return tx.Identities("user-alice") }), []iam.Identity{first, second})
		if n := read(t, db, func(tx *store.Tx) (int64, error) { return tx.CountIdentities("provider-health") }); n != 2 {
			t.Errorf("CountIdentities = %d, want 2", n)
		}
		err := db.View(t.Context(), func(tx *store.Tx) error { _, err := tx.IdentityByKey("provider-work", "key-alice"); return err })
		wantKind(t, err, iam.KindNotFound)

		renewed := certificate("alice")
		renewed.NotAfter = clock.Now().Add(1000 * time.Hour)
		do(t, db, func(tx *store.Tx) error { return tx.UseIdentity(first.ID, "app-wiki", renewed) })
		first.Certificate, first.LastUsedAt, first.LastUsedApp = renewed, clock.Now(), "app-wiki"
		clock.Advance(time.Minute)
		do(t, db, func(tx *store.Tx) error { return tx.TouchIdentity(first.ID, "app-mail") })
		first.LastUsedAt, first.LastUsedApp = clock.Now(), "app-mail"
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.TouchIdentity("identity-none", "app-mail") }), iam.KindNotFound)
		do(t, db, func(tx *store.Tx) error {
			_, err := tx.KeepWithdrawal(iam.Withdrawal{Identity: first.ID, SHA256: "aa", RevokedAt: clock.Now(), NoticedAt: clock.Now()})
			return err
		})
		first.Withdrawn = true
		do(t, db, func(tx *store.Tx) error { return tx.SetPublicity("user-alice", first.ID, iam.PublicityEveryone) })
		first.Publicity = iam.PublicityEveryone
		wantEqual(t, "Identity", read(t, db, func(tx *store.Tx) (iam.Identity, error) { return tx.Identity(first.ID) }), first)
	})
}

func TestIdentityOfAnotherPersonIsNotTouched(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		id := iam.IdentityID("identity-alice")
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.SetPublicity("user-bob", id, iam.PublicityEveryone) }), iam.KindNotFound)
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.DeleteIdentity("user-bob", id) }), iam.KindNotFound)
		wantEqual(t, "Identity", read(t, db, func(tx *store.Tx) (iam.Identity, error) { return tx.Identity(id) }), identifier("alice", "user-alice", "provider-health"))
		do(t, db, func(tx *store.Tx) error { return tx.DeleteIdentity("user-alice", id) })
		wantKind(t, db.View(t.Context(), func(tx *store.Tx) error { _, err := tx.Identity(id); return err }), iam.KindNotFound)
	})
}

func TestKeyIsLinkedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		stolen := identifier("alice", "user-bob", "provider-health")
		stolen.ID = "another"
		do(t, db, func(tx *store.Tx) error {
			if inserted, err := tx.InsertIdentity(stolen); inserted || err != nil {
				t.Errorf("alice's key for bob: %v, %v; want false", inserted, err)
			}
			// The transaction goes on: the refusal is an event in it.
			return tx.InsertEvent(iam.Event{Kind: iam.EventIdentityRefused, Outcome: iam.OutcomeRefused})
		})
		wantEqual(t, "owner of the key", read(t, db, func(tx *store.Tx) (iam.Identity, error) { return tx.IdentityByKey("provider-health", "key-alice") }).User, iam.UserID("user-alice"))
		stolen.Provider = "provider-work"
		do(t, db, func(tx *store.Tx) error { return link(tx, stolen) }) // another method is another name space
	})
}

func TestOneOfTwentyLinksTheKey(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		users := []iam.UserID{"user-alice", "user-bob"}
		won, lost := race(20, func(i int) error {
			return db.Update(t.Context(), func(tx *store.Tx) error {
				// As a rule does it: look first, then link.
				if _, err := tx.IdentityByKey("provider-work", "key-new"); !iam.IsNotFound(err) {
					return errors.Join(err, iam.Conflict("linked"))
				}
				mine := identifier("new", users[i%2], "provider-work")
				mine.ID = iam.IdentityID(fmt.Sprint("identity-", i))
				return link(tx, mine)
			})
		})
		if won != 1 || lost["conflict"] != 19 {
			t.Errorf("%d linked the key, the others lost by %v; want 1 and 19 conflicts", won, lost)
		}
	})
}

func TestIdentitiesThatOnlyTheirPersonMaySee(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		for _, level := range []iam.Publicity{iam.PublicityEveryone, iam.PublicityOnRequest, iam.PublicityOnlyMe} {
			do(t, db, func(tx *store.Tx) error {
				i := identifier(string(level), "user-alice", "provider-health")
				i.Publicity = level
				_, err := tx.InsertIdentity(i)
				return err
			})
		}
		var levels []iam.Publicity
		for _, i := range read(t, db, func(tx *store.Tx) ([]iam.Identity, error) { return tx.ShowableIdentities("user-alice") }) {
			if i.ID == "identity-"+iam.IdentityID(i.Publicity) {
				levels = append(levels, i.Publicity)
			}
		}
		slices.Sort(levels)
		wantEqual(t, "levels", levels, []iam.Publicity{iam.PublicityEveryone, iam.PublicityOnRequest})
	})
}

func TestIdentityIsFoundByTheNewestFingerprint(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		found := func(method iam.ProviderID, sha1 string) int {
			t.Helper()
			return len(read(t, db, func(tx *store.Tx) ([]iam.Identity, error) { return tx.IdentitiesBySHA1(method, sha1) }))
		}
		old, renewed := certificate("alice"), certificate("alice")
		old.SHA1, renewed.SHA1 = "0a0a", "0b0b"
		bare := identifier("bare", "user-bob", "provider-health")
		bare.Certificate = nil
		do(t, db, func(tx *store.Tx) error { return link(tx, bare) })
		do(t, db, func(tx *store.Tx) error { return tx.UseIdentity("identity-alice", "app-wiki", old) })
		if n := found("provider-health", "0a0a"); n != 1 {
			t.Errorf("%d by the fingerprint, want 1", n)
		}
		do(t, db, func(tx *store.Tx) error { return tx.UseIdentity("identity-alice", "app-wiki", renewed) })
		for name, n := range map[string]int{
			"the old fingerprint": found("provider-health", "0a0a"), "no fingerprint": found("provider-health", ""), "another method": found("provider-work", "0b0b"),
		} {
			if n != 0 {
				t.Errorf("%d by %s, want none", n, name)
			}
		}
		if n := found("provider-health", "0b0b"); n != 1 {
			t.Errorf("%d by the new fingerprint, want 1", n)
		}
	})
}

func TestIdentifierGetsAnotherKeyThatIsNobodys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		alice := read(t, db, func(tx *store.Tx) (iam.Identity, error) { return tx.Identity("identity-alice") })
		do(t, db, func(tx *store.Tx) error { return tx.RekeyIdentity(alice.ID, "another key") })
		if i := read(t, db, func(tx *store.Tx) (iam.Identity, error) { return tx.IdentityByKey(alice.Provider, "another key") }); i.ID != alice.ID {
			t.Errorf("the key is that of %s", i.ID)
		}
		bob := alice
		bob.ID, bob.User, bob.Key = "identity-bob-too", "user-bob", "key of bob"
		do(t, db, func(tx *store.Tx) error { _, err := tx.InsertIdentity(bob); return err })
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.RekeyIdentity(bob.ID, "another key") }); !store.IsUnique(err) {
			t.Errorf("two have one key: %v", err)
		}
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.RekeyIdentity("nobody's", "x") }), iam.KindNotFound)
	})
}

func TestUnlinkedKeyIsRemembered(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		alice := read(t, db, func(tx *store.Tx) (iam.Identity, error) { return tx.Identity("identity-alice") })
		unlinked := func(user iam.UserID) bool {
			return read(t, db, func(tx *store.Tx) (bool, error) {
				return tx.Unlinked(alice.Provider, iam.Evidence{Key: alice.Key}, user)
			})
		}
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.DeleteIdentity("user-bob", alice.ID) }), iam.KindNotFound)
		if unlinked("user-alice") || unlinked("user-bob") {
			t.Error("what another person tried to take off is remembered")
		}
		ever := func(key string) bool {
			return read(t, db, func(tx *store.Tx) (bool, error) { return tx.EverUnlinked(alice.Provider, iam.Evidence{Key: key}) })
		}
		if ever(alice.Key) {
			t.Error("a key that is linked was taken off somebody")
		}
		do(t, db, func(tx *store.Tx) error { return tx.DeleteIdentity("user-alice", alice.ID) })
		if !unlinked("user-alice") || unlinked("user-bob") {
			t.Error("what was taken off alice is not remembered, or of bob")
		}
		if !ever(alice.Key) || ever("another key") {
			t.Error("that the key was taken off somebody is not remembered, or of another")
		}
	})
}
