package console

import (
	"net/http"
	"net/url"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/provider"
	"signet/internal/web"
	"signet/internal/words"
)

// orgPage is an organization's dashboard: what there is, at a glance.
type orgPage struct {
	Edit    string
	Apps    []web.Row
	NoApps  *web.Empty // where there is none
	AppsAll orgBlock
	Methods settingsPage
	Members orgBlock
	Events  []eventRow
	Log     string // path of the event log
	SignIn  string // path of its own sign-in form
}

// orgBlock is a block that counts something and leads to it.
type orgBlock struct{ Count, URL string }

// glance is how many lines a block of the dashboard has.
const glance = 5

// orgPlace is the organization that a visit is about, for whoever may see it.
func (room *Room) orgPlace(v visit) (place, error) {
	return room.placeFor(v, iam.ViewOrganizations, iam.EditOrganizations)
}

// orgTabs are the tabs of an organization.
func (pl place) orgTabs() []tabOf {
	return []tabOf{
		{"organization.tab_overview", pl.prefix, "home"},
		{"console.tab.applications", pl.prefix + "/applications", "app"},
		{"console.methods.title", pl.methods(), "key"},
		{"organization.tab_members", pl.members(), "users"},
		{"console.tab.events", pl.prefix + "/events", "history"},
		{"console.tab.settings", pl.prefix + "/settings", "settings"},
	}
}

// inOrganization gives a page the tabs of an organization and, for whoever may
// see them all, the way back to the list.
func (pl place) inOrganization(t func(string, ...any) string, view web.View, tab string) web.View {
	view.Nav.Section, view.Nav.Tabs = pl.org.Name, nil
	for _, l := range pl.orgTabs() {
		view.Nav.Tabs = append(view.Nav.Tabs, web.Link{Label: t(l.key), URL: l.url, Icon: l.icon, Current: l.url == tab})
	}
	view.Crumbs = nil
	if pl.list == tabApplications { // an administrator of the system
		view.Crumbs = append(view.Crumbs, web.Link{Label: t("organization.list_title"), URL: tabOrganizations})
	}
	if tab != pl.prefix {
		view.Crumbs = append(view.Crumbs, web.Link{Label: pl.org.Name, URL: pl.prefix})
	}
	return view
}

func (room *Room) showOrg(v visit) error {
	pl, err := room.orgPlace(v)
	if err != nil {
		return err
	}
	size, err := room.Directory.OrgSize(v.ctx, v.caller, pl.org.ID)
	if err != nil {
		return err
	}
	w, err := room.Providers.Available(v.ctx, v.caller, pl.client.ID)
	if err != nil {
		return err
	}
	apps, err := room.Directory.FindApps(v.ctx, v.caller, pl.scope, "", "")
	if err != nil {
		return err
	}
	events, err := room.Log.All(v.ctx, v.caller, pl.scope, iam.EventFilter{Limit: glance})
	if err != nil {
		return err
	}
	n := room.names(v.ctx)
	data := room.orgOf(v.words, pl, size, w, apps, events, n, v.caller.May(iam.CreateApplications, pl.scope))
	if n.err != nil {
		return n.err
	}
	view, err := room.view(v, "", "")
	if err != nil {
		return err
	}
	view = pl.inOrganization(v.words.T, view, pl.prefix)
	view.Title, view.Lead = pl.org.Name, pl.org.Description
	room.org.Show(v.w, v.r, http.StatusOK, view, data)
	return nil
}

func (room *Room) orgOf(p *i18n.Printer, pl place, size iam.OrgSize, w provider.Widget, apps []iam.App, events []iam.Event, n *names, creates bool) orgPage {
	if len(apps) > glance {
		apps = apps[:glance]
	}
	data := orgPage{
		Edit: pl.prefix + "/settings", Log: pl.prefix + "/events", SignIn: room.Issuer + "/signin?to=" + url.QueryEscape(pl.prefix),
		Apps:    appsOf(p, "", apps, "", "").List.Rows,
		AppsAll: orgBlock{p.N("organization.count_applications", int(size.Applications)), pl.prefix + "/applications"},
		Members: orgBlock{p.N("organization.count_members", int(size.Members)), pl.members()},
		Methods: room.settingsOf(p, pl, w, authorities),
	}
	if len(apps) == 0 {
		none := appsPage{}
		none.List.None = web.Empty{Icon: "app", Title: p.T("apps.none"), Text: p.T("apps.none_text")}
		if creates {
			none.offer(p, newAppPath(pl.org.ID))
		}
		data.NoApps = &none.List.None
	}
	if size.Invitations > 0 {
		data.Members.Count += " " + p.N("organization.count_invitations", int(size.Invitations))
	}
	for _, e := range events {
		data.Events = append(data.Events, eventRow{Path: pl.prefix + "/events/" + url.PathEscape(e.ID), Event: words.Of(p, e, n.words(), room.Now())})
	}
	return data
}
