package console

import (
	"net/http"
	"net/url"
	"strings"

	"signet/internal/directory"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// appsPage is a page of applications.
type appsPage struct {
	Path   string // of the list
	Create string // path of the form; empty where the caller may create none
	Search string
	Apps   []appRow
	Next   string // path of the next page; empty on the last
	First  string // path of the first page; empty on it
}

type appRow struct {
	Path  string
	Name  string
	Line  string // type and id
	Badge *web.Badge
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
	return room.drawApps(v, appsOf(v.words, tabApplications, apps, search, after))
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
	data.Next = "" // all of them
	return room.drawApps(v, data)
}

func (room *Room) drawApps(v visit, data appsPage) error {
	if _, may := scopeFor(v.caller, iam.CreateApplications); may {
		data.Create = prefixApplications + "/new"
	}
	view, err := room.view(v, data.Path, "apps.title")
	if err != nil {
		return err
	}
	room.apps.Show(v.w, v.r, http.StatusOK, view, data)
	return nil
}

//i18n:keys apps.type.* iam.AppType

// appsOf makes a page. A full page may be the last one; the next is then empty
// and says so.
func appsOf(p *i18n.Printer, path string, apps []iam.App, search, after string) appsPage {
	data := appsPage{Path: path, Search: search}
	if after != "" {
		data.First = appsPath(path, search, "")
	}
	if len(apps) == directory.AppsPage {
		data.Next = appsPath(path, search, string(apps[len(apps)-1].ID))
	}
	for _, a := range apps {
		row := appRow{Path: appPath(a.ID), Name: a.Name, Line: p.T("apps.type."+string(a.Type)) + " · " + string(a.ID)}
		switch {
		case a.ID == iam.SignetApp:
			row.Badge = &web.Badge{Kind: "accent", Label: p.T("apps.badge_signet")}
		case a.Test:
			row.Badge = &web.Badge{Label: p.T("apps.badge_test")}
		case a.CertificateOnly:
			row.Badge = &web.Badge{Kind: "success", Icon: "certificate", Label: p.T("apps.badge_certificate")}
		}
		data.Apps = append(data.Apps, row)
	}
	return data
}

func appsPath(path, search, after string) string {
	query := url.Values{}
	if search != "" {
		query.Set("q", search)
	}
	if after != "" {
		query.Set("after", after)
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}
