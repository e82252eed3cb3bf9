package oidc

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	protocol "github.com/zitadel/oidc/v3/pkg/oidc"

	"signet/internal/iam"
	"signet/internal/web"
)

// credentials are what an application presents to say who it is.
type credentials struct {
	id     string
	secret iam.Secret // empty: none
}

// credentialsOf reads the credentials of a request: client_secret_basic,
// client_secret_post or, for public applications, the id alone (RFC 6749,
// section 2.3). More than one way at once is refused, because two parties could
// disagree on which of them counts.
func credentialsOf(r *http.Request, p parameters) (credentials, error) {
	posted := credentials{id: p["client_id"], secret: iam.Secret(p["client_secret"])}
	if p["client_assertion"] != "" || p["client_assertion_type"] != "" {
		return credentials{}, protocol.ErrInvalidClient().WithDescription("client assertions are not supported")
	}
	if len(r.Header.Values("Authorization")) == 0 {
		if posted.id == "" {
			return credentials{}, protocol.ErrInvalidClient().WithDescription("the client did not authenticate")
		}
		return posted, nil
	}
	id, secret, ok := r.BasicAuth()
	if !ok || len(r.Header.Values("Authorization")) > 1 {
		return credentials{}, protocol.ErrInvalidClient().WithDescription("the Authorization header is not one of scheme Basic")
	}
	// Both halves are form-encoded before they are joined (RFC 6749, section
	// 2.3.1).
	id, errID := url.QueryUnescape(id)
	secret, errSecret := url.QueryUnescape(secret)
	if errID != nil || errSecret != nil {
		return credentials{}, protocol.ErrInvalidClient().WithDescription("the credentials of the Authorization header are not form-encoded")
	}
	if posted.secret != "" || posted.id != "" && posted.id != id {
		return credentials{}, protocol.ErrInvalidRequest().WithDescription("the client authenticates in more than one way")
	}
	return credentials{id: id, secret: iam.Secret(secret)}, nil
}

// authenticate returns the application that makes the request.
func (room *Room) authenticate(r *http.Request, p parameters) (iam.App, error) {
	given, err := credentialsOf(r, p)
	if err != nil {
		return iam.App{}, err
	}
	ctx := r.Context()
	web.RecordOf(ctx).App = given.id
	failed := protocol.ErrInvalidClient().WithDescription("client authentication failed")
	c, err := room.client(ctx, iam.AppID(given.id), false)
	var refused string
	if err == nil {
		refused, err = room.proves(r, c, given.secret)
	}
	if err == nil && refused != "" { // the secret may be newer than what is remembered
		if c, err = room.client(ctx, c.app.ID, true); err == nil {
			refused, err = room.proves(r, c, given.secret)
		}
	}
	switch {
	case iam.IsNotFound(err):
		return iam.App{}, failed
	case err != nil:
		return iam.App{}, err
	case refused == "":
		return c.app, nil
	}
	why := ""
	if c.app.ClientCertificate != nil {
		why = refused
	}
	if err := room.Sessions.RefuseApp(ctx, program(r), c.app, why); err != nil {
		return iam.App{}, fmt.Errorf("record a refused application: %w", err)
	}
	return iam.App{}, failed
}

// proves authenticates the application, and returns why it could not. A public one
// has no secret: PKCE stands for it. One that has a certificate has it in the place
// of a secret: whoever has found an old one must not get in with that.
func (room *Room) proves(r *http.Request, c client, secret iam.Secret) (refused string, err error) {
	switch {
	case c.app.Public():
		if secret != "" {
			return refusedSecret, nil
		}
		return "", nil
	case c.app.ClientCertificate != nil:
		if secret != "" {
			return refusedSecret, nil
		}
		return room.provesByCertificate(r, *c.app.ClientCertificate)
	case !matchesAny(secret, c.secrets, room.Now()):
		return refusedSecret, nil
	default:
		return "", nil
	}
}

// refusedSecret says that a secret was wrong, missing, or in the wrong place.
const refusedSecret = "client_secret"

// confidential returns the application that makes the request if it could prove
// to be it.
func (room *Room) confidential(r *http.Request, p parameters) (iam.App, error) {
	app, err := room.authenticate(r, p)
	if err == nil && app.Public() {
		return iam.App{}, protocol.ErrInvalidClient().WithDescription("public clients may not do this")
	}
	return app, err
}

// matchesAny compares with every secret, so that time tells nothing about which
// of them is close.
func matchesAny(secret iam.Secret, secrets []iam.AppSecret, now time.Time) bool {
	found, hash := 0, secret.Hash()
	for _, s := range secrets {
		if s.ExpiresAt.IsZero() || s.ExpiresAt.After(now) {
			found |= subtle.ConstantTimeCompare(hash, s.Hash)
		}
	}
	return found == 1
}

// bearer returns the access token of a request: from the Authorization header,
// or from the form of a POST (RFC 6750, sections 2.1 and 2.2). One in the query
// is ignored: addresses are written to logs.
func bearer(w http.ResponseWriter, r *http.Request) (iam.Secret, error) {
	p := parameters{}
	if r.Method == http.MethodPost {
		var err error
		if p, err = body(w, r); err != nil {
			return "", err
		}
	}
	headers := r.Header.Values("Authorization")
	if len(headers) > 1 || len(headers) == 1 && p["access_token"] != "" {
		return "", protocol.ErrInvalidRequest().WithDescription("the access token is given in more than one way")
	}
	if len(headers) == 0 {
		return iam.Secret(p["access_token"]), nil
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", nil
	}
	return iam.Secret(strings.TrimSpace(token)), nil
}
