package server

import (
	"net/http"

	"signet/internal/signing"
	"signet/internal/store"
	"signet/internal/web"
)

// health answers load balancers and monitoring.
type health struct {
	db   *store.DB
	keys *signing.Ring
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
		answer(w, http.StatusOK, "ready")
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
