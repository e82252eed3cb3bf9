package console

import (
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// memberPage is one member: the role, and the way out.
type memberPage struct {
	Wrong  *web.Banner
	Person web.Person
	Self   bool
	Action string
	Role   web.Choice
	Remove string
	Cancel string
}

func (room *Room) member(v visit) (place, iam.Member, error) {
	pl, err := room.memberPlace(v)
	if err != nil {
		return pl, iam.Member{}, err
	}
	m, err := room.Directory.Member(v.ctx, v.caller, pl.scope, iam.UserID(v.r.PathValue("user")))
	if iam.IsNotFound(err) {
		return pl, m, iam.NotFound("user")
	}
	return pl, m, err
}

func (room *Room) showMember(v visit) error { return room.drawMember(v, nil) }

func (room *Room) drawMember(v visit, refused *iam.Error) error {
	pl, m, err := room.member(v)
	if err != nil {
		return err
	}
	view, err := room.memberView(v, pl, "")
	if err != nil {
		return err
	}
	view = pl.belowMembers(v.words.T, view)
	view.Title = m.User.DisplayName()
	room.memberOne.Show(v.w, v.r, statusOf(refused), view, memberOf(v.words, pl, m, v.caller.User, refused))
	return nil
}

func memberOf(p *i18n.Printer, pl place, m iam.Member, me iam.UserID, refused *iam.Error) memberPage {
	path := pl.memberPath(m.User.ID)
	return memberPage{
		Wrong: banner(p, refused), Person: memberPerson(m.User), Self: m.User.ID == me, Action: path, Role: rolesOf(p, pl, m.Role, "", ""),
		Remove: path + "/remove", Cancel: pl.members(),
	}
}

func (room *Room) changeMember(v visit) error {
	pl, m, err := room.member(v)
	if err != nil {
		return err
	}
	err = room.Directory.ChangeMember(v.ctx, v.caller, pl.scope, m.User.ID, iam.Role(v.r.PostFormValue("role")))
	if refused := redrawable(err); refused != nil {
		return room.drawMember(v, refused)
	}
	if err != nil {
		return err
	}
	return room.backToMembers(v, pl, "organization.role_changed", m.User)
}

// backToMembers leads back to the list; who has just lost the right to see it is
// led to what is left to them.
func (room *Room) backToMembers(v visit, pl place, key string, u iam.User) error {
	to := pl.members()
	if u.ID == v.caller.User {
		left, err := room.Directory.Roles(v.ctx, v.caller, u.ID)
		if err != nil {
			return err
		}
		now := v.caller
		now.Memberships = left
		switch {
		case now.May(iam.ViewMembers, pl.scope):
		case now.Administers():
			to = prefixSystem
		default:
			to = "/profile"
		}
	}
	return v.done(to, key, "Name", u.DisplayName())
}

func (room *Room) askRemoveMember(v visit) error { return room.drawRemoveMember(v, nil) }

func (room *Room) drawRemoveMember(v visit, refused *iam.Error) error {
	pl, m, err := room.member(v)
	if err != nil {
		return err
	}
	view, err := room.memberView(v, pl, "organization.remove_title", "Name", m.User.DisplayName())
	if err != nil {
		return err
	}
	page := removeMemberOf(v.words, pl, m, m.User.ID == v.caller.User)
	page.Wrong = banner(v.words, refused)
	room.confirm.Show(v.w, v.r, statusOf(refused), pl.belowMembers(v.words.T, view), page)
	return nil
}

//i18n:keys organization.remove_ends.* organization application

func removeMemberOf(p *i18n.Printer, pl place, m iam.Member, self bool) confirmPage {
	path := pl.memberPath(m.User.ID)
	page := confirmPage{
		Person: memberPerson(m.User), Text: p.T("organization.remove_text"), Ends: []string{p.T("organization.remove_ends." + string(pl.scope.Level))},
		Action: path + "/remove", Confirm: p.T("organization.remove_button"), Cancel: path,
	}
	if self {
		page.Text = p.T("organization.remove_self")
	}
	return page
}

func (room *Room) removeMember(v visit) error {
	pl, m, err := room.member(v)
	if err != nil {
		return err
	}
	err = room.Directory.RemoveMember(v.ctx, v.caller, pl.scope, m.User.ID)
	if refused := iam.AsError(err); refused != nil && refused.Kind == iam.KindConflict {
		return room.drawRemoveMember(v, refused)
	}
	if err != nil {
		return err
	}
	return room.backToMembers(v, pl, "organization.removed", m.User)
}
