package cert

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"time"
)

// Standing is what an issuer says about one certificate, in a CRL or in an OCSP
// answer whose signature, scope and dates have been verified.
type Standing struct {
	Revoked bool
	At      time.Time // when it was revoked
	Reason  Reason
	// Source is what said so, and ThisUpdate and NextUpdate are its dates. Where
	// an OCSP answer names no next update, NextUpdate is when it is too old.
	Source     Source
	ThisUpdate time.Time
	NextUpdate time.Time
}

// Source is where a standing comes from.
type Source string

// The sources.
const (
	SourceCRL  Source = "crl"
	SourceOCSP Source = "ocsp"
)

// Reason is why a certificate was revoked (CRLReason of RFC 5280, section
// 5.3.1), as a stable code.
type Reason string

// The reasons.
const (
	ReasonUnspecified          Reason = "unspecified"
	ReasonKeyCompromise        Reason = "key_compromise"
	ReasonCACompromise         Reason = "ca_compromise"
	ReasonAffiliationChanged   Reason = "affiliation_changed"
	ReasonSuperseded           Reason = "superseded"
	ReasonCessationOfOperation Reason = "cessation_of_operation"
	ReasonCertificateHold      Reason = "certificate_hold"
	ReasonRemoveFromCRL        Reason = "remove_from_crl"
	ReasonPrivilegeWithdrawn   Reason = "privilege_withdrawn"
	ReasonAACompromise         Reason = "aa_compromise"
)

// reasonOf returns the reason of a code; what nobody has defined is unspecified.
func reasonOf(code byte) Reason {
	switch code {
	case 1:
		return ReasonKeyCompromise
	case 2:
		return ReasonCACompromise
	case 3:
		return ReasonAffiliationChanged
	case 4:
		return ReasonSuperseded
	case 5:
		return ReasonCessationOfOperation
	case 6:
		return ReasonCertificateHold
	case 8:
		return ReasonRemoveFromCRL
	case 9:
		return ReasonPrivilegeWithdrawn
	case 10:
		return ReasonAACompromise
	default:
		return ReasonUnspecified
	}
}

// RevokedError says that a certificate of the path has been revoked. A Revoked
// function returns it.
type RevokedError struct {
	Standing Standing
	// Certificate is the one that was revoked: the leaf or a CA above it.
	Certificate *x509.Certificate
}

// Error implements error for logs and checks.
func (e *RevokedError) Error() string {
	s := fmt.Sprintf("revoked on %s (%s), says the %s of %s", e.Standing.At.UTC().Format(time.RFC3339), e.Standing.Reason, e.Standing.Source,
		e.Standing.ThisUpdate.UTC().Format(time.RFC3339))
	if e.Certificate != nil {
		s = nameText(e.Certificate.RawSubject) + " " + s
	}
	return s
}

// Fault is why a CRL or an OCSP answer says nothing, as a stable code.
type Fault string

// The faults.
const (
	FaultGarbled       Fault = "garbled"             // it cannot be read
	FaultTooLarge      Fault = "too_large"           // more than we read
	FaultOtherIssuer   Fault = "other_issuer"        // another CA's, by name or key
	FaultBadSignature  Fault = "bad_signature"       // the CA is named and has not signed
	FaultWeakSignature Fault = "weak_signature"      // signed by an algorithm or a key that proves nothing
	FaultNoSigner      Fault = "not_allowed_to_sign" // keyUsage of the CA lets it sign no CRL
	FaultIndirect      Fault = "indirect"            // of several CAs, and not for this certificate
	FaultDelta         Fault = "delta"               // changes since a list that is missing
	FaultScope         Fault = "other_scope"         // is not about certificates of this kind
	FaultCritical      Fault = "critical_extension"  // must be understood and is not
	FaultFuture        Fault = "from_the_future"     // thisUpdate has not come
	FaultStale         Fault = "stale"               // nextUpdate is over
	FaultNoNextUpdate  Fault = "no_next_update"      // does not say until when it holds
	FaultOlder         Fault = "older"               // than what is known already
	FaultResponder     Fault = "responder_error"     // the OCSP responder answered with an error
	FaultUnauthorized  Fault = "responder_not_authorized"
	FaultOtherSubject  Fault = "other_certificate" // the OCSP answer is about another one
	FaultUnknown       Fault = "status_unknown"    // the OCSP responder does not know the certificate
	FaultNonce         Fault = "nonce_differs"     // an answer to somebody else's question
	FaultUnreachable   Fault = "unreachable"       // the source did not answer
	FaultNotLoaded     Fault = "not_loaded"        // nothing has been received yet
	FaultNoSource      Fault = "no_source"         // nothing was configured
	FaultReasons       Fault = "some_reasons"      // only for some of the reasons for revocation
	FaultNoNumber      Fault = "no_number"         // without cRLNumber nobody knows which list is the newer
	FaultOtherKind     Fault = "other_kind"        // not what this source gave before
)

// RevocationError says why it cannot be known whether a certificate was revoked.
// It is an ErrRevocationUnknown.
type RevocationError struct {
	Fault  Fault
	Detail string // for administrators; not translated
}

// Error implements error for logs and checks.
func (e *RevocationError) Error() string {
	text := "revocation state unknown: " + string(e.Fault)
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// Unwrap makes it an ErrRevocationUnknown.
func (e *RevocationError) Unwrap() error { return ErrRevocationUnknown }

func fault(f Fault, detail string, args ...any) *RevocationError {
	return &RevocationError{Fault: f, Detail: Visible(fmt.Sprintf(detail, args...), maxNameLength)}
}

// maxSkew is how far another's clock may be ahead of ours.
const maxSkew = 5 * time.Minute

// fresh says whether something that was signed for a time may be relied on.
func fresh(thisUpdate, nextUpdate, now time.Time) error {
	switch {
	case thisUpdate.After(now.Add(maxSkew)):
		return fault(FaultFuture, "it is of %s", thisUpdate.UTC().Format(time.RFC3339))
	case nextUpdate.IsZero():
		return fault(FaultNoNextUpdate, "it is of %s", thisUpdate.UTC().Format(time.RFC3339))
	case now.After(nextUpdate):
		return fault(FaultStale, "the next one was due on %s", nextUpdate.UTC().Format(time.RFC3339))
	}
	return nil
}

// strong says whether a signature of this algorithm by the key of the signer
// proves anything.
func strong(algorithm x509.SignatureAlgorithm, signer *x509.Certificate) error {
	if detail := weakSignature(&x509.Certificate{SignatureAlgorithm: algorithm}); detail != "" {
		return fault(FaultWeakSignature, "%s", detail)
	}
	if detail := weakKey(signer, hopelessRSABits); detail != "" {
		return fault(FaultWeakSignature, "%s", detail)
	}
	return nil
}

// AuthorityID names a CA by its name and its key: certificates that renew or
// cross-sign it have the same, and a CA of the same name with another key has
// another, so that equal serials of the two are never confused.
func AuthorityID(ca *x509.Certificate) string {
	return AuthorityIDOf(ca.RawSubject, sha256.Sum256(ca.RawSubjectPublicKeyInfo))
}

// AuthorityIDOf is the AuthorityID of a CA of which the subject and the hash of its key
// are known.
func AuthorityIDOf(subject []byte, key [sha256.Size]byte) string {
	h := sha256.New()
	name := sha256.Sum256(subject)
	h.Write([]byte("signet authority v1\x00"))
	h.Write(name[:])
	h.Write(key[:])
	return hex.EncodeToString(h.Sum(nil))
}

// issued reports whether the certificate names this issuer. That its key signed
// is for the path to know.
func issued(issuer, leaf *x509.Certificate) bool {
	return issuerNameMatches(leaf, issuer)
}
