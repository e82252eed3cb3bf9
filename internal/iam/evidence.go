package iam

import "time"

// Authentication context class references (acr of OpenID Connect Core, section
// 2), from the weakest to the strongest.
const (
	// ACRPassword says that a password was typed.
	ACRPassword = "urn:signet:acr:password"
	// ACRForwarded says that a proxy named a linked certificate and did not show
	// it: the proxy's word for the chain was taken.
	ACRForwarded = "urn:signet:acr:certificate-headers"
	// ACRPhishingResistant is "phr" of OpenID Connect Extended Authentication
	// Profile ACR Values 1.0, section 2: a certificate's key answered a challenge
	// that names this server, so that it cannot be relayed.
	ACRPhishingResistant = "phr"
)

// ACRValues lists every acr that Signet gives, weakest first. Discovery
// publishes it and comparisons go by its order.
func ACRValues() []string { return []string{ACRPassword, ACRForwarded, ACRPhishingResistant} }

// Authentication method references (amr) of RFC 8176, section 2.
const (
	AMRPassword          = "pwd"
	AMRProofOfPossession = "pop" // says nothing about hardware or software: that is not known yet
)

// Evidence is what a method brings to the login: it says what was shown, and
// knows neither whose it is nor what it is wanted for.
type Evidence struct {
	Type     ProviderType `json:"type"`
	Provider ProviderID   `json:"provider"`
	At       time.Time    `json:"at"`
	ACR      string       `json:"acr"`
	AMR      []string     `json:"amr"`

	// Name and Password are what a person typed. They are never stored.
	Name     string `json:"-"`
	Password string `json:"-"`

	// Key and Certificate are a judged and accepted certificate.
	Key         string       `json:"key,omitempty"`
	Certificate *Certificate `json:"certificate,omitempty"`
	// RevocationUnknown is why it is not known whether the certificate was revoked,
	// where the login method accepts it all the same.
	RevocationUnknown string `json:"revocation_unknown,omitempty"`
	// Checks are what was looked at, kept only where a method is tried out.
	Checks []Check `json:"checks,omitempty"`
}

// Proof is evidence after it was bound to the person of a login.
type Proof struct {
	Type     ProviderType `json:"type"`
	Provider ProviderID   `json:"provider,omitempty"`
	Identity IdentityID   `json:"identity,omitempty"`
	At       time.Time    `json:"at"`
	ACR      string       `json:"acr"`
	AMR      []string     `json:"amr"`
	// Attempt and Certificate tell the event log how it was proved.
	Attempt           AttemptID    `json:"attempt,omitempty"`
	Certificate       *Certificate `json:"certificate,omitempty"`
	RevocationUnknown string       `json:"revocation_unknown,omitempty"`
}
