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
	Picture     PictureID // logo; the icon of the type where empty
	Settings    ProviderSettings
	Version     int64 // grows with every change; caches compare it
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// ProviderSettings are the settings of a type, stored as one JSON text.
type ProviderSettings struct {
	Certificate *CertificateSettings `json:"certificate,omitempty"`
}

// RenewalPolicy says what happens at a sign-in with a certificate that is linked
// to nobody and looks like the renewal of one that is linked: the same CA gave it
// to a holder of the same name.
type RenewalPolicy string

// The policies. Where nothing is set, the person is asked, unless only
// administrators link.
const (
	RenewalAsk           RenewalPolicy = "ask"           // the person confirms that it replaces the old one
	RenewalAccept        RenewalPolicy = "accept"        // it is linked at once
	RenewalAdministrator RenewalPolicy = "administrator" // it is refused until somebody links it
)

// PasswordName is what the password method is called until somebody renames it.
// Pages call it as their readers do.
const PasswordName = "Password"

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
	// MinHashBits is the shortest digest of the signatures below a trusted CA: 384 or
	// 512; 0 means 256.
	MinHashBits int `json:"min_hash_bits,omitempty"`
	// MaxAgeDays is how long after its issue a certificate is accepted; 0 means
	// until it expires.
	MaxAgeDays int `json:"max_age_days,omitempty"`
	// PolicyOIDs are the certificate policies of which one must be valid for the
	// path; empty means any.
	PolicyOIDs []string `json:"policy_oids,omitempty"`
	// RequireForwardedCertificate refuses what a proxy says of a certificate where
	// it does not forward the certificate itself.
	RequireForwardedCertificate bool `json:"require_forwarded_certificate,omitempty"`
	// Revocation is how revocation is checked, for each CA of Anchors and
	// Intermediates.
	Revocation []CARevocation `json:"revocation,omitempty"`
	// LinkAtSignIn lets a person link an unknown certificate in the middle of a
	// sign-in, after proving who they are in another way.
	LinkAtSignIn bool `json:"link_at_sign_in"`
	// LinkByAdministrators leaves linking to administrators: people can do it
	// neither in their profile nor at a sign-in.
	LinkByAdministrators bool `json:"link_by_administrators,omitempty"`
	// KeyTypes are the kinds of key that a certificate may have, as cert.Policy
	// names them; empty means any.
	KeyTypes []string `json:"key_types,omitempty"`
	// AllowNoPurpose accepts certificates without any extendedKeyUsage.
	AllowNoPurpose bool `json:"allow_no_purpose,omitempty"`
	// Host is the certificate host that this method uses, as the operator has
	// configured it ("id.example:3443", "*.cert.id.example:3443"); empty leaves the
	// choice to Signet.
	Host string `json:"host,omitempty"`
	// Renewal is what a renewed certificate may do.
	Renewal RenewalPolicy `json:"renewal,omitempty"`
	// RenewalDays is how long after its end a certificate still leads its holder to
	// the page of renewals, and nowhere else; 0: not at all.
	RenewalDays int `json:"renewal_days,omitempty"`
	// Assurance says what a sign-in counts for, by certificate policy and by CA.
	Assurance []AssuranceRule `json:"assurance,omitempty"`
	// Mapping are the rules by which the person of a certificate is found that is
	// linked to nobody, in the order in which they are asked.
	Mapping []MappingRule `json:"mapping,omitempty"`
	// NamesAccepted says that an administrator has read what it means to find people
	// by names that can be given to another person.
	NamesAccepted bool `json:"names_accepted,omitempty"`
	// Creation makes accounts for the holders of certificates that nobody has; nil:
	// none.
	Creation *Creation `json:"creation,omitempty"`
}

// Renewed returns what a renewed certificate may do.
func (s CertificateSettings) Renewed() RenewalPolicy {
	switch {
	case s.Renewal != "":
		return s.Renewal
	case s.LinkByAdministrators:
		return RenewalAdministrator
	default:
		return RenewalAsk
	}
}

// Linking says who may link a certificate to a person.
type Linking string

// The ways.
const (
	LinkingSignIn         Linking = "sign_in"        // the person: in the profile, and at the first sign-in with it
	LinkingProfile        Linking = "profile"        // the person, in the profile only
	LinkingAdministrators Linking = "administrators" // nobody else
)

// Linking returns who may link.
func (s CertificateSettings) Linking() Linking {
	switch {
	case s.LinkByAdministrators:
		return LinkingAdministrators
	case s.LinkAtSignIn:
		return LinkingSignIn
	default:
		return LinkingProfile
	}
}

// SetLinking chooses who may link, and reports whether there is such a choice.
func (s *CertificateSettings) SetLinking(l Linking) bool {
	switch l {
	case LinkingSignIn, LinkingProfile, LinkingAdministrators:
		s.LinkAtSignIn, s.LinkByAdministrators = l == LinkingSignIn, l == LinkingAdministrators
		return true
	default:
		return false
	}
}

// SetRenewal chooses what a renewed certificate may do, and reports whether there
// is such a choice.
func (s *CertificateSettings) SetRenewal(r RenewalPolicy) bool {
	switch r {
	case RenewalAsk, RenewalAccept, RenewalAdministrator:
		s.Renewal = r
		return true
	default:
		return false
	}
}

// SelfLinked reports whether people may link identifiers of the method by
// themselves.
func (p Provider) SelfLinked() bool {
	return p.Type == ProviderCertificate && (p.Settings.Certificate == nil || !p.Settings.Certificate.LinkByAdministrators)
}

// Offer puts a login method into the widget of one client.
type Offer struct {
	Provider Provider
	Position int
	Main     bool // a full button; otherwise a round icon
	Required bool // everybody must hold an identifier of it to enter
}

// Vouches reports whether a session that the login method opened counts in the
// scope. Who runs an organization decides which certificates its methods accept,
// and nobody else has agreed to that: such a session opens nothing elsewhere.
func (p Provider) Vouches(in Scope) bool {
	switch p.Scope.Level {
	case LevelSystem:
		return true
	case LevelOrganization, LevelApplication:
		return p.Scope.Contains(in)
	default:
		return false // a method that is gone vouches for nobody
	}
}
