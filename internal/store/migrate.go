package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// MigrationState is one migration and whether it has been applied.
type MigrationState struct {
	Version int64
	Name    string
	Applied bool
}

// Migrate brings the schema to the newest version and returns the names of what
// it applied. Each migration runs in a transaction of its own. Several nodes may
// start at once: the loser of the race finds the work done.
func (db *DB) Migrate(ctx context.Context) ([]string, error) {
	var names []string
	var err error
	for try := range 10 {
		var applied []string
		applied, err = db.migrateOnce(ctx)
		names = append(names, applied...)
		if err == nil || ctx.Err() != nil {
			break
		}
		// Another node may have created the same table between our look and our
		// try, and may still be at the next migration: look again. There is no
		// lock to take that every engine of this dialect has.
		db.log.DebugContext(ctx, "migration failed, trying again", "try", try+1, "error", err)
		time.Sleep(rand.N(20 * time.Millisecond << min(try, 4)))
	}
	if err != nil {
		return names, fmt.Errorf("migrate: %w", err)
	}
	return names, nil
}

// migrateOnce returns what it applied, also where it failed half-way.
func (db *DB) migrateOnce(ctx context.Context) ([]string, error) {
	provider, err := db.migrator()
	if err != nil {
		return nil, err
	}
	results, err := provider.Up(ctx)
	var partial *goose.PartialError
	if errors.As(err, &partial) {
		results = partial.Applied
	}
	var names []string
	for _, r := range results {
		names = append(names, r.Source.Path)
	}
	return names, err
}

// Migrations lists every migration of this program and whether the database
// has it.
func (db *DB) Migrations(ctx context.Context) ([]MigrationState, error) {
	provider, err := db.migrator()
	if err != nil {
		return nil, err
	}
	statuses, err := provider.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	var states []MigrationState
	for _, s := range statuses {
		states = append(states, MigrationState{s.Source.Version, s.Source.Path, s.State == goose.StateApplied})
	}
	return states, nil
}

// ErrPending says that the schema is older than the program.
var ErrPending = errors.New("the database schema is older than this program: run `signet migrate`")

// CheckMigrated returns ErrPending where migrations are missing.
func (db *DB) CheckMigrated(ctx context.Context) error {
	provider, err := db.migrator()
	if err != nil {
		return err
	}
	pending, err := provider.HasPending(ctx)
	if err != nil {
		return fmt.Errorf("check migrations: %w", err)
	}
	if pending {
		return ErrPending
	}
	return nil
}

func (db *DB) migrator() (*goose.Provider, error) {
	dialect := goose.DialectSQLite3
	if db.engine == PostgreSQL {
		dialect = goose.DialectPostgres
	}
	files, err := fs.Sub(migrations, "migrations/"+string(db.engine))
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	provider, err := goose.NewProvider(dialect, db.sql, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("prepare migrations: %w", err)
	}
	return provider, nil
}
