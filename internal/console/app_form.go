package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"signet/internal/directory"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// appForm is the form of an application, for a new one and for a change.
type appForm struct {
	Action    string
	ID        iam.AppID // of a new one: a form that is sent twice makes one
	Org       iam.OrgID
	Version   int64
	Submit    string
	Cancel    string
	Wrong     *web.Banner
	Name      web.Field
	Type      *web.Choice // nil where it cannot be chosen any more
	Redirects web.Field
	AfterOut  web.Field
	Told      web.Field
	Access    web.Field
	Refresh   web.Field
	Algorithm web.Choice
	Shown     web.Switch  // facts of certificates
	Skip      *web.Switch // nil where it is not the caller's
}

// appInput is what was typed, kept as typed.
type appInput struct {
	Name, Type, Redirects, AfterOut string
	Told                            string
	Access, Refresh, Algorithm      string
	Skip, Shown                     bool
	Version                         int64
}

func appInputOf(a iam.App) appInput {
	return appInput{
		Name: a.Name, Type: string(a.Type), Redirects: strings.Join(a.RedirectURIs, "\n"), AfterOut: strings.Join(a.PostLogoutRedirectURIs, "\n"), Told: a.BackchannelLogoutURI,
		Access: inUnits(a.AccessTokenTTL, time.Minute), Refresh: inUnits(a.RefreshTokenTTL, time.Hour), Algorithm: a.SigningAlgorithm, Skip: a.SkipConsent, Shown: a.CertificateClaims, Version: a.Version,
	}
}

func inUnits(d, unit time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(unit), 'f', -1, 64)
}

// units reads a number of minutes or hours. What is none, or too large to be a
// duration, is out of every range.
func units(text string, unit time.Duration) time.Duration {
	n, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", "."), 64)
	if err != nil || n < 0 || n > 1e6 {
		return -1
	}
	return time.Duration(n * float64(unit))
}

func readApp(r *http.Request) appInput {
	get := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	version, err := strconv.ParseInt(get("version"), 10, 64)
	if err != nil {
		version = 0
	}
	return appInput{
		Name: get("name"), Type: get("type"), Redirects: get("redirect_uris"), AfterOut: get("post_logout_redirect_uris"), Told: get("backchannel_logout_uri"), Access: get("access_token_ttl"),
		Refresh: get("refresh_token_ttl"), Algorithm: get("signing_algorithm"), Skip: get("skip_consent") != "", Shown: get("certificate_claims") != "", Version: version,
	}
}

// apply puts the input into an application, over what is stored.
func (in appInput) apply(a iam.App) iam.App {
	a.Name, a.SigningAlgorithm, a.SkipConsent, a.CertificateClaims, a.Version = in.Name, in.Algorithm, in.Skip, in.Shown, in.Version
	a.RedirectURIs, a.PostLogoutRedirectURIs = lines(in.Redirects), lines(in.AfterOut)
	a.BackchannelLogoutURI = in.Told
	a.AccessTokenTTL, a.RefreshTokenTTL = units(in.Access, time.Minute), units(in.Refresh, time.Hour)
	if a.ID == "" || a.Type == "" {
		a.Type = iam.AppType(in.Type)
	}
	return a
}

func lines(text string) (all []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// faultsOf are the sentences about one field: every wrong address has its own.
func faultsOf(p *i18n.Printer, faults []*iam.Error, field string) string {
	var all []string
	for _, f := range faults {
		if f.Field == field {
			all = append(all, web.Explain(p, f))
		}
	}
	return strings.Join(all, " ")
}

// appFormOf draws the form.
func appFormOf(p *i18n.Printer, in appInput, faults []*iam.Error, isNew, operator bool) appForm {
	wrong := func(field string) string { return faultsOf(p, faults, field) }
	data := appForm{
		Version: in.Version, Submit: p.T("console.methods.save"), Cancel: prefixApplications,
		Name: web.Field{Name: "name", Label: p.T("apps.name"), Hint: p.T("apps.name_hint"), Value: in.Name, Error: wrong("name"), Required: true, Max: directory.MaxAppName, Autocomplete: "off"},
		Redirects: web.Field{Name: "redirect_uris", Type: "textarea", Rows: 3, Mono: true, Label: p.T("apps.redirect_uris"), Hint: p.T("apps.redirect_uris_hint"),
			Value: in.Redirects, Error: wrong("redirect_uris"), Placeholder: "https://wiki.example/login/callback", Required: true},
		AfterOut: web.Field{Name: "post_logout_redirect_uris", Type: "textarea", Rows: 2, Mono: true, Label: p.T("apps.post_logout"), Hint: p.T("apps.post_logout_hint"),
			Value: in.AfterOut, Error: wrong("post_logout_redirect_uris"), Placeholder: "https://wiki.example/", Optional: p.T("console.methods.optional")},
		Told: web.Field{Name: "backchannel_logout_uri", Type: "url", Mono: true, Label: p.T("apps.backchannel"), Hint: p.T("apps.backchannel_hint"), Value: in.Told,
			Error: wrong("backchannel_logout_uri"), Placeholder: "https://wiki.example/signed-out", Optional: p.T("console.methods.optional"), Autocomplete: "off"},
		Access:  web.Field{Name: "access_token_ttl", Inputmode: "decimal", Label: p.T("apps.access_ttl"), Hint: p.T("apps.access_ttl_hint"), Value: in.Access, Error: wrong("access_token_ttl"), Required: true, Autocomplete: "off"},
		Refresh: web.Field{Name: "refresh_token_ttl", Inputmode: "decimal", Label: p.T("apps.refresh_ttl"), Hint: p.T("apps.refresh_ttl_hint"), Value: in.Refresh, Error: wrong("refresh_token_ttl"), Required: true, Autocomplete: "off"},
		Algorithm: web.Choice{Name: "signing_algorithm", Label: p.T("apps.algorithm"), Hint: p.T("apps.algorithm_hint"), Error: wrong("signing_algorithm"), Options: []web.Option{
			{Value: "ES256", Label: p.T("apps.es256"), Selected: in.Algorithm != "RS256"}, {Value: "RS256", Label: p.T("apps.rs256"), Selected: in.Algorithm == "RS256"},
		}},
	}
	data.Shown = web.Switch{Name: "certificate_claims", Label: p.T("apps.certificate_claims"), Hint: p.T("apps.certificate_claims_hint"), On: in.Shown}
	if isNew {
		data.Submit = p.T("apps.create")
		data.Type = &web.Choice{Name: "type", Label: p.T("apps.type"), Cards: true, Error: wrong("type"), Options: []web.Option{
			{Value: string(iam.AppWeb), Icon: "globe", Label: p.T("apps.type.web"), Hint: p.T("apps.type_web_hint")},
			{Value: string(iam.AppSPA), Icon: "app", Label: p.T("apps.type.spa"), Hint: p.T("apps.type_spa_hint")},
			{Value: string(iam.AppNative), Icon: "phone", Label: p.T("apps.type.native"), Hint: p.T("apps.type_native_hint")},
		}}
		for i, o := range data.Type.Options {
			data.Type.Options[i].Selected = o.Value == cmp.Or(in.Type, string(iam.AppWeb))
		}
	}
	if operator {
		data.Skip = &web.Switch{Name: "skip_consent", Label: p.T("apps.skip_consent"), Hint: p.T("apps.skip_consent_hint"), On: in.Skip}
	}
	data.Wrong = refusal(p, faults...)
	fields := []string{"name", "type", "redirect_uris", "post_logout_redirect_uris", "backchannel_logout_uri", "access_token_ttl", "refresh_token_ttl", "signing_algorithm"}
	for _, f := range faults {
		if !slices.Contains(fields, f.Field) {
			data.Wrong = banner(p, f)
		}
	}
	return data
}

// newAppInput is the empty form.
func newAppInput() appInput {
	return appInputOf(iam.App{Type: iam.AppWeb, SigningAlgorithm: "ES256", AccessTokenTTL: directory.DefaultAccessTokenTTL, RefreshTokenTTL: directory.DefaultRefreshTokenTTL})
}

// newAppOrg is the organization in which the caller creates an application: the
// one that the form names, or the only one where they may. It is the zero Org at
// the system, and has nothing but an id where the caller may not create there.
func (room *Room) newAppOrg(v visit) (iam.Org, error) {
	id := iam.OrgID(v.r.FormValue("org"))
	if id == "" {
		if in, ok := scopeFor(v.caller, iam.CreateApplications); ok && in.Level == iam.LevelOrganization {
			id = in.Org
		}
	}
	in := iam.System()
	if id != "" {
		in = iam.Organization(id)
	}
	switch may := v.caller.May(iam.CreateApplications, in); {
	case !may && v.r.Method == http.MethodGet:
		return iam.Org{}, iam.NotFound("page")
	case !may || id == "":
		return iam.Org{ID: id}, nil
	}
	return room.Directory.Org(v.ctx, v.caller, string(id))
}

func (room *Room) showNewApp(v visit) error {
	org, err := room.newAppOrg(v)
	if err != nil {
		return err
	}
	return room.drawNewApp(v, org, iam.AppID(iam.NewID()), newAppInput(), nil)
}

// newAppPath is the form of a new application of an organization.
func newAppPath(org iam.OrgID) string {
	return prefixApplications + "/new?org=" + url.QueryEscape(string(org))
}

func (room *Room) drawNewApp(v visit, org iam.Org, id iam.AppID, in appInput, faults []*iam.Error) error {
	list := listOf(v.caller)
	view, err := room.view(v, list, "apps.new_title")
	if err != nil {
		return err
	}
	view = inNewApp(v.words.T, view, org, &list)
	data := appFormOf(v.words, in, faults, true, v.caller.May(iam.EditSettings, iam.System()))
	data.Action, data.ID, data.Org, data.Cancel = prefixApplications+"/new", id, org.ID, list
	room.appForm.Show(v.w, v.r, statusOfAll(faults), view, data)
	return nil
}

// inNewApp says where a new application will belong, and makes list the page that
// lists those of its organization: whoever manages several must see in which one
// they are.
func inNewApp(t func(string, ...any) string, view web.View, org iam.Org, list *string) web.View {
	if org.ID == "" {
		view.Crumbs = []web.Link{{Label: t("console.tab.applications"), URL: *list}}
		return view
	}
	pl := place{scope: org.Scope(), org: org, prefix: orgPath(org), list: *list}
	*list = pl.prefix + "/applications"
	view = pl.inOrganization(t, view, *list)
	view.Crumbs = append(view.Crumbs, web.Link{Label: t("console.tab.applications"), URL: *list})
	view.LeadKey, view.LeadArgs = "apps.new_lead_org", []any{"Org", org.Name}
	return view
}

func statusOfAll(faults []*iam.Error) int {
	if len(faults) == 0 {
		return http.StatusOK
	}
	return statusOf(faults[0])
}

// createApp creates an application. The id came with the form, so that a form
// that is sent twice makes one application.
func (room *Room) createApp(v visit) error {
	org, err := room.newAppOrg(v)
	if err != nil {
		return err
	}
	in, id := readApp(v.r), iam.AppID(v.r.PostFormValue("id"))
	if !isNewID(string(id)) {
		id = iam.AppID(iam.NewID())
	}
	a := in.apply(iam.App{Org: org.ID})
	a.ID = id
	a, secret, err := room.Directory.CreateApp(v.ctx, v.caller, a)
	if refused := iam.AsError(err); refused != nil && refused.Cause == "application_exists" {
		return v.to(appPath(id))
	}
	if faults := redrawableAll(err); faults != nil {
		return room.drawNewApp(v, org, id, in, faults)
	}
	if err != nil {
		return err
	}
	showOnce(v.w, a.ID, secret)
	return v.done(appPath(a.ID)+"/connect", "apps.created_done", "Name", a.Name)
}

// isNewID reports whether a text could be one of iam.NewID: nobody chooses the
// name of an application by way of the form.
func isNewID(id string) bool {
	return len(id) == len(iam.NewID()) && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// redrawableAll returns the refusals that belong on the form, if that is all
// there is.
func redrawableAll(err error) []*iam.Error {
	faults := directory.Faults(err)
	for _, f := range faults {
		if redrawable(f) == nil {
			return nil
		}
	}
	return faults
}

// newSecretCookie carries a new secret to the one page that shows it. The page
// takes it out of the browser, so that a reload shows it no more.
const newSecretCookie web.CookieName = "signet-new-secret"

// newSecretLife is how long a new secret waits for its page.
const newSecretLife = 2 * time.Minute

func showOnce(w http.ResponseWriter, id iam.AppID, secret iam.Secret) {
	if secret != "" {
		web.SetCookie(w, newSecretCookie, string(id)+"."+string(secret), newSecretLife)
	}
}

// takeNewSecret returns the secret that was just made for the application.
func takeNewSecret(v visit, id iam.AppID) string {
	value := web.Cookie(v.r, newSecretCookie)
	if value == "" {
		return ""
	}
	web.ClearCookie(v.w, newSecretCookie)
	secret, ok := strings.CutPrefix(value, string(id)+".")
	if !ok {
		return ""
	}
	return secret
}

func (room *Room) showEditApp(v visit) error {
	pl, err := room.ownApp(v)
	if err != nil {
		return err
	}
	return room.drawEditApp(v, pl, appInputOf(pl.client), nil, nil)
}

// ownApp is appPlace for pages that do not exist for Signet itself.
func (room *Room) ownApp(v visit) (place, error) {
	pl, err := room.appPlace(v)
	if err == nil && (pl.client.ID == iam.SignetApp || pl.client.Test) {
		return pl, iam.NotFound("page")
	}
	return pl, err
}

func (room *Room) drawEditApp(v visit, pl place, in appInput, faults []*iam.Error, notice *web.Banner) error {
	view, err := room.appView(v, pl, pl.prefix, "apps.edit_title")
	if err != nil {
		return err
	}
	data := appFormOf(v.words, in, faults, false, v.caller.May(iam.EditSettings, iam.System()))
	data.Action, data.Cancel = pl.prefix+"/edit", pl.prefix
	if notice != nil {
		data.Wrong = notice
	}
	room.appForm.Show(v.w, v.r, statusOfAll(faults), view, data)
	return nil
}

func (room *Room) editApp(v visit) error {
	pl, err := room.ownApp(v)
	if err != nil {
		return err
	}
	in := readApp(v.r)
	changed := in.apply(pl.client)
	if !v.caller.May(iam.EditSettings, iam.System()) {
		changed.SkipConsent = pl.client.SkipConsent // not on their form
	}
	err = room.Directory.EditApp(v.ctx, v.caller, changed)
	faults := redrawableAll(err)
	switch {
	case len(faults) == 1 && faults[0].Cause == "changed_meanwhile":
		if pl, err = room.ownApp(v); err != nil { // what the other one has made of it
			return err
		}
		in.Version = pl.client.Version
		return room.drawEditApp(v, pl, in, faults, appConflict(v.words, pl.client, in))
	case faults != nil:
		return room.drawEditApp(v, pl, in, faults, nil)
	case err != nil:
		return err
	}
	return v.done(pl.prefix, "apps.saved", "Name", changed.Name)
}

// appConflict tells the second of two administrators what the first one's state
// has that theirs has not.
func appConflict(p *i18n.Printer, present iam.App, mine appInput) *web.Banner {
	theirs := appInputOf(present)
	b := &web.Banner{Kind: "warning", Title: p.T("console.methods.conflict"), Text: p.T("console.methods.conflict_text")}
	flat := func(s string) string {
		return cmp.Or(strings.Join(strings.Fields(s), " "), p.T("console.methods.unset"))
	}
	for _, d := range []struct{ label, theirs, mine string }{
		{p.T("apps.name"), theirs.Name, mine.Name}, {p.T("apps.redirect_uris"), theirs.Redirects, mine.Redirects}, {p.T("apps.post_logout"), theirs.AfterOut, mine.AfterOut},
		{p.T("apps.backchannel"), theirs.Told, mine.Told},
		{p.T("apps.access_ttl"), theirs.Access, mine.Access}, {p.T("apps.refresh_ttl"), theirs.Refresh, mine.Refresh}, {p.T("apps.algorithm"), theirs.Algorithm, mine.Algorithm},
	} {
		if flat(d.theirs) != flat(d.mine) {
			b.Items = append(b.Items, p.T("console.methods.differs", "Field", d.label, "Value", flat(d.theirs)))
		}
	}
	if len(b.Items) == 0 {
		b.Text = p.T("console.methods.conflict_same")
	}
	return b
}
