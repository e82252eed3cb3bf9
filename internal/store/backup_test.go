package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

func TestBackupIsWholeWhileOthersWrite(t *testing.T) {
	db := storetest.New(t)
	seed(t, db)
	stop, written := make(chan struct{}), make(chan int)
	go func() {
		n := 0
		for ; ; n++ {
			select {
			case <-stop:
				written <- n
				return
			default:
			}
			u := person("carol")
			u.ID, u.Login = iam.UserID(iam.NewID()), iam.NewID()
			if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.InsertUser(u) }); err != nil {
				t.Errorf("a write beside the backup: %v", err)
			}
		}
	}()
	file := filepath.Join(t.TempDir(), "copy.db")
	err := db.Backup(t.Context(), file)
	close(stop)
	if n := <-written; n == 0 {
		t.Log("nothing was written meanwhile")
	}
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v: others can read who signs in", info.Mode(), err)
	}
	copied, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + file})
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if err := copied.CheckMigrated(t.Context()); err != nil {
		t.Error(err)
	}
	if u := read(t, copied, func(tx *store.Tx) (iam.User, error) { return tx.User("user-alice") }); u.Login != "alice" {
		t.Errorf("the copy has %+v", u)
	}
}

func TestBackupOverwritesNothing(t *testing.T) {
	db := storetest.New(t)
	file := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := db.Backup(t.Context(), file); !errors.Is(err, os.ErrExist) {
		t.Errorf("a file that is there: %v", err)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "precious" {
		t.Errorf("it is now %q, %v", text, err)
	}
}

func TestBackupOfPostgreSQLIsNotOurs(t *testing.T) {
	db := storetest.NewPostgreSQL(t)
	if err := db.Backup(t.Context(), filepath.Join(t.TempDir(), "copy.db")); !errors.Is(err, store.ErrNoFile) {
		t.Errorf("%v, want ErrNoFile", err)
	}
}

// SQLite would take a name that begins with "file:" for an address, with settings in it.
func TestBackupTakesNamesAsTheyAre(t *testing.T) {
	db := storetest.New(t)
	t.Chdir(t.TempDir())
	for _, name := range []string{"file:copy.db", "file:copy.db?mode=memory", "copy%41.db", "copy#.db"} {
		if err := db.Backup(t.Context(), name); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		file, err := filepath.Abs(name)
		if err != nil {
			t.Fatal(err)
		}
		copied, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + file})
		if err != nil {
			t.Fatal(err)
		}
		if err := copied.CheckMigrated(t.Context()); err != nil {
			t.Errorf("%s is no copy: %v", name, err)
		}
		if err := copied.Close(); err != nil {
			t.Error(err)
		}
	}
}
