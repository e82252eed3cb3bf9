package profile

import (
	"net/http"
	"slices"
	"time"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// consentsPage is what a person gave to applications.
type consentsPage struct {
	Consents []consentRow
}

type consentRow struct {
	App      web.Person // drawn with its initials
	Scopes   []string   // in words
	Since    time.Time
	Withdraw string // path of the page that asks
}

func (room *Room) showConsents(v visit) error {
	consents, err := room.Sessions.Consents(v.ctx, v.caller)
	if err != nil {
		return err
	}
	n := room.names(v.ctx)
	data := consentsOf(v.words, consents, n)
	if n.err != nil {
		return n.err
	}
	view := v.view(tabConsents, "profile.consents_title")
	view.LeadKey = "profile.consents_lead"
	room.consents.Show(v.w, v.r, http.StatusOK, view, data)
	return nil
}

func consentsOf(p *i18n.Printer, consents []iam.Consent, n *names) consentsPage {
	var data consentsPage
	for _, c := range consents {
		name := n.app(c.App)
		if name == "" {
			name = string(c.App)
		}
		data.Consents = append(data.Consents, consentRow{
			App: web.Person{Name: name}, Scopes: scopesInWords(p, c.Scopes), Since: c.CreatedAt,
			Withdraw: "/profile/consents/" + string(c.App) + "/withdraw",
		})
	}
	return data
}

//i18n:keys profile.scope.* openid profile email offline_access certificate

// scopesInWords says what scopes give (OpenID Connect Core, sections 5.4 and
// 11). A scope that only its application understands is shown as it is.
func scopesInWords(p *i18n.Printer, scopes []string) []string {
	var out []string
	for _, scope := range scopes {
		if key := "profile.scope." + scope; p.Has(key) {
			out = append(out, p.T(key))
		} else {
			out = append(out, p.T("profile.scope_other", "Scope", scope))
		}
	}
	return out
}

// consent returns the caller's consent to the application of the address.
func (room *Room) consent(v visit) (iam.Consent, error) {
	consents, err := room.Sessions.Consents(v.ctx, v.caller)
	if err != nil {
		return iam.Consent{}, err
	}
	i := slices.IndexFunc(consents, func(c iam.Consent) bool { return string(c.App) == v.r.PathValue("app") })
	if i < 0 {
		return iam.Consent{}, iam.NotFound("consent")
	}
	return consents[i], nil
}

func (room *Room) askWithdraw(v visit) error {
	consent, err := room.consent(v)
	if err != nil {
		return err
	}
	n := room.names(v.ctx)
	row := consentsOf(v.words, []iam.Consent{consent}, n).Consents[0]
	if n.err != nil {
		return n.err
	}
	view := under(v.words, v.view(tabConsents, "profile.withdraw_title", "App", row.App.Name), "profile.consents_title", tabConsents)
	room.confirm.Show(v.w, v.r, http.StatusOK, view, askWithdrawOf(v.words, row))
	return nil
}

func askWithdrawOf(p *i18n.Printer, row consentRow) confirmPage {
	return confirmPage{
		Text: p.T("profile.withdraw_text", "App", row.App.Name), Ends: []string{p.T("profile.withdraw_ends_tokens"), p.T("profile.withdraw_ends_asking", "App", row.App.Name)},
		Action: row.Withdraw, Confirm: p.T("profile.withdraw_confirm"), Cancel: tabConsents,
	}
}

func (room *Room) withdraw(v visit) error {
	consent, err := room.consent(v)
	if err != nil {
		return err
	}
	if err := room.Sessions.WithdrawConsent(v.ctx, v.caller, consent.App); err != nil {
		return err
	}
	n := room.names(v.ctx)
	name := n.app(consent.App)
	if n.err != nil {
		return n.err
	}
	return v.done(tabConsents, "profile.withdrawn", "App", name)
}
