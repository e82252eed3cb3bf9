package iam

import "time"

// Shown is a certificate that somebody showed to a login method, as it was sent. It
// is kept for a while, so that a change of the method can be tried against what
// people really have before it is made.
type Shown struct {
	Provider ProviderID
	SHA256   string   // of the person's certificate, lower-case hex
	Chain    [][]byte // DER; the person's certificate first
	Refused  bool     // it was, when it was shown last
	LastAt   time.Time
}

// ShownFor is how long a certificate is kept after it was shown last.
const ShownFor = 90 * 24 * time.Hour

// Tried is one way in which the person of a certificate was looked for.
type Tried struct {
	Rule  string `json:"rule"`  // TriedKey, TriedRenewal or the text of a rule
	Found int    `json:"found"` // how many people
}

// The ways that every login method knows.
const (
	TriedKey     = "key"     // it is linked
	TriedRenewal = "renewal" // it looks like the renewal of one that is linked
)
