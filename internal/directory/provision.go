package directory

import (
	"signet/internal/iam"
	"signet/internal/store"
)

// CheckAccount says whether an account could be called so, without looking who is
// there. It trims what is around names.
func CheckAccount(u *iam.User) error { return checkUser(u) }

// Provision makes the account of somebody whose certificate a login method of the
// scope has accepted, in the transaction of the login that it belongs to. It has no
// password. At an organization or an application the person becomes a member of
// that, and of nothing else. Somebody who has the login, or the address where it is
// to be confirmed, already is a conflict (login_taken): nobody is given to anybody.
func (s *Service) Provision(tx *store.Tx, caller iam.Caller, in iam.Scope, u iam.User, attempt iam.AttemptID) (iam.User, error) {
	if err := checkUser(&u); err != nil {
		return iam.User{}, err
	}
	if !iam.OneScript(u.Login) {
		return iam.User{}, iam.Invalid("login", "login_mixes_scripts")
	}
	if err := s.Free(tx, u); err != nil {
		return iam.User{}, err
	}
	if err := s.addUser(tx, &u, ""); err != nil {
		return iam.User{}, err
	}
	if err := s.Log.Write(tx, caller, iam.Event{
		Kind: iam.EventUserCreated, User: u.ID, UserLogin: u.Login, Actor: u.ID, Attempt: attempt, Details: map[string]string{"by": "certificate"},
	}); err != nil {
		return iam.User{}, err
	}
	if in.Level == iam.LevelSystem {
		return u, nil
	}
	return u, s.setRole(tx, caller, u.ID, in, iam.RoleMember, "given")
}

// Free says whether nobody has the login of an account, nor one that reads the same,
// nor its confirmed address.
func (s *Service) Free(tx *store.Tx, u iam.User) error {
	if err := freeLogin(tx, u); err != nil {
		return err
	}
	if err := freeOfLikes(tx, u); err != nil || !u.EmailVerified {
		return err
	}
	others, err := tx.UsersByVerifiedEmail(u.Email)
	if err != nil {
		return err
	}
	if len(others) == 0 { // it can be what somebody is called, too
		if _, err := tx.UserByLogin(u.Email); err != nil {
			if iam.IsNotFound(err) {
				err = nil
			}
			return err
		}
	}
	return &iam.Error{Kind: iam.KindConflict, Field: "email", Cause: "login_taken", Params: map[string]string{"Login": u.Email}}
}

// freeOfLikes refuses a login that reads like that of somebody else and is written in
// another script. Administrators may give such a one: they know whom they mean.
func freeOfLikes(tx *store.Tx, u iam.User) error {
	for _, like := range iam.Alike(u.Login) {
		other, err := tx.UserByLogin(like)
		switch {
		case iam.IsNotFound(err):
		case err != nil:
			return err
		case other.ID != u.ID:
			return &iam.Error{Kind: iam.KindConflict, Field: "login", Cause: "login_taken", Params: map[string]string{"Login": u.Login}}
		}
	}
	return nil
}
