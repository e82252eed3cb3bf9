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
		wiki.Authorities, wiki.MembersOnly = []iam.Authority{{SHA256: "aa", Name: "A"}, {SHA256: "bb", Name: "B"}}, false
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

func TestApplicationsAreFoundInPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var all []iam.App
		for _, name := range []string{"wiki", "Mail", "100% café", "mail"} {
			a := application(name)
			a.Name = name
			all = append(all, a)
		}
		all[3].ID, all[3].Org = "app-mail-2", ""
		do(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.InsertApp(all[0]), tx.InsertApp(all[1]), tx.InsertApp(all[2]), tx.InsertApp(all[3]))
		})
		found := func(f store.AppFilter) (ids []iam.AppID) {
			if f.Limit == 0 {
				f.Limit = 10
			}
			for _, a := range read(t, db, func(tx *store.Tx) ([]iam.App, error) { return tx.FindApps(f) }) {
				ids = append(ids, a.ID)
			}
			return ids
		}
		wantEqual(t, "all", found(store.AppFilter{}), []iam.AppID{"app-100% café", "app-Mail", "app-mail-2", "app-wiki"})
		wantEqual(t, "first page", found(store.AppFilter{Limit: 2}), []iam.AppID{"app-100% café", "app-Mail"})
		wantEqual(t, "second page", found(store.AppFilter{Limit: 2, After: "app-Mail"}), []iam.AppID{"app-mail-2", "app-wiki"})
		wantEqual(t, "after the last", found(store.AppFilter{After: "app-wiki"}), []iam.AppID(nil))
		wantEqual(t, "by name", found(store.AppFilter{Search: "MAI"}), []iam.AppID{"app-Mail", "app-mail-2"})
		wantEqual(t, "by a sign of patterns", found(store.AppFilter{Search: "0%"}), []iam.AppID{"app-100% café"})
		wantEqual(t, "by id", found(store.AppFilter{Search: "app-wiki"}), []iam.AppID{"app-wiki"})
		wantEqual(t, "of an organization", found(store.AppFilter{Org: "org-1", Search: "mail"}), []iam.AppID{"app-Mail"})
	})
}

func TestTwoChangeOneApplication(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		do(t, db, func(tx *store.Tx) error { return tx.TouchApp("app-wiki", 1) })
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.TouchApp("app-wiki", 1) }), iam.KindConflict)
	})
}

func TestDeletedApplicationLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		admin := iam.Membership{User: "user-alice", Scope: iam.Application("app-wiki", "org-1"), Role: iam.RoleApplicationAdministrator}
		do(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.InsertMembership(admin), tx.VisitApp("app-wiki", "user-alice"), tx.SetConsent("user-alice", "app-wiki", []string{"openid"}),
				tx.InsertAppSecret(iam.AppSecret{ID: "1", App: "app-wiki", Hash: []byte{1}}), tx.SetOffer("app-wiki", "provider-work", 1, true))
		})
		insertRow(t, db, "logins", map[string]any{"id": "begun", "app_id": "app-wiki"})
		insertRow(t, db, "grants", map[string]any{"id": "grant", "app_id": "app-wiki", "user_id": "user-alice"})
		insertRow(t, db, "tokens", map[string]any{"grant_id": "grant", "kind": "access", "expires_at": at(time.Hour).UnixMicro()})
		use := read(t, db, func(tx *store.Tx) (store.AppUse, error) { return tx.AppUse("app-wiki") })
		wantEqual(t, "AppUse", use, store.AppUse{People: 1, Living: 1, Consents: 1, Roles: 1})
		do(t, db, func(tx *store.Tx) error { return tx.DeleteApp("app-wiki") })
		for _, table := range []string{"logins", "grants", "tokens", "memberships", "application_secrets", "application_people", "consents", "offers"} {
			var n int
			if err := db.Pool().QueryRow(`SELECT COUNT(*) FROM ` + table).Scan(&n); err != nil || n != 0 {
				t.Errorf("%d rows are left in %s, %v", n, table, err)
			}
		}
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.DeleteApp("app-wiki") }), iam.KindNotFound)
	})
}

func TestTestApplication(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		trial := application("trial")
		trial.Test, trial.TestOf, trial.Org = true, "app-wiki", ""
		plain := application("plain")
		plain.Test, plain.TestOf, plain.Org = false, "app-wiki", ""
		do(t, db, func(tx *store.Tx) error { return errors.Join(tx.InsertApp(plain), tx.InsertApp(trial)) })
		got := read(t, db, func(tx *store.Tx) (iam.App, error) { return tx.TestApp("app-wiki", "") })
		wantEqual(t, "TestApp", got.ID, trial.ID)
		wantKind(t, db.View(t.Context(), func(tx *store.Tx) error { _, err := tx.TestApp("app-wiki", "org-1"); return err }), iam.KindNotFound)
	})
}

func TestPeopleOfAnApplication(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		first := clock.Now()
		do(t, db, func(tx *store.Tx) error { return tx.VisitApp("app-wiki", "user-alice") })
		clock.Advance(time.Hour)
		do(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.VisitApp("app-wiki", "user-alice"), tx.BlockInApp("app-wiki", "user-bob", tx.Now()), tx.VisitApp("app-mail", "user-bob"))
		})
		people := func(f store.AppPeopleFilter) []iam.AppPerson {
			f.Limit = max(f.Limit, 1)
			return read(t, db, func(tx *store.Tx) ([]iam.AppPerson, error) { return tx.AppPeople("app-wiki", f) })
		}
		page := people(store.AppPeopleFilter{})
		if len(page) != 1 || page[0].User.ID != "user-alice" || !page[0].FirstAt.Equal(first) || !page[0].LastAt.Equal(clock.Now()) || !page[0].BlockedAt.IsZero() {
			t.Errorf("first page = %+v", page)
		}
		page = people(store.AppPeopleFilter{After: "user-alice"})
		if len(page) != 1 || page[0].User.ID != "user-bob" || !page[0].LastAt.IsZero() || page[0].BlockedAt.IsZero() {
			t.Errorf("second page = %+v", page)
		}
		if page = people(store.AppPeopleFilter{After: "user-bob"}); len(page) != 0 {
			t.Errorf("third page = %+v", page)
		}
		if page = people(store.AppPeopleFilter{Search: "BOB@", ByEmail: true, Limit: 5}); len(page) != 1 {
			t.Errorf("found = %+v", page)
		}
		if page = people(store.AppPeopleFilter{Search: "BOB@", Limit: 5}); len(page) != 0 {
			t.Errorf("found by an address that is not seen = %+v", page)
		}
		blocked := func(user iam.UserID) bool {
			return read(t, db, func(tx *store.Tx) (bool, error) { return tx.BlockedInApp("app-wiki", user) })
		}
		wantEqual(t, "blocked", []bool{blocked("user-alice"), blocked("user-bob"), blocked("user-nobody")}, []bool{false, true, false})
		do(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.BlockInApp("app-wiki", "user-bob", time.Time{}), tx.VisitApp("app-wiki", "user-bob"))
		})
		bob := read(t, db, func(tx *store.Tx) (iam.AppPerson, error) { return tx.AppPerson("app-wiki", "user-bob") })
		if !bob.BlockedAt.IsZero() || !bob.FirstAt.Equal(clock.Now()) {
			t.Errorf("bob, let in again = %+v", bob)
		}
	})
}

func TestSecretsAndSignInsOfOneApplicationEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		do(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.InsertAppSecret(iam.AppSecret{ID: "1", App: "app-wiki", Hash: []byte{1}}), tx.InsertAppSecret(iam.AppSecret{ID: "2", App: "app-wiki", Hash: []byte{2}}))
		})
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.DeleteAppSecret("app-mail", "1") }), iam.KindNotFound)
		do(t, db, func(tx *store.Tx) error { return tx.DeleteAppSecret("app-wiki", "1") })
		left := read(t, db, func(tx *store.Tx) ([]iam.AppSecret, error) { return tx.AppSecrets("app-wiki") })
		if len(left) != 1 || left[0].ID != "2" {
			t.Errorf("secrets left = %+v", left)
		}
		for id, app := range map[string]string{"here": "app-wiki", "elsewhere": "app-mail"} {
			insertRow(t, db, "logins", map[string]any{"id": id, "app_id": app, "user_id": "user-alice"})
		}
		do(t, db, func(tx *store.Tx) error { return tx.DeleteLoginsOfUserApp("user-alice", "app-wiki") })
		wantKind(t, db.View(t.Context(), func(tx *store.Tx) error { _, err := tx.Login("here"); return err }), iam.KindNotFound)
	})
}

func TestHolders(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		here, elsewhere := iam.Application("app-wiki", "org-1"), iam.Application("app-mail", "org-1")
		do(t, db, func(tx *store.Tx) error {
			return errors.Join(
				tx.InsertMembership(iam.Membership{User: "user-bob", Scope: here, Role: iam.RoleMember}),
				tx.InsertMembership(iam.Membership{User: "user-alice", Scope: here, Role: iam.RoleApplicationAdministrator}),
				tx.InsertMembership(iam.Membership{User: "user-bob", Scope: elsewhere, Role: iam.RoleApplicationAdministrator}),
			)
		})
		var who []string
		for _, h := range read(t, db, func(tx *store.Tx) ([]iam.Holder, error) { return tx.Holders(here) }) {
			who = append(who, h.User.Login+" "+string(h.Membership.Role))
		}
		wantEqual(t, "holders", who, []string{"alice application_administrator", "bob member"})
	})
}
