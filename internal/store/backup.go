package store

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// ErrNoFile says that the database is not a file of ours: its server has tools that
// back it up.
var ErrNoFile = errors.New("the database is not SQLite")

// Backup writes a copy of an SQLite database into a file that must not exist yet: as it
// is at one moment, while others go on reading and writing. The copy is examined before
// it is called good.
func (db *DB) Backup(ctx context.Context, file string) (err error) {
	if db.engine != SQLite {
		return ErrNoFile
	}
	// An empty file is taken as if there were none, and this one only its owner can read.
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	defer func() {
		err = errors.Join(err, f.Close())
		if err != nil {
			_ = os.Remove(file) // half a copy is none
		}
	}()
	if _, err := db.sql.ExecContext(ctx, `VACUUM INTO $1`, file); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return examine(ctx, file)
}

// examine has SQLite look whether a database is whole.
func examine(ctx context.Context, file string) error {
	copied, err := Open(ctx, Options{URL: "sqlite:" + file})
	if err != nil {
		return err
	}
	defer copied.Close()
	var found string
	if err := copied.sql.QueryRowContext(ctx, `PRAGMA integrity_check`).Scan(&found); err != nil {
		return fmt.Errorf("examine the copy: %w", err)
	}
	if found != "ok" {
		return fmt.Errorf("examine the copy: %s", found)
	}
	return nil
}
