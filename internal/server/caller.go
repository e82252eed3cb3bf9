package server

import (
	"net/http"
	"strings"
	"time"

	"signet/internal/iam"
	"signet/internal/web"
)

// browserLife is how long a browser is known as the same browser. 400 days is
// the longest that browsers keep a cookie (RFC 6265bis, section 5.5).
const browserLife = 400 * 24 * time.Hour

// withCaller finds out who makes a request, once, and puts it into the context:
// the living session of the cookie, the browser, the client's address.
func (s *Server) withCaller(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !needsCaller(r) {
			next.ServeHTTP(w, r)
			return
		}
		record := web.RecordOf(r.Context())
		caller := iam.Caller{
			Address: record.Address, UserAgent: cut(r.UserAgent(), 512), Request: record.ID,
			Browser: iam.Secret(web.Cookie(r, web.BrowserCookie)),
		}
		if len(caller.Browser) < len(iam.NewSecret()) {
			caller.Browser = iam.NewSecret()
			web.SetCookie(w, web.BrowserCookie, string(caller.Browser), browserLife)
		}
		if secret := web.Cookie(r, web.SessionCookie); secret != "" {
			session, user, memberships, err := s.Sessions.Of(r.Context(), iam.Secret(secret))
			switch {
			case iam.IsNotFound(err):
				web.ClearCookie(w, web.SessionCookie) // over, or never ours
			case err != nil:
				web.Fail(w, r, err)
				return
			default:
				caller.User, caller.Session, caller.Memberships = user.ID, session.ID, memberships
				record.User, record.Locale = string(user.ID), user.Locale
				if err := s.Sessions.Touch(r.Context(), session); err != nil {
					web.Fail(w, r, err)
					return
				}
			}
		}
		known := r.WithContext(web.WithCaller(r.Context(), caller))
		next.ServeHTTP(w, known)
		r.Pattern = known.Pattern // the route that the mux found, for the record
	})
}

// needsCaller leaves out what is the same for everybody and what applications
// call by themselves, with credentials of their own: no session is looked up
// there and no cookie set.
func needsCaller(r *http.Request) bool {
	path := r.URL.Path
	switch path {
	case "/oidc/authorize", "/oidc/logout":
		// Other sites' forms come here without our cookies, which are SameSite=Lax;
		// oidc sends them on as GET. A new browser cookie would shadow the one that
		// the browser has.
		return r.Method != http.MethodPost
	case "/healthz", "/readyz", "/oidc/token", "/oidc/userinfo", "/oidc/introspect", "/oidc/revoke", "/oidc/keys":
		return false
	}
	return !strings.HasPrefix(path, "/static/") && !strings.HasPrefix(path, "/pictures/") && !strings.HasPrefix(path, "/appearance/") && !strings.HasPrefix(path, "/.well-known/")
}

func cut(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "")
	}
	return s
}
