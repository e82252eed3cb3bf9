// Package storetest gives tests a migrated store on a real engine. Nothing of
// the store is ever mocked.
//
//	db := storetest.New(t)                          // SQLite, in the test's own folder
//	db := storetest.New(t, storetest.On(&clock))    // the same, on a clock that the test sets
//	storetest.Each(t, func(t *testing.T, db *store.DB) { … }) // on SQLite and on PostgreSQL
//
// PostgreSQL is the server that SIGNET_TEST_POSTGRES names: the URL of one where
// databases may be created. Without it the test process starts a server of its
// own from what the system has installed, once, and takes it along when it ends
// (cluster.go). Every test gets a database that is dropped after it.
package storetest

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"signet/internal/store"
)

// Option changes how the store of a test is opened.
type Option = func(*store.Options)

// On lets the store live by the clock.
func On(c *Clock) Option { return func(o *store.Options) { o.Now = c.Now } }

// New returns a migrated SQLite store, closed and removed after the test.
func New(t testing.TB, options ...Option) *store.DB {
	t.Helper()
	return open(t, SQLiteURL(t), options)
}

// NewPostgreSQL returns a migrated PostgreSQL store of the test's own.
func NewPostgreSQL(t testing.TB, options ...Option) *store.DB {
	t.Helper()
	db := open(t, PostgreSQLURL(t), options)
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatalf("migrate the PostgreSQL store of the test: %v", err)
	}
	return db
}

// Each runs the test on SQLite and on PostgreSQL, each with a store of its own.
func Each(t *testing.T, test func(t *testing.T, db *store.DB), options ...Option) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, New(t, options...)) })
	t.Run("postgres", func(t *testing.T) { test(t, NewPostgreSQL(t, options...)) })
}

// SQLiteURL returns the URL of a migrated SQLite database in the test's folder,
// for a program that opens the store by itself.
func SQLiteURL(t testing.TB) string {
	t.Helper()
	content, err := migrated()
	if err != nil {
		t.Fatalf("make the SQLite store of the test: %v", err)
	}
	path := filepath.Join(t.TempDir(), "signet.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatalf("make the SQLite store of the test: %v", err)
	}
	return "sqlite:" + path
}

func open(t testing.TB, url string, options []Option) *store.DB {
	t.Helper()
	o := store.Options{URL: url, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	for _, option := range options {
		option(&o)
	}
	db, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatalf("open the store of the test: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close the store of the test: %v", err)
		}
	})
	return db
}

// migrated is the content of an empty SQLite database with all migrations, made
// once in a process: applying them again for each of a thousand tests would be
// most of the time that these take.
var migrated = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "signet-storetest-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.db")
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{URL: "sqlite:" + path})
	if err != nil {
		return nil, err
	}
	if _, err := db.Migrate(ctx); err != nil {
		_ = db.Close()
		return nil, err
	}
	// Closing the last connection folds the write-ahead log into the file.
	if err := db.Close(); err != nil {
		return nil, err
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the template: %w", err)
	}
	return content, nil
})
