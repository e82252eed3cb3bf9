package session

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"slices"

	"signet/internal/iam"
	"signet/internal/store"
)

// ScopeOffline is the scope that gives refresh tokens, which outlive the
// session (OpenID Connect Core, section 11).
const ScopeOffline = "offline_access"

// ScopeCertificate is the scope that gives facts of the certificate of the sign-in.
const ScopeCertificate = "certificate"

// CodeRequest is what an authorization code is issued for.
type CodeRequest struct {
	User          iam.UserID
	Session       iam.Session
	App           iam.AppID
	Scopes        []string
	RedirectURI   string
	Challenge     string // PKCE, S256 only
	Nonce         string
	ClaimsLocales string
	ACR           string // what the application is told; the session's where empty
}

// IssueCode gives the application a code for the session, inside the
// transaction of the sign-in that earned it. What comes of the code is one
// grant, which ends as a whole.
func (s *Service) IssueCode(tx *store.Tx, _ iam.Caller, r CodeRequest) (iam.Secret, error) {
	code := iam.NewSecret()
	if r.ACR == "" {
		r.ACR = r.Session.ACR
	}
	if err := tx.VisitApp(r.App, r.User); err != nil {
		return "", err
	}
	var certificate *iam.CertificateFacts
	if slices.Contains(r.Scopes, ScopeCertificate) {
		certificate = r.Session.Certificate
	}
	return code, tx.InsertGrant(iam.Grant{
		Certificate: certificate,
		ID:          iam.GrantID(iam.NewID()), Session: r.Session.ID, Identity: r.Session.Identity, User: r.User, App: r.App, Scopes: r.Scopes,
		Offline: slices.Contains(r.Scopes, ScopeOffline), ACR: r.ACR, AMR: r.Session.AMR, AuthTime: r.Session.AuthTime,
		Nonce: r.Nonce, Locales: r.ClaimsLocales, CreatedAt: tx.Now(), CodeHash: code.Hash(), RedirectURI: r.RedirectURI,
		Challenge: r.Challenge, CodeExpiresAt: tx.Now().Add(s.codeTTL()),
	})
}

// Redemption is what an application presents for tokens.
type Redemption struct {
	Code        iam.Secret
	RedirectURI string
	Verifier    string // PKCE
}

// RedeemCode exchanges a code for tokens, once. A code that comes a second time
// ends the grant and every token of it (RFC 6749, section 4.1.2). The
// application must have authenticated.
func (s *Service) RedeemCode(ctx context.Context, caller iam.Caller, app iam.App, r Redemption) (tokens Tokens, err error) {
	var refused Cause
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		tokens, refused = Tokens{}, ""
		given, err := tx.GrantByCode(r.Code.Hash())
		if iam.IsNotFound(err) {
			refused = CauseCodeUnknown
			return s.refuse(tx, caller, app, given, refused)
		}
		if err != nil {
			return err
		}
		switch refused = redeemable(given.Grant, app.ID); refused {
		case "":
		case CauseCodeSpent:
			return s.reused(tx, caller, app, given, refused)
		default:
			return s.refuse(tx, caller, app, given, refused)
		}
		// A code has one try: whatever is wrong below, it does not come back.
		if err := tx.SpendCode(given.Grant.ID); err != nil {
			return err
		}
		if refused = matches(given, r, tx); refused != "" {
			return s.refuse(tx, caller, app, given, refused)
		}
		tokens, err = s.give(tx, caller, app, given, given.Grant.Scopes)
		return err
	})
	if err == nil && refused != "" {
		err = refused.refusal()
	}
	return tokens, err
}

// redeemable says whether a code may be spent at all. Another application's is
// left untouched, so that nobody can spend what is not theirs.
func redeemable(g iam.Grant, app iam.AppID) Cause {
	switch {
	case g.App != app:
		return CauseOtherApp
	case !g.CodeSpentAt.IsZero():
		return CauseCodeSpent
	default:
		return ""
	}
}

// matches says what is wrong with a redemption by the right application.
func matches(given store.Given, r Redemption, tx *store.Tx) Cause {
	g := given.Grant
	switch {
	case !g.CodeExpiresAt.After(tx.Now()):
		return CauseCodeExpired
	case g.RedirectURI != r.RedirectURI: // RFC 6749, section 4.1.3
		return CauseRedirectURI
	case g.Challenge != "" && r.Verifier == "":
		// Without this line whoever steals a code leaves the verifier out, and PKCE
		// protects nobody (RFC 9700, section 2.1.1: the downgrade).
		return CauseVerifierMissing
	case g.Challenge == "" && r.Verifier != "":
		// The same from the other side: an attacker took the challenge out of the
		// authorization request.
		return CauseVerifierUnexpected
	case g.Challenge != "" && !answers(r.Verifier, g.Challenge):
		return CauseVerifierWrong
	default:
		return alive(g, given.User)
	}
}

// answers verifies a PKCE verifier by S256 (RFC 7636, section 4.6).
func answers(verifier, challenge string) bool {
	sum := sha256.Sum256([]byte(verifier))
	return subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(challenge)) == 1
}
