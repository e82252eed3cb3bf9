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
	LoginChosen   bool   // the person chose it at the registration: it says nothing about who they are
	Name          string // shown to others
	GivenName     string
	FamilyName    string
	Email         string
	EmailVerified bool
	Number        string // by what the organization or a CA numbers people; an administrator gives it, and no two share one
	Locale        string // BCP 47; empty follows the browser
	Status        UserStatus
	StatusAt      time.Time // since when
	// StatusBefore is what was so before; recovery of a deleted person leads back
	// to it, so that nobody who was blocked comes in by being deleted.
	StatusBefore UserStatus
	// RecoverUntil is until when a deleted person was told that they can come back.
	RecoverUntil time.Time
	Version      int64 // grows with every edit
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// DeletionGrace is how long a deleted person can be recovered where the settings
// do not say. Afterwards the row and everything that belongs to it is removed.
const DeletionGrace = 30 * 24 * time.Hour

// RecoverableUntil is when a deleted person is removed for good.
func (u User) RecoverableUntil() time.Time {
	if u.RecoverUntil.After(u.StatusAt) {
		return u.RecoverUntil
	}
	return u.StatusAt.Add(DeletionGrace)
}

// Recoverable reports whether a deleted person may take the account back by a
// proof of who they are: within the grace period, and unless they were blocked
// when they were deleted.
func (u User) Recoverable(now time.Time) bool {
	return u.Status == UserDeleted && u.StatusBefore == UserActive && now.Before(u.RecoverableUntil())
}

// DisplayName is what to call the person.
func (u User) DisplayName() string {
	if u.Name != "" {
		return u.Name
	}
	return u.Login
}
