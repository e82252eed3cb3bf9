package iam

import "time"

// AppType decides how an application can keep a secret (RFC 6749, section 2.1).
type AppType string

// The types of applications.
const (
	AppWeb    AppType = "web"    // confidential: has a secret
	AppNative AppType = "native" // public: PKCE only (RFC 8252)
	AppSPA    AppType = "spa"    // public: PKCE only
)

// App is an application that people sign in to: an OpenID Connect client.
type App struct {
	ID                     AppID
	Org                    OrgID
	Name                   string
	Type                   AppType
	RedirectURIs           []string // compared exactly (RFC 9700, section 2.1)
	PostLogoutRedirectURIs []string
	SigningAlgorithm       string // of ID tokens: ES256 or RS256
	SkipConsent            bool   // the operator's own application
	CertificateOnly        bool   // only a certificate opens it; a session of another method does not pass
	AccessTokenTTL         time.Duration
	RefreshTokenTTL        time.Duration
	CreatedAt              time.Time
	UpdatedAt              time.Time
}

// Public reports whether the application cannot keep a secret, so that PKCE is
// all that protects its codes (RFC 7636).
func (a App) Public() bool { return a.Type != AppWeb }

// Scope is where the application is administered.
func (a App) Scope() Scope { return Application(a.ID, a.Org) }

// AppSecret is one secret of a confidential application, stored as a hash.
// Several may be valid at once so that a change needs no outage.
type AppSecret struct {
	ID        string
	App       AppID
	Hash      []byte // SHA-256
	CreatedAt time.Time
	ExpiresAt time.Time // zero: never
}
