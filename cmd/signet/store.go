package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"signet/internal/config"
	"signet/internal/store"
)

// openMigrated opens a database that is there and has the schema of this program.
func openMigrated(ctx context.Context, c config.Store) (*store.DB, error) {
	db, err := openExisting(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := db.CheckMigrated(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// openExisting opens a database that is there.
func openExisting(ctx context.Context, c config.Store) (*store.DB, error) {
	if err := mustExist(c); err != nil {
		return nil, err
	}
	return openStore(ctx, c)
}

func openStore(ctx context.Context, c config.Store) (*store.DB, error) {
	return store.Open(ctx, store.Options{URL: c.URL(), Synchronous: c.Synchronous})
}

// makeDataDir makes the data directory, for its owner only.
func makeDataDir(c config.Store) error {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return hint(fmt.Errorf("make data directory: %w", err), "choose another with --data")
	}
	return nil
}

// mustExist refuses an SQLite database that is not there: opening it would make
// an empty one in the wrong place.
func mustExist(c config.Store) error {
	file, ok := strings.CutPrefix(c.URL(), "sqlite:")
	if !ok {
		return nil
	}
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return hint(fmt.Errorf("there is no database %s", file), "name the data directory of the server with --data, or the database with --database")
	}
	return nil
}
