package oidc

import (
	"errors"
	"net/http"
	"slices"

	protocol "github.com/zitadel/oidc/v3/pkg/oidc"

	"signet/internal/iam"
	"signet/internal/session"
	"signet/internal/web"
)

// userinfo tells the holder of an access token about its person (OpenID Connect
// Core, section 5.3).
func (room *Room) userinfo(w http.ResponseWriter, r *http.Request) {
	token, err := bearer(w, r)
	if err != nil {
		room.fail(w, r, err)
		return
	}
	if token == "" {
		// No error code for whoever did not know that a token is needed (RFC 6750,
		// section 3.1).
		w.Header().Set("WWW-Authenticate", `Bearer realm="`+room.Issuer+`"`)
		answer(w, http.StatusUnauthorized, protocol.ErrInvalidRequest().WithDescription("an access token is needed"))
		return
	}
	held, err := room.Sessions.UserInfo(r.Context(), program(r), token)
	switch {
	case iam.IsNotFound(err):
		room.fail(w, r, errInvalidToken())
		return
	case errors.Is(err, session.ErrBound):
		room.fail(w, r, errBoundToken())
		return
	case err != nil:
		room.fail(w, r, err)
		return
	case !slices.Contains(held.Token.Scopes, protocol.ScopeOpenID):
		room.fail(w, r, errInsufficientScope())
		return
	}
	record := web.RecordOf(r.Context())
	record.User, record.App = string(held.User.ID), string(held.Grant.App)
	claims := claimsOf(held.User, held.Token.Scopes)
	if slices.Contains(held.Token.Scopes, "profile") && room.Identities != nil {
		shown, err := room.Identities.ShownTo(r.Context(), held.User.ID, held.Grant.App)
		if err != nil {
			room.fail(w, r, err)
			return
		}
		for _, s := range shown {
			claims.Identifiers = append(claims.Identifiers, identifierClaim{Type: string(s.Type), Method: s.Method, Name: s.Name})
		}
	}
	answer(w, http.StatusOK, claims)
}
