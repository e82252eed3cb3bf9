package store_test

import (
	"testing"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

// What was told last is remembered, once for each identifier, and goes with it.
func TestExpiryOffers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		alice := read(t, db, func(tx *store.Tx) (iam.Identity, error) { return tx.Identity("identity-alice") })
		told := func() string {
			t.Helper()
			sum, err := "", error(nil)
			do(t, db, func(tx *store.Tx) error {
				sum, _, err = tx.ExpiryOffer(alice.ID)
				return nil
			})
			if err != nil && !iam.IsNotFound(err) {
				t.Fatal(err)
			}
			return sum
		}
		if sum := told(); sum != "" {
			t.Errorf("told before: %q", sum)
		}
		for _, sum := range []string{"one", "one", "two"} {
			do(t, db, func(tx *store.Tx) error { return tx.SetExpiryOffer(alice.ID, sum) })
			if got := told(); got != sum {
				t.Errorf("told of %q, want %q", got, sum)
			}
		}
		do(t, db, func(tx *store.Tx) error { return tx.DeleteIdentity(alice.User, alice.ID) })
		if sum := told(); sum != "" {
			t.Errorf("after it was removed: %q", sum)
		}
	})
}
