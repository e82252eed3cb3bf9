package notify

import (
	"context"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
)

// PageSize is how many messages a page of the outbox has.
const PageSize = 50

// Outbox returns a page of messages, the newest first, and how many there are in
// each state.
func (s *Service) Outbox(ctx context.Context, caller iam.Caller, f iam.MessageFilter) (messages []iam.Message, counts map[iam.MessageState]int64, err error) {
	if err := caller.Require(iam.EditSettings, iam.System()); err != nil {
		return nil, nil, err
	}
	if f.Limit <= 0 || f.Limit > PageSize+1 {
		f.Limit = PageSize
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if messages, err = tx.Messages(f); err != nil {
			return err
		}
		counts, err = tx.MessageCounts()
		return err
	})
	for i := range messages {
		messages[i].Sealed = nil // of no use to anybody who reads
	}
	return messages, counts, err
}

// Message returns one message. Its link is not in it where that is a secret: who
// administers must not be able to open what others were sent.
func (s *Service) Message(ctx context.Context, caller iam.Caller, id iam.MessageID) (m iam.Message, err error) {
	if err := caller.Require(iam.EditSettings, iam.System()); err != nil {
		return m, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		m, err = tx.Message(id)
		return err
	})
	return m, err
}

// Retriable reports whether a message can be sent, or tried again, and why not
// (a cause). Pure.
func Retriable(m iam.Message, set iam.MailSettings, now time.Time) (cause string, ok bool) {
	switch {
	case m.State == iam.MessageSent:
		return "message_sent_already", false
	case !set.On():
		return "mail_not_set_up", false
	case m.Secret && (len(m.Sealed) == 0 || !m.ExpiresAt.IsZero() && !now.Before(m.ExpiresAt)):
		return "message_secret_gone", false
	default:
		return "", true
	}
}

//i18n:keys error.* message_sent_already mail_not_set_up message_secret_gone

// Retry lets a message be sent at once: one that waits, that was given up, or that
// was written before mail was set up.
func (s *Service) Retry(ctx context.Context, caller iam.Caller, id iam.MessageID) error {
	if err := s.Log.Denied(ctx, caller, iam.EditSettings, iam.System()); err != nil {
		return err
	}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		m, err := tx.Message(id)
		if err != nil {
			return err
		}
		set, err := read(tx)
		if err != nil {
			return err
		}
		if cause, ok := Retriable(m, set, tx.Now()); !ok {
			return iam.Conflict(cause)
		}
		if err := tx.RetryMessage(id); iam.IsNotFound(err) {
			return iam.Conflict("message_under_way")
		} else if err != nil {
			return err
		}
		return s.Log.Write(tx, caller, iam.Event{Kind: iam.EventMailRetried, User: m.User, Details: map[string]string{"message": string(id)}})
	})
	if err == nil {
		s.pause.set(s.DB.Now())
	}
	return err
}
