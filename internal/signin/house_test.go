package signin_test

import (
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"signet/internal/audit"
	"signet/internal/directory"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/login"
	"signet/internal/provider"
	"signet/internal/session"
	"signet/internal/signin"
	"signet/internal/store/storetest"
	"signet/internal/web"
)

// rooms are what stands behind the pages, on a store of their own.
type rooms struct {
	t         *testing.T
	log       *audit.Log
	sessions  *session.Service
	people    *directory.Service
	providers *provider.Service
	login     *login.Service
}

func newRooms(t *testing.T) rooms {
	t.Helper()
	db := storetest.New(t)
	r := rooms{t: t, log: &audit.Log{DB: db}}
	r.sessions = &session.Service{DB: db, Log: r.log}
	r.people = directory.New(db, r.log, r.sessions)
	r.providers = &provider.Service{DB: db, Log: r.log, Sessions: r.sessions}
	r.login = &login.Service{DB: db, Log: r.log, Directory: r.people, Sessions: r.sessions, Identities: &identity.Service{DB: db, Log: r.log, Sessions: r.sessions}}
	if err := r.people.EnsureSignetApp(t.Context(), iam.Program("test"), "Signet"); err != nil {
		t.Fatal(err)
	}
	return r
}

// serve puts the room before them, for whoever the caller is at each request.
func (r rooms) serve(room *signin.Room, caller func() iam.Caller) http.Handler {
	r.t.Helper()
	catalogues, err := i18n.Load()
	if err != nil {
		r.t.Fatal(err)
	}
	room.Pages, room.Login, room.Sessions = web.NewPages(catalogues, web.Brand{}, time.Now), r.login, r.sessions
	mux := http.NewServeMux()
	room.Pages.Mount(mux)
	room.Mount(mux)
	known := http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		mux.ServeHTTP(w, request.WithContext(web.WithCaller(request.Context(), caller())))
	})
	return web.Harden(known, web.Hardening{Pages: room.Pages, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: time.Now})
}
