package oidc

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"signet/internal/iam"
	"signet/internal/session"
)

// idTokenTTL is how long an ID token says of itself that it is valid. It is read
// at once, so that this only has to cover clocks and slow networks.
const idTokenTTL = time.Hour

// idToken is OpenID Connect Core, section 2. It says who signed in, when and
// how. Nothing of a certificate is in it beyond what acr and amr tell, but for
// applications that may have it.
type idToken struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience string   `json:"aud"`
	Expires  int64    `json:"exp"`
	IssuedAt int64    `json:"iat"`
	AuthTime int64    `json:"auth_time"`
	Nonce    string   `json:"nonce,omitempty"`
	ACR      string   `json:"acr,omitempty"`
	AMR      []string `json:"amr,omitempty"`
	Session  string   `json:"sid,omitempty"`
	// Certificate is that of the sign-in, in a claim of Signet's own: cnf (RFC 8705,
	// section 3.1) would say that the token is bound to it, which it is not.
	Certificate     *certificateClaim `json:"certificate,omitempty"`
	AccessTokenHash string            `json:"at_hash,omitempty"`
	// Events is in no ID token: what has it is a logout token of ours.
	Events json.RawMessage `json:"events,omitempty"`
}

// idToken returns the claims of the ID token that goes with tokens.
func (room *Room) idToken(app iam.App, t session.Tokens, nonce string) []byte {
	claims, err := json.Marshal(idToken{
		Issuer: room.Issuer, Subject: string(t.Grant.User), Audience: string(app.ID), IssuedAt: t.At.Unix(), Expires: t.At.Add(idTokenTTL).Unix(),
		AuthTime: t.Grant.AuthTime.Unix(), Nonce: nonce, ACR: t.Grant.ACR, AMR: t.Grant.AMR, Session: string(t.Grant.Session),
		AccessTokenHash: halfHash(t.Access), Certificate: certificateClaimOf(app, t),
	})
	if err != nil { // our own type always marshals
		panic(fmt.Errorf("oidc: marshal ID token: %w", err))
	}
	return claims
}

// certificateClaim names a certificate, as RFC 8705, section 3.1 does, and the
// policies that its path is valid for.
type certificateClaim struct {
	Thumbprint string   `json:"x5t#S256"`
	Policies   []string `json:"policies,omitempty"`
}

// certificateClaimOf is asked anew for every token: an application that may not
// have it any more gets it no more, whatever it was given before.
func certificateClaimOf(app iam.App, t session.Tokens) *certificateClaim {
	held := t.Grant.Certificate
	if held == nil || !app.CertificateClaims || !slices.Contains(t.Scopes, session.ScopeCertificate) {
		return nil
	}
	sum, err := hex.DecodeString(held.SHA256)
	if err != nil {
		return nil
	}
	return &certificateClaim{Thumbprint: base64.RawURLEncoding.EncodeToString(sum), Policies: held.Policies}
}

// halfHash is at_hash (OpenID Connect Core, section 3.1.3.6): both algorithms
// that we sign with use SHA-256.
func halfHash(token iam.Secret) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:sha256.Size/2])
}

// hint is what an ID token of ours said, however long ago.
type hint struct {
	user    iam.UserID
	app     iam.AppID
	session iam.SessionID
}

// readHint verifies an id_token_hint: our signature and our name on it. That it
// has expired is no fault (OpenID Connect Core, section 3.1.2.1; RP-Initiated
// Logout 1.0, section 2).
func (room *Room) readHint(ctx context.Context, token string) (hint, error) {
	payload, err := room.Keys.Verify(ctx, token)
	if err != nil {
		return hint{}, err
	}
	var claims idToken
	if err := json.Unmarshal(payload, &claims); err != nil || claims.Issuer != room.Issuer || claims.Subject == "" || claims.Events != nil {
		return hint{}, &iam.Error{Kind: iam.KindInvalid, Cause: "token_not_ours", Err: err}
	}
	return hint{user: iam.UserID(claims.Subject), app: iam.AppID(claims.Audience), session: iam.SessionID(claims.Session)}, nil
}

// userClaims are the claims about the person (OpenID Connect Core, sections 5.1
// and 5.4), as far as the scopes reach.
type userClaims struct {
	Subject       string `json:"sub"`
	Name          string `json:"name,omitempty"`
	GivenName     string `json:"given_name,omitempty"`
	FamilyName    string `json:"family_name,omitempty"`
	Username      string `json:"preferred_username,omitempty"`
	Locale        string `json:"locale,omitempty"`
	UpdatedAt     int64  `json:"updated_at,omitempty"`
	Email         string `json:"email,omitempty"`
	EmailVerified *bool  `json:"email_verified,omitempty"` // said wherever an address is, also when false
	// Identifiers are those that the person lets this application see.
	Identifiers []identifierClaim `json:"identifiers,omitempty"`
}

// identifierClaim is what an application may know of an identifier. Nothing by
// which a certificate could be recognised elsewhere has a field.
type identifierClaim struct {
	Type   string `json:"type"`
	Method string `json:"method,omitempty"`
	Name   string `json:"name,omitempty"`
}

// claimsOf returns what the scopes let an application know of a person.
func claimsOf(u iam.User, scopes []string) userClaims {
	c := userClaims{Subject: string(u.ID)}
	if slices.Contains(scopes, "profile") {
		c.Name, c.GivenName, c.FamilyName, c.Username, c.Locale = u.DisplayName(), u.GivenName, u.FamilyName, u.Login, u.Locale
		c.UpdatedAt = u.UpdatedAt.Unix()
	}
	if slices.Contains(scopes, "email") && u.Email != "" {
		c.Email, c.EmailVerified = u.Email, &u.EmailVerified
	}
	return c
}
