package iam

import "time"

// ProviderType names the template of a login method.
type ProviderType string

// The types that exist.
const (
	ProviderPassword    ProviderType = "password"
	ProviderCertificate ProviderType = "certificate"
)

// Publicity says who may see an identifier beside its owner.
type Publicity string

// The levels of publicity.
const (
	PublicityOnlyMe    Publicity = "only_me"
	PublicityOnRequest Publicity = "on_request" // applications that were consented to
	PublicityEveryone  Publicity = "everyone"
)

// Provider is a login method: one configured way to prove who one is. The
// screens say "login method".
type Provider struct {
	ID          ProviderID
	Scope       Scope // where it was created and is administered
	Type        ProviderType
	Name        string
	Description string
	Public      bool      // narrower scopes may switch it on; offered in profiles
	Publicity   Publicity // default for new identifiers
	Settings    ProviderSettings
	Version     int64 // grows with every change; caches compare it
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// ProviderSettings are the settings of a type, stored as one JSON text.
type ProviderSettings struct {
	Certificate *CertificateSettings `json:"certificate,omitempty"`
}

// CertificateSettings decide which certificates a login method believes.
type CertificateSettings struct {
	// Anchors are the trusted CA certificates, and Intermediates what helps to
	// build a path where the client does not send all. PEM, one or several.
	Anchors       string `json:"anchors"`
	Intermediates string `json:"intermediates,omitempty"`
	// MaxDepth is how many intermediate CAs may stand below the anchor; 0 means 3.
	MaxDepth int `json:"max_depth,omitempty"`
	// MinRSABits is the smallest RSA modulus; 0 means 2048.
	MinRSABits int `json:"min_rsa_bits,omitempty"`
	// MaxAgeDays is how long after its issue a certificate is accepted; 0 means
	// until it expires.
	MaxAgeDays int `json:"max_age_days,omitempty"`
	// PolicyOIDs are the certificate policies of which one must be valid for the
	// path; empty means any.
	PolicyOIDs []string `json:"policy_oids,omitempty"`
	// RequireForwardedCertificate refuses what a proxy says of a certificate where
	// it does not forward the certificate itself.
	RequireForwardedCertificate bool `json:"require_forwarded_certificate,omitempty"`
	// LinkAtSignIn lets a person link an unknown certificate in the middle of a
	// sign-in, after proving who they are in another way.
	LinkAtSignIn bool `json:"link_at_sign_in"`
}

// Offer puts a login method into the widget of one client.
type Offer struct {
	Provider Provider
	Position int
	Main     bool // a full button; otherwise a round icon
}
