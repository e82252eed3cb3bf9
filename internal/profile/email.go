package profile

import (
	"net/http"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// emailCookie keeps the secret of a confirmation's link in the browser that opened
// it: in the address it would be stored with the sign-in that may follow.
const emailCookie web.CookieName = "signet-email"

const (
	pathAskConfirmation = "/profile/email"
	pathConfirmEmail    = "/profile/email/confirm"
)

// emailPage asks whether the address is to be confirmed. Programs that look at
// mail open every link: the button is what they do not press.
type emailPage struct {
	Address string
	Action  string
	Cancel  string
}

// askConfirmation sends the link.
func (room *Room) askConfirmation(v visit) error {
	user, err := room.Directory.AskConfirmation(v.ctx, v.caller)
	if wrong, is := faultsOf(v.words, err); is {
		return v.refused(tabProfile, wrong.err)
	}
	if err != nil {
		return err
	}
	return v.done(tabProfile, "profile.email_sent", "Email", user.Email)
}

//i18n:keys profile.email_refused.* mail_not_set_up address_unusable email_confirmed_already too_many_confirmations link_mailed_already

// refused tells the next page why not.
func (v visit) refused(path string, wrong *iam.Error) error {
	key, pairs := "profile.email_refused."+wrong.Cause, []string{}
	if !v.words.Has(key) {
		return wrong
	}
	for name, value := range wrong.Params {
		pairs = append(pairs, name, value)
	}
	web.Notify(v.w, "danger", key, pairs...)
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

// openEmailLink takes the secret out of the address.
func (room *Room) openEmailLink(w http.ResponseWriter, r *http.Request) {
	web.SetCookie(w, emailCookie, r.PathValue("secret"), 0)
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, pathConfirmEmail, http.StatusSeeOther)
}

func (room *Room) showConfirmEmail(v visit) error {
	err := room.Directory.CheckConfirmation(v.ctx, v.caller, iam.Secret(web.Cookie(v.r, emailCookie)))
	if iam.IsNotFound(err) {
		return v.emailLinkOver()
	}
	if err != nil {
		return err
	}
	room.email.Show(v.w, v.r, http.StatusOK, under(v.words, v.view(tabProfile, "profile.email_confirm_title"), "profile.title", tabProfile), emailOf(v.words, v.user))
	return nil
}

func emailOf(_ *i18n.Printer, user iam.User) emailPage {
	return emailPage{Address: user.Email, Action: pathConfirmEmail, Cancel: tabProfile}
}

// emailLinkOver answers to links that were used, have expired, never were, or are
// another account's.
func (v visit) emailLinkOver() error {
	web.ClearCookie(v.w, emailCookie)
	web.Notify(v.w, "danger", "profile.email_link_over")
	http.Redirect(v.w, v.r, tabProfile, http.StatusSeeOther)
	return nil
}

func (room *Room) confirmEmail(v visit) error {
	user, err := room.Directory.ConfirmEmail(v.ctx, v.caller, iam.Secret(web.Cookie(v.r, emailCookie)))
	if iam.IsNotFound(err) {
		return v.emailLinkOver()
	}
	if err != nil {
		return err
	}
	web.ClearCookie(v.w, emailCookie)
	return v.done(tabProfile, "profile.email_now_confirmed", "Email", user.Email)
}
