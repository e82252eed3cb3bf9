package iam

import "testing"

// TestPermissions reads like the table that it tests: every role by every
// action, in its own scope, in one that it contains and in a foreign one.
func TestPermissions(t *testing.T) {
	hospital, clinic := OrgID("hospital"), OrgID("clinic")
	records := Application("records", hospital)
	actions := map[Action]string{ // system administrator, manager, application administrator, member
		ViewEvents: "yyy-", ViewUsers: "y---", CreateUser: "y---", EditUser: "y---", BlockUser: "y---", EndSessions: "y---",
		ViewIdentities: "y---", EditIdentities: "y---", ViewProviders: "yyy-", EditProviders: "yyy-", SwitchProviders: "yyy-",
		ViewApplications: "yyy-", CreateApplications: "yy--", EditApplications: "yyy-", DeleteApplications: "yy--", ManageAppPeople: "yyy-",
		ViewOrganizations: "yy--", CreateOrganization: "y---", EditOrganizations: "yy--", DeleteOrganization: "y---", ViewMembers: "yyy-", EditRoles: "yyy-",
		EditSettings: "y---",
	}
	holders := []struct {
		role    Role
		held    Scope
		inside  []Scope
		outside []Scope
	}{
		{RoleSystemAdministrator, System(), []Scope{System(), Organization(hospital), records}, nil},
		{RoleOrganizationManager, Organization(hospital), []Scope{Organization(hospital), records},
			[]Scope{System(), Organization(clinic), Application("billing", clinic), Application("records", clinic)}},
		{RoleApplicationAdministrator, records, []Scope{records},
			[]Scope{System(), Organization(hospital), Application("billing", hospital), {Level: LevelApplication}}},
		{RoleMember, Organization(hospital), []Scope{Organization(hospital), records}, []Scope{System()}},
	}
	listed := 0
	for _, role := range holders {
		listed += len(role.role.Actions())
	}
	yes := 0
	for action, row := range actions {
		for i, h := range holders {
			caller := Caller{User: "u", Memberships: []Membership{{User: "u", Scope: h.held, Role: h.role}}}
			allowed := row[i] != '-'
			if allowed {
				yes++
			}
			for _, in := range h.inside {
				if got := caller.May(action, in); got != allowed {
					t.Errorf("%s in %+v: may %s = %v, want %v", h.role, in, action, got, allowed)
				}
			}
			for _, in := range h.outside {
				if caller.May(action, in) {
					t.Errorf("%s of %+v may %s in %+v", h.role, h.held, action, in)
				}
			}
		}
	}
	if yes != listed {
		t.Errorf("the table of the test allows %d, the one of the code %d: an action is missing here", yes, listed)
	}
}

func TestMembershipOfSomebodyElseGivesNothing(t *testing.T) {
	caller := Caller{User: "mallory", Memberships: []Membership{{User: "admin", Scope: System(), Role: RoleSystemAdministrator}}}
	if caller.May(ViewEvents, System()) {
		t.Error("a membership of another person counted")
	}
	visitor := Caller{Memberships: []Membership{{Scope: System(), Role: RoleSystemAdministrator}}}
	if visitor.May(ViewEvents, System()) {
		t.Error("a visitor was allowed by a membership of nobody")
	}
	if KindOf(visitor.Require(ViewEvents, System())) != KindUnauthenticated {
		t.Error("a visitor is not asked to sign in")
	}
	if KindOf(caller.Require(ViewEvents, System())) != KindForbidden {
		t.Error("a person without the role is not forbidden")
	}
	if !Program("test").May(EditRoles, System()) {
		t.Error("the program itself was refused")
	}
}

// A role in the wrong scope would be a way up: "system administrator" of one
// organization must not exist.
func TestRolesFitOneLevel(t *testing.T) {
	levels := []Level{LevelSystem, LevelOrganization, LevelApplication, "root", ""}
	for role, row := range map[Role]string{
		RoleSystemAdministrator: "y----", RoleOrganizationManager: "-y---", RoleApplicationAdministrator: "--y--", RoleMember: "-yy--", "owner": "-----", "": "-----",
	} {
		for i, level := range levels {
			if got := role.FitsIn(level); got != (row[i] == 'y') {
				t.Errorf("%q fits in %q: %v", role, level, got)
			}
		}
	}
}
