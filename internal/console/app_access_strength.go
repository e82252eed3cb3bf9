package console

import (
	"cmp"
	"strconv"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// strengthOf asks what a sign-in to an application must count for at the least.
// What a proxy says of a certificate is no choice: whoever wants that much wants
// certificates.
func strengthOf(p *i18n.Printer, chosen string, wrong string) *web.Choice {
	c := &web.Choice{Name: "min_strength", Label: p.T("apps.strength"), Hint: p.T("apps.strength_hint"), Error: wrong, Cards: true, Options: []web.Option{
		{Value: strengthText(iam.StrengthUnknown), Icon: "minus", Label: p.T("apps.strength_any"), Hint: p.T("apps.strength_any_hint")},
		{Value: strengthText(iam.StrengthKey), Icon: "certificate", Label: p.T("apps.strength_key"), Hint: p.T("apps.strength_key_hint")},
		{Value: strengthText(iam.StrengthCard), Icon: "shield-check", Label: p.T("apps.strength_card"), Hint: p.T("apps.strength_card_hint")},
	}}
	for i, o := range c.Options {
		c.Options[i].Selected = o.Value == cmp.Or(chosen, strengthText(iam.StrengthUnknown))
	}
	return c
}

func strengthText(s iam.Strength) string { return strconv.Itoa(int(s)) }

// strengthTyped reads the choice. What is none becomes one that the rule refuses.
func strengthTyped(text string) iam.Strength {
	if text == "" {
		return iam.StrengthUnknown
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return iam.Strength(n)
}

// strengthEntry says in words what a sign-in must count for; empty where nothing
// is asked.
func strengthEntry(p *i18n.Printer, s iam.Strength) string {
	switch {
	case s >= iam.StrengthCard:
		return p.T("apps.entry_card")
	case s > iam.StrengthUnknown:
		return p.T("apps.entry_key")
	default:
		return ""
	}
}
