package iam

import "time"

// Purpose says what a login transaction is for. All of them walk through the
// same neck.
type Purpose string

// The purposes.
const (
	PurposeSignIn Purpose = "sign_in" // enter an application
	PurposeLink   Purpose = "link"    // add an identifier to one's own profile
	PurposeTest   Purpose = "test"    // try a login method out, without any effect
)

// Ask is what an application asks of the sign-in itself (OpenID Connect Core,
// section 3.1.2.1).
type Ask struct {
	Prompt    []string `json:"prompt,omitempty"`     // none, login, consent, select_account, create
	MaxAge    *int64   `json:"max_age,omitempty"`    // seconds since the last active sign-in
	ACRValues []string `json:"acr_values,omitempty"` // wanted, in order of preference
	// ACREssential refuses a sign-in of none of ACRValues (OpenID Connect Core,
	// section 5.5.1.1); otherwise they are a wish.
	ACREssential bool     `json:"acr_essential,omitempty"`
	LoginHint    string   `json:"login_hint,omitempty"`
	UILocales    string   `json:"ui_locales,omitempty"` // space-separated BCP 47 tags
	Scopes       []string `json:"scopes,omitempty"`     // what consent is asked for
	Subject      UserID   `json:"subject,omitempty"`    // the person named by id_token_hint
	Host         string   `json:"host,omitempty"`       // where the answer goes, for people to read
}

// Login is one login transaction, from Begin to Done.
type Login struct {
	ID        LoginID
	Purpose   Purpose
	App       AppID
	Provider  ProviderID // for PurposeLink and PurposeTest: the method that it is about
	User      UserID     // the person so far; for PurposeLink and PurposeTest the person who asked
	Session   SessionID  // the session that stood when it began
	Browser   []byte     // hash of the browser cookie that began it
	Step      int64      // grows with every pass; tickets are bound to it
	Ask       Ask
	Return    string // what the room that began it wants back, opaque here
	State     LoginState
	CreatedAt time.Time
	ExpiresAt time.Time
}

// LoginState is what a login has gathered so far.
type LoginState struct {
	// Proofs are what was proved about User in this login.
	Proofs []Proof `json:"proofs,omitempty"`
	// Unlinked is an accepted certificate that belongs to nobody yet, waiting for
	// its holder to prove who they are or to confirm that it shall be linked.
	Unlinked        *Evidence `json:"unlinked,omitempty"`
	UnlinkedAttempt AttemptID `json:"unlinked_attempt,omitempty"`
	// Renews is the identifier of which Unlinked looks like the renewal.
	Renews IdentityID `json:"renews,omitempty"`
	// Creates is true where an account may be made for the holder of Unlinked.
	Creates bool `json:"creates,omitempty"`
	// Chosen is who was chosen on the list of the browser's accounts for the attempt
	// that is under way: nobody else's certificate counts in it.
	Chosen UserID `json:"chosen,omitempty"`
	// Refusal is the last refusal, shown until the person takes another way.
	Refusal *Refusal `json:"refusal,omitempty"`
	// TurnedAway is true once a known person could not enter the application: the
	// session that stood before counts no more in this login.
	TurnedAway bool `json:"turned_away,omitempty"`
	// AsIs is true once the person went on with a session that is less than the
	// application wishes for.
	AsIs bool `json:"as_is,omitempty"`
	// Expiring is the identifier whose certificate soon ends, once the person is
	// offered another, and NotNow is true once they went on without.
	Expiring IdentityID `json:"expiring,omitempty"`
	NotNow   bool       `json:"not_now,omitempty"`
	// Consented is true once the person agreed in this login.
	Consented bool `json:"consented,omitempty"`
	// Linked is the identity that this login linked.
	Linked IdentityID `json:"linked,omitempty"`
	// Trial is what came of trying a method out.
	Trial *Trial `json:"trial,omitempty"`
}

// Trial is what came of trying a login method out with a certificate.
type Trial struct {
	Attempt     AttemptID    `json:"attempt"`
	Cause       string       `json:"cause,omitempty"` // of a refusal; empty where it would sign in
	Certificate *Certificate `json:"certificate,omitempty"`
	Checks      []Check      `json:"checks,omitempty"`
	Tried       []Tried      `json:"tried,omitempty"`
	// User is whose the certificate is; empty where it is nobody's.
	User UserID    `json:"user,omitempty"`
	At   time.Time `json:"at"`
}

// Check is one thing that was looked at in a certificate, and what was found.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"` // for administrators; not translated
	Source string `json:"source"` // the document that asks for it
}

// Refusal is why an attempt did not pass, kept on the login for the page that
// says so.
type Refusal struct {
	Attempt     AttemptID         `json:"attempt"`
	Cause       string            `json:"cause"`
	Provider    ProviderID        `json:"provider,omitempty"`
	Certificate *Certificate      `json:"certificate,omitempty"`
	Key         string            `json:"key,omitempty"` // the account key of one that has just expired
	Params      map[string]string `json:"params,omitempty"`
	Checks      []Check           `json:"checks,omitempty"` // only where a method is tried out
	At          time.Time         `json:"at"`
	Presented   [][]byte          `json:"-"` // as in Evidence
}

// Attempt is one try to prove something on the certificate host. Its ticket
// travels there and its return ticket travels back; both are stored as hashes
// and spent once. They differ, so that whoever started an attempt cannot
// collect what another browser proved on it.
type Attempt struct {
	ID         AttemptID
	Login      LoginID
	Step       int64
	Provider   ProviderID
	Browser    []byte // hash of the browser cookie that asked
	Host       string // the certificate host that was chosen, without port
	Trial      bool   // tries a method out: every check is told, nothing comes of it
	TicketHash []byte
	ReturnHash []byte
	Evidence   *Evidence // when accepted
	Refusal    *Refusal  // when refused
	CreatedAt  time.Time
	ExpiresAt  time.Time
	JudgedAt   time.Time // ticket spent
	SpentAt    time.Time // return ticket spent
}
