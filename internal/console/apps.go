package console

import (
	"net/http"
	"strings"

	"signet/internal/directory"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// appsPage is a page of applications.
type appsPage struct {
	Create string // path of the form; empty where the caller may create none
	List   web.List
}

// showAllApps lists the applications of the system.
func (room *Room) showAllApps(v visit) error {
	if !v.caller.May(iam.ViewApplications, iam.System()) {
		return iam.NotFound("page")
	}
	query := v.r.URL.Query()
	search, after := strings.TrimSpace(query.Get("q")), query.Get("after")
	apps, err := room.Directory.FindApps(v.ctx, v.caller, iam.System(), search, iam.AppID(after))
	if err != nil {
		return err
	}
	data := appsOf(v.words, tabApplications, apps, search, after)
	if err := room.tellOrgs(v, apps, data.List.Rows); err != nil {
		return err
	}
	return room.drawApps(v, data)
}

// tellOrgs puts the organization into the lines of its applications: of two that are
// called the same, one could not be told from the other.
func (room *Room) tellOrgs(v visit, apps []iam.App, rows []web.Row) error {
	n := room.names(v.ctx)
	for i, a := range apps {
		if name := n.org(a.Org); name != "" {
			rows[i].Lines[0] = name + " · " + rows[i].Lines[0]
		}
	}
	return n.err
}

// showMyApps lists the applications that the caller administers, for those who
// do not administer them all.
func (room *Room) showMyApps(v visit) error {
	if v.caller.May(iam.ViewApplications, iam.System()) {
		return v.to(tabApplications)
	}
	apps, err := room.Directory.MyApps(v.ctx, v.caller)
	if err != nil {
		return err
	}
	search := strings.TrimSpace(v.r.URL.Query().Get("q"))
	found := apps[:0]
	for _, a := range apps {
		if search == "" || strings.Contains(strings.ToLower(a.Name), strings.ToLower(search)) || string(a.ID) == search {
			found = append(found, a)
		}
	}
	data := appsOf(v.words, prefixApplications, found, search, "")
	if err := room.tellOrgs(v, found, data.List.Rows); err != nil {
		return err
	}
	data.List.Pager.Next = "" // all of them
	return room.drawApps(v, data)
}

func (room *Room) drawApps(v visit, data appsPage) error {
	if _, may := scopeFor(v.caller, iam.CreateApplications); may {
		data.offer(v.words, prefixApplications+"/new")
	}
	view, err := room.view(v, data.List.Search.Path, "apps.title")
	if err != nil {
		return err
	}
	room.apps.Show(v.w, v.r, http.StatusOK, view, data)
	return nil
}

// offer leads to the form of a new application.
func (data *appsPage) offer(p *i18n.Printer, form string) {
	data.Create = form
	data.List.None.Button = &web.Button{Label: p.T("apps.create_link"), URL: form, Icon: "plus"}
}

//i18n:keys apps.type.* iam.AppType

// appsOf makes a page. A full page may be the last one; the next is then empty
// and says so.
func appsOf(p *i18n.Printer, path string, apps []iam.App, search, after string) appsPage {
	next := ""
	if len(apps) == directory.AppsPage {
		next = string(apps[len(apps)-1].ID)
	}
	list := web.NewList(path, search, after, next)
	list.Label, list.Search.Label = p.T("apps.title"), p.T("apps.search")
	list.None = web.Empty{Icon: "app", Title: p.T("apps.none"), Text: p.T("apps.none_text")}
	list.NotFound = web.Empty{Icon: "search", Title: p.T("apps.none_found", "Search", search)}
	list.NoMore = web.Empty{Icon: "app", Title: p.T("apps.no_more")}
	for _, a := range apps {
		row := web.Row{URL: appPath(a.ID), Icon: "app", Name: a.Name, Lines: []string{p.T("apps.type."+string(a.Type)) + " · " + string(a.ID)}}
		switch {
		case a.ID == iam.SignetApp:
			row.Badges = []web.Badge{web.Badge{Kind: "accent", Label: p.T("apps.badge_signet")}}
		case a.Test:
			row.Badges = []web.Badge{web.Badge{Label: p.T("apps.badge_test")}}
		case a.CertificateOnly:
			row.Badges = []web.Badge{web.Badge{Kind: "success", Icon: "certificate", Label: p.T("apps.badge_certificate")}}
		}
		list.Rows = append(list.Rows, row)
	}
	return appsPage{List: list}
}
