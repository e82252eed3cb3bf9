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

// appPeoplePage shows who is in an application: who holds a role, and who signed
// in, last first.
type appPeoplePage struct {
	Path    string
	Roles   []appRoleRow
	Wrong   *web.Banner
	Login   web.Field
	Members bool // nobody else can enter
	// Administrators is where these are appointed; empty for who appoints nobody.
	Administrators string
	Search         web.Search
	People         []appPersonRow
	Pager          web.Pager
}

type appRoleRow struct {
	Person web.Person
	Name   string
	Take   web.ButtonForm
}

type appPersonRow struct {
	Person web.Person
	Line   string // last sign-in
	Badge  *web.Badge
	End    string // paths of the pages that ask
	Block  string
	Allow  string
}

// peoplePlace is appPlace for pages about people.
func (room *Room) peoplePlace(v visit) (place, error) {
	pl, err := room.placeFor(v, iam.ManageAppPeople, iam.ManageAppPeople)
	if err == nil && (pl.client.ID == iam.SignetApp || pl.client.Test) {
		return pl, iam.NotFound("page")
	}
	return pl, err
}

func (room *Room) showAppPeople(v visit) error {
	pl, err := room.peoplePlace(v)
	if err != nil {
		return err
	}
	return room.drawAppPeople(v, pl, "", nil)
}

func (room *Room) drawAppPeople(v visit, pl place, login string, refused *iam.Error) error {
	query := v.r.URL.Query()
	search, after := strings.TrimSpace(query.Get("q")), query.Get("after")
	people, err := room.Directory.AppPeople(v.ctx, v.caller, pl.client, search, iam.UserID(after))
	if err != nil {
		return err
	}
	roles, err := room.Directory.AppRoles(v.ctx, v.caller, pl.client)
	if err != nil {
		return err
	}
	view, err := room.appView(v, pl, pl.prefix+"/people", "apps.people_title", "App", pl.client.Name)
	if err != nil {
		return err
	}
	data := appPeopleOf(v.words, pl, people, roles, search, after, v.caller.May(iam.EditRoles, pl.scope), v.now)
	data.Login.Value = login
	if refused != nil {
		data.Login.Error = web.Explain(v.words, refused)
	}
	room.appPeople.Show(v.w, v.r, statusOf(refused), view, data)
	return nil
}

func appPeopleOf(p *i18n.Printer, pl place, people []iam.AppPerson, roles []iam.Holder, search, after string, appoints bool, now time.Time) appPeoplePage {
	path := pl.prefix + "/people"
	data := appPeoplePage{
		Path: path, Members: pl.client.MembersOnly,
		Login: web.Field{Name: "login", Label: p.T("apps.role_login"), Hint: p.T("apps.role_login_hint"), Required: true, Autocomplete: "off", Max: 100},
	}
	if appoints {
		data.Administrators = pl.members()
	}
	for _, h := range roles {
		row := appRoleRow{Person: web.Person{Name: h.User.DisplayName(), Detail: h.User.Login}, Name: p.T("console.role." + string(h.Membership.Role))}
		if h.Membership.Role == iam.RoleMember {
			row.Take = web.ButtonForm{
				Action: path + "/role", Hidden: []web.Hidden{{Name: "user", Value: string(h.User.ID)}},
				Button: web.Button{Label: p.T("apps.role_take", "Name", h.User.DisplayName()), Icon: "x", Kind: "quiet", Size: "small", Compact: true},
			}
		}
		data.Roles = append(data.Roles, row)
	}
	next := ""
	if len(people) == directory.AppPeoplePage {
		next = string(people[len(people)-1].User.ID)
	}
	list := web.NewList(path, search, after, next)
	data.Search, data.Pager = list.Search, list.Pager
	data.Search.Label = p.T("console.members_search")
	for _, person := range people {
		to := path + "/" + url.PathEscape(string(person.User.ID))
		row := appPersonRow{Person: web.Person{Name: person.User.DisplayName(), Detail: person.User.Login}, Line: person.User.Login + " · " + p.T("apps.never_signed_in")}
		if !person.LastAt.IsZero() {
			row.Line = person.User.Login + " · " + p.T("apps.last_sign_in", "Ago", p.Ago(person.LastAt, now))
		}
		switch {
		case !person.BlockedAt.IsZero():
			row.Badge, row.Allow = &web.Badge{Kind: "danger", Icon: "block", Label: p.T("apps.blocked_here")}, to+"/allow"
		case person.Living > 0:
			row.Badge, row.End, row.Block = &web.Badge{Kind: "success", Label: p.T("apps.has_access")}, to+"/end", to+"/block"
		default:
			row.Block = to + "/block"
		}
		data.People = append(data.People, row)
	}
	return data
}

// giveAppRole lets somebody in as a member. Administrators have a page of their
// own.
func (room *Room) giveAppRole(v visit) error {
	pl, err := room.peoplePlace(v)
	if err != nil {
		return err
	}
	login := strings.TrimSpace(v.r.PostFormValue("login"))
	user, err := room.Directory.GiveAppRole(v.ctx, v.caller, pl.client.ID, login, iam.RoleMember)
	if refused := redrawable(err); refused != nil {
		return room.drawAppPeople(v, pl, login, refused)
	}
	if err != nil {
		return err
	}
	return v.done(pl.prefix+"/people", "apps.role_given", "Name", user.DisplayName(), "App", pl.client.Name)
}

func (room *Room) takeAppRole(v visit) error {
	pl, err := room.peoplePlace(v)
	if err != nil {
		return err
	}
	err = room.Directory.TakeAppRole(v.ctx, v.caller, pl.client.ID, iam.UserID(v.r.PostFormValue("user")), iam.RoleMember)
	if iam.IsNotFound(err) {
		return v.to(pl.prefix + "/people") // pressed twice
	}
	if err != nil {
		return err
	}
	return v.done(pl.prefix+"/people", "apps.role_taken", "App", pl.client.Name)
}

//i18n:keys apps.* end_title end_text end_button ended block_title block_text block_button blocked allow_title allow_text allow_button allowed

// askAppPerson asks before somebody's access to the application ends or begins.
func (room *Room) askAppPerson(v visit) error {
	pl, person, what, err := room.appPerson(v)
	if err != nil {
		return err
	}
	view, err := room.appView(v, pl, pl.prefix+"/people", "apps."+what+"_title", "Name", person.User.DisplayName(), "App", pl.client.Name)
	if err != nil {
		return err
	}
	view.Crumbs = append(view.Crumbs, web.Link{Label: v.words.T("apps.people"), URL: pl.prefix + "/people"})
	room.askApp.Show(v.w, v.r, http.StatusOK, view, appPersonOf(v.words, pl, person, what))
	return nil
}

func appPersonOf(p *i18n.Printer, pl place, person iam.AppPerson, what string) askAppPage {
	path := pl.prefix + "/people"
	return askAppPage{
		Person: &web.Person{Name: person.User.DisplayName(), Detail: person.User.Login}, Text: p.T("apps."+what+"_text", "App", pl.client.Name), Confirm: p.T("apps." + what + "_button"),
		Action: path + "/" + url.PathEscape(string(person.User.ID)) + "/" + what, Cancel: path, Mild: what == "allow",
	}
}

// appPerson is the person of an application that a page is about, and what is to
// happen to them.
func (room *Room) appPerson(v visit) (place, iam.AppPerson, string, error) {
	what := v.r.PathValue("what")
	pl, err := room.peoplePlace(v)
	if err != nil {
		return pl, iam.AppPerson{}, what, err
	}
	if what != "end" && what != "block" && what != "allow" {
		return pl, iam.AppPerson{}, what, iam.NotFound("page")
	}
	person, err := room.Directory.AppPerson(v.ctx, v.caller, pl.client, iam.UserID(v.r.PathValue("user")))
	return pl, person, what, err
}

func (room *Room) changeAppPerson(v visit) error {
	pl, person, what, err := room.appPerson(v)
	if err != nil {
		return err
	}
	change, key := room.Directory.EndInApp, "apps.ended"
	switch what {
	case "block":
		change, key = room.Directory.BlockInApp, "apps.blocked"
	case "allow":
		change, key = room.Directory.AllowInApp, "apps.allowed"
	}
	if err := change(v.ctx, v.caller, pl.client.ID, person.User.ID); err != nil {
		return err
	}
	return v.done(pl.prefix+"/people", key, "Name", person.User.DisplayName(), "App", pl.client.Name)
}
