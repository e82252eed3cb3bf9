package store_test

import (
	"errors"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

func TestPicture(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		logo := iam.Picture{ID: "aa11", Type: "image/png", Content: []byte{1, 2, 3}, CreatedAt: at(0)}
		inWidget, forgotten := logo, logo
		inWidget.ID, forgotten.ID = "bb22", "cc33"
		do(t, db, func(tx *store.Tx) error {
			p, err := tx.Provider("provider-health")
			p.Picture = logo.ID
			return errors.Join(err, tx.InsertPicture(logo), tx.InsertPicture(logo), tx.InsertPicture(inWidget), tx.InsertPicture(forgotten),
				tx.UpdateProvider(p), tx.SetAppearance(iam.Application("gone", ""), iam.Appearance{Title: "Gone"}), tx.SetAppearance(iam.System(), iam.Appearance{Logos: []iam.PictureID{inWidget.ID}}))
		})
		picture := func(id iam.PictureID) (iam.Picture, error) {
			return take(t, db, func(tx *store.Tx) (iam.Picture, error) { return tx.Picture(id) })
		}
		got, err := picture(logo.ID)
		if err != nil {
			t.Fatal(err)
		}
		wantEqual(t, "Picture", got, logo)
		// What nothing shows goes after a day; what is shown stays.
		clock.Advance(48 * time.Hour)
		sweep(t, db)
		if left := read(t, db, func(tx *store.Tx) (iam.Appearance, error) { return tx.Appearance(iam.Application("gone", "")) }); left.Title != "" {
			t.Error("the form of an application that is gone is kept")
		}
		for id, kind := range map[iam.PictureID]iam.Kind{logo.ID: "", inWidget.ID: "", forgotten.ID: iam.KindNotFound} {
			_, err := picture(id)
			wantKind(t, err, kind)
		}
	})
}

func TestAppearance(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		of := func(s iam.Scope) iam.Appearance {
			return read(t, db, func(tx *store.Tx) (iam.Appearance, error) { return tx.Appearance(s) })
		}
		app := iam.Application("app-wiki", "org-1")
		wantEqual(t, "nothing was set", of(app), iam.Appearance{})
		want := iam.Appearance{Title: "Hello APP_NAME", Accent: "#123456", Links: []iam.FooterLink{{Label: "Help", URL: "https://help.example"}}, CoverMode: iam.CoverEnforced}
		do(t, db, func(tx *store.Tx) error { return tx.SetAppearance(app, want) })
		want.Version = 1
		wantEqual(t, "Appearance", of(app), want)
		wantEqual(t, "of the application that moved", of(iam.Application("app-wiki", "org-2")), want)
		wantEqual(t, "of another scope", of(iam.Organization("org-1")), iam.Appearance{})
		late := want
		late.Version = 0
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.SetAppearance(app, late) }), iam.KindConflict)
		do(t, db, func(tx *store.Tx) error { return tx.SetAppearance(app, want) })
		want.Version = 2
		wantEqual(t, "Appearance", of(app), want)
	})
}

func TestRequiredOffer(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		do(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.SetOffer("app-wiki", "provider-health", 1, true), tx.RequireOffer("app-wiki", "provider-health", true))
		})
		// Moving it does not make it optional.
		do(t, db, func(tx *store.Tx) error { return tx.SetOffer("app-wiki", "provider-health", 3, false) })
		offers := read(t, db, func(tx *store.Tx) ([]iam.Offer, error) { return tx.Offers("app-wiki") })
		wantEqual(t, "Offers", offers, []iam.Offer{{Provider: method("health"), Position: 3, Required: true}})
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.RequireOffer("app-wiki", "none", true) }), iam.KindNotFound)
	})
}
