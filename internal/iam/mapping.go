package iam

import "strings"

// NameSource is where in a certificate a name stands.
type NameSource string

// The sources.
const (
	NameEmail   NameSource = "san_email" // rfc822Name of subjectAltName (RFC 5280, section 4.2.1.6)
	NameUPN     NameSource = "san_upn"   // userPrincipalName, an otherName of subjectAltName
	NameURI     NameSource = "san_uri"   // uniformResourceIdentifier of subjectAltName
	NameSubject NameSource = "subject"   // an attribute of the subject
)

// PersonField is what of a person a name is compared with.
type PersonField string

// The fields.
const (
	FieldEmail PersonField = "email"       // the e-mail address, if it is confirmed
	FieldLogin PersonField = "login"       // the login
	FieldLocal PersonField = "login_local" // the login, with what stands before the @
	// FieldNumber is the personal number, which only administrators give. Names that
	// a CA gives anew are no stronger for it.
	FieldNumber PersonField = "number"
)

// CertificateName is a name that a certificate bears, as its CA wrote it: to
// compare, never to show.
type CertificateName struct {
	Source    NameSource `json:"source"`
	Attribute string     `json:"attribute,omitempty"` // NameSubject: its type, an OID in dotted form
	Value     string     `json:"value"`
}

// MappingRule finds the person of a certificate that is linked to nobody by a
// name that it bears. Names can be given to another person later, which is why a
// rule of this kind is weak: it is believed for one certificate method only, and
// as long as the rule stands and says the same.
type MappingRule struct {
	Source    NameSource  `json:"source"`
	Attribute string      `json:"attribute,omitempty"` // NameSubject: the type, an OID in dotted form
	Field     PersonField `json:"field"`
	// Domain lets only names count that end with @ and it; needed for FieldLocal,
	// because the same name stands before the @ of every domain.
	Domain string `json:"domain,omitempty"`
}

// Text names the rule in the event log and on the identifiers that it made:
// "san_upn=login_local@example.org".
func (r MappingRule) Text() string {
	text := string(r.Source)
	if r.Attribute != "" {
		text += ":" + r.Attribute
	}
	text += "=" + string(r.Field)
	if r.Domain != "" {
		text += "@" + r.Domain
	}
	return text
}

// Wanted returns what the rule looks for among people, for the names that a
// certificate bears. Pure.
func (r MappingRule) Wanted(names []CertificateName) []string {
	var wanted []string
	for _, n := range names {
		if n.Source != r.Source || n.Attribute != r.Attribute {
			continue
		}
		local, domain, at := strings.Cut(n.Value, "@")
		switch {
		case r.Domain != "" && (!at || !equalASCII(domain, r.Domain)):
			continue
		case r.Field == FieldEmail && (!at || local == "" || domain == "" || strings.Contains(domain, "@")):
			continue
		case r.Field == FieldLocal:
			if r.Domain == "" || local == "" {
				continue
			}
			wanted = append(wanted, local)
		case n.Value != "":
			wanted = append(wanted, n.Value)
		}
	}
	return wanted
}

// Means reports whether two names or addresses are the same, such as one on a
// certificate and one of a person. Case is ignored in ASCII only: where letters of other alphabets fold to
// Latin ones (the Kelvin sign to k), a CA would speak for people whom it does not
// mean.
func Means(a, b string) bool { return equalASCII(a, b) }

func equalASCII(a, b string) bool {
	if len(a) != len(b) || a == "" {
		return false
	}
	for i := range len(a) {
		if lowerASCII(a[i]) != lowerASCII(b[i]) {
			return false
		}
	}
	return true
}

func lowerASCII(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}
