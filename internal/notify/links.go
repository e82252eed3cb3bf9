package notify

import (
	"encoding/hex"
	"time"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/store"
)

// The messages with a one-time link are written by the room whose link it is, in
// its transaction, and after it has asked whether the caller may.

// Ready returns a refusal (cause mail_not_set_up) where no mail is sent: a link
// that would only lie in the outbox helps nobody.
func (s *Service) Ready(tx *store.Tx) error {
	set, err := read(tx)
	if err != nil {
		return err
	}
	if !set.On() {
		return iam.Conflict("mail_not_set_up")
	}
	return nil
}

// once refuses to mail a link twice: who presses the button again would fill a
// mailbox.
func once(tx *store.Tx, secret iam.Secret) error {
	fresh, err := tx.KeepReminder("link:" + hex.EncodeToString(secret.Hash()))
	if err != nil {
		return err
	}
	if !fresh {
		return iam.Conflict("link_mailed_already")
	}
	return nil
}

// MailPasswordLink writes to a person the link by which they choose a password.
func (s *Service) MailPasswordLink(tx *store.Tx, user iam.User, secret iam.Secret, until time.Time) error {
	return s.mailLink(tx, to(user), secret, draft{
		kind: iam.MessagePasswordLink, path: "/password/" + string(secret), expires: until,
		args: func(p *i18n.Printer) []any { return []any{"Until", p.DateTime(until)} },
	})
}

// MailInvitation writes an invitation to the address that it is for.
func (s *Service) MailInvitation(tx *store.Tx, i iam.Invitation, place string, secret iam.Secret) error {
	return s.mailLink(tx, recipient{address: i.Email}, secret, draft{
		kind: iam.MessageInvitation, path: "/invitations/" + string(secret), expires: i.ExpiresAt,
		args: func(p *i18n.Printer) []any { return []any{"Place", clean(place), "Until", p.DateTime(i.ExpiresAt)} },
	})
}

// MailConfirmation writes to a person the link by which they confirm their
// address.
func (s *Service) MailConfirmation(tx *store.Tx, user iam.User, secret iam.Secret, until time.Time) error {
	r := to(user)
	r.name = "" // whoever reads it may be somebody else
	return s.mailLink(tx, r, secret, draft{
		kind: iam.MessageEmailConfirmation, path: "/email/" + string(secret), expires: until,
		args: func(p *i18n.Printer) []any { return []any{"Login", clean(user.Login), "Until", p.DateTime(until)} },
	})
}

func (s *Service) mailLink(tx *store.Tx, r recipient, secret iam.Secret, d draft) error {
	if err := s.Ready(tx); err != nil {
		return err
	}
	if !Address(r.address) {
		return iam.Conflict("address_unusable")
	}
	if err := once(tx, secret); err != nil {
		return err
	}
	d.secret = true
	return s.post(tx, r, d)
}
