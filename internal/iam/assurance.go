package iam

import "slices"

// Strength orders what a sign-in proves, so that "at least" has a meaning
// whatever the acr values of login methods are called.
type Strength int64

// The strengths, weakest first. They are stored: no number changes its meaning.
const (
	StrengthUnknown   Strength = iota
	StrengthPassword           // one factor that can be relayed
	StrengthForwarded          // a proxy's word for a certificate that it does not show
	StrengthKey                // one factor: a certificate's key answered a challenge of ours
	StrengthCard               // two factors: that key, in hardware that asked for a PIN
)

// Factors is how many factors of authentication a strength stands for.
func (s Strength) Factors() int {
	switch s {
	case StrengthUnknown:
		return 0
	case StrengthCard:
		return 2
	default:
		return 1
	}
}

// Authentication context class references (acr of OpenID Connect Core, section
// 2), from the weakest to the strongest. Login methods can have values of their
// own beside them.
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
	// ACRHardware is "phrh" of the same section: and the key is in hardware that
	// does not give it away.
	ACRHardware = "phrh"
)

// ACRValues lists every acr that has the same meaning in each installation,
// weakest first.
func ACRValues() []string {
	return []string{ACRPassword, ACRForwarded, ACRPhishingResistant, ACRHardware}
}

// StrengthOf is the strength that an acr of ACRValues stands for; unknown for
// those of login methods, which say nothing by themselves.
func StrengthOf(acr string) Strength {
	return Strength(slices.Index(ACRValues(), acr) + 1)
}

// Authentication method references (amr) of RFC 8176, section 2.
const (
	AMRPassword          = "pwd"
	AMRProofOfPossession = "pop"
	AMRSoftwareKey       = "swk"
	AMRHardwareKey       = "hwk"
	AMRSmartCard         = "sc"
	AMRMultipleFactors   = "mfa"
)

// Assurance is what a sign-in counts for.
type Assurance struct {
	Strength Strength
	ACR      string
	AMR      []string
}

// assurance completes what was stored before strengths were.
func assurance(s Strength, acr string, amr []string) Assurance {
	if s == StrengthUnknown {
		s = StrengthOf(acr)
	}
	return Assurance{Strength: s, ACR: acr, AMR: amr}
}

// Assurance returns what the evidence counts for.
func (e Evidence) Assurance() Assurance { return assurance(e.Strength, e.ACR, e.AMR) }

// Assurance returns what the proof counts for.
func (p Proof) Assurance() Assurance { return assurance(p.Strength, p.ACR, p.AMR) }

// Assurance returns what the session counts for.
func (s Session) Assurance() Assurance { return assurance(s.Strength, s.ACR, s.AMR) }

// Satisfies reports whether the sign-in is one of the asked class: its own, or
// one of ACRValues that is not stronger. A value of a login method is satisfied
// by itself only: nobody has said what stands above it.
func (a Assurance) Satisfies(acr string) bool {
	asked := StrengthOf(acr)
	return acr != "" && (acr == a.ACR || asked != StrengthUnknown && a.Strength >= asked)
}

// Told is the acr that an application is told: the first of those that it asked
// for which the sign-in satisfies (OpenID Connect Core, sections 3.1.2.1 and
// 5.5.1.1), else the sign-in's own.
func (a Assurance) Told(asked []string) string {
	for _, acr := range asked {
		if a.Satisfies(acr) {
			return acr
		}
	}
	return a.ACR
}

// KeyProtection says where the keys of certificates are, as far as their issuer
// makes sure of it. Signet cannot see it in a handshake: an administrator states
// what the CA's rules for issuing say.
type KeyProtection string

// The ways.
const (
	KeyUnstated KeyProtection = "unstated" // nobody has said
	KeySoftware KeyProtection = "software" // a file, or the store of a browser or system
	KeyHardware KeyProtection = "hardware" // a chip that does not give it away and asks for nothing
	KeyCard     KeyProtection = "card"     // a smart card or a token that asks for a PIN
)

// AssuranceRule says what certificates of one CA, or of one certificate policy,
// count for. It names one of the two.
type AssuranceRule struct {
	CA     string        `json:"ca,omitempty"`     // SHA-256 over the CA's name and key, hexadecimal
	Policy string        `json:"policy,omitempty"` // object identifier, dotted
	Key    KeyProtection `json:"key,omitempty"`
	// ACR is told in place of the usual value; empty: the usual one.
	ACR string `json:"acr,omitempty"`
}

// Assurance is what the rule gives.
func (r AssuranceRule) Assurance() Assurance {
	a := Assurance{Strength: StrengthKey, ACR: ACRPhishingResistant, AMR: []string{AMRProofOfPossession}}
	switch r.Key {
	case KeySoftware:
		a.AMR = append(a.AMR, AMRSoftwareKey)
	case KeyHardware:
		// Its acr stays: ACRHardware stands for two factors here, and whoever holds the
		// chip has shown one.
		a.AMR = append(a.AMR, AMRHardwareKey)
	case KeyCard:
		a.Strength, a.ACR = StrengthCard, ACRHardware
		a.AMR = append(a.AMR, AMRHardwareKey, AMRSmartCard, AMRMultipleFactors)
	}
	if r.ACR != "" {
		a.ACR = r.ACR
	}
	return a
}

// AssuranceOf decides what a sign-in with an accepted certificate counts for.
// The path is valid for the policies; authorities are its CAs, the issuer first.
// The first rule for one of the policies decides, then the rule of the nearest
// CA that has one. Pure.
func (s CertificateSettings) AssuranceOf(policies, authorities []string) Assurance {
	for _, r := range s.Assurance {
		if r.Policy != "" && slices.Contains(policies, r.Policy) {
			return r.Assurance()
		}
	}
	for _, ca := range authorities {
		for _, r := range s.Assurance {
			if r.CA != "" && r.CA == ca {
				return r.Assurance()
			}
		}
	}
	return AssuranceRule{}.Assurance()
}

// CanReach reports whether some certificate of the login method, or a password,
// can count for enough.
func (p Provider) CanReach(enough func(Assurance) bool) bool {
	if p.Type != ProviderCertificate {
		return enough(PasswordAssurance())
	}
	if enough(AssuranceRule{}.Assurance()) {
		return true
	}
	return p.Settings.Certificate != nil && slices.ContainsFunc(p.Settings.Certificate.Assurance, func(r AssuranceRule) bool { return enough(r.Assurance()) })
}

// PasswordAssurance is what a typed password counts for.
func PasswordAssurance() Assurance {
	return Assurance{Strength: StrengthPassword, ACR: ACRPassword, AMR: []string{AMRPassword}}
}

// ForwardedAssurance is what a proxy's word for a certificate counts for, which
// it does not show. Nothing that is configured raises it: who holds the key, and
// where, was seen by the proxy alone.
func ForwardedAssurance() Assurance {
	return Assurance{Strength: StrengthForwarded, ACR: ACRForwarded, AMR: []string{AMRProofOfPossession}}
}
