package directory

import (
	"context"
	"fmt"
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

// Register makes an account for a stranger, where the settings allow it. The
// e-mail address is what they say: nothing is proved by typing it.
func (s *Service) Register(ctx context.Context, caller iam.Caller, u iam.User, password string) (iam.User, error) {
	set, err := s.Settings(ctx)
	if err != nil {
		return iam.User{}, err
	}
	if !set.Registration {
		return iam.User{}, s.refuseRegistration(ctx, caller)
	}
	u.EmailVerified = false
	if err := checkUser(&u); err != nil {
		return iam.User{}, err
	}
	if refused := checkPassword(password, set); refused != nil {
		return iam.User{}, refused
	}
	// Counted before the costly hash and before the answer whether a login is
	// taken, which tells who has an account here.
	if err := s.countRegistration(ctx, caller); err != nil {
		return iam.User{}, err
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return iam.User{}, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		// The switch may have been turned while the password was hashed.
		if now, err := tx.Settings(); err != nil || !now.Registration {
			if err == nil {
				err = iam.Forbidden("registration_closed")
			}
			return err
		}
		return s.insertUser(tx, caller, &u, hash)
	})
	return u, err
}

func (s *Service) refuseRegistration(ctx context.Context, caller iam.Caller) error {
	if err := s.Log.Record(ctx, caller, iam.Event{Kind: iam.EventUserCreated, Outcome: iam.OutcomeRefused, Cause: "registration_closed"}); err != nil {
		return err
	}
	return iam.Forbidden("registration_closed")
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
