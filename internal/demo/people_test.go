package demo

import (
	"testing"

	"signet/internal/audit"
	"signet/internal/directory"
	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/provider"
	"signet/internal/session"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

// newRooms builds the rooms that a demo fills, as server does.
func newRooms(t *testing.T) (Rooms, *store.DB) {
	t.Helper()
	db := storetest.New(t)
	log := &audit.Log{DB: db}
	sessions := &session.Service{DB: db, Log: log}
	r := Rooms{
		Directory:  directory.New(db, log, sessions),
		Providers:  &provider.Service{DB: db, Log: log},
		Identities: &identity.Service{DB: db, Log: log, Sessions: sessions},
	}
	program := iam.Program("test")
	if err := r.Directory.EnsureSignetApp(t.Context(), program, "Signet"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Providers.EnsurePassword(t.Context(), program, "Password"); err != nil {
		t.Fatal(err)
	}
	return r, db
}

const appURL = "https://app.localhost:8444"

func fill(t *testing.T, f *Folder, r Rooms) (Client, map[string]bool) {
	t.Helper()
	client, linked, err := f.Fill(t.Context(), r, appURL)
	if err != nil {
		t.Fatal(err)
	}
	return client, linked
}

func TestFill(t *testing.T) {
	r, db := newRooms(t)
	f := openFolder(t, t.TempDir(), db.Now())
	client, linked := fill(t, f, r)
	for login, want := range map[string]bool{"alice": true, "bob": false, "carol": true, "dave": true, "admin": false} {
		if linked[login] != want {
			t.Errorf("%s: linked is %v", login, linked[login])
		}
	}
	program := iam.Program("test")
	for _, p := range Cast() {
		user, err := r.Directory.UserByLogin(t.Context(), program, p.Login)
		if err != nil {
			t.Fatal(err)
		}
		if blocked := user.Status == iam.UserBlocked; blocked != p.Blocked {
			t.Errorf("%s: blocked is %v", p.Login, blocked)
		}
		if _, err := r.Directory.Authenticate(t.Context(), program, p.Login, f.Password(p.Login)); err != nil {
			t.Errorf("the password of %s: %v", p.Login, err)
		}
	}
	if needs, err := r.Directory.NeedsSetup(t.Context()); err != nil || needs {
		t.Errorf("nobody administers the demo: %v", err)
	}
	secrets, err := r.Directory.AppSecrets(t.Context(), client.ID)
	if err != nil || len(secrets) != 1 || string(secrets[0].Hash) != string(iam.Secret(client.Secret).Hash()) {
		t.Errorf("the application has %d secrets: %v", len(secrets), err)
	}
	for _, app := range []iam.AppID{client.ID, iam.SignetApp} {
		types := map[iam.ProviderType]bool{}
		for _, o := range offers(t, db, app) {
			types[o.Provider.Type] = true
		}
		if !types[iam.ProviderCertificate] || !types[iam.ProviderPassword] {
			t.Errorf("the widget of %s shows %v", app, types)
		}
	}
}

func offers(t *testing.T, db *store.DB, id iam.AppID) (offered []iam.Offer) {
	t.Helper()
	err := db.View(t.Context(), func(tx *store.Tx) error {
		app, err := tx.App(id)
		if err != nil {
			return err
		}
		offered, err = provider.Offered(tx, app)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return offered
}

func TestFillAgain(t *testing.T) {
	r, db := newRooms(t)
	dir, program := t.TempDir(), iam.Program("test")
	first, _ := fill(t, openFolder(t, dir, db.Now()), r)

	// What people do in a demo stays done.
	alice, err := r.Directory.UserByLogin(t.Context(), program, "alice")
	if err != nil {
		t.Fatal(err)
	}
	identities, err := r.Identities.Of(t.Context(), program, alice.ID)
	if err != nil || len(identities) != 1 {
		t.Fatalf("alice has %d identifiers: %v", len(identities), err)
	}
	if _, err := r.Identities.Remove(t.Context(), program, alice.ID, identities[0].ID); err != nil {
		t.Fatal(err)
	}
	carol, err := r.Directory.UserByLogin(t.Context(), program, "carol")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Directory.Unblock(t.Context(), program, carol.ID); err != nil {
		t.Fatal(err)
	}
	second, linked := fill(t, openFolder(t, dir, db.Now()), r)
	if second != first {
		t.Errorf("the application changed from %+v to %+v", first, second)
	}
	if linked["alice"] {
		t.Error("the certificate that alice removed is back")
	}
	if carol, err = r.Directory.UserByLogin(t.Context(), program, "carol"); err != nil || carol.Status != iam.UserActive {
		t.Errorf("carol is %s again: %v", carol.Status, err)
	}

	// A lost state makes new secrets; a lost CA makes new certificates.
	remove(t, dir, stateFile)
	remove(t, dir, clientCAFile)
	f := openFolder(t, dir, db.Now())
	third, linked := fill(t, f, r)
	if third.ID != first.ID || third.Secret == first.Secret || third.Secret == "" {
		t.Errorf("the application is %+v", third)
	}
	if !linked["alice"] {
		t.Error("alice's new certificate is not linked")
	}
	if _, err := r.Directory.Authenticate(t.Context(), program, "bob", f.Password("bob")); err != nil {
		t.Errorf("bob's new password: %v", err)
	}
	if n := len(offers(t, db, first.ID)); n != 2 {
		t.Errorf("the widget shows %d methods", n)
	}
}

func TestFillOnOtherPorts(t *testing.T) {
	r, db := newRooms(t)
	f := openFolder(t, t.TempDir(), db.Now())
	usual, _ := fill(t, f, r)
	other, _, err := f.Fill(t.Context(), r, "https://app.localhost:9000")
	if err != nil {
		t.Fatal(err)
	}
	if usual.ID != "demo" || other.ID != "demo-9000" || other.RedirectURI != "https://app.localhost:9000/callback" {
		t.Errorf("the applications are %+v and %+v", usual, other)
	}
}
