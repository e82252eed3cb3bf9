package iam

import "time"

// UserStatus says whether a person may sign in.
type UserStatus string

// The states of a person.
const (
	UserActive  UserStatus = "active"
	UserBlocked UserStatus = "blocked" // by an administrator; every session and token ended
	UserDeleted UserStatus = "deleted" // in the grace period; recovery needs a proof
)

// User is a person.
type User struct {
	ID            UserID
	Login         string // what the person types; unique without regard to case
	Name          string // shown to others
	GivenName     string
	FamilyName    string
	Email         string
	EmailVerified bool
	Locale        string // BCP 47; empty follows the browser
	Status        UserStatus
	StatusAt      time.Time // since when
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// DisplayName is what to call the person.
func (u User) DisplayName() string {
	if u.Name != "" {
		return u.Name
	}
	return u.Login
}
