package audit

import (
	"context"
	"fmt"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
)

// MaxRetentionDays is the longest retention that a setting asks for: ten years.
const MaxRetentionDays = 3650

// retentionKey is where the setting stands. Without it the operator's
// configuration holds.
const retentionKey = "event_retention"

type retention struct {
	Days int `json:"days"`
}

// Kept returns how long events are kept: as an administrator set it, or else as
// the operator configured it; zero is for ever.
func (l *Log) Kept(ctx context.Context) (kept time.Duration, err error) {
	err = l.DB.View(ctx, func(tx *store.Tx) error {
		var set retention
		found, err := tx.Setting(retentionKey, &set)
		kept = l.Retention
		if found {
			kept = time.Duration(set.Days) * 24 * time.Hour
		}
		return err
	})
	return kept, err
}

// SetRetention says for how many days events are kept. What is older goes with
// the next sweep and cannot come back, so that the change is an event itself.
func (l *Log) SetRetention(ctx context.Context, caller iam.Caller, days int) error {
	if err := l.Denied(ctx, caller, iam.EditSettings, iam.System()); err != nil {
		return err
	}
	if days < 1 || days > MaxRetentionDays {
		return &iam.Error{Kind: iam.KindInvalid, Field: "days", Cause: "outside_range", Params: map[string]string{"Min": "1", "Max": fmt.Sprint(MaxRetentionDays)}}
	}
	return l.DB.Update(ctx, func(tx *store.Tx) error {
		if err := tx.SetSetting(retentionKey, retention{days}); err != nil {
			return err
		}
		return l.Write(tx, caller, iam.Event{Kind: iam.EventSettingsChanged, Details: map[string]string{"retention_days": fmt.Sprint(days)}})
	})
}
