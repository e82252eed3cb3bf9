// Package cert judges client certificates: it reads their facts, finds the path
// to the CAs that a login method trusts, and runs one small check after the
// other over it. It is pure: no network, no clock, no store, nothing of ours.
//
//	facts.go      what a certificate says of itself, ready to show and compare
//	visible.go    hostile text made harmless to read
//	key.go        the account key
//	policy.go     what a login method demands; causes, checks, verdicts
//	path.go       paths to the method's CAs, by key and signature
//	judge.go      Judge: paths, checks in order, verdict
//	check_*.go    one check each, with RFC and section; revocation is asked through
//	              check_revocation.go
//	revocation.go what an issuer says of a certificate, and why it may say nothing
//	crl*.go       CRLs: read, verified and kept small
//	ocsp*.go      OCSP: questions, and answers read and verified
//	bundle.go     CA files that administrators bring
//
// The rules that the rest relies on: only the method's own CAs are trusted, by
// key, never the system's and never by name alone; only the first certificate
// that was sent speaks, and those behind it are no more than offers of links for
// the path; a check that cannot be made refuses.
//
// Go's crypto/x509 parses, verifies signatures, and has the last word over every
// path that our own checks accept.
package cert
