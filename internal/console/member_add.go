package console

import (
	"net/http"

	"signet/internal/directory"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// addMemberPage has two ways: somebody who has an account, and a link for
// somebody who may not have one yet.
type addMemberPage struct {
	Wrong  *web.Banner
	Add    addForm
	Invite addForm
	Cancel string
}

type addForm struct {
	Action string
	Who    web.Field
	Role   web.Choice
}

// addInput is what was typed into one of the two forms.
type addInput struct {
	Name, Email, Role string
	Invites           bool
}

func (room *Room) showAddMember(v visit) error {
	pl, err := room.memberPlace(v)
	if err != nil {
		return err
	}
	return room.drawAddMember(v, pl, addInput{}, nil)
}

func (room *Room) drawAddMember(v visit, pl place, in addInput, wrong *iam.Error) error {
	view, err := room.memberView(v, pl, "organization.add_title")
	if err != nil {
		return err
	}
	room.memberAdd.Show(v.w, v.r, statusOf(wrong), pl.belowMembers(v.words.T, view), addMemberOf(v.words, pl, in, wrong))
	return nil
}

//i18n:keys organization.role_hint.* member member_application organization_manager application_administrator

// roleHint says what a role means where it is held: a member of an application
// may enter it where it is for members only (row S12), which the pages of the
// application's people cannot give to somebody without an account.
func roleHint(p *i18n.Printer, role iam.Role, level iam.Level) string {
	if role == iam.RoleMember && level == iam.LevelApplication {
		return p.T("organization.role_hint.member_application")
	}
	return p.T("organization.role_hint." + string(role))
}

func rolesOf(p *i18n.Printer, pl place, chosen iam.Role, suffix, fault string) web.Choice {
	c := web.Choice{Name: "role", Suffix: suffix, Label: p.T("organization.role"), Cards: true, Error: fault}
	for _, role := range pl.roles() {
		c.Options = append(c.Options, web.Option{
			Value: string(role), Label: p.T("console.role." + string(role)), Hint: roleHint(p, role, pl.scope.Level), Selected: role == chosen,
		})
	}
	return c
}

func addMemberOf(p *i18n.Printer, pl place, in addInput, wrong *iam.Error) addMemberPage {
	fault := func(field string, invites bool) string {
		if wrong == nil || wrong.Field != field || invites != in.Invites {
			return ""
		}
		return web.Explain(p, wrong)
	}
	chosen := func(invites bool) iam.Role {
		if in.Role != "" && in.Invites == invites {
			return iam.Role(in.Role)
		}
		return pl.roles()[0]
	}
	data := addMemberPage{
		Cancel: pl.members(),
		Add: addForm{
			Action: pl.members() + "/add",
			Who: web.Field{Name: "name", Label: p.T("organization.add_name"), Hint: p.T("organization.add_name_hint"), Value: in.Name, Error: fault("name", false),
				Required: true, Autocomplete: "off", Max: 254},
			Role: rolesOf(p, pl, chosen(false), "add", fault("role", false)),
		},
		Invite: addForm{
			Action: pl.members() + "/invite",
			Who: web.Field{Name: "email", Type: "email", Label: p.T("organization.invite_email"), Hint: p.T("organization.invite_email_hint"), Value: in.Email,
				Error: fault("email", true), Optional: p.T("console.optional"), Autocomplete: "off", Max: 254},
			Role: rolesOf(p, pl, chosen(true), "invite", fault("role", true)),
		},
	}
	if wrong != nil && wrong.Field == "" {
		data.Wrong = banner(p, wrong)
	}
	return data
}

func (room *Room) addMember(v visit) error {
	pl, err := room.memberPlace(v)
	if err != nil {
		return err
	}
	in := addInput{Name: v.r.PostFormValue("name"), Role: v.r.PostFormValue("role")}
	user, err := room.Directory.AddMember(v.ctx, v.caller, pl.scope, in.Name, iam.Role(in.Role))
	if refused := redrawable(err); refused != nil {
		return room.drawAddMember(v, pl, in, refused)
	}
	if err != nil {
		return err
	}
	return v.done(pl.members(), "organization.added", "Name", user.DisplayName())
}

// invitedPage shows the link of an invitation, once.
type invitedPage struct {
	Link  string
	Email string
	Days  int
	Role  string
	Back  string
	Mail  *linkMail // nil where it cannot be mailed
}

// invite makes an invitation and answers with its link: it is not stored, so
// there is no other page that could show it.
func (room *Room) invite(v visit) error {
	pl, err := room.memberPlace(v)
	if err != nil {
		return err
	}
	in := addInput{Email: v.r.PostFormValue("email"), Role: v.r.PostFormValue("role"), Invites: true}
	i, secret, err := room.Directory.Invite(v.ctx, v.caller, pl.scope, in.Email, iam.Role(in.Role))
	if refused := redrawable(err); refused != nil {
		return room.drawAddMember(v, pl, in, refused)
	}
	if err != nil {
		return err
	}
	view, err := room.memberView(v, pl, "organization.invited_title")
	if err != nil {
		return err
	}
	v.w.Header().Set("Cache-Control", "no-store")
	data := invitedOf(v.words, pl, i, room.Issuer+"/invitations/"+string(secret))
	if data.Mail, err = room.linkMail(v, i.Email, pl.members()+"/invite/mail", secret); err != nil {
		return err
	}
	room.invited.Show(v.w, v.r, http.StatusOK, pl.belowMembers(v.words.T, view), data)
	return nil
}

func invitedOf(p *i18n.Printer, pl place, i iam.Invitation, link string) invitedPage {
	return invitedPage{Link: link, Email: i.Email, Days: int(directory.InvitationTTL.Hours() / 24), Role: p.T("console.role." + string(i.Role)), Back: pl.members()}
}
