package store_test

import (
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

func TestLearnedResponders(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		keep := func(address string, seen time.Time) {
			do(t, db, func(tx *store.Tx) error {
				return tx.KeepResponder(iam.LearnedResponder{Provider: "provider-health", Authority: "ca", Address: address, Certificate: []byte{1}, LastSeenAt: seen}, 2)
			})
		}
		keep("http://a/", at(0))
		keep("http://b/", at(time.Hour))
		keep("http://c/", at(2*time.Hour)) // one too many
		keep("http://a/", at(3*time.Hour)) // seen again
		addresses := func(since time.Time, limit int) (all []string) {
			for _, r := range read(t, db, func(tx *store.Tx) ([]iam.LearnedResponder, error) {
				return tx.LearnedResponders("provider-health", since, limit)
			}) {
				all = append(all, r.Address)
			}
			return all
		}
		wantEqual(t, "all", addresses(at(0), 10), []string{"http://a/", "http://b/"})
		wantEqual(t, "the last one", addresses(at(0), 1), []string{"http://a/"})
		wantEqual(t, "of late", addresses(at(2*time.Hour), 10), []string{"http://a/"})
	})
}
