package store_test

import (
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

func TestIssuingAuthority(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		a := iam.IssuingAuthority{
			Provider: "provider-work", CA: "aa", Certificate: []byte{1}, Key: []byte{2}, IssuingRules: iam.IssuingRules{Days: 90}, CreatedAt: clock.Now(),
		}
		get := func() iam.IssuingAuthority {
			t.Helper()
			return read(t, db, func(tx *store.Tx) (iam.IssuingAuthority, error) { return tx.IssuingAuthority(a.Provider) })
		}
		do(t, db, func(tx *store.Tx) error { return tx.SetIssuingAuthority(a) })
		wantEqual(t, "the authority", get(), a)
		a.IssuingRules = iam.IssuingRules{SelfService: true, Days: 30}
		do(t, db, func(tx *store.Tx) error { return tx.SetIssuingRules(a.Provider, a.IssuingRules) })
		wantEqual(t, "its rules", get(), a)
		a.CA, a.Certificate, a.Key, a.Former = "bb", []byte{3}, []byte{4}, []string{"aa"}
		do(t, db, func(tx *store.Tx) error { return tx.SetIssuingAuthority(a) })
		wantEqual(t, "the one that replaces it", get(), a)
		wantEqual(t, "all of them", read(t, db, func(tx *store.Tx) ([]iam.IssuingAuthority, error) { return tx.IssuingAuthorities() }), []iam.IssuingAuthority{a})
		err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.SetIssuingRules("nobody", a.IssuingRules) })
		if !iam.IsNotFound(err) {
			t.Errorf("rules of no authority: %v", err)
		}
	})
}

func TestFormIssuesOnceAndTheCertificateIsKeptUntilItEnds(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		issue := func(sha256, request string) bool {
			t.Helper()
			fresh, err := take(t, db, func(tx *store.Tx) (bool, error) {
				return tx.InsertIssued(iam.Issued{
					Certificate: &iam.Certificate{SHA256: sha256, Serial: "0" + sha256, IssuerSPKI: "ca", NotAfter: clock.Now().Add(time.Hour)},
					Provider:    "provider-work", User: "user-alice", Request: []byte(request), CreatedAt: clock.Now(),
				})
			})
			if err != nil {
				t.Fatal(err)
			}
			return fresh
		}
		to := func(sha256 string) (iam.UserID, error) {
			return take(t, db, func(tx *store.Tx) (iam.UserID, error) { return tx.IssuedTo(&iam.Certificate{SHA256: sha256}) })
		}
		count := func() int64 {
			t.Helper()
			return read(t, db, func(tx *store.Tx) (int64, error) { return tx.CountIssued("user-alice", "provider-work") })
		}
		if !issue("aa", "one") || issue("bb", "one") || !issue("bb", "two") {
			t.Error("a form issues once, and every other one too")
		}
		if u, err := to("aa"); u != "user-alice" || err != nil {
			t.Errorf("issued to %q, %v", u, err)
		}
		if _, err := to("cc"); !iam.IsNotFound(err) {
			t.Errorf("what was never issued: %v", err)
		}
		for what, c := range map[string]iam.Certificate{
			"mirrored":                 {SHA256: "zz", MirrorSHA256: "aa"},
			"by its serial number":     {SHA256: "zz", Serial: "0aa", IssuerSPKI: "ca"},
			"described":                {Described: true, SHA1: "zz", Serial: "0aa", IssuerSPKI: "ca"},
			"its number in another CA": {Serial: "0aa", IssuerSPKI: "another"},
			"a number in no CA":        {Serial: "0aa"},
			"nothing":                  {},
		} {
			u, err := take(t, db, func(tx *store.Tx) (iam.UserID, error) { return tx.IssuedTo(&c) })
			if ours := c.MirrorSHA256 != "" || c.IssuerSPKI == "ca"; ours != (u == "user-alice") || ours != (err == nil) {
				t.Errorf("%s: issued to %q, %v", what, u, err)
			}
		}
		if n := count(); n != 2 {
			t.Errorf("%d certificates, want 2", n)
		}
		clock.Advance(2 * time.Hour)
		if n := count(); n != 0 {
			t.Errorf("%d certificates have not ended", n)
		}
		sweep(t, db)
		if _, err := to("aa"); err != nil {
			t.Errorf("forgotten as soon as it ends: %v", err)
		}
		clock.Advance(31 * 24 * time.Hour)
		sweep(t, db)
		if _, err := to("aa"); !iam.IsNotFound(err) {
			t.Errorf("kept for ever: %v", err)
		}
	})
}
