package iam

import "time"

// MessageID identifies a message of the outbox. It sorts by time.
type MessageID string

// MessageKind says what a message tells. The catalogue has its words under
// "notify.subject.<kind>", "notify.lead.<kind>" and "notify.next.<kind>".
type MessageKind string

// The kinds.
const (
	MessageIdentityLinked     MessageKind = "identity_linked"
	MessageIdentityRenewed    MessageKind = "identity_renewed" // a renewed certificate stands beside the old one
	MessageIdentityUsed       MessageKind = "identity_used"    // for the first time
	MessageIdentityUpdated    MessageKind = "identity_updated" // another certificate with the key of the old one
	MessageIdentityRemoved    MessageKind = "identity_removed"
	MessagePasswordChanged    MessageKind = "password_changed"
	MessageCertificateExpires MessageKind = "certificate_expires"
	MessageAuthorityExpires   MessageKind = "authority_expires" // to administrators
	MessageAuthorityExpired   MessageKind = "authority_expired"
	MessageListExpires        MessageKind = "list_expires" // a revocation list
	MessageListOutdated       MessageKind = "list_outdated"
	MessagePasswordLink       MessageKind = "password_link"
	MessageInvitation         MessageKind = "invitation"
	MessageEmailConfirmation  MessageKind = "email_confirmation"
)

// MessageState says how far a message has come.
type MessageState string

// The states.
const (
	MessageWaiting MessageState = "waiting"
	MessageSent    MessageState = "sent"
	MessageFailed  MessageState = "failed" // given up
	MessageUnsent  MessageState = "unsent" // would have been sent, had mail been set up
)

// MessageStates lists them, for filters.
func MessageStates() []MessageState {
	return []MessageState{MessageWaiting, MessageSent, MessageFailed, MessageUnsent}
}

// Letter is what a message says, in the language of who gets it. The plain and
// the HTML part are made of it when it is sent.
type Letter struct {
	Greeting string       `json:"greeting"`
	Lead     string       `json:"lead"`
	Facts    []LetterFact `json:"facts,omitempty"`
	Next     string       `json:"next,omitempty"`
	Button   string       `json:"button,omitempty"` // label of the link
	// Link is where Button leads. That of a message with a secret is kept sealed
	// beside the letter and never here.
	Link    string `json:"link,omitempty"`
	Closing string `json:"closing"`
}

// LetterFact is one line of what happened. The term ends in a colon, as its
// language writes it.
type LetterFact struct {
	Term string `json:"term"`
	Text string `json:"text"`
}

// Message is one mail to one address.
type Message struct {
	ID      MessageID
	Kind    MessageKind
	User    UserID // whom it is for, where they have an account
	To      string
	Locale  string
	Subject string
	Letter  Letter
	// Secret says that its link is a secret; Sealed is that link as long as it may
	// still be sent, and empty afterwards.
	Secret bool
	Sealed []byte
	State  MessageState
	Tries  int64
	Fault  string // why the last try failed; words in the catalogue under "notify.fault.<fault>"
	Answer string // what the server said last
	// CreatedAt is when what it tells happened; WaitsSince is from when on the days
	// are counted after which it is given up.
	CreatedAt  time.Time
	WaitsSince time.Time
	NextTryAt  time.Time
	ExpiresAt  time.Time // when its link stops working; zero: it has none that does
	DoneAt     time.Time // sent, or given up
	Lease      string    // of the node that sends it
}

// MessageFilter chooses messages for a page. Zero fields choose all.
type MessageFilter struct {
	State  MessageState
	Before MessageID // the last message of the page before
	Limit  int
}

// MailTLS says how the connection to the mail server is protected.
type MailTLS string

// The ways.
const (
	MailImplicit MailTLS = "implicit" // TLS from the first byte (RFC 8314, section 3.3)
	MailStartTLS MailTLS = "starttls" // required: a server without it is refused
	MailPlain    MailTLS = "plain"    // to this machine only
)

// MailSettings say how mail is sent. Without a Server none is.
type MailSettings struct {
	Server   string  `json:"server,omitempty"`
	Port     int     `json:"port,omitempty"`
	TLS      MailTLS `json:"tls,omitempty"`
	User     string  `json:"user,omitempty"`
	Password []byte  `json:"password,omitempty"` // sealed
	From     string  `json:"from,omitempty"`     // address
	Name     string  `json:"name,omitempty"`     // of the sender; that of the installation where empty
	// Authorities are the CAs that the server's certificate may come from, in PEM;
	// those of the operating system where empty.
	Authorities string `json:"authorities,omitempty"`
	// KeepDays is how long messages that were sent or given up are kept.
	KeepDays int   `json:"keep_days,omitempty"`
	Version  int64 `json:"version"` // grows with every change
}

// On reports whether mail is sent.
func (s MailSettings) On() bool { return s.Server != "" }

// ExpiringIdentity is an identifier whose certificate ends soon, with its person.
type ExpiringIdentity struct {
	Identity Identity
	User     User
}
