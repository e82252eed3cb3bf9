package store_test

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

// The suite runs on both engines (storetest.Each). Every test says what it
// expects in rows, never in SQL, so that one text serves both.

// do changes rows and fails the test on an error.
func do(t *testing.T, db *store.DB, fn func(*store.Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), fn); err != nil {
		t.Fatalf("update: %v", err)
	}
}

// sweep deletes what is over.
func sweep(t *testing.T, db *store.DB) {
	t.Helper()
	if err := db.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// take changes rows and returns what came of it.
func take[T any](t *testing.T, db *store.DB, fn func(*store.Tx) (T, error)) (value T, err error) {
	t.Helper()
	err = db.Update(t.Context(), func(tx *store.Tx) (err error) {
		value, err = fn(tx)
		return err
	})
	return value, err
}

// read returns what View finds and fails the test on an error.
func read[T any](t *testing.T, db *store.DB, fn func(*store.Tx) (T, error)) (value T) {
	t.Helper()
	err := db.View(t.Context(), func(tx *store.Tx) (err error) {
		value, err = fn(tx)
		return err
	})
	if err != nil {
		t.Fatalf("view: %v", err)
	}
	return value
}

// wantKind checks that something was refused, and as what.
func wantKind(t *testing.T, err error, kind iam.Kind) {
	t.Helper()
	if iam.KindOf(err) != kind {
		t.Errorf("error = %v, want kind %q", err, kind)
	}
}

// wantEqual compares two values and shows both.
func wantEqual(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// at is a time after the start of the tests' clocks.
func at(d time.Duration) time.Time { return storetest.Start().Add(d) }

func person(name string) iam.User {
	return iam.User{
		ID: iam.UserID("user-" + name), Login: name, Name: name + " Doe", GivenName: name, FamilyName: "Doe",
		Email: name + "@example.org", EmailVerified: true, Locale: "fr", Status: iam.UserActive,
		StatusAt: at(-3 * time.Hour), CreatedAt: at(-2 * time.Hour), UpdatedAt: at(-time.Hour), Version: 1,
	}
}

func application(name string) iam.App {
	return iam.App{
		ID: iam.AppID("app-" + name), Org: "org-1", Name: name, Type: iam.AppWeb,
		RedirectURIs: []string{"https://app.example/cb", "https://app.example/cb?x=1&y=é"}, PostLogoutRedirectURIs: []string{"https://app.example/"},
		SigningAlgorithm: "ES256", SkipConsent: true, Authorities: []iam.Authority{{SHA256: "00ff", Name: "CA"}}, MembersOnly: true, AccessTokenTTL: 5 * time.Minute, RefreshTokenTTL: 30 * 24 * time.Hour,
		Test: true, TestOf: "app-other", Version: 1,
		CreatedAt: at(-2 * time.Hour), UpdatedAt: at(-time.Hour),
	}
}

func method(name string) iam.Provider {
	return iam.Provider{
		ID: iam.ProviderID("provider-" + name), Scope: iam.System(), Type: iam.ProviderCertificate, Name: name, Description: "the " + name + " card",
		Public: true, Publicity: iam.PublicityOnRequest,
		Settings: iam.ProviderSettings{Certificate: &iam.CertificateSettings{Anchors: "PEM", MaxDepth: 2, PolicyOIDs: []string{"1.2.3"}, LinkAtSignIn: true}},
		Version:  1, CreatedAt: at(-2 * time.Hour), UpdatedAt: at(-time.Hour),
	}
}

func certificate(name string) *iam.Certificate {
	return &iam.Certificate{
		Subject: "CN=" + name + ",O=Example", CommonName: name, Issuer: "CN=CA", Serial: "0A1B", NotBefore: at(-time.Hour), NotAfter: at(time.Hour),
		KeyType: "ECDSA P-256", SHA256: "00ff", Emails: []string{name + "@example.org"}, SubjectDER: []byte{0x30, 0x00, 0xff},
	}
}

func identifier(name string, of iam.UserID, in iam.ProviderID) iam.Identity {
	return iam.Identity{
		ID: iam.IdentityID("identity-" + name), User: of, Provider: in, Type: iam.ProviderCertificate, Key: "key-" + name,
		Certificate: certificate(name), Publicity: iam.PublicityOnlyMe, CreatedAt: at(-time.Hour),
	}
}

// link inserts an identity, and is a conflict where the key is taken.
func link(tx *store.Tx, i iam.Identity) error {
	switch inserted, err := tx.InsertIdentity(i); {
	case err != nil:
		return err
	case !inserted:
		return iam.Conflict("linked")
	}
	return nil
}

// seed makes alice and bob, two applications, two login methods and alice's
// certificate.
func seed(t *testing.T, db *store.DB) {
	t.Helper()
	do(t, db, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertUser(person("alice")), tx.InsertUser(person("bob")),
			tx.InsertApp(application("wiki")), tx.InsertApp(application("mail")),
			tx.InsertProvider(method("health")), tx.InsertProvider(method("work")),
			link(tx, identifier("alice", "user-alice", "provider-health")),
		)
	})
}

// clocked runs the test on both engines with a clock that the test moves.
func clocked(t *testing.T, test func(t *testing.T, db *store.DB, clock *storetest.Clock)) {
	t.Helper()
	var clock storetest.Clock
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		clock.Set(storetest.Start())
		test(t, db, &clock)
	}, storetest.On(&clock))
}

// race runs fn in n goroutines that start together, and returns how many of
// them succeeded and which kinds of errors the others got.
func race(n int, fn func(i int) error) (won int, lost map[string]int) {
	start, results := make(chan struct{}), make(chan error, n)
	for i := range n {
		go func() {
			<-start
			results <- fn(i)
		}()
	}
	close(start)
	lost = map[string]int{}
	for range n {
		switch err := <-results; {
		case err == nil:
			won++
		case iam.KindOf(err) != "":
			lost[string(iam.KindOf(err))]++
		case store.IsUnique(err):
			lost["unique"]++
		default:
			lost[fmt.Sprintf("internal: %v", err)]++
		}
	}
	return won, lost
}
