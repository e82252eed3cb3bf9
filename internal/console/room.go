package console

import (
	"context"
	"embed"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"signet/internal/audit"
	"signet/internal/directory"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/issuing"
	"signet/internal/login"
	"signet/internal/notify"
	"signet/internal/provider"
	"signet/internal/session"
	"signet/internal/trust"
	"signet/internal/web"
)

//go:embed page/*.html page/*.js
var files embed.FS

// Room serves the consoles.
type Room struct {
	Pages      *web.Pages
	Directory  *directory.Service
	Identities *identity.Service
	Providers  *provider.Service
	Sessions   *session.Service
	Trust      *trust.Service
	Login      *login.Service // tells what would come of certificates
	Issuing    *issuing.Service
	Log        *audit.Log
	Mail       *notify.Service
	Now        func() time.Time
	// Issuer is the address of the main site, for links that are given to people.
	Issuer string
	// TestRedirect is where the test application takes its answers.
	TestRedirect func(issuer string, id iam.AppID) string
	// Brand is what the installation calls itself where the settings do not say.
	Brand string
	// Languages are those that pages exist in.
	Languages []i18n.Language
	// Hosts tells how the certificate hosts do, HostChoices which there are. Where
	// they are nil, pages say nothing of it.
	Hosts       func(context.Context) []HostState
	HostChoices []HostChoice
	// CertificateSources are the certificate hosts as form-action sources, for the
	// form that leads there to try a method out.
	CertificateSources []string
	// Logouts tells the last ends of sessions that an application was told.
	Logouts func(context.Context, iam.Caller, iam.App) ([]iam.LogoutDelivery, error)
	// ClientOrigin is where applications with certificates prove who they are; empty
	// where there is no such listener.
	ClientOrigin string
	// Examine looks at the whole installation.
	Examine func(context.Context) []iam.Finding
	// Arrivals lists which headers came to the listeners of all nodes.
	Arrivals func(context.Context) ([]iam.Arrival, error)

	settings  *web.Page[settingsPage]
	methods   *web.Page[methodsPage]
	templates *web.Page[templatesPage]
	form      *web.Page[methodForm]
	deletion  *web.Page[askMethodPage]
	copied    *web.Page[copyMethodPage]
	trial     *web.Page[tryPage]
	paste     *web.Page[pasteMethodPage]
	issuing   *web.Page[issuingPage]
	widget    *web.Page[widgetPage]

	apps           *web.Page[appsPage]
	app            *web.Page[appPage]
	appForm        *web.Page[appForm]
	access         *web.Page[accessPage]
	askApp         *web.Page[askAppPage]
	appCertificate *web.Page[appCertificatePage]
	appPeople      *web.Page[appPeoplePage]
	connect        *web.Page[connectPage]
	general        *web.Page[generalPage]
	orgs           *web.Page[orgsPage]
	org            *web.Page[orgPage]
	orgForm        *web.Page[orgForm]
	orgDelete      *web.Page[orgDeletePage]
	members        *web.Page[membersPage]
	memberAdd      *web.Page[addMemberPage]
	memberOne      *web.Page[memberPage]
	invited        *web.Page[invitedPage]
	invitation     *web.Page[invitationPage]
	invitationGone *web.Page[struct{}]

	users   *web.Page[usersPage]
	user    *web.Page[userPage]
	confirm *web.Page[confirmPage]

	userForm      *web.Page[userForm]
	link          *web.Page[linkPage]
	role          *web.Page[giveRolePage]
	identifierAdd *web.Page[addIdentifierPage]
	issue         *web.Page[issuePage]
	announcing    *web.Page[announcePage]
	announcedOf   *web.Page[announcedPage]
	retention     *web.Page[retentionPage]

	doctor *web.Page[doctorPage]
	events *web.Page[eventsPage]
	event  *web.Page[eventPage]
	setup  *web.Page[setupPage]
	over   *web.Page[setupOverPage]

	trust     *web.Page[trustPage]
	authority *web.Page[authorityForm]
	blocking  *web.Page[blockForm]
	undo      *web.Page[undoPage]

	mail    *web.Page[mailPage]
	outbox  *web.Page[outboxPage]
	message *web.Page[messagePage]

	expiring *web.Page[expiringPage]
}

// Define reads the room's pages. It panics where one of them is broken.
func (room *Room) Define() {
	if room.methods == nil { // the gallery defines the room again
		room.Pages.AddStatic(files, "page/methods.js", "page/widget.js")
	}
	room.settings = web.Define[settingsPage](room.Pages, files, "page/settings.html", web.Frame)
	room.methods = web.Define[methodsPage](room.Pages, files, "page/methods.html", web.Frame)
	room.templates = web.Define[templatesPage](room.Pages, files, "page/templates.html", web.Frame)
	room.form = web.Define[methodForm](room.Pages, files, "page/method.html", web.Frame)
	room.deletion = web.Define[askMethodPage](room.Pages, files, "page/method_ask.html", web.Frame)
	room.copied = web.Define[copyMethodPage](room.Pages, files, "page/method_copy.html", web.Frame)
	room.trial = web.Define[tryPage](room.Pages, files, "page/method_try.html", web.Frame)
	room.widget = web.Define[widgetPage](room.Pages, files, "page/widget.html", web.Frame)
	room.paste = web.Define[pasteMethodPage](room.Pages, files, "page/method_paste.html", web.Frame)
	room.issuing = web.Define[issuingPage](room.Pages, files, "page/method_issuing.html", web.Frame)
	room.general = web.Define[generalPage](room.Pages, files, "page/settings_general.html", web.Frame)
	room.orgs = web.Define[orgsPage](room.Pages, files, "page/organizations.html", web.Frame)
	room.org = web.Define[orgPage](room.Pages, files, "page/organization.html", web.Frame)
	room.orgForm = web.Define[orgForm](room.Pages, files, "page/organization_form.html", web.Frame)
	room.orgDelete = web.Define[orgDeletePage](room.Pages, files, "page/organization_delete.html", web.Frame)
	room.members = web.Define[membersPage](room.Pages, files, "page/members.html", web.Frame)
	room.memberAdd = web.Define[addMemberPage](room.Pages, files, "page/member_add.html", web.Frame)
	room.memberOne = web.Define[memberPage](room.Pages, files, "page/member.html", web.Frame)
	room.invited = web.Define[invitedPage](room.Pages, files, "page/invited.html", web.Frame)
	room.invitation = web.Define[invitationPage](room.Pages, files, "page/invitation.html", web.Widget)
	room.invitationGone = web.Define[struct{}](room.Pages, files, "page/invitation_over.html", web.Widget)
	room.apps = web.Define[appsPage](room.Pages, files, "page/apps.html", web.Frame)
	room.app = web.Define[appPage](room.Pages, files, "page/app.html", web.Frame)
	room.appForm = web.Define[appForm](room.Pages, files, "page/app_form.html", web.Frame)
	room.access = web.Define[accessPage](room.Pages, files, "page/app_access.html", web.Frame)
	room.askApp = web.Define[askAppPage](room.Pages, files, "page/app_ask.html", web.Frame)
	room.appCertificate = web.Define[appCertificatePage](room.Pages, files, "page/app_certificate.html", web.Frame)
	room.appPeople = web.Define[appPeoplePage](room.Pages, files, "page/app_people.html", web.Frame)
	room.connect = web.Define[connectPage](room.Pages, files, "page/app_connect.html", web.Frame)
	room.users = web.Define[usersPage](room.Pages, files, "page/users.html", web.Frame)
	room.user = web.Define[userPage](room.Pages, files, "page/user.html", web.Frame)
	room.confirm = web.Define[confirmPage](room.Pages, files, "page/confirm.html", web.Frame)
	room.doctor = web.Define[doctorPage](room.Pages, files, "page/doctor.html", web.Frame)
	room.userForm = web.Define[userForm](room.Pages, files, "page/user_form.html", web.Frame)
	room.link = web.Define[linkPage](room.Pages, files, "page/user_link.html", web.Frame)
	room.role = web.Define[giveRolePage](room.Pages, files, "page/user_role.html", web.Frame)
	room.retention = web.Define[retentionPage](room.Pages, files, "page/events_retention.html", web.Frame)
	room.identifierAdd = web.Define[addIdentifierPage](room.Pages, files, "page/identifier_add.html", web.Frame)
	room.issue = web.Define[issuePage](room.Pages, files, "page/identifier_issue.html", web.Frame)
	room.announcing = web.Define[announcePage](room.Pages, files, "page/announce.html", web.Frame)
	room.announcedOf = web.Define[announcedPage](room.Pages, files, "page/announced.html", web.Frame)
	room.events = web.Define[eventsPage](room.Pages, files, "page/events.html", web.Frame)
	room.event = web.Define[eventPage](room.Pages, files, "page/event.html", web.Frame)
	room.setup = web.Define[setupPage](room.Pages, files, "page/setup.html", web.Widget)
	room.over = web.Define[setupOverPage](room.Pages, files, "page/setup_over.html", web.Widget)
	room.trust = web.Define[trustPage](room.Pages, files, "page/trust.html", web.Frame)
	room.authority = web.Define[authorityForm](room.Pages, files, "page/trust_authority.html", web.Frame)
	room.blocking = web.Define[blockForm](room.Pages, files, "page/trust_block.html", web.Frame)
	room.undo = web.Define[undoPage](room.Pages, files, "page/trust_undo.html", web.Frame)
	room.mail = web.Define[mailPage](room.Pages, files, "page/mail.html", web.Frame)
	room.outbox = web.Define[outboxPage](room.Pages, files, "page/outbox.html", web.Frame)
	room.message = web.Define[messagePage](room.Pages, files, "page/message.html", web.Frame)
	room.expiring = web.Define[expiringPage](room.Pages, files, "page/expiring.html", web.Frame)
}

// Mount adds the room's pages.
func (room *Room) Mount(mux *http.ServeMux) {
	room.Define()
	for pattern, handle := range room.routes() {
		mux.HandleFunc(pattern, room.administered(handle))
	}
	mux.HandleFunc("GET /invitations/{secret}", room.openInvitation)
	mux.HandleFunc("GET /invitation", room.showInvitation)
	mux.HandleFunc("POST /invitation/accept", room.acceptInvitation)
	mux.HandleFunc("POST /invitation/decline", room.declineInvitation)
	mux.HandleFunc("GET /setup/{secret}", room.showSetup)
	mux.HandleFunc("POST /setup/{secret}", room.setUp)
}

// routes are the pages of the consoles: for people who administer something.
func (room *Room) routes() map[string]func(visit) error {
	routes := map[string]func(visit) error{
		"GET /admin":                      room.home,
		"GET /admin/settings":             room.showSettings,
		"GET /admin/settings/examination": room.showDoctor,
		"GET " + pathGeneral:              room.showGeneral,
		"POST " + pathGeneral:             room.changeGeneral,
		"GET /admin/events":               room.showEvents,
		"GET /admin/events/{event}":       room.showEvent,
	}
	for _, prefix := range []string{prefixSystem, prefixOrganizations + "/{org}", prefixApplications + "/{app}"} {
		maps.Copy(routes, room.methodRoutes(prefix))
	}
	maps.Copy(routes, room.eventRoutes())
	maps.Copy(routes, room.peopleRoutes())
	maps.Copy(routes, room.orgRoutes())
	maps.Copy(routes, room.appRoutes())
	maps.Copy(routes, room.trustRoutes())
	maps.Copy(routes, room.mailRoutes())
	return routes
}

// visit is one request by a person who administers something.
type visit struct {
	w      http.ResponseWriter
	r      *http.Request
	ctx    context.Context
	caller iam.Caller
	words  *i18n.Printer
	now    time.Time
}

// administered lets whoever administers something in, and sends visitors to sign
// in and back. To everybody else there is nothing here.
func (room *Room) administered(handle func(visit) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := visit{w: w, r: r, ctx: r.Context(), caller: web.CallerOf(r.Context()), words: web.Language(r), now: room.Now()}
		switch {
		case v.caller.User == "":
			to := "/admin" // what a form sent is lost
			if r.Method == http.MethodGet {
				to = r.URL.RequestURI()
			}
			http.Redirect(w, r, "/signin?to="+url.QueryEscape(to), http.StatusSeeOther)
		case !v.caller.Administers():
			web.Fail(w, r, iam.NotFound("page"))
		default:
			if err := handle(v); err != nil {
				web.Fail(w, r, err)
			}
		}
	}
}

// done tells the next page what happened and leads there.
func (v visit) done(path, key string, pairs ...string) error {
	web.Notify(v.w, "success", key, pairs...)
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

// scopeFor is where the caller may do the action: the widest scope in which they
// hold a role that gives it. Pure.
func scopeFor(caller iam.Caller, action iam.Action) (iam.Scope, bool) {
	levels := []iam.Level{iam.LevelSystem, iam.LevelOrganization, iam.LevelApplication}
	best, found := iam.Scope{}, false
	for _, m := range caller.Memberships {
		if m.User != caller.User || !m.Gives(action, m.Scope) {
			continue
		}
		if !found || slices.Index(levels, m.Scope.Level) < slices.Index(levels, best.Level) {
			best, found = m.Scope, true
		}
	}
	return best, found
}

// The tabs.
const (
	tabSettings      = "/admin/settings"
	tabOrganizations = "/admin/organizations"
	tabApplications  = "/admin/applications"
	tabUsers         = "/admin/users"
	tabEvents        = "/admin/events"
)

// frame is what every page of a console has around it.
func frame(p *i18n.Printer, user iam.User, seesUsers bool, tab string) web.View {
	link := func(key, path, icon string) web.Link {
		return web.Link{Label: p.T(key), URL: path, Icon: icon, Current: path == tab}
	}
	var tabs []web.Link
	if seesUsers {
		tabs = append(tabs, link("console.tab.settings", tabSettings, "settings"),
			link("organization.tab", tabOrganizations, "building"), link("console.tab.applications", tabApplications, "app"),
			link("console.tab.users", tabUsers, "users"))
	} else {
		tabs = append(tabs, link("console.tab.applications", prefixApplications, "app"))
	}
	tabs = append(tabs, link("console.tab.events", tabEvents, "history"))
	return web.View{Nav: web.Nav{
		Section: p.T("console.section"), Home: "/admin", Tabs: tabs,
		Links: []web.Link{
			link("console.menu.profile", "/profile", "user"),
			{Label: p.T("console.menu.administration"), URL: "/admin", Icon: "settings", Current: true},
		},
		Person:  web.Person{Name: user.DisplayName(), Detail: user.Login},
		SignOut: "/signout",
	}}
}

// view is the frame of a visit's page with the title.
func (room *Room) view(v visit, tab, title string, args ...any) (web.View, error) {
	me, err := room.Directory.Person(v.ctx, v.caller.User)
	if err != nil {
		return web.View{}, err
	}
	view := frame(v.words, me, v.caller.May(iam.ViewUsers, iam.System()), tab)
	view.TitleKey, view.TitleArgs = title, args
	return view, room.addLevels(v, &view)
}
