package web

import (
	"net/http"
	"time"
)

// CookieName is the name of a cookie without its prefix. Rooms declare theirs
// as constants, so that no name is written twice.
type CookieName string

// cookiePrefix makes browsers refuse the cookie unless it is Secure, has the
// path / and no Domain (RFC 6265bis, section 4.1.3.2): no other host, the
// certificate hosts under our own name included, can set or shadow it.
const cookiePrefix = "__Host-"

// SetCookie sets a cookie that scripts cannot read and that other sites' forms
// do not send. It lives as long as the browser runs where life is zero.
func SetCookie(w http.ResponseWriter, name CookieName, value string, life time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name:     cookiePrefix + string(name),
		Value:    value,
		Path:     "/",
		MaxAge:   int(life / time.Second),
		Secure:   true,
		HttpOnly: true,
		// Lax, not Strict: the browser comes back from the certificate host and
		// from applications by top-level navigation and must be known then.
		SameSite: http.SameSiteLaxMode,
	})
}

// Cookie returns the value of a cookie, and "" where the browser sent none or
// sent it twice: two mean that somebody tries to shadow one.
func Cookie(r *http.Request, name CookieName) string {
	cookies := r.CookiesNamed(cookiePrefix + string(name))
	if len(cookies) != 1 {
		return ""
	}
	return cookies[0].Value
}

// ClearCookie takes a cookie out of the browser.
func ClearCookie(w http.ResponseWriter, name CookieName) {
	SetCookie(w, name, "", -time.Second)
}
