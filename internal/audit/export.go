package audit

import (
	"context"
	"time"

	"signet/internal/iam"
)

// exportStep is how many events are read at once.
const exportStep = 500

// Export hands every event of a scope that the filter chooses to the function,
// newest first, some at a time, however many there are. That somebody took them
// along is an event itself.
func (l *Log) Export(ctx context.Context, caller iam.Caller, in iam.Scope, f iam.EventFilter, format string, each func([]iam.Event) error) error {
	if err := l.Denied(ctx, caller, iam.ViewEvents, in); err != nil {
		return err
	}
	if err := l.Record(ctx, caller, iam.Event{
		Kind: iam.EventEventsExported, Org: in.Org, App: in.App, Details: map[string]string{"format": format},
	}); err != nil {
		return err
	}
	if f.Until.IsZero() { // what happens meanwhile does not make it longer
		f.Until = l.DB.Now().Add(time.Microsecond)
	}
	f.Limit, f.Before = exportStep, ""
	for {
		events, err := l.All(ctx, caller, in, f)
		if err != nil || len(events) == 0 {
			return err
		}
		if err := each(events); err != nil || len(events) < exportStep {
			return err
		}
		f.Before = events[len(events)-1].ID
	}
}
