package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"signet/internal/ca"
	"signet/internal/config"
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
	if err := mustExist(c.Store); err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Options{URL: c.URL(), Synchronous: c.Synchronous})
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
	if err := c.makeFolder(); err != nil {
		return err
	}
	files, err := c.secrets()
	if err != nil {
		return err
	}
	copied := filepath.Join(c.To, "signet.db")
	if err := db.Backup(ctx, copied); err != nil {
		return err
	}
	for _, f := range files {
		if err := ca.WriteFile(filepath.Join(c.To, f.name), f.content); err != nil {
			return err
		}
	}
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

// makeFolder makes the folder of the copy. What is in it already is not ours to
// overwrite: it may be the only good copy.
func (c *backupCommand) makeFolder() error {
	if err := os.MkdirAll(c.To, 0o700); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	found, err := os.ReadDir(c.To)
	if err != nil {
		return err
	}
	if len(found) > 0 {
		return hint(fmt.Errorf("%s is not empty", c.To), "name a folder that does not exist, such as one with the date in its name")
	}
	return nil
}

// keptFile is a file of the copy beside the database.
type keptFile struct {
	name    string
	content []byte
}

// secrets are the files of the data directory that are not in the database: the master
// key, and the development CA where there is one.
func (c *backupCommand) secrets() (files []keptFile, err error) {
	if !c.WithoutKey {
		file := c.MasterKeyFile
		if file == "" {
			file = filepath.Join(c.Data, "master.key")
		}
		key, err := os.ReadFile(file)
		if err != nil {
			return nil, hint(fmt.Errorf("read the master key: %w", err), "name its file with --master-key-file; where it is in the environment only, say --without-key and keep it elsewhere")
		}
		files = append(files, keptFile{"master.key", key})
	}
	folder := filepath.Join(c.Data, "tls")
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
		files = append(files, keptFile{filepath.Join("tls", f.Name()), content})
	}
	return files, nil
}
