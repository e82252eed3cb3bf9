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

// migrateCommand brings the database to the newest schema. `serve` does the
// same when it starts; the command is for those who want it to happen before.
type migrateCommand struct {
	config.Store `embed:""`

	Status bool `help:"Only list the migrations and whether they have been applied."`
}

// Run migrates.
func (c *migrateCommand) Run(ctx context.Context, s streams) error {
	if !c.Status {
		if err := makeDataDir(c.Store); err != nil {
			return err
		}
	} else if err := mustExist(c.Store); err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Options{URL: c.URL(), Synchronous: c.Synchronous})
	if err != nil {
		return err
	}
	defer db.Close()
	if c.Status {
		states, err := db.Migrations(ctx)
		if err != nil {
			return err
		}
		for _, m := range states {
			state := "pending"
			if m.Applied {
				state = "applied"
			}
			fmt.Fprintf(s.out, "%s\t%s\n", state, m.Name)
		}
		return nil
	}
	applied, err := db.Migrate(ctx)
	for _, name := range applied {
		fmt.Fprintf(s.out, "applied\t%s\n", name)
	}
	if err == nil && len(applied) == 0 {
		fmt.Fprintln(s.err, "signet: nothing to do, the schema is up to date")
	}
	return err
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
