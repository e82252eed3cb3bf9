package iam

import "strings"

// Creation says how a login method makes the account of somebody whose accepted
// certificate is linked to nobody.
type Creation struct {
	// Login is where the login comes from: FieldLogin takes the whole name, FieldLocal
	// what stands before the @.
	Login MappingRule `json:"login"`
	// Email takes the first e-mail address (SAN) of the certificate along, and Vouched
	// lets it count as confirmed, because the CA has made sure whose it is. Only methods
	// of the system can.
	Email   bool `json:"email,omitempty"`
	Vouched bool `json:"vouched,omitempty"`
	// Accepted says that an administrator has read what it means: everybody to whom
	// these CAs give a certificate gets an account.
	Accepted bool `json:"accepted,omitempty"`
	// Authorities are the trusted CAs for which that was said, by cert.AuthorityID. Of
	// another one nobody has; empty where it was said before this was kept.
	Authorities []string `json:"authorities,omitempty"`
}

// Attributes of a subject that name a person (RFC 4519, sections 2.3, 2.12 and 2.32).
const (
	AttributeCommonName = "2.5.4.3"
	AttributeSurname    = "2.5.4.4"
	AttributeGivenName  = "2.5.4.42"
)

// TriedCreation is the way of last resort: an account is made. It stands beside
// TriedKey and TriedRenewal.
const TriedCreation = "creation"

// Account is the account that the rule would make at a level for the names on a
// certificate. It reports false where they do not give exactly one login. Pure.
func (c Creation) Account(level Level, names []CertificateName) (User, bool) {
	var u User
	for _, login := range c.Login.Wanted(names) {
		login = LoginName(login) // before it is looked at: another sign can become an @
		if u.Login != "" && u.Login != login {
			return User{}, false // of several nobody guesses
		}
		u.Login = login
	}
	// People are found by their address too, at the sign-in and where roles are given.
	// Only CAs that the system trusts may say whose an address is.
	if u.Login == "" || level != LevelSystem && strings.Contains(u.Login, "@") {
		return User{}, false
	}
	first := func(source NameSource, attribute string) string {
		for _, n := range names {
			if n.Source == source && n.Attribute == attribute {
				return n.Value
			}
		}
		return ""
	}
	u.GivenName, u.FamilyName = first(NameSubject, AttributeGivenName), first(NameSubject, AttributeSurname)
	u.Name = first(NameSubject, AttributeCommonName)
	if u.GivenName != "" && u.FamilyName != "" {
		u.Name = u.GivenName + " " + u.FamilyName
	}
	if c.Email {
		u.Email = first(NameEmail, "")
		u.EmailVerified = u.Email != "" && c.Vouched && level == LevelSystem
	}
	// What an organization's CA calls somebody says nothing to the rest of the
	// installation: no rule of the system finds them by it.
	u.LoginChosen = level != LevelSystem
	return u, true
}
