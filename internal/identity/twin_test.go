package identity_test

import (
	"errors"
	"testing"

	"signet/internal/audit"
	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/session"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

// A certificate that a proxy only described is one identifier, in whichever form of its
// signature it is shown later: shown in the other, it would be free for anybody.
func TestDescribedCertificateIsKnownInEitherForm(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log := &audit.Log{DB: db}
		s := &identity.Service{DB: db, Log: log, Sessions: &session.Service{DB: db, Log: log}}
		p := iam.Provider{ID: "mtls", Scope: iam.System(), Type: iam.ProviderCertificate, Name: "mTLS", Publicity: iam.PublicityOnlyMe}
		described := &iam.Certificate{Described: true, SHA1: "aa", Serial: "01", IssuerSPKI: "ca"}
		if err := db.Update(t.Context(), func(tx *store.Tx) error {
			for _, id := range []iam.UserID{"alice", "bob"} {
				if err := tx.InsertUser(iam.User{ID: id, Login: string(id), Status: iam.UserActive}); err != nil {
					return err
				}
			}
			if err := tx.InsertProvider(p); err != nil {
				return err
			}
			_, err := s.Link(tx, iam.Program("test"), "alice", p, iam.Evidence{Type: p.Type, Provider: p.ID, Key: "described:x", Certificate: described}, "")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for what, c := range map[string]*iam.Certificate{
			"as it was described": {SHA256: "1", SHA1: "aa", MirrorSHA1: "bb", Serial: "01", IssuerSPKI: "ca"},
			"in the other form":   {SHA256: "2", SHA1: "bb", MirrorSHA1: "aa", Serial: "01", IssuerSPKI: "ca"},
		} {
			if err := db.View(t.Context(), func(tx *store.Tx) error {
				i, err := identity.Find(tx, p.ID, "key", c)
				if i.User != "alice" {
					t.Errorf("%s: it is %q's", what, i.User)
				}
				if iam.IsNotFound(err) {
					return nil
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				_, err := s.Link(tx, iam.Program("test"), "bob", p, iam.Evidence{Type: p.Type, Provider: p.ID, Key: "key", Certificate: c}, "")
				return err
			})
			if e := iam.AsError(err); e == nil || e.Cause != identity.LinkedToOther {
				t.Errorf("%s: bob links it: %v", what, err)
			}
		}
	})
}

// The other way round: a proxy describes what was shown before, in the other form.
func TestShownCertificateIsKnownWhenItIsDescribedInEitherForm(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log := &audit.Log{DB: db}
		s := &identity.Service{DB: db, Log: log, Sessions: &session.Service{DB: db, Log: log}}
		p := iam.Provider{ID: "mtls", Scope: iam.System(), Type: iam.ProviderCertificate, Name: "mTLS", Publicity: iam.PublicityOnlyMe}
		var linked iam.Identity
		if err := db.Update(t.Context(), func(tx *store.Tx) (err error) {
			if err := errors.Join(tx.InsertUser(iam.User{ID: "alice", Login: "alice", Status: iam.UserActive}), tx.InsertProvider(p)); err != nil {
				return err
			}
			c := &iam.Certificate{SHA256: "1", SHA1: "aa", MirrorSHA1: "bb", Serial: "01", IssuerSPKI: "ca"}
			linked, err = s.Link(tx, iam.Program("test"), "alice", p, iam.Evidence{Type: p.Type, Provider: p.ID, Key: "key", Certificate: c}, "")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		known := func(sha1 string, want iam.UserID) {
			t.Helper()
			if err := db.View(t.Context(), func(tx *store.Tx) error {
				all, err := tx.IdentitiesBySHA1(p.ID, sha1)
				if is := len(all) == 1 && all[0].User == want; is != (want != "") {
					t.Errorf("%q leads to %+v", sha1, all)
				}
				_, taken := s.Link(tx, iam.Program("test"), "alice", p, iam.Evidence{
					Type: p.Type, Provider: p.ID, Key: "described:" + sha1, Certificate: &iam.Certificate{Described: true, SHA1: sha1, Serial: "01", IssuerSPKI: "ca"},
				}, "")
				if e := iam.AsError(taken); want != "" && (e == nil || e.Cause != identity.LinkedToYou) {
					t.Errorf("%q is linked again: %v", sha1, taken)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		known("aa", "alice")
		known("bb", "alice")
		if err := db.Update(t.Context(), func(tx *store.Tx) error {
			return tx.UseIdentity(linked.ID, "", &iam.Certificate{SHA256: "3", SHA1: "cc", MirrorSHA1: "dd", Serial: "01", IssuerSPKI: "ca"})
		}); err != nil {
			t.Fatal(err)
		}
		known("dd", "alice")
		if err := db.View(t.Context(), func(tx *store.Tx) error {
			for _, gone := range []string{"bb", ""} {
				if all, err := tx.IdentitiesBySHA1(p.ID, gone); err != nil || len(all) != 0 {
					t.Errorf("%q leads to %+v, %v", gone, all, err)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}
