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

// usersPage is a page of people.
type usersPage struct{ List web.List }

func (room *Room) showUsers(v visit) error {
	query := v.r.URL.Query()
	search, after := strings.TrimSpace(query.Get("q")), query.Get("after")
	users, err := room.Directory.Users(v.ctx, v.caller, search, after)
	if err != nil {
		return err
	}
	view, err := room.view(v, tabUsers, "console.users_title")
	if err != nil {
		return err
	}
	room.users.Show(v.w, v.r, http.StatusOK, view, usersOf(v.words, users, search, after))
	return nil
}

// usersOf makes a page. A full page may be the last one; the next is then empty
// and says so.
func usersOf(p *i18n.Printer, users []iam.User, search, after string) usersPage {
	next := ""
	if len(users) == directory.PageSize {
		next = users[len(users)-1].Login
	}
	list := web.NewList(tabUsers, search, after, next)
	list.Label, list.Search.Label = p.T("console.users_title"), p.T("console.users_search")
	list.None = web.Empty{Icon: "users", Title: p.T("console.no_users")}
	list.NotFound = web.Empty{Icon: "search", Title: p.T("console.no_such_users", "Search", search)}
	list.NoMore = web.Empty{Icon: "users", Title: p.T("console.no_more_users")}
	for _, u := range users {
		line := u.Login
		if u.Name == "" {
			line = ""
		}
		if u.Email != "" {
			line = strings.TrimPrefix(line+" · "+u.Email, " · ")
		}
		row := web.Row{
			URL: pathOf(u.ID), Person: &web.Person{Name: u.DisplayName(), Detail: u.Login}, Name: u.DisplayName(),
			Badges: []web.Badge{statusBadge(p, u.Status)},
		}
		if line != "" {
			row.Lines = append(row.Lines, line)
		}
		row.Lines = append(row.Lines, p.T("console.created_on", "Date", p.Date(u.CreatedAt)))
		list.Rows = append(list.Rows, row)
	}
	return usersPage{List: list}
}

func pathOf(id iam.UserID) string { return tabUsers + "/" + url.PathEscape(string(id)) }

//i18n:keys console.status.* iam.UserStatus

func statusBadge(p *i18n.Printer, status iam.UserStatus) web.Badge {
	badge := web.Badge{Label: p.T("console.status." + string(status))}
	switch status {
	case iam.UserActive:
		badge.Kind = "success"
	case iam.UserBlocked:
		badge.Kind, badge.Icon = "danger", "block"
	case iam.UserDeleted:
		badge.Kind, badge.Icon = "warning", "trash"
	}
	return badge
}
