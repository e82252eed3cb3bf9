package iam

import "time"

// Identity is an identifier: the link between a person and an outside proof of
// who they are, here a certificate. The screens say "identifier".
type Identity struct {
	ID       IdentityID
	User     UserID
	Provider ProviderID
	Type     ProviderType
	// Key is the account key within the login method; unique there. For a
	// certificate: SHA-256 over the public key and the issuing CA's key.
	Key         string
	Certificate *Certificate
	Publicity   Publicity
	CreatedAt   time.Time
	LastUsedAt  time.Time // zero: never
	LastUsedApp AppID
	Rule        string // of the login method that linked it, MappingRule.Text; empty where somebody did
	Withdrawn   bool   // its newest certificate was revoked, when that was last looked at
}

// Certificate is what is kept of a certificate for people to read and for
// comparing. The texts are for reading only; nothing is compared by them.
type Certificate struct {
	Subject    string    `json:"subject"`
	CommonName string    `json:"common_name,omitempty"`
	Issuer     string    `json:"issuer"`
	IssuerName string    `json:"issuer_name,omitempty"` // its common name
	Serial     string    `json:"serial"`                // upper-case hex
	NotBefore  time.Time `json:"not_before"`
	NotAfter   time.Time `json:"not_after"`
	KeyType    string    `json:"key_type,omitempty"`
	SHA256     string    `json:"sha256"`         // of the certificate, lower-case hex
	SHA1       string    `json:"sha1,omitempty"` // only to compare with what nginx sends
	SPKI       string    `json:"spki,omitempty"` // SHA-256 of the public key, lower-case hex
	// MirrorSHA256 and MirrorSHA1 are by what the same certificate is known with the other
	// form that an ECDSA signature has: its holder can show either.
	MirrorSHA256 string   `json:"mirror_sha256,omitempty"`
	MirrorSHA1   string   `json:"mirror_sha1,omitempty"`
	Emails       []string `json:"emails,omitempty"`
	UPNs         []string `json:"upns,omitempty"`
	SubjectDER   []byte   `json:"subject_der,omitempty"`
	IssuerDER    []byte   `json:"issuer_der,omitempty"`
	IssuerKeyID  string   `json:"issuer_key_id,omitempty"`
	SubjectKeyID string   `json:"subject_key_id,omitempty"`
	// IssuerSPKI is the public key of the CA that issued it (SHA-256, lower-case hex)
	// and SubjectAltName the extension of that name as encoded (likewise), both as
	// verified. A renewed certificate has the same.
	IssuerSPKI     string `json:"issuer_spki,omitempty"`
	SubjectAltName string `json:"san,omitempty"`
	// Authorities are the CAs of the path that was verified, from its issuer to the
	// trusted one: SHA-256 of their certificates, lower-case hex. Empty where a proxy
	// verified and showed no certificate.
	Authorities []string `json:"authorities,omitempty"`
	// Policies are the certificate policies that the verified path is valid for (RFC
	// 5280, section 6.1), in the terms of the trusted CA.
	Policies []string `json:"policies,omitempty"`
	// Described is true where a proxy verified the certificate and never showed it:
	// subject, issuer, serial number and SHA-1 fingerprint are all that is known, with
	// the CA of the method that bears the issuer's name.
	Described bool `json:"described,omitempty"`
}

// DescribedHash is by what a certificate that is only described is blocked, and
// remembered once it is taken off somebody.
func DescribedHash(sha1 string) string { return "sha1:" + sha1 }

// Ended reports whether the certificate is over. Of one that is only described
// that is not known: whoever described it looks.
func (c Certificate) Ended(now time.Time) bool {
	return !c.Described && now.After(c.NotAfter)
}

// Name is the shortest text by which its owner knows the certificate.
func (c Certificate) Name() string {
	if c.CommonName != "" {
		return c.CommonName
	}
	return c.Subject
}

// IssuedBy is the shortest text by which people know the issuer.
func (c Certificate) IssuedBy() string {
	if c.IssuerName != "" {
		return c.IssuerName
	}
	return c.Issuer
}
