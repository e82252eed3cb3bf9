package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/coreos/go-oidc/v3/oidc"
)

// logoutEvent is what a logout token must speak of.
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// backchannelLogout is where Signet says that a session has ended (OpenID Connect
// Back-Channel Logout 1.0, section 2.5). No browser is involved: the token is the
// only proof.
func (a *App) backchannelLogout(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	w.Header().Set("Cache-Control", "no-store") // section 2.8
	who, err := a.logoutToken(r.Context(), r.PostFormValue("logout_token"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	a.memory.dropSessions(who.subject, who.session)
	w.WriteHeader(http.StatusOK)
}

// ended is whose sessions have ended: one, or all of the person where session is
// empty.
type ended struct{ subject, session string }

// logoutToken verifies a logout token (section 2.6).
func (a *App) logoutToken(ctx context.Context, raw string) (ended, error) {
	token, err := a.verifier.Verify(oidc.ClientContext(ctx, a.options.HTTP), raw)
	if err != nil {
		return ended{}, fmt.Errorf("verify logout token: %w", err)
	}
	var claims struct {
		Session string         `json:"sid"`
		ID      string         `json:"jti"`
		Nonce   *string        `json:"nonce"`
		Events  map[string]any `json:"events"`
	}
	if err := token.Claims(&claims); err != nil {
		return ended{}, fmt.Errorf("verify logout token: %w", err)
	}
	switch _, is := claims.Events[logoutEvent]; {
	case !is:
		return ended{}, errors.New("verify logout token: it speaks of something else")
	case claims.Nonce != nil:
		return ended{}, errors.New("verify logout token: it has a nonce, as ID tokens have")
	case claims.ID == "", token.Subject == "" && claims.Session == "":
		return ended{}, errors.New("verify logout token: it names nothing")
	}
	return ended{token.Subject, claims.Session}, nil
}

// dropSessions ends one session of a person, or, where none is named, all.
func (m *memory) dropSessions(subject, sid string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, s := range m.sessions {
		if s.claims["sub"] == subject && (sid == "" || s.claims["sid"] == sid) {
			delete(m.sessions, id)
		}
	}
}
