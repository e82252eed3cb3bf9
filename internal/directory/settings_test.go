package directory_test

import (
	"context"
	"net/netip"
	"sync"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
)

func (h *house) set(change func(*iam.Settings)) {
	h.t.Helper()
	now, err := h.directory.Settings(h.t.Context())
	must(h.t, err)
	change(&now)
	must(h.t, h.directory.ChangeSettings(h.t.Context(), program, now))
}

func TestSettingsThatCannotBe(t *testing.T) {
	h := newHouse(t)
	h.directory.KnowsLanguage = func(tag string) bool { return tag == "en" || tag == "fr" }
	for name, c := range map[string]struct {
		set          iam.Settings
		field, cause string
	}{
		"a name of 51":              {iam.Settings{Name: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}, "name", "too_long"},
		"a name that turns around":  {iam.Settings{Name: "a\u202eb"}, "name", "invisible_characters"},
		"a language without pages":  {iam.Settings{Language: "tlh"}, "language", "unknown_language"},
		"a password of 7":           {iam.Settings{PasswordLength: 7}, "password_length", "outside_range"},
		"a password of 65":          {iam.Settings{PasswordLength: 65}, "password_length", "outside_range"},
		"five kinds of characters":  {iam.Settings{PasswordKinds: 5}, "password_kinds", "outside_range"},
		"a session of a year":       {iam.Settings{SessionHours: 8760}, "session_hours", "outside_range"},
		"a session that never ends": {iam.Settings{SessionHours: -1}, "session_hours", "outside_range"},
		"an old version":            {iam.Settings{Version: 7}, "", "changed_meanwhile"},
	} {
		err := h.directory.ChangeSettings(t.Context(), program, c.set)
		if refused := iam.AsError(err); refused == nil || refused.Cause != c.cause || refused.Field != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The name above the sign-in form of Signet itself is the one of the settings, and
// where they say none, the operator's, also after it was another.
func TestNameOfTheInstallationIsFollowed(t *testing.T) {
	h := newHouse(t)
	h.directory.Brand = "Operator"
	ensure := func(brand string) { must(t, h.directory.EnsureSignetApp(t.Context(), program, brand)) }
	want := func(name string) {
		t.Helper()
		if own, err := h.directory.App(t.Context(), iam.SignetApp); err != nil || own.Name != name {
			t.Errorf("the name is %q, %v; want %q", own.Name, err, name)
		}
	}
	ensure("Operator")
	h.set(func(s *iam.Settings) { s.Name = "Clinic" })
	want("Clinic")
	ensure("Operator")
	want("Clinic") // a restart changes nothing
	h.set(func(s *iam.Settings) { s.Name = "" })
	want("Operator")
	ensure("Renamed")
	want("Renamed")
}

func TestPasswordRulesHold(t *testing.T) {
	h := newHouse(t)
	h.set(func(s *iam.Settings) { s.PasswordLength, s.PasswordKinds = 12, 3 })
	for password, cause := range map[string]string{
		"Short1!": "password_too_short", "Eleven11111": "password_too_short", "twelveletters": "password_too_plain",
		"twelve letters": "password_too_plain", "Twelve letters": "", "éÀ1111111111": "",
	} {
		_, err := h.directory.CreateUser(t.Context(), program, iam.User{Login: "u" + iam.NewID()}, password)
		if refused := iam.AsError(err); (cause == "") != (err == nil) || refused != nil && refused.Cause != cause {
			t.Errorf("%q: %v, want %q", password, err, cause)
		}
	}
}

func TestSessionsLastAsLongAsTheSettingsSay(t *testing.T) {
	h := newHouse(t)
	alice := h.person("alice")
	before := h.session(alice.ID)
	h.set(func(s *iam.Settings) { s.SessionHours = 1 })
	after := h.session(alice.ID)
	h.clock.Advance(time.Hour + time.Second)
	if !h.alive(before) || h.alive(after) {
		t.Error("not exactly the session of one hour is over")
	}
}

// register makes the account of a stranger outside of any login.
func (h *house) register(ctx context.Context, caller iam.Caller, u iam.User, password string) (made iam.User, err error) {
	account, err := h.directory.PrepareAccount(ctx, caller, u, password)
	if err != nil {
		return made, err
	}
	err = h.db.Update(ctx, func(tx *store.Tx) error {
		made, err = h.directory.Register(tx, caller, account, "attempt")
		return err
	})
	return made, err
}

func TestRegistrationIsClosedUntilItIsOpened(t *testing.T) {
	h := newHouse(t)
	visitor := iam.Caller{Address: netip.MustParseAddr("192.0.2.9")}
	_, err := h.register(t.Context(), visitor, iam.User{Login: "eve"}, "long enough")
	wantCause(t, err, "registration_closed")
	if _, err := h.directory.UserByLogin(t.Context(), program, "eve"); !iam.IsNotFound(err) {
		t.Errorf("an account was made: %v", err)
	}
	h.set(func(s *iam.Settings) { s.Registration = true })
	u, err := h.register(t.Context(), visitor, iam.User{Login: "eve", Email: "eve@example.org", EmailVerified: true}, "long enough")
	must(t, err)
	if u.EmailVerified {
		t.Error("an address is confirmed because it was typed")
	}
	if roles, err := h.directory.Roles(t.Context(), program, u.ID); err != nil || len(roles) != 0 {
		t.Errorf("roles %+v, %v", roles, err)
	}
	if _, err := h.directory.Authenticate(t.Context(), visitor, "eve", "long enough"); err != nil {
		t.Errorf("cannot sign in: %v", err)
	}
}

func TestRegistrationIsBounded(t *testing.T) {
	h := newHouse(t)
	h.set(func(s *iam.Settings) { s.Registration = true })
	visitor := iam.Caller{Address: netip.MustParseAddr("192.0.2.9")}
	h.person("taken")
	for range 20 {
		_, err := h.register(t.Context(), visitor, iam.User{Login: "taken"}, "long enough")
		wantCause(t, err, "login_taken")
	}
	_, err := h.register(t.Context(), visitor, iam.User{Login: "fresh"}, "long enough")
	wantCause(t, err, "too_many_registrations")
	if _, err := h.register(t.Context(), iam.Caller{Address: netip.MustParseAddr("198.51.100.1")}, iam.User{Login: "fresh"}, "long enough"); err != nil {
		t.Errorf("another address: %v", err)
	}
}

func TestOneLoginIsRegisteredOnce(t *testing.T) {
	h := newHouse(t)
	h.set(func(s *iam.Settings) { s.Registration = true })
	var wait sync.WaitGroup
	made := make(chan iam.UserID, 4)
	for range 4 {
		wait.Go(func() {
			if u, err := h.register(context.Background(), iam.Caller{Address: netip.MustParseAddr("192.0.2.9")}, iam.User{Login: "eve"}, "long enough"); err == nil {
				made <- u.ID
			}
		})
	}
	wait.Wait()
	if len(made) != 1 {
		t.Errorf("%d accounts with one login", len(made))
	}
}
