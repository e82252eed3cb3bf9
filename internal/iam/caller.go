package iam

import "net/netip"

// Caller is who asks a rule room for something, and from where. It is made
// once per request and handed down as an argument; it is never looked up from
// shared state.
type Caller struct {
	// User is empty for a visitor and for the program itself.
	User UserID
	// Session is the session that User speaks in.
	Session SessionID
	// Memberships are the roles of User.
	Memberships []Membership
	// Program is true where Signet acts by itself: start-up, jobs, commands.
	Program bool
	// Address is the client's address after trusted proxies are taken off.
	Address netip.Addr
	// UserAgent is the User-Agent header, cut to 512 bytes.
	UserAgent string
	// Request is the id of the HTTP request, for the log.
	Request string
	// Browser is the secret of the browser cookie: one-time state is bound to
	// it. Empty where the request carried none.
	Browser Secret
	// Thumbprint is the SHA-256 of the certificate whose key an application has proved
	// in the handshake of this very request; empty: none.
	Thumbprint []byte
}

// Program is the caller of start-up, jobs and commands, which may do all.
func Program(name string) Caller { return Caller{Program: true, UserAgent: name} }

// May reports whether the caller is allowed to do the action in the scope.
func (c Caller) May(action Action, in Scope) bool {
	if c.Program {
		return true
	}
	for _, m := range c.Memberships {
		if m.User == c.User && c.User != "" && m.Gives(action, in) {
			return true
		}
	}
	return false
}

// Require returns a forbidden Error unless the caller may do the action.
func (c Caller) Require(action Action, in Scope) error {
	if c.May(action, in) {
		return nil
	}
	if c.User == "" {
		return &Error{Kind: KindUnauthenticated, Cause: "sign_in_needed"}
	}
	return &Error{Kind: KindForbidden, Cause: "not_allowed", Params: map[string]string{"Action": string(action)}}
}

// Administers reports whether the caller holds any role above member anywhere,
// that is, whether a console exists for them.
func (c Caller) Administers() bool {
	for _, m := range c.Memberships {
		if len(grants[m.Role]) > 0 {
			return true
		}
	}
	return false
}
