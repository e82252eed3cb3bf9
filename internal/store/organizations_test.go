package store_test

import (
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

func organization(name string) iam.Org {
	return iam.Org{
		ID: iam.OrgID("org-" + name), Handle: name, Name: name + " Inc.", Description: "the " + name, Version: 1,
		CreatedAt: at(-2 * time.Hour), UpdatedAt: at(-time.Hour),
	}
}

func TestOrganizations(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		acme, zoo := organization("acme"), organization("zoo")
		do(t, db, func(tx *store.Tx) error { return tx.InsertOrg(zoo) })
		do(t, db, func(tx *store.Tx) error { return tx.InsertOrg(acme) })
		wantEqual(t, "by id", read(t, db, func(tx *store.Tx) (iam.Org, error) { return tx.Org(acme.ID) }), acme)
		wantEqual(t, "by handle", read(t, db, func(tx *store.Tx) (iam.Org, error) { return tx.OrgByHandle("acme") }), acme)
		find := func(search string, after iam.OrgID, limit int) []iam.Org {
			return read(t, db, func(tx *store.Tx) ([]iam.Org, error) { return tx.Orgs(search, after, limit) })
		}
		wantEqual(t, "all by name", find("", "", 9), []iam.Org{acme, zoo})
		wantEqual(t, "first page", find("", "", 1), []iam.Org{acme})
		wantEqual(t, "second page", find("", acme.ID, 1), []iam.Org{zoo})
		wantEqual(t, "search", find("ZOO inc", "", 9), []iam.Org{zoo})
		wantEqual(t, "search for a wildcard", find("%", "", 9), []iam.Org(nil))

		taken := organization("other")
		taken.Handle = "acme"
		if _, err := take(t, db, func(tx *store.Tx) (int, error) { return 0, tx.InsertOrg(taken) }); !store.IsUnique(err) {
			t.Errorf("a handle that is taken: %v", err)
		}
		first, second := acme, acme
		first.Name, second.Name = "First", "Second"
		do(t, db, func(tx *store.Tx) error { return tx.UpdateOrg(first) })
		_, err := take(t, db, func(tx *store.Tx) (int, error) { return 0, tx.UpdateOrg(second) })
		wantKind(t, err, iam.KindConflict)
		if got := read(t, db, func(tx *store.Tx) (iam.Org, error) { return tx.Org(acme.ID) }); got.Name != "First" || got.Version != 2 {
			t.Errorf("after two changes of one version: %+v", got)
		}
	})
}

func TestWhatGoesWithAnOrganization(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		acme, zoo := organization("acme"), organization("zoo")
		member := func(u iam.UserID, in iam.Scope, role iam.Role) iam.Membership {
			return iam.Membership{User: u, Scope: in, Role: role}
		}
		invitation := iam.Invitation{ID: "i", Hash: []byte("hash"), Scope: acme.Scope(), Role: iam.RoleMember, Email: "carol@example.org", Inviter: "user-alice",
			CreatedAt: clock.Now(), ExpiresAt: clock.Now().Add(time.Hour)}
		own, app := application("own"), application("inside")
		own.ID, own.Org, app.Org = iam.OrgApp(acme.ID), acme.ID, acme.ID
		card := method("card")
		card.Scope = acme.Scope()
		do(t, db, func(tx *store.Tx) error {
			for _, err := range []error{
				tx.InsertOrg(acme), tx.InsertOrg(zoo), tx.InsertApp(own), tx.InsertApp(app), tx.InsertProvider(card), tx.InsertInvitation(invitation),
				tx.InsertMembership(member("user-alice", acme.Scope(), iam.RoleOrganizationManager)),
				tx.InsertMembership(member("user-bob", acme.Scope(), iam.RoleMember)),
				tx.InsertMembership(member("user-bob", app.Scope(), iam.RoleApplicationAdministrator)),
				tx.InsertMembership(member("user-bob", zoo.Scope(), iam.RoleMember)),
				link(tx, identifier("card", "user-bob", card.ID)),
			} {
				if err != nil {
					return err
				}
			}
			return nil
		})
		size := func(id iam.OrgID) iam.OrgSize {
			return read(t, db, func(tx *store.Tx) (iam.OrgSize, error) { return tx.OrgSize(id) })
		}
		wantEqual(t, "size", size(acme.ID), iam.OrgSize{Applications: 1, Methods: 1, Identifiers: 1, Members: 2, Invitations: 1})
		wantEqual(t, "methods", len(read(t, db, func(tx *store.Tx) ([]iam.Provider, error) { return tx.ProvidersOfOrg(acme.ID) })), 1)
		for _, a := range read(t, db, func(tx *store.Tx) ([]iam.App, error) { return tx.Apps("") }) {
			if a.ID == own.ID {
				t.Error("what an organization itself is stands among the applications")
			}
		}
		byEmail := false
		names := func(search, after string, limit int) (s string) {
			for _, m := range read(t, db, func(tx *store.Tx) ([]iam.Member, error) {
				return tx.Members(acme.Scope(), search, after, byEmail, limit)
			}) {
				s += m.User.Login + ":" + string(m.Role) + " "
			}
			return s
		}
		wantEqual(t, "members", names("", "", 9), "alice:organization_manager bob:member ")
		wantEqual(t, "second page", names("", "alice", 1), "bob:member ")
		wantEqual(t, "search", names("BOB", "", 9), "bob:member ")
		wantEqual(t, "search by an address that is not seen", names("alice@", "", 9), "")
		byEmail = true
		wantEqual(t, "search by an address", names("alice@", "", 9), "alice:organization_manager ")
		role := func(u iam.UserID, in iam.Scope) iam.Role {
			r, err := take(t, db, func(tx *store.Tx) (iam.Role, error) { return tx.MemberRole(u, in) })
			if err != nil && !iam.IsNotFound(err) {
				t.Error(err)
			}
			return r
		}
		wantEqual(t, "role", role("user-alice", acme.Scope()), iam.RoleOrganizationManager)
		wantEqual(t, "no role", role("user-alice", zoo.Scope()), iam.Role(""))

		do(t, db, func(tx *store.Tx) error { return tx.DeleteMemberships("user-bob", acme.Scope()) })
		wantEqual(t, "roles of who was removed", role("user-bob", acme.Scope())+role("user-bob", app.Scope())+role("user-bob", zoo.Scope()), iam.RoleMember)
		do(t, db, func(tx *store.Tx) error { return tx.DeleteMemberships("user-bob", zoo.Scope()) })
		_, err := take(t, db, func(tx *store.Tx) (int, error) { return 0, tx.DeleteMemberships("user-bob", acme.Scope()) })
		wantKind(t, err, iam.KindNotFound)

		do(t, db, func(tx *store.Tx) error { return tx.DeleteOrg(acme.ID) })
		for what, lookup := range map[string]func(tx *store.Tx) (string, error){
			"itself":     func(tx *store.Tx) (string, error) { o, err := tx.Org(acme.ID); return o.Name, err },
			"its client": func(tx *store.Tx) (string, error) { a, err := tx.App(own.ID); return a.Name, err },
			"its invitation": func(tx *store.Tx) (string, error) {
				i, err := tx.Invitation(invitation.Hash)
				return string(i.ID), err
			},
			"its manager": func(tx *store.Tx) (string, error) {
				r, err := tx.MemberRole("user-alice", acme.Scope())
				return string(r), err
			},
		} {
			if got, err := take(t, db, lookup); !iam.IsNotFound(err) {
				t.Errorf("%s is left: %q, %v", what, got, err)
			}
		}
		wantEqual(t, "the other", size(zoo.ID), iam.OrgSize{})
	})
}

func TestInvitationIsTakenOnce(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		scope := iam.Organization("acme")
		add := func(id, hash string) iam.Invitation {
			i := iam.Invitation{ID: iam.InvitationID(id), Hash: []byte(hash), Scope: scope, Role: iam.RoleMember, Inviter: "user-alice",
				CreatedAt: clock.Now(), ExpiresAt: clock.Now().Add(time.Hour)}
			do(t, db, func(tx *store.Tx) error { return tx.InsertInvitation(i) })
			return i
		}
		i := add("one", "hash")
		wantEqual(t, "found", read(t, db, func(tx *store.Tx) (iam.Invitation, error) { return tx.Invitation(i.Hash) }), i)
		won, lost := race(6, func(int) error {
			_, err := take(t, db, func(tx *store.Tx) (iam.Invitation, error) { return tx.TakeInvitation(i.Hash) })
			return err
		})
		if won != 1 {
			t.Errorf("%d took one invitation: %v", won, lost)
		}
		over := add("two", "other")
		list := func(in iam.Scope) int {
			return len(read(t, db, func(tx *store.Tx) ([]iam.Invitation, error) { return tx.Invitations(in) }))
		}
		wantEqual(t, "pending", list(scope), 1)
		wantEqual(t, "pending elsewhere", list(iam.Organization("zoo")), 0)
		clock.Advance(time.Hour)
		_, err := take(t, db, func(tx *store.Tx) (iam.Invitation, error) { return tx.TakeInvitation(over.Hash) })
		wantKind(t, err, iam.KindNotFound)
		_, err = take(t, db, func(tx *store.Tx) (iam.Invitation, error) {
			return tx.RevokeInvitation(iam.Organization("zoo"), over.ID)
		})
		wantKind(t, err, iam.KindNotFound)
		if got, err := take(t, db, func(tx *store.Tx) (iam.Invitation, error) { return tx.RevokeInvitation(scope, over.ID) }); err != nil || got.ID != over.ID {
			t.Errorf("revoked %+v, %v", got, err)
		}
		add("three", "third")
		do(t, db, func(tx *store.Tx) error { return tx.DeleteInvitations(scope) })
		wantEqual(t, "after all were taken back", list(scope), 0)
	})
}
