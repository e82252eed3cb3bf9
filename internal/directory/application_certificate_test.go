package directory_test

import (
	"testing"
	"time"

	"signet/internal/audit"
	"signet/internal/directory"
	"signet/internal/iam"
	"signet/internal/session"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

// What a node remembers of an application is a second old. A change of something else
// there must not put the secret back in the place of the certificate.
func TestChangeOnAnotherNodeKeepsTheCertificate(t *testing.T) {
	clock, url := new(storetest.Clock), storetest.SQLiteURL(t)
	node := func() *directory.Service {
		t.Helper()
		db, err := store.Open(t.Context(), store.Options{URL: url, Now: clock.Now})
		must(t, err)
		t.Cleanup(func() { _ = db.Close() })
		log := &audit.Log{DB: db}
		s := directory.New(db, log, &session.Service{DB: db, Log: log})
		s.CheckClientCertificate = func(*iam.ClientCertificate) error { return nil }
		return s
	}
	here, there := node(), node()
	app, _, err := here.CreateApp(t.Context(), program, iam.App{Name: "Wiki", Type: iam.AppWeb, RedirectURIs: []string{"https://wiki.example.org/callback"}})
	must(t, err)
	_, err = there.App(t.Context(), app.ID) // and remembers it
	must(t, err)
	must(t, here.SetClientCertificate(t.Context(), program, app.ID, app.Version, &iam.ClientCertificate{Anchors: "x", Name: iam.ClientDNS, Value: "wiki.example.org"}))
	now, err := here.App(t.Context(), app.ID)
	must(t, err)
	now.Name = "Wiki of the hospital" // on the page that was drawn here, and sent there
	must(t, there.EditApp(t.Context(), program, now))
	clock.Advance(2 * time.Second)
	now, err = here.App(t.Context(), app.ID)
	must(t, err)
	if now.ClientCertificate == nil {
		t.Error("the application proves itself by its secret again")
	}
}
