package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"signet/internal/audit"
	"signet/internal/seal"
	"signet/internal/signing"
	"signet/internal/store"
)

// installation makes a data directory that has signed, and returns a backup of it into
// the folder, which need not be there.
func installation(t *testing.T) (data string, back func(args ...string) (said string, code int)) {
	t.Helper()
	data = t.TempDir()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	key, err := seal.LoadOrCreateKey(filepath.Join(data, "master.key"))
	ok(err)
	box, err := seal.NewBox(key)
	ok(err)
	db, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(data, "signet.db")})
	ok(err)
	defer db.Close()
	_, err = db.Migrate(t.Context())
	ok(err)
	_, err = (&signing.Ring{DB: db, Box: box, Log: &audit.Log{DB: db}}).Key(t.Context(), signing.ES256)
	ok(err)
	return data, func(args ...string) (string, int) {
		var said bytes.Buffer
		code := run(t.Context(), append([]string{"backup", "--data", data}, args...), streams{os.Stdin, &said, &said})
		return said.String(), code
	}
}

func wantNothingIn(t *testing.T, folder string) {
	t.Helper()
	found, err := os.ReadDir(folder)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Errorf("%s is left in %s", f.Name(), folder)
	}
}

// Nobody looks at a copy before they need it.
func TestBackupTakesNoKeyThatDoesNotOpenTheDatabase(t *testing.T) {
	_, back := installation(t)
	for what, text := range map[string]string{
		"the key of another installation": base64.StdEncoding.EncodeToString(make([]byte, seal.KeySize)) + "\n",
		"no key":                          "nothing\n",
	} {
		key, to := filepath.Join(t.TempDir(), "key"), filepath.Join(t.TempDir(), "copy")
		if err := os.WriteFile(key, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if said, code := back("--master-key-file", key, to); code != exitFailed || !strings.Contains(said, "is not the master key") {
			t.Errorf("%s: code %d\n%s", what, code, said)
		}
		wantNothingIn(t, to)
	}
}

// Whoever can write to the folder would have the database written into a file of theirs.
func TestBackupIsNobodyElses(t *testing.T) {
	_, back := installation(t)
	open := filepath.Join(t.TempDir(), "open")
	if err := os.Mkdir(open, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o777); err != nil { // whatever the umask is
		t.Fatal(err)
	}
	if said, code := back(open); code != exitDone {
		t.Fatalf("code %d\n%s", code, said)
	}
	if info, err := os.Stat(open); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	used := t.TempDir()
	if err := errors.Join(os.WriteFile(filepath.Join(used, "x"), nil, 0o600), os.Chmod(used, 0o755)); err != nil {
		t.Fatal(err)
	}
	if said, code := back(used); code != exitFailed {
		t.Errorf("into a folder that is used: code %d\n%s", code, said)
	}
	if info, err := os.Stat(used); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("a folder that is used is closed to others: %v, %v", info.Mode(), err)
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can give a folder away")
	}
	theirs := filepath.Join(t.TempDir(), "theirs")
	if err := os.Mkdir(theirs, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(theirs, 65534, 65534); err != nil {
		t.Skip(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(theirs, link); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{theirs, link} {
		if said, code := back(to); code != exitFailed || !strings.Contains(said, "belongs to somebody else") {
			t.Errorf("%s: code %d\n%s", to, code, said)
		}
	}
	wantNothingIn(t, theirs)
}

// A folder in which a copy failed holds nothing that looks like one, and takes the next.
func TestFailedBackupLeavesNothing(t *testing.T) {
	data, back := installation(t)
	long := filepath.Join(data, "tls", strings.Repeat("x", 250)) // for which the copy finds no name that is free
	if err := os.Mkdir(filepath.Dir(long), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(long, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "copy")
	if said, code := back(to); code != exitFailed {
		t.Fatalf("code %d\n%s", code, said)
	}
	wantNothingIn(t, to)
	if err := os.Remove(long); err != nil {
		t.Fatal(err)
	}
	if said, code := back(to); code != exitDone {
		t.Errorf("the next: code %d\n%s", code, said)
	}
}
