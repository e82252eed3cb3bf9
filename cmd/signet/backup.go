package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"signet/internal/ca"
	"signet/internal/config"
	"signet/internal/seal"
	"signet/internal/signing"
	"signet/internal/store"
)

// backupCommand copies what an installation on SQLite needs to live again, while it
// runs. The folder that it makes is a data directory.
type backupCommand struct {
	config.Store `embed:""`

	To            string `arg:"" placeholder:"FOLDER" help:"Folder for the copy; it must not exist yet, or be empty."`
	MasterKeyFile string `group:"Data" env:"SIGNET_MASTER_KEY_FILE" placeholder:"FILE" help:"File of the master key. Default: master.key in the data directory."`
	WithoutKey    bool   `help:"Leave the master key out, for whoever keeps it elsewhere: the copy is useless without it, also to a thief."`
}

// Run backs up.
func (c *backupCommand) Run(ctx context.Context, s streams) error {
	db, err := openExisting(ctx, c.Store)
	if err != nil {
		return err
	}
	defer db.Close()
	if db.Engine() != store.SQLite {
		return hint(errors.New("this database is backed up by the tools of its server, such as pg_dump"), "keep a copy of the master key with it: without it no secret in the database can be read")
	}
	if err := db.CheckMigrated(ctx); err != nil {
		return err
	}
	files, err := c.secrets(ctx, db)
	if err != nil {
		return err
	}
	folder, err := c.makeFolder()
	if err != nil {
		return err
	}
	if err := write(ctx, db, folder, files); err != nil {
		return err
	}
	copied := filepath.Join(c.To, databaseFile)
	info, err := os.Stat(copied)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s\t%d bytes, examined\n", copied, info.Size())
	for _, f := range files {
		fmt.Fprintf(s.out, "%s\t%d bytes\n", filepath.Join(c.To, f.name), len(f.content))
	}
	if c.WithoutKey {
		fmt.Fprintln(s.err, "signet: without the master key: to start from this copy, put it there as master.key, or name it with --master-key-file")
	} else {
		fmt.Fprintln(s.err, "signet: the copy holds the master key: keep it as safe as the server")
	}
	return nil
}

// write writes the database last: where it is there, all of it is. Of what failed nothing
// is left, which somebody could take for a copy.
func write(ctx context.Context, db *store.DB, folder string, files []keptFile) (err error) {
	defer func() {
		if err == nil {
			return
		}
		for _, f := range files {
			_ = os.Remove(filepath.Join(folder, f.name)) // the first error is the one to tell
		}
		_ = os.Remove(filepath.Join(folder, tlsFolder))
	}()
	for _, f := range files {
		if err := ca.WriteFile(filepath.Join(folder, f.name), f.content); err != nil {
			return err
		}
	}
	return db.Backup(ctx, filepath.Join(folder, databaseFile))
}

// makeFolder makes the folder of the copy, returns what it is really called, and sees
// that nobody else can write there: whoever could would have us write the database into
// a file of theirs. What is in it already is not ours to overwrite: it may be the only
// good copy.
func (c *backupCommand) makeFolder() (folder string, err error) {
	if folder, err = filepath.Abs(c.To); err == nil {
		err = os.MkdirAll(filepath.Dir(folder), 0o700)
	}
	if err != nil {
		return "", fmt.Errorf("make folder: %w", err)
	}
	made := os.Mkdir(folder, 0o700)
	// Once and for all: a link can lead elsewhere a moment later.
	if folder, err = filepath.EvalSymlinks(folder); err != nil {
		return "", fmt.Errorf("make folder: %w", cmp.Or(made, err))
	}
	if made == nil {
		return folder, nil
	}
	info, err := os.Stat(folder)
	if err == nil && !info.IsDir() {
		err = made // a file is in its place
	}
	if err != nil {
		return "", fmt.Errorf("make folder: %w", err)
	}
	another := "name a folder that does not exist, such as one with the date in its name"
	if !ours(info) {
		return "", hint(fmt.Errorf("%s belongs to somebody else", c.To), "%s", another)
	}
	// Twice: what is in use is not closed to others, and nothing comes in afterwards.
	for _, closed := range []bool{info.Mode().Perm()&0o077 == 0, true} {
		found, err := os.ReadDir(folder)
		if err != nil {
			return "", err
		}
		if len(found) > 0 {
			return "", hint(fmt.Errorf("%s is not empty", c.To), "%s", another)
		}
		if closed {
			break
		}
		if err := os.Chmod(folder, 0o700); err != nil {
			return "", hint(fmt.Errorf("close the folder to others: %w", err), "%s", another)
		}
	}
	return folder, nil
}

// keptFile is a file of the copy beside the database.
type keptFile struct {
	name    string
	content []byte
}

// What is in a data directory: the database, and the folder of the development CA.
const (
	databaseFile = "signet.db"
	tlsFolder    = "tls"
)

// secrets are the files of the data directory that are not in the database: the master
// key, and the development CA where there is one.
func (c *backupCommand) secrets(ctx context.Context, db *store.DB) (files []keptFile, err error) {
	if !c.WithoutKey {
		file := c.MasterKeyFile
		if file == "" {
			file = filepath.Join(c.Data, "master.key")
		}
		key, err := os.ReadFile(file)
		if err != nil {
			return nil, hint(fmt.Errorf("read the master key: %w", err), "name its file with --master-key-file; where it is in the environment only, say --without-key and keep it elsewhere")
		}
		if err := opens(ctx, db, key); err != nil {
			return nil, hint(fmt.Errorf("%s is not the master key of this database: %w", file, err), "name its file with --master-key-file; where it is in the environment only, say --without-key and keep it elsewhere")
		}
		files = append(files, keptFile{"master.key", key})
	}
	folder := filepath.Join(c.Data, tlsFolder)
	found, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, f := range found {
		if !f.Type().IsRegular() {
			continue
		}
		content, err := os.ReadFile(filepath.Join(folder, f.Name()))
		if err != nil {
			return nil, err
		}
		files = append(files, keptFile{filepath.Join(tlsFolder, f.Name()), content})
	}
	return files, nil
}

// opens tries a master key on the database: with another one the copy would be lost, and
// nobody would know before they need it.
func opens(ctx context.Context, db *store.DB, text []byte) error {
	key, err := seal.ParseKey(string(text))
	if err != nil {
		return err
	}
	box, err := seal.NewBox(key)
	if err != nil {
		return err
	}
	_, err = (&signing.Ring{DB: db, Box: box}).JWKS(ctx)
	return err
}
