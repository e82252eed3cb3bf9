package directory

import (
	"context"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"signet/internal/iam"
	"signet/internal/store"
)

// CreateUser adds a person. Password may be empty: such a person signs in by
// other means.
func (s *Service) CreateUser(ctx context.Context, caller iam.Caller, u iam.User, password string) (iam.User, error) {
	if err := s.Log.Denied(ctx, caller, iam.CreateUser, iam.System()); err != nil {
		return iam.User{}, err
	}
	if err := checkUser(&u); err != nil {
		return iam.User{}, err
	}
	var hash string
	if password != "" {
		var err error
		if hash, err = s.hash(ctx, password); err != nil {
			return iam.User{}, err
		}
	}
	err := s.DB.Update(ctx, func(tx *store.Tx) error { return s.insertUser(tx, caller, &u, hash) })
	return u, err
}

func (s *Service) insertUser(tx *store.Tx, caller iam.Caller, u *iam.User, hash string) error {
	if err := s.addUser(tx, u, hash); err != nil {
		return err
	}
	return s.Log.Write(tx, caller, iam.Event{Kind: iam.EventUserCreated, User: u.ID, UserLogin: u.Login})
}

// addUser adds the row of a person; the event is the caller's to write.
func (s *Service) addUser(tx *store.Tx, u *iam.User, hash string) error {
	u.ID, u.Status = iam.UserID(iam.NewID()), iam.UserActive
	u.CreatedAt, u.UpdatedAt, u.StatusAt = tx.Now(), tx.Now(), tx.Now()
	if err := freeLogin(tx, *u); err != nil {
		return err
	}
	if err := freeNumber(tx, *u); err != nil {
		return err
	}
	if err := tx.InsertUser(*u); err != nil {
		if store.IsUnique(err) {
			return &iam.Error{Kind: iam.KindConflict, Field: "login", Cause: "login_taken", Params: map[string]string{"Login": u.Login}, Err: err}
		}
		return err
	}
	if hash != "" {
		return tx.SetPasswordHash(u.ID, hash)
	}
	return nil
}

// freeLogin refuses a login that somebody else has, or that is the confirmed
// address of somebody else: people are found by either (findByName), so that it
// would stand in the way of its owner, at the sign-in and where roles are given.
func freeLogin(tx *store.Tx, u iam.User) error {
	taken := &iam.Error{Kind: iam.KindConflict, Field: "login", Cause: "login_taken", Params: map[string]string{"Login": u.Login}}
	other, err := tx.UserByLogin(u.Login)
	switch {
	case err == nil && other.ID != u.ID:
		return taken
	case err != nil && !iam.IsNotFound(err):
		return err
	case !strings.Contains(u.Login, "@"):
		return nil
	}
	owners, err := tx.UsersByVerifiedEmail(u.Login)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(owners, func(o iam.User) bool { return o.ID != u.ID }) {
		return taken
	}
	return nil
}

// freeNumber refuses a personal number that somebody else has.
func freeNumber(tx *store.Tx, u iam.User) error {
	if u.Number == "" {
		return nil
	}
	other, err := tx.UserByNumber(u.Number)
	if err == nil && other.ID != u.ID {
		return &iam.Error{Kind: iam.KindConflict, Field: "number", Cause: "number_taken", Params: map[string]string{"Login": other.Login}}
	}
	if iam.IsNotFound(err) {
		return nil
	}
	return err
}

// checkUser trims and checks what is typed about a person.
func checkUser(u *iam.User) error {
	u.Login = iam.LoginName(u.Login)
	for _, f := range []struct {
		field string
		value *string
		max   int
	}{
		{"login", &u.Login, 100}, {"name", &u.Name, 200}, {"given_name", &u.GivenName, 100},
		{"family_name", &u.FamilyName, 100}, {"email", &u.Email, 254}, {"number", &u.Number, 64},
	} {
		*f.value = strings.TrimSpace(*f.value)
		if utf8.RuneCountInString(*f.value) > f.max {
			return &iam.Error{Kind: iam.KindInvalid, Field: f.field, Cause: "too_long", Params: map[string]string{"Max": fmt.Sprint(f.max)}}
		}
		if strings.ContainsFunc(*f.value, func(r rune) bool { return unicode.Is(unicode.C, r) }) || !utf8.ValidString(*f.value) {
			return iam.Invalid(f.field, "invisible_characters")
		}
	}
	if u.Login == "" {
		return iam.Invalid("login", "login_missing")
	}
	if !iam.Shows(u.Login) {
		return iam.Invalid("login", "invisible_characters")
	}
	if strings.ContainsFunc(u.Login, unicode.IsSpace) {
		return iam.Invalid("login", "login_has_spaces")
	}
	if u.Email != "" {
		if a, err := mail.ParseAddress(u.Email); err != nil || a.Address != u.Email {
			return iam.Invalid("email", "email_malformed")
		}
	}
	return nil
}

// EditUser changes what is known of a person: oneself, or an administrator.
// The login, the personal number and a confirmed address are an administrator's to
// change. Of two who
// change the same version the second is told (cause changed_meanwhile); version 0
// is for those who read the person in the same request.
func (s *Service) EditUser(ctx context.Context, caller iam.Caller, u iam.User) error {
	self := caller.User == u.ID && u.ID != ""
	if !self {
		if err := s.Log.Denied(ctx, caller, iam.EditUser, iam.System()); err != nil {
			return err
		}
	}
	if err := checkUser(&u); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		old, err := tx.User(u.ID)
		if err != nil {
			return err
		}
		if u.Version != 0 && u.Version != old.Version {
			return iam.Conflict("changed_meanwhile")
		}
		u.LoginChosen = old.LoginChosen
		if !caller.May(iam.EditUser, iam.System()) {
			u.Login, u.Number = old.Login, old.Number
			// Not by Unicode's idea of case: the Kelvin sign folds to k, and the address
			// with the k is somebody else's.
			u.EmailVerified = old.EmailVerified && iam.Means(old.Email, u.Email)
		}
		if u.Login != old.Login { // given by an administrator
			u.LoginChosen = false
		}
		if err := freeLogin(tx, u); err != nil {
			return err
		}
		if err := freeNumber(tx, u); err != nil {
			return err
		}
		if err := tx.UpdateUser(u); err != nil {
			return err
		}
		return s.Log.Write(tx, caller, iam.Event{Kind: iam.EventUserChanged, User: u.ID})
	})
}

// SetLocale remembers the language that the caller chose.
func (s *Service) SetLocale(ctx context.Context, caller iam.Caller, locale string) error {
	if caller.User == "" {
		return &iam.Error{Kind: iam.KindUnauthenticated, Cause: "sign_in_needed"}
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		return tx.SetLocale(caller.User, locale)
	})
}

// Block keeps a person out at once: no sign-in, and every session and token
// ends in the same transaction. The last system administrator cannot be blocked.
func (s *Service) Block(ctx context.Context, caller iam.Caller, id iam.UserID) error {
	if err := s.Log.Denied(ctx, caller, iam.BlockUser, iam.System()); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		user, err := tx.User(id)
		if err != nil {
			return err
		}
		if user.Status == iam.UserBlocked {
			return nil
		}
		if user.Status == iam.UserDeleted { // nothing lets them in; to block would cancel the deletion
			return iam.Conflict("user_not_active")
		}
		if err := s.keepAnAdministrator(tx, id); err != nil {
			return err
		}
		if err := tx.SetUserStatus(id, iam.UserBlocked); err != nil {
			return err
		}
		if err := tx.DeleteOneTimeLinksOf(passwordPurpose, id); err != nil {
			return err
		}
		if _, err := s.Sessions.EndAll(tx, caller, id, "", iam.EndBlocked); err != nil {
			return err
		}
		return s.Log.Write(tx, caller, iam.Event{Kind: iam.EventUserBlocked, User: id})
	})
}

// Unblock lets a person in again.
func (s *Service) Unblock(ctx context.Context, caller iam.Caller, id iam.UserID) error {
	if err := s.Log.Denied(ctx, caller, iam.BlockUser, iam.System()); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		user, err := tx.User(id)
		if err != nil {
			return err
		}
		switch user.Status {
		case iam.UserActive:
			return nil
		case iam.UserDeleted: // is restored, not unblocked
			return iam.Conflict("user_not_active")
		}
		if err := tx.SetUserStatus(id, iam.UserActive); err != nil {
			return err
		}
		return s.Log.Write(tx, caller, iam.Event{Kind: iam.EventUserUnblocked, User: id})
	})
}

// PageSize is how many people a page of Users holds.
const PageSize = 50

// Users returns a page of people, those after a login, that contain the text.
func (s *Service) Users(ctx context.Context, caller iam.Caller, search, after string) (users []iam.User, err error) {
	if err := caller.Require(iam.ViewUsers, iam.System()); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		users, err = tx.Users(strings.TrimSpace(search), after, PageSize)
		return err
	})
	return users, err
}

// UserByLogin returns the person who is called so, for an administrator.
func (s *Service) UserByLogin(ctx context.Context, caller iam.Caller, login string) (user iam.User, err error) {
	if err := caller.Require(iam.ViewUsers, iam.System()); err != nil {
		return iam.User{}, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		user, err = tx.UserByLogin(login)
		return err
	})
	return user, err
}
