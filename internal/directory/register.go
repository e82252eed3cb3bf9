package directory

import (
	"context"
	"fmt"
	"strings"
	"time"

	"signet/internal/iam"
	"signet/internal/limit"
	"signet/internal/store"
)

// How many accounts may be made from one address within an hour: an office
// behind one address can start, a program that fills the list of people cannot.
const (
	registrationsWindow  = time.Hour
	registrationsPerHost = 20
)

// Account is an account that a stranger asked for: checked, counted, and its
// password hashed. It exists once Register has kept it.
type Account struct {
	user iam.User
	hash string
}

// PrepareAccount does for a stranger's account what takes long and must not wait
// in a transaction. The e-mail address is what they say: nothing is proved by
// typing it.
func (s *Service) PrepareAccount(ctx context.Context, caller iam.Caller, u iam.User, password string) (Account, error) {
	set, err := s.Settings(ctx)
	if err != nil {
		return Account{}, err
	}
	if !set.Registration {
		return Account{}, iam.Forbidden("registration_closed")
	}
	u.EmailVerified, u.LoginChosen, u.Number = false, true, ""
	if err := checkUser(&u); err != nil {
		return Account{}, err
	}
	// Nobody has looked whose address it is: who calls themselves by somebody else's
	// would be given the roles that are meant for them.
	if strings.Contains(u.Login, "@") {
		return Account{}, iam.Invalid("login", "login_is_address")
	}
	if !iam.OneScript(u.Login) { // nobody looks at what a stranger chooses
		return Account{}, iam.Invalid("login", "login_mixes_scripts")
	}
	if refused := checkPassword(password, set); refused != nil {
		return Account{}, refused
	}
	// Counted before the costly hash and before the answer whether a login is
	// taken, which tells who has an account here.
	if err := s.countRegistration(ctx, caller); err != nil {
		return Account{}, err
	}
	hash, err := s.hash(ctx, password)
	return Account{user: u, hash: hash}, err
}

// Register makes the account of a stranger where the settings allow it, in the
// transaction of the login that it belongs to.
func (s *Service) Register(tx *store.Tx, caller iam.Caller, a Account, attempt iam.AttemptID) (iam.User, error) {
	// The switch may have been turned while the password was hashed.
	if set, err := tx.Settings(); err != nil {
		return iam.User{}, err
	} else if !set.Registration {
		return iam.User{}, iam.Forbidden("registration_closed")
	}
	u := a.user
	if err := freeOfLikes(tx, u); err != nil {
		return iam.User{}, err
	}
	if err := s.addUser(tx, &u, a.hash); err != nil {
		return iam.User{}, err
	}
	return u, s.Log.Write(tx, caller, iam.Event{
		Kind: iam.EventUserCreated, User: u.ID, UserLogin: u.Login, Actor: u.ID, Attempt: attempt, Details: map[string]string{"by": "registration"},
	})
}

func (s *Service) countRegistration(ctx context.Context, caller iam.Caller) error {
	var limited *iam.Error
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		tries, resets, err := tx.CountTry(throttleKey("register", limit.Network(caller.Address).String()), registrationsWindow)
		limited = nil
		if err == nil && tries > registrationsPerHost {
			minutes := int(resets.Sub(tx.Now()).Minutes()) + 1
			limited = &iam.Error{Kind: iam.KindLimited, Cause: "too_many_registrations", Params: map[string]string{"Minutes": fmt.Sprint(minutes)}}
		}
		return err
	})
	if err != nil {
		return err
	}
	if limited != nil {
		return limited
	}
	return nil
}
