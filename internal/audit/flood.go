package audit

import (
	"context"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"signet/internal/iam"
	"signet/internal/limit"
	"signet/internal/store"
)

// flood keeps count of the refusals that were not written one by one.
type flood struct {
	mu      sync.Mutex
	unknown map[netip.Prefix]*unwritten
}

type unwritten struct {
	count int
	since time.Time
}

// mostFlooding is how many addresses ReportFlood tells apart at a time. The rest
// is told as one.
const mostFlooding = 100

// drops reports whether the event is left out: a refusal of somebody who has
// not signed in, from an address that was refused more often than a person who
// tries could be. Everything that changes something, and a stolen token, is
// always written.
//
// Nothing is counted before the commit: the transaction may run again.
func (l *Log) drops(tx *store.Tx, caller iam.Caller, e iam.Event) bool {
	if e.Outcome != iam.OutcomeRefused || e.Kind == iam.EventTokenReuse || caller.User != "" || caller.Program {
		return false
	}
	if l.Strangers.Left(caller.Address, e.At) {
		tx.Afterwards(func() { l.Strangers.Take(caller.Address, e.At) })
		return false
	}
	tx.Afterwards(func() { l.flood.add(limit.Network(caller.Address), e.At, 1) })
	return true
}

func (f *flood) add(network netip.Prefix, since time.Time, count int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.unknown == nil {
		f.unknown = make(map[netip.Prefix]*unwritten)
	}
	u, ok := f.unknown[network]
	if !ok {
		if len(f.unknown) >= mostFlooding {
			network = netip.Prefix{}
		}
		if u, ok = f.unknown[network]; !ok {
			u = &unwritten{since: since}
			f.unknown[network] = u
		}
	}
	u.count += count
	if since.Before(u.since) {
		u.since = since
	}
}

func (f *flood) take() map[netip.Prefix]*unwritten {
	f.mu.Lock()
	defer f.mu.Unlock()
	taken := f.unknown
	f.unknown = nil
	return taken
}

// ReportFlood writes one event for each address whose refusals were left out
// since the last report, with their number, so that the log never hides that
// something happened.
func (l *Log) ReportFlood(ctx context.Context) error {
	taken := l.flood.take()
	if len(taken) == 0 {
		return nil
	}
	err := l.DB.Update(ctx, func(tx *store.Tx) error {
		for network, u := range taken {
			details := map[string]string{"times": strconv.Itoa(u.count), "since": u.since.UTC().Format(time.RFC3339)}
			if network.IsValid() && !network.IsSingleIP() {
				details["network"] = network.String()
			}
			caller := iam.Program("event log")
			caller.Address = network.Addr()
			if err := l.Write(tx, caller, iam.Event{Kind: iam.EventRefusalsOmitted, Details: details}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil { // they are told with the next report
		for network, u := range taken {
			l.flood.add(network, u.since, u.count)
		}
	}
	return err
}

// sweepStep is how many events one transaction deletes, so that nobody waits
// long for the database.
const sweepStep = 1000

// Sweep deletes what is older than the retention. It stops at the first error;
// what it did until then stays done.
func (l *Log) Sweep(ctx context.Context) error {
	kept, err := l.Kept(ctx)
	if err != nil || kept <= 0 {
		return err
	}
	for {
		var deleted int64
		err := l.DB.Update(ctx, func(tx *store.Tx) (err error) {
			deleted, err = tx.DeleteEvents(tx.Now().Add(-kept), sweepStep)
			return err
		})
		if err != nil || deleted < sweepStep {
			return err
		}
	}
}
