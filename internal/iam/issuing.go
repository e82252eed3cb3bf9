package iam

import (
	"slices"
	"time"
)

// IssuingAuthority is a certificate authority of Signet's own, which gives people
// certificates for one login method. The method trusts it as it trusts any other.
type IssuingAuthority struct {
	Provider    ProviderID
	CA          string // as CARevocation.CA
	Certificate []byte // DER
	Key         []byte // PKCS #8, sealed
	// Former are the authorities that it has replaced, as CARevocation.CA: what they
	// have issued is withdrawn as what it issues.
	Former []string
	IssuingRules
	CreatedAt time.Time
}

// Is reports whether the CA is this authority, or one that it has replaced.
func (a IssuingAuthority) Is(ca string) bool { return a.CA == ca || slices.Contains(a.Former, ca) }

// IssuingRules say to whom an authority gives certificates, and for how long.
type IssuingRules struct {
	// SelfService lets people who may link an identifier of the method have a
	// certificate by themselves, in their profile.
	SelfService bool
	// Days is how long a certificate is valid at the most.
	Days int
}

// Bounds of IssuingRules.Days, and what it is where nobody has chosen.
const (
	MinIssuedDays     = 1
	MaxIssuedDays     = 3 * 365
	DefaultIssuedDays = 365
)

// Issued is a certificate that Signet has issued. It is kept until the certificate
// ends: until then it is nobody else's.
type Issued struct {
	Certificate *Certificate
	Provider    ProviderID
	User        UserID
	Request     []byte // hash of what one form may be sent with, once
	CreatedAt   time.Time
}
