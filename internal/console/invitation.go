package console

import (
	"cmp"
	"net/http"
	"time"

	"signet/internal/directory"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// invitationCookie keeps the secret of an invitation's link in the browser that
// opened it. In the address it would be stored with the sign-in that follows, and
// seen in the history.
const invitationCookie web.CookieName = "signet-invitation"

const invitationCookieLife = time.Hour

// invitationPage says who invites to what, and asks.
type invitationPage struct {
	Wrong    *web.Banner
	Facts    []web.Fact
	Person   *web.Person // who is signed in; nobody where nil
	SignIn   string
	Register bool // an account can be made at the sign-in
}

// openInvitation takes the secret out of the address.
func (room *Room) openInvitation(w http.ResponseWriter, r *http.Request) {
	if _, err := room.Directory.Invitation(r.Context(), iam.Secret(r.PathValue("secret"))); iam.IsNotFound(err) {
		room.invitationOver(w, r)
		return
	} else if err != nil {
		web.Fail(w, r, err)
		return
	}
	web.SetCookie(w, invitationCookie, r.PathValue("secret"), invitationCookieLife)
	http.Redirect(w, r, "/invitation", http.StatusSeeOther)
}

func (room *Room) showInvitation(w http.ResponseWriter, r *http.Request) {
	room.drawInvitation(w, r, nil)
}

func (room *Room) drawInvitation(w http.ResponseWriter, r *http.Request, refused *iam.Error) {
	in, err := room.Directory.Invitation(r.Context(), iam.Secret(web.Cookie(r, invitationCookie)))
	if iam.IsNotFound(err) {
		room.invitationOver(w, r)
		return
	}
	var me *iam.User
	var set iam.Settings
	if caller := web.CallerOf(r.Context()); err == nil && caller.User != "" {
		var u iam.User
		u, err = room.Directory.Person(r.Context(), caller.User)
		me = &u
	}
	if err == nil {
		set, err = room.Directory.Settings(r.Context())
	}
	if err != nil {
		web.Fail(w, r, err)
		return
	}
	room.invitation.Show(w, r, statusOf(refused), invitationView(in), invitationOf(web.Language(r), in, me, set.Registration, refused))
}

func invitationView(in directory.Invited) web.View {
	return web.View{TitleKey: "organization.invitation_title", TitleArgs: []any{"Place", in.Place}, LeadKey: "organization.invitation_lead"}
}

func invitationOf(p *i18n.Printer, in directory.Invited, me *iam.User, register bool, refused *iam.Error) invitationPage {
	data := invitationPage{Wrong: banner(p, refused), SignIn: "/signin?to=%2Finvitation", Register: register}
	i := in.Invitation
	data.Facts = []web.Fact{
		{Term: p.T("organization.invitation_by"), Text: cmp.Or(in.Inviter.DisplayName(), p.T("organization.invitation_by_nobody"))},
		{Term: p.T("organization.invitation_to"), Text: in.Place},
		{Term: p.T("organization.role"), Text: p.T("console.role." + string(i.Role))},
		{Term: p.T("organization.invitation_means"), Text: roleHint(p, i.Role, i.Scope.Level)},
		{Term: p.T("organization.invitation_ends"), Text: p.DateTime(i.ExpiresAt)},
	}
	if i.Email != "" {
		data.Facts = append(data.Facts, web.Fact{Term: p.T("organization.invitation_for"), Text: i.Email})
	}
	if me != nil {
		data.Person = &web.Person{Name: me.DisplayName(), Detail: me.Login}
	}
	return data
}

// invitationOver answers to links that were used, taken back, have expired or
// never were: the difference is nobody's business.
func (room *Room) invitationOver(w http.ResponseWriter, r *http.Request) {
	web.ClearCookie(w, invitationCookie)
	room.invitationGone.Show(w, r, http.StatusGone, web.View{TitleKey: "organization.invitation_over_title", LeadKey: "organization.invitation_over_lead"}, struct{}{})
}

func (room *Room) acceptInvitation(w http.ResponseWriter, r *http.Request) {
	caller := web.CallerOf(r.Context())
	if caller.User == "" { // the session ended while they read
		http.Redirect(w, r, "/signin?to=%2Finvitation", http.StatusSeeOther)
		return
	}
	in, err := room.Directory.Accept(r.Context(), caller, iam.Secret(web.Cookie(r, invitationCookie)))
	refused := iam.AsError(err)
	switch {
	case refused != nil && refused.Kind == iam.KindConflict:
		room.drawInvitation(w, r, refused)
	case refused != nil && refused.Kind == iam.KindNotFound:
		room.invitationOver(w, r)
	case err != nil:
		web.Fail(w, r, err)
	default:
		web.ClearCookie(w, invitationCookie)
		web.Notify(w, "success", "organization.invitation_accepted", "Place", in.Place)
		http.Redirect(w, r, placeOfInvitation(in), http.StatusSeeOther)
	}
}

// placeOfInvitation is where the new role is of use; a member has their profile.
func placeOfInvitation(in directory.Invited) string {
	switch in.Invitation.Role {
	case iam.RoleOrganizationManager:
		return orgPath(iam.Org{Handle: in.Handle})
	case iam.RoleApplicationAdministrator:
		return appPath(in.Invitation.Scope.App)
	default:
		return "/profile"
	}
}

func (room *Room) declineInvitation(w http.ResponseWriter, r *http.Request) {
	err := room.Directory.Decline(r.Context(), web.CallerOf(r.Context()), iam.Secret(web.Cookie(r, invitationCookie)))
	if err != nil && !iam.IsNotFound(err) {
		web.Fail(w, r, err)
		return
	}
	web.ClearCookie(w, invitationCookie)
	room.invitationGone.Show(w, r, http.StatusOK, web.View{TitleKey: "organization.invitation_declined_title", LeadKey: "organization.invitation_declined_lead"}, struct{}{})
}
