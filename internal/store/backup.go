package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrNoFile says that the database is not a file of ours: its server has tools that
// back it up.
var ErrNoFile = errors.New("the database is not SQLite")

// Backup writes a copy of an SQLite database into a file that must not exist yet: as it
// is at one moment, while others go on reading and writing. The copy is examined before
// it is called good, and has its name from then on only: one that was interrupted is
// taken for none.
func (db *DB) Backup(ctx context.Context, file string) (err error) {
	if db.engine != SQLite {
		return ErrNoFile
	}
	// To SQLite a relative name that begins with "file:" is an address.
	if file, err = filepath.Abs(file); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("back up: %s: %w", file, cmp.Or(err, fs.ErrExist))
	}
	partial := file + ".partial"
	// An empty file is taken as if there were none, and this one only its owner can read.
	f, err := os.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	defer func() {
		err = errors.Join(err, f.Close())
		if err == nil {
			err = os.Rename(partial, file)
		}
		if err != nil {
			_ = os.Remove(partial) // half a copy is none
		}
	}()
	if _, err := db.sql.ExecContext(ctx, `VACUUM INTO $1`, partial); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return examine(ctx, partial)
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
