package identity

import (
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"slices"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/store"
)

// IssuedTo returns for whom Signet has issued a certificate itself, and whether it has.
// What it has written down says so; where that is gone, because a backup was brought
// back or the certificate ended long ago, the certificate does, in which its authority
// wrote whose it is. Where that names nobody it is nobody's.
func IssuedTo(tx *store.Tx, c *iam.Certificate) (user iam.UserID, issued bool, err error) {
	if c == nil {
		return "", false, nil
	}
	user, err = tx.IssuedTo(c)
	if !iam.IsNotFound(err) {
		return user, err == nil, err
	}
	key, err := hex.DecodeString(c.IssuerSPKI)
	if err != nil || len(key) != sha256.Size {
		return "", false, nil // no path was verified
	}
	all, err := tx.IssuingAuthorities()
	if err != nil {
		return "", false, err
	}
	by := cert.AuthorityIDOf(c.IssuerDER, [sha256.Size]byte(key))
	if !slices.ContainsFunc(all, func(a iam.IssuingAuthority) bool { return a.Is(by) }) {
		return "", false, nil
	}
	return holder(c.SubjectDER), true, nil
}

// holder is the id of the person in the subject of a certificate that Signet has issued
// (serialNumber), or "".
func holder(subject []byte) iam.UserID {
	var rdns pkix.RDNSequence
	if _, err := asn1.Unmarshal(subject, &rdns); err != nil {
		return ""
	}
	var name pkix.Name
	name.FillFromRDNSequence(&rdns)
	return iam.UserID(name.SerialNumber)
}

// issuedToAnother reports whether Signet has issued the certificate itself, to
// somebody else: it stays theirs although it was taken off them, or they are gone.
func issuedToAnother(tx *store.Tx, c *iam.Certificate, user iam.UserID) (bool, error) {
	to, issued, err := IssuedTo(tx, c)
	return issued && to != user, err
}
