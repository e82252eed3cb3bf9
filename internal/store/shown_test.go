package store_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

// der is something that says how long it is.
func der(content string) []byte { return append([]byte{0x04, byte(len(content))}, content...) }

func TestShownCertificatesAreKeptOnceAMethod(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		start := clock.Now()
		show := func(s iam.Shown) { t.Helper(); do(t, db, func(tx *store.Tx) error { return tx.RememberShown(s) }) }
		shown := func(since time.Time) (all []iam.Shown) {
			t.Helper()
			do(t, db, func(tx *store.Tx) error {
				good, err := tx.Shown("provider-health", since, false, 10)
				if err != nil {
					return err
				}
				bad, err := tx.Shown("provider-health", since, true, 10)
				all = append(good, bad...)
				return err
			})
			return all
		}
		card := iam.Shown{Provider: "provider-health", SHA256: "aa", Chain: [][]byte{der("card"), der("its CA")}}
		show(card)
		clock.Advance(time.Hour)
		show(card)
		if all := shown(start); len(all) != 1 || !all[0].LastAt.Equal(start) || len(all[0].Chain) != 2 || !bytes.Equal(all[0].Chain[1], der("its CA")) || all[0].Refused {
			t.Fatalf("shown twice within the hour: %+v", all)
		}
		card.Refused = true
		show(card)
		if all := shown(start); len(all) != 1 || !all[0].Refused || !all[0].LastAt.Equal(start.Add(time.Hour)) {
			t.Fatalf("refused since: %+v", all)
		}
		clock.Advance(25 * time.Hour)
		show(card)
		if all := shown(clock.Now()); len(all) != 1 {
			t.Fatalf("shown again the next day: %+v", all)
		}
		show(iam.Shown{Provider: "gone", SHA256: "bb", Chain: card.Chain}) // deleted while somebody chose
		do(t, db, func(tx *store.Tx) error {
			_, err := tx.ShownCertificate("gone", "bb")
			wantKind(t, err, iam.KindNotFound)
			return nil
		})
		clock.Advance(iam.ShownFor)
		sweep(t, db)
		if all := shown(time.Time{}); len(all) != 1 {
			t.Fatalf("on its last day: %+v", all)
		}
		clock.Advance(time.Second)
		sweep(t, db)
		if all := shown(time.Time{}); len(all) != 0 {
			t.Fatalf("kept for longer than said: %+v", all)
		}
	})
}

func TestRefusedShownCertificatesAreBounded(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		do(t, db, func(tx *store.Tx) error {
			return tx.RememberShown(iam.Shown{Provider: "provider-health", SHA256: "good", Chain: [][]byte{der("x")}})
		})
		do(t, db, func(tx *store.Tx) error {
			for i := range 10_003 {
				s := iam.Shown{Provider: "provider-health", SHA256: fmt.Sprint(i), Chain: [][]byte{der("x")}, Refused: true}
				if err := tx.RememberShown(s); err != nil {
					return err
				}
			}
			return nil
		})
		if _, err := db.Pool().Exec(`UPDATE shown_certificates SET last_at = last_at - 1 WHERE sha256 IN ('0', '1', '2')`); err != nil {
			t.Fatal(err)
		}
		sweep(t, db)
		var all, good int
		if err := db.Pool().QueryRow(`SELECT COUNT(*), SUM(CASE WHEN refused THEN 0 ELSE 1 END) FROM shown_certificates`).Scan(&all, &good); err != nil {
			t.Fatal(err)
		}
		if all != 10_001 || good != 1 {
			t.Fatalf("%d are kept, %d of them were accepted", all, good)
		}
	})
}

// TestShownCertificatesGoWithTheirPerson: what is removed for good leaves no name
// behind in what settings are tried against.
func TestShownCertificatesGoWithTheirPerson(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		kept := func() (n int) {
			if err := db.Pool().QueryRow(`SELECT COUNT(*) FROM shown_certificates`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		do(t, db, func(tx *store.Tx) error {
			for _, user := range []iam.UserID{"user-alice", "user-bob"} {
				held, err := tx.Identities(user)
				if err != nil {
					return err
				}
				for _, i := range held {
					if err := tx.RememberShown(iam.Shown{Provider: i.Provider, SHA256: i.Certificate.SHA256, Chain: [][]byte{der(string(i.ID))}}); err != nil {
						return err
					}
				}
			}
			return tx.RememberShown(iam.Shown{Provider: "provider-health", SHA256: "nobody's", Chain: [][]byte{der("x")}})
		})
		if n := kept(); n != 2 {
			t.Fatalf("%d are kept, want alice's and nobody's", n)
		}
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.PurgeUser("user-alice") }), iam.KindNotFound) // active
		do(t, db, func(tx *store.Tx) error { return tx.SetUserDeleted("user-alice", clock.Now()) })
		do(t, db, func(tx *store.Tx) error { return tx.PurgeUser("user-alice") })
		if n := kept(); n != 1 {
			t.Errorf("%d are kept, want nobody's", n)
		}
	})
}
