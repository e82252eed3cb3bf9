package iam

import (
	"strings"
	"time"
)

// Org is an organization: a company, a hospital, a department.
type Org struct {
	ID          OrgID
	Handle      string // stands in addresses; unique
	Name        string
	Description string
	Version     int64 // grows with every change
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Scope is where the organization is administered.
func (o Org) Scope() Scope { return Organization(o.ID) }

// OrgApp is the application that an organization itself is, as SignetApp is the
// one of Signet: the client whose sign-in form stands before the organization's
// own pages. It exists as long as the organization does and is in no list.
func OrgApp(id OrgID) AppID { return AppID(orgAppPrefix + id) }

// orgAppPrefix begins no id that somebody may choose for an application.
const orgAppPrefix = "org-"

// IsOwn reports whether it is Signet itself or an organization itself, whose
// pages we serve: nothing that somebody has registered.
func (id AppID) IsOwn() bool {
	return id == SignetApp || strings.HasPrefix(string(id), orgAppPrefix)
}

// OrgSize is what there is in an organization.
type OrgSize struct {
	Applications, Methods, Identifiers, Members, Invitations int64
}

// Member is a person with what they are in one scope.
type Member struct {
	User User
	Role Role
}

// InvitationID identifies an invitation. The link holds a secret instead.
type InvitationID string

// Invitation offers a role in a scope to whoever holds its link, once.
type Invitation struct {
	ID        InvitationID
	Hash      []byte // of the link's secret
	Scope     Scope
	Role      Role
	Email     string // the address that the person must have; empty: whoever holds the link
	Inviter   UserID
	CreatedAt time.Time
	ExpiresAt time.Time
}

// IsOwn is IsOwn of its id.
func (a App) IsOwn() bool { return a.ID.IsOwn() }
