package console

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"signet/internal/directory"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// usersPage is a page of people.
type usersPage struct {
	Search string
	Users  []userRow
	Next   string // path of the next page; empty on the last
	First  string // path of the first page; empty on it
}

type userRow struct {
	Path   string
	Person web.Person
	Line   string // login and address, as far as they say more than the name
	Status web.Badge
	Since  time.Time
}

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
	data := usersPage{Search: search}
	if after != "" {
		data.First = usersPath(search, "")
	}
	if len(users) == directory.PageSize {
		data.Next = usersPath(search, users[len(users)-1].Login)
	}
	for _, u := range users {
		line := u.Login
		if u.Name == "" {
			line = ""
		}
		if u.Email != "" {
			line = strings.TrimPrefix(line+" · "+u.Email, " · ")
		}
		data.Users = append(data.Users, userRow{
			Path: pathOf(u.ID), Person: web.Person{Name: u.DisplayName(), Detail: u.Login}, Line: line,
			Status: statusBadge(p, u.Status), Since: u.CreatedAt,
		})
	}
	return data
}

func usersPath(search, after string) string {
	query := url.Values{}
	if search != "" {
		query.Set("q", search)
	}
	if after != "" {
		query.Set("after", after)
	}
	if len(query) == 0 {
		return tabUsers
	}
	return tabUsers + "?" + query.Encode()
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
