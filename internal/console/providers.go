package console

import (
	"net/http"
	"slices"
	"time"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/provider"
	"signet/internal/web"
)

// methodsPage is the list of login methods of a place.
type methodsPage struct {
	Create string // path of the templates
	Groups []methodGroup
	None   *web.Empty // where no certificate method exists
}

type methodGroup struct {
	ID, Title, Lead string
	Rows            []methodRow
}

// methodRow is one login method as the sign-in form of a client may have it.
type methodRow struct {
	Name      string
	Line      string // type and owning level
	Icon      string
	Public    bool
	Health    *web.Badge
	Switch    web.Switch
	SwitchTo  string // path of the switch
	Moves     []web.ButtonForm
	Configure string // path; empty where it belongs to another place
	Delete    string
}

func (room *Room) showMethods(v visit) error {
	pl, err := room.place(v)
	if err != nil {
		return err
	}
	w, err := room.Providers.Available(v.ctx, v.caller, pl.client.ID)
	if err != nil {
		return err
	}
	view, err := room.placed(v, pl, "console.methods.title")
	if err != nil {
		return err
	}
	room.methods.Show(v.w, v.r, http.StatusOK, pl.listView(view), methodsOf(v.words, pl, w, v.now, authorities))
	return nil
}

func (pl place) listView(view web.View) web.View {
	view.LeadKey, view.LeadArgs = "console.methods.lead_app", []any{"App", pl.client.Name}
	if pl.atSystem() {
		view.LeadKey, view.LeadArgs = "console.methods.lead_system", nil
	}
	return view
}

// methodsOf groups the methods as the sign-in form shows them.
func methodsOf(p *i18n.Printer, pl place, w provider.Widget, now time.Time, read readAuthorities) methodsPage {
	data := methodsPage{Create: pl.methods() + "/new"}
	groups := map[bool]*methodGroup{
		true:  {ID: "main", Title: p.T("console.methods.group_main"), Lead: p.T("console.methods.group_main_lead")},
		false: {ID: "others", Title: p.T("console.methods.group_others"), Lead: p.T("console.methods.group_others_lead")},
	}
	certificates := false
	for _, o := range w.Offers {
		certificates = certificates || o.Provider.Type == iam.ProviderCertificate
		row := methodRowOf(p, pl, o.Provider, now, read)
		row.Switch.On = true
		groups[o.Main].Rows = append(groups[o.Main].Rows, row)
	}
	for _, main := range []bool{true, false} {
		g := groups[main]
		for i := range g.Rows {
			g.Rows[i].Moves = movesOf(p, &g.Rows[i], main, i == 0, i == len(g.Rows)-1)
		}
		if len(g.Rows) > 0 {
			data.Groups = append(data.Groups, *g)
		}
	}
	off := methodGroup{ID: "off", Title: p.T("console.methods.group_off"), Lead: p.T("console.methods.group_off_lead")}
	for _, m := range w.Off {
		certificates = certificates || m.Type == iam.ProviderCertificate
		off.Rows = append(off.Rows, methodRowOf(p, pl, m, now, read))
	}
	if len(off.Rows) > 0 {
		data.Groups = append(data.Groups, off)
	}
	if !certificates {
		data.None = &web.Empty{
			Icon: "certificate", Title: p.T("console.methods.none"), Text: p.T("console.methods.none_text"),
			Button: &web.Button{Label: p.T("console.methods.create"), Kind: "primary", Icon: "plus", URL: data.Create},
		}
	}
	return data
}

//i18n:keys console.methods.type.* iam.ProviderType
//i18n:keys console.methods.level.* iam.Level

func methodRowOf(p *i18n.Printer, pl place, m iam.Provider, now time.Time, read readAuthorities) methodRow {
	path := pl.method(m.ID)
	row := methodRow{
		Name: m.Name, Icon: iconOf(m.Type), Public: m.Public, SwitchTo: path + "/switch",
		Line:   p.T("console.methods.line", "Type", p.T("console.methods.type."+string(m.Type)), "Level", p.T("console.methods.level."+string(m.Scope.Level))),
		Switch: web.Switch{Name: "on", Suffix: string(m.ID), Label: p.T("console.methods.switch_named", "Name", m.Name), Hidden: true, Submits: true},
	}
	if m.Type == iam.ProviderCertificate {
		badge := healthOf(p, read(m), now)
		row.Health = &badge
	}
	if m.Scope == pl.scope {
		row.Configure = path
		if m.Type != iam.ProviderPassword {
			row.Delete = path + "/delete"
		}
	}
	return row
}

func iconOf(t iam.ProviderType) string {
	if t == iam.ProviderPassword {
		return "password"
	}
	return "certificate"
}

// movesOf are the buttons that arrange a row. They are forms, so that they work
// by keyboard and without scripts.
func movesOf(p *i18n.Printer, row *methodRow, main, first, last bool) []web.ButtonForm {
	to := row.SwitchTo[:len(row.SwitchTo)-len("switch")] + "move"
	move := func(step provider.Step, key, icon string, disabled bool) web.ButtonForm {
		return web.ButtonForm{
			Action: to, Hidden: []web.Hidden{{Name: "step", Value: string(step)}},
			Button: web.Button{Label: p.T(key, "Name", row.Name), Icon: icon, Kind: "quiet", Size: "small", Compact: true, Disabled: disabled},
		}
	}
	moves := []web.ButtonForm{
		move(provider.StepUp, "console.methods.up", "chevron-up", first),
		move(provider.StepDown, "console.methods.down", "chevron-down", last),
	}
	if main {
		return append(moves, move(provider.StepOthers, "console.methods.to_others", "minus", false))
	}
	return append(moves, move(provider.StepMain, "console.methods.to_main", "plus", false))
}

// switchMethod switches a method for the client of the place.
func (room *Room) switchMethod(v visit) error {
	pl, err := room.place(v)
	if err != nil {
		return err
	}
	before, err := room.Providers.Available(v.ctx, v.caller, pl.client.ID)
	if err != nil {
		return err
	}
	id, on := iam.ProviderID(v.r.PathValue("method")), v.r.PostFormValue("on") != ""
	m, err := room.Providers.Provider(v.ctx, id)
	if err != nil || !before.On(id) && !slices.ContainsFunc(before.Off, func(p iam.Provider) bool { return p.ID == id }) {
		return orNotFound(err)
	}
	if before.On(id) == on {
		return v.to(pl.methods()) // pressed twice
	}
	err = room.Providers.Switch(v.ctx, v.caller, pl.client.ID, id, on)
	if refused := iam.AsError(err); refused != nil && refused.Kind == iam.KindConflict {
		return room.refusedMethods(v, pl, before, refused)
	}
	if err != nil {
		return err
	}
	key := "console.methods.switched_off"
	if on {
		key = "console.methods.switched_on"
	} else if after, err := room.Providers.Available(v.ctx, v.caller, pl.client.ID); err != nil {
		return err
	} else if len(after.Offers) == len(before.Offers) {
		key = "console.methods.password_back"
	}
	return v.done(pl.methods(), key, "Name", m.Name, "App", pl.client.Name)
}

// refusedMethods draws the list with the rule that refused.
func (room *Room) refusedMethods(v visit, pl place, w provider.Widget, refused *iam.Error) error {
	view, err := room.placed(v, pl, "console.methods.title")
	if err != nil {
		return err
	}
	view = pl.listView(view)
	view.Notice = &web.Banner{Kind: "danger", Title: web.Explain(v.words, refused)}
	room.methods.Show(v.w, v.r, http.StatusConflict, view, methodsOf(v.words, pl, w, v.now, authorities))
	return nil
}

func (room *Room) moveMethod(v visit) error {
	pl, err := room.place(v)
	if err != nil {
		return err
	}
	step := provider.Step(v.r.PostFormValue("step"))
	if err := room.Providers.Arrange(v.ctx, v.caller, pl.client.ID, iam.ProviderID(v.r.PathValue("method")), step); err != nil {
		return err
	}
	return v.to(pl.methods())
}

func (v visit) to(path string) error {
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

func orNotFound(err error) error {
	if err != nil {
		return err
	}
	return iam.NotFound("provider")
}
