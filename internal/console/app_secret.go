package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"signet/internal/directory"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// secretRow is one secret of an application: when it was made and until when it
// works. The secret itself is not kept.
type secretRow struct {
	Line   string
	Badge  web.Badge
	Revoke *web.Button // leads to the page that asks; nil for the only one
}

func secretsOf(p *i18n.Printer, pl place, secrets []iam.AppSecret) (rows []secretRow) {
	for i, s := range secrets {
		row := secretRow{Line: p.T("apps.secret_made", "Date", p.DateTime(s.CreatedAt)), Badge: web.Badge{Kind: "success", Label: p.T("apps.secret_valid")}}
		if !s.ExpiresAt.IsZero() {
			row.Badge = web.Badge{Kind: "warning", Icon: "clock", Label: p.T("apps.secret_until", "Date", p.DateTime(s.ExpiresAt))}
		}
		if len(secrets) > 1 {
			row.Revoke = &web.Button{Label: p.T("apps.secret_revoke", "Number", i+1), URL: pl.prefix + "/secrets/" + url.PathEscape(s.ID) + "/revoke", Size: "small", Icon: "trash"}
		}
		rows = append(rows, row)
	}
	return rows
}

// overlaps are for how long the old secret can go on working beside a new one.
var overlaps = []time.Duration{0, time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour, directory.MaxOverlap}

func overlapOf(p *i18n.Printer) web.Choice {
	c := web.Choice{Name: "overlap", Label: p.T("apps.overlap"), Hint: p.T("apps.overlap_hint")}
	for _, d := range overlaps {
		hours := int(d / time.Hour)
		label := p.T("apps.overlap_none")
		switch {
		case hours >= 24:
			label = p.N("apps.overlap_days", hours/24)
		case hours > 0:
			label = p.N("apps.overlap_hours", hours)
		}
		c.Options = append(c.Options, web.Option{Value: strconv.Itoa(hours), Label: label, Selected: d == 24*time.Hour})
	}
	return c
}

// rotateSecret makes a new secret and leads to the page that shows it once. A
// form that is sent twice makes one: it holds the version that it was made for.
func (room *Room) rotateSecret(v visit) error {
	pl, err := room.ownApp(v)
	if err != nil {
		return err
	}
	hours, err := strconv.Atoi(v.r.PostFormValue("overlap"))
	if err != nil {
		hours = -1
	}
	version, err := strconv.ParseInt(v.r.PostFormValue("version"), 10, 64)
	if err != nil {
		version = -1
	}
	secret, err := room.Directory.RotateAppSecretOf(v.ctx, v.caller, pl.client.ID, version, time.Duration(min(hours, 1<<20))*time.Hour)
	if refused := redrawable(err); refused != nil {
		return room.drawApp(v, pl, refused)
	}
	if err != nil {
		return err
	}
	showOnce(v.w, pl.client.ID, secret)
	return v.done(pl.prefix+"/connect", "apps.secret_done")
}

// askRevokeSecret asks before a secret stops working: taking back the one that
// the application uses would keep everybody out of it.
func (room *Room) askRevokeSecret(v visit) error {
	pl, err := room.ownApp(v)
	if err != nil {
		return err
	}
	secrets, err := room.Directory.AppSecretsOf(v.ctx, v.caller, pl.client)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(secrets, func(s iam.AppSecret) bool { return s.ID == v.r.PathValue("secret") })
	if i < 0 {
		return iam.NotFound("application_secret")
	}
	view, err := room.appView(v, pl, pl.prefix, "apps.revoke_title")
	if err != nil {
		return err
	}
	room.askApp.Show(v.w, v.r, http.StatusOK, view, revokeOf(v.words, pl, secrets[i]))
	return nil
}

func revokeOf(p *i18n.Printer, pl place, s iam.AppSecret) askAppPage {
	return askAppPage{
		Text: p.T("apps.revoke_text", "Date", p.DateTime(s.CreatedAt), "App", pl.client.Name), Confirm: p.T("apps.revoke_button"),
		Action: pl.prefix + "/secrets/" + url.PathEscape(s.ID) + "/revoke", Cancel: pl.prefix,
	}
}

func (room *Room) revokeSecret(v visit) error {
	pl, err := room.ownApp(v)
	if err != nil {
		return err
	}
	err = room.Directory.RevokeAppSecret(v.ctx, v.caller, pl.client.ID, v.r.PathValue("secret"))
	if iam.IsNotFound(err) {
		return v.to(pl.prefix) // pressed twice, or it has ended by itself
	}
	if refused := redrawable(err); refused != nil {
		return room.drawApp(v, pl, refused)
	}
	if err != nil {
		return err
	}
	return v.done(pl.prefix, "apps.secret_revoked")
}
