package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/smallstep/truststore"

	"signet/internal/ca"
)

// trustedFile remembers which stores the server CA was put into: its fingerprint,
// and below it their names.
const trustedFile = "trusted"

// trustStore is a place where certificates are trusted.
type trustStore struct {
	name string
	// asks is true where a change may ask for an administrator's password: it is
	// changed once.
	asks                 bool
	trusts, trustsNoMore string
	install, uninstall   func() error
}

func (f *Folder) stores() []trustStore {
	cert := f.Server.Certificate
	browsers := []truststore.Option{truststore.WithFirefox(), truststore.WithNoSystem()}
	return []trustStore{
		{
			"system", true, "trusts the demo's server CA", "no longer trusts the demo's server CA",
			func() error { return truststore.Install(cert) }, func() error { return truststore.Uninstall(cert) },
		},
		{
			"browsers", false, "trust the demo's server CA; restart those that are open", "no longer trust the demo's server CA",
			func() error { return browserStores(func() error { return truststore.Install(cert, browsers...) }) },
			func() error { return browserStores(func() error { return truststore.Uninstall(cert, browsers...) }) },
		},
	}
}

// Trusted reports whether browsers can be expected to trust the present server CA:
// those of Linux have stores of their own, others go by the system's.
func (f *Folder) Trusted() bool {
	stores := f.trustedStores()
	return slices.Contains(stores, "browsers") || runtime.GOOS != "linux" && slices.Contains(stores, "system")
}

// trustedStores are the stores that Trust has put the present server CA into.
func (f *Folder) trustedStores() []string {
	text, err := os.ReadFile(f.file(trustedFile))
	lines := strings.Fields(string(text))
	if err != nil || len(lines) == 0 || lines[0] != f.fingerprint() {
		return nil
	}
	return lines[1:]
}

func (f *Folder) fingerprint() string {
	sum := sha256.Sum256(f.Server.Certificate.Raw)
	return hex.EncodeToString(sum[:])
}

// Trust puts the demo's server CA into the stores of the system and of the
// browsers and tells of each how it went. It fails only if all do: a system
// without a browser, and a person who may not change the system, are usual. It can
// be repeated, for a browser that was not there before.
func (f *Folder) Trust(w io.Writer) error { return f.trust(w, f.stores()) }

func (f *Folder) trust(w io.Writer, stores []trustStore) error {
	before := f.trustedStores()
	trusted := []string{f.fingerprint()}
	for _, s := range stores {
		var err error
		if !s.asks || !slices.Contains(before, s.name) {
			err = s.install()
		}
		tell(w, s.name, s.trusts, err)
		if err == nil {
			trusted = append(trusted, s.name)
		}
	}
	if len(trusted) == 1 {
		return fmt.Errorf("trust the demo's server CA: no store could be changed")
	}
	return ca.WriteFile(f.file(trustedFile), []byte(strings.Join(trusted, "\n")+"\n"))
}

// Untrust takes the server CA out of the stores again.
func (f *Folder) Untrust(w io.Writer) error {
	var failed []error
	for _, s := range f.stores() {
		err := s.uninstall()
		if errors.Is(err, errNoBrowserStore) {
			err = nil // where there is no store there is nothing to take out
		}
		tell(w, s.name, s.trustsNoMore, err)
		failed = append(failed, err)
	}
	if err := errors.Join(failed...); err != nil {
		return fmt.Errorf("untrust the demo's server CA: %w", err)
	}
	if err := os.Remove(f.file(trustedFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("untrust the demo's server CA: %w", err)
	}
	return nil
}

var (
	errNoBrowserStore = errors.New("no certificate store of Firefox or Chromium found: open the browser once, then repeat")
	errNoCertutil     = errors.New("certutil is missing: install libnss3-tools (nss-tools, brew install nss), then repeat")
)

// browserStores changes the stores of Firefox and Chromium (NSS). The library
// leaves out what it cannot reach without a word, so it is asked before.
func browserStores(change func() error) error {
	nss, err := truststore.NewNSSTrust()
	if err != nil {
		return errNoCertutil
	}
	if nss.PreCheck() != nil {
		return errNoBrowserStore
	}
	return change()
}

func tell(w io.Writer, store, done string, err error) {
	if err != nil {
		fmt.Fprintf(w, "  %-9s not changed: %v\n", store, err)
		return
	}
	fmt.Fprintf(w, "  %-9s %s\n", store, done)
}
