package notify

import (
	"context"
	"errors"
	"strconv"
	"time"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/store"
)

const day = 24 * time.Hour

// reminderSteps are the days before the end of a certificate on which its person
// is reminded, the nearest first.
var reminderSteps = [...]int{1, 7, 30}

// reminderPage is how many are reminded in one transaction.
const reminderPage = 50

// Remind writes what is to be said of certificates, authorities and revocation
// lists that end soon, each once: a row with a unique key says so, written with
// the message, so that neither a restart nor a second node says it again.
func (s *Service) Remind(ctx context.Context) error {
	now := s.DB.Now()
	var errs []error
	last := 0
	for _, days := range reminderSteps {
		// Who was away is told of the nearest step only.
		errs = append(errs, s.remindStep(ctx, now.Add(time.Duration(last)*day), now.Add(time.Duration(days)*day), days))
		last = days
	}
	return errors.Join(append(errs, s.warn(ctx))...)
}

func (s *Service) remindStep(ctx context.Context, from, until time.Time, days int) error {
	step := strconv.Itoa(days)
	for {
		n := 0
		err := s.DB.Update(ctx, func(tx *store.Tx) error {
			due, err := tx.UnremindedIdentities(from, until, step, reminderPage)
			if err != nil {
				return err
			}
			n = len(due)
			for _, e := range due {
				fresh, err := tx.KeepReminder(store.ReminderKey(e.Identity, step))
				if err != nil {
					return err
				}
				if !fresh || !worth(*e.Identity.Certificate, days) {
					continue
				}
				if err := s.post(tx, to(e.User), expiryOf(*e.Identity.Certificate)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || n < reminderPage {
			return err
		}
	}
}

// worth reports whether a certificate lives long enough to be reminded of so many
// days before its end: of one that lives for a week nobody wants to hear on its
// first day. Pure.
func worth(c iam.Certificate, days int) bool {
	return 2*time.Duration(days)*day <= c.NotAfter.Sub(c.NotBefore)
}

func expiryOf(c iam.Certificate) draft {
	return draft{
		kind: iam.MessageCertificateExpires, path: "/profile",
		args:  func(p *i18n.Printer) []any { return []any{"Until", p.Date(c.NotAfter)} },
		facts: func(p *i18n.Printer) []iam.LetterFact { return certificateFacts(p, &c) },
	}
}

// MaxExpiringDays bounds how far the list of expiring certificates looks ahead.
const MaxExpiringDays = 366

// Expiring returns a page of certificates that end within so many days, the next
// ones first, those after an identifier of the page before.
func (s *Service) Expiring(ctx context.Context, caller iam.Caller, days int, after iam.IdentityID, limit int) (list []iam.ExpiringIdentity, err error) {
	if err := caller.Require(iam.ViewIdentities, iam.System()); err != nil {
		return nil, err
	}
	if days < 1 || days > MaxExpiringDays {
		return nil, outside("days", 1, MaxExpiringDays)
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		var last iam.Identity
		if after != "" {
			if last, err = tx.Identity(after); err != nil && !iam.IsNotFound(err) {
				return err
			}
		}
		list, err = tx.ExpiringIdentities(tx.Now(), tx.Now().Add(time.Duration(days)*day), last, limit)
		return err
	})
	return list, err
}
