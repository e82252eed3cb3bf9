// Package cert judges client certificates: it reads their facts, finds the path
// to the CAs that a login method trusts, and runs one small check after the
// other over it. It is pure: no network, no clock, no store, nothing of ours.
//
//	facts.go      what a certificate says of itself, ready to show and compare
//	visible.go    hostile text made harmless to read
//	key.go        the account key
//	policy.go     what a login method demands; causes, checks, verdicts
//	parse.go      certificates that crypto/x509 does not read and RFC 5280 allows
//	name.go       names compared by RFC 5280, section 7.1
//	path.go       paths to the method's CAs, by key and signature
//	judge.go      Judge: paths, checks in order, verdict
//	check_*.go    one check each, with RFC and section; revocation is asked through
//	              check_revocation.go
//	subtrees.go   what name constraints hold; policy_graph.go policies (RFC 9618)
//	lists*.go     revocation by files that somebody gathered, whatever their kind
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
// Go's crypto/x509 parses and verifies signatures, and has to agree with our own
// checks wherever it knows the rules that a path needs.
package cert
