package notify

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
)

// Deliver sends what is due, one message after the other, until nothing is or the
// mail server fails. Several nodes may do it at once.
func (s *Service) Deliver(ctx context.Context) error {
	for ctx.Err() == nil && s.pause.over(s.DB.Now()) {
		more, err := s.deliverOne(ctx)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// deliverOne tries the message that waits longest, and reports whether there was
// one.
func (s *Service) deliverOne(ctx context.Context) (bool, error) {
	var set iam.MailSettings
	var due bool
	var brand string
	// Most of the time nothing is due: that is found out without a transaction.
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if set, err = read(tx); err != nil || !set.On() {
			return err
		}
		if brand, err = s.brand(tx); err != nil {
			return err
		}
		due, err = tx.MessageDue()
		return err
	})
	if err != nil || !due {
		return false, err
	}
	var m iam.Message
	lease := newLease()
	err = s.DB.Update(ctx, func(tx *store.Tx) (err error) {
		m, err = tx.LeaseMessage(lease, tx.Now().Add(leaseTime))
		return err
	})
	if iam.IsNotFound(err) {
		return false, nil // another node was faster
	}
	if err != nil {
		return false, err
	}
	answer, failure := s.try(ctx, m, set, brand)
	return true, s.settle(context.WithoutCancel(ctx), m, answer, failure)
}

// try sends a leased message.
func (s *Service) try(ctx context.Context, m iam.Message, set iam.MailSettings, brand string) (string, *failure) {
	now := s.DB.Now()
	link := m.Letter.Link
	if m.Secret {
		if !m.ExpiresAt.IsZero() && !now.Before(m.ExpiresAt) {
			return "", &failure{fault: FaultExpired, permanent: true}
		}
		opened, err := s.Box.Open(m.Sealed, place(m.ID))
		if err != nil {
			return "", &failure{fault: FaultUnreadable, permanent: true, err: err}
		}
		link = string(opened)
	}
	if !Address(m.To) {
		return "", &failure{fault: FaultRecipientRefused, permanent: true}
	}
	data, err := encode(m, set, brand, link, now)
	if err != nil {
		return "", &failure{fault: FaultUnreadable, permanent: true, err: err}
	}
	patience := cmp.Or(s.Patience, sendTimeout)
	connecting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c, f := s.converse(connecting, set)
	if f != nil {
		return "", f
	}
	defer c.close()
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if !c.goOn(sending) {
		return "", failed(connecting, FaultTimeout, false, context.Cause(connecting))
	}
	return c.send(sending, set.From, m.To, data)
}

// settle writes down how a try went. Somebody else may have the lease by now, or
// the message be gone with its person: then it is theirs to say.
func (s *Service) settle(ctx context.Context, m iam.Message, answer string, f *failure) error {
	if f != nil && f.server {
		s.pause.set(s.DB.Now().Add(pauseTime))
	}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		switch {
		case f == nil:
			return tx.FinishMessage(m, iam.MessageSent, "", answer)
		case f.permanent, tx.Now().Sub(m.WaitsSince) >= GiveUpAfter:
			if err := tx.FinishMessage(m, iam.MessageFailed, string(f.fault), f.answer); err != nil {
				return err
			}
			return s.Log.Write(tx, program(), iam.Event{
				Kind: iam.EventMailFailed, Outcome: iam.OutcomeRefused, Cause: "mail_" + string(f.fault), User: m.User,
				Details: map[string]string{"message": string(m.ID)},
			})
		default:
			return tx.PostponeMessage(m, string(f.fault), f.answer, tx.Now().Add(backOff(m.Tries, rand.Float64())))
		}
	})
	if iam.IsNotFound(err) {
		return nil
	}
	if f != nil && s.Log.Out != nil {
		s.Log.Out.WarnContext(ctx, "mail was not sent", "message", m.ID, "kind", m.Kind, "try", m.Tries, "fault", f.fault, "error", errors.Join(f.err))
	}
	return err
}

// backOff is how long to wait after so many tries: twice as long after each, up to
// four hours, and up to a fifth more or less by chance, so that what failed
// together does not come again together. Pure.
func backOff(tries int64, chance float64) time.Duration {
	wait := maxPause
	if tries < 10 {
		wait = min(maxPause, firstPause<<max(tries-1, 0))
	}
	return time.Duration(float64(wait) * (0.8 + 0.4*chance))
}

// Sweep deletes what the outbox has kept long enough.
func (s *Service) Sweep(ctx context.Context) error {
	for {
		var n int64
		err := s.DB.Update(ctx, func(tx *store.Tx) error {
			set, err := read(tx)
			if err != nil {
				return err
			}
			if !set.On() { // one that was under way when mail was switched off
				if err := tx.ShelveMessages(); err != nil {
					return err
				}
			}
			days := set.KeepDays
			if days == 0 {
				days = DefaultKeepDays
			}
			// Two years: longer than a certificate is warned about.
			if err := tx.SweepReminders(tx.Now().AddDate(-2, 0, 0)); err != nil {
				return err
			}
			n, err = tx.DeleteMessages(tx.Now().AddDate(0, 0, -days), sweepSize)
			return err
		})
		if err != nil || n < sweepSize {
			return err
		}
	}
}

// sweepSize is how many messages are deleted in one transaction.
const sweepSize = 500
