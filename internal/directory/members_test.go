package directory_test

import (
	"testing"

	"signet/internal/iam"
	"signet/internal/store"
)

// Managers see names and logins. A search finds nobody for them by what they do
// not see: they could else find out an e-mail address letter by letter.
func TestManagersFindNobodyByTheirAddress(t *testing.T) {
	h := newHouse(t)
	acme, err := h.directory.CreateOrg(t.Context(), program, iam.Org{Name: "Acme", Handle: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	in := iam.Organization(acme.ID)
	app, _, err := h.directory.CreateApp(t.Context(), program, iam.App{Name: "Wiki", Org: acme.ID, RedirectURIs: []string{"https://wiki.example/cb"}})
	if err != nil {
		t.Fatal(err)
	}
	alice, err := h.directory.CreateUser(t.Context(), program, iam.User{Login: "alice", Name: "Alice", Email: "a.private@home.example"}, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.directory.Give(t.Context(), program, iam.Membership{User: alice.ID, Scope: in, Role: iam.RoleMember}); err != nil {
		t.Fatal(err)
	}
	if err := h.db.Update(t.Context(), func(tx *store.Tx) error { return tx.VisitApp(app.ID, alice.ID) }); err != nil {
		t.Fatal(err)
	}
	manager := iam.Caller{User: "m", Memberships: []iam.Membership{{User: "m", Scope: in, Role: iam.RoleOrganizationManager}}}
	system := iam.Caller{User: "s", Memberships: []iam.Membership{{User: "s", Scope: iam.System(), Role: iam.RoleSystemAdministrator}}}
	for name, c := range map[string]struct {
		by     iam.Caller
		search string
		found  int
	}{
		"a manager, by the login":             {manager, "ali", 1},
		"a manager, by the address":           {manager, "a.private", 0},
		"a manager, by the domain":            {manager, "home.example", 0},
		"a system administrator, by the same": {system, "home.example", 1},
	} {
		members, err := h.directory.Members(t.Context(), c.by, in, c.search, "")
		if err != nil || len(members) != c.found {
			t.Errorf("%s: %d members, %v", name, len(members), err)
		}
		people, err := h.directory.AppPeople(t.Context(), c.by, app, c.search, "")
		if err != nil || len(people) != c.found {
			t.Errorf("%s: %d people of the application, %v", name, len(people), err)
		}
	}
}
