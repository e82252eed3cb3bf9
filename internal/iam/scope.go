package iam

// Level is the height at which a thing is administered.
type Level string

// The three levels, from the widest to the narrowest.
const (
	LevelSystem       Level = "system"
	LevelOrganization Level = "organization"
	LevelApplication  Level = "application"
)

// Scope says where a thing is administered: the whole system, one organization
// or one application. One value serves all three, so that consoles, login
// methods and permissions exist once.
type Scope struct {
	Level Level `json:"level"`
	Org   OrgID `json:"org,omitempty"`
	App   AppID `json:"app,omitempty"`
}

// System is the scope of the whole installation.
func System() Scope { return Scope{Level: LevelSystem} }

// Organization is the scope of one organization.
func Organization(id OrgID) Scope { return Scope{Level: LevelOrganization, Org: id} }

// Application is the scope of one application, which may belong to an
// organization.
func Application(id AppID, org OrgID) Scope {
	return Scope{Level: LevelApplication, Org: org, App: id}
}

// ID returns the identifier of the scope within its level; the system has none.
func (s Scope) ID() string {
	switch s.Level {
	case LevelOrganization:
		return string(s.Org)
	case LevelApplication:
		return string(s.App)
	default:
		return ""
	}
}

// Contains reports whether everything in other is also in s: the system
// contains all, an organization its applications, every scope itself.
func (s Scope) Contains(other Scope) bool {
	switch s.Level {
	case LevelSystem:
		return true
	case LevelOrganization:
		return s.Org != "" && s.Org == other.Org
	case LevelApplication:
		return other.Level == LevelApplication && s.App != "" && s.App == other.App
	default:
		return false
	}
}
