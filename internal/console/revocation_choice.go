package console

import (
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

//i18n:keys console.trust.mode.* iam.RevocationMode
//i18n:keys console.trust.mode_hint.* iam.RevocationMode

// revocationOf asks how revocation is checked for the CAs that are added. Nothing
// is chosen before somebody chooses: a default would decide for administrators
// what they may not even know of.
func revocationOf(p *i18n.Printer, chosen, wrong string) web.Choice {
	c := web.Choice{Name: "revocation", Label: p.T("console.trust.choose"), Hint: p.T("console.trust.choose_hint"), Error: wrong, Cards: true}
	c.Options = modeOptions(p, chosen)
	return c
}

func modeOptions(p *i18n.Printer, chosen string) (options []web.Option) {
	for _, o := range []web.Option{
		{Value: string(iam.RevocationRequired), Icon: "shield-check"}, {Value: string(iam.RevocationBestEffort), Icon: "check-circle"},
		{Value: string(iam.RevocationShortLived), Icon: "clock"}, {Value: string(iam.RevocationNone), Icon: "x-circle"},
	} {
		o.Label, o.Hint, o.Selected = p.T("console.trust.mode."+o.Value), p.T("console.trust.mode_hint."+o.Value), o.Value == chosen
		options = append(options, o)
	}
	return options
}
