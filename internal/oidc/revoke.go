package oidc

import (
	"net/http"

	protocol "github.com/zitadel/oidc/v3/pkg/oidc"

	"signet/internal/iam"
)

// revoke takes back a token that its application has no more use for (RFC 7009).
// The hint about the kind of token is not needed: both are found by their hash.
func (room *Room) revoke(w http.ResponseWriter, r *http.Request) {
	if err := room.revocation(w, r); err != nil {
		room.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusOK)
}

func (room *Room) revocation(w http.ResponseWriter, r *http.Request) error {
	p, err := body(w, r)
	if err != nil {
		return err
	}
	app, err := room.authenticate(r, p)
	if err != nil {
		return err
	}
	if p["token"] == "" {
		return protocol.ErrInvalidRequest().WithDescription("token is missing")
	}
	return room.Sessions.Revoke(r.Context(), program(r), app, iam.Secret(p["token"]))
}
