package console

import (
	"cmp"
	"context"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/provider"
	"signet/internal/web"
	"signet/internal/words"
)

// methodsPage is the list of login methods of a place.
type methodsPage struct {
	Create  string // path of the templates
	Paste   string // path of the form for copied settings
	Hosts   []web.Banner
	Groups  []methodGroup
	None    *web.Empty // where no certificate method exists
	Arrange *arrangeForm
	Preview *widgetPreview
	Adapt   string // path of the form of what the sign-in form looks like
	Try     string // path of the form that opens the test application; empty where there is none
}

type methodGroup struct {
	ID, Title, Lead string
	Rows            []methodRow
}

// arrangeForm is what dragging sends: the order that the page shows, and the one
// that was made of it.
type arrangeForm struct{ Action, Main, Others string }

// widgetPreview is the sign-in form as people see it now.
type widgetPreview struct {
	Title, App    string
	Logo          string
	Inside, Below template.HTML // sanitised when stored
	Password      bool
	Methods       web.Methods
	Register      bool // "Create account"
}

// methodRow is one login method as the sign-in form of a client may have it.
type methodRow struct {
	ID        string
	Name      string
	Line      string // type and owning level
	Icon      string
	Picture   string // address of its logo
	Public    bool
	Required  bool
	Health    []web.Badge
	Switch    web.Switch
	SwitchTo  string // path of the switch
	Moves     []web.ButtonForm
	Configure string // path; empty where it belongs to another place
	Delete    string
	Copy      string
	Require   *web.Button // a link that asks before it makes required or optional
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
	look, err := room.Providers.LookOf(v.ctx, pl.client.ID)
	if err != nil {
		return err
	}
	set, err := room.Directory.Settings(v.ctx)
	if err != nil {
		return err
	}
	view = pl.listView(view)
	view.Theme = web.ThemePath(pl.client.ID, look)
	room.methods.Show(v.w, v.r, http.StatusOK, view, methodsOf(v.words, pl, w, v.now, authorities, room.hosts(v.ctx), look, set))
	return nil
}

// HostState is how a certificate host does, seen from the server.
type HostState struct {
	Host  string
	Fault string // code; empty where people can reach it
}

//i18n:keys console.methods.host_fault.* unreachable wrong_certificate expired asks_nothing

// hosts asks how the certificate hosts do; nothing where nobody can say.
func (room *Room) hosts(ctx context.Context) []HostState {
	if room.Hosts == nil {
		return nil
	}
	return room.Hosts(ctx)
}

func (pl place) listView(view web.View) web.View {
	view.Wide, view.Scripts = true, []string{"methods.js"}
	view.LeadKey, view.LeadArgs = "console.methods.lead_app", []any{"App", pl.client.Name}
	if pl.atSystem() {
		view.LeadKey, view.LeadArgs = "console.methods.lead_system", nil
	}
	return view
}

// methodsOf groups the methods as the sign-in form shows them.
func methodsOf(p *i18n.Printer, pl place, w provider.Widget, now time.Time, read readAuthorities, hosts []HostState, look iam.Look, set iam.Settings) methodsPage {
	order := provider.OrderOf(w.Offers)
	w = translated(p, w)
	data := methodsPage{
		Create: pl.methods() + "/new", Paste: pl.methods() + "/paste", Preview: previewOf(p, w, look, set),
		Adapt:   pl.widget(),
		Try:     pl.tryForm(),
		Arrange: &arrangeForm{Action: pl.methods() + "/arrange", Main: joined(order.Main), Others: joined(order.Others)},
	}
	for _, h := range hosts {
		if h.Fault != "" {
			data.Hosts = append(data.Hosts, web.Banner{Kind: "warning", Title: p.T("console.methods.host_fault."+h.Fault, "Host", h.Host), Text: p.T("console.methods.host_fault_text")})
		}
	}
	groups := []methodGroup{
		{ID: "main", Title: p.T("console.methods.group_main"), Lead: p.T("console.methods.group_main_lead")},
		{ID: "others", Title: p.T("console.methods.group_others"), Lead: p.T("console.methods.group_others_lead")},
		{ID: "off", Title: p.T("console.methods.group_off"), Lead: p.T("console.methods.group_off_lead")},
	}
	certificates := false
	for _, o := range w.Offers {
		certificates = certificates || o.Provider.Type == iam.ProviderCertificate
		row := methodRowOf(p, pl, o.Provider, now, read, hosts)
		row.Switch.On, row.Required = true, o.Required
		row.Require = requireOf(p, pl, o)
		g := &groups[1]
		if o.Main {
			g = &groups[0]
		}
		g.Rows = append(g.Rows, row)
	}
	for n := range groups[:2] {
		g := &groups[n]
		for i := range g.Rows {
			g.Rows[i].Moves = movesOf(p, &g.Rows[i], n == 0, i == 0, i == len(g.Rows)-1)
		}
	}
	for _, m := range w.Off {
		certificates = certificates || m.Type == iam.ProviderCertificate
		groups[2].Rows = append(groups[2].Rows, methodRowOf(p, pl, m, now, read, hosts))
	}
	data.Groups = groups
	if !certificates {
		data.None = &web.Empty{
			Icon: "certificate", Title: p.T("console.methods.none"), Text: p.T("console.methods.none_text"),
			Button: &web.Button{Label: p.T("console.methods.create"), Kind: "primary", Icon: "plus", URL: data.Create},
		}
	}
	return data
}

func joined(ids []iam.ProviderID) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = string(id)
	}
	return strings.Join(texts, ",")
}

// translated calls the password method as readers do, unless somebody has named it.
func translated(p *i18n.Printer, w provider.Widget) provider.Widget {
	name := func(m *iam.Provider) {
		m.Name = words.Method(p, *m)
	}
	w.Offers, w.Off = slices.Clone(w.Offers), slices.Clone(w.Off)
	for i := range w.Offers {
		name(&w.Offers[i].Provider)
	}
	for i := range w.Off {
		name(&w.Off[i])
	}
	return w
}

// tryForm is the path that opens the test application for the form of a place
// (row S45). An organization's own client has no page of an application.
func (pl place) tryForm() string {
	switch {
	case pl.client.Test, pl.atOrganization():
		return ""
	default:
		return "/applications/" + url.PathEscape(string(pl.client.ID)) + "/try"
	}
}

// previewOf draws the sign-in form with what is switched on.
func previewOf(p *i18n.Printer, w provider.Widget, look iam.Look, set iam.Settings) *widgetPreview {
	v := &widgetPreview{
		Title: cmp.Or(look.Title, p.T("signin.title", "App", w.App.Name)), App: w.App.Name, Logo: web.PicturePath(cmp.Or(look.Logo, set.Logo)),
		Inside: template.HTML(look.Inside), Below: template.HTML(look.Below), //nolint:gosec // see provider.SetAppearance
		Methods: web.Methods{Label: p.T("signin.other_methods")}, Register: login.Registrable(w.App, w.Offers, set, look),
	}
	for _, o := range w.Offers {
		if o.Provider.Type == iam.ProviderPassword {
			v.Password = v.Password || !w.App.CertificateOnly
			continue
		}
		b := web.Method{ID: string(o.Provider.ID), Text: p.T("signin.with", "Method", o.Provider.Name), Icon: iconOf(o.Provider.Type), Picture: web.PicturePath(o.Provider.Picture)}
		if o.Main {
			v.Methods.Main = append(v.Methods.Main, b)
		} else {
			v.Methods.Others = append(v.Methods.Others, b)
		}
	}
	v.Methods.Primary = !v.Password
	return v
}

//i18n:keys console.methods.type.* iam.ProviderType
//i18n:keys console.methods.level.* iam.Level

func methodRowOf(p *i18n.Printer, pl place, m iam.Provider, now time.Time, read readAuthorities, hosts []HostState) methodRow {
	path := pl.method(m.ID)
	row := methodRow{
		ID: string(m.ID), Name: m.Name, Icon: iconOf(m.Type), Picture: web.PicturePath(m.Picture), Public: m.Public, SwitchTo: path + "/switch",
		Line:   p.T("console.methods.line", "Type", p.T("console.methods.type."+string(m.Type)), "Level", p.T("console.methods.level."+string(m.Scope.Level))),
		Switch: web.Switch{Name: "on", Suffix: string(m.ID), Label: p.T("console.methods.switch_named", "Name", m.Name), Hidden: true, Submits: true},
	}
	if m.Type == iam.ProviderCertificate {
		row.Health = []web.Badge{healthOf(p, read(m), now)}
		if badge := hostHealth(p, m, hosts); badge != nil {
			row.Health = append(row.Health, *badge)
		}
	}
	if m.Scope == pl.scope {
		row.Configure = path
		if m.Type != iam.ProviderPassword {
			row.Delete, row.Copy = path+"/delete", path+"/copy"
		}
	}
	return row
}

// hostHealth says whether people can reach the certificate host of a method; nil
// where nobody knows. Pure.
func hostHealth(p *i18n.Printer, m iam.Provider, hosts []HostState) *web.Badge {
	chosen := ""
	if m.Settings.Certificate != nil {
		chosen = m.Settings.Certificate.Host
	}
	found, reachable := false, false
	for _, h := range hosts {
		if chosen == "" || h.Host == chosen {
			found, reachable = true, reachable || h.Fault == ""
		}
	}
	switch {
	case len(hosts) == 0:
		return nil
	case !found:
		return &web.Badge{Kind: "warning", Icon: "alert", Label: p.T("console.methods.host_unknown")}
	case !reachable:
		return &web.Badge{Kind: "danger", Icon: "x-circle", Label: p.T("console.methods.host_down")}
	default:
		return &web.Badge{Kind: "success", Icon: "check", Label: p.T("console.methods.host_up")}
	}
}

// requireOf is the link that makes a method required or optional.
func requireOf(p *i18n.Printer, pl place, o iam.Offer) *web.Button {
	if o.Provider.Type != iam.ProviderCertificate {
		return nil
	}
	b := web.Button{Label: p.T("console.methods.require_named", "Name", o.Provider.Name), URL: pl.method(o.Provider.ID) + "/require", Icon: "star", Kind: "quiet", Size: "small", Compact: true}
	if o.Required {
		b.Label, b.Kind = p.T("console.methods.optional_named", "Name", o.Provider.Name), "primary"
	}
	return &b
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
	look, err := room.Providers.LookOf(v.ctx, pl.client.ID)
	if err != nil {
		return err
	}
	set, err := room.Directory.Settings(v.ctx)
	if err != nil {
		return err
	}
	view.Theme = web.ThemePath(pl.client.ID, look)
	room.methods.Show(v.w, v.r, http.StatusConflict, view, methodsOf(v.words, pl, w, v.now, authorities, room.hosts(v.ctx), look, set))
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

// arrangeMethods takes what was dragged: the whole order at once.
func (room *Room) arrangeMethods(v visit) error {
	pl, err := room.place(v)
	if err != nil {
		return err
	}
	ids := func(field string) (all []iam.ProviderID) {
		for _, id := range strings.FieldsFunc(v.r.PostFormValue(field), func(r rune) bool { return r == ',' }) {
			all = append(all, iam.ProviderID(id))
		}
		return all
	}
	before, after := provider.Order{Main: ids("before_main"), Others: ids("before_others")}, provider.Order{Main: ids("main"), Others: ids("others")}
	err = room.Providers.Place(v.ctx, v.caller, pl.client.ID, before, after)
	if refused := iam.AsError(err); refused != nil && refused.Kind == iam.KindConflict {
		present, err := room.Providers.Available(v.ctx, v.caller, pl.client.ID)
		if err != nil {
			return err
		}
		return room.refusedMethods(v, pl, present, refused)
	}
	if err != nil {
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
