package storetest_test

import (
	"testing"
	"time"

	"signet/internal/store"
	"signet/internal/store/storetest"
)

func TestEveryTestHasAStoreOfItsOwn(t *testing.T) {
	for range 2 {
		storetest.Each(t, func(t *testing.T, db *store.DB) {
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				var found string
				if there, err := tx.Setting("color", &found); err != nil || there {
					t.Errorf("Setting = %q, %v, %v; want none", found, there, err)
				}
				return tx.SetSetting("color", "red")
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := db.CheckMigrated(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestStoreLivesByTheClock(t *testing.T) {
	var clock storetest.Clock
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		clock.Set(storetest.Start())
		if !db.Now().Equal(storetest.Start()) {
			t.Errorf("db.Now() = %v, want %v", db.Now(), storetest.Start())
		}
		clock.Advance(time.Hour)
		if want := storetest.Start().Add(time.Hour); !db.Now().Equal(want) {
			t.Errorf("db.Now() = %v after an hour, want %v", db.Now(), want)
		}
	}, storetest.On(&clock))
}
