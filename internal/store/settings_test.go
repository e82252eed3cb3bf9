package store_test

import (
	"errors"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

func TestSetting(t *testing.T) {
	type policy struct {
		Name  string
		Limit int
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var got policy
		get := func() bool {
			return read(t, db, func(tx *store.Tx) (bool, error) { return tx.Setting("policy", &got) })
		}
		if get() {
			t.Error("a setting was found in an empty store")
		}
		for _, want := range []policy{{"first", 1}, {"second", 2}} {
			do(t, db, func(tx *store.Tx) error { return tx.SetSetting("policy", want) })
			if !get() || got != want {
				t.Errorf("Setting = %v, want %v", got, want)
			}
		}
		var wrong int
		if err := db.View(t.Context(), func(tx *store.Tx) error { _, err := tx.Setting("policy", &wrong); return err }); err == nil {
			t.Error("a setting of another shape was read without an error")
		}
	})
}

func TestTwoChangeTheSettings(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		get := func() iam.Settings { return read(t, db, (*store.Tx).Settings) }
		mine := get()
		wantEqual(t, "nothing set", mine, iam.Settings{})
		theirs := mine
		mine.Name, theirs.Name = "Mine", "Theirs"
		do(t, db, func(tx *store.Tx) error { return tx.SetSettings(mine) })
		wantEqual(t, "set", get(), iam.Settings{Name: "Mine", Version: 1})
		_, err := take(t, db, func(tx *store.Tx) (int, error) { return 0, tx.SetSettings(theirs) })
		wantKind(t, err, iam.KindConflict)
		won, lost := race(6, func(int) error {
			_, err := take(t, db, func(tx *store.Tx) (int, error) { return 0, tx.SetSettings(iam.Settings{Name: "Race", Version: 1}) })
			return err
		})
		if won != 1 {
			t.Errorf("%d changed one version: %v", won, lost)
		}
	})
}

func TestTriesAreCountedInWindows(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		type tally struct {
			tries  int64
			resets time.Time
		}
		try := func(key string) (found tally) {
			do(t, db, func(tx *store.Tx) (err error) {
				found.tries, found.resets, err = tx.CountTry(key, time.Minute)
				return err
			})
			return found
		}
		end := clock.Now().Add(time.Minute)
		wantEqual(t, "first", try("a"), tally{1, end})
		clock.Advance(59 * time.Second)
		wantEqual(t, "second", try("a"), tally{2, end}) // trying does not put the end off
		wantEqual(t, "another key", try("b"), tally{1, clock.Now().Add(time.Minute)})
		clock.Advance(time.Second)
		wantEqual(t, "new window", try("a"), tally{1, clock.Now().Add(time.Minute)})
		do(t, db, func(tx *store.Tx) error { return tx.ForgetTries("b") })
		wantEqual(t, "forgotten", try("b"), tally{1, clock.Now().Add(time.Minute)})
		wantEqual(t, "not forgotten", try("a"), tally{2, clock.Now().Add(time.Minute)})
		do(t, db, func(tx *store.Tx) error { return tx.TakeBackTry("a") })
		wantEqual(t, "taken back", try("a"), tally{2, clock.Now().Add(time.Minute)})
		for range 3 { // never below none
			do(t, db, func(tx *store.Tx) error { return errors.Join(tx.TakeBackTry("b"), tx.TakeBackTry("never tried")) })
		}
		wantEqual(t, "all taken back", try("b"), tally{1, clock.Now().Add(time.Minute)})
	})
}

func TestNoTryIsLost(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		won, lost := race(20, func(int) error {
			return db.Update(t.Context(), func(tx *store.Tx) error {
				_, _, err := tx.CountTry("one key", time.Hour)
				return err
			})
		})
		if won != 20 {
			t.Fatalf("%d of 20 counted, the others: %v", won, lost)
		}
		do(t, db, func(tx *store.Tx) error {
			if n, _, err := tx.CountTry("one key", time.Hour); err != nil || n != 21 {
				t.Errorf("CountTry = %d, %v, want 21", n, err)
			}
			return nil
		})
	})
}
