package directory

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"signet/internal/iam"
	"signet/internal/limit"
	"signet/internal/store"
)

// hashParams follow the OWASP recommendation for argon2id with one pass (46 MiB).
var hashParams = &argon2id.Params{Memory: 46 * 1024, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// unknownHash is the hash of no password anyone has. Checking against it makes
// an unknown name cost the same time as a wrong password.
const unknownHash = "$argon2id$v=19$m=47104,t=1,p=1$c2lnbmV0LW5vLW9uZS4uLg$Uu0eNSg4t6cbzXwPrtr7OXiBeM2QWv1lJSs7R1hGPDo"

// How many wrong passwords are borne within a quarter of an hour: by one address
// for all names, by one name from one address, and by one name from everywhere.
// What an earlier limit refuses does not count for a later one: otherwise a
// stranger who goes on although refused would lock the person out everywhere.
const (
	triesWindow         = 15 * time.Minute
	triesPerNameAndHost = 8
	triesPerName        = 60
	triesPerHost        = 60
)

// MinPasswordLength and MaxPasswordLength bound a password, in characters. Eight
// is the least that NIST SP 800-63B, section 5.1.1.2 allows; settings may ask for
// more.
const (
	MinPasswordLength = 8
	MaxPasswordLength = 256
)

// Authenticated is a person whose password was right.
type Authenticated struct {
	iam.User
	hash string
}

// Still returns the error of a wrong password where it is no longer theirs, in the
// transaction that makes use of it. To compute a hash takes long: whoever changed
// the password meanwhile ended every session, and none may follow.
func (a Authenticated) Still(tx *store.Tx) error {
	hash, err := tx.PasswordHash(a.ID)
	if err != nil && !iam.IsNotFound(err) {
		return err
	}
	if err != nil || hash != a.hash {
		return iam.Invalid("password", "wrong_password")
	}
	return nil
}

// Authenticate returns the person who is called so and has this password. A
// wrong password, an unknown name and a person without a password are one and
// the same error, at the same cost.
func (s *Service) Authenticate(ctx context.Context, caller iam.Caller, name, password string) (Authenticated, error) {
	if name == "" || utf8.RuneCountInString(name) > 320 {
		return Authenticated{}, iam.Invalid("login", "wrong_password")
	}
	var user iam.User
	hash := unknownHash
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if user, err = findByName(tx, name); err != nil {
			return err
		}
		hash, err = tx.PasswordHash(user.ID)
		return err
	})
	if err != nil && !iam.IsNotFound(err) {
		return Authenticated{}, err
	}
	// Login and e-mail address are one name of one person: with a count for each,
	// whoever knows both would have twice as many tries.
	found, who := err == nil, name
	if found {
		who = string(user.ID)
	} else {
		hash = unknownHash
	}
	if err := s.countTries(ctx, caller, who); err != nil {
		return Authenticated{}, err
	}
	matches, err := s.compare(ctx, password, hash)
	if err != nil {
		return Authenticated{}, err
	}
	if !matches || !found {
		return Authenticated{}, iam.Invalid("password", "wrong_password")
	}
	host := limit.Network(caller.Address).String()
	return Authenticated{user, hash}, s.DB.Update(ctx, func(tx *store.Tx) error {
		// This try was no wrong one: an office behind one address must not be shut out
		// because many of its people sign in. Only this try is taken back, so that an
		// attacker cannot wash the count of others with an account of their own.
		for _, key := range []string{throttleKey("host", host), throttleKey("name", who)} {
			if err := tx.TakeBackTry(key); err != nil {
				return err
			}
		}
		return tx.ForgetTries(throttleKey("name+host", who, host))
	})
}

// findByName finds a person by login, or by an e-mail address that is confirmed
// and belongs to one person only: theirs but for the case of ASCII letters, so that
// an address with a Kelvin sign does not stand for the one with a k.
func findByName(tx *store.Tx, name string) (iam.User, error) {
	user, err := tx.UserByLogin(name)
	if err == nil || !iam.IsNotFound(err) || !strings.Contains(name, "@") {
		return user, err
	}
	users, err := tx.UsersByVerifiedEmail(name)
	if err != nil {
		return iam.User{}, err
	}
	users = slices.DeleteFunc(users, func(u iam.User) bool { return !iam.Means(name, u.Email) })
	if len(users) != 1 {
		return iam.User{}, iam.NotFound("user")
	}
	return users[0], nil
}

// countTries counts a try for who, a person's id or a name that nobody has.
func (s *Service) countTries(ctx context.Context, caller iam.Caller, who string) error {
	host := limit.Network(caller.Address).String()
	var limited *iam.Error
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		limited = nil
		for _, limit := range []struct {
			key   string
			tries int64
		}{
			{throttleKey("host", host), triesPerHost},
			{throttleKey("name+host", who, host), triesPerNameAndHost},
			{throttleKey("name", who), triesPerName},
		} {
			tries, resets, err := tx.CountTry(limit.key, triesWindow)
			if err != nil {
				return err
			}
			if tries > limit.tries {
				limited = &iam.Error{Kind: iam.KindLimited, Cause: "too_many_tries", Params: map[string]string{"Minutes": minutesUntil(tx.Now(), resets)}}
				return nil
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if limited != nil {
		return limited
	}
	return nil
}

// minutesUntil is how long somebody who is refused has to wait, for the sentence.
func minutesUntil(now, resets time.Time) string {
	return fmt.Sprint(int(resets.Sub(now).Minutes()) + 1)
}

// throttleKey hides what was typed: people type passwords into the name field.
func throttleKey(kind string, parts ...string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + strings.ToLower(strings.Join(parts, "\x00"))))
	return kind + ":" + hex.EncodeToString(sum[:16])
}

func (s *Service) compare(ctx context.Context, password, hash string) (bool, error) {
	if len(password) > 4*MaxPasswordLength {
		return false, nil
	}
	if err := s.hashing.Acquire(ctx, 1); err != nil {
		return false, fmt.Errorf("wait for password check: %w", err)
	}
	defer s.hashing.Release(1)
	matches, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("check password: %w", err)
	}
	return matches, nil
}

//i18n:keys error.* password_too_long password_too_plain

// checkPassword holds a new password against the rules of the settings. Pure.
func checkPassword(password string, rules iam.Settings) *iam.Error {
	refuse := func(cause, param string, value int) *iam.Error {
		return &iam.Error{Kind: iam.KindInvalid, Field: "password", Cause: cause, Params: map[string]string{param: fmt.Sprint(value)}}
	}
	least := max(rules.PasswordLength, MinPasswordLength)
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password):
		return iam.Invalid("password", "password_not_text")
	case n < least:
		return refuse("password_too_short", "Min", least)
	case n > MaxPasswordLength:
		return refuse("password_too_long", "Max", MaxPasswordLength)
	case kindsIn(password) < rules.PasswordKinds:
		return refuse("password_too_plain", "Kinds", rules.PasswordKinds)
	}
	return nil
}

// kindsIn counts the kinds of characters: lower case, upper case, digits, others.
// Letters of scripts without case are of the first kind.
func kindsIn(password string) int {
	var lower, upper, digit, other int
	for _, r := range password {
		switch {
		case unicode.IsUpper(r):
			upper = 1
		case unicode.IsLetter(r):
			lower = 1
		case unicode.IsDigit(r):
			digit = 1
		default:
			other = 1
		}
	}
	return lower + upper + digit + other
}

// hash returns the argon2id hash of a new password that keeps the rules.
func (s *Service) hash(ctx context.Context, password string) (string, error) {
	rules, err := s.Settings(ctx)
	if err != nil {
		return "", err
	}
	if refused := checkPassword(password, rules); refused != nil {
		return "", refused
	}
	if err := s.hashing.Acquire(ctx, 1); err != nil {
		return "", fmt.Errorf("wait to hash password: %w", err)
	}
	defer s.hashing.Release(1)
	hash, err := argon2id.CreateHash(password, hashParams)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return hash, nil
}

// SetPassword gives a person a new password: oneself with the old one, an
// administrator without. Every other session of the person ends.
func (s *Service) SetPassword(ctx context.Context, caller iam.Caller, id iam.UserID, old, password string) error {
	self := caller.User == id && !caller.Program
	var held Authenticated
	if self {
		user, err := s.Person(ctx, id)
		if err != nil {
			return err
		}
		if held, err = s.Authenticate(ctx, caller, user.Login, old); err != nil {
			return wrongOld(err)
		}
	} else if err := s.Log.Denied(ctx, caller, iam.EditUser, iam.System()); err != nil {
		return err
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return err
	}
	return wrongOld(s.DB.Update(ctx, func(tx *store.Tx) error {
		if self {
			if err := held.Still(tx); err != nil {
				return err
			}
		}
		return s.storePassword(tx, caller, id, hash)
	}))
}

// wrongOld says of a wrong password that it is the old one.
func wrongOld(err error) error {
	if refused := iam.AsError(err); refused != nil && refused.Cause == "wrong_password" {
		return iam.Invalid("old_password", "wrong_old_password")
	}
	return err
}

func (s *Service) storePassword(tx *store.Tx, caller iam.Caller, id iam.UserID, hash string) error {
	if err := tx.SetPasswordHash(id, hash); err != nil {
		return err
	}
	// A link that still waits would undo what was just chosen.
	if err := tx.DeleteOneTimeLinksOf(passwordPurpose, id); err != nil {
		return err
	}
	var keep iam.SessionID
	if caller.User == id {
		keep = caller.Session
	}
	if _, err := s.Sessions.EndAll(tx, caller, id, keep, iam.EndPasswordChanged); err != nil {
		return err
	}
	return s.Log.Write(tx, caller, iam.Event{Kind: iam.EventPasswordChanged, User: id})
}

// HasPassword reports whether a person can sign in with a password.
func (s *Service) HasPassword(ctx context.Context, id iam.UserID) (has bool, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		_, err := tx.PasswordHash(id)
		has = err == nil
		if iam.IsNotFound(err) {
			return nil
		}
		return err
	})
	return has, err
}
