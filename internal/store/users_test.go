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

func TestUserIsFoundAsStored(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		alice := person("alice")
		wantEqual(t, "User", read(t, db, func(tx *store.Tx) (iam.User, error) { return tx.User(alice.ID) }), alice)
		for _, login := range []string{"alice", "ALICE", " Alice\t"} {
			wantEqual(t, "UserByLogin "+login, read(t, db, func(tx *store.Tx) (iam.User, error) { return tx.UserByLogin(login) }), alice)
		}
		if n := read(t, db, (*store.Tx).CountUsers); n != 2 {
			t.Errorf("CountUsers = %d, want 2", n)
		}
		for _, login := range []string{"carol", "", "alice\x00", "\xff", "%", "alic_"} {
			err := db.View(t.Context(), func(tx *store.Tx) error {
				_, err := tx.UserByLogin(login)
				return err
			})
			if iam.KindOf(err) != iam.KindNotFound {
				t.Errorf("UserByLogin(%q): %v, want not found", login, err)
			}
		}
	})
}

func TestUserIsChanged(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		changed := person("alice")
		changed.Login, changed.Name, changed.Email, changed.EmailVerified, changed.Locale = "Älice", "Zoë", "new@example.org", false, "en"
		changed.GivenName, changed.FamilyName, changed.Number = "Z", "D", "PNO-7"
		do(t, db, func(tx *store.Tx) error {
			withOther := changed
			withOther.Status = iam.UserBlocked // not stored by UpdateUser: blocking ends sessions too
			return tx.UpdateUser(withOther)
		})
		changed.UpdatedAt, changed.Version = clock.Now(), 2
		wantEqual(t, "User", read(t, db, func(tx *store.Tx) (iam.User, error) { return tx.UserByLogin("äLICE") }), changed)

		clock.Advance(time.Minute)
		do(t, db, func(tx *store.Tx) error { return tx.SetUserStatus(changed.ID, iam.UserBlocked) })
		changed.Status, changed.StatusBefore, changed.StatusAt, changed.UpdatedAt = iam.UserBlocked, iam.UserActive, clock.Now(), clock.Now()
		wantEqual(t, "blocked", read(t, db, func(tx *store.Tx) (iam.User, error) { return tx.User(changed.ID) }), changed)

		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.UpdateUser(person("nobody")) }), iam.KindNotFound)
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.SetUserStatus("nobody", iam.UserActive) }), iam.KindNotFound)
	})
}

func TestPersonalNumberIsUniqueWhereThereIsOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		alice, bob := person("alice"), person("bob")
		alice.Number = "pno-7"
		do(t, db, func(tx *store.Tx) error { return tx.UpdateUser(alice) })
		if u := read(t, db, func(tx *store.Tx) (iam.User, error) { return tx.UserByNumber("PNO-7") }); u.ID != alice.ID || u.Number != "pno-7" {
			t.Errorf("UserByNumber: %+v", u)
		}
		for _, none := range []string{"", "pno-", "pno-8"} {
			wantKind(t, db.View(t.Context(), func(tx *store.Tx) error { _, err := tx.UserByNumber(none); return err }), iam.KindNotFound)
		}
		bob.Number = "PNO-7"
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.UpdateUser(bob) }); !store.IsUnique(err) {
			t.Errorf("UpdateUser to a second number: %v, want a broken unique constraint", err)
		}
		twin := person("twin")
		twin.Number = "Pno-7"
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.InsertUser(twin) }); !store.IsUnique(err) {
			t.Errorf("InsertUser of a second number: %v, want a broken unique constraint", err)
		}
	})
}

func TestLoginIsUniqueWithoutRegardToCase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		twin := person("ALICE")
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.InsertUser(twin) }); !store.IsUnique(err) {
			t.Errorf("InsertUser of a second alice: %v, want a broken unique constraint", err)
		}
		bob := person("bob")
		bob.Login = "Alice"
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.UpdateUser(bob) }); !store.IsUnique(err) {
			t.Errorf("UpdateUser to a second alice: %v, want a broken unique constraint", err)
		}
	})
}

func TestUsersArePagedByKey(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const all = 57
		do(t, db, func(tx *store.Tx) error {
			for i := range all {
				if err := tx.InsertUser(person(fmt.Sprintf("P%02d-%c", i*37%all, 'a'+rune(i%3)))); err != nil {
					return err
				}
			}
			return nil
		})
		seen, after := map[string]bool{}, ""
		for range all {
			page := read(t, db, func(tx *store.Tx) ([]iam.User, error) { return tx.Users("", after, 10) })
			if len(page) == 0 {
				break
			}
			for _, u := range page {
				if seen[u.Login] {
					t.Fatalf("%s is on two pages", u.Login)
				}
				seen[u.Login], after = true, u.Login
			}
		}
		if len(seen) != all {
			t.Errorf("the pages hold %d people, want %d", len(seen), all)
		}
	})
}

func TestUsersAreSearched(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		elodie, percent, under := person("e1"), person("50%"), person("a_b")
		elodie.Name = "Élodie Ça"
		elodie.Email, elodie.Number = "Élo@example.org", "PNO-4711"
		do(t, db, func(tx *store.Tx) error {
			for _, u := range []iam.User{elodie, percent, under, person("axb")} {
				if err := tx.InsertUser(u); err != nil {
					return err
				}
			}
			return nil
		})
		for search, want := range map[string][]string{
			"":            {"50%", "a_b", "axb", "e1"},
			"E1":          {"e1"},
			"ÉLODIE":      {"e1"}, // neither engine folds case outside of ASCII by itself
			"élo@":        {"e1"},
			"pno-47":      {"e1"},
			"doe":         {"50%", "a_b", "axb", "e1"},
			"%":           nil, // beginnings of words only
			"a_b":         {"a_b"},
			"!":           nil,
			"' OR 1=1 --": nil,
			"\x00":        nil,
			"\xff\xfe":    nil,
			"elodie":      {"e1"}, // without the accent, too
			"ca élo":      {"e1"}, // words in any order
			"élo doe":     {"e1"},
			"élo smith":   nil,
			"lodie":       nil,
			"example.org": {"50%", "a_b", "axb", "e1"},
		} {
			found := map[string]bool{}
			for _, u := range read(t, db, func(tx *store.Tx) ([]iam.User, error) { return tx.Users(search, "", 100) }) {
				found[u.Login] = true
			}
			expected := map[string]bool{}
			for _, login := range want {
				expected[login] = true
			}
			wantEqual(t, fmt.Sprintf("Users(%q)", search), found, expected)
		}
	})
}

func TestPasswordHash(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		get := func() (hash string, err error) {
			err = db.View(t.Context(), func(tx *store.Tx) (err error) {
				hash, err = tx.PasswordHash("user-alice")
				return err
			})
			return hash, err
		}
		_, err := get()
		wantKind(t, err, iam.KindNotFound)
		for _, hash := range []string{"$argon2id$1", "$argon2id$2"} {
			do(t, db, func(tx *store.Tx) error { return tx.SetPasswordHash("user-alice", hash) })
			if got, err := get(); err != nil || got != hash {
				t.Errorf("PasswordHash = %q, %v, want %q", got, err, hash)
			}
		}
	})
}

func TestMemberships(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		admin := iam.Membership{User: "user-alice", Scope: iam.System(), Role: iam.RoleSystemAdministrator}
		appAdmin := iam.Membership{User: "user-alice", Scope: iam.Application("app-wiki", "org-1"), Role: iam.RoleApplicationAdministrator}
		for range 2 { // giving it twice changes nothing
			do(t, db, func(tx *store.Tx) error { return tx.InsertMembership(admin) })
		}
		do(t, db, func(tx *store.Tx) error { return tx.InsertMembership(appAdmin) })
		list := func() []iam.Membership {
			return read(t, db, func(tx *store.Tx) ([]iam.Membership, error) { return tx.Memberships("user-alice") })
		}
		wantEqual(t, "Memberships", list(), []iam.Membership{appAdmin, admin})

		holders := func(role iam.Role, in iam.Scope) int64 {
			return read(t, db, func(tx *store.Tx) (int64, error) { return tx.CountActiveHolders(role, in) })
		}
		if n := holders(iam.RoleSystemAdministrator, iam.System()); n != 1 {
			t.Errorf("CountActiveHolders = %d, want 1", n)
		}
		if n := holders(iam.RoleApplicationAdministrator, iam.Application("app-mail", "org-1")); n != 0 {
			t.Errorf("CountActiveHolders of the other application = %d, want 0", n)
		}
		do(t, db, func(tx *store.Tx) error { return tx.SetUserStatus("user-alice", iam.UserBlocked) })
		if n := holders(iam.RoleSystemAdministrator, iam.System()); n != 0 {
			t.Errorf("CountActiveHolders = %d although the only one is blocked, want 0", n)
		}

		do(t, db, func(tx *store.Tx) error { return tx.DeleteMembership(admin) })
		wantEqual(t, "Memberships", list(), []iam.Membership{appAdmin})
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.DeleteMembership(admin) }), iam.KindNotFound)
	})
}

func TestOneTimeLink(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		hash := iam.NewSecret().Hash()
		do(t, db, func(tx *store.Tx) error {
			return tx.InsertOneTimeLink(hash, "setup", "user-alice", clock.Now().Add(time.Hour))
		})
		look := func(hash []byte, purpose string) error {
			return db.View(t.Context(), func(tx *store.Tx) error {
				_, err := tx.OneTimeLink(hash, purpose)
				return err
			})
		}
		spend := func(hash []byte, purpose string) (iam.UserID, error) {
			return take(t, db, func(tx *store.Tx) (iam.UserID, error) { return tx.TakeOneTimeLink(hash, purpose) })
		}
		wantKind(t, look(hash, "reset"), iam.KindNotFound)
		wantKind(t, look(iam.NewSecret().Hash(), "setup"), iam.KindNotFound)
		if _, err := spend(hash, "reset"); iam.KindOf(err) != iam.KindNotFound {
			t.Errorf("a link was spent for another purpose: %v", err)
		}
		if err := look(hash, "setup"); err != nil {
			t.Errorf("OneTimeLink: %v", err)
		}
		clock.Advance(time.Hour) // the last moment is over
		wantKind(t, look(hash, "setup"), iam.KindNotFound)
		if _, err := spend(hash, "setup"); iam.KindOf(err) != iam.KindNotFound {
			t.Errorf("a link was spent after its time: %v", err)
		}
		clock.Advance(-time.Microsecond)
		if user, err := spend(hash, "setup"); err != nil || user != "user-alice" {
			t.Errorf("TakeOneTimeLink = %q, %v", user, err)
		}
		if _, err := spend(hash, "setup"); iam.KindOf(err) != iam.KindNotFound {
			t.Errorf("a link was spent twice: %v", err)
		}

		do(t, db, func(tx *store.Tx) error {
			return tx.InsertOneTimeLink(hash, "setup", "", clock.Now().Add(time.Hour))
		})
		do(t, db, func(tx *store.Tx) error { return tx.DeleteOneTimeLinks("reset") })
		if err := look(hash, "setup"); err != nil {
			t.Errorf("the link of another purpose was taken back: %v", err)
		}
		do(t, db, func(tx *store.Tx) error { return tx.DeleteOneTimeLinks("setup") })
		wantKind(t, look(hash, "setup"), iam.KindNotFound)
	})
}

func TestDeletedPeopleAreFoundAndRemoved(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		do(t, db, func(tx *store.Tx) error { return tx.SetLocale("user-alice", "de") })
		if u := read(t, db, func(tx *store.Tx) (iam.User, error) { return tx.User("user-alice") }); u.Locale != "de" || u.Version != 1 {
			t.Errorf("after SetLocale: %q, version %d", u.Locale, u.Version)
		}
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.PurgeUser("user-alice") }), iam.KindNotFound) // active
		do(t, db, func(tx *store.Tx) error { return tx.SetUserDeleted("user-alice", clock.Now().Add(time.Minute)) })
		deleted := func(before time.Time) []iam.User {
			return read(t, db, func(tx *store.Tx) ([]iam.User, error) { return tx.DeletedUsers(before, 10) })
		}
		if n := len(deleted(clock.Now().Add(time.Minute))); n != 0 {
			t.Errorf("%d people removed before they were told", n)
		}
		if all := deleted(clock.Now().Add(time.Minute + time.Second)); len(all) != 1 || all[0].ID != "user-alice" || all[0].StatusBefore != iam.UserActive {
			t.Errorf("deleted: %+v", all)
		}
		do(t, db, func(tx *store.Tx) error { return tx.PurgeUser("user-alice") })
		wantEqual(t, "identities", read(t, db, func(tx *store.Tx) ([]iam.Identity, error) { return tx.Identities("user-alice") }), []iam.Identity(nil))

		do(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.InsertOneTimeLink([]byte("1"), "a", "user-bob", clock.Now().Add(time.Hour)),
				tx.InsertOneTimeLink([]byte("2"), "a", "user-x", clock.Now().Add(time.Hour)), tx.DeleteOneTimeLinksOf("a", "user-bob"))
		})
		for hash, kind := range map[string]iam.Kind{"1": iam.KindNotFound, "2": ""} {
			err := db.View(t.Context(), func(tx *store.Tx) error { _, err := tx.OneTimeLink([]byte(hash), "a"); return err })
			if iam.KindOf(err) != kind {
				t.Errorf("link %s: %v", hash, err)
			}
		}
	})
}

func TestOnlyConfirmedAddressesFindPeople(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		find := func(email string) (ids []iam.UserID) {
			for _, u := range read(t, db, func(tx *store.Tx) ([]iam.User, error) { return tx.UsersByVerifiedEmail(email) }) {
				ids = append(ids, u.ID)
			}
			return ids
		}
		set := func(id iam.UserID, email string, confirmed bool) {
			u := read(t, db, func(tx *store.Tx) (iam.User, error) { return tx.User(id) })
			u.Email, u.EmailVerified = email, confirmed
			do(t, db, func(tx *store.Tx) error { return tx.UpdateUser(u) })
		}
		set("user-alice", "Team@example.org", true)
		set("user-bob", "team@example.org", false)
		if got := find("TEAM@example.org"); !slices.Equal(got, []iam.UserID{"user-alice"}) {
			t.Errorf("found %v, want alice only", got)
		}
		set("user-bob", "team@example.org", true)
		if got := find("team@example.org"); len(got) != 2 {
			t.Errorf("found %v, want both", got)
		}
		set("user-alice", "", true)
		if got := find(""); len(got) != 0 {
			t.Errorf("no address finds %v", got)
		}
	})
}
