package store_test

import (
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

// nodes runs the test with two nodes on one SQLite database.
func nodes(t *testing.T, test func(t *testing.T, here, there *store.DB, clock *storetest.Clock)) {
	t.Helper()
	var clock storetest.Clock
	url := storetest.SQLiteURL(t)
	open := func() *store.DB {
		db, err := store.Open(t.Context(), store.Options{URL: url, Now: clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		return db
	}
	here := open()
	seed(t, here)
	test(t, here, open(), &clock)
}

func appName(id iam.AppID) func(*store.Tx) (string, error) {
	return func(tx *store.Tx) (string, error) {
		a, err := tx.App(id)
		return a.Name, err
	}
}

func rename(t *testing.T, db *store.DB, name string) {
	t.Helper()
	do(t, db, func(tx *store.Tx) error {
		a, err := tx.App("app-wiki")
		if err != nil {
			return err
		}
		a.Name = name
		return tx.UpdateApp(a)
	})
}

func TestConfigurationHoldsAtOnceHere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		for _, name := range []string{"one", "two", "three"} {
			_ = read(t, db, appName("app-wiki"))
			rename(t, db, name)
			wantEqual(t, "name", read(t, db, appName("app-wiki")), name)

			p := read(t, db, func(tx *store.Tx) (iam.Provider, error) { return tx.Provider("provider-health") })
			p.Name = name
			do(t, db, func(tx *store.Tx) error {
				return errors.Join(tx.UpdateProvider(p), tx.SetOffer("app-wiki", p.ID, 1, true))
			})
			offers := func(tx *store.Tx) ([]iam.Offer, error) { return tx.Offers("app-wiki") }
			if o := read(t, db, offers); len(o) != 1 || o[0].Provider.Name != name {
				t.Errorf("offers = %+v, want %q", o, name)
			}
			do(t, db, func(tx *store.Tx) error { return tx.DeleteOffer("app-wiki", p.ID) })
			if o := read(t, db, offers); len(o) != 0 {
				t.Errorf("offers = %+v, want none", o)
			}
		}
	})
}

func TestConfigurationHoldsSoonElsewhere(t *testing.T) {
	nodes(t, func(t *testing.T, here, there *store.DB, clock *storetest.Clock) {
		_ = read(t, there, appName("app-wiki"))
		rename(t, here, "new")
		clock.Advance(time.Second)
		wantEqual(t, "name after a second", read(t, there, appName("app-wiki")), "new")
		rename(t, here, "newer")
		clock.Advance(-time.Hour) // a clock that was set back keeps nothing alive
		wantEqual(t, "name on a clock set back", read(t, there, appName("app-wiki")), "newer")
	})
}

// Who changes what they read overwrites nobody's change, although what is read
// may be a second old.
func TestOldConfigurationIsNotWrittenBack(t *testing.T) {
	nodes(t, func(t *testing.T, here, there *store.DB, _ *storetest.Clock) {
		_ = read(t, there, appName("app-wiki"))
		do(t, here, func(tx *store.Tx) error {
			a, err := tx.App("app-wiki")
			a.CertificateOnly = true
			return errors.Join(err, tx.UpdateApp(a))
		})
		rename(t, there, "new")
		a := read(t, here, func(tx *store.Tx) (iam.App, error) { return tx.App("app-wiki") })
		if !a.CertificateOnly || a.Name != "new" {
			t.Errorf("only certificates %v, name %q: a change was lost", a.CertificateOnly, a.Name)
		}
	})
}

func TestRolledBackConfigurationIsForgotten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		boom := errors.New("boom")
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			a := application("wiki")
			a.Name = "never"
			if err := tx.UpdateApp(a); err != nil {
				return err
			}
			if a, err := tx.App(a.ID); err != nil || a.Name != "never" {
				t.Errorf("the transaction reads %q, %v, not what it wrote", a.Name, err)
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Fatal(err)
		}
		wantEqual(t, "name", read(t, db, appName("app-wiki")), "wiki")
	})
}

func TestCachedSecretsEndInTime(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		do(t, db, func(tx *store.Tx) error {
			return tx.InsertAppSecret(iam.AppSecret{ID: "1", App: "app-wiki", Hash: []byte{1}, CreatedAt: clock.Now(), ExpiresAt: clock.Now().Add(time.Millisecond)})
		})
		secrets := func(tx *store.Tx) ([]iam.AppSecret, error) { return tx.AppSecrets("app-wiki") }
		if n := len(read(t, db, secrets)); n != 1 {
			t.Fatalf("%d secrets, want 1", n)
		}
		clock.Advance(time.Millisecond)
		if n := len(read(t, db, secrets)); n != 0 {
			t.Errorf("%d secrets after their end", n)
		}
	})
}

func TestNobodyChangesWhatIsCached(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		do(t, db, func(tx *store.Tx) error {
			p, err := tx.Provider("provider-health")
			c := p.Settings.Certificate
			c.Assurance, c.Creation = []iam.AssuranceRule{{CA: "ours"}}, &iam.Creation{Authorities: []string{"ours"}}
			return errors.Join(err, tx.UpdateProvider(p), tx.SetOffer("app-wiki", "provider-health", 1, true),
				tx.InsertAppSecret(iam.AppSecret{ID: "1", App: "app-wiki", Hash: []byte{1}, CreatedAt: at(0)}))
		})
		type all struct {
			App      iam.App
			Provider iam.Provider
			Offers   []iam.Offer
			Secrets  []iam.AppSecret
		}
		look := func(tx *store.Tx) (found all, err error) {
			var errs [4]error
			found.App, errs[0] = tx.App("app-wiki")
			found.Provider, errs[1] = tx.Provider("provider-health")
			found.Offers, errs[2] = tx.Offers("app-wiki")
			found.Secrets, errs[3] = tx.AppSecrets("app-wiki")
			return found, errors.Join(errs[:]...)
		}
		written := func() string { // what is read may be what is remembered
			text, err := json.Marshal(read(t, db, look))
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		want := written()
		for range 2 { // what was just read, and what comes from the cache
			got := read(t, db, look)
			got.App.RedirectURIs[0], got.App.PostLogoutRedirectURIs[0] = "https://evil.example/", "https://evil.example/"
			got.Provider.Settings.Certificate.Anchors, got.Provider.Settings.Certificate.PolicyOIDs[0] = "EVIL", "6.6.6"
			got.Provider.Settings.Certificate.Assurance[0].CA, got.Provider.Settings.Certificate.Creation.Accepted = "EVIL", true
			got.Provider.Settings.Certificate.Creation.Authorities[0] = "EVIL"
			got.Offers[0].Provider.Settings.Certificate.Anchors, got.Offers[0].Main = "EVIL", false
			got.Secrets[0].Hash[0] = 66
			wantEqual(t, "configuration", written(), want)
		}
	})
}

// A read that began before a change must not be kept after it.
func TestCacheNeverGoesBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		var wg sync.WaitGroup
		stop := make(chan struct{})
		for range 4 {
			wg.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
						_ = db.View(t.Context(), func(tx *store.Tx) error { _, err := tx.App("app-wiki"); return err })
					}
				}
			})
		}
		for i := range 50 {
			name := string(rune('A' + i%26))
			rename(t, db, name)
			if got := read(t, db, appName("app-wiki")); got != name {
				t.Errorf("name = %q after it was changed to %q", got, name)
			}
		}
		close(stop)
		wg.Wait()
	})
}

// A transaction of PostgreSQL sees the rows as they were when it began. What it reads
// after a change has been answered is remembered by nobody.
func TestAnOldSnapshotIsNotRemembered(t *testing.T) {
	db := storetest.NewPostgreSQL(t)
	seed(t, db)
	do(t, db, func(tx *store.Tx) error {
		if _, err := tx.Login("none"); !iam.IsNotFound(err) { // takes its snapshot
			return err
		}
		rename(t, db, "new")
		_, err := tx.App("app-wiki")
		return err
	})
	wantEqual(t, "name", read(t, db, appName("app-wiki")), "new")
}
