package console

import (
	"cmp"
	"net/http"
	"net/url"

	"signet/internal/iam"
	"signet/internal/web"
)

// place is where something is administered: a scope, under the prefix of its
// paths. The consoles of the system, of organizations and of applications are the
// same pages at other places.
type place struct {
	scope iam.Scope
	org   iam.Org // zero at the system, and at applications
	// client is whose sign-in form the switches are of. At the system that is
	// Signet itself.
	client iam.App
	prefix string // of the paths
	list   string // path of the applications that the visitor sees
}

// place reads from the path where a visit stands. To whoever may not see login
// methods there, the place does not exist, be there such an application or not.
func (room *Room) place(v visit) (place, error) {
	return room.placeFor(v, iam.ViewProviders, iam.EditProviders)
}

// placeFor is place for pages that need the action see, and whose forms need the
// action change.
func (room *Room) placeFor(v visit, see, change iam.Action) (place, error) {
	pl, noun := place{scope: iam.System(), prefix: prefixSystem, list: listOf(v.caller)}, "page"
	id, org := iam.AppID(v.r.PathValue("app")), v.r.PathValue("org")
	var client iam.App
	var err error
	switch {
	case org != "":
		noun = "organization"
		client, err = room.Directory.OrgClient(v.ctx, org)
	case id != "":
		noun = "application"
		if client, err = room.Directory.App(v.ctx, id); err == nil && id.IsOwn() && id != iam.SignetApp {
			err = iam.NotFound(noun) // an organization itself is administered at its own address
		}
	default:
		client, err = room.Directory.App(v.ctx, iam.SignetApp)
	}
	if iam.IsNotFound(err) {
		return pl, iam.NotFound(noun)
	}
	if err != nil {
		return pl, err
	}
	pl.client = client
	switch {
	case org != "":
		pl.scope = iam.Organization(client.Org)
	case id != "":
		pl.scope, pl.prefix = client.Scope(), appPath(id)
	}
	if !v.caller.May(see, pl.scope) {
		if v.r.Method != http.MethodGet { // who tries to change what is not theirs stands in the log
			if err := room.Log.Denied(v.ctx, v.caller, change, pl.scope); iam.AsError(err) == nil {
				return pl, err
			}
		}
		return pl, iam.NotFound(noun)
	}
	if org != "" {
		if pl.org, err = room.Directory.Org(v.ctx, v.caller, org); err != nil {
			return pl, err
		}
		pl.prefix = orgPath(pl.org)
	}
	return pl, nil
}

// The prefixes of the places.
const (
	prefixSystem        = "/admin"
	prefixOrganizations = "/organizations"
	prefixApplications  = "/applications"
)

func orgPath(o iam.Org) string { return prefixOrganizations + "/" + url.PathEscape(o.Handle) }

func appPath(id iam.AppID) string { return prefixApplications + "/" + url.PathEscape(string(id)) }

// listOf is where a caller finds the applications that they may see.
func listOf(caller iam.Caller) string {
	if caller.May(iam.ViewApplications, iam.System()) {
		return tabApplications
	}
	return prefixApplications
}

func (pl place) atOrganization() bool { return pl.scope.Level == iam.LevelOrganization }

func (pl place) atSystem() bool { return pl.scope.Level == iam.LevelSystem }

func (pl place) methods() string { return pl.prefix + "/methods" }

func (pl place) method(id iam.ProviderID) string {
	return pl.methods() + "/" + url.PathEscape(string(id))
}

// placed is the frame of a page about the login methods of a place.
func (room *Room) placed(v visit, pl place, title string, args ...any) (web.View, error) {
	view, err := room.view(v, pl.tab(), title, args...)
	return pl.crumbs(v.words.T, view), err
}

// tab is the tab under which the settings of a place stand.
func (pl place) tab() string {
	if pl.atSystem() {
		return tabSettings
	}
	return pl.prefix
}

// crumbs lead back to the settings of the place. An application has tabs of its
// own beside.
func (pl place) crumbs(t func(string, ...any) string, view web.View) web.View {
	if pl.atSystem() {
		view.Crumbs = []web.Link{{Label: t("console.settings_title"), URL: tabSettings}}
		return view
	}
	if pl.atOrganization() {
		return pl.inOrganization(t, view, pl.methods())
	}
	view = pl.inside(t, view, pl.prefix)
	view.Crumbs = append(view.Crumbs, web.Link{Label: pl.client.Name, URL: pl.prefix})
	return view
}

// inside gives a page the tabs of an application and the way back to the list.
func (pl place) inside(t func(string, ...any) string, view web.View, tab string) web.View {
	view.Nav.Tabs = nil
	for _, l := range pl.appTabs() {
		view.Nav.Tabs = append(view.Nav.Tabs, web.Link{Label: t(l.key), URL: l.url, Icon: l.icon, Current: l.url == tab})
	}
	view.Crumbs = []web.Link{{Label: t("console.tab.applications"), URL: cmp.Or(pl.list, tabApplications)}}
	return view
}

type tabOf struct{ key, url, icon string }

// appTabs are the tabs of an application.
func (pl place) appTabs() []tabOf {
	tabs := []tabOf{{"console.tab.settings", pl.prefix, "settings"}}
	if pl.client.ID == iam.SignetApp || pl.client.Test {
		return tabs
	}
	return append(tabs, tabOf{"apps.people", pl.prefix + "/people", "users"}, tabOf{"organization.tab_administrators", pl.members(), "shield"},
		tabOf{"apps.connect", pl.prefix + "/connect", "link"}, tabOf{"console.tab.events", pl.log(), "history"})
}

// below adds the list of methods to the crumbs.
func (pl place) below(t func(string, ...any) string, view web.View) web.View {
	view.Crumbs = append(view.Crumbs, web.Link{Label: t("console.methods.title"), URL: pl.methods()})
	return view
}
