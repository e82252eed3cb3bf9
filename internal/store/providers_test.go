package store_test

import (
	"errors"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

func TestProvider(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		health := method("health")
		own := method("own")
		own.Scope, own.Settings, own.Public = iam.Application("app-wiki", "org-1"), iam.ProviderSettings{}, false
		do(t, db, func(tx *store.Tx) error { return errors.Join(tx.InsertProvider(health), tx.InsertProvider(own)) })
		for _, want := range []iam.Provider{health, own} {
			wantEqual(t, "Provider", read(t, db, func(tx *store.Tx) (iam.Provider, error) { return tx.Provider(want.ID) }), want)
		}
		wantEqual(t, "Providers", read(t, db, (*store.Tx).Providers), []iam.Provider{health, own})
		wantKind(t, db.View(t.Context(), func(tx *store.Tx) error { _, err := tx.Provider("none"); return err }), iam.KindNotFound)
	})
}

func TestProviderChangedMeanwhile(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		mine := read(t, db, func(tx *store.Tx) (iam.Provider, error) { return tx.Provider("provider-health") })
		theirs := mine
		mine.Name, mine.Description, mine.Public, mine.Publicity, mine.Settings = "Mine", "", false, iam.PublicityEveryone, iam.ProviderSettings{}
		do(t, db, func(tx *store.Tx) error { return tx.UpdateProvider(mine) })
		mine.Version, mine.UpdatedAt = 2, clock.Now()
		theirs.Name = "Theirs"
		err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.UpdateProvider(theirs) })
		wantKind(t, err, iam.KindConflict)
		wantEqual(t, "Provider", read(t, db, func(tx *store.Tx) (iam.Provider, error) { return tx.Provider(mine.ID) }), mine)
	})
}

func TestOffers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		offers := func(app iam.AppID) []iam.Offer {
			return read(t, db, func(tx *store.Tx) ([]iam.Offer, error) { return tx.Offers(app) })
		}
		do(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.SetOffer("app-wiki", "provider-health", 2, false), tx.SetOffer("app-wiki", "provider-work", 1, true))
		})
		health, work := iam.Offer{Provider: method("health"), Position: 2}, iam.Offer{Provider: method("work"), Position: 1, Main: true}
		wantEqual(t, "Offers", offers("app-wiki"), []iam.Offer{work, health})
		wantEqual(t, "Offers of another application", offers("app-mail"), []iam.Offer(nil))

		do(t, db, func(tx *store.Tx) error { return tx.SetOffer("app-wiki", "provider-health", 0, true) })
		health.Position, health.Main = 0, true
		wantEqual(t, "Offers in another order", offers("app-wiki"), []iam.Offer{health, work})

		do(t, db, func(tx *store.Tx) error { return tx.DeleteOffer("app-wiki", "provider-health") })
		wantEqual(t, "Offers without it", offers("app-wiki"), []iam.Offer{work})
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.DeleteOffer("app-wiki", "provider-health") }), iam.KindNotFound)
	})
}

func TestProvidersForProfile(t *testing.T) {
	in := func(name string, s iam.Scope, public bool, kind iam.ProviderType) iam.Provider {
		p := method(name)
		p.Scope, p.Public, p.Type = s, public, kind
		return p
	}
	wiki, mail := iam.Application("app-wiki", "org-1"), iam.Application("app-mail", "org-1")
	const c = iam.ProviderCertificate
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		do(t, db, func(tx *store.Tx) error {
			return errors.Join(
				tx.InsertUser(person("alice")), tx.InsertUser(person("bob")), tx.InsertApp(application("wiki")), tx.InsertApp(application("mail")),
				tx.InsertProvider(in("system", iam.System(), true, c)), tx.InsertProvider(in("system-private", iam.System(), false, c)),
				tx.InsertProvider(in("password", iam.System(), true, iam.ProviderPassword)),
				tx.InsertProvider(in("org", iam.Organization("org-1"), true, c)), tx.InsertProvider(in("org-private", iam.Organization("org-1"), false, c)),
				tx.InsertProvider(in("other-org", iam.Organization("org-2"), true, c)),
				tx.InsertProvider(in("wiki", wiki, false, c)), tx.InsertProvider(in("mail", mail, true, c)),
				tx.InsertMembership(iam.Membership{User: "user-alice", Scope: iam.Organization("org-1"), Role: iam.RoleMember}),
				tx.InsertMembership(iam.Membership{User: "user-bob", Scope: iam.System(), Role: iam.RoleSystemAdministrator}),
			)
		})
		insertRow(t, db, "consents", map[string]any{"user_id": "user-alice", "app_id": "app-wiki"})
		for user, want := range map[iam.UserID][]iam.ProviderID{
			"user-alice": {"provider-org", "provider-system", "provider-wiki"},
			"user-bob":   {"provider-system"}, // an empty organization is no organization in common
		} {
			var got []iam.ProviderID
			for _, p := range read(t, db, func(tx *store.Tx) ([]iam.Provider, error) { return tx.ProvidersForProfile(user, c) }) {
				got = append(got, p.ID)
			}
			wantEqual(t, string(user), got, want)
		}
		insertRow(t, db, "grants", map[string]any{"id": "g", "user_id": "user-bob", "app_id": "app-mail"})
		if got := read(t, db, func(tx *store.Tx) ([]iam.Provider, error) { return tx.ProvidersForProfile("user-bob", c) }); len(got) != 2 || got[0].ID != "provider-mail" {
			t.Errorf("bob used the mail application, but its method is not there: %v", got)
		}
	})
}

func TestDeleteProvider(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		do(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.SetOffer("app-wiki", "provider-health", 1, true), tx.SetOffer("app-mail", "provider-health", 1, true), tx.SetOffer("app-mail", "provider-work", 2, true))
		})
		wantEqual(t, "AppsOffering", read(t, db, func(tx *store.Tx) ([]iam.AppID, error) { return tx.AppsOffering("provider-health") }), []iam.AppID{"app-mail", "app-wiki"})
		do(t, db, func(tx *store.Tx) error { return tx.DeleteProvider("provider-health") })
		wantKind(t, db.View(t.Context(), func(tx *store.Tx) error { _, err := tx.Provider("provider-health"); return err }), iam.KindNotFound)
		wantEqual(t, "AppsOffering of none", read(t, db, func(tx *store.Tx) ([]iam.AppID, error) { return tx.AppsOffering("provider-health") }), []iam.AppID(nil))
		if left := read(t, db, func(tx *store.Tx) ([]iam.Identity, error) { return tx.IdentitiesOfProvider("provider-health") }); len(left) != 0 {
			t.Errorf("identifiers of no method are left: %v", left)
		}
		if got := read(t, db, func(tx *store.Tx) ([]iam.Offer, error) { return tx.Offers("app-mail") }); len(got) != 1 || got[0].Provider.ID != "provider-work" {
			t.Errorf("offers of the other method = %v", got)
		}
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.DeleteProvider("provider-health") }), iam.KindNotFound)
	})
}

func TestAdministratorsOfAProvider(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		blocked := person("bob")
		blocked.Status = iam.UserBlocked
		do(t, db, func(tx *store.Tx) error {
			link := func(user iam.UserID, key string, until *iam.Certificate) error {
				_, err := tx.InsertIdentity(iam.Identity{ID: iam.IdentityID("id-" + key), User: user, Provider: "provider-health", Type: iam.ProviderCertificate, Key: key, Publicity: iam.PublicityOnlyMe, Certificate: until})
				return err
			}
			admin := func(user iam.UserID) error {
				return tx.InsertMembership(iam.Membership{User: user, Scope: iam.System(), Role: iam.RoleSystemAdministrator})
			}
			expired := certificate("old")
			expired.NotAfter = at(-10 * 365 * 24 * time.Hour)
			return errors.Join(
				tx.InsertUser(person("alice")), tx.InsertUser(blocked), tx.InsertUser(person("carol")), tx.InsertUser(person("dave")), tx.InsertProvider(method("health")),
				admin("user-alice"), admin("user-bob"), admin("user-dave"), link("user-bob", "b", nil), link("user-carol", "c", nil), link("user-dave", "d", expired),
			)
		})
		count := func() int64 {
			return read(t, db, func(tx *store.Tx) (int64, error) { return tx.CountAdministratorsOf("provider-health") })
		}
		if n := count(); n != 0 {
			t.Errorf("a blocked one, one who is none and one whose certificate expired make %d", n)
		}
		do(t, db, func(tx *store.Tx) error {
			_, err := tx.InsertIdentity(iam.Identity{ID: "a", User: "user-alice", Provider: "provider-health", Type: iam.ProviderCertificate, Key: "a", Publicity: iam.PublicityOnlyMe})
			_, again := tx.InsertIdentity(iam.Identity{ID: "a2", User: "user-alice", Provider: "provider-health", Type: iam.ProviderCertificate, Key: "a2", Publicity: iam.PublicityOnlyMe})
			return errors.Join(err, again)
		})
		if n := count(); n != 1 {
			t.Errorf("administrators = %d, want 1", n)
		}
		var ids []iam.IdentityID
		for _, i := range read(t, db, func(tx *store.Tx) ([]iam.Identity, error) { return tx.AdministratorIdentities("provider-health") }) {
			ids = append(ids, i.ID)
		}
		wantEqual(t, "identifiers of administrators", ids, []iam.IdentityID{"a", "a2"})
	})
}
