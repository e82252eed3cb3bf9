package iam_test

import (
	"slices"
	"testing"

	"signet/internal/iam"
)

func TestMappingRuleWants(t *testing.T) {
	names := []iam.CertificateName{
		{Source: iam.NameEmail, Value: "Alice@Example.org"}, {Source: iam.NameEmail, Value: "alice@other.example"}, {Source: iam.NameEmail, Value: "alice"},
		{Source: iam.NameUPN, Value: "amartin@corp.example"}, {Source: iam.NameUPN, Value: "amartin@corp.example.evil.example"},
		{Source: iam.NameUPN, Value: "a@b@corp.example"}, {Source: iam.NameUPN, Value: "@corp.example"},
		{Source: iam.NameURI, Value: "urn:staff:17"},
		{Source: iam.NameSubject, Attribute: "2.5.4.5", Value: "17"}, {Source: iam.NameSubject, Attribute: "2.5.4.3", Value: "Alice Martin"},
	}
	for what, c := range map[string]struct {
		rule iam.MappingRule
		want []string
	}{
		"addresses only":               {iam.MappingRule{Source: iam.NameEmail, Field: iam.FieldEmail}, []string{"Alice@Example.org", "alice@other.example"}},
		"addresses of a domain":        {iam.MappingRule{Source: iam.NameEmail, Field: iam.FieldEmail, Domain: "example.org"}, []string{"Alice@Example.org"}},
		"whole names as logins":        {iam.MappingRule{Source: iam.NameURI, Field: iam.FieldLogin}, []string{"urn:staff:17"}},
		"what stands before the @":     {iam.MappingRule{Source: iam.NameUPN, Field: iam.FieldLocal, Domain: "corp.example"}, []string{"amartin"}},
		"before the @ of any domain":   {iam.MappingRule{Source: iam.NameUPN, Field: iam.FieldLocal}, nil},
		"an attribute of the subject":  {iam.MappingRule{Source: iam.NameSubject, Attribute: "2.5.4.5", Field: iam.FieldLogin}, []string{"17"}},
		"an attribute that is missing": {iam.MappingRule{Source: iam.NameSubject, Attribute: "2.5.4.42", Field: iam.FieldLogin}, nil},
		"no attribute named":           {iam.MappingRule{Source: iam.NameSubject, Field: iam.FieldLogin}, nil},
	} {
		t.Run(what, func(t *testing.T) {
			if got := c.rule.Wanted(names); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// Letters of other alphabets that fold to Latin ones are other letters.
func TestNamesAreComparedInASCII(t *testing.T) {
	for _, c := range []struct {
		certificate, person string
		want                bool
	}{
		{"Alice@example.org", "alice@EXAMPLE.org", true}, {"jérôme", "jérôme", true},
		{"mar\u212a", "mark", false}, {"mark", "mar\u212a", false}, {"JÉRÔME", "jérôme", false}, {"alice", "alice ", false}, {"", "", false},
	} {
		if got := iam.Means(c.certificate, c.person); got != c.want {
			t.Errorf("Means(%q, %q) = %v", c.certificate, c.person, got)
		}
	}
}
