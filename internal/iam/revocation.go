package iam

import "time"

// RevocationMode says what must be known of a certificate's revocation. An
// administrator chooses one for each CA when it is added.
type RevocationMode string

// The modes.
const (
	RevocationRequired   RevocationMode = "required"    // not to know is to refuse
	RevocationBestEffort RevocationMode = "best_effort" // not to know is to accept, and to say so
	RevocationNone       RevocationMode = "none"        // nobody is asked
	RevocationShortLived RevocationMode = "short_lived" // not asked about certificates that live shortly; required for others
)

// CARevocation is how revocation is checked for the certificates of one CA of a
// login method, and of the CAs below it that have no settings of their own.
type CARevocation struct {
	CA   string         `json:"ca"` // SHA-256 over the CA's name and key, hexadecimal
	Mode RevocationMode `json:"mode"`
	// MaxDays is how long a short-lived certificate lives at the most.
	MaxDays int `json:"max_days,omitempty"`
	// Lists are where the CRLs of the CA are fetched: addresses, and file:NAME in
	// the folder that the installation sets.
	Lists []string `json:"lists,omitempty"`
	// Hosts are those from which addresses that a certificate names are fetched;
	// without any, no such address is.
	Hosts []string `json:"hosts,omitempty"`
	// OCSP is the address of the responder, or OCSPOfCertificate; empty: none.
	OCSP string `json:"ocsp,omitempty"`
}

// Has reports whether there are settings of a CA.
func (s CertificateSettings) Has(ca string) bool {
	_, ok := s.RevocationOf(ca)
	return ok
}

// OCSPOfCertificate asks the responder that the certificate names, if its host
// is one of CARevocation.Hosts.
const OCSPOfCertificate = "certificate"

// RevocationOf returns the settings of a CA, if an administrator has chosen.
func (s CertificateSettings) RevocationOf(ca string) (CARevocation, bool) {
	for _, r := range s.Revocation {
		if r.CA == ca {
			return r, true
		}
	}
	return CARevocation{}, false
}

// SourceUpload begins the source of a list that an administrator brought.
const SourceUpload = "upload"

// RevocationList is one source of CRLs of one CA of a login method, and what is
// known of the last good list.
type RevocationList struct {
	Provider    ProviderID
	Authority   string // as CARevocation.CA
	Source      string
	Learned     bool   // named by a certificate
	Certificate []byte // DER of the CA
	DataHash    []byte // SHA-256 of the list; empty: none yet
	Number      string
	Kind        string // as cert.Kind; empty: none yet
	ThisUpdate  time.Time
	NextUpdate  time.Time
	Entries     int64
	FetchedAt   time.Time // when the last good one came
	TriedAt     time.Time
	NextTryAt   time.Time // zero: never by itself
	Failures    int64
	Fault       string // why the last try failed
	FaultDetail string
}

// LearnedResponder is an OCSP responder that a verified certificate named.
type LearnedResponder struct {
	Provider    ProviderID
	Authority   string // as CARevocation.CA
	Address     string
	Certificate []byte // DER of the CA
	LastSeenAt  time.Time
}

// BlockKind says what a local block is about.
type BlockKind string

// The kinds.
const (
	BlockCertificate BlockKind = "certificate"
	BlockKey         BlockKind = "key" // every certificate of a public key
)

// CertificateBlock is a certificate or a key that is not accepted here, whatever
// its CA says.
type CertificateBlock struct {
	ID          string
	Kind        BlockKind
	Hash        string // SHA-256 of the certificate or of its public key, lower-case hex
	User        UserID // whose it is, where that is known
	ByOwner     bool   // the person did it, and may undo it
	Actor       UserID
	Certificate *Certificate
	Reason      string
	CreatedAt   time.Time
}

// Withdrawal says that the newest certificate of an identifier was revoked.
type Withdrawal struct {
	Identity  IdentityID
	SHA256    string // of the certificate
	RevokedAt time.Time
	Reason    string
	Source    string
	NoticedAt time.Time
}
