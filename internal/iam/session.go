package iam

import "time"

// EndReason says why a session or a grant ended.
type EndReason string

// The reasons.
const (
	EndSignOut         EndReason = "signed_out"
	EndReplaced        EndReason = "replaced"         // a new sign-in took its place
	EndBlocked         EndReason = "user_blocked"     // the person was blocked
	EndDeleted         EndReason = "user_deleted"     // the person was deleted
	EndIdentityRemoved EndReason = "identity_removed" // the identifier that opened it was removed
	EndByAdministrator EndReason = "administrator"
	EndByPerson        EndReason = "person" // ended from the list of sessions
	EndPasswordChanged EndReason = "password_changed"
	EndReuse           EndReason = "token_reuse" // a spent code or refresh token came again
	EndRevoked         EndReason = "revoked"     // by the application (RFC 7009)
	EndConsentTaken    EndReason = "consent_withdrawn"

	// The certificate that opened it was withdrawn by its issuer, blocked here, or
	// is over.
	EndCertificateRevoked EndReason = "certificate_revoked"
	EndCertificateBlocked EndReason = "certificate_blocked"
	EndCertificateExpired EndReason = "certificate_expired"
)

// Session is one browser in which a person is signed in.
type Session struct {
	ID        SessionID
	TokenHash []byte // of the cookie's secret
	User      UserID
	Provider  ProviderID // the method that opened it
	Identity  IdentityID // the certificate that opened it, if one did
	App       AppID      // the application it was opened for
	ACR       string
	AMR       []string
	Strength  Strength // unknown: that of ACR
	// Certificate is the one whose key answered Signet itself; nil where none did.
	Certificate *CertificateFacts
	AuthTime    time.Time
	CreatedAt   time.Time
	LastSeenAt  time.Time
	ExpiresAt   time.Time
	EndedAt     time.Time // zero: alive
	EndReason   EndReason
	Address     string
	UserAgent   string
}

// CertificateFacts are what an application that may have them learns of the
// certificate of a sign-in.
type CertificateFacts struct {
	SHA256   string   `json:"sha256"` // of the certificate, lower-case hex
	Policies []string `json:"policies,omitempty"`
}

// Grant is what one sign-in gave to one application: one authorization code,
// the access tokens and the refresh tokens that come of it. It ends as a whole.
type Grant struct {
	ID       GrantID
	Session  SessionID
	Identity IdentityID // the certificate that opened the session, if one did
	User     UserID
	App      AppID
	Scopes   []string
	Offline  bool // offline_access: outlives signing out
	ACR      string
	AMR      []string
	AuthTime time.Time
	Nonce    string
	Locales  string // claims_locales
	// Certificate is that of the session, where the person gave it to the application.
	Certificate *CertificateFacts
	CreatedAt   time.Time
	EndedAt     time.Time // zero: alive
	EndReason   EndReason

	CodeHash      []byte
	RedirectURI   string
	Challenge     string // PKCE S256 challenge; empty where none was sent
	CodeExpiresAt time.Time
	CodeSpentAt   time.Time
}

// TokenKind tells the tokens of a grant apart.
type TokenKind string

// The kinds of tokens.
const (
	AccessToken  TokenKind = "access"
	RefreshToken TokenKind = "refresh"
)

// Token is an access or a refresh token, stored as its hash.
type Token struct {
	Hash      []byte
	Kind      TokenKind
	Grant     GrantID
	Scopes    []string
	CreatedAt time.Time
	ExpiresAt time.Time
	SpentAt   time.Time // refresh tokens are spent by rotation
	// Thumbprint is the SHA-256 of the certificate that has to be shown with an access
	// token (RFC 8705, section 3.1: x5t#S256); empty: whoever bears it may use it.
	Thumbprint []byte
}

// Consent is what a person agreed to give an application.
type Consent struct {
	User      UserID
	App       AppID
	Scopes    []string
	CreatedAt time.Time
	UpdatedAt time.Time
}

// SigningKey is one key that signs tokens. Private is sealed with the
// installation's master key.
type SigningKey struct {
	ID         string // kid
	Algorithm  string // ES256, RS256
	Private    []byte // sealed PKCS#8
	Public     []byte // PKIX
	CreatedAt  time.Time
	ActiveFrom time.Time // published before, signs from then on
	RetiredAt  time.Time // zero: in use; else no longer signs
	ExpiresAt  time.Time // zero: in use; else no longer published after
}
