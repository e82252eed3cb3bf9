package iam

import (
	"crypto/rand"
	"crypto/sha256"
	"strings"
)

// The identifiers of the nouns. They are random, carry no meaning and are not
// secrets: knowing one never grants anything.
type (
	// UserID identifies a person.
	UserID string
	// OrgID identifies an organization.
	OrgID string
	// AppID identifies an application; it is the client_id of OAuth 2.0
	// (RFC 6749, section 2.2).
	AppID string
	// ProviderID identifies a login method.
	ProviderID string
	// PictureID names a picture: the SHA-256 of its content, lower-case hex.
	PictureID string
	// IdentityID identifies the link between a person and an outside proof.
	IdentityID string
	// SessionID identifies a session, and is the sid claim of OpenID Connect
	// Back-Channel Logout 1.0, section 2.1. The cookie holds a secret instead.
	SessionID string
	// LoginID identifies one login transaction.
	LoginID string
	// AttemptID identifies one attempt to prove something; it is the number
	// that a person reads on a refusal and an administrator finds in the log.
	AttemptID string
	// GrantID identifies what one consent to one application gave out: the
	// code, the access tokens and the family of refresh tokens.
	GrantID string
)

// SignetApp is the application that Signet itself is: its profile and its
// consoles. It has a widget like every other application.
const SignetApp AppID = "signet"

// NewID returns a new identifier of 130 random bits in 26 lower-case letters
// and digits. It can stand in a URL, a host label and a file name.
func NewID() string { return strings.ToLower(rand.Text()) }

// NewAttemptID returns a short identifier that a person can read out on the
// telephone: 50 random bits in groups, such as "k7qm-2xwe-pd". It is looked up
// by administrators only, so that it need not be hard to guess.
func NewAttemptID() AttemptID {
	text := strings.ToLower(rand.Text())
	return AttemptID(text[0:4] + "-" + text[4:8] + "-" + text[8:10])
}

// Secret is a value that proves something to whoever holds it: a ticket, a
// cookie, a token. It is given out once and stored only as its Hash.
type Secret string

// NewSecret returns a new secret of 260 random bits.
func NewSecret() Secret { return Secret(strings.ToLower(rand.Text() + rand.Text())) }

// Hash returns what the database keeps of the secret. SHA-256 without salt
// suffices because a Secret has more entropy than the hash has room for guesses.
// Rows are found by this hash, so that comparing takes no data-dependent time
// over the secret itself.
func (s Secret) Hash() []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}

// String hides the secret from logs and error texts. Use string(s) on the way
// to the person it belongs to.
func (s Secret) String() string { return "[secret]" }
