package profile

import (
	"signet/internal/directory"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// passwordPage is the form for a new password.
type passwordPage struct {
	Login string // for password managers
	Wrong *web.Banner
	Old   web.Field
	New   web.Field
	Again web.Field
}

func passwordOf(p *i18n.Printer, user iam.User, wrong faults) passwordPage {
	return passwordPage{
		Login: user.Login,
		Wrong: wrong.banner("old_password", "password", "again"),
		Old: web.Field{Name: "old", Type: "password", Label: p.T("profile.password_old"), Error: wrong.of("old_password"),
			Autocomplete: "current-password", Required: true, Reveal: true},
		New: web.Field{Name: "new", Type: "password", Label: p.T("profile.password_new"), Error: wrong.of("password"),
			Hint: p.T("profile.password_hint", "Min", directory.MinPasswordLength), Autocomplete: "new-password", Required: true, Reveal: true},
		Again: web.Field{Name: "again", Type: "password", Label: p.T("profile.password_again"), Error: wrong.of("again"),
			Autocomplete: "new-password", Required: true, Reveal: true},
	}
}

func (room *Room) showPassword(v visit) error {
	has, err := room.Directory.HasPassword(v.ctx, v.user.ID)
	if err != nil {
		return err
	}
	if !has {
		return iam.NotFound("password")
	}
	return room.drawPassword(v, faults{})
}

func (room *Room) drawPassword(v visit, wrong faults) error {
	view := under(v.words, v.view(tabProfile, "profile.password_title"), "profile.title", tabProfile)
	room.password.Show(v.w, v.r, wrong.status(), view, passwordOf(v.words, v.user, wrong))
	return nil
}

func (room *Room) savePassword(v visit) error {
	password := v.r.PostFormValue("new")
	var err error
	if password != v.r.PostFormValue("again") {
		err = iam.Invalid("again", "passwords_differ")
	} else {
		err = room.Directory.SetPassword(v.ctx, v.caller, v.user.ID, v.r.PostFormValue("old"), password)
	}
	if wrong, mine := faultsOf(v.words, err); mine {
		return room.drawPassword(v, wrong)
	}
	if err != nil {
		return err
	}
	return v.done(tabProfile, "profile.password_changed")
}
