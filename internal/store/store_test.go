package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

func TestUpdateIsAllOrNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		boom := errors.New("boom")
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			if err := tx.InsertUser(person("alice")); err != nil {
				return err
			}
			if _, err := tx.User("user-alice"); err != nil {
				t.Errorf("the transaction does not see its own row: %v", err)
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Errorf("Update = %v, want %v", err, boom)
		}
		func() {
			defer func() { _ = recover() }()
			_ = db.Update(t.Context(), func(tx *store.Tx) error {
				if err := tx.InsertUser(person("bob")); err != nil {
					return err
				}
				panic("half-way")
			})
		}()
		if n := read(t, db, (*store.Tx).CountUsers); n != 0 {
			t.Errorf("%d rows stayed of transactions that failed", n)
		}
		seed(t, db) // and the writer is free again
	})
}

func TestUpdateOutlivesAnImpatientClick(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		if err := db.Update(ctx, func(tx *store.Tx) error {
			cancel()
			return tx.InsertUser(person("alice"))
		}); err != nil {
			t.Errorf("Update after the browser went away: %v", err)
		}
		if n := read(t, db, (*store.Tx).CountUsers); n != 1 {
			t.Errorf("%d rows, want 1", n)
		}
	})
}

func TestOneTransactionHasOneTime(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		do(t, db, func(tx *store.Tx) error {
			first := tx.Now()
			clock.Advance(time.Hour)
			if !tx.Now().Equal(first) {
				t.Errorf("the time moved inside of a transaction from %v to %v", first, tx.Now())
			}
			return nil
		})
		if !db.Now().Equal(clock.Now()) {
			t.Errorf("Now = %v, want %v", db.Now(), clock.Now())
		}
	})
}

func TestViewCannotWrite(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		err := db.View(t.Context(), func(tx *store.Tx) error { return tx.InsertUser(person("alice")) })
		if err == nil {
			t.Error("View wrote a row")
		}
		// By RETURNING, too, which is a query to the driver. PostgreSQL has no pool
		// that refuses it.
		if db.Engine() == store.SQLite {
			err = db.View(t.Context(), func(tx *store.Tx) error { _, _, err := tx.CountTry("x", time.Hour); return err })
			if err == nil {
				t.Error("View wrote a row with RETURNING")
			}
		}
	})
}

// A block that finds no session to end and a sign-in that finds the person
// active must not both commit.
func TestDecisionsDoNotCross(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for range 5 {
			do(t, db, func(tx *store.Tx) error {
				_, err := tx.Exec(`DELETE FROM users`)
				return errors.Join(err, tx.InsertUser(person("alice")), tx.InsertUser(person("bob")))
			})
			// Both are let read before either writes, where the engine lets them.
			var both sync.WaitGroup
			both.Add(2)
			met := make(chan struct{})
			go func() { both.Wait(); close(met) }()
			var tries atomic.Int64
			meet := func() {
				if db.Engine() == store.PostgreSQL && tries.Add(1) <= 2 {
					both.Done()
					<-met
				}
			}
			signIn := func(tx *store.Tx) error {
				u, err := tx.User("user-alice")
				if err != nil {
					return err
				}
				meet()
				if u.Status != iam.UserActive {
					return iam.Forbidden("blocked")
				}
				s := session("1", u.ID)
				s.ExpiresAt = tx.Now().Add(time.Hour)
				return tx.InsertSession(s)
			}
			block := func(tx *store.Tx) error {
				if _, err := tx.EndSessionsOfUser("user-alice", "", iam.EndBlocked); err != nil {
					return err
				}
				meet()
				return tx.SetUserStatus("user-alice", iam.UserBlocked)
			}
			_, lost := race(2, func(i int) error { return db.Update(t.Context(), []func(*store.Tx) error{signIn, block}[i]) })
			if len(lost) > 1 || len(lost) == 1 && lost["forbidden"] == 0 {
				t.Fatalf("lost by %v", lost)
			}
			if left := read(t, db, func(tx *store.Tx) ([]iam.Session, error) { return tx.Sessions("user-alice") }); len(left) > 0 {
				t.Fatalf("a blocked person has %d living sessions", len(left))
			}
			if db.Engine() == store.PostgreSQL && tries.Load() < 3 {
				t.Errorf("the transactions crossed in %d tries: neither was run again", tries.Load())
			}
		}
	})
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		options store.Options
		says    string
	}{
		"no URL":              {store.Options{}, "sqlite: or postgres://"},
		"another engine":      {store.Options{URL: "mysql://x"}, "sqlite: or postgres://"},
		"a wrong level":       {store.Options{URL: "sqlite:" + dir + "/a.db", Synchronous: "OFF"}, "NORMAL, FULL and EXTRA"},
		"a folder that lacks": {store.Options{URL: "sqlite:" + dir + "/none/a.db"}, "open store"},
		"no server":           {store.Options{URL: "postgres://u:secret@127.0.0.1:1/x?connect_timeout=2"}, "open store"},
	} {
		t.Run(name, func(t *testing.T) {
			db, err := store.Open(t.Context(), c.options)
			if err == nil {
				_ = db.Close()
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %q does not say %q", err, c.says)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("error %q shows the password", err)
			}
		})
	}
}

func TestPathMayHoldAnything(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b?c=d&e#f%41é")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "signet.db")
	db, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + path})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the database is elsewhere: %v", err)
	}
}

func TestPing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := db.Ping(t.Context()); err != nil {
			t.Errorf("Ping: %v", err)
		}
	})
	db, err := store.Open(t.Context(), store.Options{URL: storetest.SQLiteURL(t)})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := db.Ping(t.Context()); err == nil {
		t.Error("a closed store answers")
	}
}

func TestDatabaseIsReadableByItsOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "signet.db")
	db, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + path})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is %v: others can read who signs in", filepath.Base(path)+suffix, info.Mode())
		}
	}
}

// A log that had to grow, because somebody read for long or wrote much, is cut when it
// begins anew: it would take the disk for ever.
func TestTheLogGivesBackWhatItTook(t *testing.T) {
	t.Parallel()
	url := storetest.SQLiteURL(t)
	db := openSQLite(t, url)
	size := func() int64 {
		t.Helper()
		log, err := os.Stat(strings.TrimPrefix(url, "sqlite:") + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return log.Size()
	}
	do(t, db, begins("large"))
	do(t, db, func(tx *store.Tx) error {
		_, err := tx.Exec("UPDATE logins SET browser = zeroblob(100000000) WHERE id = 'large'")
		return err
	})
	grown := size()
	do(t, db, begins("first"))
	do(t, db, begins("second"))
	if left := size(); grown < 100e6 || left > 64<<20 {
		t.Errorf("the log grew to %d bytes and keeps %d of them, want 64 MiB at the most", grown, left)
	}
}
