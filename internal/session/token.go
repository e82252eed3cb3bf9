package session

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
)

// Lifetimes of tokens where an application sets none.
const (
	defaultAccessTokenTTL  = 10 * time.Minute
	defaultRefreshTokenTTL = 30 * 24 * time.Hour
)

// Tokens is what an application gets. The secrets exist only here.
type Tokens struct {
	Grant   iam.Grant
	User    iam.User
	Scopes  []string // of the access token
	Access  iam.Secret
	Refresh iam.Secret // only with offline_access
	At      time.Time
	Expires time.Time // of the access token
}

// give makes the tokens of a grant. Refresh tokens expire when they are not
// used for the application's RefreshTokenTTL.
func (s *Service) give(tx *store.Tx, caller iam.Caller, app iam.App, given store.Given, scopes []string) (Tokens, error) {
	bound, err := boundTo(caller, app)
	if err != nil {
		return Tokens{}, err
	}
	t := Tokens{Grant: given.Grant, User: given.User, Scopes: scopes, Access: iam.NewSecret(), At: tx.Now(), Expires: tx.Now().Add(cmp.Or(app.AccessTokenTTL, defaultAccessTokenTTL))}
	err = tx.InsertToken(iam.Token{
		Hash: t.Access.Hash(), Kind: iam.AccessToken, Grant: given.Grant.ID, Scopes: scopes, CreatedAt: tx.Now(), ExpiresAt: t.Expires, Thumbprint: bound,
	})
	if err != nil || !given.Grant.Offline {
		return t, err
	}
	t.Refresh = iam.NewSecret()
	// The whole scope, whatever this access token was narrowed to (RFC 6749,
	// section 6).
	return t, tx.InsertToken(iam.Token{
		Hash: t.Refresh.Hash(), Kind: iam.RefreshToken, Grant: given.Grant.ID, Scopes: given.Grant.Scopes, CreatedAt: tx.Now(),
		ExpiresAt: tx.Now().Add(cmp.Or(app.RefreshTokenTTL, defaultRefreshTokenTTL)),
	})
}

// boundTo is the certificate that has to be shown with an access token. A refresh token
// needs none: it is good only for its application, which has to authenticate, and may
// do so by a newer certificate (RFC 8705, section 4).
func boundTo(caller iam.Caller, app iam.App) ([]byte, error) {
	switch {
	case app.ClientCertificate == nil || !app.ClientCertificate.Bound:
		return nil, nil
	case len(caller.Thumbprint) == 0:
		return nil, fmt.Errorf("bind a token of application %s: it has shown no certificate", app.ID)
	default:
		return caller.Thumbprint, nil
	}
}

// Refresh exchanges a refresh token for new tokens, once, with the scope that
// was given or a part of it. A token that comes a second time ends its whole
// family (RFC 9700, section 4.14.2). The application must have authenticated.
func (s *Service) Refresh(ctx context.Context, caller iam.Caller, app iam.App, token iam.Secret, scopes []string) (tokens Tokens, err error) {
	var refused Cause
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		tokens, refused = Tokens{}, ""
		held, err := tx.Token(token.Hash())
		if iam.IsNotFound(err) || err == nil && held.Token.Kind != iam.RefreshToken {
			refused = CauseTokenUnknown
			return s.refuse(tx, caller, app, held.Given, refused)
		}
		if err != nil {
			return err
		}
		refused = refreshable(held, app.ID, scopes, tx.Now())
		if refused == "" {
			if refused, err = vouched(tx, held.Grant); err != nil {
				return err
			}
		}
		switch refused {
		case "":
		case CauseTokenSpent:
			return s.reused(tx, caller, app, held.Given, refused)
		default:
			return s.refuse(tx, caller, app, held.Given, refused)
		}
		if err := tx.SpendToken(held.Token.Hash); err != nil {
			return err
		}
		wanted := scopes
		if len(wanted) == 0 {
			wanted = held.Token.Scopes
		}
		tokens, err = s.give(tx, caller, app, held.Given, wanted)
		return err
	})
	if err == nil && refused != "" {
		err = refused.refusal()
	}
	return tokens, err
}

// vouched says why the certificate that opened a grant gives nothing more, or
// "": it is over. A newer one of the same key, once used, takes its place.
func vouched(tx *store.Tx, g iam.Grant) (Cause, error) {
	if g.Identity == "" {
		return "", nil
	}
	identity, err := tx.Identity(g.Identity)
	switch {
	case iam.IsNotFound(err):
		return "", nil // removing an identifier ends its grants
	case err != nil:
		return "", err
	case identity.Certificate != nil && identity.Certificate.Ended(tx.Now()):
		return CauseCertificateOver, nil
	}
	return "", nil
}

// refreshable says why a refresh token gives nothing, or "".
func refreshable(held store.Held, app iam.AppID, scopes []string, now time.Time) Cause {
	switch {
	case held.Grant.App != app:
		return CauseOtherApp
	case !held.Token.SpentAt.IsZero():
		return CauseTokenSpent
	case !held.Token.ExpiresAt.After(now):
		return CauseTokenExpired
	case slices.ContainsFunc(scopes, func(scope string) bool { return !slices.Contains(held.Token.Scopes, scope) }):
		return CauseScope
	default:
		return alive(held.Grant, held.User)
	}
}

// Holding is a living token with all that it stands for.
type Holding struct {
	Token iam.Token
	Grant iam.Grant
	User  iam.User
}

// holding returns the living token, or a not-found error. It only reads, and so
// writes no event: a token that has expired is everyday life.
func (s *Service) holding(ctx context.Context, token iam.Secret) (h Holding, err error) {
	err = s.DB.Look(ctx, func(tx *store.Tx) error {
		held, err := tx.Token(token.Hash())
		if err != nil {
			return err
		}
		if !held.Token.SpentAt.IsZero() || !held.Token.ExpiresAt.After(tx.Now()) || alive(held.Grant, held.User) != "" {
			return iam.NotFound("token")
		}
		h = Holding{Token: held.Token, Grant: held.Grant, User: held.User}
		return nil
	})
	return h, err
}

// ErrBound says that an access token is good only with a certificate that was not shown
// (RFC 8705, section 3).
var ErrBound = errors.New("the token is bound to a certificate that was not shown")

// UserInfo returns what a living access token stands for, a not-found error, or ErrBound.
func (s *Service) UserInfo(ctx context.Context, caller iam.Caller, token iam.Secret) (Holding, error) {
	h, err := s.holding(ctx, token)
	switch {
	case err != nil:
		return Holding{}, err
	case h.Token.Kind != iam.AccessToken:
		return Holding{}, iam.NotFound("token")
	case len(h.Token.Thumbprint) > 0 && subtle.ConstantTimeCompare(h.Token.Thumbprint, caller.Thumbprint) == 0:
		return Holding{}, ErrBound
	}
	return h, nil
}

// Introspect returns a living token of the application itself. It must have
// authenticated; about other applications' tokens it learns nothing (RFC 7662,
// section 2.2).
func (s *Service) Introspect(ctx context.Context, _ iam.Caller, app iam.App, token iam.Secret) (Holding, error) {
	h, err := s.holding(ctx, token)
	if err == nil && h.Grant.App != app.ID {
		return Holding{}, iam.NotFound("token")
	}
	return h, err
}

// Revoke takes back a token at the wish of its application: an access token
// alone, a refresh token with its whole grant (RFC 7009, section 2.1). One that
// is unknown or over is as good as revoked.
func (s *Service) Revoke(ctx context.Context, caller iam.Caller, app iam.App, token iam.Secret) error {
	var refused Cause
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		refused = ""
		held, err := tx.Token(token.Hash())
		switch {
		case iam.IsNotFound(err):
			return nil
		case err != nil:
			return err
		case held.Grant.App != app.ID:
			refused = CauseOtherApp
			return s.refuse(tx, caller, app, held.Given, refused)
		case !held.Grant.EndedAt.IsZero():
			return nil
		case held.Token.Kind == iam.RefreshToken:
			if err := tx.EndGrant(held.Grant.ID, iam.EndRevoked); err != nil {
				return err
			}
		default:
			if err := tx.SpendToken(held.Token.Hash); iam.IsNotFound(err) {
				return nil
			} else if err != nil {
				return err
			}
		}
		return s.Log.Write(tx, caller, iam.Event{
			Kind: iam.EventTokenRevoked, App: app.ID, Org: app.Org, User: held.User.ID, UserLogin: held.User.Login, Session: held.Grant.Session,
			Identity: held.Grant.Identity, Details: map[string]string{"token": string(held.Token.Kind)},
		})
	})
	if err == nil && refused != "" {
		return refused.refusal()
	}
	return err
}
