package directory_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store/storetest"
)

const right = "correct horse battery"

func (h *house) withPassword(login, email string, confirmed bool) iam.User {
	h.t.Helper()
	u, err := h.directory.CreateUser(h.t.Context(), program, iam.User{Login: login, Email: email, EmailVerified: confirmed}, right)
	must(h.t, err)
	return u
}

func from(address string) iam.Caller { return iam.Caller{Address: netip.MustParseAddr(address)} }

func TestAuthenticate(t *testing.T) {
	h := newHouse(t)
	alice := h.withPassword("alice", "alice@example.org", true)
	h.withPassword("mallory", "victim@example.org", false)
	h.withPassword("twin1", "twins@example.org", true)
	h.withPassword("twin2", "twins@example.org", true)
	h.person("nopassword")
	for _, c := range []struct {
		name, login, password string
		ok                    bool
	}{
		{"login", "alice", right, true},
		{"login in another case", " Alice ", right, true},
		{"confirmed address", "ALICE@example.org", right, true},
		{"address that is not confirmed", "victim@example.org", right, false},
		{"address of two people", "twins@example.org", right, false},
		{"wrong password", "alice", "wrong horse battery", false},
		{"empty password", "alice", "", false},
		{"unknown name", "nobody", right, false},
		{"empty name", "", right, false},
		{"no password set", "nopassword", right, false},
		{"a password as long as a book", "alice", strings.Repeat("a", 1<<16), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			u, err := h.directory.Authenticate(t.Context(), from("192.0.2.7"), c.login, c.password)
			if c.ok && (err != nil || u.ID != alice.ID) {
				t.Errorf("refused: %v", err)
			}
			if !c.ok {
				wantCause(t, err, "wrong_password")
			}
		})
	}
}

func TestTriesAreLimitedPerNameAndAddress(t *testing.T) {
	h := newHouse(t)
	h.withPassword("alice", "", false)
	h.withPassword("bob", "", false)
	try := func(address, login, password string) error {
		_, err := h.directory.Authenticate(t.Context(), from(address), login, password)
		return err
	}
	for range 8 {
		wantCause(t, try("2001:db8::1", "alice", "wrong"), "wrong_password")
	}
	wantCause(t, try("2001:db8::1", "alice", right), "too_many_tries")
	wantCause(t, try("2001:db8::ffff", "ALICE", right), "too_many_tries") // the same customer's network
	if err := try("2001:db8::1", "bob", right); err != nil {
		t.Errorf("another name from there: %v", err)
	}
	if err := try("192.0.2.7", "alice", right); err != nil {
		t.Errorf("the person from elsewhere, whom a stranger must not lock out: %v", err)
	}
	h.clock.Advance(15*time.Minute + time.Second)
	if err := try("2001:db8::1", "alice", right); err != nil {
		t.Errorf("after the window: %v", err)
	}
}

// A person has one count, however they are called.
func TestTriesAreCountedForThePersonUnderAllNames(t *testing.T) {
	h := newHouse(t)
	h.withPassword("alice", "alice@example.org", true)
	names := []string{"alice", "alice@example.org", " ALICE ", "Alice@Example.org"}
	for i := range 8 {
		_, err := h.directory.Authenticate(t.Context(), from("192.0.2.7"), names[i%len(names)], "wrong")
		wantCause(t, err, "wrong_password")
	}
	for _, name := range names {
		_, err := h.directory.Authenticate(t.Context(), from("192.0.2.7"), name, right)
		wantCause(t, err, "too_many_tries")
	}
}

// Whoever goes on although they are refused locks nobody out but themselves.
func TestStrangerCannotLockSomebodyOut(t *testing.T) {
	h := newHouse(t)
	h.withPassword("alice", "", false)
	for range 200 {
		if _, err := h.directory.Authenticate(t.Context(), from("198.51.100.9"), "alice", "wrong"); err == nil {
			t.Fatal("a wrong password was let in")
		}
	}
	if _, err := h.directory.Authenticate(t.Context(), from("192.0.2.7"), "alice", right); err != nil {
		t.Errorf("alice from her own address: %v", err)
	}
}

// Many people of an office share one address, and right passwords are no tries.
func TestRightPasswordsAreNotCounted(t *testing.T) {
	h := newHouse(t)
	h.withPassword("alice", "", false)
	for i := range 70 {
		if _, err := h.directory.Authenticate(t.Context(), from("192.0.2.7"), "alice", right); err != nil {
			t.Fatalf("right password %d: %v", i+1, err)
		}
	}
}

func TestSuccessForgetsWrongTries(t *testing.T) {
	h := newHouse(t)
	h.withPassword("alice", "", false)
	for range 3 {
		for range 7 {
			_, err := h.directory.Authenticate(t.Context(), from("192.0.2.7"), "alice", "wrong")
			wantCause(t, err, "wrong_password")
		}
		if _, err := h.directory.Authenticate(t.Context(), from("192.0.2.7"), "alice", right); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNewPassword(t *testing.T) {
	h := newHouse(t)
	alice := h.withPassword("alice", "", false)
	here, there := h.session(alice.ID), h.session(alice.ID)
	self := from("192.0.2.7")
	self.User, self.Session = alice.ID, here.Session.ID
	wantCause(t, h.directory.SetPassword(t.Context(), self, alice.ID, "wrong", "another long one"), "wrong_old_password")
	wantCause(t, h.directory.SetPassword(t.Context(), self, alice.ID, right, "short"), "password_too_short")
	wantCause(t, h.directory.SetPassword(t.Context(), self, alice.ID, right, strings.Repeat("é", 257)), "password_too_long")
	wantCause(t, h.directory.SetPassword(t.Context(), self, alice.ID, right, "long enough\xff"), "password_not_text")
	if !h.alive(there) {
		t.Fatal("a refused change ended a session")
	}
	must(t, h.directory.SetPassword(t.Context(), self, alice.ID, right, "another long one"))
	if !h.alive(here) || h.alive(there) {
		t.Error("not exactly the other sessions ended")
	}
	_, err := h.directory.Authenticate(t.Context(), self, "alice", right)
	wantCause(t, err, "wrong_password")
	if _, err := h.directory.Authenticate(t.Context(), self, "alice", "another long one"); err != nil {
		t.Error(err)
	}
	if n := len(h.events(iam.EventPasswordChanged)); n != 1 {
		t.Errorf("%d changes in the log, want 1", n)
	}
}

// Whoever gives a new password with an old one that an administrator replaces at that
// moment does not have the last word.
func TestAPasswordThatIsReplacedMeanwhileChangesNothing(t *testing.T) {
	meanwhile := func() {}
	h := newHouse(t, storetest.During("directory.(*Service).Settings", func() { meanwhile() }))
	alice := h.withPassword("alice", "", false)
	replaced := false
	meanwhile = func() {
		meanwhile = func() {}
		must(t, h.directory.SetPassword(t.Context(), program, alice.ID, "", "of the administrator"))
		replaced = true
	}
	self := from("192.0.2.7")
	self.User = alice.ID
	wantCause(t, h.directory.SetPassword(t.Context(), self, alice.ID, right, "of the thief"), "wrong_old_password")
	if !replaced {
		t.Fatal("nothing happened meanwhile")
	}
	if _, err := h.directory.Authenticate(t.Context(), from("192.0.2.7"), "alice", "of the administrator"); err != nil {
		t.Errorf("the administrator's password: %v", err)
	}
}
