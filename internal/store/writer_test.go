package store_test

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

// together runs updates so that they share a commit: the first begins and goes on
// when the others are in line, in their order.
func together(t *testing.T, db *store.DB, fns ...func(*store.Tx) error) []error {
	t.Helper()
	errs := make([]error, len(fns))
	begun, goOn := make(chan struct{}), make(chan struct{})
	first := sync.OnceFunc(func() { close(begun); <-goOn })
	var all sync.WaitGroup
	for i, fn := range fns {
		all.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					errs[i] = fmt.Errorf("panic: %v", r)
				}
			}()
			errs[i] = errors.New("ended without an answer") // runtime.Goexit
			errs[i] = db.Update(t.Context(), func(tx *store.Tx) error {
				if i == 0 {
					first()
				}
				return fn(tx)
			})
		})
		if i == 0 {
			<-begun
			continue
		}
		inLine(db, i)
	}
	close(goOn)
	all.Wait()
	return errs
}

// inLine waits until n are in line.
func inLine(db *store.DB, n int) {
	for db.InLine() != n {
		runtime.Gosched()
	}
}

// begins inserts a login.
func begins(id iam.LoginID) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		return tx.InsertLogin(iam.Login{ID: id, Purpose: iam.PurposeSignIn, App: "app", Browser: []byte("browser"), CreatedAt: tx.Now(), ExpiresAt: tx.Now().Add(time.Hour)})
	}
}

// logins tells which of the logins are there.
func logins(t *testing.T, db *store.DB, ids ...iam.LoginID) (found []iam.LoginID) {
	t.Helper()
	for _, id := range ids {
		err := db.View(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Login(id)
			return err
		})
		if err == nil {
			found = append(found, id)
		} else if !iam.IsNotFound(err) {
			t.Fatal(err)
		}
	}
	return found
}

func openSQLite(t *testing.T, url string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// What shares a commit is seen by nobody else before it, and answered after it.
func TestNobodyIsAnsweredBeforeTheCommit(t *testing.T) {
	t.Parallel()
	url := storetest.SQLiteURL(t)
	db, other := openSQLite(t, url), openSQLite(t, url)
	errs := together(t, db,
		begins("first"),
		func(tx *store.Tx) error {
			if _, err := tx.Login("first"); err != nil {
				t.Errorf("the second does not see the first: %v", err)
			}
			if found := logins(t, other, "first"); len(found) != 0 {
				t.Errorf("others see %v", found)
			}
			if found := logins(t, db, "first"); len(found) != 0 {
				t.Errorf("readers see %v", found)
			}
			return begins("second")(tx)
		},
		begins("third"),
	)
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	wantEqual(t, "committed", logins(t, other, "first", "second", "third"), []iam.LoginID{"first", "second", "third"})
}

// One that fails, in whatever way, is undone alone.
func TestAFailedUpdateTakesNobodyWithIt(t *testing.T) {
	t.Parallel()
	wrong := errors.New("wrong")
	for name, fails := range map[string]func(*store.Tx) error{
		"before it wrote": func(*store.Tx) error { return wrong },
		"after it wrote": func(tx *store.Tx) error {
			if err := begins("undone")(tx); err != nil {
				return err
			}
			return wrong
		},
		"by a constraint": func(tx *store.Tx) error {
			if err := begins("undone")(tx); err != nil {
				return err
			}
			return begins("undone")(tx)
		},
		"by a panic": func(tx *store.Tx) error {
			if err := begins("undone")(tx); err != nil {
				return err
			}
			panic("broken")
		},
		"by ending its goroutine": func(tx *store.Tx) error {
			if err := begins("undone")(tx); err != nil {
				return err
			}
			runtime.Goexit()
			return nil
		},
		"by a full disk, and does not say so": func(tx *store.Tx) error {
			if _, err := tx.Exec("PRAGMA max_page_count = 1"); err != nil { // that is, no more than there are
				return err
			}
			if err := begins("undone")(tx); err != nil {
				return err
			}
			_, _ = tx.Exec("UPDATE logins SET browser = zeroblob(1000000) WHERE id = 'undone'")
			return nil
		},
		"by a statement that is none": func(tx *store.Tx) error {
			_, err := tx.Exec("INSERT INTO nothing (a) VALUES (1)")
			return err
		},
		"by such a statement, and does not say so": func(tx *store.Tx) error {
			_, _ = tx.Exec("INSERT INTO nothing (a) VALUES (1)")
			return nil
		},
	} {
		for place := range 3 {
			t.Run(fmt.Sprint(name, " as ", place+1), func(t *testing.T) {
				t.Parallel()
				db := storetest.New(t)
				ids := []iam.LoginID{"a", "b", "c"}
				var fns []func(*store.Tx) error
				for i, id := range ids {
					fns = append(fns, begins(id))
					if i == place {
						fns[i] = fails
					}
				}
				errs := together(t, db, fns...)
				for i, err := range errs {
					if (err != nil) != (i == place) {
						t.Errorf("update %d: error %v", i+1, err)
					}
				}
				wantEqual(t, "committed", logins(t, db, "a", "b", "c", "undone"), slices.Delete(ids, place, place+1))
				do(t, db, begins("later")) // and it goes on
			})
		}
	}
}

// What is refused because of an update that is not committed yet is only refused
// when that one is.
func TestARefusalStandsAndFallsWithItsCommit(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	tries := 0
	errs := together(t, db,
		begins("ticket"),
		func(tx *store.Tx) error { // refuses, having written nothing
			tries++
			_, err := tx.Login("ticket")
			if err == nil {
				return iam.Conflict("taken")
			}
			return nil
		},
		func(tx *store.Tx) error { // undoes all three
			if err := begins("undone")(tx); err != nil {
				return err
			}
			return errors.New("wrong")
		},
	)
	if tries != 2 {
		t.Errorf("the refused one ran %d times, want 2: the first time there was a ticket that was undone", tries)
	}
	// The first two run again, in any order.
	if errs[0] != nil || errs[1] != nil && iam.KindOf(errs[1]) != iam.KindConflict || errs[2] == nil {
		t.Errorf("errors = %v", errs)
	}
}

// So does an error after something was written: its cause may be undone with it.
func TestAnErrorStandsAndFallsWithItsCommit(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	tries := 0
	errs := together(t, db,
		func(tx *store.Tx) error {
			if tries++; tries > 1 {
				return errors.New("not any more")
			}
			return begins("ticket")(tx)
		},
		func(tx *store.Tx) error {
			if err := begins("mine")(tx); err != nil {
				return err
			}
			if _, err := tx.Login("ticket"); err == nil {
				return iam.Conflict("taken")
			}
			return nil
		},
	)
	if errs[0] == nil || errs[1] != nil {
		t.Errorf("errors = %v: the second was refused because of a ticket that never was", errs)
	}
	wantEqual(t, "committed", logins(t, db, "ticket", "mine"), []iam.LoginID{"mine"})
}

// Whoever comes with what is no ticket makes nobody else's work be done twice.
func TestWhoChangesNothingUndoesNobody(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]func(*store.Tx) error{
		"nothing to return":   func(tx *store.Tx) error { _, err := tx.TakeAttempt([]byte("a"), []byte("b")); return err },
		"nothing to change":   func(tx *store.Tx) error { return tx.SpendToken([]byte("a")) },
		"a broken constraint": begins("there"),
	} {
		db := storetest.New(t)
		do(t, db, begins("there"))
		runs := 0
		errs := together(t, db, func(tx *store.Tx) error { runs++; return begins("first")(tx) }, fails)
		if errs[0] != nil || errs[1] == nil || runs != 1 {
			t.Errorf("%s: errors = %v after %d runs, want 1", name, errs, runs)
		}
	}
}

// What no database undoes happens once, after the commit, and not at all without one.
func TestAfterwards(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		told := 0
		tells := func(id iam.LoginID, err error) func(*store.Tx) error {
			return func(tx *store.Tx) error {
				tx.Afterwards(func() { told++ })
				return cmp.Or(begins(id)(tx), err)
			}
		}
		do(t, db, tells("a", nil))
		if err := db.Update(t.Context(), tells("b", errors.New("wrong"))); err == nil || told != 1 {
			t.Errorf("error %v, told %d times, want 1", err, told)
		}
		if db.Engine() == store.SQLite {
			together(t, db, tells("c", nil), func(tx *store.Tx) error { return cmp.Or(begins("d")(tx), errors.New("wrong")) })
			if told != 2 {
				t.Errorf("one that ran twice told %d times, want once", told-1)
			}
		}
	})
}

// A change of the configuration is everybody's as soon as it is answered, also
// where others wait behind it.
func TestConfigurationIsCommittedAtOnce(t *testing.T) {
	t.Parallel()
	url := storetest.SQLiteURL(t)
	db, other := openSQLite(t, url), openSQLite(t, url)
	errs := together(t, db,
		begins("first"),
		func(tx *store.Tx) error { return tx.SetSetting("key", "value") },
		func(*store.Tx) error {
			var value string
			err := other.View(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Setting("key", &value)
				return err
			})
			if value != "value" {
				t.Errorf("setting = %q, %v", value, err)
			}
			return nil
		},
	)
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// More than fit into one commit all come through.
func TestManyUpdatesAtOnce(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	var fns []func(*store.Tx) error
	var ids []iam.LoginID
	for i := range 100 {
		ids = append(ids, iam.LoginID(fmt.Sprint("login-", i)))
		fns = append(fns, begins(ids[i]))
	}
	if err := errors.Join(together(t, db, fns...)...); err != nil {
		t.Fatal(err)
	}
	wantEqual(t, "committed", logins(t, db, ids...), ids)
}

// Where another program keeps the lock for longer than one waits for it, all who
// stand in line hear so with the first, not each after having waited in turn.
func TestNobodyWaitsInTurnForALock(t *testing.T) {
	t.Parallel()
	url := storetest.SQLiteURL(t)
	db, other := openSQLite(t, url), openSQLite(t, url)
	do(t, db, func(tx *store.Tx) error { _, err := tx.Exec("PRAGMA busy_timeout = 2000"); return err })
	locked, release := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		_ = other.Update(t.Context(), func(*store.Tx) error { close(locked); <-release; return nil })
	})
	<-locked
	const clients = 5
	errs := make(chan error, clients)
	for i := range clients {
		all.Go(func() { errs <- db.Update(t.Context(), begins(iam.LoginID(fmt.Sprint(i)))) })
	}
	inLine(db, clients-1)
	first := <-errs
	close(release)
	all.Wait()
	close(errs)
	for err := range errs {
		if first == nil || err == nil {
			t.Errorf("errors = %v, then %v: one who stood in line went on waiting", first, err)
		}
	}
	do(t, db, begins("later"))
}

// Look sees what was committed and what it shares the commit with, writes nothing,
// and answers also where an update of another program keeps the writer waiting.
func TestLook(t *testing.T) {
	t.Parallel()
	url := storetest.SQLiteURL(t)
	db, other := openSQLite(t, url), openSQLite(t, url)
	look := func(id iam.LoginID) error {
		return db.Look(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Login(id)
			return err
		})
	}
	do(t, db, begins("there"))
	if err := look("there"); err != nil {
		t.Error(err)
	}
	if err := look("nowhere"); !iam.IsNotFound(err) {
		t.Errorf("nowhere: %v", err)
	}
	for name, write := range map[string]func(*store.Tx) error{
		"exec":      begins("looked"),
		"returning": func(tx *store.Tx) error { _, err := tx.TakeAttempt([]byte("a"), []byte("b")); return err },
	} {
		if err := db.Look(t.Context(), write); err == nil || iam.IsNotFound(err) {
			t.Errorf("%s: Look wrote: %v", name, err)
		}
	}

	// In the queue.
	begun, goOn, seen := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		_ = db.Update(t.Context(), func(tx *store.Tx) error {
			close(begun)
			<-goOn
			return begins("shared")(tx)
		})
	}()
	<-begun
	go func() { seen <- look("there") }()
	close(goOn)
	if err := <-seen; err != nil {
		t.Error(err)
	}

	// Another program has the lock.
	begun, goOn = make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		_ = other.Update(t.Context(), func(*store.Tx) error {
			close(begun)
			<-goOn
			return nil
		})
	})
	<-begun
	all.Go(func() {
		if err := db.Update(t.Context(), begins("late")); err != nil {
			t.Error(err)
		}
	})
	for range 20 {
		if err := look("there"); err != nil {
			t.Error(err)
		}
	}
	close(goOn)
	all.Wait()
	if err := look("late"); err != nil {
		t.Error(err)
	}
}

// Whatever comes at once, in whatever order: what was answered well is there, once,
// what was refused, failed or panicked is not, and nobody waits for ever.
func TestEverythingAtOnce(t *testing.T) {
	t.Parallel()
	url := storetest.SQLiteURL(t)
	db, other := openSQLite(t, url), openSQLite(t, url)
	const clients, each = 24, 60
	type answer struct {
		id   iam.LoginID
		well bool
	}
	answers := make(chan answer, clients*each)
	var all sync.WaitGroup
	for client := range clients {
		all.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(client))) //nolint:gosec // the same each time
			for i := range each {
				id := iam.LoginID(fmt.Sprintf("%d-%d", client, i))
				switch what := random.IntN(10); what {
				case 0: // fails after it wrote
					err := db.Update(t.Context(), func(tx *store.Tx) error {
						if err := begins(id)(tx); err != nil {
							return err
						}
						return errors.New("wrong")
					})
					answers <- answer{id, err == nil}
				case 1: // panics after it wrote
					func() {
						defer func() { answers <- answer{id, recover() == nil} }()
						_ = db.Update(t.Context(), func(tx *store.Tx) error {
							if err := begins(id)(tx); err != nil {
								return err
							}
							panic("broken")
						})
					}()
				case 2: // refuses
					_ = db.Update(t.Context(), func(tx *store.Tx) error {
						_, err := tx.Login(id)
						return err
					})
				case 3: // changes the configuration
					if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.SetSetting(string(id), i) }); err != nil {
						t.Error(err)
					}
				case 4, 5:
					err := db.Look(t.Context(), func(tx *store.Tx) error {
						_, err := tx.Login(id)
						return err
					})
					if !iam.IsNotFound(err) {
						t.Errorf("look: %v", err)
					}
				case 6: // another program
					err := other.Update(t.Context(), begins(id))
					answers <- answer{id, err == nil}
				default:
					runs := 0
					err := db.Update(t.Context(), func(tx *store.Tx) error {
						runs++
						return begins(id)(tx)
					})
					if err != nil || runs > 2 {
						t.Errorf("update: %v after %d runs", err, runs)
					}
					answers <- answer{id, err == nil}
					if found := logins(t, db, id); len(found) != 1 {
						t.Errorf("%s was answered and is not there", id)
					}
				}
			}
		})
	}
	all.Wait()
	close(answers)
	for a := range answers {
		if there := len(logins(t, db, a.id)) == 1; there != a.well {
			t.Errorf("%s: there %v, answered well %v", a.id, there, a.well)
		}
	}
	do(t, db, begins("later"))
}
