// Package demo makes a Signet that one can try without setting anything up: a
// client CA and people with certificates in a folder (folder.go, cast.go), the
// rows that belong to them (people.go), a file in which it describes itself to
// other programs (description.go), the few lines that tell a newcomer what to
// do (story.go), and a check that signs in as a browser would (check.go).
//
// It acts through the rule rooms, as the program, and never on rows. The
// application that people sign in to is its own program in app/, which knows
// Signet only by its address. Everything is on loopback; the passwords of a demo
// are made for its folder and are worth nothing elsewhere.
package demo
