package profile

import (
	"net/http"

	"signet/internal/directory"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// newPasswordPage is where a person chooses a password by a link that an
// administrator handed over.
type newPasswordPage struct {
	Wrong  *web.Banner
	Action string
	Person web.Person
	New    web.Field
	Again  web.Field
}

func newPasswordOf(p *i18n.Printer, action string, user iam.User, least int, wrong faults) newPasswordPage {
	return newPasswordPage{
		Wrong: wrong.banner("password", "again"), Action: action, Person: web.Person{Name: user.DisplayName(), Detail: user.Login},
		New: web.Field{Name: "password", Type: "password", Label: p.T("profile.password_new"), Hint: p.T("profile.password_hint", "Min", least),
			Error: wrong.of("password"), Autocomplete: "new-password", Required: true, Reveal: true, Autofocus: true},
		Again: web.Field{Name: "again", Type: "password", Label: p.T("profile.password_again"), Error: wrong.of("again"), Autocomplete: "new-password", Required: true, Reveal: true},
	}
}

func (room *Room) showNewPassword(w http.ResponseWriter, r *http.Request) {
	user, err := room.Directory.PasswordLinkOf(r.Context(), iam.Secret(r.PathValue("secret")))
	switch {
	case iam.IsNotFound(err):
		room.linkOver(w, r)
	case err != nil:
		web.Fail(w, r, err)
	default:
		room.drawNewPassword(w, r, user, nil)
	}
}

func (room *Room) drawNewPassword(w http.ResponseWriter, r *http.Request, user iam.User, refused *iam.Error) {
	p := web.Language(r, user.Locale)
	rules, err := room.Directory.Settings(r.Context())
	if err != nil {
		web.Fail(w, r, err)
		return
	}
	f := faults{words: p, err: refused}
	w.Header().Set("Cache-Control", "no-store")
	room.newPassword.Show(w, r, f.status(), web.View{TitleKey: "profile.link_title", LeadKey: "profile.link_lead"},
		newPasswordOf(p, "/password/"+r.PathValue("secret"), user, max(rules.PasswordLength, directory.MinPasswordLength), f))
}

// linkOver answers to links that were used, have expired or never were: the
// difference is nobody's business.
func (room *Room) linkOver(w http.ResponseWriter, r *http.Request) {
	room.linkGone.Show(w, r, http.StatusGone, web.View{TitleKey: "profile.link_over_title", LeadKey: "profile.link_over_lead"}, struct{}{})
}

// saveNewPassword spends the link. What was typed wrong does not spend it.
func (room *Room) saveNewPassword(w http.ResponseWriter, r *http.Request) {
	secret := iam.Secret(r.PathValue("secret"))
	user, err := room.Directory.PasswordLinkOf(r.Context(), secret)
	if err == nil {
		err = iam.Invalid("again", "passwords_differ")
		if password := r.PostFormValue("password"); password == r.PostFormValue("again") {
			err = room.Directory.SetPasswordByLink(r.Context(), web.CallerOf(r.Context()), secret, password)
		}
	}
	refused := iam.AsError(err)
	switch {
	case err == nil:
		web.Notify(w, "success", "profile.link_done")
		http.Redirect(w, r, "/signin?to=/profile", http.StatusSeeOther)
	case iam.IsNotFound(err):
		room.linkOver(w, r)
	case refused != nil && (refused.Kind == iam.KindInvalid || refused.Kind == iam.KindConflict):
		room.drawNewPassword(w, r, user, refused)
	default:
		web.Fail(w, r, err)
	}
}
