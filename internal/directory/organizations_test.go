package directory_test

import (
	"context"
	"strings"
	"testing"

	"signet/internal/iam"
	"signet/internal/session"
	"signet/internal/store"
)

func (h *house) org(handle string) iam.Org {
	h.t.Helper()
	o, err := h.directory.CreateOrg(h.t.Context(), program, iam.Org{Handle: handle, Name: strings.ToUpper(handle)})
	must(h.t, err)
	return o
}

// caller is somebody with the role in the scope; without one where it is empty.
func (h *house) caller(login string, role iam.Role, in iam.Scope) iam.Caller {
	h.t.Helper()
	c := iam.Caller{User: h.person(login).ID}
	if role != "" {
		m := iam.Membership{User: c.User, Scope: in, Role: role}
		must(h.t, h.directory.Give(h.t.Context(), program, m))
		c.Memberships = []iam.Membership{m}
	}
	return c
}

func (h *house) role(of iam.UserID, in iam.Scope) (role iam.Role) {
	h.t.Helper()
	must(h.t, h.db.View(h.t.Context(), func(tx *store.Tx) (err error) {
		role, err = tx.MemberRole(of, in)
		if iam.IsNotFound(err) {
			return nil
		}
		return err
	}))
	return role
}

func (h *house) refusals(of iam.Caller) int {
	h.t.Helper()
	events, err := h.log.All(h.t.Context(), program, iam.System(), iam.EventFilter{Kind: iam.EventActionRefused, User: of.User, Limit: 1000})
	must(h.t, err)
	return len(events)
}

func TestOrganizationThatCannotBe(t *testing.T) {
	h := newHouse(t)
	h.org("acme")
	for name, c := range map[string]struct {
		org          iam.Org
		field, cause string
	}{
		"no name":                     {iam.Org{Handle: "x"}, "name", "name_missing"},
		"a name of 300":               {iam.Org{Handle: "x", Name: strings.Repeat("é", 300)}, "name", "too_long"},
		"a name that turns around":    {iam.Org{Handle: "x", Name: "a\u202eb"}, "name", "invisible_characters"},
		"no handle":                   {iam.Org{Name: "X"}, "handle", "handle_missing"},
		"a handle with a slash":       {iam.Org{Name: "X", Handle: "a/b"}, "handle", "handle_malformed"},
		"a handle as long as an id":   {iam.Org{Name: "X", Handle: iam.NewID()}, "handle", "too_long"},
		"a handle that is an address": {iam.Org{Name: "X", Handle: "new"}, "handle", "handle_taken"},
		"a handle that is taken":      {iam.Org{Name: "X", Handle: " ACME "}, "handle", "handle_taken"},
		"a long description":          {iam.Org{Name: "X", Handle: "x", Description: strings.Repeat("x", 256)}, "description", "too_long"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := h.directory.CreateOrg(t.Context(), program, c.org)
			wantCause(t, err, c.cause)
			if refused := iam.AsError(err); refused != nil && refused.Field != c.field {
				t.Errorf("field %q, want %q", refused.Field, c.field)
			}
		})
	}
}

func TestTwoChangeOneOrganization(t *testing.T) {
	h := newHouse(t)
	mine := h.org("acme")
	theirs := mine
	mine.Name, theirs.Name = "Mine", "Theirs"
	must(t, h.directory.ChangeOrg(t.Context(), program, mine))
	wantCause(t, h.directory.ChangeOrg(t.Context(), program, theirs), "changed_meanwhile")
	if app, err := h.directory.OrgClient(t.Context(), "acme"); err != nil || app.Name != "Mine" {
		t.Errorf("above its sign-in form stands %q, %v", app.Name, err)
	}
}

// TestRoleByAction is the table of what each role may do with an organization
// and with an application in it. Who may not see is told that there is nothing.
func TestRoleByAction(t *testing.T) {
	h := newHouse(t)
	acme, zoo := h.org("acme"), h.org("zoo")
	app, _, err := h.directory.CreateApp(t.Context(), program, iam.App{Name: "Records", Org: acme.ID, RedirectURIs: []string{"https://records.example/cb"}})
	must(t, err)
	callers := []iam.Caller{
		h.administrator("admin"),
		h.caller("manager", iam.RoleOrganizationManager, acme.Scope()),
		h.caller("foreign", iam.RoleOrganizationManager, zoo.Scope()),
		h.caller("appadmin", iam.RoleApplicationAdministrator, app.Scope()),
		h.caller("member", iam.RoleMember, acme.Scope()),
		h.caller("nobody", "", iam.Scope{}),
	}
	// A second manager, so that the rule about the last one is no part of the table.
	h.caller("manager2", iam.RoleOrganizationManager, acme.Scope())
	const may, denied, hidden = "may", "denied", "hidden"
	n := 0
	somebody := func() string {
		n++
		return h.person("somebody" + string(rune('a'+n%26)) + string(rune('a'+n/26))).Login
	}
	ctx := context.Background()
	for _, row := range []struct {
		name string
		do   func(c iam.Caller) error
		want [6]string // administrator, manager, foreign manager, application administrator, member, nobody
	}{
		{"create an organization", func(c iam.Caller) error {
			n++
			_, err := h.directory.CreateOrg(ctx, c, iam.Org{Name: "X", Handle: "x" + string(rune('a'+n%26)) + string(rune('a'+n/26))})
			return err
		}, [6]string{may, denied, denied, denied, denied, denied}},
		{"see the list", func(c iam.Caller) error { _, err := h.directory.Orgs(ctx, c, "", ""); return err }, [6]string{may, denied, denied, denied, denied, denied}},
		{"see it", func(c iam.Caller) error { _, err := h.directory.Org(ctx, c, "acme"); return err }, [6]string{may, may, hidden, hidden, hidden, hidden}},
		{"see it by its id", func(c iam.Caller) error { _, err := h.directory.Org(ctx, c, string(acme.ID)); return err }, [6]string{may, may, hidden, hidden, hidden, hidden}},
		{"count it", func(c iam.Caller) error { _, err := h.directory.OrgSize(ctx, c, acme.ID); return err }, [6]string{may, may, denied, denied, denied, denied}},
		{"change it", func(c iam.Caller) error {
			now, err := h.directory.Org(ctx, program, "acme")
			must(t, err)
			return h.directory.ChangeOrg(ctx, c, now)
		}, [6]string{may, may, denied, denied, denied, denied}},
		{"delete it", func(c iam.Caller) error { return h.directory.DeleteOrg(ctx, c, acme.ID) }, [6]string{"organization_has_applications", denied, denied, denied, denied, denied}},
		{"see its members", func(c iam.Caller) error { _, err := h.directory.Members(ctx, c, acme.Scope(), "", ""); return err }, [6]string{may, may, denied, denied, denied, denied}},
		{"add a member", func(c iam.Caller) error {
			_, err := h.directory.AddMember(ctx, c, acme.Scope(), somebody(), iam.RoleMember)
			return err
		}, [6]string{may, may, denied, denied, denied, denied}},
		{"invite", func(c iam.Caller) error {
			_, _, err := h.directory.Invite(ctx, c, acme.Scope(), "", iam.RoleMember)
			return err
		}, [6]string{may, may, denied, denied, denied, denied}},
		{"see invitations", func(c iam.Caller) error { _, err := h.directory.Invitations(ctx, c, acme.Scope()); return err }, [6]string{may, may, denied, denied, denied, denied}},
		{"take an invitation back", func(c iam.Caller) error {
			i, _, err := h.directory.Invite(ctx, program, acme.Scope(), "", iam.RoleMember)
			must(t, err)
			return h.directory.Uninvite(ctx, c, acme.Scope(), i.ID)
		}, [6]string{may, may, denied, denied, denied, denied}},
		{"remove a member", func(c iam.Caller) error {
			u, err := h.directory.AddMember(ctx, program, acme.Scope(), somebody(), iam.RoleMember)
			must(t, err)
			return h.directory.RemoveMember(ctx, c, acme.Scope(), u.ID)
		}, [6]string{may, may, denied, denied, denied, denied}},
		{"make a member manager", func(c iam.Caller) error {
			u, err := h.directory.AddMember(ctx, program, acme.Scope(), somebody(), iam.RoleMember)
			must(t, err)
			return h.directory.ChangeMember(ctx, c, acme.Scope(), u.ID, iam.RoleOrganizationManager)
		}, [6]string{may, may, denied, denied, denied, denied}},
		{"see the administrators of an application", func(c iam.Caller) error { _, err := h.directory.Members(ctx, c, app.Scope(), "", ""); return err }, [6]string{may, may, denied, may, denied, denied}},
		{"appoint an administrator of an application", func(c iam.Caller) error {
			_, err := h.directory.AddMember(ctx, c, app.Scope(), somebody(), iam.RoleApplicationAdministrator)
			return err
		}, [6]string{may, may, denied, may, denied, denied}},
		{"appoint one by a scope that does not exist", func(c iam.Caller) error {
			// The foreign manager names their own organization as the application's.
			_, err := h.directory.AddMember(ctx, c, iam.Application(app.ID, zoo.ID), somebody(), iam.RoleApplicationAdministrator)
			return err
		}, [6]string{hidden, denied, hidden, hidden, denied, denied}},
		{"invite to a scope that does not exist", func(c iam.Caller) error {
			_, _, err := h.directory.Invite(ctx, c, iam.Application(app.ID, zoo.ID), "", iam.RoleApplicationAdministrator)
			return err
		}, [6]string{hidden, denied, hidden, hidden, denied, denied}},
		{"become administrator of the system there", func(c iam.Caller) error {
			return h.directory.Give(ctx, c, iam.Membership{User: c.User, Scope: acme.Scope(), Role: iam.RoleSystemAdministrator})
		}, [6]string{"role_of_another_level", "role_of_another_level", denied, denied, denied, denied}},
		{"change the settings", func(c iam.Caller) error {
			now, err := h.directory.Settings(ctx)
			must(t, err)
			return h.directory.ChangeSettings(ctx, c, now)
		}, [6]string{may, denied, denied, denied, denied, denied}},
	} {
		for i, c := range callers {
			before := h.refusals(c)
			err := row.do(c)
			got := may
			switch refused := iam.AsError(err); {
			case refused != nil && refused.Kind == iam.KindForbidden:
				got = denied
			case refused != nil && refused.Kind == iam.KindNotFound:
				got = hidden
			case refused != nil:
				got = refused.Cause
			case err != nil:
				t.Fatal(err)
			}
			if got != row.want[i] {
				t.Errorf("%s by caller %d: %s (%v), want %s", row.name, i, got, err, row.want[i])
			}
			// Looking is not logged; trying to change is.
			if looks := strings.HasPrefix(row.name, "see") || strings.HasPrefix(row.name, "count"); got == denied && !looks && h.refusals(c) == before {
				t.Errorf("%s by caller %d was refused and not logged", row.name, i)
			}
		}
	}
}

func TestLastManagerStays(t *testing.T) {
	h := newHouse(t)
	acme := h.org("acme")
	first := h.caller("first", iam.RoleOrganizationManager, acme.Scope())
	admin := h.administrator("admin")
	for name, c := range map[string]iam.Caller{"themselves": first, "an administrator": admin} {
		wantCause(t, h.directory.RemoveMember(t.Context(), c, acme.Scope(), first.User), "last_manager")
		wantCause(t, h.directory.ChangeMember(t.Context(), c, acme.Scope(), first.User, iam.RoleMember), "last_manager")
		wantCause(t, h.directory.Take(t.Context(), c, first.Memberships[0]), "last_manager")
		if h.role(first.User, acme.Scope()) != iam.RoleOrganizationManager {
			t.Fatalf("the last manager was taken by %s", name)
		}
	}
	// A manager who is blocked is none to rely on.
	second := h.caller("second", iam.RoleOrganizationManager, acme.Scope())
	must(t, h.directory.Block(t.Context(), admin, second.User))
	wantCause(t, h.directory.RemoveMember(t.Context(), first, acme.Scope(), first.User), "last_manager")
	must(t, h.directory.RemoveMember(t.Context(), first, acme.Scope(), second.User))
	h.caller("third", iam.RoleOrganizationManager, acme.Scope())
	must(t, h.directory.ChangeMember(t.Context(), first, acme.Scope(), first.User, iam.RoleMember))
	if h.role(first.User, acme.Scope()) != iam.RoleMember {
		t.Error("somebody who may go is still manager")
	}
}

func TestTwoManagersCannotRemoveEachOtherAtOnce(t *testing.T) {
	h := newHouse(t)
	acme := h.org("acme")
	a, b := h.caller("a", iam.RoleOrganizationManager, acme.Scope()), h.caller("b", iam.RoleOrganizationManager, acme.Scope())
	done := make(chan error, 2)
	go func() { done <- h.directory.RemoveMember(context.Background(), a, acme.Scope(), b.User) }()
	go func() { done <- h.directory.RemoveMember(context.Background(), b, acme.Scope(), a.User) }()
	<-done
	<-done
	if h.role(a.User, acme.Scope()) == "" && h.role(b.User, acme.Scope()) == "" {
		t.Error("nobody manages the organization any more")
	}
}

func TestOnePersonInSeveralOrganizations(t *testing.T) {
	h := newHouse(t)
	acme, zoo := h.org("acme"), h.org("zoo")
	alice := h.caller("alice", iam.RoleOrganizationManager, acme.Scope())
	must(t, h.directory.Give(t.Context(), program, iam.Membership{User: alice.User, Scope: zoo.Scope(), Role: iam.RoleOrganizationManager}))
	roles, err := h.directory.Roles(t.Context(), program, alice.User)
	must(t, err)
	alice.Memberships = roles
	levels, err := h.directory.Levels(t.Context(), alice)
	must(t, err)
	if len(levels) != 2 || levels[0].Name == levels[1].Name || levels[0].Handle == "" {
		t.Errorf("she manages %+v", levels)
	}
	h.caller("other", iam.RoleOrganizationManager, acme.Scope())
	must(t, h.directory.RemoveMember(t.Context(), program, acme.Scope(), alice.User))
	if h.role(alice.User, acme.Scope()) != "" || h.role(alice.User, zoo.Scope()) != iam.RoleOrganizationManager {
		t.Error("not exactly the role in one of two organizations went")
	}
}

func TestWhoLeavesAnOrganizationLeavesItsApplications(t *testing.T) {
	h := newHouse(t)
	acme := h.org("acme")
	app, _, err := h.directory.CreateApp(t.Context(), program, iam.App{Name: "Records", Org: acme.ID, RedirectURIs: []string{"https://records.example/cb"}})
	must(t, err)
	bob := h.caller("bob", iam.RoleMember, acme.Scope())
	must(t, h.directory.Give(t.Context(), program, iam.Membership{User: bob.User, Scope: app.Scope(), Role: iam.RoleApplicationAdministrator}))
	must(t, h.directory.RemoveMember(t.Context(), program, acme.Scope(), bob.User))
	if role := h.role(bob.User, app.Scope()); role != "" {
		t.Errorf("is still %s of an application", role)
	}
}

func TestDeletedOrganizationLeavesNothing(t *testing.T) {
	h := newHouse(t)
	acme := h.org("acme")
	admin := h.administrator("admin")
	manager := h.caller("manager", iam.RoleOrganizationManager, acme.Scope())
	card := iam.Provider{ID: "card", Scope: acme.Scope(), Type: iam.ProviderCertificate, Name: "Card", Publicity: iam.PublicityOnlyMe, Version: 1}
	must(t, h.db.Update(t.Context(), func(tx *store.Tx) error {
		if err := tx.InsertProvider(card); err != nil {
			return err
		}
		_, err := tx.InsertIdentity(iam.Identity{ID: "i", User: manager.User, Provider: card.ID, Type: card.Type, Key: "k", Publicity: iam.PublicityOnlyMe})
		return err
	}))
	var opened iam.Secret
	must(t, h.db.Update(t.Context(), func(tx *store.Tx) error {
		s, err := h.sessions.Open(tx, iam.Caller{}, manager.User, iam.OrgApp(acme.ID), []iam.Proof{{Provider: card.ID, Identity: "i", At: tx.Now()}})
		opened = s.Secret
		return err
	}))
	_, link, err := h.directory.Invite(t.Context(), manager, acme.Scope(), "", iam.RoleMember)
	must(t, err)
	must(t, h.directory.DeleteOrg(t.Context(), admin, acme.ID))
	if _, _, _, err := h.sessions.Of(t.Context(), opened); !iam.IsNotFound(err) {
		t.Errorf("a session by its login method lives on: %v", err)
	}
	if _, err := h.directory.Invitation(t.Context(), link); !iam.IsNotFound(err) {
		t.Errorf("its invitation works on: %v", err)
	}
	if role := h.role(manager.User, acme.Scope()); role != "" {
		t.Errorf("its manager is still %s", role)
	}
	if _, _, err := h.directory.CreateApp(t.Context(), manager, iam.App{Name: "Late", Org: acme.ID, RedirectURIs: []string{"https://late.example/"}}); !iam.IsNotFound(err) {
		t.Errorf("an application of an organization that is gone: %v", err)
	}
}

// Who runs an organization decides which certificates its methods accept. A
// session by such a method gives no role anywhere else.
func TestSessionByAMethodOfAnOrganizationGivesNoRoleElsewhere(t *testing.T) {
	h := newHouse(t)
	acme, zoo := h.org("acme"), h.org("zoo")
	root := h.administrator("root").User
	for _, o := range []iam.Org{acme, zoo} {
		must(t, h.directory.Give(t.Context(), program, iam.Membership{User: root, Scope: o.Scope(), Role: iam.RoleOrganizationManager}))
	}
	open := func(in iam.Scope) []iam.Membership {
		id := iam.ProviderID(iam.NewID())
		var s session.Opened
		must(t, h.db.Update(t.Context(), func(tx *store.Tx) (err error) {
			if err := tx.InsertProvider(iam.Provider{ID: id, Scope: in, Type: iam.ProviderCertificate, Name: "m", Publicity: iam.PublicityOnlyMe, Version: 1}); err != nil {
				return err
			}
			s, err = h.sessions.Open(tx, iam.Caller{}, root, iam.SignetApp, []iam.Proof{{Provider: id, Identity: "i", At: tx.Now()}})
			return err
		}))
		_, _, roles, err := h.sessions.Of(t.Context(), s.Secret)
		must(t, err)
		return roles
	}
	if got := open(acme.Scope()); len(got) != 1 || got[0].Scope != acme.Scope() {
		t.Errorf("by a method of one organization: %+v", got)
	}
	if got := open(iam.System()); len(got) != 3 {
		t.Errorf("by a method of the system: %+v", got)
	}
}

// Whoever is a member no more has nothing of applications that are for members
// only, whichever way the role went; of the others they keep what they gave.
func TestWhoIsNoMemberAnyMoreLosesWhatTheyGave(t *testing.T) {
	acmeMember := func(h *house, in iam.Scope, bob iam.UserID) error {
		return h.directory.RemoveMember(h.t.Context(), program, in, bob)
	}
	for name, c := range map[string]struct {
		leave func(*house, iam.Scope, iam.UserID) error
		again bool // by another role they are a member still
	}{
		"removed from the organization": {acmeMember, false},
		"the role taken": {func(h *house, in iam.Scope, bob iam.UserID) error {
			return h.directory.Take(h.t.Context(), program, iam.Membership{User: bob, Scope: in, Role: iam.RoleMember})
		}, false},
		"a member by another role": {func(h *house, in iam.Scope, bob iam.UserID) error {
			return h.directory.Take(h.t.Context(), program, iam.Membership{User: bob, Scope: in, Role: iam.RoleMember})
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			acme := h.org("acme")
			closed := h.app(func(a *iam.App) { a.Name, a.Org, a.MembersOnly = "Closed", acme.ID, true })
			open := h.app(func(a *iam.App) { a.Name, a.Org = "Open", acme.ID })
			bob := h.caller("bob", iam.RoleMember, acme.Scope()).User
			if c.again {
				must(t, h.directory.Give(t.Context(), program, iam.Membership{User: bob, Scope: closed.Scope(), Role: iam.RoleMember}))
			}
			code := map[iam.AppID]iam.Secret{}
			s := h.session(bob).Session
			for _, app := range []iam.AppID{closed.ID, open.ID} {
				must(t, h.db.Update(t.Context(), func(tx *store.Tx) (err error) {
					code[app], err = h.sessions.IssueCode(tx, program, session.CodeRequest{User: bob, Session: s, App: app, Scopes: []string{"openid"}})
					return err
				}))
			}
			must(t, c.leave(h, acme.Scope(), bob))
			_, err := h.sessions.RedeemCode(t.Context(), program, closed, session.Redemption{Code: code[closed.ID]})
			if alive := err == nil; alive != c.again {
				t.Errorf("of the application for members: alive is %v, %v", alive, err)
			}
			if _, err := h.sessions.RedeemCode(t.Context(), program, open, session.Redemption{Code: code[open.ID]}); err != nil {
				t.Errorf("of the application for everybody: %v", err)
			}
		})
	}
}
