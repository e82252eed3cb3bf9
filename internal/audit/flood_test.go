package audit_test

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"signet/internal/audit"
	"signet/internal/iam"
	"signet/internal/limit"
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
