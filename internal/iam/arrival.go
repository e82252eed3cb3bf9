package iam

import "time"

// Arrival is what came to one listener from one peer, and what was made of it:
// the names of headers that speak of certificates or of the client's address,
// never what they said. It answers "which headers from which peer".
type Arrival struct {
	// Node is the name of the machine, and Listener which of its listeners, at
	// Address: several nodes share a database, and each says what came to it.
	Node     string          `json:"node"`
	Listener ArrivalListener `json:"listener"`
	Address  string          `json:"address"`
	// Peer is the address of the other end of the connection, PeerSocket, or empty
	// for those that were too many to be told apart.
	Peer    string         `json:"peer"`
	Kind    ArrivalKind    `json:"kind"`
	Outcome ArrivalOutcome `json:"outcome"`
	Cause   ArrivalCause   `json:"cause,omitempty"`
	Headers []string       `json:"headers"`         // names, sorted
	Forms   []string       `json:"forms,omitempty"` // to which those of certificates belong; not kept
	Count   int64          `json:"count"`
	First   time.Time      `json:"first"`
	Last    time.Time      `json:"last"`
}

// ArrivalLife is how long what arrived is remembered after the last time.
const ArrivalLife = 7 * 24 * time.Hour

// PeerSocket is the peer of a Unix socket, which has no address.
const PeerSocket = "unix"

// ArrivalListener names a listener.
type ArrivalListener string

// The listeners.
const (
	ListenerMain        ArrivalListener = "main"
	ListenerCertificate ArrivalListener = "certificate"
	ListenerProxy       ArrivalListener = "proxy"
	ListenerClients     ArrivalListener = "clients" // of applications with certificates
)

// ArrivalKind is what headers speak of.
type ArrivalKind string

// The kinds.
const (
	ArrivalCertificate ArrivalKind = "certificate"
	ArrivalForwarding  ArrivalKind = "forwarding" // the client's address, host and scheme
)

// ArrivalOutcome is what was made of headers.
type ArrivalOutcome string

// The outcomes.
const (
	ArrivalAccepted ArrivalOutcome = "accepted" // read and believed
	ArrivalIgnored  ArrivalOutcome = "ignored"  // not read, and the request served without them
	ArrivalRefused  ArrivalOutcome = "refused"  // the request, because of them
)

// ArrivalCause is why.
type ArrivalCause string

// The causes. Those of accepted headers say how much they told.
const (
	ArrivalShown     ArrivalCause = "shown"     // the certificate itself was forwarded
	ArrivalDescribed ArrivalCause = "described" // names, serial and fingerprint only
	ArrivalChosen    ArrivalCause = "chosen"    // the header that the settings name

	ArrivalPublic    ArrivalCause = "public"     // nobody may send them to this listener
	ArrivalMainSite  ArrivalCause = "main_site"  // the proxy may, and the main site does not read them
	ArrivalNoAttempt ArrivalCause = "no_attempt" // no sign-in was under way
	ArrivalOwnTLS    ArrivalCause = "own_tls"    // the listener ends TLS itself and believes nobody
	ArrivalOther     ArrivalCause = "other"      // the settings name another header
	ArrivalUntrusted ArrivalCause = "untrusted"  // not from a trusted proxy
	ArrivalUnread    ArrivalCause = "unread"     // from a trusted proxy, and no address could be read

	ArrivalNoSecret      ArrivalCause = "no_secret"      // the peer did not send the proxy's secret
	ArrivalWrongSecret   ArrivalCause = "wrong_secret"   // it sent another
	ArrivalNoKey         ArrivalCause = "no_key"         // it showed no certificate of its own
	ArrivalWrongKey      ArrivalCause = "wrong_key"      // it showed one whose key is not pinned
	ArrivalWrongAddress  ArrivalCause = "wrong_address"  // it is not at a trusted address
	ArrivalMissing       ArrivalCause = "missing"        // the proxy sent none of its form's headers
	ArrivalNoCertificate ArrivalCause = "no_certificate" // the proxy says that the client showed none
	ArrivalNotVerified   ArrivalCause = "not_verified"   // the proxy says that the certificate is not good
	ArrivalDuplicate     ArrivalCause = "duplicate"      // said twice, or in two spellings
	ArrivalMalformed     ArrivalCause = "malformed"      // not what a proxy of this form writes
)
