package store_test

import (
	"sync"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

// letter adds a message to Alice and returns it.
func letter(t *testing.T, db *store.DB, change func(*iam.Message)) iam.Message {
	t.Helper()
	m := iam.Message{
		Kind: iam.MessagePasswordLink, User: "user-alice", To: "alice@example.org", Locale: "fr", Subject: "Objet", State: iam.MessageWaiting,
		Letter: iam.Letter{Greeting: "Bonjour", Facts: []iam.LetterFact{{Term: "Quand", Text: "hier"}}}, Secret: true, Sealed: []byte("sealed"),
	}
	if change != nil {
		change(&m)
	}
	do(t, db, func(tx *store.Tx) error {
		m.ID = tx.NewMessageID()
		return tx.InsertMessage(m)
	})
	return read(t, db, func(tx *store.Tx) (iam.Message, error) { return tx.Message(m.ID) })
}

func lease(t *testing.T, db *store.DB, name string, until time.Time) (iam.Message, error) {
	t.Helper()
	return take(t, db, func(tx *store.Tx) (iam.Message, error) { return tx.LeaseMessage(name, until) })
}

func TestMessageIsKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		m := letter(t, db, func(m *iam.Message) { m.ExpiresAt = at(time.Hour) })
		wantEqual(t, "message", m, iam.Message{
			ID: m.ID, Kind: iam.MessagePasswordLink, User: "user-alice", To: "alice@example.org", Locale: "fr", Subject: "Objet", State: iam.MessageWaiting,
			Letter: iam.Letter{Greeting: "Bonjour", Facts: []iam.LetterFact{{Term: "Quand", Text: "hier"}}}, Secret: true, Sealed: []byte("sealed"),
			CreatedAt: m.CreatedAt, WaitsSince: m.CreatedAt, NextTryAt: m.CreatedAt, ExpiresAt: at(time.Hour),
		})
		nobody := letter(t, db, func(m *iam.Message) { m.User, m.State = "", iam.MessageUnsent })
		wantEqual(t, "user of a message to somebody without an account", nobody.User, iam.UserID(""))
		all := read(t, db, func(tx *store.Tx) ([]iam.Message, error) { return tx.Messages(iam.MessageFilter{Limit: 10}) })
		if len(all) != 2 {
			t.Fatalf("%d messages", len(all))
		}
		unsent := read(t, db, func(tx *store.Tx) ([]iam.Message, error) {
			return tx.Messages(iam.MessageFilter{Limit: 10, State: iam.MessageUnsent})
		})
		if len(unsent) != 1 || unsent[0].ID != nobody.ID {
			t.Errorf("in the state unsent: %v", unsent)
		}
		older := read(t, db, func(tx *store.Tx) ([]iam.Message, error) {
			return tx.Messages(iam.MessageFilter{Limit: 10, Before: all[0].ID})
		})
		if len(older) != 1 || older[0].ID != all[1].ID {
			t.Errorf("the page after the first: %v", older)
		}
		wantEqual(t, "counts", read(t, db, (*store.Tx).MessageCounts), map[iam.MessageState]int64{iam.MessageWaiting: 1, iam.MessageUnsent: 1})
		wantEqual(t, "oldest", read(t, db, (*store.Tx).OldestMessage), m.CreatedAt)
	})
}

func TestMessageIsLeasedByOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		m := letter(t, db, nil)
		if !read(t, db, (*store.Tx).MessageDue) {
			t.Fatal("a new message is not due")
		}
		until := m.CreatedAt.Add(time.Hour)
		var wg sync.WaitGroup
		got := make([]error, 8)
		for i := range got {
			wg.Go(func() {
				got[i] = db.Update(t.Context(), func(tx *store.Tx) error { _, err := tx.LeaseMessage(string(rune('a'+i)), until); return err })
			})
		}
		wg.Wait()
		won := 0
		for _, err := range got {
			if err == nil {
				won++
			} else {
				wantKind(t, err, iam.KindNotFound)
			}
		}
		if won != 1 {
			t.Errorf("%d nodes have the message", won)
		}
		if read(t, db, (*store.Tx).MessageDue) {
			t.Error("a leased message is due")
		}
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.RetryMessage(m.ID) }), iam.KindNotFound)
	})
}

func TestOnlyTheHolderOfTheLeaseFinishes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		m := letter(t, db, nil)
		held, err := lease(t, db, "first", m.CreatedAt) // over at once
		if err != nil {
			t.Fatal(err)
		}
		now, err := lease(t, db, "second", m.CreatedAt.Add(time.Hour))
		if err != nil || now.Tries != 2 {
			t.Fatalf("after the lease was over: %d tries, %v", now.Tries, err)
		}
		for name, fn := range map[string]func(*store.Tx) error{
			"finish":   func(tx *store.Tx) error { return tx.FinishMessage(held, iam.MessageSent, "", "250") },
			"postpone": func(tx *store.Tx) error { return tx.PostponeMessage(held, "broken", "", at(time.Hour)) },
		} {
			if err := db.Update(t.Context(), fn); !iam.IsNotFound(err) {
				t.Errorf("%s by who no longer holds the lease: %v", name, err)
			}
		}
		do(t, db, func(tx *store.Tx) error { return tx.PostponeMessage(now, "broken", "said", at(1000*24*time.Hour)) })
		if got := read(t, db, func(tx *store.Tx) (iam.Message, error) { return tx.Message(m.ID) }); got.Fault != "broken" || got.Answer != "said" || !got.NextTryAt.Equal(at(1000*24*time.Hour)) {
			t.Errorf("postponed: %+v", got)
		}
		do(t, db, func(tx *store.Tx) error { return tx.RetryMessage(m.ID) })
		if now, err = lease(t, db, "third", at(2000*24*time.Hour)); err != nil {
			t.Fatal(err)
		}
		do(t, db, func(tx *store.Tx) error { return tx.FinishMessage(now, iam.MessageSent, "", "250 ok") })
		done := read(t, db, func(tx *store.Tx) (iam.Message, error) { return tx.Message(m.ID) })
		if done.State != iam.MessageSent || len(done.Sealed) != 0 || done.DoneAt.IsZero() {
			t.Errorf("sent: %+v", done)
		}
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.RetryMessage(m.ID) }), iam.KindNotFound)
	})
}

func TestMessagesEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		waits, unsent := letter(t, db, nil), letter(t, db, func(m *iam.Message) { m.State = iam.MessageUnsent })
		deleted := read2(t, db, func(tx *store.Tx) (int64, error) { return tx.DeleteMessages(tx.Now().Add(time.Second), 10) })
		if deleted != 1 {
			t.Errorf("%d messages were deleted, want the unsent one", deleted)
		}
		if _, err := take(t, db, func(tx *store.Tx) (iam.Message, error) { return tx.Message(unsent.ID) }); !iam.IsNotFound(err) {
			t.Errorf("the unsent one: %v", err)
		}
		do(t, db, (*store.Tx).ShelveMessages)
		if m := read(t, db, func(tx *store.Tx) (iam.Message, error) { return tx.Message(waits.ID) }); m.State != iam.MessageUnsent || len(m.Sealed) != 0 {
			t.Errorf("shelved: %+v", m)
		}
		do(t, db, func(tx *store.Tx) error {
			first := iam.Message{ID: tx.NewMessageID(), Kind: iam.MessageIdentityLinked, User: "user-alice", To: "a@example.org", State: iam.MessageWaiting}
			other := first
			other.ID, other.User = tx.NewMessageID(), "user-bob"
			if err := tx.InsertMessage(first); err != nil {
				return err
			}
			if err := tx.InsertMessage(other); err != nil {
				return err
			}
			return tx.ReplaceMessage("user-alice", iam.MessageIdentityLinked)
		})
		left := read(t, db, func(tx *store.Tx) ([]iam.Message, error) {
			return tx.Messages(iam.MessageFilter{Limit: 10, State: iam.MessageWaiting})
		})
		if len(left) != 1 || left[0].User != "user-bob" {
			t.Errorf("after replacing: %+v", left)
		}
	})
}

func read2[T any](t *testing.T, db *store.DB, fn func(*store.Tx) (T, error)) T {
	t.Helper()
	v, err := take(t, db, fn)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestExpiringCertificatesAreFoundAndRemindedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		alice := read(t, db, func(tx *store.Tx) (iam.Identity, error) { return tx.Identity("identity-alice") })
		end := alice.Certificate.NotAfter
		from, until := end.Add(-time.Hour), end.Add(time.Hour)
		unreminded := func(step string) int {
			return len(read(t, db, func(tx *store.Tx) ([]iam.ExpiringIdentity, error) {
				return tx.UnremindedIdentities(from, until, step, 10)
			}))
		}
		list := func(after iam.Identity) []iam.ExpiringIdentity {
			return read(t, db, func(tx *store.Tx) ([]iam.ExpiringIdentity, error) {
				return tx.ExpiringIdentities(from, until, after, 10)
			})
		}
		all := list(iam.Identity{})
		if len(all) == 0 || unreminded("30") != len(all) {
			t.Fatalf("%d expire, %d are to be reminded", len(all), unreminded("30"))
		}
		last := all[len(all)-1]
		wantEqual(t, "person", last.User.Email, read(t, db, func(tx *store.Tx) (iam.User, error) { return tx.User(last.Identity.User) }).Email)
		if rest := list(last.Identity); len(rest) != 0 {
			t.Errorf("after the last: %d", len(rest))
		}
		key := store.ReminderKey(last.Identity, "30")
		for _, want := range []bool{true, false} {
			if fresh := read2(t, db, func(tx *store.Tx) (bool, error) { return tx.KeepReminder(key) }); fresh != want {
				t.Errorf("reminder is new: %v, want %v", fresh, want)
			}
		}
		if !read(t, db, func(tx *store.Tx) (bool, error) { return tx.Reminded(key) }) {
			t.Error("who was reminded is not known")
		}
		if n := unreminded("30"); n != len(all)-1 {
			t.Errorf("%d are to be reminded after one was", n)
		}
		if n := unreminded("7"); n != len(all) {
			t.Errorf("%d are to be reminded at another step", n)
		}
		do(t, db, func(tx *store.Tx) error { return tx.SweepReminders(tx.Now().Add(time.Second)) })
		if n := unreminded("30"); n != len(all) {
			t.Errorf("%d are to be reminded after forgetting", n)
		}

		// Renewed: another certificate with the same name that lives longer.
		renewed := last.Identity
		renewed.ID, renewed.Key = "identity-renewed", "renewed"
		longer := *renewed.Certificate
		longer.NotAfter = until.AddDate(1, 0, 0)
		renewed.Certificate = &longer
		do(t, db, func(tx *store.Tx) error {
			if _, err := tx.InsertIdentity(renewed); err != nil {
				return err
			}
			for _, i := range []iam.Identity{last.Identity, renewed} {
				if err := tx.SetIdentityNames(i, [][]byte{[]byte("name")}); err != nil {
					return err
				}
			}
			return nil
		})
		if got := list(iam.Identity{}); len(got) != len(all)-1 {
			t.Errorf("a renewed certificate is still told of: %d of %d", len(got), len(all))
		}
		do(t, db, func(tx *store.Tx) error { return tx.SetUserStatus(last.User.ID, iam.UserBlocked) })
	})
}

func TestHoldersOfARole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		in := iam.Organization("org-1")
		do(t, db, func(tx *store.Tx) error {
			for user, role := range map[iam.UserID]iam.Role{"user-alice": iam.RoleOrganizationManager, "user-bob": iam.RoleMember} {
				if err := tx.InsertMembership(iam.Membership{User: user, Scope: in, Role: role}); err != nil {
					return err
				}
			}
			return nil
		})
		holders := func(role iam.Role, in iam.Scope) []iam.User {
			return read(t, db, func(tx *store.Tx) ([]iam.User, error) { return tx.ActiveHolders(role, in, 10) })
		}
		if got := holders(iam.RoleOrganizationManager, in); len(got) != 1 || got[0].ID != "user-alice" || got[0].Email == "" {
			t.Errorf("managers: %+v", got)
		}
		if got := holders(iam.RoleOrganizationManager, iam.Organization("org-2")); len(got) != 0 {
			t.Errorf("of another organization: %+v", got)
		}
		do(t, db, func(tx *store.Tx) error { return tx.SetUserStatus("user-alice", iam.UserBlocked) })
		if got := holders(iam.RoleOrganizationManager, in); len(got) != 0 {
			t.Errorf("who is blocked: %+v", got)
		}
	})
}

func TestOneTimeLinkSaysUntilWhen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		until := read(t, db, func(tx *store.Tx) (time.Time, error) { return tx.Now().Add(time.Hour), nil })
		do(t, db, func(tx *store.Tx) error { return tx.InsertOneTimeLink([]byte("hash"), "password", "user-alice", until) })
		err := db.View(t.Context(), func(tx *store.Tx) error {
			user, ends, err := tx.OneTimeLinkUntil([]byte("hash"), "password")
			if user != "user-alice" || !ends.Equal(until) {
				t.Errorf("%q until %v", user, ends)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		wantKind(t, db.View(t.Context(), func(tx *store.Tx) error {
			_, _, err := tx.OneTimeLinkUntil([]byte("hash"), "email")
			return err
		}), iam.KindNotFound)
	})
}
