package console

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"time"

	"signet/internal/directory"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// membersPage is who holds a role in an organization or an application, and who
// is invited.
type membersPage struct {
	Add     string
	List    web.List
	Pending []invitationRow
}

type invitationRow struct {
	For    string // whom
	Line   string // role and who invited
	State  web.Badge
	Revoke web.ButtonForm
}

// memberPlace is the organization or application whose members a visit is about,
// for whoever may see them. The system has none: its people are its users.
func (room *Room) memberPlace(v visit) (place, error) {
	return room.placeFor(v, iam.ViewMembers, iam.EditRoles)
}

// members is the path of who holds a role.
func (pl place) members() string {
	if pl.atOrganization() {
		return pl.prefix + "/members"
	}
	return pl.prefix + "/administrators"
}

// roles are those that can be held at a place, the smallest first.
func (pl place) roles() []iam.Role {
	if pl.atOrganization() {
		return []iam.Role{iam.RoleMember, iam.RoleOrganizationManager}
	}
	return []iam.Role{iam.RoleMember, iam.RoleApplicationAdministrator}
}

// memberRoutes are the pages about who holds a role, below their path.
func (room *Room) memberRoutes() map[string]func(visit) error {
	return map[string]func(visit) error{
		"GET ":                          room.showMembers,
		"GET /add":                      room.showAddMember,
		"POST /add":                     room.addMember,
		"POST /invite":                  room.invite,
		"POST /invite/mail":             room.mailInvitation,
		"POST /invitations/{id}/revoke": room.revokeInvitation,
		"GET /person/{user}":            room.showMember,
		"POST /person/{user}":           room.changeMember,
		"GET /person/{user}/remove":     room.askRemoveMember,
		"POST /person/{user}/remove":    room.removeMember,
	}
}

// memberView is the frame of a page about members.
func (room *Room) memberView(v visit, pl place, title string, args ...any) (web.View, error) {
	view, err := room.view(v, "", title, args...)
	if err != nil {
		return view, err
	}
	if pl.atOrganization() {
		return pl.inOrganization(v.words.T, view, pl.members()), nil
	}
	view = pl.inside(v.words.T, view, pl.members())
	view.Nav.Section = pl.client.Name
	view.Crumbs = append(view.Crumbs, web.Link{Label: pl.client.Name, URL: pl.prefix})
	return view, nil
}

// below the list of members.
func (pl place) belowMembers(t func(string, ...any) string, view web.View) web.View {
	view.Crumbs = append(view.Crumbs, web.Link{Label: t(pl.membersTitle()), URL: pl.members()})
	return view
}

//i18n:keys organization.members_title.* organization application
//i18n:keys organization.members_lead.* organization application

func (pl place) membersTitle() string { return "organization.members_title." + string(pl.scope.Level) }

func (room *Room) showMembers(v visit) error {
	pl, err := room.memberPlace(v)
	if err != nil {
		return err
	}
	query := v.r.URL.Query()
	search, after := strings.TrimSpace(query.Get("q")), query.Get("after")
	members, err := room.Directory.Members(v.ctx, v.caller, pl.scope, search, after)
	if err != nil {
		return err
	}
	invitations, err := room.Directory.Invitations(v.ctx, v.caller, pl.scope)
	if err != nil {
		return err
	}
	n := room.names(v.ctx)
	data := membersOf(v.words, pl, members, invitations, search, after, v.now, n)
	if n.err != nil {
		return n.err
	}
	view, err := room.memberView(v, pl, pl.membersTitle())
	if err != nil {
		return err
	}
	view.LeadKey = "organization.members_lead." + string(pl.scope.Level)
	room.members.Show(v.w, v.r, http.StatusOK, view, data)
	return nil
}

func membersOf(p *i18n.Printer, pl place, members []iam.Member, invitations []iam.Invitation, search, after string, now time.Time, n *names) membersPage {
	next := ""
	if len(members) > directory.MembersPage {
		members = members[:directory.MembersPage]
		next = members[len(members)-1].User.Login
	}
	list := web.NewList(pl.members(), search, after, next)
	list.Label, list.Search.Label = p.T("organization.tab_members"), p.T("console.members_search")
	list.None = web.Empty{Icon: "users", Title: p.T("organization.no_members"), Text: p.T("organization.no_members_text")}
	list.NotFound = web.Empty{Icon: "search", Title: p.T("console.no_such_users", "Search", search)}
	list.NoMore = web.Empty{Icon: "users", Title: p.T("console.no_more_users")}
	for _, m := range members {
		person := memberPerson(m.User)
		row := web.Row{URL: pl.memberPath(m.User.ID), Person: &person, Name: person.Name, Lines: []string{person.Detail}}
		if m.User.Status == iam.UserBlocked {
			row.Badges = append(row.Badges, web.Badge{Kind: "danger", Label: p.T("organization.blocked")})
		}
		row.Badges = append(row.Badges, roleBadge(p, m.Role))
		list.Rows = append(list.Rows, row)
	}
	data := membersPage{Add: pl.members() + "/add", List: list}
	for _, i := range invitations {
		data.Pending = append(data.Pending, invitationRowOf(p, pl, i, now, n))
	}
	return data
}

func (pl place) memberPath(id iam.UserID) string {
	return pl.members() + "/person/" + url.PathEscape(string(id))
}

// memberPerson shows a person as other managers may know them: no more than what
// tells two of one name apart.
func memberPerson(u iam.User) web.Person {
	return web.Person{Name: u.DisplayName(), Detail: u.Login}
}

func roleBadge(p *i18n.Printer, role iam.Role) web.Badge {
	b := web.Badge{Label: p.T("console.role." + string(role))}
	if role != iam.RoleMember {
		b.Kind, b.Icon = "accent", "shield"
	}
	return b
}

func invitationRowOf(p *i18n.Printer, pl place, i iam.Invitation, now time.Time, n *names) invitationRow {
	row := invitationRow{
		For: cmp.Or(i.Email, p.T("organization.invitation_open")), Line: p.T("console.role." + string(i.Role)),
		State: web.Badge{Kind: "warning", Label: p.T("organization.invitation_until", "Date", p.Short(i.ExpiresAt))},
		Revoke: web.ButtonForm{
			Action: pl.members() + "/invitations/" + url.PathEscape(string(i.ID)) + "/revoke",
			Button: web.Button{Label: p.T("organization.revoke"), Size: "small", Icon: "x"},
		},
	}
	if by := n.login(i.Inviter); by != "" {
		row.Line = p.T("organization.invitation_line", "Role", row.Line, "By", by)
	}
	if !i.ExpiresAt.After(now) {
		row.State = web.Badge{Label: p.T("organization.invitation_expired")}
		row.Revoke.Button.Label = p.T("organization.forget")
	}
	return row
}

func (room *Room) revokeInvitation(v visit) error {
	pl, err := room.memberPlace(v)
	if err != nil {
		return err
	}
	err = room.Directory.Uninvite(v.ctx, v.caller, pl.scope, iam.InvitationID(v.r.PathValue("id")))
	if err != nil && !iam.IsNotFound(err) { // gone already: what was wanted is so
		return err
	}
	return v.done(pl.members(), "organization.invitation_revoked")
}
