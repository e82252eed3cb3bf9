package store_test

import (
	"fmt"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

func TestEventIsFoundAsWritten(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		full := iam.Event{
			Kind: iam.EventSignInRefused, Outcome: iam.OutcomeRefused, Cause: "expired", Actor: "user-a", User: "user-b", UserLogin: "bob", App: "app-1", Org: "org-1",
			Provider: "p-1", Identity: "i-1", Session: "s-1", Attempt: "k7qm-2xwe-pd", Request: "r-1", Address: "2001:db8::1", UserAgent: "B\x00\xff",
			Certificate: certificate("bob"), Details: map[string]string{"Reason": "é \x00"},
		}
		do(t, db, func(tx *store.Tx) error { return tx.InsertEvent(full) })
		list := read(t, db, func(tx *store.Tx) ([]iam.Event, error) { return tx.Events(iam.EventFilter{Limit: 10}) })
		if len(list) != 1 {
			t.Fatalf("%d events, want 1", len(list))
		}
		full.ID, full.At, full.UserAgent = list[0].ID, clock.Now(), "B\uFFFD\uFFFD"
		wantEqual(t, "Events", list[0], full)
		wantEqual(t, "Event", read(t, db, func(tx *store.Tx) (iam.Event, error) { return tx.Event(full.ID) }), full)
		wantKind(t, db.View(t.Context(), func(tx *store.Tx) error { _, err := tx.Event("0"); return err }), iam.KindNotFound)
	})
}

func TestOldestEventsAreDeleted(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		for i := range 5 {
			do(t, db, func(tx *store.Tx) error {
				return tx.InsertEvent(iam.Event{Request: fmt.Sprint(i), Outcome: iam.OutcomeDone})
			})
			clock.Advance(time.Minute)
		}
		left := func() (s string) {
			for _, e := range read(t, db, func(tx *store.Tx) ([]iam.Event, error) { return tx.Events(iam.EventFilter{Limit: 10}) }) {
				s += e.Request
			}
			return s
		}
		for _, c := range []struct {
			before  time.Duration
			most    int
			deleted int64
			left    string
		}{
			{0, 10, 0, "43210"},
			{3 * time.Minute, 2, 2, "432"},                 // 0 and 1: the oldest
			{3 * time.Minute, 10, 1, "43"},                 // the event of the very moment stays
			{3*time.Minute + time.Microsecond, 10, 1, "4"}, // and goes right after
		} {
			var deleted int64
			do(t, db, func(tx *store.Tx) (err error) { deleted, err = tx.DeleteEvents(at(c.before), c.most); return err })
			if deleted != c.deleted || left() != c.left {
				t.Errorf("before %s, at most %d: %d deleted and %q left, want %d and %q", c.before, c.most, deleted, left(), c.deleted, c.left)
			}
		}
	})
}

func TestEventsAreFiltered(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		for _, e := range []iam.Event{
			{Request: "0", Kind: iam.EventSignedIn, Outcome: iam.OutcomeDone, Actor: "alice", User: "alice", App: "wiki"},
			{Request: "1", Kind: iam.EventSignInRefused, Outcome: iam.OutcomeRefused, User: "bob", UserLogin: "Bob", App: "wiki", Attempt: "a-1"},
			{Request: "2", Kind: iam.EventUserBlocked, Outcome: iam.OutcomeDone, Actor: "alice", User: "bob"},
			{Request: "3", Kind: iam.EventAppChanged, Outcome: iam.OutcomeDone, Actor: "carol", App: "mail", Org: "org"},
		} {
			do(t, db, func(tx *store.Tx) error { return tx.InsertEvent(e) })
			clock.Advance(time.Second)
		}
		for name, c := range map[string]struct {
			filter iam.EventFilter
			want   string // request numbers, newest first
		}{
			"all":               {iam.EventFilter{}, "3210"},
			"actor or subject":  {iam.EventFilter{User: "alice"}, "20"},
			"subject only":      {iam.EventFilter{User: "bob"}, "21"},
			"login":             {iam.EventFilter{Login: "bob", App: "wiki"}, "1"},
			"part of a login":   {iam.EventFilter{Login: "bo"}, ""},
			"application":       {iam.EventFilter{App: "wiki"}, "10"},
			"organization":      {iam.EventFilter{Org: "org"}, "3"},
			"kind":              {iam.EventFilter{Kind: iam.EventUserBlocked}, "2"},
			"outcome":           {iam.EventFilter{Outcome: iam.OutcomeRefused}, "1"},
			"attempt":           {iam.EventFilter{Attempt: "a-1"}, "1"},
			"from (inclusive)":  {iam.EventFilter{From: at(2 * time.Second)}, "32"},
			"until (exclusive)": {iam.EventFilter{Until: at(2 * time.Second)}, "10"},
			"several":           {iam.EventFilter{User: "bob", App: "wiki", Outcome: iam.OutcomeRefused}, "1"},
			"none":              {iam.EventFilter{User: "bob", App: "mail"}, ""},
		} {
			c.filter.Limit = 10
			got := ""
			for _, e := range read(t, db, func(tx *store.Tx) ([]iam.Event, error) { return tx.Events(c.filter) }) {
				got += e.Request
			}
			if got != c.want {
				t.Errorf("%s: %q, want %q", name, got, c.want)
			}
		}
	})
}

func TestEventsArePagedNewestFirst(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		const all = 40
		written := 0
		for range all / 4 {
			do(t, db, func(tx *store.Tx) error {
				for range 4 { // of one transaction, at one time: they keep the order in which they were written
					if err := tx.InsertEvent(iam.Event{Kind: iam.EventSignedIn, Outcome: iam.OutcomeDone, Request: fmt.Sprint(written)}); err != nil {
						return err
					}
					written++
				}
				return nil
			})
			clock.Advance(time.Microsecond)
		}
		before := ""
		for next := all - 1; next >= 0; {
			page := read(t, db, func(tx *store.Tx) ([]iam.Event, error) { return tx.Events(iam.EventFilter{Before: before, Limit: 7}) })
			if len(page) == 0 {
				t.Fatalf("the pages end before event %d", next)
			}
			for _, e := range page {
				if e.Request != fmt.Sprint(next) {
					t.Fatalf("event %s is where %d should be", e.Request, next)
				}
				next, before = next-1, e.ID
			}
		}
	})
}
