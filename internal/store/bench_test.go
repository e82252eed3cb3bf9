package store_test

import (
	"fmt"
	"slices"
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
