package demo

import (
	"io"
	"slices"
	"testing"
)

// TestTrustCanBeRepeated: who is told to open the browser once and to repeat can do
// so, and is not asked for the administrator's password again.
func TestTrustCanBeRepeated(t *testing.T) {
	f := openFolder(t, t.TempDir(), day())
	asked := map[string]int{}
	var noBrowser, noSystem error
	stores := []trustStore{
		{name: "system", asks: true, install: func() error { asked["system"]++; return noSystem }},
		{name: "browsers", install: func() error { asked["browsers"]++; return noBrowser }},
	}
	noBrowser, noSystem = errNoBrowserStore, errNoCertutil
	if err := f.trust(io.Discard, stores); err == nil || len(f.trustedStores()) > 0 {
		t.Errorf("no store could be changed: %v, %q", err, f.trustedStores())
	}
	noSystem = nil
	if err := f.trust(io.Discard, stores); err != nil || !slices.Equal(f.trustedStores(), []string{"system"}) {
		t.Errorf("without a browser: %v, %q", err, f.trustedStores())
	}
	noBrowser = nil
	if err := f.trust(io.Discard, stores); err != nil || !slices.Equal(f.trustedStores(), []string{"system", "browsers"}) || !f.Trusted() {
		t.Errorf("repeated: %v, %q", err, f.trustedStores())
	}
	if asked["system"] != 2 || asked["browsers"] != 3 {
		t.Errorf("the stores were asked %v", asked)
	}
	other := openFolder(t, t.TempDir(), day())
	f.Server = other.Server
	if f.Trusted() {
		t.Error("another CA is trusted, too")
	}
}
