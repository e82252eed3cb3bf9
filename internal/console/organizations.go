package console

import (
	"net/http"
	"strings"

	"signet/internal/directory"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// orgsPage is a page of organizations.
type orgsPage struct{ List web.List }

func (room *Room) showOrgs(v visit) error {
	if !v.caller.May(iam.ViewOrganizations, iam.System()) {
		return iam.NotFound("page")
	}
	query := v.r.URL.Query()
	search, after := strings.TrimSpace(query.Get("q")), query.Get("after")
	orgs, err := room.Directory.Orgs(v.ctx, v.caller, search, iam.OrgID(after))
	if err != nil {
		return err
	}
	view, err := room.view(v, tabOrganizations, "organization.list_title")
	if err != nil {
		return err
	}
	room.orgs.Show(v.w, v.r, http.StatusOK, view, orgsOf(v.words, orgs, search, after))
	return nil
}

// orgsOf makes a page of up to directory.OrgsPage organizations; one more says
// that there is a next page.
func orgsOf(p *i18n.Printer, orgs []iam.Org, search, after string) orgsPage {
	next := ""
	if len(orgs) > directory.OrgsPage {
		orgs = orgs[:directory.OrgsPage]
		next = string(orgs[len(orgs)-1].ID)
	}
	list := web.NewList(tabOrganizations, search, after, next)
	list.Label, list.Search.Label = p.T("organization.list_title"), p.T("organization.search")
	list.None = web.Empty{Icon: "building", Title: p.T("organization.none"), Text: p.T("organization.none_text")}
	list.NotFound = web.Empty{Icon: "search", Title: p.T("organization.none_found", "Search", search)}
	list.NoMore = web.Empty{Icon: "building", Title: p.T("organization.no_more")}
	for _, o := range orgs {
		list.Rows = append(list.Rows, web.Row{URL: orgPath(o), Icon: "building", Name: o.Name, Lines: []string{joinLine(o.Handle, oneLine(o.Description))}})
	}
	return orgsPage{List: list}
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func joinLine(parts ...string) string {
	var some []string
	for _, p := range parts {
		if p != "" {
			some = append(some, p)
		}
	}
	return strings.Join(some, " · ")
}

// orgRoutes are the pages about organizations.
func (room *Room) orgRoutes() map[string]func(visit) error {
	const one = prefixOrganizations + "/{org}"
	routes := map[string]func(visit) error{
		"GET " + tabOrganizations:           room.showOrgs,
		"GET " + tabOrganizations + "/new":  room.newOrg,
		"POST " + tabOrganizations + "/new": room.createOrg,
		"GET " + one:                        room.showOrg,
		"GET " + one + "/settings":          room.editOrg,
		"POST " + one + "/settings":         room.changeOrg,
		"GET " + one + "/delete":            room.askDeleteOrg,
		"POST " + one + "/delete":           room.deleteOrg,
		"GET " + one + "/applications":      room.showOrgApps,
	}
	for prefix, members := range map[string]string{one: "/members", prefixApplications + "/{app}": "/administrators"} {
		for pattern, handle := range room.memberRoutes() {
			method, path, _ := strings.Cut(pattern, " ")
			routes[method+" "+prefix+members+path] = handle
		}
	}
	return routes
}

// showOrgApps lists the applications of an organization.
func (room *Room) showOrgApps(v visit) error {
	pl, err := room.placeFor(v, iam.ViewApplications, iam.EditApplications)
	if err != nil {
		return err
	}
	query := v.r.URL.Query()
	search, after := strings.TrimSpace(query.Get("q")), query.Get("after")
	apps, err := room.Directory.FindApps(v.ctx, v.caller, pl.scope, search, iam.AppID(after))
	if err != nil {
		return err
	}
	view, err := room.view(v, "", "apps.title")
	if err != nil {
		return err
	}
	path := pl.prefix + "/applications"
	data := appsOf(v.words, path, apps, search, after)
	if v.caller.May(iam.CreateApplications, pl.scope) {
		data.offer(v.words, newAppPath(pl.org.ID))
	}
	room.apps.Show(v.w, v.r, http.StatusOK, pl.inOrganization(v.words.T, view, path), data)
	return nil
}
