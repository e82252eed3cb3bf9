package oidc

import (
	"encoding/base64"
	"net/http"

	protocol "github.com/zitadel/oidc/v3/pkg/oidc"

	"signet/internal/iam"
)

// introspect tells an application about a token of its own (RFC 7662). Whatever
// is not a living token of it is not active, without a reason.
func (room *Room) introspect(w http.ResponseWriter, r *http.Request) {
	response, err := room.introspection(w, r)
	if err != nil {
		room.fail(w, r, err)
		return
	}
	answer(w, http.StatusOK, response)
}

func (room *Room) introspection(w http.ResponseWriter, r *http.Request) (*protocol.IntrospectionResponse, error) {
	p, err := body(w, r)
	if err != nil {
		return nil, err
	}
	app, err := room.confidential(r, p)
	if err != nil {
		return nil, err
	}
	if p["token"] == "" {
		return nil, protocol.ErrInvalidRequest().WithDescription("token is missing")
	}
	held, err := room.Sessions.Introspect(r.Context(), program(r), app, iam.Secret(p["token"]))
	if iam.IsNotFound(err) {
		return &protocol.IntrospectionResponse{Active: false}, nil
	}
	if err != nil {
		return nil, err
	}
	response := &protocol.IntrospectionResponse{
		Active: true, Scope: held.Token.Scopes, ClientID: string(held.Grant.App), Expiration: protocol.FromTime(held.Token.ExpiresAt),
		IssuedAt: protocol.FromTime(held.Token.CreatedAt), AuthTime: protocol.FromTime(held.Grant.AuthTime), Subject: string(held.User.ID),
		Audience: protocol.Audience{string(held.Grant.App)}, AuthenticationMethodsReferences: held.Grant.AMR, Issuer: room.Issuer,
	}
	if held.Token.Kind == iam.AccessToken {
		response.TokenType = protocol.BearerToken
	}
	response.Claims = map[string]any{}
	if held.Grant.ACR != "" { // RFC 9470, section 6.2
		response.Claims["acr"] = held.Grant.ACR
	}
	if len(held.Token.Thumbprint) > 0 { // RFC 8705, section 3.2
		response.Claims["cnf"] = map[string]string{"x5t#S256": base64.RawURLEncoding.EncodeToString(held.Token.Thumbprint)}
	}
	return response, nil
}
