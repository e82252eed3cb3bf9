// Package audit writes and reads the event log. An event is written inside the
// transaction of what it tells, so that neither exists without the other.
package audit

import (
	"context"
	"log/slog"
	"time"

	"signet/internal/iam"
	"signet/internal/limit"
	"signet/internal/store"
)

// Log reads and writes the event log.
type Log struct {
	DB *store.DB
	// Out also receives every event that was committed, for whoever collects the
	// program's log.
	Out *slog.Logger
	// Strangers bounds how many refusals are written for people who have not
	// signed in, by their address; without bound where nil.
	Strangers *limit.Addresses
	// Retention is how long events are kept unless an administrator set it; for
	// ever where zero.
	Retention time.Duration
	// Told hears every event that is written, in its transaction: what people are
	// to be told of it is written, or not, together with it. Nobody where nil.
	Told func(*store.Tx, iam.Caller, iam.Event) error

	flood flood
}

// Write adds an event inside a transaction, with what is known of the caller.
// Of a flood of refusals the rest is counted only (ReportFlood).
func (l *Log) Write(tx *store.Tx, caller iam.Caller, e iam.Event) error {
	e.At = tx.Now()
	if e.Outcome == "" {
		e.Outcome = iam.OutcomeDone
	}
	if e.Actor == "" {
		e.Actor = caller.User
	}
	if l.drops(tx, caller, e) {
		return nil
	}
	if caller.Address.IsValid() {
		e.Address = caller.Address.String()
	}
	e.UserAgent, e.Request = caller.UserAgent, caller.Request
	if e.User != "" && e.UserLogin == "" {
		if user, err := tx.User(e.User); err == nil {
			e.UserLogin = user.Login
		} else if !iam.IsNotFound(err) {
			return err
		}
	}
	if err := tx.InsertEvent(e); err != nil {
		return err
	}
	if l.Out != nil {
		tx.Afterwards(func() {
			l.Out.Info("event", "kind", e.Kind, "outcome", e.Outcome, "cause", e.Cause, "user", e.User, "app", e.App,
				"attempt", e.Attempt, "request", e.Request, "address", e.Address)
		})
	}
	if l.Told != nil {
		return l.Told(tx, caller, e)
	}
	return nil
}

// Record writes an event in a transaction of its own: for refusals, after which
// there is nothing else to commit.
func (l *Log) Record(ctx context.Context, caller iam.Caller, e iam.Event) error {
	return l.DB.Update(ctx, func(tx *store.Tx) error { return l.Write(tx, caller, e) })
}

// Denied records that the caller was not allowed to do something, and returns
// the refusal.
func (l *Log) Denied(ctx context.Context, caller iam.Caller, action iam.Action, in iam.Scope) error {
	refused := caller.Require(action, in)
	if refused == nil {
		return nil
	}
	if caller.User != "" {
		if err := l.Record(ctx, caller, iam.Event{
			Kind: iam.EventActionRefused, Outcome: iam.OutcomeRefused, Cause: "not_allowed", User: caller.User, Org: in.Org, App: in.App,
			Details: map[string]string{"action": string(action)},
		}); err != nil {
			return err
		}
	}
	return refused
}

// Mine returns a page of the caller's own events.
func (l *Log) Mine(ctx context.Context, caller iam.Caller, f iam.EventFilter) ([]iam.Event, error) {
	if caller.User == "" {
		return nil, &iam.Error{Kind: iam.KindUnauthenticated, Cause: "sign_in_needed"}
	}
	f.User = caller.User
	return l.page(ctx, f)
}

// All returns a page of the events of a scope.
func (l *Log) All(ctx context.Context, caller iam.Caller, in iam.Scope, f iam.EventFilter) ([]iam.Event, error) {
	if err := caller.Require(iam.ViewEvents, in); err != nil {
		return nil, err
	}
	switch in.Level {
	case iam.LevelOrganization:
		f.Org = in.Org
	case iam.LevelApplication:
		f.App = in.App
	}
	return l.page(ctx, f)
}

// MyEvent returns one of the caller's own events.
func (l *Log) MyEvent(ctx context.Context, caller iam.Caller, id string) (iam.Event, error) {
	e, err := l.event(ctx, id)
	if err == nil && (caller.User == "" || e.User != caller.User && e.Actor != caller.User) {
		return iam.Event{}, iam.NotFound("event")
	}
	return e, err
}

// Event returns one event of a scope that the caller administers; for everybody
// else there is none.
func (l *Log) Event(ctx context.Context, caller iam.Caller, id string) (iam.Event, error) {
	e, err := l.event(ctx, id)
	in := iam.System()
	switch {
	case e.App != "":
		in = iam.Application(e.App, e.Org)
	case e.Org != "":
		in = iam.Organization(e.Org)
	}
	if err == nil && !caller.May(iam.ViewEvents, in) {
		return iam.Event{}, iam.NotFound("event")
	}
	return e, err
}

func (l *Log) event(ctx context.Context, id string) (e iam.Event, err error) {
	err = l.DB.View(ctx, func(tx *store.Tx) error {
		e, err = tx.Event(id)
		return err
	})
	return e, err
}

// Refusal returns the refusal that carries the attempt id, for the page that
// tells a person about it. It holds the cause only: whoever asks has not proved
// to be the one who was refused.
func (l *Log) Refusal(ctx context.Context, attempt iam.AttemptID) (cause string, err error) {
	events, err := l.page(ctx, iam.EventFilter{Attempt: attempt, Outcome: iam.OutcomeRefused, Limit: 1})
	if err != nil {
		return "", err
	}
	if len(events) == 0 {
		return "", iam.NotFound("attempt")
	}
	return events[0].Cause, nil
}

// PageSize is how many events a page has unless the filter says otherwise.
const PageSize = 50

func (l *Log) page(ctx context.Context, f iam.EventFilter) (events []iam.Event, err error) {
	if f.Limit <= 0 || f.Limit > 1000 {
		f.Limit = PageSize
	}
	err = l.DB.View(ctx, func(tx *store.Tx) error {
		events, err = tx.Events(f)
		return err
	})
	return events, err
}
