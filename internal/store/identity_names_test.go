package store_test

import (
	"testing"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

func TestIdentityIsFoundByItsNames(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		found := func(provider iam.ProviderID, name string) (ids []iam.IdentityID) {
			t.Helper()
			for _, i := range read(t, db, func(tx *store.Tx) ([]iam.Identity, error) { return tx.IdentitiesByName(provider, []byte(name)) }) {
				ids = append(ids, i.ID)
			}
			return ids
		}
		alice := read(t, db, func(tx *store.Tx) (iam.Identity, error) { return tx.Identity("identity-alice") })
		set := func(names ...string) {
			t.Helper()
			var hashes [][]byte
			for _, n := range names {
				hashes = append(hashes, []byte(n))
			}
			do(t, db, func(tx *store.Tx) error { return tx.SetIdentityNames(alice, hashes) })
		}
		set("subject", "mail")
		for _, name := range []string{"subject", "mail"} {
			if ids := found(alice.Provider, name); len(ids) != 1 || ids[0] != alice.ID {
				t.Errorf("by %s: %q", name, ids)
			}
		}
		if ids := found("provider-work", "subject"); len(ids) != 0 {
			t.Errorf("in another login method: %q", ids)
		}
		set("new subject")
		if ids := found(alice.Provider, "subject"); len(ids) != 0 {
			t.Errorf("by a name of the certificate before: %q", ids)
		}
		do(t, db, func(tx *store.Tx) error { return tx.DeleteIdentity(alice.User, alice.ID) })
		if ids := found(alice.Provider, "new subject"); len(ids) != 0 {
			t.Errorf("after it was removed: %q", ids)
		}
	})
}
