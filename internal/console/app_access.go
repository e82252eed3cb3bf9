package console

import (
	"slices"
	"strconv"
	"strings"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// accessPage decides who may enter an application (row S12).
type accessPage struct {
	Action, Cancel  string
	Version         int64
	Wrong           *web.Banner
	CertificateOnly web.Switch
	Authorities     []web.Checkbox
	Strength        *web.Choice // nil for Signet itself
	Members         *web.Switch // nil for Signet itself
}

type accessInput struct {
	Version     int64
	Only        bool
	Authorities []string
	Strength    string
	Members     bool
}

func accessInputOf(a iam.App) accessInput {
	in := accessInput{Version: a.Version, Only: a.CertificateOnly, Members: a.MembersOnly, Strength: strengthText(a.MinStrength)}
	for _, authority := range a.Authorities {
		in.Authorities = append(in.Authorities, authority.SHA256)
	}
	return in
}

// accessOf draws the form. A CA that is demanded and that no login method trusts
// any more stands there too, so that it can be taken out.
func accessOf(p *i18n.Printer, pl place, in accessInput, known []iam.Authority, refused *iam.Error) accessPage {
	data := accessPage{
		Action: pl.prefix + "/access", Cancel: pl.prefix, Version: in.Version, Wrong: banner(p, refused),
		CertificateOnly: web.Switch{Name: "certificate_only", Label: p.T("apps.certificate_only"), Hint: p.T("apps.certificate_only_hint"), On: in.Only},
	}
	listed := map[string]bool{}
	add := func(a iam.Authority, hint string) {
		if listed[a.SHA256] {
			return
		}
		listed[a.SHA256] = true
		data.Authorities = append(data.Authorities, web.Checkbox{
			Name: "authority", Suffix: strconv.Itoa(len(data.Authorities)), Value: a.SHA256, Label: a.Name, Hint: hint, On: slices.Contains(in.Authorities, a.SHA256),
		})
	}
	for _, a := range known {
		add(a, "")
	}
	for _, a := range pl.client.Authorities {
		add(a, p.T("apps.authority_gone"))
	}
	if pl.client.ID != iam.SignetApp {
		wrong := ""
		if refused != nil && refused.Field == "min_strength" {
			data.Wrong, wrong = nil, web.Explain(p, refused)
		}
		if !pl.client.ID.IsOwn() { // an administrator who cannot enter could not take it back
			data.Strength = strengthOf(p, in.Strength, wrong)
		}
		data.Members = &web.Switch{Name: "members_only", Label: p.T("apps.members_only"), Hint: p.T("apps.members_only_hint"), On: in.Members}
	}
	return data
}

func (room *Room) showAccess(v visit) error {
	pl, err := room.accessPlace(v)
	if err != nil {
		return err
	}
	return room.drawAccess(v, pl, accessInputOf(pl.client), nil)
}

func (room *Room) accessPlace(v visit) (place, error) {
	pl, err := room.appPlace(v)
	if err == nil && pl.client.Test {
		return pl, iam.NotFound("page")
	}
	return pl, err
}

func (room *Room) drawAccess(v visit, pl place, in accessInput, refused *iam.Error) error {
	known, err := room.Directory.AuthoritiesOf(v.ctx, v.caller, pl.client)
	if err != nil {
		return err
	}
	view, err := room.appView(v, pl, pl.prefix, "apps.access_title")
	if err != nil {
		return err
	}
	view.LeadKey, view.LeadArgs = "apps.access_lead", []any{"App", pl.client.Name}
	room.access.Show(v.w, v.r, statusOf(refused), view, accessOf(v.words, pl, in, known, refused))
	return nil
}

func (room *Room) changeAccess(v visit) error {
	pl, err := room.accessPlace(v)
	if err != nil {
		return err
	}
	if err := v.r.ParseForm(); err != nil {
		return iam.Invalid("certificate_only", "not_allowed")
	}
	version, err := strconv.ParseInt(v.r.PostFormValue("version"), 10, 64)
	if err != nil {
		version = -1
	}
	in := accessInput{Version: version, Only: v.r.PostFormValue("certificate_only") != "", Members: v.r.PostFormValue("members_only") != "", Authorities: v.r.PostForm["authority"], Strength: v.r.PostFormValue("min_strength")}
	known, err := room.Directory.AuthoritiesOf(v.ctx, v.caller, pl.client)
	if err != nil {
		return err
	}
	a := pl.client
	a.Version, a.CertificateOnly, a.MembersOnly, a.Authorities, a.MinStrength = version, in.Only, in.Members, nil, strengthTyped(in.Strength)
	if in.Only {
		for _, sum := range in.Authorities {
			a.Authorities = append(a.Authorities, named(sum, known, pl.client.Authorities))
		}
	}
	err = room.Directory.EditApp(v.ctx, v.caller, a)
	refused := redrawable(err)
	switch {
	case refused != nil && refused.Cause == "changed_meanwhile":
		if pl, err = room.accessPlace(v); err != nil {
			return err
		}
		in.Version = pl.client.Version
		return room.drawAccess(v, pl, in, refused)
	case refused != nil:
		return room.drawAccess(v, pl, in, refused)
	case err != nil:
		return err
	}
	return v.done(pl.prefix, "apps.access_saved")
}

// named gives a CA that a form names its name.
func named(sum string, lists ...[]iam.Authority) iam.Authority {
	for _, list := range lists {
		for _, a := range list {
			if a.SHA256 == sum {
				return a
			}
		}
	}
	return iam.Authority{SHA256: sum, Name: sum[:min(len(sum), 16)]}
}

// entryOf says in words who may enter.
func entryOf(p *i18n.Printer, a iam.App) (all []string) {
	if a.CertificateOnly {
		var names []string
		for _, authority := range a.Authorities {
			names = append(names, authority.Name)
		}
		if len(names) > 0 {
			all = append(all, p.T("apps.entry_authorities", "Authorities", strings.Join(names, ", ")))
		} else {
			all = append(all, p.T("apps.entry_certificate"))
		}
	}
	if needed := strengthEntry(p, a.MinStrength); needed != "" {
		all = append(all, needed)
	}
	if a.MembersOnly {
		all = append(all, p.T("apps.entry_members"))
	}
	if len(all) == 0 {
		all = []string{p.T("apps.entry_everybody")}
	}
	return all
}
