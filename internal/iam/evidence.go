package iam

import "time"

// Evidence is what a method brings to the login: it says what was shown, and
// knows neither whose it is nor what it is wanted for.
type Evidence struct {
	Type     ProviderType `json:"type"`
	Provider ProviderID   `json:"provider"`
	At       time.Time    `json:"at"`
	ACR      string       `json:"acr"`
	AMR      []string     `json:"amr"`
	Strength Strength     `json:"strength,omitempty"` // unknown: that of ACR

	// Name and Password are what a person typed. They are never stored.
	Name     string `json:"-"`
	Password string `json:"-"`

	// Key and Certificate are a judged and accepted certificate.
	Key         string       `json:"key,omitempty"`
	Certificate *Certificate `json:"certificate,omitempty"`
	// Names are the names that the certificate bears, where the login method finds
	// people by them.
	Names []CertificateName `json:"names,omitempty"`
	// Described says that a proxy only described the certificate: what Certificate says
	// beyond that comes from an identifier. It finds nobody else than its person.
	Described bool `json:"described,omitempty"`
	// RevocationUnknown is why it is not known whether the certificate was revoked,
	// where the login method accepts it all the same.
	RevocationUnknown string `json:"revocation_unknown,omitempty"`
	// Checks are what was looked at, kept only where a method is tried out.
	Checks []Check `json:"checks,omitempty"`
	// Presented are the certificates as they were shown, in DER. They are kept apart
	// (Shown).
	Presented [][]byte `json:"-"`
}

// KnownBy is by what an identifier was remembered that was made of this evidence and
// taken off somebody: by its key or, where a proxy had only described the certificate,
// by the fingerprint of either form of it.
func (e Evidence) KnownBy() [3]string {
	if e.Certificate == nil {
		return [3]string{e.Key, e.Key, e.Key}
	}
	return [3]string{e.Key, DescribedHash(e.Certificate.SHA1), DescribedHash(e.Certificate.MirrorSHA1)}
}

// Proof is evidence after it was bound to the person of a login.
type Proof struct {
	Type     ProviderType `json:"type"`
	Provider ProviderID   `json:"provider,omitempty"`
	Identity IdentityID   `json:"identity,omitempty"`
	At       time.Time    `json:"at"`
	ACR      string       `json:"acr"`
	AMR      []string     `json:"amr"`
	Strength Strength     `json:"strength,omitempty"` // unknown: that of ACR
	// Attempt and Certificate tell the event log how it was proved.
	Attempt           AttemptID    `json:"attempt,omitempty"`
	Certificate       *Certificate `json:"certificate,omitempty"`
	RevocationUnknown string       `json:"revocation_unknown,omitempty"`
}
