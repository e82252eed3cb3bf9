package store_test

import (
	"bytes"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

func TestRevocationLists(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		l := iam.RevocationList{Provider: "provider-health", Authority: "ca", Source: "http://crl.example/1", Certificate: []byte{1}, NextTryAt: clock.Now()}
		add := func() bool {
			added, err := take(t, db, func(tx *store.Tx) (bool, error) { return tx.AddRevocationList(l) })
			if err != nil {
				t.Fatal(err)
			}
			return added
		}
		if !add() || add() {
			t.Error("a source is added twice, or never")
		}
		get := func() iam.RevocationList {
			return read(t, db, func(tx *store.Tx) (iam.RevocationList, error) {
				return tx.RevocationList(l.Provider, l.Authority, l.Source)
			})
		}
		wantEqual(t, "RevocationList", get(), l)
		due := func() []iam.RevocationList {
			return read(t, db, func(tx *store.Tx) ([]iam.RevocationList, error) { return tx.DueRevocationLists() })
		}
		wantEqual(t, "DueRevocationLists", due(), []iam.RevocationList{l})

		claim := func() bool {
			mine, err := take(t, db, func(tx *store.Tx) (bool, error) { return tx.ClaimRevocationList(l, clock.Now().Add(time.Minute)) })
			if err != nil {
				t.Fatal(err)
			}
			return mine
		}
		if !claim() || claim() {
			t.Error("of two nodes that read the same row not one fetches")
		}
		if len(due()) != 0 {
			t.Error("a claimed source is due")
		}
		l.TriedAt = clock.Now()

		l.DataHash, l.Number, l.Kind, l.ThisUpdate, l.NextUpdate, l.Entries = []byte("hash"), "7", "complete", clock.Now().Add(-time.Hour), clock.Now().Add(time.Hour), 3
		l.NextTryAt = clock.Now().Add(30 * time.Minute)
		do(t, db, func(tx *store.Tx) error { return tx.KeepRevocationList(l, []byte("list")) })
		l.FetchedAt = clock.Now()
		wantEqual(t, "a list that came", get(), l)
		if data := read(t, db, func(tx *store.Tx) ([]byte, error) { return tx.RevocationData(l.DataHash) }); !bytes.Equal(data, []byte("list")) {
			t.Errorf("data = %q", data)
		}

		l.Fault, l.FaultDetail, l.NextTryAt = "unreachable", "connection refused", clock.Now().Add(time.Minute)
		do(t, db, func(tx *store.Tx) error { return tx.FailRevocationList(l) })
		l.Failures = 1
		wantEqual(t, "a list that failed keeps the last good one", get(), l)
		wantEqual(t, "RevocationLists", read(t, db, func(tx *store.Tx) ([]iam.RevocationList, error) { return tx.RevocationLists() }), []iam.RevocationList{l})
		wantEqual(t, "RevocationListsOf", read(t, db, func(tx *store.Tx) ([]iam.RevocationList, error) { return tx.RevocationListsOf("provider-work") }), []iam.RevocationList(nil))

		do(t, db, func(tx *store.Tx) error { return tx.SweepRevocationData() })
		read(t, db, func(tx *store.Tx) ([]byte, error) { return tx.RevocationData(l.DataHash) })
		do(t, db, func(tx *store.Tx) error { return tx.DeleteRevocationList(l.Provider, l.Authority, l.Source) })
		do(t, db, func(tx *store.Tx) error { return tx.SweepRevocationData() })
		wantKind(t, db.View(t.Context(), func(tx *store.Tx) error { _, err := tx.RevocationData(l.DataHash); return err }), iam.KindNotFound)
	})
}

func TestOCSPAnswers(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		keep := func(answer string) {
			do(t, db, func(tx *store.Tx) error {
				return tx.KeepOCSPAnswer("ca", "0A", []byte(answer), clock.Now().Add(time.Hour))
			})
		}
		keep("old")
		keep("new")
		err := db.View(t.Context(), func(tx *store.Tx) error {
			answer, at, err := tx.OCSPAnswer("ca", "0A")
			if string(answer) != "new" || !at.Equal(clock.Now()) {
				t.Errorf("answer %q of %v", answer, at)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range [][2]string{{"ca", "0B"}, {"other", "0A"}} {
			wantKind(t, db.View(t.Context(), func(tx *store.Tx) error { _, _, err := tx.OCSPAnswer(other[0], other[1]); return err }), iam.KindNotFound)
		}
		clock.Advance(2 * time.Hour)
		wantKind(t, db.View(t.Context(), func(tx *store.Tx) error { _, _, err := tx.OCSPAnswer("ca", "0A"); return err }), iam.KindNotFound)
	})
}

func TestBlocks(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		b := iam.CertificateBlock{ID: "block-1", Kind: iam.BlockKey, Hash: "aa", User: "user-alice", ByOwner: true, Actor: "user-alice", Certificate: certificate("alice"), Reason: "lost", CreatedAt: clock.Now()}
		insert := func(b iam.CertificateBlock) bool {
			inserted, err := take(t, db, func(tx *store.Tx) (bool, error) { return tx.InsertBlock(b) })
			if err != nil {
				t.Fatal(err)
			}
			return inserted
		}
		again := b
		again.ID = "block-2"
		if !insert(b) || insert(again) {
			t.Error("one key is blocked twice, or never")
		}
		of := func(sha256, spki string) (iam.CertificateBlock, error) {
			var found iam.CertificateBlock
			err := db.View(t.Context(), func(tx *store.Tx) (err error) {
				found, err = tx.BlockOf(&iam.Certificate{SHA256: sha256, SPKI: spki})
				return err
			})
			return found, err
		}
		found, err := of("zz", "aa")
		wantEqual(t, "BlockOf", found, b)
		if err != nil {
			t.Error(err)
		}
		for _, other := range [][2]string{{"aa", "zz"}, {"zz", "zz"}, {"", ""}} {
			_, err := of(other[0], other[1])
			wantKind(t, err, iam.KindNotFound) // the hash of a certificate is not that of a key
		}
		do(t, db, func(tx *store.Tx) error { return tx.TakeOverBlock(iam.BlockKey, "aa", "user-bob", "stolen") })
		b.ByOwner, b.Actor, b.Reason = false, "user-bob", "stolen"
		wantEqual(t, "Block", read(t, db, func(tx *store.Tx) (iam.CertificateBlock, error) { return tx.Block("block-1") }), b)
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.TakeOverBlock(iam.BlockKey, "aa", "user-bob", "stolen") }), iam.KindNotFound)
		wantEqual(t, "Blocks", read(t, db, func(tx *store.Tx) ([]iam.CertificateBlock, error) { return tx.Blocks() }), []iam.CertificateBlock{b})
		wantEqual(t, "BlocksOf", read(t, db, func(tx *store.Tx) ([]iam.CertificateBlock, error) { return tx.BlocksOf("user-alice") }), []iam.CertificateBlock{b})
		wantEqual(t, "BlocksOf another", read(t, db, func(tx *store.Tx) ([]iam.CertificateBlock, error) { return tx.BlocksOf("user-bob") }), []iam.CertificateBlock(nil))
		do(t, db, func(tx *store.Tx) error { return tx.DeleteBlock("block-1") })
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.DeleteBlock("block-1") }), iam.KindNotFound)
	})
}

func TestIdentitiesThatAreOver(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		alice := identifier("alice", "user-alice", "provider-health")
		ids := func(all []iam.Identity) (ids []iam.IdentityID) {
			for _, i := range all {
				ids = append(ids, i.ID)
			}
			return ids
		}
		mine := []iam.IdentityID{alice.ID}
		wantEqual(t, "IdentitiesOfHash", ids(read(t, db, func(tx *store.Tx) ([]iam.Identity, error) { return tx.IdentitiesOfHash(alice.Certificate.SHA256) })), mine)
		wantEqual(t, "IdentitiesOfHash of nobody", ids(read(t, db, func(tx *store.Tx) ([]iam.Identity, error) { return tx.IdentitiesOfHash("ffff") })), []iam.IdentityID(nil))
		wantEqual(t, "IdentitiesAfter", ids(read(t, db, func(tx *store.Tx) ([]iam.Identity, error) { return tx.IdentitiesAfter("provider-health", "", 10) })), mine)
		wantEqual(t, "IdentitiesAfter the last", ids(read(t, db, func(tx *store.Tx) ([]iam.Identity, error) { return tx.IdentitiesAfter("provider-health", alice.ID, 10) })), []iam.IdentityID(nil))

		living := func() []iam.IdentityID {
			return ids(read(t, db, func(tx *store.Tx) ([]iam.Identity, error) { return tx.LivingIdentities("provider-health", "", 10) }))
		}
		expired := func() []iam.IdentityID {
			return ids(read(t, db, func(tx *store.Tx) ([]iam.Identity, error) { return tx.ExpiredIdentities() }))
		}
		clock.Set(alice.Certificate.NotAfter.Add(time.Second))
		wantEqual(t, "expired, nothing open", expired(), []iam.IdentityID(nil))
		wantEqual(t, "living, nothing open", living(), []iam.IdentityID(nil))
		do(t, db, func(tx *store.Tx) error {
			return tx.InsertSession(iam.Session{ID: "s-over", TokenHash: []byte("s-over"), User: "user-alice", Identity: alice.ID, ExpiresAt: clock.Now().Add(time.Hour)})
		})
		wantEqual(t, "expired with a session", expired(), mine)
		wantEqual(t, "living with a session", living(), mine)

		w := iam.Withdrawal{Identity: alice.ID, SHA256: "00ff", RevokedAt: clock.Now(), Reason: "superseded", Source: "crl", NoticedAt: clock.Now()}
		keep := func(w iam.Withdrawal) bool {
			fresh, err := take(t, db, func(tx *store.Tx) (bool, error) { return tx.KeepWithdrawal(w) })
			if err != nil {
				t.Fatal(err)
			}
			return fresh
		}
		if !keep(w) || keep(w) {
			t.Error("one withdrawal is new twice, or never")
		}
		w.SHA256 = "11ff"
		if !keep(w) {
			t.Error("the withdrawal of the next certificate is not new")
		}
		wantEqual(t, "Withdrawals", read(t, db, func(tx *store.Tx) ([]iam.Withdrawal, error) { return tx.Withdrawals("user-alice") }), []iam.Withdrawal{w})
		do(t, db, func(tx *store.Tx) error { return tx.DeleteWithdrawal(alice.ID) })
		wantEqual(t, "Withdrawals", read(t, db, func(tx *store.Tx) ([]iam.Withdrawal, error) { return tx.Withdrawals("user-alice") }), []iam.Withdrawal(nil))
	})
}
