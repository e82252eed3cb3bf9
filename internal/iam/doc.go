// Package iam holds the nouns of identity and access that every room of Signet
// speaks of, and the rules about them that need neither a clock, a network nor
// a database: who may do what (role.go), what an error means (error.go), which
// events exist (event.go).
//
// It is ground: it imports nothing of ours, and every other package may import
// it.
package iam
