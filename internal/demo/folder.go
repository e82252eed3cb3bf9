package demo

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"signet/internal/ca"
)

// Folder is the folder of a demo, with everything in it that is not a row of
// the database. A second start finds what the first one made, so that a
// certificate that was imported into a browser goes on working.
type Folder struct {
	Dir     string
	Server  *ca.Development
	Clients *ca.Authority
	// Leaves are the certificates of the cast by login, and Fresh those that
	// this start has made.
	Leaves map[string]*ca.Leaf
	Fresh  map[string]bool

	state        state
	newPasswords map[string]bool // by login: this start has made them
}

// state is what the demo must be able to say again, although the database keeps
// only hashes of it.
type state struct {
	Passwords     map[string]string `json:"passwords"`      // by login
	ClientSecrets map[string]string `json:"client_secrets"` // by client id
}

// The names of files in the folder.
const (
	clientCAFile    = "client-ca.pem"
	clientCAKeyFile = "client-ca-key.pem"
	stateFile       = "state.json"
)

// serverHosts are what the demo's server CA can issue for, and nothing else:
// whoever trusts it trusts it for names that never leave their own machine
// (RFC 6761, section 6.3).
func serverHosts() []string { return []string{"localhost"} }

// OpenFolder opens the folder of a demo and makes what is missing in it.
func OpenFolder(dir string, now time.Time) (*Folder, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open demo folder: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open demo folder: %w", err)
	}
	f := &Folder{Dir: dir, Leaves: map[string]*ca.Leaf{}, Fresh: map[string]bool{}, newPasswords: map[string]bool{}}
	if f.Server, err = ca.OpenDevelopment(dir, "Signet demo server CA", serverHosts(), now); err != nil {
		return nil, fmt.Errorf("open demo folder: %w", err)
	}
	// Older than any certificate that it issues: dave's ended a month ago.
	f.Clients, err = ca.LoadOrNew(f.file(clientCAFile), f.file(clientCAKeyFile), ca.Options{
		Name: "Signet demo client CA", Organization: Organization, NotBefore: now.AddDate(-3, 0, 0), NotAfter: now.AddDate(10, 0, 0),
	})
	if err != nil {
		return nil, fmt.Errorf("open demo folder: %w", err)
	}
	if err := f.openState(); err != nil {
		return nil, err
	}
	for _, p := range Cast() {
		if !p.Admin {
			if err := f.issue(p, now); err != nil {
				return nil, err
			}
		}
	}
	return f, nil
}

func (f *Folder) file(name string) string { return filepath.Join(f.Dir, name) }

// Read reads a file of the folder.
func (f *Folder) Read(name string) ([]byte, error) { return os.ReadFile(f.file(filepath.Base(name))) }

// DatabaseURL is the database of the demo.
func (f *Folder) DatabaseURL() string { return "sqlite:" + f.file("signet.db") }

// MasterKeyFile is the master key of the demo.
func (f *Folder) MasterKeyFile() string { return f.file("master.key") }

// Forget removes the database, so that everything that people did is undone.
// Certificates, passwords and CAs stay.
func Forget(dir string) error {
	for _, name := range []string{"signet.db", "signet.db-wal", "signet.db-shm"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("forget the demo: %w", err)
		}
	}
	return nil
}

// issue gives a person a certificate, or finds the one that they have.
func (f *Folder) issue(p Person, now time.Time) error {
	certificate, key, p12 := f.file(p.Login+".pem"), f.file(p.Login+"-key.pem"), f.file(p.Login+".p12")
	// An expired one that somebody else's clock made may not be expired here.
	fits := func(l *ca.Leaf) bool {
		return l.Certificate.CheckSignatureFrom(f.Clients.Certificate) == nil && p.Expired == l.Certificate.NotAfter.Before(now.AddDate(0, 0, 7))
	}
	if l, err := ca.LoadLeaf(certificate, key); err == nil && fits(l) {
		if _, err := os.Stat(p12); err == nil {
			f.Leaves[p.Login] = l
			return nil
		}
	}
	from, until := now.Add(-time.Hour), now.AddDate(2, 0, 0)
	if p.Expired {
		from, until = now.AddDate(-1, -1, 0), now.AddDate(0, -1, 0)
	}
	l, err := f.Clients.IssueClient(ca.Person{Name: p.Name, Organization: Organization, Email: p.Email}, from, until)
	if err != nil {
		return fmt.Errorf("issue certificate of %s: %w", p.Login, err)
	}
	packed, err := l.PKCS12(P12Password)
	if err != nil {
		return fmt.Errorf("issue certificate of %s: %w", p.Login, err)
	}
	if err := errors.Join(ca.WriteFile(p12, packed), l.Save(certificate, key)); err != nil {
		return fmt.Errorf("issue certificate of %s: %w", p.Login, err)
	}
	f.Leaves[p.Login], f.Fresh[p.Login] = l, true
	return nil
}

// openState reads the passwords, making those that are missing, and writes them
// down before anybody gets one.
func (f *Folder) openState() error {
	text, err := os.ReadFile(f.file(stateFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("open demo folder: %w", err)
	}
	if err == nil {
		if err := json.Unmarshal(text, &f.state); err != nil {
			return fmt.Errorf("open demo folder: read %s: %w", f.file(stateFile), err)
		}
	}
	if f.state.Passwords == nil {
		f.state.Passwords = map[string]string{}
	}
	if f.state.ClientSecrets == nil {
		f.state.ClientSecrets = map[string]string{}
	}
	for _, p := range Cast() {
		if f.state.Passwords[p.Login] == "" {
			f.state.Passwords[p.Login], f.newPasswords[p.Login] = newPassword(), true
		}
	}
	return f.saveState()
}

func (f *Folder) saveState() error {
	text, err := json.MarshalIndent(f.state, "", "  ")
	if err != nil {
		return fmt.Errorf("save demo state: %w", err)
	}
	return ca.WriteFile(f.file(stateFile), append(text, '\n'))
}

// Password returns the password of a person.
func (f *Folder) Password(login string) string { return f.state.Passwords[login] }

// newPassword returns 60 random bits that can be typed from the screen.
func newPassword() string {
	text := strings.ToLower(rand.Text())
	return text[0:4] + "-" + text[4:8] + "-" + text[8:12]
}
