package profile

import (
	"net/http"
	"net/url"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/trust"
	"signet/internal/web"
)

// blockPage asks how an identifier is blocked.
type blockPage struct {
	Wrong       *web.Banner
	Action      string
	Certificate web.Certificate
	Kind        web.Choice
	Reason      web.Field
	Ends        []string
	Cancel      string
}

func blockOf(p *i18n.Printer, identity iam.Identity, card web.Certificate, kind, reason string, here bool, wrong *iam.Error) blockPage {
	page := blockPage{
		Action: pathOf(identity) + "/block", Certificate: card, Cancel: pathOf(identity),
		Kind: web.Choice{Name: "kind", Label: p.T("profile.block_what"), Cards: true, Options: []web.Option{
			{Value: string(iam.BlockKey), Icon: "key", Label: p.T("profile.block_key"), Hint: p.T("profile.block_key_hint"), Selected: kind != string(iam.BlockCertificate)},
			{Value: string(iam.BlockCertificate), Icon: "certificate", Label: p.T("profile.block_certificate"), Hint: p.T("profile.block_certificate_hint"), Selected: kind == string(iam.BlockCertificate)},
		}},
		Reason: web.Field{Name: "reason", Label: p.T("profile.block_reason"), Hint: p.T("profile.block_reason_hint"), Value: reason, Max: trust.MaxReason, Autocomplete: "off"},
		Ends:   []string{p.T("profile.block_ends_use"), p.T("profile.block_ends_sessions"), p.T("profile.block_ends_undo")},
	}
	if here {
		page.Ends = append(page.Ends, p.T("profile.remove_ends_here"))
	}
	if wrong != nil {
		switch wrong.Field {
		case "kind":
			page.Kind.Error = web.Explain(p, wrong)
		case "reason":
			page.Reason.Error = web.Explain(p, wrong)
		default:
			page.Wrong = &web.Banner{Kind: "danger", Title: web.Explain(p, wrong)}
		}
	}
	return page
}

func pathOf(identity iam.Identity) string {
	return "/profile/identifiers/" + url.PathEscape(string(identity.ID))
}

func (room *Room) askBlock(v visit) error { return room.drawBlock(v, nil) }

func (room *Room) drawBlock(v visit, wrong *iam.Error) error {
	identity, _, err := room.mine(v)
	if err != nil {
		return err
	}
	sessions, err := room.Sessions.Mine(v.ctx, v.caller)
	if err != nil {
		return err
	}
	here := false
	for _, s := range sessions {
		here = here || s.ID == v.caller.Session && s.Identity == identity.ID
	}
	status := http.StatusOK
	if wrong != nil {
		status = http.StatusUnprocessableEntity
	}
	view := under(v.words, v.view(tabProfile, "profile.block_title"), "profile.identifiers", tabProfile)
	room.blocking.Show(v.w, v.r, status, view, blockOf(v.words, identity, cardOf(v.words, v.now, identity), v.r.PostFormValue("kind"), v.r.PostFormValue("reason"), here, wrong))
	return nil
}

func (room *Room) block(v visit) error {
	identity, _, err := room.mine(v)
	if err != nil {
		return err
	}
	_, err = room.Trust.BlockIdentity(v.ctx, v.caller, v.user.ID, identity.ID, iam.BlockKind(v.r.PostFormValue("kind")), v.r.PostFormValue("reason"))
	if refused := iam.AsError(err); refused != nil && (refused.Kind == iam.KindInvalid || refused.Kind == iam.KindConflict) {
		return room.drawBlock(v, refused)
	}
	if err != nil {
		return err
	}
	return v.done(tabProfile, "profile.block_done", "Name", nameOf(identity))
}

// addTrust tells on the page of an identifier that it is blocked, or that its
// issuer has revoked it.
func (room *Room) addTrust(v visit, identity iam.Identity, page *identifierPage) error {
	block, err := room.Trust.BlockOf(v.ctx, v.caller, v.user.ID, identity)
	if err != nil {
		return err
	}
	if block != nil {
		page.Blocked = blockedOf(v.words, *block)
		page.Certificate.State = "refused"
	}
	w, err := room.Trust.WithdrawalOf(v.ctx, v.caller, v.user.ID, identity.ID)
	if err != nil {
		return err
	}
	if w != nil {
		page.Certificate.State = "revoked"
		page.Withdrawn = &web.Banner{Kind: "danger", Title: v.words.T("profile.revoked_by_issuer", "Date", v.words.Date(w.RevokedAt)), Text: v.words.T("profile.revoked_by_issuer_text")}
	}
	return nil
}

func blockedOf(p *i18n.Printer, b iam.CertificateBlock) *web.Banner {
	banner := &web.Banner{Kind: "danger", Icon: "block", Title: p.T("profile.is_blocked", "Date", p.DateTime(b.CreatedAt)), Text: p.T("profile.is_blocked_by_administrator")}
	if b.ByOwner {
		banner.Text = p.T("profile.is_blocked_by_you")
	}
	return banner
}
