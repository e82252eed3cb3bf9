package oidc

import (
	"net/http"
	"slices"
	"time"

	protocol "github.com/zitadel/oidc/v3/pkg/oidc"

	"signet/internal/iam"
	"signet/internal/session"
)

// token exchanges a code or a refresh token for tokens (RFC 6749, section 3.2).
// All of it is one write transaction, in session.
func (room *Room) token(w http.ResponseWriter, r *http.Request) {
	response, err := room.exchange(w, r)
	if err != nil {
		room.fail(w, r, err)
		return
	}
	answer(w, http.StatusOK, response)
}

func (room *Room) exchange(w http.ResponseWriter, r *http.Request) (*protocol.AccessTokenResponse, error) {
	p, err := body(w, r)
	if err != nil {
		return nil, err
	}
	app, err := room.authenticate(r, p)
	if err != nil {
		return nil, err
	}
	// Before anything is spent: a node that cannot sign must not take a code.
	key, err := room.Keys.Key(r.Context(), app.SigningAlgorithm)
	if err != nil {
		return nil, err
	}
	var tokens session.Tokens
	var nonce string
	switch grant := protocol.GrantType(p["grant_type"]); grant {
	case protocol.GrantTypeCode:
		if tokens, err = room.redeem(r, app, p); err == nil {
			nonce = tokens.Grant.Nonce
		}
	case protocol.GrantTypeRefreshToken:
		// No nonce: the ID token answers no authentication request (OpenID Connect
		// Core, section 12.2).
		tokens, err = room.refresh(r, app, p)
	case "":
		err = protocol.ErrInvalidRequest().WithDescription("grant_type is missing")
	default:
		err = protocol.ErrUnsupportedGrantType().WithDescription("the grant type is not supported")
	}
	if err != nil {
		return nil, err
	}
	response := &protocol.AccessTokenResponse{
		AccessToken: string(tokens.Access), TokenType: protocol.BearerToken, RefreshToken: string(tokens.Refresh),
		ExpiresIn: uint64(tokens.Expires.Sub(tokens.At) / time.Second), Scope: tokens.Scopes,
	}
	if slices.Contains(tokens.Scopes, protocol.ScopeOpenID) { // a refresh may have left it out
		response.IDToken, err = key.Sign(room.idToken(app, tokens, nonce))
	}
	return response, err
}

// redeem exchanges a code (RFC 6749, section 4.1.3; RFC 7636, section 4.5).
func (room *Room) redeem(r *http.Request, app iam.App, p parameters) (session.Tokens, error) {
	if p["code"] == "" {
		return session.Tokens{}, protocol.ErrInvalidRequest().WithDescription("code is missing")
	}
	if p["code_verifier"] != "" && !isVerifier(p["code_verifier"]) {
		return session.Tokens{}, protocol.ErrInvalidGrant().WithDescription("code_verifier is not one of RFC 7636, section 4.1")
	}
	return room.Sessions.RedeemCode(r.Context(), program(r), app, session.Redemption{
		Code: iam.Secret(p["code"]), RedirectURI: p["redirect_uri"], Verifier: p["code_verifier"],
	})
}

// refresh exchanges a refresh token (RFC 6749, section 6).
func (room *Room) refresh(r *http.Request, app iam.App, p parameters) (session.Tokens, error) {
	if p["refresh_token"] == "" {
		return session.Tokens{}, protocol.ErrInvalidRequest().WithDescription("refresh_token is missing")
	}
	return room.Sessions.Refresh(r.Context(), program(r), app, iam.Secret(p["refresh_token"]), words(p["scope"]))
}
