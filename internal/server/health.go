package server

import (
	"context"
	"fmt"
	"net/http"

	"signet/internal/signing"
	"signet/internal/store"
	"signet/internal/web"
)

// health answers load balancers and monitoring.
type health struct {
	db   *store.DB
	keys *signing.Ring
	// freshness counts the CAs whose revocations must be known, and those of which
	// nothing is.
	freshness func(context.Context) (required, unknown int, err error)
}

// Mount adds /healthz (the program runs) and /readyz (it can sign people in).
func (h health) Mount(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := h.db.Ping(r.Context()); err != nil {
			web.RecordOf(r.Context()).Err = err
			answer(w, http.StatusServiceUnavailable, "the database does not answer")
			return
		}
		if err := h.db.CheckMigrated(r.Context()); err != nil {
			web.RecordOf(r.Context()).Err = err
			answer(w, http.StatusServiceUnavailable, "the database schema is not the one of this program")
			return
		}
		text := "ready"
		if required, unknown, err := h.freshness(r.Context()); err != nil {
			web.RecordOf(r.Context()).Err = err
		} else if required > 0 {
			// Said and no reason to leave the service: every node is in the same state, and
			// other people can sign in.
			text += fmt.Sprintf("\nrevocation: known of %d of %d authorities", required-unknown, required)
		}
		answer(w, http.StatusOK, text)
	})
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n"))
}

// home leads from the root of the site to where people go.
type home struct{}

// Mount adds the root.
func (home) Mount(mux *http.ServeMux) {
	mux.Handle("GET /{$}", http.RedirectHandler("/profile", http.StatusSeeOther))
}
