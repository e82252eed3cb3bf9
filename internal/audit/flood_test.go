package audit_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"signet/internal/audit"
	"signet/internal/iam"
	"signet/internal/limit"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

func events(t *testing.T, log *audit.Log) []iam.Event {
	t.Helper()
	list, err := log.All(t.Context(), iam.Program("test"), iam.System(), iam.EventFilter{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestFloodOfRefusalsIsCountedAndToldOnce(t *testing.T) {
	clock := new(storetest.Clock)
	log := &audit.Log{DB: storetest.New(t, storetest.On(clock)), Strangers: limit.PerMinute(10)}
	refused := iam.Event{Kind: iam.EventSignInRefused, Outcome: iam.OutcomeRefused, Cause: "attempt_unknown"}
	record := func(caller iam.Caller, e iam.Event, times int) {
		t.Helper()
		for range times {
			if err := log.Record(t.Context(), caller, e); err != nil {
				t.Fatal(err)
			}
		}
	}
	stranger := iam.Caller{Address: netip.MustParseAddr("2001:db8::1")}
	record(stranger, refused, 25)
	if got := len(events(t, log)); got != 10 {
		t.Fatalf("%d refusals of a flood of 25 were written, want 10", got)
	}

	// What must never be lost to a flood from the same address.
	for name, c := range map[string]struct {
		caller iam.Caller
		event  iam.Event
	}{
		"a refusal of somebody signed in": {iam.Caller{Address: stranger.Address, User: "alice"}, refused},
		"a success":                       {stranger, iam.Event{Kind: iam.EventSignedIn}},
		"a stolen token":                  {stranger, iam.Event{Kind: iam.EventTokenReuse, Outcome: iam.OutcomeRefused}},
		"another address":                 {iam.Caller{Address: netip.MustParseAddr("2001:db8:0:1::1")}, refused},
	} {
		before := len(events(t, log))
		record(c.caller, c.event, 1)
		if got := len(events(t, log)); got != before+1 {
			t.Errorf("%s was not written", name)
		}
	}

	clock.Advance(time.Second)
	if err := log.ReportFlood(t.Context()); err != nil {
		t.Fatal(err)
	}
	told := events(t, log)[0]
	if told.Kind != iam.EventRefusalsOmitted || told.Details["times"] != "15" || told.Details["network"] != "2001:db8::/64" || told.Address != "2001:db8::" {
		t.Errorf("told %+v, want 15 refusals of 2001:db8::/64", told)
	}
	before := len(events(t, log))
	if err := log.ReportFlood(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := len(events(t, log)); got != before {
		t.Errorf("%d events more where nothing was left out", got-before)
	}
	clock.Advance(time.Minute)
	record(stranger, refused, 1)
	if got := len(events(t, log)); got != before+1 {
		t.Error("a minute later the address is still not heard")
	}
}

// A transaction that is undone, to be run again or not, leaves no trace: neither in
// the program's log nor in what an address may still have written.
func TestWhatIsUndoneIsNeitherToldNorCounted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var out strings.Builder
		log := &audit.Log{DB: db, Strangers: limit.PerMinute(2), Out: slog.New(slog.NewTextHandler(&out, nil))}
		stranger := iam.Caller{Address: netip.MustParseAddr("192.0.2.1")}
		undone := errors.New("undone")
		refuse := func(cause string, result error) {
			t.Helper()
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				e := iam.Event{Kind: iam.EventSignInRefused, Outcome: iam.OutcomeRefused, Cause: cause}
				return cmp.Or(log.Write(tx, stranger, e), result)
			})
			if !errors.Is(err, result) {
				t.Fatal(err)
			}
		}
		for range 10 {
			refuse("never", undone)
		}
		for range 2 {
			refuse("really", nil)
		}
		for range 10 {
			refuse("never", undone)
		}
		refuse("omitted", nil)
		if got := len(events(t, log)); got != 2 {
			t.Errorf("%d refusals were written, want 2", got)
		}
		if never, really := strings.Count(out.String(), "never"), strings.Count(out.String(), "really"); never != 0 || really != 2 {
			t.Errorf("the program's log has %d lines of what never was and %d of what was, want 0 and 2", never, really)
		}
		if err := log.ReportFlood(t.Context()); err != nil {
			t.Fatal(err)
		}
		if told := events(t, log)[0]; told.Kind != iam.EventRefusalsOmitted || told.Details["times"] != "1" {
			t.Errorf("told %+v, want 1 refusal", told)
		}
	})
}

// Where the report cannot be written the next one tells of it.
func TestAFloodThatCouldNotBeToldIsToldLater(t *testing.T) {
	fails := true
	log := &audit.Log{DB: storetest.New(t), Strangers: limit.PerMinute(1), Told: func(_ *store.Tx, _ iam.Caller, e iam.Event) error {
		if fails && e.Kind == iam.EventRefusalsOmitted {
			return errors.New("wrong")
		}
		return nil
	}}
	stranger := iam.Caller{Address: netip.MustParseAddr("192.0.2.1")}
	refuse := func(times int) {
		for range times {
			if err := log.Record(t.Context(), stranger, iam.Event{Kind: iam.EventSignInRefused, Outcome: iam.OutcomeRefused}); err != nil {
				t.Fatal(err)
			}
		}
	}
	refuse(5)
	if log.ReportFlood(t.Context()) == nil {
		t.Fatal("the report was written")
	}
	refuse(2)
	fails = false
	if err := log.ReportFlood(t.Context()); err != nil {
		t.Fatal(err)
	}
	if told := events(t, log)[0]; told.Details["times"] != "6" {
		t.Errorf("told %+v, want 6 refusals", told)
	}
}

func TestFloodFromManyAddressesIsToldInFewEvents(t *testing.T) {
	log := &audit.Log{DB: storetest.New(t), Strangers: limit.PerMinute(1)}
	refused := iam.Event{Kind: iam.EventSignInRefused, Outcome: iam.OutcomeRefused}
	for i := range 300 {
		caller := iam.Caller{Address: netip.MustParseAddr(fmt.Sprintf("192.0.%d.%d", i/250, i%250))}
		for range 2 {
			if err := log.Record(t.Context(), caller, refused); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := log.ReportFlood(t.Context()); err != nil {
		t.Fatal(err)
	}
	told, times := 0, 0
	for _, e := range events(t, log) {
		if e.Kind == iam.EventRefusalsOmitted {
			var n int
			if _, err := fmt.Sscan(e.Details["times"], &n); err != nil {
				t.Fatal(err)
			}
			told, times = told+1, times+n
		}
	}
	if told > 101 || times != 300 {
		t.Errorf("%d refusals told in %d events, want 300 in at most 101", times, told)
	}
}

func TestEventsAreKeptAsLongAsSaid(t *testing.T) {
	clock := new(storetest.Clock)
	db := storetest.New(t, storetest.On(clock))
	log := &audit.Log{DB: db, Retention: 24 * time.Hour}
	for i := range 3 {
		if err := log.Record(t.Context(), iam.Program("test"), iam.Event{Kind: iam.EventUserCreated, Details: map[string]string{"n": fmt.Sprint(i)}}); err != nil {
			t.Fatal(err)
		}
		clock.Advance(10 * time.Hour)
	}
	sweep := func(l *audit.Log) int {
		t.Helper()
		if err := l.Sweep(context.WithoutCancel(t.Context())); err != nil {
			t.Fatal(err)
		}
		return len(events(t, log))
	}
	if got := sweep(&audit.Log{DB: db}); got != 3 {
		t.Errorf("%d events left where they are kept for ever, want 3", got)
	}
	if got := sweep(log); got != 2 { // 30, 20 and 10 hours old
		t.Errorf("%d events left, want the 2 of the last day", got)
	}
}
