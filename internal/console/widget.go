package console

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/picture"
	"signet/internal/provider"
	"signet/internal/web"
)

// widgetPage is the form of how the sign-in form looks at a place.
type widgetPage struct {
	Action, Cancel string
	Version        int64
	Wrong          *web.Banner
	Title          web.Field
	Logo, Cover    logoField
	CoverMode      *web.Choice // nil where nothing is below
	SignUp         web.Choice
	Accent, Ground web.Field
	Inside, Below  web.Field
	Footer, Links  web.Field
	Logos          []footLogo
	Logo4          web.Field // adds one
	Preview        *widgetPreview
}

type footLogo struct {
	ID, Picture string
	Remove      web.Checkbox
}

// widgetInput is what was typed, as typed.
type widgetInput struct {
	iam.Appearance
	links              string
	logo, cover, extra []byte
}

func (room *Room) showWidget(v visit) error {
	pl, err := room.place(v)
	if err != nil {
		return err
	}
	a, err := room.Providers.Appearance(v.ctx, v.caller, pl.scope)
	if err != nil {
		return err
	}
	return room.drawWidget(v, pl, widgetInput{Appearance: a, links: linkText(a.Links)}, nil, nil)
}

func (room *Room) drawWidget(v visit, pl place, in widgetInput, wrong *iam.Error, notice *web.Banner) error {
	w, err := room.Providers.Available(v.ctx, v.caller, pl.client.ID)
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
	view, err := room.placed(v, pl, "console.widget.title")
	if err != nil {
		return err
	}
	view = pl.widgetView(view, look)
	data := widgetOf(v.words, pl, in, w, look, set, wrong)
	if notice != nil {
		data.Wrong = notice
	}
	room.widget.Show(v.w, v.r, statusOf(wrong), view, data)
	return nil
}

func (pl place) widgetView(view web.View, look iam.Look) web.View {
	view.LeadKey, view.LeadArgs = "console.widget.lead_app", []any{"App", pl.client.Name}
	if pl.atSystem() {
		view.LeadKey, view.LeadArgs = "console.widget.lead_system", nil
	}
	view.Wide, view.Theme, view.Scripts = true, web.ThemePath(pl.client.ID, look), []string{"widget.js"}
	return view
}

// back is where the block stands that leads to the form.
func (pl place) back() string {
	if pl.atSystem() {
		return tabSettings
	}
	return pl.prefix
}

func (pl place) widget() string { return pl.prefix + "/widget" }

func (room *Room) changeWidget(v visit) error {
	pl, err := room.place(v)
	if err != nil {
		return err
	}
	in, err := readWidget(v.r)
	if err == nil || redrawable(err) != nil {
		// Also where something else is refused: a browser does not send a file twice.
		if failed := room.bringPictures(v, pl, &in); err == nil || failed != nil && redrawable(failed) == nil {
			err = failed
		}
	}
	if err == nil {
		err = room.Providers.SetAppearance(v.ctx, v.caller, pl.scope, in.Appearance)
	}
	if refused := redrawable(err); refused != nil {
		if refused.Cause == "changed_meanwhile" {
			// What was typed stays; saved again it stands over the other's.
			present, err := room.Providers.Appearance(v.ctx, v.caller, pl.scope)
			if err != nil {
				return err
			}
			in.Version = present.Version
			return room.drawWidget(v, pl, in, refused, widgetConflict(v.words, present, in))
		}
		return room.drawWidget(v, pl, in, refused, nil)
	}
	if err != nil {
		return err
	}
	return v.done(pl.widget(), "console.widget.saved")
}

// widgetConflict tells the second of two administrators what the first one has that
// they have not.
func widgetConflict(p *i18n.Printer, present iam.Appearance, mine widgetInput) *web.Banner {
	mode := func(prefix, chosen, none string) string { return p.T(prefix + cmp.Or(chosen, none)) }
	some := func(n int) string {
		if n == 0 {
			return ""
		}
		return p.Number(n)
	}
	return theirs(p, []differing{
		{p.T("console.widget.title_field"), present.Title, mine.Title},
		{p.T("console.widget.sign_up"), mode("console.widget.sign_up.", string(present.SignUp), "inherited"), mode("console.widget.sign_up.", string(mine.SignUp), "inherited")},
		{p.T("console.widget.inside"), present.Inside, mine.Inside}, {p.T("console.widget.below"), present.Below, mine.Below},
		{p.T("console.widget.logo"), logoWord(p, present.Logo, mine.Logo), logoWord(p, mine.Logo, mine.Logo)},
		{p.T("console.widget.accent"), present.Accent, strings.ToLower(mine.Accent)}, {p.T("console.widget.ground"), present.Ground, strings.ToLower(mine.Ground)},
		{p.T("console.widget.cover"), logoWord(p, present.Cover, mine.Cover), logoWord(p, mine.Cover, mine.Cover)},
		{p.T("console.widget.cover_mode"), mode("console.widget.cover.", string(present.CoverMode), "none"), mode("console.widget.cover.", string(mine.CoverMode), "none")},
		{p.T("console.widget.footer"), present.Footer, mine.Footer},
		{p.T("console.widget.links"), linkText(present.Links), strings.ReplaceAll(mine.links, "\r", "")},
		{p.T("console.widget.logos"), some(len(present.Logos)), some(len(mine.Logos))},
	})
}

// readWidget reads the form.
func readWidget(r *http.Request) (in widgetInput, err error) {
	if err := r.ParseMultipartForm(maxAuthoritiesFile); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return in, fmt.Errorf("read form of the widget: %w", err)
	}
	get := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	kept := func(name string) iam.PictureID {
		if get(name+"_remove") != "" {
			return ""
		}
		return iam.PictureID(get(name))
	}
	in.Appearance = iam.Appearance{
		Title: get("title"), Logo: kept("logo_kept"), Cover: kept("cover_kept"), CoverMode: iam.CoverMode(get("cover_mode")), SignUp: iam.SignUpMode(get("sign_up")), Accent: get("accent"), Ground: get("ground"),
		Inside: get("inside"), Below: get("below"), Footer: get("footer"),
	}
	in.links = get("links")
	for _, id := range r.PostForm["logos"] {
		if !slices.Contains(r.PostForm["logos_remove"], id) {
			in.Logos = append(in.Logos, iam.PictureID(id))
		}
	}
	if in.Version, err = strconv.ParseInt(get("version"), 10, 64); err != nil {
		in.Version = 0
	}
	for _, f := range []struct {
		name string
		to   *[]byte
	}{{"logo", &in.logo}, {"cover", &in.cover}, {"extra", &in.extra}} {
		if *f.to, err = fileOf(r, f.name); err != nil {
			return in, err
		}
	}
	in.Links, err = linksOf(in.links)
	return in, err
}

// linksOf reads one link a line: its words, a space, its address.
func linksOf(text string) (links []iam.FooterLink, err error) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		i := strings.LastIndexAny(line, " \t")
		if i < 0 {
			return nil, iam.Invalid("links", "link_malformed")
		}
		links = append(links, iam.FooterLink{Label: strings.TrimSpace(line[:i]), URL: line[i+1:]})
	}
	return links, nil
}

func linkText(links []iam.FooterLink) string {
	var b strings.Builder
	for _, l := range links {
		b.WriteString(l.Label + " " + l.URL + "\n")
	}
	return strings.TrimSpace(b.String())
}

// bringPictures keeps the pictures that were sent with the form.
func (room *Room) bringPictures(v visit, pl place, in *widgetInput) error {
	for _, p := range []struct {
		field string
		data  []byte
		use   picture.Use
		keep  func(iam.PictureID)
	}{
		{"logo", in.logo, picture.Logo, func(id iam.PictureID) { in.Logo = id }},
		{"cover", in.cover, picture.Cover, func(id iam.PictureID) { in.Cover = id }},
		{"extra", in.extra, picture.Logo, func(id iam.PictureID) { in.Logos = append(in.Logos, id) }},
	} {
		if len(p.data) == 0 {
			continue
		}
		id, err := room.Providers.BringPicture(v.ctx, v.caller, pl.scope, p.data, p.use)
		if refused := iam.AsError(err); refused != nil && refused.Field == "picture" {
			told := *refused
			told.Field = p.field // which of the three it was
			return &told
		}
		if err != nil {
			return err
		}
		p.keep(id)
	}
	return nil
}

// widgetOf draws the form with the input, and the refusal beside its field.
func widgetOf(p *i18n.Printer, pl place, in widgetInput, w provider.Widget, look iam.Look, set iam.Settings, wrong *iam.Error) widgetPage {
	fault := func(field string) string {
		if wrong == nil || wrong.Field != field {
			return ""
		}
		return web.Explain(p, wrong)
	}
	optional := p.T("console.methods.optional")
	field := func(name, value, label, hint string, max int) web.Field {
		return web.Field{Name: name, Value: value, Label: label, Hint: hint, Max: max, Optional: optional, Autocomplete: "off", Error: fault(name)}
	}
	text := func(name, value, label, hint string, max, rows int) web.Field {
		f := field(name, value, label, hint, max)
		f.Type, f.Rows, f.Counter = "textarea", rows, max > 0
		return f
	}
	data := widgetPage{
		Action: pl.widget(), Cancel: pl.back(), Version: in.Version,
		Title:  field("title", in.Title, p.T("console.widget.title_field"), p.T("console.widget.title_hint"), provider.MaxTitleLength),
		Logo:   widgetPicture(p, "logo", in.Logo, p.T("console.widget.logo"), p.T("console.widget.logo_hint"), fault("logo")),
		Cover:  widgetPicture(p, "cover", in.Cover, p.T("console.widget.cover"), p.T("console.widget.cover_hint"), fault("cover")),
		Accent: field("accent", in.Accent, p.T("console.widget.accent"), p.T("console.widget.accent_hint"), 7),
		Ground: field("ground", in.Ground, p.T("console.widget.ground"), p.T("console.widget.ground_hint"), 7),
		Inside: text("inside", in.Inside, p.T("console.widget.inside"), p.T("console.widget.html_hint"), provider.MaxTextLength, 3),
		Below:  text("below", in.Below, p.T("console.widget.below"), p.T("console.widget.html_hint"), provider.MaxTextLength, 3),
		Footer: field("footer", in.Footer, p.T("console.widget.footer"), p.T("console.widget.footer_hint"), provider.MaxFooterLength),
		Links:  text("links", in.links, p.T("console.widget.links"), p.T("console.widget.links_hint"), 0, 3),
		Logo4:  web.Field{Name: "extra", Type: "file", Label: p.T("console.widget.logos_add"), Hint: p.T("console.widget.logos_hint"), Accept: pictureTypes, Optional: optional, Error: fault("extra")},
	}
	data.Accent.Mono, data.Accent.Placeholder, data.Ground.Mono, data.Ground.Placeholder = true, "#0b6e4f", true, "#f4f6f5"
	data.Links.Mono, data.Links.Placeholder = true, p.T("console.widget.links_example")
	for i, id := range in.Logos {
		data.Logos = append(data.Logos, footLogo{ID: string(id), Picture: web.PicturePath(id), Remove: web.Checkbox{
			Name: "logos_remove", Suffix: strconv.Itoa(i), Value: string(id), Label: p.T("console.widget.logos_remove", "Number", strconv.Itoa(i+1)),
		}})
	}
	if pl.scope.Level != iam.LevelApplication {
		data.CoverMode = coverModeOf(p, in.CoverMode, fault("cover_mode"))
	}
	data.SignUp = signUpOf(p, pl, in.SignUp, fault("sign_up"))
	if data.Wrong = refusal(p, wrong); wrong != nil && wrong.Field == "picture" {
		data.Wrong = banner(p, wrong) // one of the foot, which has no field
	}
	data.Preview = previewOf(p, w, look, set)
	return data
}

//i18n:keys console.widget.sign_up.* inherited shown hidden

// signUpOf chooses whether the form shows "Create account". The system inherits
// from nobody.
func signUpOf(p *i18n.Printer, pl place, chosen iam.SignUpMode, wrong string) web.Choice {
	c := web.Choice{Name: "sign_up", Label: p.T("console.widget.sign_up"), Hint: p.T("console.widget.sign_up_hint"), Error: wrong}
	for _, mode := range []iam.SignUpMode{iam.SignUpInherited, iam.SignUpShown, iam.SignUpHidden} {
		key := cmp.Or(string(mode), "inherited")
		if mode == iam.SignUpInherited && pl.atSystem() {
			continue
		}
		c.Options = append(c.Options, web.Option{Value: string(mode), Label: p.T("console.widget.sign_up." + key), Selected: mode == chosen})
	}
	return c
}

const pictureTypes = "image/png,image/jpeg,image/gif,image/webp"

func widgetPicture(p *i18n.Printer, name string, id iam.PictureID, label, hint, wrong string) logoField {
	f := logoField{Icon: "image", Kept: string(id), Picture: web.PicturePath(id), File: web.Field{
		Name: name, Type: "file", Label: label, Hint: hint, Accept: pictureTypes, Optional: p.T("console.methods.optional"), Error: wrong,
	}}
	if id != "" {
		f.Remove = &web.Checkbox{Name: name + "_kept_remove", Label: p.T("console.widget.remove_" + name)}
	}
	return f
}

//i18n:keys console.widget.remove_* logo cover
//i18n:keys console.widget.cover.* none default enforced
//i18n:keys console.widget.cover_hint.* none default enforced

func coverModeOf(p *i18n.Printer, chosen iam.CoverMode, wrong string) *web.Choice {
	c := &web.Choice{Name: "cover_mode", Label: p.T("console.widget.cover_mode"), Error: wrong, Cards: true}
	for _, mode := range []iam.CoverMode{iam.CoverNone, iam.CoverDefault, iam.CoverEnforced} {
		key := string(mode)
		if mode == iam.CoverNone {
			key = "none"
		}
		c.Options = append(c.Options, web.Option{Value: string(mode), Label: p.T("console.widget.cover." + key), Hint: p.T("console.widget.cover_hint." + key), Selected: mode == chosen})
	}
	return c
}
