package demo

import "signet/internal/iam"

// Person is somebody who is in every demo.
type Person struct {
	iam.User
	Linked  bool // the certificate is linked to the account from the start
	Blocked bool
	Expired bool // the certificate is
	Admin   bool // has no certificate, and administers Signet
}

// Organization stands in the certificates of the demo.
const Organization = "Signet demo"

// P12Password opens the .p12 files of the demo. It is the same everywhere and
// protects nothing: the files are only readable by whoever runs the demo. It is
// not empty, because Apple's systems import no file without one.
const P12Password = "signet"

// Cast returns the people of the demo: one for each thing that can happen to a
// certificate.
func Cast() []Person {
	person := func(login, given, family string) iam.User {
		return iam.User{
			Login: login, Name: given + " " + family, GivenName: given, FamilyName: family,
			Email: login + "@example.org", EmailVerified: true,
		}
	}
	return []Person{
		{User: person("alice", "Alice", "Martin"), Linked: true},
		{User: person("bob", "Bob", "Keller")},
		{User: person("carol", "Carol", "Lindqvist"), Linked: true, Blocked: true},
		{User: person("dave", "Dave", "Okafor"), Linked: true, Expired: true},
		{User: person("admin", "Ada", "Moreau"), Admin: true},
	}
}
