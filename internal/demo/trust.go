package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/smallstep/truststore"

	"signet/internal/ca"
)

// trustedFile remembers that the server CA was put into the stores, by its
// fingerprint: asking every store again would ask for the administrator's
// password again.
const trustedFile = "trusted"

// Trusted reports whether Trust has put the present server CA into a store.
func (f *Folder) Trusted() bool {
	text, err := os.ReadFile(f.file(trustedFile))
	return err == nil && strings.TrimSpace(string(text)) == f.fingerprint()
}

func (f *Folder) fingerprint() string {
	sum := sha256.Sum256(f.Server.Certificate.Raw)
	return hex.EncodeToString(sum[:])
}

// Trust puts the demo's server CA into the stores of the system and of the
// browsers and tells of each how it went. It fails only if all do: a system
// without a browser, and a person who may not change the system, are usual.
func (f *Folder) Trust(w io.Writer) error {
	cert := f.Server.Certificate
	system := truststore.Install(cert)
	tell(w, "system", "trusts the demo's server CA", system)
	browsers := browserStores(func() error { return truststore.Install(cert, truststore.WithFirefox(), truststore.WithNoSystem()) })
	tell(w, "browsers", "trust the demo's server CA; restart those that are open", browsers)
	if system != nil && browsers != nil {
		return fmt.Errorf("trust the demo's server CA: no store could be changed")
	}
	return ca.WriteFile(f.file(trustedFile), []byte(f.fingerprint()+"\n"))
}

// Untrust takes the server CA out of the stores again.
func (f *Folder) Untrust(w io.Writer) error {
	cert := f.Server.Certificate
	system := truststore.Uninstall(cert)
	tell(w, "system", "no longer trusts the demo's server CA", system)
	browsers := browserStores(func() error { return truststore.Uninstall(cert, truststore.WithFirefox(), truststore.WithNoSystem()) })
	if errors.Is(browsers, errNoBrowserStore) {
		browsers = nil // where there is no store there is nothing to take out
	}
	tell(w, "browsers", "no longer trust the demo's server CA", browsers)
	if err := errors.Join(system, browsers); err != nil {
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
