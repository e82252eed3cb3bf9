package profile

import (
	"context"
	"embed"
	"net/http"
	"net/url"
	"time"

	"signet/internal/audit"
	"signet/internal/directory"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/issuing"
	"signet/internal/provider"
	"signet/internal/session"
	"signet/internal/trust"
	"signet/internal/web"
)

//go:embed page/*.html
var files embed.FS

// Room serves a person's own pages.
type Room struct {
	Pages      *web.Pages
	Directory  *directory.Service
	Identities *identity.Service
	Providers  *provider.Service
	Sessions   *session.Service
	Trust      *trust.Service
	Issuing    *issuing.Service
	Log        *audit.Log
	Now        func() time.Time
	// Languages are those that a person can choose.
	Languages []i18n.Language
	// CertificateSources are the certificate hosts as form-action sources: the
	// form that adds an identifier ends there after redirects.
	CertificateSources []string
	// MailOn reports whether mail is sent, so that an address can be confirmed;
	// it is not where nil.
	MailOn func(context.Context) (bool, error)

	email      *web.Page[emailPage]
	overview   *web.Page[overviewPage]
	edit       *web.Page[editPage]
	password   *web.Page[passwordPage]
	add        *web.Page[addPage]
	issue      *web.Page[issuePage]
	identifier *web.Page[identifierPage]
	sessions   *web.Page[sessionsPage]
	consents   *web.Page[consentsPage]
	confirm    *web.Page[confirmPage]
	blocking   *web.Page[blockPage]
	events     *web.Page[eventsPage]
	event      *web.Page[eventPage]
	help       *web.Page[helpPage]

	newPassword *web.Page[newPasswordPage]
	linkGone    *web.Page[struct{}]
}

// Define reads the room's pages. It panics where one of them is broken.
func (room *Room) Define() {
	room.overview = web.Define[overviewPage](room.Pages, files, "page/overview.html", web.Frame)
	room.edit = web.Define[editPage](room.Pages, files, "page/edit.html", web.Frame)
	room.password = web.Define[passwordPage](room.Pages, files, "page/password.html", web.Frame)
	room.add = web.Define[addPage](room.Pages, files, "page/add.html", web.Frame)
	room.issue = web.Define[issuePage](room.Pages, files, "page/issue.html", web.Frame)
	room.identifier = web.Define[identifierPage](room.Pages, files, "page/identifier.html", web.Frame)
	room.sessions = web.Define[sessionsPage](room.Pages, files, "page/sessions.html", web.Frame)
	room.consents = web.Define[consentsPage](room.Pages, files, "page/consents.html", web.Frame)
	room.confirm = web.Define[confirmPage](room.Pages, files, "page/confirm.html", web.Frame)
	room.blocking = web.Define[blockPage](room.Pages, files, "page/block.html", web.Frame)
	room.events = web.Define[eventsPage](room.Pages, files, "page/events.html", web.Frame)
	room.event = web.Define[eventPage](room.Pages, files, "page/event.html", web.Frame)
	room.newPassword = web.Define[newPasswordPage](room.Pages, files, "page/new_password.html", web.Widget)
	room.linkGone = web.Define[struct{}](room.Pages, files, "page/link_over.html", web.Widget)
	room.email = web.Define[emailPage](room.Pages, files, "page/email.html", web.Frame)
	room.help = web.Define[helpPage](room.Pages, files, "page/help.html", web.Frame)
}

// Mount adds the room's pages.
func (room *Room) Mount(mux *http.ServeMux) {
	room.Define()
	for pattern, handle := range map[string]func(visit) error{
		"GET /profile":                          room.showOverview,
		"GET /profile/edit":                     room.showEdit,
		"POST /profile/edit":                    room.saveEdit,
		"POST /profile/language":                room.saveLanguage,
		"GET " + pathAskConfirmation:            room.showOverview, // where a reload leads
		"POST " + pathAskConfirmation:           room.askConfirmation,
		"GET " + pathConfirmEmail:               room.showConfirmEmail,
		"POST " + pathConfirmEmail:              room.confirmEmail,
		"GET /profile/password":                 room.showPassword,
		"POST /profile/password":                room.savePassword,
		"GET /profile/identifiers/add":          room.showAdd,
		"GET " + pathIssue:                      room.showIssue,
		"POST " + pathIssue:                     room.issueCertificate,
		"GET " + pathIssueFile:                  room.backToAdd,
		"POST " + pathIssueFile:                 room.saveIssued,
		"GET /profile/identifiers/{id}":         room.showIdentifier,
		"POST /profile/identifiers/{id}":        room.saveIdentifier,
		"GET /profile/identifiers/{id}/block":   room.askBlock,
		"POST /profile/identifiers/{id}/block":  room.block,
		"GET /profile/identifiers/{id}/remove":  room.askRemove,
		"POST /profile/identifiers/{id}/remove": room.remove,
		"GET /profile/sessions":                 room.showSessions,
		"POST /profile/sessions/{id}/end":       room.endSession,
		"GET /profile/sessions/end-others":      room.askEndOthers,
		"POST /profile/sessions/end-others":     room.endOthers,
		"GET /profile/sessions/end-all":         room.askEndAll,
		"POST /profile/sessions/end-all":        room.endAll,
		"GET /profile/delete":                   room.askDelete,
		"POST /profile/delete":                  room.deleteMe,
		"GET /profile/consents":                 room.showConsents,
		"GET /profile/consents/{app}/withdraw":  room.askWithdraw,
		"POST /profile/consents/{app}/withdraw": room.withdraw,
		"GET /profile/events":                   room.showEvents,
		"GET /profile/events/{event}":           room.showEvent,
	} {
		mux.HandleFunc(pattern, room.signedIn(handle))
	}
	// By a link that an administrator handed over: its holder need not be signed in.
	mux.HandleFunc("GET /email/{secret}", room.openEmailLink)
	mux.HandleFunc("GET /password/{secret}", room.showNewPassword)
	mux.HandleFunc("POST /password/{secret}", room.saveNewPassword)
	// Whoever is told at the sign-in that no certificate came is not signed in.
	mux.HandleFunc("GET /help/certificates", room.showHelp)
	mux.HandleFunc("GET /profile/certificates/help", room.showHelp)
}

// visit is one request by a person who is signed in.
type visit struct {
	w      http.ResponseWriter
	r      *http.Request
	ctx    context.Context
	caller iam.Caller
	user   iam.User
	words  *i18n.Printer
	now    time.Time
}

// signedIn lets people at their own pages, and sends everybody else to sign in
// and back.
func (room *Room) signedIn(handle func(visit) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := visit{w: w, r: r, ctx: r.Context(), caller: web.CallerOf(r.Context()), now: room.Now()}
		if v.caller.User == "" {
			to := "/profile" // what a form sent is lost; the page it stood on may be, too
			if r.Method == http.MethodGet {
				to = r.URL.RequestURI()
			}
			http.Redirect(w, r, "/signin?to="+url.QueryEscape(to), http.StatusSeeOther)
			return
		}
		err := func() (err error) {
			if v.user, err = room.Directory.Person(v.ctx, v.caller.User); err != nil {
				return err
			}
			v.words = web.Language(r)
			return handle(v)
		}()
		if err != nil {
			web.Fail(w, r, err)
		}
	}
}

// done tells the next page what happened and leads there.
func (v visit) done(path, key string, pairs ...string) error {
	web.Notify(v.w, "success", key, pairs...)
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

// The tabs.
const (
	tabProfile  = "/profile"
	tabSessions = "/profile/sessions"
	tabConsents = "/profile/consents"
	tabEvents   = "/profile/events"
)

// frame is what every page of a person has around it.
func frame(p *i18n.Printer, user iam.User, administers bool, tab string) web.View {
	link := func(key, path, icon string) web.Link {
		return web.Link{Label: p.T(key), URL: path, Icon: icon, Current: path == tab}
	}
	links := []web.Link{link("profile.menu.profile", "/profile", "user")}
	if administers {
		links = append(links, link("profile.menu.administration", "/admin", "settings"))
	}
	return web.View{Nav: web.Nav{
		Home: "/profile",
		Tabs: []web.Link{
			link("profile.tab.profile", tabProfile, "user"),
			link("profile.tab.sessions", tabSessions, "device"),
			link("profile.tab.consents", tabConsents, "shield-check"),
			link("profile.tab.events", tabEvents, "history"),
		},
		Links:   links,
		Person:  web.Person{Name: user.DisplayName(), Detail: user.Login},
		SignOut: "/signout",
	}}
}

// view is the frame of a visit's page with the title.
func (v visit) view(tab, title string, args ...any) web.View {
	view := frame(v.words, v.user, v.caller.Administers(), tab)
	view.TitleKey, view.TitleArgs = title, args
	return view
}

// under adds the way back up to the view of a page below a tab.
func under(p *i18n.Printer, view web.View, key, path string) web.View {
	view.Crumbs = []web.Link{{Label: p.T(key), URL: path}}
	return view
}

// faults finds the words for what a form got wrong.
type faults struct {
	words *i18n.Printer
	err   *iam.Error
}

// faultsOf returns what is wrong in a form, and false where the error is not
// the person's to mend there.
func faultsOf(p *i18n.Printer, err error) (faults, bool) {
	refused := iam.AsError(err)
	if refused == nil {
		return faults{}, false
	}
	switch refused.Kind {
	case iam.KindInvalid, iam.KindConflict, iam.KindLimited:
		return faults{words: p, err: refused}, true
	}
	return faults{}, false
}

// of returns the words for one field.
func (f faults) of(field string) string {
	if f.err == nil || f.err.Field != field {
		return ""
	}
	return web.Explain(f.words, f.err)
}

// banner returns the words for what is not the fault of one field.
func (f faults) banner(fields ...string) *web.Banner {
	if f.err == nil {
		return nil
	}
	for _, field := range fields {
		if f.err.Field == field {
			return nil
		}
	}
	return &web.Banner{Kind: "danger", Title: web.Explain(f.words, f.err)}
}

// status is the answer's: the form is shown again and nothing has changed.
func (f faults) status() int {
	switch {
	case f.err == nil:
		return http.StatusOK
	case f.err.Kind == iam.KindLimited:
		return http.StatusTooManyRequests
	default:
		return http.StatusUnprocessableEntity
	}
}
