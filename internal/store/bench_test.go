package store_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

// BenchmarkSynchronous measures what docs/decisions/0003-sqlite-durability.md
// quotes: the transactions of one row, as a sign-in has several of, at each
// level of SQLite, in interleaved rounds of one run, so that a noisy machine is
// noisy for both.
func BenchmarkSynchronous(b *testing.B) {
	levels := []string{"NORMAL", "FULL"}
	stores := map[string]*store.DB{}
	for _, level := range levels {
		stores[level] = storetest.New(b, func(o *store.Options) { o.Synchronous = level })
	}
	const rounds, transactions = 9, 500
	per := map[string][]time.Duration{}
	for b.Loop() {
		for range rounds {
			for _, level := range levels {
				start := time.Now()
				for i := range transactions {
					err := stores[level].Update(b.Context(), func(tx *store.Tx) error {
						return tx.InsertEvent(iam.Event{Kind: iam.EventSignedIn, Outcome: iam.OutcomeDone, Request: fmt.Sprint(i)})
					})
					if err != nil {
						b.Fatal(err)
					}
				}
				per[level] = append(per[level], time.Since(start)/transactions)
			}
		}
	}
	for _, level := range levels {
		slices.Sort(per[level])
		b.ReportMetric(float64(per[level][len(per[level])/2].Nanoseconds())/1000, level+"-µs/tx")
	}
	b.ReportMetric(0, "ns/op") // means nothing here
}

// BenchmarkTogether measures what docs/decisions/0009-group-commit.md quotes: how
// long a transaction of one row takes where one client, or many at once, write, at
// each level of SQLite, in interleaved rounds of one run.
func BenchmarkTogether(b *testing.B) {
	const rounds, transactions = 9, 640
	type way struct {
		level   string
		clients int
	}
	ways := []way{{"NORMAL", 1}, {"NORMAL", 32}, {"FULL", 1}, {"FULL", 32}}
	stores := map[string]*store.DB{}
	for _, level := range []string{"NORMAL", "FULL"} {
		stores[level] = storetest.New(b, func(o *store.Options) { o.Synchronous = level })
	}
	per := map[way][]time.Duration{}
	for b.Loop() {
		for range rounds {
			for _, w := range ways {
				start := time.Now()
				var all sync.WaitGroup
				for client := range w.clients {
					all.Go(func() {
						for i := range transactions / w.clients {
							err := stores[w.level].Update(b.Context(), func(tx *store.Tx) error {
								return tx.InsertEvent(iam.Event{Kind: iam.EventSignedIn, Outcome: iam.OutcomeDone, Request: fmt.Sprint(client, i)})
							})
							if err != nil {
								b.Error(err)
							}
						}
					})
				}
				all.Wait()
				per[w] = append(per[w], time.Since(start)/transactions)
			}
		}
	}
	for _, w := range ways {
		slices.Sort(per[w])
		b.ReportMetric(float64(per[w][len(per[w])/2].Nanoseconds())/1000, fmt.Sprintf("%s-%d-µs/tx", w.level, w.clients))
	}
	b.ReportMetric(0, "ns/op") // means nothing here
}
