// Package login owns the login transaction: the one neck through which every
// way to prove who one is passes, whatever it is wanted for.
//
//	Begin         a room asks for a person (sign in) or for a proof (link)
//	StartAttempt  the person chose a method that lives on the certificate host
//	Judged        the certificate host says what it was shown
//	Return        the same browser brings the return ticket back
//	PassPassword  the person typed a password
//	Confirm …     the person answers a question of ours
//	Redeem        the room that began takes the result, once
//
// Evidence is bound to an account in one function (bind, in pass.go); the next
// step is decided in one pure function (Next, in next.go). A method brings
// evidence and never learns whose it is. Every change of a login happens in one
// transaction together with its event; what is over leaves through settle (in
// done.go), which opens the session and seals the result with a ticket.
//
// One-time things are bound to the login, its step and the browser that asked:
// a ticket that was seen, spent, late or brought by another browser is refused
// with a cause of its own.
package login
