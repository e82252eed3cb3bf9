package provider_test

import (
	"errors"
	"testing"
	"time"

	"signet/internal/audit"
	"signet/internal/iam"
	"signet/internal/provider"
	"signet/internal/session"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

// TestChangeReachesEveryNode: two nodes on one PostgreSQL. What one of them
// changes, the other goes by after two seconds at the latest, without a restart;
// and of two who change the same method at two nodes the second is told.
func TestChangeReachesEveryNode(t *testing.T) {
	clock := &storetest.Clock{}
	url := storetest.PostgreSQLURL(t)
	node := func() *provider.Service {
		db, err := store.Open(t.Context(), store.Options{URL: url, Now: clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		if _, err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		log := &audit.Log{DB: db}
		return &provider.Service{DB: db, Log: log, Sessions: &session.Service{DB: db, Log: log}}
	}
	here, there := node(), node()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(here.DB.Update(t.Context(), func(tx *store.Tx) error {
		return tx.InsertApp(iam.App{ID: iam.SignetApp, Name: "Signet", Type: iam.AppWeb, SigningAlgorithm: "ES256"})
	}))
	_, err := here.EnsurePassword(t.Context(), program, "Password")
	must(err)
	p, err := here.Create(t.Context(), program, iam.Provider{Scope: iam.System(), Type: iam.ProviderCertificate, Name: "mTLS", Settings: iam.ProviderSettings{Certificate: &iam.CertificateSettings{}}})
	must(err)

	seen := func(s *provider.Service) (method iam.Provider, offers []iam.Offer, look iam.Look) {
		t.Helper()
		must(s.DB.View(t.Context(), func(tx *store.Tx) error {
			var failed [3]error
			method, failed[0] = tx.Provider(p.ID)
			offers, failed[1] = tx.Offers(iam.SignetApp)
			app, err := tx.App(iam.SignetApp)
			look, failed[2] = provider.Look(tx, app)
			return errors.Join(append(failed[:], err)...)
		}))
		return method, offers, look
	}
	seen(there) // is remembered now

	changed := p
	changed.Name = "Card"
	must(here.Change(t.Context(), program, changed))
	must(here.Switch(t.Context(), program, iam.SignetApp, p.ID, true))
	must(here.Require(t.Context(), iam.Program("test"), iam.SignetApp, p.ID, false))
	must(here.SetAppearance(t.Context(), program, iam.System(), iam.Appearance{Title: "Welcome"}))
	clock.Advance(2 * time.Second)
	method, offers, look := seen(there)
	if method.Name != "Card" || len(offers) != 2 || look.Title != "Welcome" {
		t.Errorf("after two seconds the other node has %q, %d offers and the title %q", method.Name, len(offers), look.Title)
	}

	late := p // as an administrator at the other node still has it open
	late.Name = "Late"
	var refused *iam.Error
	if err := there.Change(t.Context(), program, late); !errors.As(err, &refused) || refused.Cause != "changed_meanwhile" {
		t.Errorf("the second of two administrators: %v", err)
	}
	must(there.Switch(t.Context(), program, iam.SignetApp, p.ID, false))
	clock.Advance(2 * time.Second)
	if _, offers, _ := seen(here); len(offers) != 1 {
		t.Errorf("switched off at the other node, it is still offered here: %+v", offers)
	}
}
