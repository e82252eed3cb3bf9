package iam

import "time"

// LogoutOutcome says what became of telling an application that a session ended.
type LogoutOutcome string

// The outcomes.
const (
	LogoutWaiting   LogoutOutcome = ""
	LogoutDelivered LogoutOutcome = "delivered"
	LogoutGivenUp   LogoutOutcome = "given_up"
)

// LogoutDelivery is what one application is told of the end of one session
// (OpenID Connect Back-Channel Logout 1.0, section 2).
type LogoutDelivery struct {
	App        AppID
	Session    SessionID
	User       UserID
	Reason     EndReason
	CreatedAt  time.Time
	Tries      int64
	NextTryAt  time.Time
	FinishedAt time.Time // zero: it is still tried
	Outcome    LogoutOutcome
	Fault      string // of the last try, as a program tells it
}
