package store_test

import (
	"errors"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

func TestApplication(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		wiki, mail := application("wiki"), application("mail")
		mail.Org, mail.RedirectURIs, mail.PostLogoutRedirectURIs = "", nil, nil
		do(t, db, func(tx *store.Tx) error { return errors.Join(tx.InsertApp(wiki), tx.InsertApp(mail)) })
		wantEqual(t, "App", read(t, db, func(tx *store.Tx) (iam.App, error) { return tx.App(wiki.ID) }), wiki)
		wantEqual(t, "Apps", read(t, db, func(tx *store.Tx) ([]iam.App, error) { return tx.Apps("") }), []iam.App{mail, wiki})
		wantEqual(t, "Apps of one organization", read(t, db, func(tx *store.Tx) ([]iam.App, error) { return tx.Apps("org-1") }), []iam.App{wiki})

		wiki.Name, wiki.Type, wiki.SigningAlgorithm, wiki.SkipConsent, wiki.CertificateOnly = "Wiki 2", iam.AppSPA, "RS256", false, true
		wiki.RedirectURIs, wiki.PostLogoutRedirectURIs = []string{"https://new.example/"}, nil
		wiki.AccessTokenTTL, wiki.RefreshTokenTTL = time.Second, 0
		do(t, db, func(tx *store.Tx) error { return tx.UpdateApp(wiki) })
		wiki.UpdatedAt = clock.Now()
		wantEqual(t, "App", read(t, db, func(tx *store.Tx) (iam.App, error) { return tx.App(wiki.ID) }), wiki)

		nobody := application("nobody")
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.UpdateApp(nobody) }), iam.KindNotFound)
		wantKind(t, db.View(t.Context(), func(tx *store.Tx) error { _, err := tx.App(nobody.ID); return err }), iam.KindNotFound)
	})
}

func TestApplicationSecretsEnd(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		old := iam.AppSecret{ID: "1", App: "app-wiki", Hash: []byte{1, 0, 255}, CreatedAt: clock.Now()}
		short := iam.AppSecret{ID: "2", App: "app-wiki", Hash: []byte{2}, CreatedAt: clock.Now(), ExpiresAt: clock.Now().Add(time.Minute)}
		other := iam.AppSecret{ID: "3", App: "app-mail", Hash: []byte{3}, CreatedAt: clock.Now()}
		do(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.InsertAppSecret(old), tx.InsertAppSecret(short), tx.InsertAppSecret(other))
		})
		valid := func(app iam.AppID) []iam.AppSecret {
			return read(t, db, func(tx *store.Tx) ([]iam.AppSecret, error) { return tx.AppSecrets(app) })
		}
		wantEqual(t, "AppSecrets", valid("app-wiki"), []iam.AppSecret{old, short})

		end := clock.Now().Add(time.Hour)
		do(t, db, func(tx *store.Tx) error { return tx.ExpireAppSecrets("app-wiki", end) })
		old.ExpiresAt = end // and the one that ends earlier does not live longer for it
		wantEqual(t, "AppSecrets", valid("app-wiki"), []iam.AppSecret{old, short})
		wantEqual(t, "AppSecrets of another application", valid("app-mail"), []iam.AppSecret{other})
		clock.Advance(time.Minute)
		wantEqual(t, "AppSecrets after a minute", valid("app-wiki"), []iam.AppSecret{old})
		clock.Advance(time.Hour)
		wantEqual(t, "AppSecrets after an hour", valid("app-wiki"), []iam.AppSecret(nil))
	})
}
