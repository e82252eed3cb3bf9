package notify

import (
	"cmp"
	"context"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
)

// Probe is what a look at the mail server found.
type Probe struct {
	On     bool
	Server string
	Fault  Fault  // empty: all is well
	Answer string // of the server, to the last thing said
	TLS    string // version; empty: none
	Login  bool   // accepted
	// Oldest is since when the message waits that waits longest, and Failed how many
	// were given up.
	Oldest time.Time
	Failed int64
}

// Look connects to the mail server and logs in, and looks at the outbox. It sends
// nothing.
func (s *Service) Look(ctx context.Context) (p Probe, err error) {
	var set iam.MailSettings
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if set, err = read(tx); err != nil {
			return err
		}
		if p.Oldest, err = tx.OldestMessage(); err != nil {
			return err
		}
		counts, err := tx.MessageCounts()
		p.Failed = counts[iam.MessageFailed]
		return err
	})
	p.Server = set.Server
	if p.On = set.On(); err != nil || !p.On {
		return p, err
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(s.Patience, testTimeout))
	defer cancel()
	c, failure := s.converse(ctx, set)
	if failure != nil {
		p.Fault, p.Answer = failure.fault, failure.answer
		return p, nil
	}
	defer c.close()
	p.TLS, p.Login = c.secured, c.login
	return p, nil
}

// testTimeout is how long an administrator waits for a test.
const testTimeout = 20 * time.Second

// Test sends a message to the caller's own address, at once, and returns what the
// server answered. It goes past the outbox: what it shows is the conversation.
func (s *Service) Test(ctx context.Context, caller iam.Caller) (p Probe, address string, err error) {
	if err := s.Log.Denied(ctx, caller, iam.EditSettings, iam.System()); err != nil {
		return p, "", err
	}
	var set iam.MailSettings
	var user iam.User
	var m iam.Message
	var brand string
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if set, err = read(tx); err != nil {
			return err
		}
		if brand, err = s.brand(tx); err != nil {
			return err
		}
		if user, err = tx.User(caller.User); err != nil {
			return err
		}
		m.ID = tx.NewMessageID()
		return nil
	})
	switch {
	case err != nil:
		return p, "", err
	case !set.On():
		return p, "", iam.Conflict("mail_not_set_up")
	case !Address(user.Email):
		return p, "", iam.Conflict("own_address_missing")
	}
	words := s.Catalogues.Printer(user.Locale)
	m.To, m.Locale, m.Subject = user.Email, words.Lang(), words.T("notify.test_subject", "Brand", clean(brand))
	m.Letter = iam.Letter{
		Greeting: words.T("notify.greeting", "Name", clean(user.DisplayName())), Lead: words.T("notify.test_lead", "Brand", clean(brand)),
		Closing: words.T("notify.closing", "Brand", clean(brand), "Site", s.Issuer),
	}
	p.On = true
	data, err := encode(m, set, brand, "", s.DB.Now())
	if err != nil {
		return p, "", err
	}
	within, cancel := context.WithTimeout(ctx, cmp.Or(s.Patience, testTimeout))
	defer cancel()
	c, failure := s.converse(within, set)
	if failure == nil {
		defer c.close()
		p.TLS, p.Login = c.secured, c.login
		p.Answer, failure = c.send(within, set.From, m.To, data)
	}
	e := iam.Event{Kind: iam.EventMailTested, Details: map[string]string{"server": set.Server}}
	if failure != nil {
		p.Fault, p.Answer = failure.fault, failure.answer
		e.Outcome, e.Cause = iam.OutcomeRefused, "mail_"+string(failure.fault)
	}
	return p, user.Email, s.Log.Record(context.WithoutCancel(ctx), caller, e)
}
