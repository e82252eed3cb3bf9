package iam

import "time"

// Settings are what holds for the whole installation. Zero fields leave the
// choice to the operator's configuration, or to what is said beside them.
type Settings struct {
	// Name is what the installation calls itself.
	Name string `json:"name,omitempty"`
	// Logo is the picture that stands beside the name.
	Logo PictureID `json:"logo,omitempty"`
	// Language is the BCP 47 tag of the language for people who ask for none that
	// there is; English where empty.
	Language string `json:"language,omitempty"`
	// Registration lets strangers make an account at the sign-in.
	Registration bool `json:"registration,omitempty"`
	// PasswordLength is the least number of characters of a new password.
	PasswordLength int `json:"password_length,omitempty"`
	// PasswordKinds is how many kinds of characters a new password has at the
	// least: lower case, upper case, digits, others.
	PasswordKinds int `json:"password_kinds,omitempty"`
	// SessionHours is how long a session lasts at the most.
	SessionHours int `json:"session_hours,omitempty"`
	// DeletionDays is for how many days a deleted person can be recovered.
	DeletionDays int `json:"deletion_days,omitempty"`
	// Version grows with every change.
	Version int64 `json:"version"`
}

// DeletionGrace is DeletionDays as a duration, or what holds where it is not set.
func (s Settings) DeletionGrace() time.Duration {
	if s.DeletionDays == 0 {
		return DeletionGrace
	}
	return time.Duration(s.DeletionDays) * 24 * time.Hour
}

// SessionTTL is SessionHours as a duration; zero where it is not set.
func (s Settings) SessionTTL() time.Duration { return time.Duration(s.SessionHours) * time.Hour }
