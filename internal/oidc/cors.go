package oidc

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"time"

	"signet/internal/iam"
)

// CORS opens the endpoints that scripts of applications call, and no more than
// they need: discovery and keys to everybody, the others to the origins of
// registered browser applications. No answer ever allows credentials, and none
// reflects an origin that it does not know. The endpoints that read cookies
// answer no other origin at all.

// public lets every page read the answer, which is the same for everybody.
func public(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		next(w, r)
	}
}

// shared lets the pages of browser applications read the answer.
func (room *Room) shared(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if room.allowOrigin(w, r) {
			w.Header().Set("Access-Control-Expose-Headers", "WWW-Authenticate")
		}
		next(w, r)
	}
}

// preflight answers the question that browsers ask before a page of another
// origin sends an Authorization header.
func (room *Room) preflight(w http.ResponseWriter, r *http.Request) {
	if room.allowOrigin(w, r) {
		h := w.Header()
		h.Set("Access-Control-Allow-Methods", "GET, POST")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
		h.Set("Access-Control-Max-Age", "600")
	}
	w.WriteHeader(http.StatusNoContent)
}

func (room *Room) allowOrigin(w http.ResponseWriter, r *http.Request) bool {
	w.Header().Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" || !room.origins.has(r.Context(), room, origin) {
		return false
	}
	w.Header().Set("Access-Control-Allow-Origin", origin)
	return true
}

// origins are those of the redirect URIs of browser applications, as they were
// a moment ago: preflights come from strangers, who must not make work.
type origins struct {
	mu   sync.Mutex
	read time.Time
	all  map[string]bool
}

// originsAfter is how long they may be old.
const originsAfter = 2 * time.Second

func (o *origins) has(ctx context.Context, room *Room, origin string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := room.Now()
	if o.all == nil || now.Sub(o.read) >= originsAfter {
		apps, err := room.Directory.Apps(ctx, iam.Program("cors"), iam.System())
		if err != nil {
			return false // closed; the request itself says what is wrong
		}
		o.all, o.read = originsOf(apps), now
	}
	return o.all[origin]
}

func originsOf(apps []iam.App) map[string]bool {
	all := map[string]bool{}
	for _, app := range apps {
		if app.Type != iam.AppSPA {
			continue
		}
		for _, uri := range app.RedirectURIs {
			if u, err := url.Parse(uri); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" {
				all[u.Scheme+"://"+u.Host] = true
			}
		}
	}
	return all
}
