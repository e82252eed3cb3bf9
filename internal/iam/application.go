package iam

import (
	"slices"
	"time"
)

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
	// BackchannelLogoutURI is where the application is told that a session has
	// ended (OpenID Connect Back-Channel Logout 1.0, section 2.2). Empty: nowhere.
	BackchannelLogoutURI string
	SigningAlgorithm     string // of ID tokens: ES256 or RS256
	SkipConsent          bool   // the operator's own application
	CertificateOnly      bool   // only a certificate opens it; a session of another method does not pass
	// Authorities narrow CertificateOnly to certificates of these CAs. Empty: every
	// CA of its login methods.
	Authorities []Authority
	// MembersOnly lets in those only who hold a role here or in a wider scope.
	MembersOnly bool
	// MinStrength is what a sign-in must count for at the least.
	MinStrength Strength
	// CertificateClaims lets it ask for the thumbprint and the policies of the
	// certificates of those who sign in (scope certificate).
	CertificateClaims bool
	// ClientCertificate is how it proves who it is in the place of a secret; nil: by
	// its secret.
	ClientCertificate *ClientCertificate
	AccessTokenTTL    time.Duration
	RefreshTokenTTL   time.Duration
	// Test marks an application that Signet itself serves, to try a sign-in form.
	// TestOf is the application whose form that is; empty where it has its own.
	Test      bool
	TestOf    AppID
	Version   int64 // grows with every change
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Authority is a CA that an application accepts certificates of.
type Authority struct {
	SHA256 string `json:"sha256"` // of its certificate, lower-case hex
	Name   string `json:"name"`   // for people; nothing is compared by it
}

// Accepts reports whether a certificate that its login method accepted is good
// enough for the application. What a proxy verified without showing it names no
// CAs, and so does not pass where some are demanded.
func (a App) Accepts(c *Certificate) bool {
	if len(a.Authorities) == 0 {
		return true
	}
	return c != nil && slices.ContainsFunc(a.Authorities, func(wanted Authority) bool { return slices.Contains(c.Authorities, wanted.SHA256) })
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

// AppPerson is somebody who signed in to an application, or who is kept out of it.
type AppPerson struct {
	App       AppID
	User      User
	FirstAt   time.Time // zero: never signed in
	LastAt    time.Time // of a sign-in
	BlockedAt time.Time // zero: not blocked here
	Living    int64     // what was given to the application and has not ended
}
