package identity

import (
	"context"
	"slices"

	"signet/internal/iam"
	"signet/internal/store"
)

// Shown is what an application may know of an identifier: that it is there, and
// by which name. Fingerprints, serial numbers and the certificate itself are no
// part of it, so that nobody can hand them on by mistake (row S38).
type Shown struct {
	Type   iam.ProviderType
	Method string // name of the login method
	Name   string // on the certificate
}

// ShownTo returns the identifiers of a person that an application may see: those
// that everyone may, and those on request where the person has agreed to give the
// application something (row S64). The application has shown an access token for
// the person; no other permission is asked.
func (s *Service) ShownTo(ctx context.Context, user iam.UserID, app iam.AppID) (shown []Shown, err error) {
	err = s.DB.Look(ctx, func(tx *store.Tx) error {
		shown = nil
		identities, err := tx.ShowableIdentities(user)
		if err != nil || len(identities) == 0 {
			return err
		}
		agreed := false
		if slices.ContainsFunc(identities, func(i iam.Identity) bool { return visible(i.Publicity, true) && !visible(i.Publicity, false) }) {
			_, err = tx.Consent(user, app)
			agreed = err == nil
			if err != nil && !iam.IsNotFound(err) {
				return err
			}
		}
		for _, identity := range identities {
			if !visible(identity.Publicity, agreed) {
				continue
			}
			method, err := tx.Provider(identity.Provider)
			if err != nil && !iam.IsNotFound(err) {
				return err
			}
			one := Shown{Type: identity.Type, Method: method.Name}
			if identity.Certificate != nil {
				one.Name = identity.Certificate.CommonName // not the whole subject, in which numbers may stand
			}
			shown = append(shown, one)
		}
		return nil
	})
	return shown, err
}

// visible reports whether an application sees an identifier. What is no level that
// we know is seen by nobody. Pure.
func visible(p iam.Publicity, agreed bool) bool {
	return p == iam.PublicityEveryone || p == iam.PublicityOnRequest && agreed
}
