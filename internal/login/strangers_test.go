package login_test

import (
	"net/netip"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/limit"
	"signet/internal/login"
)

// Each login and each attempt is a row that anybody can ask for.
func TestStrangersCannotFillTheDatabase(t *testing.T) {
	h := newHouse(t)
	h.link(h.alice, "alice's key")
	signedIn, _ := h.signIn("alice's key")
	h.login.Strangers = limit.PerMinute(6)
	begin := func(caller iam.Caller) error {
		_, err := h.login.Begin(t.Context(), caller, login.Request{Purpose: iam.PurposeSignIn, App: h.app.ID})
		return err
	}
	wantLimited := func(what string, err error) {
		t.Helper()
		if iam.KindOf(err) != iam.KindLimited {
			t.Errorf("%s: %v, want a limit", what, err)
		}
	}
	stranger := browser()
	l := h.begin(stranger)
	for i := range 5 {
		if _, err := h.login.StartAttempt(t.Context(), stranger, l.ID, h.mtls.ID, "a.cert.example"); err != nil {
			t.Fatalf("attempt %d: %v", i+1, err)
		}
	}
	_, err := h.login.StartAttempt(t.Context(), stranger, l.ID, h.mtls.ID, "a.cert.example")
	wantLimited("one attempt too many", err)
	wantLimited("another login", begin(stranger))
	wantLimited("another browser at the address", begin(browser()))

	elsewhere := browser()
	elsewhere.Address = netip.MustParseAddr("192.0.2.8")
	if err := begin(elsewhere); err != nil {
		t.Errorf("another address: %v", err)
	}
	if err := begin(signedIn); err != nil {
		t.Errorf("somebody signed in, at the address: %v", err)
	}
	h.clock.Advance(10 * time.Second)
	if err := begin(stranger); err != nil {
		t.Errorf("ten seconds later: %v", err)
	}
}
