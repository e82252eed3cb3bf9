package login_test

import (
	"testing"

	"signet/internal/iam"
	"signet/internal/login"
)

func TestRuleFindsAPersonalNumber(t *testing.T) {
	serial := func(value string) iam.CertificateName {
		return iam.CertificateName{Source: iam.NameSubject, Attribute: "2.5.4.5", Value: value}
	}
	h := newHouse(t)
	h.called(h.alice, func(u *iam.User) { u.Number = "PNOFR-1847203k" })
	h.called(h.bob, func(u *iam.User) { u.Number = "urn:card:7" })
	h.mapping(iam.MappingRule{Source: iam.NameSubject, Attribute: "2.5.4.5", Field: iam.FieldNumber}, iam.MappingRule{Source: iam.NameURI, Field: iam.FieldNumber})
	for shown, c := range map[string]struct {
		name iam.CertificateName
		want iam.UserID
	}{
		"the number":                {serial("pnofr-1847203K"), h.alice.ID},
		"one that only looks so":    {serial("PNOFR-1847203\u212a"), ""}, // the Kelvin sign
		"no number":                 {serial(""), ""},
		"a part of it":              {serial("PNOFR-1847203"), ""},
		"a URI":                     {iam.CertificateName{Source: iam.NameURI, Value: "urn:card:7"}, h.bob.ID},
		"the number at other place": {iam.CertificateName{Source: iam.NameSubject, Attribute: "2.5.4.3", Value: "PNOFR-1847203k"}, ""},
	} {
		out := h.signs(h.bearing(shown, c.name))
		var who iam.UserID
		if out.Opened != nil {
			who = out.Opened.Session.User
		}
		if who != c.want || c.want == "" && cause(out) != login.CauseNotLinked {
			t.Errorf("%s: %q, %s, want %q", shown, who, cause(out), c.want)
		}
	}
	// A rule is weak: the link ends with the number.
	h.called(h.alice, func(u *iam.User) { u.Number = "" })
	if out := h.signs(h.bearing("the number", serial("pnofr-1847203K"))); cause(out) != login.CauseMappingMoved {
		t.Errorf("without the number: %s", cause(out))
	}
}
