package console

import (
	"net/http"

	"signet/internal/iam"
	"signet/internal/notify"
	"signet/internal/web"
)

// linkMail is the button beside a one-time link that sends it. The form carries
// the secret: no other place has it.
type linkMail struct {
	Action string
	Email  string
	Secret string
}

// linkMail returns the button, or nil where there is nobody to send it to or no
// mail is sent.
func (room *Room) linkMail(v visit, email, action string, secret iam.Secret) (*linkMail, error) {
	on, err := room.Mail.On(v.ctx)
	if err != nil || !on || !notify.Address(email) {
		return nil, err
	}
	return &linkMail{Action: action, Email: email, Secret: string(secret)}, nil
}

func (room *Room) mailPasswordLink(v visit) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	_, err = room.Directory.MailPasswordLink(v.ctx, v.caller, user.ID, iam.Secret(v.r.PostFormValue("secret")))
	return v.mailed(err, pathOf(user.ID), user.Email)
}

func (room *Room) mailInvitation(v visit) error {
	pl, err := room.memberPlace(v)
	if err != nil {
		return err
	}
	i, err := room.Directory.MailInvitation(v.ctx, v.caller, pl.scope, iam.Secret(v.r.PostFormValue("secret")))
	return v.mailed(err, pl.members(), i.Email)
}

//i18n:keys linkmail.refused.* mail_not_set_up address_unusable email_not_confirmed link_mailed_already too_many_invitation_mails one_time_link_not_found invitation_not_found

// mailed tells the next page whether a link was sent.
func (v visit) mailed(err error, path, email string) error {
	refused := iam.AsError(err)
	if refused != nil {
		if key := "linkmail.refused." + refused.Cause; v.words.Has(key) {
			web.Notify(v.w, "danger", key)
			http.Redirect(v.w, v.r, path, http.StatusSeeOther)
			return nil
		}
	}
	if err != nil {
		return err
	}
	return v.done(path, "linkmail.sent", "Email", email)
}
