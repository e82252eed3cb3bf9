package directory_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
)

func TestUserThatCannotBe(t *testing.T) {
	h := newHouse(t)
	h.person("alice")
	for _, c := range []struct {
		name  string
		user  iam.User
		cause string
		field string
	}{
		{"no login", iam.User{}, "login_missing", "login"},
		{"a login of spaces", iam.User{Login: "  "}, "login_missing", "login"},
		{"a login with a space inside", iam.User{Login: "al ice"}, "login_has_spaces", "login"},
		{"a login that is taken", iam.User{Login: "alice"}, "login_taken", "login"},
		{"a login that is taken in another case", iam.User{Login: " ALICE "}, "login_taken", "login"},
		{"a login that is too long", iam.User{Login: strings.Repeat("a", 101)}, "too_long", "login"},
		{"a name that turns what follows around", iam.User{Login: "bob", Name: "bob\u202egro.live"}, "invisible_characters", "name"},
		{"a name with a NUL", iam.User{Login: "bob", Name: "b\x00b"}, "invisible_characters", "name"},
		{"a name that is no UTF-8", iam.User{Login: "bob", Name: "b\xffb"}, "invisible_characters", "name"},
		{"no e-mail address", iam.User{Login: "bob", Email: "bob"}, "email_malformed", "email"},
		{"an address with a name", iam.User{Login: "bob", Email: "Bob <bob@example.org>"}, "email_malformed", "email"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := h.directory.CreateUser(t.Context(), program, c.user, "")
			wantCause(t, err, c.cause)
			if refused := iam.AsError(err); refused != nil && refused.Field != c.field {
				t.Errorf("field %q, want %q", refused.Field, c.field)
			}
		})
	}
	if _, err := h.directory.CreateUser(t.Context(), program, iam.User{Login: "élodie", Name: "Élodie d’Ormesson", Email: "elodie@example.org"}, ""); err != nil {
		t.Errorf("a good one: %v", err)
	}
}

func TestOnlyAdministratorsChangePeople(t *testing.T) {
	h := newHouse(t)
	alice, bob := h.person("alice"), h.person("bob")
	caller := iam.Caller{User: alice.ID}
	for name, do := range map[string]func() error{
		"create": func() error {
			_, err := h.directory.CreateUser(t.Context(), caller, iam.User{Login: "carol"}, "")
			return err
		},
		"block":   func() error { return h.directory.Block(t.Context(), caller, bob.ID) },
		"unblock": func() error { return h.directory.Unblock(t.Context(), caller, bob.ID) },
		"edit":    func() error { return h.directory.EditUser(t.Context(), caller, bob) },
		"give": func() error {
			return h.directory.Give(t.Context(), caller, iam.Membership{User: alice.ID, Scope: iam.System(), Role: iam.RoleSystemAdministrator})
		},
		"password": func() error { return h.directory.SetPassword(t.Context(), caller, bob.ID, "", "long enough") },
	} {
		if err := do(); iam.KindOf(err) != iam.KindForbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(h.events(iam.EventActionRefused)); n != 6 {
		t.Errorf("%d refusals in the log, want 6", n)
	}
}

func TestPersonCannotPromoteThemselvesByEditing(t *testing.T) {
	h := newHouse(t)
	alice, err := h.directory.CreateUser(t.Context(), program, iam.User{Login: "alice", Email: "alice@example.org", EmailVerified: true}, "")
	must(t, err)
	self := iam.Caller{User: alice.ID}
	changed := alice
	changed.Login, changed.Email, changed.EmailVerified = "root", "victim@example.org", true
	must(t, h.directory.EditUser(t.Context(), self, changed))
	now, err := h.directory.Person(t.Context(), alice.ID)
	must(t, err)
	if now.Login != "alice" || now.EmailVerified {
		t.Errorf("login %q, confirmed %v: one's own login and the confirmation of an address are not one's own to change", now.Login, now.EmailVerified)
	}
}

// Where Unicode's idea of case makes two letters one, the address with the other is
// somebody else's: its confirmation does not pass on, nor do roles that are given
// to its owner.
func TestAddressThatOnlyFoldsAlikeIsAnother(t *testing.T) {
	h := newHouse(t)
	const kelvin, plain = "mi\u212ae@example.org", "mike@example.org"
	mallory, err := h.directory.CreateUser(t.Context(), program, iam.User{Login: "mallory", Email: kelvin, EmailVerified: true}, right)
	must(t, err)
	if _, err := h.directory.AddMember(t.Context(), program, iam.System(), plain, iam.RoleSystemAdministrator); err == nil {
		t.Errorf("the role of %s went to the owner of %s", plain, kelvin)
	}
	mallory.Email = plain
	must(t, h.directory.EditUser(t.Context(), iam.Caller{User: mallory.ID}, mallory))
	if now, err := h.directory.Person(t.Context(), mallory.ID); err != nil || now.EmailVerified {
		t.Errorf("%s is confirmed, %v", now.Email, err)
	}
}

func TestBlockingEndsEverySession(t *testing.T) {
	h := newHouse(t)
	admin, alice := h.administrator("admin"), h.person("alice")
	first, second, other := h.session(alice.ID), h.session(alice.ID), h.session(admin.User)
	must(t, h.directory.Block(t.Context(), admin, alice.ID))
	if h.alive(first) || h.alive(second) || !h.alive(other) {
		t.Error("not exactly the sessions of the blocked person ended")
	}
	if n := len(h.events(iam.EventSessionEnded)); n != 2 {
		t.Errorf("%d ends in the log, want 2", n)
	}
}

func TestLastAdministratorStays(t *testing.T) {
	h := newHouse(t)
	admin := h.administrator("admin")
	wantCause(t, h.directory.Block(t.Context(), admin, admin.User), "last_administrator")
	wantCause(t, h.directory.Take(t.Context(), admin, admin.Memberships[0]), "last_administrator")
	second := h.administrator("second")
	must(t, h.directory.Block(t.Context(), second, admin.User))
	wantCause(t, h.directory.Take(t.Context(), second, second.Memberships[0]), "last_administrator")
}

func TestTwoAdministratorsCannotRemoveEachOtherAtOnce(t *testing.T) {
	h := newHouse(t)
	a, b := h.administrator("a"), h.administrator("b")
	var wait sync.WaitGroup
	wait.Go(func() { _ = h.directory.Block(context.Background(), a, b.User) })
	wait.Go(func() { _ = h.directory.Block(context.Background(), b, a.User) })
	wait.Wait()
	if needs, err := h.directory.NeedsSetup(t.Context()); err != nil || needs {
		t.Errorf("nobody administers any more (%v)", err)
	}
}

func TestSetUpLinkWorksOnce(t *testing.T) {
	h := newHouse(t)
	if needs, err := h.directory.NeedsSetup(t.Context()); err != nil || !needs {
		t.Fatalf("needs set-up: %v, %v", needs, err)
	}
	first, err := h.directory.MakeSetupLink(t.Context(), program)
	must(t, err)
	link, err := h.directory.MakeSetupLink(t.Context(), program)
	must(t, err)
	if err := h.directory.CheckSetupLink(t.Context(), first); !iam.IsNotFound(err) {
		t.Errorf("a link that was replaced: %v", err)
	}
	_, err = h.directory.SetUp(t.Context(), iam.Caller{}, link, iam.User{Login: "root"}, "short")
	wantCause(t, err, "password_too_short")
	var wait sync.WaitGroup
	made := make(chan iam.UserID, 5)
	for i := range 5 {
		wait.Go(func() {
			if u, err := h.directory.SetUp(context.Background(), iam.Caller{}, link, iam.User{Login: "root" + string(rune('a'+i))}, "long enough"); err == nil {
				made <- u.ID
			}
		})
	}
	wait.Wait()
	if len(made) != 1 {
		t.Fatalf("%d administrators were made by one link", len(made))
	}
	roles, err := h.directory.Roles(t.Context(), program, <-made)
	must(t, err)
	if len(roles) != 1 || roles[0].Role != iam.RoleSystemAdministrator {
		t.Errorf("roles %+v", roles)
	}
}

func TestSetUpLinkExpires(t *testing.T) {
	h := newHouse(t)
	link, err := h.directory.MakeSetupLink(t.Context(), program)
	must(t, err)
	h.clock.Advance(time.Hour + time.Second)
	if _, err := h.directory.SetUp(t.Context(), iam.Caller{}, link, iam.User{Login: "root"}, "long enough"); !iam.IsNotFound(err) {
		t.Errorf("after an hour: %v", err)
	}
	if _, err := h.directory.MakeSetupLink(t.Context(), iam.Caller{User: "somebody"}); iam.KindOf(err) != iam.KindForbidden {
		t.Errorf("a person makes a set-up link: %v", err)
	}
}

func TestForgottenSetUpLinkIsNoneOnceSomebodyAdministers(t *testing.T) {
	h := newHouse(t)
	link, err := h.directory.MakeSetupLink(t.Context(), program)
	must(t, err)
	h.administrator("admin")
	if _, err := h.directory.SetUp(t.Context(), iam.Caller{}, link, iam.User{Login: "second"}, "long enough"); !iam.IsNotFound(err) {
		t.Errorf("a second administrator by the link: %v", err)
	}
}

// People are found by login or confirmed address. A login that is the address of
// somebody else would take their place where a manager types it.
func TestLoginIsNotTheAddressOfSomebodyElse(t *testing.T) {
	h := newHouse(t)
	carol, err := h.directory.CreateUser(t.Context(), program, iam.User{Login: "carol", Email: "carol@example.org", EmailVerified: true}, "")
	must(t, err)
	_, err = h.directory.CreateUser(t.Context(), program, iam.User{Login: "Carol@example.org"}, "")
	wantCause(t, err, "login_taken")
	mallory := h.person("mallory")
	mallory.Login = "carol@example.org"
	wantCause(t, h.directory.EditUser(t.Context(), program, mallory), "login_taken")
	carol.Login = "carol@example.org"
	if err := h.directory.EditUser(t.Context(), program, carol); err != nil {
		t.Errorf("her own address: %v", err)
	}
	acme := h.org("acme")
	found, err := h.directory.AddMember(t.Context(), program, acme.Scope(), "carol@example.org", iam.RoleMember)
	if err != nil || found.ID != carol.ID {
		t.Errorf("added %q, %v", found.Login, err)
	}
}

func TestStrangerTakesNoAddressForALogin(t *testing.T) {
	h := newHouse(t)
	set, err := h.directory.Settings(t.Context())
	must(t, err)
	set.Registration = true
	must(t, h.directory.ChangeSettings(t.Context(), program, set))
	_, err = h.directory.PrepareAccount(t.Context(), iam.Caller{}, iam.User{Login: "director@example.org"}, "correct horse battery")
	wantCause(t, err, "login_is_address")
}

func TestStrangerTakesNoLoginThatReadsLikeAnothers(t *testing.T) {
	h := newHouse(t)
	set, err := h.directory.Settings(t.Context())
	must(t, err)
	set.Registration = true
	must(t, h.directory.ChangeSettings(t.Context(), program, set))
	_, err = h.directory.PrepareAccount(t.Context(), iam.Caller{}, iam.User{Login: "аdmin"}, "correct horse battery") // Cyrillic а
	wantCause(t, err, "login_mixes_scripts")
	_, err = h.directory.CreateUser(t.Context(), program, iam.User{Login: "cope"}, "")
	must(t, err)
	account, err := h.directory.PrepareAccount(t.Context(), iam.Caller{}, iam.User{Login: "соре"}, "correct horse battery") // Cyrillic
	must(t, err)
	must(t, h.db.Update(t.Context(), func(tx *store.Tx) error {
		_, err := h.directory.Register(tx, iam.Caller{}, account, "")
		wantCause(t, err, "login_taken")
		return nil
	}))
}
