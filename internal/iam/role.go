package iam

import "slices"

// Role is what a person is in a scope.
type Role string

// The roles. RoleMember gives no right to administer.
const (
	RoleSystemAdministrator      Role = "system_administrator"
	RoleOrganizationManager      Role = "organization_manager"
	RoleApplicationAdministrator Role = "application_administrator"
	RoleMember                   Role = "member"
)

// Membership gives one person one role in one scope.
type Membership struct {
	User  UserID
	Scope Scope
	Role  Role
}

// Holder is a person with a role that they hold.
type Holder struct {
	User       User
	Membership Membership
}

// Action is something that a caller may or may not do in a scope.
type Action string

// The actions that rule rooms ask about.
const (
	ViewEvents         Action = "events.view"
	ViewUsers          Action = "users.view"
	CreateUser         Action = "users.create"
	EditUser           Action = "users.edit"
	BlockUser          Action = "users.block"
	EndSessions        Action = "sessions.end"
	ViewIdentities     Action = "identities.view"
	EditIdentities     Action = "identities.edit"
	ViewProviders      Action = "providers.view"
	EditProviders      Action = "providers.edit"
	SwitchProviders    Action = "providers.switch"
	ViewApplications   Action = "applications.view"
	CreateApplications Action = "applications.create"
	EditApplications   Action = "applications.edit"
	DeleteApplications Action = "applications.delete"
	ManageAppPeople    Action = "applications.people" // who is in it: see, end, block, let in
	ViewOrganizations  Action = "organizations.view"
	CreateOrganization Action = "organizations.create"
	EditOrganizations  Action = "organizations.edit"
	DeleteOrganization Action = "organizations.delete"
	ViewMembers        Action = "members.view"
	EditRoles          Action = "roles.edit"
	EditSettings       Action = "settings.edit"
)

// grants is the permission table: which action a role gives, in the scope that
// the role is held in and in every scope that this contains. People belong to
// the system, so only system administrators change them.
var grants = map[Role][]Action{
	RoleSystemAdministrator: {
		ViewEvents, ViewUsers, CreateUser, EditUser, BlockUser, EndSessions,
		ViewIdentities, EditIdentities,
		ViewProviders, EditProviders, SwitchProviders,
		ViewApplications, CreateApplications, EditApplications, DeleteApplications, ManageAppPeople,
		ViewOrganizations, CreateOrganization, EditOrganizations, DeleteOrganization, ViewMembers, EditRoles, EditSettings,
	},
	RoleOrganizationManager: {
		ViewEvents,
		ViewProviders, EditProviders, SwitchProviders,
		ViewApplications, CreateApplications, EditApplications, DeleteApplications, ManageAppPeople,
		ViewOrganizations, EditOrganizations, ViewMembers, EditRoles,
	},
	RoleApplicationAdministrator: {
		ViewEvents,
		ViewProviders, EditProviders, SwitchProviders,
		ViewApplications, EditApplications, ManageAppPeople,
		ViewMembers, EditRoles,
	},
	RoleMember: {},
}

// FitsIn reports whether the role can be held at the level: a manager of an
// organization is none of an application, and nobody becomes administrator of the
// system through a narrower scope.
func (r Role) FitsIn(l Level) bool {
	switch r {
	case RoleSystemAdministrator:
		return l == LevelSystem
	case RoleOrganizationManager:
		return l == LevelOrganization
	case RoleApplicationAdministrator:
		return l == LevelApplication
	case RoleMember:
		return l == LevelOrganization || l == LevelApplication
	default:
		return false
	}
}

// Actions returns every action that the role gives, in the order of the table.
func (r Role) Actions() []Action { return slices.Clone(grants[r]) }

// Gives reports whether the membership allows the action in the scope.
func (m Membership) Gives(action Action, in Scope) bool {
	return m.Scope.Contains(in) && slices.Contains(grants[m.Role], action)
}
