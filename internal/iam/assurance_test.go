package iam

import (
	"slices"
	"testing"
)

func TestAssuranceOf(t *testing.T) {
	rules := []AssuranceRule{
		{CA: "issuer", Key: KeySoftware},
		{CA: "root", Key: KeyCard},
		{CA: "said nothing", Key: KeyUnstated},
		{Policy: "1.2.card", Key: KeyCard},
		{Policy: "1.2.soft", Key: KeySoftware},
		{Policy: "1.2.own", Key: KeyCard, ACR: "https://refeds.org/profile/mfa"},
		{Policy: "1.2.name", ACR: "urn:example:low"},
	}
	pop, soft, card := []string{"pop"}, []string{"pop", "swk"}, []string{"pop", "hwk", "sc", "mfa"}
	for _, c := range []struct {
		name            string
		policies, chain []string
		strength        Strength
		factors         int
		acr             string
		amr             []string
	}{
		{"nobody said anything", nil, []string{"other"}, StrengthKey, 1, "phr", pop},
		{"a CA of which nothing is stated", nil, []string{"said nothing"}, StrengthKey, 1, "phr", pop},
		{"a CA with software keys", nil, []string{"issuer"}, StrengthKey, 1, "phr", soft},
		{"a CA with smart cards", nil, []string{"root"}, StrengthCard, 2, "phrh", card},
		{"the root has cards, the issuer below it has not", nil, []string{"issuer", "root"}, StrengthKey, 1, "phr", soft},
		{"an issuer of which nothing is said, below a root with cards", nil, []string{"other", "root"}, StrengthCard, 2, "phrh", card},
		{"an issuer that is stated to be unstated, below a root with cards", nil, []string{"said nothing", "root"}, StrengthKey, 1, "phr", pop},
		{"a policy above a CA", []string{"1.2.card"}, []string{"issuer"}, StrengthCard, 2, "phrh", card},
		{"a policy below a CA", []string{"1.2.soft"}, []string{"root"}, StrengthKey, 1, "phr", soft},
		{"two policies: the first rule, not the first policy", []string{"1.2.soft", "1.2.card"}, nil, StrengthCard, 2, "phrh", card},
		{"a policy nobody spoke of", []string{"1.2.cards"}, []string{"issuer"}, StrengthKey, 1, "phr", soft},
		{"a policy that is called as a CA", []string{"root"}, []string{"issuer"}, StrengthKey, 1, "phr", soft},
		{"a value of one's own", []string{"1.2.own"}, nil, StrengthCard, 2, "https://refeds.org/profile/mfa", card},
		{"a value of one's own raises nothing", []string{"1.2.name"}, nil, StrengthKey, 1, "urn:example:low", pop},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := CertificateSettings{Assurance: rules}.AssuranceOf(c.policies, c.chain)
			if got.Strength != c.strength || got.Strength.Factors() != c.factors || got.ACR != c.acr || !slices.Equal(got.AMR, c.amr) {
				t.Errorf("counts for %+v", got)
			}
		})
	}
}

func TestSatisfies(t *testing.T) {
	card := AssuranceRule{Key: KeyCard}.Assurance()
	own := AssuranceRule{Key: KeyCard, ACR: "urn:example:high"}.Assurance()
	software := AssuranceRule{Key: KeySoftware}.Assurance()
	if chip := (AssuranceRule{Key: KeyHardware}).Assurance(); chip.Strength.Factors() != 1 || chip.ACR != ACRPhishingResistant || !slices.Equal(chip.AMR, []string{"pop", "hwk"}) || chip.Satisfies(ACRHardware) {
		t.Errorf("hardware without PIN: %+v", chip)
	}
	for _, c := range []struct {
		name string
		got  Assurance
		acr  string
		want bool
	}{
		{"password is a password", PasswordAssurance(), ACRPassword, true},
		{"password is no certificate", PasswordAssurance(), ACRPhishingResistant, false},
		{"a proxy's word is more than a password", ForwardedAssurance(), ACRPassword, true},
		{"a proxy's word resists nothing", ForwardedAssurance(), ACRPhishingResistant, false},
		{"a proxy's word is no card", ForwardedAssurance(), ACRHardware, false},
		{"software is no card", software, ACRHardware, false},
		{"a card is more than software", card, ACRPhishingResistant, true},
		{"a card with a value of its own is still a card", own, ACRHardware, true},
		{"a value of one's own", own, "urn:example:high", true},
		{"a card is not what somebody else means by a value", card, "urn:example:high", false},
		{"nothing asked for by nothing", Assurance{}, "", false},
		{"nothing satisfies nothing", Assurance{}, ACRPassword, false},
		{"a session from before strengths", Session{ACR: ACRPhishingResistant}.Assurance(), ACRPhishingResistant, true},
		{"a session from before strengths is no card", Session{ACR: ACRPhishingResistant}.Assurance(), ACRHardware, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.got.Satisfies(c.acr) != c.want {
				t.Errorf("%+v satisfies %q: %t", c.got, c.acr, !c.want)
			}
		})
	}
	for asked, want := range map[string]string{"": "phrh", "phr": "phr", "urn:x": "phrh", "phrh": "phrh"} {
		if got := card.Told([]string{asked, "urn:example:high"}); got != want {
			t.Errorf("asked for %q a card is told as %q", asked, got)
		}
	}
}
