package directory

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"signet/internal/iam"
	"signet/internal/store"
)

// Limits of the settings.
const (
	MaxProductName    = 50
	MaxPasswordRule   = 64 // the longest that may be asked for; NIST SP 800-63B, section 5.1.1.2
	MaxPasswordKinds  = 4
	MaxSessionHours   = 720
	MaxDeletionDays   = 365
	DefaultSessionTTL = 12 // hours, where neither settings nor configuration say
)

// Settings returns what holds for the whole installation. What it says is on
// every sign-in page, so no permission is asked.
func (s *Service) Settings(ctx context.Context) (set iam.Settings, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		set, err = tx.Settings()
		return err
	})
	return set, err
}

// ChangeSettings stores changed settings, which hold on every node within two
// seconds. Of two who change the same version the second is told (cause
// changed_meanwhile).
func (s *Service) ChangeSettings(ctx context.Context, caller iam.Caller, set iam.Settings) error {
	if err := s.Log.Denied(ctx, caller, iam.EditSettings, iam.System()); err != nil {
		return err
	}
	if err := s.checkSettings(&set); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		if set.Logo != "" {
			if _, err := tx.Picture(set.Logo); iam.IsNotFound(err) { // swept while the form was open
				return iam.Invalid("logo", "picture_gone")
			} else if err != nil {
				return err
			}
		}
		if err := tx.SetSettings(set); err != nil {
			return err
		}
		// Signet itself is an application too: its name stands above its sign-in form.
		own, err := tx.App(iam.SignetApp)
		if err != nil && !iam.IsNotFound(err) {
			return err
		}
		if name := cmp.Or(set.Name, s.Brand); err == nil && name != "" && own.Name != name {
			own.Name = name
			if err := tx.UpdateApp(own); err != nil {
				return err
			}
		}
		return s.Log.Write(tx, caller, iam.Event{Kind: iam.EventSettingsChanged, Details: map[string]string{"name": set.Name}})
	})
}

func (s *Service) checkSettings(set *iam.Settings) error {
	set.Name = strings.TrimSpace(set.Name)
	outside := func(field string, value, least, most int) error {
		if value >= least && value <= most {
			return nil
		}
		return &iam.Error{Kind: iam.KindInvalid, Field: field, Cause: "outside_range", Params: map[string]string{"Min": fmt.Sprint(least), "Max": fmt.Sprint(most)}}
	}
	switch {
	case utf8.RuneCountInString(set.Name) > MaxProductName:
		return &iam.Error{Kind: iam.KindInvalid, Field: "name", Cause: "too_long", Params: map[string]string{"Max": fmt.Sprint(MaxProductName)}}
	case !utf8.ValidString(set.Name) || strings.ContainsFunc(set.Name, func(r rune) bool { return unicode.Is(unicode.C, r) }):
		return iam.Invalid("name", "invisible_characters")
	case set.Language != "" && s.KnowsLanguage != nil && !s.KnowsLanguage(set.Language):
		return iam.Invalid("language", "unknown_language")
	}
	if set.PasswordLength != 0 {
		if err := outside("password_length", set.PasswordLength, MinPasswordLength, MaxPasswordRule); err != nil {
			return err
		}
	}
	if err := outside("password_kinds", set.PasswordKinds, 0, MaxPasswordKinds); err != nil {
		return err
	}
	if set.DeletionDays != 0 {
		if err := outside("deletion_days", set.DeletionDays, 1, MaxDeletionDays); err != nil {
			return err
		}
	}
	if set.SessionHours != 0 {
		return outside("session_hours", set.SessionHours, 1, MaxSessionHours)
	}
	return nil
}
