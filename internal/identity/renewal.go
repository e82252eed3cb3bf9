package identity

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
)

// emptyName is the DER of a distinguished name without any attribute, which
// names nobody (RFC 5280, section 4.1.2.6).
const emptyName = "\x30\x00"

// names returns under which names the holder of a certificate is known to its
// CA: subject and alternative names, each within the CA's key. Names are compared
// as the CA encoded them, never as text (CVE-2026-33248). A CA gives a subject
// name to one holder only (RFC 5280, section 4.1.2.6); another CA's names mean
// nothing here.
func names(c *iam.Certificate) [][]byte {
	if c == nil || c.IssuerSPKI == "" {
		return nil // no path was verified
	}
	of := func(kind string, name []byte) []byte {
		h := sha256.New()
		for _, part := range [][]byte{[]byte(kind), []byte(c.IssuerSPKI), name} {
			sum := sha256.Sum256(part)
			h.Write(sum[:])
		}
		return h.Sum(nil)
	}
	var all [][]byte
	if len(c.SubjectDER) > 0 && string(c.SubjectDER) != emptyName {
		all = append(all, of("subject", c.SubjectDER))
	}
	if san, err := hex.DecodeString(c.SubjectAltName); err == nil && len(san) > 0 {
		all = append(all, of("subjectAltName", san))
	}
	return all
}

// Renewed returns the identifier of which an accepted certificate that belongs to
// nobody looks like the renewal: the same CA gave it, not earlier, to a holder of
// the same subject or the same alternative names. Where several people have these
// names nobody is guessed: there is none then.
func Renewed(tx *store.Tx, e iam.Evidence) (found iam.Identity, ok bool, err error) {
	var all []iam.Identity
	for _, name := range names(e.Certificate) {
		candidates, err := tx.IdentitiesByName(e.Provider, name)
		if err != nil {
			return iam.Identity{}, false, err
		}
		all = append(all, candidates...)
	}
	for _, candidate := range all {
		// Whose the names are comes before which certificate is the newer: one that
		// could not be renewed still says that somebody else bears the name.
		if candidate.User != all[0].User {
			return iam.Identity{}, false, nil
		}
		if candidate.Certificate == nil || e.Certificate.NotBefore.Before(candidate.Certificate.NotBefore) {
			continue // an old certificate is no renewal of a newer one
		}
		if !ok || candidate.Certificate.NotAfter.After(found.Certificate.NotAfter) {
			found, ok = candidate, true
		}
	}
	return found, ok, nil
}

// Borne reports whether somebody has a certificate of the same CA with a name that
// this one bears: an older or a newer one, or one of several people. Its holder is
// no stranger, although nobody says who they are.
func Borne(tx *store.Tx, e iam.Evidence) (bool, error) {
	for _, name := range names(e.Certificate) {
		if all, err := tx.IdentitiesByName(e.Provider, name); err != nil || len(all) > 0 {
			return len(all) > 0, err
		}
	}
	return false, nil
}

// renewableFor is how long after its end a certificate still says whose its renewal
// is. Later its name may be that of somebody else.
const renewableFor = 90 * 24 * time.Hour

// Renewable reports whether an identifier can still be renewed.
func Renewable(old iam.Identity, now time.Time) bool {
	return old.Certificate != nil && now.Before(old.Certificate.NotAfter.Add(renewableFor))
}

// same reports whether two certificates say the same in every field. Where it is
// in doubt it says no, which costs a write.
func same(a, b *iam.Certificate) bool {
	if a == nil || b == nil || !a.NotBefore.Equal(b.NotBefore) || !a.NotAfter.Equal(b.NotAfter) {
		return false
	}
	x, y := *a, *b // times have several forms in memory
	x.NotBefore, x.NotAfter, y.NotBefore, y.NotAfter = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	return reflect.DeepEqual(x, y)
}

// Plainly reports whether a certificate names its holder exactly as the one does
// that it seems to renew: subject and alternative names alike. Two people can bear
// one subject, and a mailbox gets a new owner; where either name differs, no
// policy may take the one for the other without asking.
func Plainly(renews, c *iam.Certificate) bool {
	return renews != nil && c != nil && bytes.Equal(renews.SubjectDER, c.SubjectDER) && renews.SubjectAltName == c.SubjectAltName
}

// Used remembers that an identifier signed in to an application, and the newest
// certificate of its key with the names by which the next one is recognised.
func Used(tx *store.Tx, i iam.Identity, app iam.AppID, c *iam.Certificate) error {
	if same(i.Certificate, c) {
		return tx.TouchIdentity(i.ID, app)
	}
	if err := tx.UseIdentity(i.ID, app, c); err != nil {
		return err
	}
	if c == nil || c.IssuerSPKI == "" || i.Certificate != nil && i.Certificate.SHA256 == c.SHA256 && i.Certificate.IssuerSPKI == c.IssuerSPKI {
		return nil // as before, or a proxy verified it and says no more
	}
	return tx.SetIdentityNames(i, names(c))
}
