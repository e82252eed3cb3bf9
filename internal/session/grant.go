package session

import (
	"signet/internal/iam"
)

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
}
