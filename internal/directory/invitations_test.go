package directory_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"signet/internal/directory"
	"signet/internal/iam"
)

func TestInvitationMakesAManagerOnce(t *testing.T) {
	h := newHouse(t)
	acme := h.org("acme")
	manager := h.caller("manager", iam.RoleOrganizationManager, acme.Scope())
	_, link, err := h.directory.Invite(t.Context(), manager, acme.Scope(), "", iam.RoleOrganizationManager)
	must(t, err)
	told, err := h.directory.Invitation(t.Context(), link)
	must(t, err)
	if told.Inviter.Login != "manager" || told.Place != "ACME" || told.Invitation.Role != iam.RoleOrganizationManager {
		t.Errorf("the page would tell %+v", told)
	}
	if _, err := h.directory.Accept(t.Context(), iam.Caller{}, link); iam.KindOf(err) != iam.KindUnauthenticated {
		t.Errorf("a visitor accepts: %v", err)
	}
	var wait sync.WaitGroup
	people := []iam.Caller{h.caller("a", "", iam.Scope{}), h.caller("b", "", iam.Scope{}), h.caller("c", "", iam.Scope{})}
	won := make(chan iam.UserID, len(people))
	for _, c := range people {
		wait.Go(func() {
			if _, err := h.directory.Accept(context.Background(), c, link); err == nil {
				won <- c.User
			}
		})
	}
	wait.Wait()
	if len(won) != 1 {
		t.Fatalf("%d people accepted one invitation", len(won))
	}
	if role := h.role(<-won, acme.Scope()); role != iam.RoleOrganizationManager {
		t.Errorf("role %q", role)
	}
}

func TestInvitationForAnAddressIsForThatAddress(t *testing.T) {
	h := newHouse(t)
	acme := h.org("acme")
	_, link, err := h.directory.Invite(t.Context(), program, acme.Scope(), "Carol@Example.org", iam.RoleMember)
	must(t, err)
	mallory, err := h.directory.CreateUser(t.Context(), program, iam.User{Login: "mallory", Email: "mallory@example.org"}, "")
	must(t, err)
	carol, err := h.directory.CreateUser(t.Context(), program, iam.User{Login: "carol", Email: "carol@example.org"}, "")
	must(t, err)
	_, err = h.directory.Accept(t.Context(), iam.Caller{User: mallory.ID}, link)
	wantCause(t, err, "invitation_for_another")
	if _, err := h.directory.Accept(t.Context(), iam.Caller{User: carol.ID}, link); err != nil {
		t.Errorf("after somebody else tried: %v", err)
	}
}

func TestInvitationThatIsOver(t *testing.T) {
	h := newHouse(t)
	acme, zoo := h.org("acme"), h.org("zoo")
	alice := h.caller("alice", "", iam.Scope{})
	invite := func() (iam.Invitation, iam.Secret) {
		i, link, err := h.directory.Invite(t.Context(), program, acme.Scope(), "", iam.RoleMember)
		must(t, err)
		return i, link
	}
	for name, end := range map[string]func(iam.Invitation, iam.Secret){
		"declined": func(_ iam.Invitation, link iam.Secret) {
			must(t, h.directory.Decline(t.Context(), alice, link))
		},
		"taken back": func(i iam.Invitation, _ iam.Secret) {
			foreign := iam.Caller{User: alice.User, Memberships: []iam.Membership{{User: alice.User, Scope: zoo.Scope(), Role: iam.RoleOrganizationManager}}}
			if err := h.directory.Uninvite(t.Context(), foreign, zoo.Scope(), i.ID); !iam.IsNotFound(err) {
				t.Errorf("a manager of another organization takes it back: %v", err)
			}
			must(t, h.directory.Uninvite(t.Context(), program, acme.Scope(), i.ID))
		},
		"expired": func(iam.Invitation, iam.Secret) { h.clock.Advance(directory.InvitationTTL) },
	} {
		i, link := invite()
		end(i, link)
		if _, err := h.directory.Accept(t.Context(), alice, link); !iam.IsNotFound(err) {
			t.Errorf("%s and accepted: %v", name, err)
		}
	}
	if role := h.role(alice.User, acme.Scope()); role != "" {
		t.Errorf("became %s", role)
	}
	if _, err := h.directory.Invitation(t.Context(), "guess"); !iam.IsNotFound(err) {
		t.Errorf("a guessed link: %v", err)
	}
}

func TestInvitationNeverMakesLess(t *testing.T) {
	h := newHouse(t)
	acme := h.org("acme")
	manager := h.caller("manager", iam.RoleOrganizationManager, acme.Scope())
	_, link, err := h.directory.Invite(t.Context(), program, acme.Scope(), "", iam.RoleMember)
	must(t, err)
	_, err = h.directory.Accept(t.Context(), manager, link)
	must(t, err)
	if role := h.role(manager.User, acme.Scope()); role != iam.RoleOrganizationManager {
		t.Errorf("a manager who accepted to be member is %s", role)
	}
}

func TestInvitationThatCannotBeMade(t *testing.T) {
	h := newHouse(t)
	acme := h.org("acme")
	for name, c := range map[string]struct {
		in    iam.Scope
		email string
		role  iam.Role
		cause string
	}{
		"to the system":          {iam.System(), "", iam.RoleSystemAdministrator, "role_of_another_level"},
		"as administrator there": {acme.Scope(), "", iam.RoleSystemAdministrator, "role_of_another_level"},
		"for no address":         {acme.Scope(), "carol", iam.RoleMember, "email_malformed"},
		"to nothing":             {iam.Organization("gone"), "", iam.RoleMember, "organization_not_found"},
	} {
		_, _, err := h.directory.Invite(t.Context(), program, c.in, c.email, c.role)
		if refused := iam.AsError(err); refused == nil || refused.Cause != c.cause {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.clock.Advance(time.Second)
}

// Whoever is shown out does not come back in by a link that they made before.
func TestInvitationIsWorthWhatItsInviterMayDo(t *testing.T) {
	for name, out := range map[string]func(*house, iam.Scope, iam.Caller) error{
		"removed": func(h *house, in iam.Scope, by iam.Caller) error {
			return h.directory.RemoveMember(h.t.Context(), program, in, by.User)
		},
		"a member only": func(h *house, in iam.Scope, by iam.Caller) error {
			return h.directory.ChangeMember(h.t.Context(), program, in, by.User, iam.RoleMember)
		},
		"blocked": func(h *house, _ iam.Scope, by iam.Caller) error {
			return h.directory.Block(h.t.Context(), program, by.User)
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			acme := h.org("acme")
			h.caller("other", iam.RoleOrganizationManager, acme.Scope())
			manager := h.caller("manager", iam.RoleOrganizationManager, acme.Scope())
			_, link, err := h.directory.Invite(t.Context(), manager, acme.Scope(), "", iam.RoleOrganizationManager)
			must(t, err)
			must(t, out(h, acme.Scope(), manager))
			if _, err := h.directory.Invitation(t.Context(), link); !iam.IsNotFound(err) {
				t.Errorf("the page of the link: %v", err)
			}
			friend := h.caller("friend", "", iam.Scope{})
			if _, err := h.directory.Accept(t.Context(), friend, link); !iam.IsNotFound(err) {
				t.Errorf("accepted: %v", err)
			}
			if role := h.role(friend.User, acme.Scope()); role != "" {
				t.Errorf("the friend is %s", role)
			}
		})
	}
}
