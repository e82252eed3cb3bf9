package login

import (
	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/store"
	"signet/internal/trust"
)

// expiredOf says what the refusal of a certificate that has just expired leads to:
// to the page of renewals where it is somebody's who could still sign in, and is
// that of any expired one otherwise. It says nothing about whose it is.
func expiredOf(tx *store.Tx, l iam.Login, r *iam.Refusal) (*iam.Refusal, error) {
	if r.Cause != CauseJustExpired {
		return r, nil
	}
	told := *r
	told.Cause = string(cert.CauseExpired)
	link, err := identity.Find(tx, r.Provider, r.Key, r.Certificate)
	if iam.IsNotFound(err) || l.Purpose != iam.PurposeSignIn {
		return &told, nil
	}
	if err != nil {
		return nil, err
	}
	holder, err := tx.User(link.User)
	if err != nil {
		return nil, err
	}
	_, blocked, err := trust.Blocked(tx, r.Certificate)
	if err != nil {
		return nil, err
	}
	if holder.Status == iam.UserActive && !blocked {
		told.Cause = CauseJustExpired
	}
	return &told, nil
}
