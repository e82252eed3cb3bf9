package directory

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
)

// ready returns a refusal where no mail can be sent.
func (s *Service) ready(tx *store.Tx) error {
	if s.Mail == nil {
		return iam.Conflict("mail_not_set_up")
	}
	return s.Mail.Ready(tx)
}

// MailPasswordLink sends a link that was just made to the person whom it is for.
// Who asks shows the link itself: the database has its hash only.
func (s *Service) MailPasswordLink(ctx context.Context, caller iam.Caller, id iam.UserID, secret iam.Secret) (user iam.User, err error) {
	if err := s.Log.Denied(ctx, caller, iam.EditUser, iam.System()); err != nil {
		return iam.User{}, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := s.ready(tx); err != nil {
			return err
		}
		holder, until, err := tx.OneTimeLinkUntil(secret.Hash(), passwordPurpose)
		if err != nil {
			return err
		}
		if holder != id {
			return iam.NotFound("one_time_link")
		}
		if user, err = linkHolder(tx, id); err != nil {
			return err
		}
		// Whoever had somebody's session for a moment could have written an address of
		// their own there, and would get the account.
		if !user.EmailVerified {
			return iam.Conflict("email_not_confirmed")
		}
		if err := s.Mail.MailPasswordLink(tx, user, secret, until); err != nil {
			return err
		}
		return s.Log.Write(tx, caller, iam.Event{Kind: iam.EventLinkMailed, User: id, Details: map[string]string{"email": user.Email}})
	})
	return user, err
}

// How many invitations are mailed within an hour, by one person and to one
// address: whoever manages an organization chooses both the address and the name
// of the place that stands in the message. The counts are in the store, because
// nodes share the mail server.
const (
	invitationMailWindow = time.Hour
	invitationMails      = 50
	invitationMailsTo    = 5
)

// MailInvitation sends an invitation that was just made to its address.
func (s *Service) MailInvitation(ctx context.Context, caller iam.Caller, in iam.Scope, secret iam.Secret) (i iam.Invitation, err error) {
	if err := s.Log.Denied(ctx, caller, iam.EditRoles, in); err != nil {
		return i, err
	}
	var limited *iam.Error
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		limited = nil
		if err := s.ready(tx); err != nil {
			return err
		}
		if i, err = tx.Invitation(secret.Hash()); err != nil {
			return err
		}
		if i.Scope != in { // of another place: whoever holds its link may read it, and not send it from here
			return iam.NotFound("invitation")
		}
		for _, budget := range []struct {
			key  string
			most int64
		}{{throttleKey("invite by", string(caller.User)), invitationMails}, {throttleKey("invite", strings.ToLower(i.Email)), invitationMailsTo}} {
			tries, _, err := tx.CountTry(budget.key, invitationMailWindow)
			if err != nil {
				return err
			}
			if tries > budget.most {
				limited = &iam.Error{Kind: iam.KindLimited, Cause: "too_many_invitation_mails"}
				refused := invitationEvent(iam.EventLinkMailed, i)
				refused.Outcome, refused.Cause = iam.OutcomeRefused, limited.Cause
				return s.Log.Write(tx, caller, refused) // and the count stays
			}
		}
		invited := Invited{Invitation: i}
		if err := describe(tx, &invited); err != nil {
			return err
		}
		if err := s.Mail.MailInvitation(tx, i, invited.Place, secret); err != nil {
			return err
		}
		return s.Log.Write(tx, caller, invitationEvent(iam.EventLinkMailed, i))
	})
	if err == nil && limited != nil {
		err = limited
	}
	return i, err
}

// EmailLinkTTL is how long the link that confirms an address works.
const EmailLinkTTL = 24 * time.Hour

// How many links to confirm an address are sent within an hour, to one person and
// to one address: nobody's mailbox is to be filled by somebody who says that it
// is theirs.
const (
	confirmationWindow = time.Hour
	confirmationTries  = 5
)

// emailPurpose is the purpose of the link that confirms an address: of this
// address only, so that it confirms no other that was typed meanwhile. Case counts:
// by Unicode's idea of it two addresses can be one.
func emailPurpose(u iam.User) string {
	sum := sha256.Sum256([]byte(u.Email))
	return "email:" + hex.EncodeToString(sum[:])
}

// AskConfirmation sends the caller a link that confirms the e-mail address of
// their account. Links that were sent before stop working.
func (s *Service) AskConfirmation(ctx context.Context, caller iam.Caller) (user iam.User, err error) {
	if caller.User == "" {
		return user, &iam.Error{Kind: iam.KindUnauthenticated, Cause: "sign_in_needed"}
	}
	var limited *iam.Error
	secret := iam.NewSecret()
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		limited = nil
		if err := s.ready(tx); err != nil {
			return err
		}
		if user, err = tx.User(caller.User); err != nil {
			return err
		}
		switch {
		case user.Email == "":
			return iam.Conflict("address_unusable")
		case user.EmailVerified:
			return iam.Conflict("email_confirmed_already")
		}
		for _, key := range []string{throttleKey("confirm", string(user.ID)), throttleKey("confirm address", user.Email)} {
			tries, resets, err := tx.CountTry(key, confirmationWindow)
			if err != nil {
				return err
			}
			if tries > confirmationTries {
				limited = &iam.Error{Kind: iam.KindLimited, Cause: "too_many_confirmations", Params: map[string]string{"Minutes": minutesUntil(tx.Now(), resets)}}
				return nil // the count stays
			}
		}
		until := tx.Now().Add(EmailLinkTTL)
		if err := tx.DeleteOneTimeLinksOf(emailPurpose(user), user.ID); err != nil {
			return err
		}
		if err := tx.InsertOneTimeLink(secret.Hash(), emailPurpose(user), user.ID, until); err != nil {
			return err
		}
		if err := s.Mail.MailConfirmation(tx, user, secret, until); err != nil {
			return err
		}
		return s.Log.Write(tx, caller, iam.Event{Kind: iam.EventEmailAsked, User: user.ID, Details: map[string]string{"email": user.Email}})
	})
	if err == nil && limited != nil {
		err = limited
	}
	return user, err
}

// ConfirmEmail spends the link and confirms the address that it was sent to. It
// works for the account that asked, signed in, and for the address that the
// account still has: else whoever types a stranger's address and makes them press
// a button would be believed to have it.
func (s *Service) ConfirmEmail(ctx context.Context, caller iam.Caller, secret iam.Secret) (user iam.User, err error) {
	if caller.User == "" {
		return user, &iam.Error{Kind: iam.KindUnauthenticated, Cause: "sign_in_needed"}
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if user, err = tx.User(caller.User); err != nil {
			return err
		}
		if err := mine(tx, user, secret); err != nil {
			return err
		}
		if _, err := tx.TakeOneTimeLink(secret.Hash(), emailPurpose(user)); err != nil {
			return err
		}
		user.EmailVerified = true
		if err := tx.UpdateUser(user); err != nil {
			return err
		}
		return s.Log.Write(tx, caller, iam.Event{Kind: iam.EventEmailConfirmed, User: user.ID, Details: map[string]string{"email": user.Email}})
	})
	return user, err
}

// mine finds a link that is not the person's: it is not spent by somebody else.
func mine(tx *store.Tx, user iam.User, secret iam.Secret) error {
	holder, err := tx.OneTimeLink(secret.Hash(), emailPurpose(user))
	if err != nil {
		return err
	}
	if holder != user.ID || user.Email == "" {
		return iam.NotFound("one_time_link")
	}
	return nil
}

// CheckConfirmation reports whether a link would confirm the caller's address.
func (s *Service) CheckConfirmation(ctx context.Context, caller iam.Caller, secret iam.Secret) error {
	return s.DB.View(ctx, func(tx *store.Tx) error {
		user, err := tx.User(caller.User)
		if err != nil {
			return err
		}
		return mine(tx, user, secret)
	})
}
