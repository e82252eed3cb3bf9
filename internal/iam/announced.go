package iam

import (
	"strings"
	"time"
)

// AnnouncedKind is what an administrator knows of a certificate beforehand.
type AnnouncedKind string

// The kinds.
const (
	AnnouncedCertificate AnnouncedKind = "sha256"         // SHA-256 of the certificate
	AnnouncedKey         AnnouncedKind = "spki"           // SHA-256 of its public key
	AnnouncedSerial      AnnouncedKind = "issuer_serial"  // its serial number, within the key of its CA
	AnnouncedKeyID       AnnouncedKind = "issuer_ski"     // its subject key identifier, likewise
	AnnouncedSubject     AnnouncedKind = "issuer_subject" // its subject, likewise
)

// AnnouncedKinds lists them, the strongest first.
func AnnouncedKinds() []AnnouncedKind {
	return []AnnouncedKind{AnnouncedCertificate, AnnouncedKey, AnnouncedSerial, AnnouncedKeyID, AnnouncedSubject}
}

// Weak reports whether the CA can give the value to somebody else later.
func (k AnnouncedKind) Weak() bool { return k == AnnouncedSubject }

// OfIssuer reports whether the value means something only with the CA that gave it.
func (k AnnouncedKind) OfIssuer() bool {
	return k == AnnouncedSerial || k == AnnouncedKeyID || k == AnnouncedSubject
}

const announcedRule = "announced:"

// Rule names the kind as a way in which a certificate was linked, beside
// MappingRule.Text.
func (k AnnouncedKind) Rule() string { return announcedRule + string(k) }

// Announced is a value by which an administrator has announced a certificate of a
// person before it was ever shown. It is good for one link.
type Announced struct {
	ID       string
	Provider ProviderID
	User     UserID
	Kind     AnnouncedKind
	// Issuer is the public key of the CA (SHA-256, lower-case hex), where the kind is
	// one of a CA: other CAs can bear the same name.
	Issuer     string
	IssuerName string // to read only
	Value      string // what is compared
	Shown      string // the value as people read it
	CreatedAt  time.Time
	CreatedBy  UserID
}

// ByName reports whether an identifier was linked by something that the CA can give
// to another person later, so that the link is believed only as long as its rule
// stands.
func (i Identity) ByName() bool {
	kind, announced := strings.CutPrefix(i.Rule, announcedRule)
	return i.Rule != "" && (!announced || AnnouncedKind(kind).Weak())
}
