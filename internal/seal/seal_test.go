package seal_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"signet/internal/seal"
)

func newBox(t *testing.T) *seal.Box {
	t.Helper()
	key, err := seal.LoadOrCreateKey(filepath.Join(t.TempDir(), "sub", "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	box, err := seal.NewBox(key)
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func TestSealedOpensOnlyWhereItBelongs(t *testing.T) {
	box := newBox(t)
	sealed := box.Seal([]byte("private"), "signing key 1")
	if bytes.Contains(sealed, []byte("private")) {
		t.Fatal("the plain text stands in what was sealed")
	}
	if plain, err := box.Open(sealed, "signing key 1"); err != nil || string(plain) != "private" {
		t.Fatalf("Open = %q, %v", plain, err)
	}
	if _, err := box.Open(sealed, "signing key 2"); err == nil {
		t.Error("opened in another place")
	}
	if _, err := newBox(t).Open(sealed, "signing key 1"); err == nil {
		t.Error("opened with another key")
	}
	sealed[len(sealed)-1] ^= 1
	if _, err := box.Open(sealed, "signing key 1"); err == nil {
		t.Error("opened after it was changed")
	}
	if _, err := box.Open(nil, "signing key 1"); err == nil {
		t.Error("opened nothing")
	}
}

func TestMasterKeyIsMadeOnceAndPrivate(t *testing.T) {
	file := filepath.Join(t.TempDir(), "master.key")
	first, err := seal.LoadOrCreateKey(file)
	if err != nil {
		t.Fatal(err)
	}
	second, err := seal.LoadOrCreateKey(file)
	if err != nil || !bytes.Equal(first, second) {
		t.Fatalf("second start: %v, equal %v", err, bytes.Equal(first, second))
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
}

func TestGarbledMasterKeyIsRefusedByName(t *testing.T) {
	file := filepath.Join(t.TempDir(), "master.key")
	if err := os.WriteFile(file, []byte("c2hvcnQ=\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.LoadOrCreateKey(file); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("error %v does not name the file", err)
	}
}
