package iam_test

import (
	"testing"

	"signet/internal/iam"
)

func TestAccountOfACertificate(t *testing.T) {
	name := func(source iam.NameSource, attribute, value string) iam.CertificateName {
		return iam.CertificateName{Source: source, Attribute: attribute, Value: value}
	}
	upn := iam.MappingRule{Source: iam.NameUPN, Field: iam.FieldLocal, Domain: "clinic.example"}
	whole := iam.MappingRule{Source: iam.NameUPN, Field: iam.FieldLogin}
	card := []iam.CertificateName{
		name(iam.NameUPN, "", "amartin@clinic.example"), name(iam.NameEmail, "", "alice.martin@clinic.example"), name(iam.NameEmail, "", "am@clinic.example"),
		name(iam.NameSubject, iam.AttributeCommonName, "MARTIN Alice 4711"), name(iam.NameSubject, iam.AttributeGivenName, "Alice"), name(iam.NameSubject, iam.AttributeSurname, "Martin"),
	}
	for what, c := range map[string]struct {
		rule  iam.Creation
		level iam.Level
		names []iam.CertificateName
		want  iam.User
		no    bool
	}{
		"the local part": {rule: iam.Creation{Login: upn}, level: iam.LevelSystem, names: card,
			want: iam.User{Login: "amartin", Name: "Alice Martin", GivenName: "Alice", FamilyName: "Martin"}},
		"with a confirmed address": {rule: iam.Creation{Login: whole, Email: true, Vouched: true}, level: iam.LevelSystem, names: card,
			want: iam.User{Login: "amartin@clinic.example", Name: "Alice Martin", GivenName: "Alice", FamilyName: "Martin", Email: "alice.martin@clinic.example", EmailVerified: true}},
		"an organization confirms nothing": {rule: iam.Creation{Login: upn, Email: true, Vouched: true}, level: iam.LevelOrganization, names: card,
			want: iam.User{Login: "amartin", Name: "Alice Martin", GivenName: "Alice", FamilyName: "Martin", Email: "alice.martin@clinic.example", LoginChosen: true}},
		"an organization gives no address as a login": {rule: iam.Creation{Login: whole}, level: iam.LevelOrganization, names: card, no: true},
		"only a common name": {rule: iam.Creation{Login: upn}, level: iam.LevelSystem, names: card[:4],
			want: iam.User{Login: "amartin", Name: "MARTIN Alice 4711"}},
		"another domain": {rule: iam.Creation{Login: upn}, level: iam.LevelSystem, names: []iam.CertificateName{name(iam.NameUPN, "", "amartin@clinic.example.evil.example")}, no: true},
		"two logins":     {rule: iam.Creation{Login: whole}, level: iam.LevelSystem, names: append(card[:1:1], name(iam.NameUPN, "", "root@clinic.example")), no: true},
		"the same twice": {rule: iam.Creation{Login: whole}, level: iam.LevelSystem, names: append(card[:1:1], card[0]), want: iam.User{Login: "amartin@clinic.example"}},
		"no names":       {rule: iam.Creation{Login: whole}, level: iam.LevelSystem, no: true},
	} {
		got, ok := c.rule.Account(c.level, c.names)
		if ok == c.no || got != c.want {
			t.Errorf("%s: %+v, %v", what, got, ok)
		}
	}
}
