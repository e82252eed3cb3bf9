package console

import (
	"net/http"
	"net/url"
	"strings"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// giveRolePage chooses a role for a person.
type giveRolePage struct {
	Wrong  *web.Banner
	Person web.Person
	Action string
	Cancel string
	Role   web.Choice
}

// roleValue names a membership in a form: role, organization and application.
func roleValue(m iam.Membership) string {
	return url.Values{"role": {string(m.Role)}, "org": {string(m.Scope.Org)}, "app": {string(m.Scope.App)}}.Encode()
}

// membershipOf reads the name. The level follows from what is named; that both
// exist and fit is for the directory to ask.
func membershipOf(value string, user iam.UserID) (iam.Membership, error) {
	q, err := url.ParseQuery(value)
	m := iam.Membership{User: user, Role: iam.Role(q.Get("role"))}
	org, app := iam.OrgID(q.Get("org")), iam.AppID(q.Get("app"))
	switch {
	case err != nil || m.Role == "":
		return m, iam.Invalid("role", "role_missing")
	case app != "":
		m.Scope = iam.Application(app, org)
	case org != "":
		m.Scope = iam.Organization(org)
	default:
		m.Scope = iam.System()
	}
	return m, nil
}

func giveRoleOf(p *i18n.Printer, user iam.User, orgs []iam.Org, apps []iam.App, chosen string, wrong *iam.Error) giveRolePage {
	data := giveRolePage{
		Person: web.Person{Name: user.DisplayName(), Detail: user.Login}, Action: pathOf(user.ID) + "/roles", Cancel: pathOf(user.ID),
		Role: web.Choice{Name: "role", Label: p.T("people.role"), Hint: p.T("people.role_hint"), Options: []web.Option{{Label: p.T("people.role_choose")}}},
	}
	add := func(label string, m iam.Membership) {
		value := roleValue(m)
		data.Role.Options = append(data.Role.Options, web.Option{Value: value, Label: label, Selected: value == chosen})
	}
	role := func(r iam.Role) string { return p.T("console.role." + string(r)) }
	add(role(iam.RoleSystemAdministrator), iam.Membership{Scope: iam.System(), Role: iam.RoleSystemAdministrator})
	for _, o := range orgs {
		for _, r := range []iam.Role{iam.RoleOrganizationManager, iam.RoleMember} {
			add(p.T("people.role_in", "Role", role(r), "Place", o.Name), iam.Membership{Scope: o.Scope(), Role: r})
		}
	}
	for _, a := range apps {
		if a.IsOwn() || a.Test {
			continue
		}
		for _, r := range []iam.Role{iam.RoleApplicationAdministrator, iam.RoleMember} {
			add(p.T("people.role_in", "Role", role(r), "Place", a.Name), iam.Membership{Scope: a.Scope(), Role: r})
		}
	}
	if wrong != nil {
		if wrong.Field == "role" {
			data.Role.Error = web.Explain(p, wrong)
		} else {
			data.Wrong = &web.Banner{Kind: "danger", Title: web.Explain(p, wrong)}
		}
	}
	return data
}

func (room *Room) showGiveRole(v visit) error { return room.drawGiveRole(v, "", nil) }

func (room *Room) drawGiveRole(v visit, chosen string, wrong *iam.Error) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	orgs, err := room.Directory.Orgs(v.ctx, v.caller, "", "")
	if err != nil {
		return err
	}
	apps, err := room.Directory.FindApps(v.ctx, v.caller, iam.System(), "", "")
	if err != nil {
		return err
	}
	view, err := room.view(v, tabUsers, "people.give_role_title", "Name", user.DisplayName())
	if err != nil {
		return err
	}
	view.Crumbs = []web.Link{{Label: v.words.T("console.users_title"), URL: tabUsers}, {Label: user.DisplayName(), URL: pathOf(user.ID)}}
	status := http.StatusOK
	if wrong != nil {
		status = http.StatusUnprocessableEntity
	}
	room.role.Show(v.w, v.r, status, view, giveRoleOf(v.words, user, orgs, apps, chosen, wrong))
	return nil
}

func (room *Room) giveRole(v visit) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	chosen := v.r.PostFormValue("role")
	m, err := membershipOf(chosen, user.ID)
	if err == nil {
		err = room.Directory.Give(v.ctx, v.caller, m)
	}
	if refused := redrawable(err); refused != nil {
		return room.drawGiveRole(v, chosen, refused)
	}
	if err != nil {
		return err
	}
	return v.done(pathOf(user.ID), "people.role_given", "Name", user.DisplayName(), "Role", v.words.T("console.role."+string(m.Role)))
}

func (room *Room) askTakeRole(v visit) error { return room.drawTakeRole(v, v.r.URL.RawQuery, nil) }

func (room *Room) drawTakeRole(v visit, value string, refused *iam.Error) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	m, err := room.held(v, user, value)
	if err != nil {
		return err
	}
	n := room.names(v.ctx)
	page := takeRoleOf(v.words, user, m, roleOf(v.words, m, n))
	if n.err != nil {
		return n.err
	}
	return room.ask(v, user, "people.take_role_title", page, refused)
}

// held is the role that a form names, which the person must hold.
func (room *Room) held(v visit, user iam.User, value string) (iam.Membership, error) {
	m, err := membershipOf(value, user.ID)
	if err != nil {
		return m, iam.NotFound("membership")
	}
	roles, err := room.Directory.Roles(v.ctx, v.caller, user.ID)
	for _, held := range roles {
		if roleValue(held) == roleValue(m) {
			return held, err
		}
	}
	if err == nil {
		err = iam.NotFound("membership")
	}
	return m, err
}

func takeRoleOf(p *i18n.Printer, user iam.User, m iam.Membership, row roleRow) confirmPage {
	name := row.Name
	if row.Place != "" {
		name = p.T("people.role_in", "Role", row.Name, "Place", row.Place)
	}
	return confirmPage{Text: p.T("people.take_role_text", "Role", name), Action: pathOf(user.ID) + "/roles/take", Value: roleValue(m), Confirm: p.T("people.take_role")}
}

func (room *Room) takeRole(v visit) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	value := strings.TrimSpace(v.r.PostFormValue("value"))
	m, err := room.held(v, user, value)
	if err != nil {
		return err
	}
	err = room.Directory.Take(v.ctx, v.caller, m)
	if refused := iam.AsError(err); refused != nil && refused.Kind == iam.KindConflict {
		return room.drawTakeRole(v, value, refused)
	}
	if err != nil {
		return err
	}
	return v.done(pathOf(user.ID), "people.role_taken", "Name", user.DisplayName())
}
