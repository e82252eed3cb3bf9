package cert

import (
	"crypto/x509"
	"time"
)

// Policy is what a login method demands of a certificate.
type Policy struct {
	// Anchors are the CAs that the method trusts, by their keys. Without any,
	// every certificate is refused.
	Anchors []*x509.Certificate
	// Intermediates help to build the path where the client does not send all.
	// They are not trusted.
	Intermediates []*x509.Certificate
	// MaxDepth is how many intermediate CA certificates may stand between the
	// certificate and the anchor, neither of which is counted, as OpenSSL and
	// nginx's ssl_verify_depth count, but for self-issued ones; 0 means 3, and -1 that the anchor must have
	// signed the certificate itself.
	MaxDepth int
	// MinRSABits is the smallest RSA modulus; 0 means 2048 (NIST SP 800-57 Part 1,
	// section 5.6.1.1).
	MinRSABits int
	// MinHashBits is the shortest digest of the signatures below the anchor, one of
	// HashSizes; 0 means 256. Some profiles ask for 384 (CNSA, RFC 8603, section 4.1).
	MinHashBits int
	// KeyTypes are the kinds of key that the certificate may have: "RSA", "ECDSA
	// P-256", "ECDSA P-384", "ECDSA P-521", "Ed25519"; empty means any of these.
	KeyTypes []string
	// MaxAge is how long after its issue a certificate is accepted; 0 means until
	// it expires.
	MaxAge time.Duration
	// PolicyOIDs are certificate policies in dotted form, of which the path must
	// be valid for one (RFC 5280, section 6.1); empty means any.
	PolicyOIDs []string
	// AllowNoPurpose accepts a certificate without any extendedKeyUsage, which is
	// one for every purpose (RFC 5280, section 4.2.1.12). Strict where false. One
	// that names other purposes only is always refused.
	AllowNoPurpose bool

	// AnyPurpose judges by RFC 5280 alone: any extendedKeyUsage and keyUsage will
	// do, and certificates of CAs too. It is for looking at certificates, and for
	// the suites of others; no login method sets it.
	AnyPurpose bool
	// AcceptWeak lets RSA keys from 1024 bits and signatures with SHA-1 pass. It is
	// for looking at certificates of the past; no login method sets it.
	AcceptWeak bool
	// PoliciesOptional makes PolicyOIDs the user-initial-policy-set and no more:
	// the path must be valid for one of them only where a CA of it demands that
	// there be a policy (RFC 5280, section 6.1.1 (c)). ExplicitPolicy, InhibitMapping
	// and InhibitAnyPolicy are the other inputs of that section, (e) to (g).
	PoliciesOptional, ExplicitPolicy, InhibitMapping, InhibitAnyPolicy bool

	// Known remembers the paths of accepted certificates; nothing is remembered
	// where it is nil. It may serve several policies.
	Known *Paths

	// purpose is the extended key usage; client authentication where zero (the
	// zero value of x509 is Any, which is never used). Only tests with suites of
	// others set it.
	purpose x509.ExtKeyUsage
	// maxSignatures bounds the work of path building; 0 means 100.
	maxSignatures int
}

// KeyTypes lists what Policy.KeyTypes can hold.
func KeyTypes() []string {
	return []string{"RSA", "ECDSA P-256", "ECDSA P-384", "ECDSA P-521", "Ed25519"}
}

// HashSizes lists what Policy.MinHashBits can hold. Anything shorter is refused
// always.
func HashSizes() []int { return []int{256, 384, 512} }

func (p Policy) maxDepth() int {
	if p.MaxDepth == 0 {
		return 3
	}
	return max(p.MaxDepth, 0)
}

func (p Policy) minRSABits() int {
	if p.AcceptWeak {
		return hopelessRSABits
	}
	if p.MinRSABits > 0 {
		return p.MinRSABits
	}
	return 2048
}

// keyPurpose is never ExtKeyUsageAny: with it, Go before 1.24.4 skipped policy
// validation (CVE-2025-22874), and a mail or code-signing certificate would do.
func (p Policy) keyPurpose() x509.ExtKeyUsage {
	if p.purpose != x509.ExtKeyUsageAny {
		return p.purpose
	}
	return x509.ExtKeyUsageClientAuth
}

// verifierPurposes is what Go's verifier is asked for. With "any", Go before
// 1.24.4 skipped policy validation, which is why checkPolicies is our own.
func (p Policy) verifierPurposes() []x509.ExtKeyUsage {
	if p.AnyPurpose {
		return []x509.ExtKeyUsage{x509.ExtKeyUsageAny}
	}
	return []x509.ExtKeyUsage{p.keyPurpose()}
}

// Cause is why a certificate is refused, as a stable code.
type Cause string

// The causes, in the order in which they decide: of several the first is told.
// One exception: where weakness leaves a signature of the path unproven, nothing
// else in it can be believed, and CauseTooWeak comes before all that follows
// CauseBadSignature.
const (
	CauseNone              Cause = ""                     // accepted
	CauseNoCertificate     Cause = "no_certificate"       // nothing was sent
	CauseChainTooLarge     Cause = "chain_too_large"      // more was sent than any path needs
	CauseMalformed         Cause = "malformed"            // it cannot be read
	CauseUnknownIssuer     Cause = "unknown_issuer"       // no path to a CA of the method
	CauseBadSignature      Cause = "bad_signature"        // a CA of the method is named but has not signed
	CauseNotAPerson        Cause = "not_a_person"         // it is the certificate of a CA
	CauseExpired           Cause = "expired"              // after notAfter
	CauseNotYetValid       Cause = "not_yet_valid"        // before notBefore
	CauseIssuerExpired     Cause = "issuer_expired"       // of a CA in the path
	CauseIssuerNotYetValid Cause = "issuer_not_yet_valid" // of a CA in the path
	CauseWrongPurpose      Cause = "wrong_purpose"        // not for client authentication
	CauseTooWeak           Cause = "too_weak"             // key or signature
	CauseChainTooDeep      Cause = "chain_too_deep"       // more intermediates than the method allows
	CauseTooOld            Cause = "too_old"              // issued longer ago than the method allows
	CausePolicyMissing     Cause = "policy_missing"       // not valid for a demanded policy
	CauseConstraint        Cause = "constraint_violated"  // a rule that a CA in the path is bound by
	CauseRevoked           Cause = "revoked"              // withdrawn by its issuer
	CauseRevocationUnknown Cause = "revocation_unknown"   // it cannot be known whether it was withdrawn
)

// Causes lists every cause of a refusal, for catalogues and their tests.
func Causes() []Cause {
	return []Cause{
		CauseNoCertificate, CauseChainTooLarge, CauseMalformed, CauseUnknownIssuer, CauseBadSignature, CauseNotAPerson, CauseExpired,
		CauseNotYetValid, CauseIssuerExpired, CauseIssuerNotYetValid, CauseWrongPurpose, CauseTooWeak, CauseChainTooDeep, CauseTooOld,
		CausePolicyMissing, CauseConstraint, CauseRevoked, CauseRevocationUnknown,
	}
}

// Check is one thing that was looked at, and what was found.
type Check struct {
	Name   string `json:"name"` // stable: path, leaf, dates, issuer_dates, purpose, issuer_purpose, strength, depth, age, policies, profile, path_length, names, critical, verifier, revocation
	OK     bool   `json:"ok"`
	Detail string `json:"detail"` // what was found, for administrators; not translated
	Source string `json:"source"` // the document that asks for it
	cause  Cause
}

// Verdict is what Judge found.
type Verdict struct {
	Cause  Cause   // CauseNone where the certificate is accepted
	Checks []Check // every check that could be made, in order
	// Leaf is what was sent, also of a refused certificate; nil where nothing
	// readable was.
	Leaf *Facts
	// Key is the account key, and Chain the verified path from the leaf to the
	// anchor; both only where the certificate is accepted.
	Key   Key
	Chain []*x509.Certificate
	// Tried is the path that the checks looked at, also of a refused certificate;
	// nil where there is none. It is for showing, and proves nothing.
	Tried []*x509.Certificate
	// Revocation is what the Revoked function returned about the path.
	Revocation error
}

// Accepted reports whether the certificate may speak for its holder.
func (v Verdict) Accepted() bool { return v.Cause == CauseNone && len(v.Chain) >= 2 }
