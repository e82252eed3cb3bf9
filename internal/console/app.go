package console

import (
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/provider"
	"signet/internal/web"
)

// appPage is one application: what it is, and the blocks of its settings.
type appPage struct {
	Wrong   *web.Banner
	Facts   []web.Fact
	Edit    string // path; empty where there is nothing to edit
	Methods settingsPage
	Entry   []string
	NoWayIn bool // CAs are demanded that no login method trusts
	Access  string
	Secrets []secretRow
	Told    bool // of the end of sessions
	Logouts []logoutRow
	Rotate  string // path; empty for public applications
	Client  string // how it proves by a certificate who it is
	Prove   string // path of the page about that; empty for public applications
	Version int64
	Overlap web.Choice
	Delete  string
	Try     string // path of the form that opens the test application
	Open    string // of a test application itself
	Test    bool   // it tries the sign-in form of another
}

// appPlace is the application that a visit is about, for whoever may see it.
func (room *Room) appPlace(v visit) (place, error) {
	return room.placeFor(v, iam.ViewApplications, iam.EditApplications)
}

// appView is the frame of a page of an application. Pages below the settings lead
// back to these.
func (room *Room) appView(v visit, pl place, tab, title string, args ...any) (web.View, error) {
	view, err := room.view(v, tab, title, args...)
	view = pl.inside(v.words.T, view, tab)
	if title != "" && tab == pl.prefix {
		view.Crumbs = append(view.Crumbs, web.Link{Label: pl.client.Name, URL: pl.prefix})
	}
	return view, err
}

func (room *Room) showApp(v visit) error {
	pl, err := room.appPlace(v)
	if err != nil {
		return err
	}
	return room.drawApp(v, pl, nil)
}

func (room *Room) drawApp(v visit, pl place, refused *iam.Error) error {
	w, err := room.Providers.Available(v.ctx, v.caller, pl.client.ID)
	if err != nil {
		return err
	}
	var secrets []iam.AppSecret
	if !pl.client.Public() {
		if secrets, err = room.Directory.AppSecretsOf(v.ctx, v.caller, pl.client); err != nil {
			return err
		}
	}
	known, err := room.Directory.AuthoritiesOf(v.ctx, v.caller, pl.client)
	if err != nil {
		return err
	}
	view, err := room.appView(v, pl, pl.prefix, "")
	if err != nil {
		return err
	}
	view.Title = pl.client.Name
	data := room.appOf(v.words, pl, w, authorities, secrets, known)
	if pl.client.BackchannelLogoutURI != "" && room.Logouts != nil {
		last, err := room.Logouts(v.ctx, v.caller, pl.client)
		if err != nil {
			return err
		}
		data.Told, data.Logouts = true, logoutsOf(v.words, last, room.Now())
	}
	if org := pl.client.Org; org != "" && v.caller.May(iam.ViewOrganizations, iam.Organization(org)) {
		o, err := room.Directory.Org(v.ctx, v.caller, string(org))
		if err != nil {
			return err
		}
		data.Facts = append([]web.Fact{{Term: v.words.T("apps.organization"), Text: o.Name, URL: orgPath(o)}}, data.Facts...)
	}
	data.Wrong = banner(v.words, refused)
	if !v.caller.May(iam.DeleteApplications, pl.scope) {
		data.Delete = ""
	}
	room.app.Show(v.w, v.r, statusOf(refused), view, data)
	return nil
}

func (room *Room) appOf(p *i18n.Printer, pl place, w provider.Widget, read readAuthorities, secrets []iam.AppSecret, known []iam.Authority) appPage {
	a := pl.client
	data := appPage{Methods: room.settingsOf(p, pl, w, read), Entry: entryOf(p, a), Access: pl.prefix + "/access", Version: a.Version}
	data.Facts = []web.Fact{
		{Term: p.T("apps.id"), Text: string(a.ID), Mono: true},
		{Term: p.T("apps.type"), Text: p.T("apps.type." + string(a.Type))},
	}
	if !a.Test {
		data.Try = pl.prefix + "/try"
	}
	if a.ID == iam.SignetApp {
		data.Methods.URL, data.Methods.Widget = prefixSystem+"/methods", prefixSystem+"/widget"
		data.Facts = append(data.Facts, web.Fact{Term: p.T("apps.about"), Text: p.T("apps.is_signet")})
		return data
	}
	for _, uri := range a.RedirectURIs {
		data.Facts = append(data.Facts, web.Fact{Term: p.T("apps.redirect_uri"), Text: uri, Mono: true})
	}
	for _, uri := range a.PostLogoutRedirectURIs {
		data.Facts = append(data.Facts, web.Fact{Term: p.T("apps.post_logout_uri"), Text: uri, Mono: true})
	}
	if a.BackchannelLogoutURI != "" {
		data.Facts = append(data.Facts, web.Fact{Term: p.T("apps.backchannel_uri"), Text: a.BackchannelLogoutURI, Mono: true})
	}
	data.Delete = pl.prefix + "/delete"
	if a.Test {
		data.Access, data.Test, data.Open = "", true, "/try/"+string(a.ID)
		return data
	}
	data.Facts = append(data.Facts,
		web.Fact{Term: p.T("apps.lifetimes"), Text: p.T("apps.lifetimes_text", "Access", inMinutes(p, a), "Refresh", inHours(p, a))},
		web.Fact{Term: p.T("apps.algorithm"), Text: a.SigningAlgorithm},
		web.Fact{Term: p.T("apps.created"), Text: p.DateTime(a.CreatedAt)},
	)
	if a.SkipConsent {
		data.Facts = append(data.Facts, web.Fact{Term: p.T("apps.consent"), Text: p.T("apps.consent_skipped")})
	}
	if a.CertificateClaims {
		data.Facts = append(data.Facts, web.Fact{Term: p.T("apps.certificate_facts"), Text: p.T("apps.certificate_facts_given")})
	}
	data.Edit = pl.prefix + "/edit"
	if !a.Public() {
		data.Secrets, data.Rotate, data.Overlap = secretsOf(p, pl, secrets), pl.prefix+"/secrets", overlapOf(p)
		data.Client, data.Prove = clientOf(p, a), pl.prefix+"/certificate"
	}
	data.NoWayIn = a.CertificateOnly && len(a.Authorities) > 0
	for _, wanted := range a.Authorities {
		for _, k := range known {
			data.NoWayIn = data.NoWayIn && wanted.SHA256 != k.SHA256
		}
	}
	return data
}

func inMinutes(p *i18n.Printer, a iam.App) string {
	return p.N("apps.minutes", int(a.AccessTokenTTL.Minutes()))
}

func inHours(p *i18n.Printer, a iam.App) string {
	if hours := int(a.RefreshTokenTTL.Hours()); hours < 48 || hours%24 != 0 {
		return p.N("apps.hours", hours)
	}
	return p.N("apps.days", int(a.RefreshTokenTTL.Hours())/24)
}

// appRoutes are the pages about applications.
func (room *Room) appRoutes() map[string]func(visit) error {
	routes := map[string]func(visit) error{
		"GET " + tabApplications:              room.showAllApps,
		"GET " + prefixApplications:           room.showMyApps,
		"GET " + prefixApplications + "/new":  room.showNewApp,
		"POST " + prefixApplications + "/new": room.createApp,
	}
	for pattern, handle := range map[string]func(visit) error{
		"GET ":                          room.showApp,
		"GET /edit":                     room.showEditApp,
		"POST /edit":                    room.editApp,
		"GET /access":                   room.showAccess,
		"POST /access":                  room.changeAccess,
		"GET /certificate":              room.showAppCertificate,
		"POST /certificate":             room.saveAppCertificate,
		"POST /secrets":                 room.rotateSecret,
		"GET /secrets/{secret}/revoke":  room.askRevokeSecret,
		"POST /secrets/{secret}/revoke": room.revokeSecret,
		"POST /try":                     room.tryApp,
		"GET /delete":                   room.askDeleteApp,
		"POST /delete":                  room.deleteApp,
		"GET /connect":                  room.showConnect,
		"GET /people":                   room.showAppPeople,
		"POST /people":                  room.giveAppRole,
		"POST /people/role":             room.takeAppRole,
		"GET /people/{user}/{what}":     room.askAppPerson,
		"POST /people/{user}/{what}":    room.changeAppPerson,
	} {
		method, path := pattern[:len("GET ")], pattern[len("GET "):]
		if pattern[0] == 'P' {
			method, path = "POST ", pattern[len("POST "):]
		}
		routes[method+prefixApplications+"/{app}"+path] = handle
	}
	return routes
}
