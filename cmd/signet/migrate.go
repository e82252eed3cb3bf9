package main

import (
	"context"
	"fmt"

	"signet/internal/config"
)

// migrateCommand brings the database to the newest schema. `serve` does the
// same when it starts; the command is for those who want it to happen before.
type migrateCommand struct {
	config.Store `embed:""`

	Status bool `help:"Only list the migrations and whether they have been applied."`
}

// Run migrates.
func (c *migrateCommand) Run(ctx context.Context, s streams) error {
	if c.Status {
		return c.list(ctx, s)
	}
	if err := makeDataDir(c.Store); err != nil {
		return err
	}
	db, err := openStore(ctx, c.Store)
	if err != nil {
		return err
	}
	defer db.Close()
	applied, err := db.Migrate(ctx)
	for _, name := range applied {
		fmt.Fprintf(s.out, "applied\t%s\n", name)
	}
	if err == nil && len(applied) == 0 {
		fmt.Fprintln(s.err, "signet: nothing to do, the schema is up to date")
	}
	return err
}

func (c *migrateCommand) list(ctx context.Context, s streams) error {
	db, err := openExisting(ctx, c.Store)
	if err != nil {
		return err
	}
	defer db.Close()
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
