package profile

import (
	"strings"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// editPage is the form with what is known of a person.
type editPage struct {
	Wrong  *web.Banner
	Login  web.Field
	Name   web.Field
	Given  web.Field
	Family web.Field
	Email  web.Field
}

func editOf(p *i18n.Printer, user iam.User, wrong faults) editPage {
	return editPage{
		Wrong:  wrong.banner("login", "name", "given_name", "family_name", "email"),
		Login:  web.Field{Name: "login", Label: p.T("profile.login"), Value: user.Login, Hint: p.T("profile.login_hint"), Readonly: true, Autocomplete: "username"},
		Name:   web.Field{Name: "name", Label: p.T("profile.name"), Value: user.Name, Hint: p.T("profile.name_hint"), Error: wrong.of("name"), Autocomplete: "name", Max: 200},
		Given:  web.Field{Name: "given_name", Label: p.T("profile.given_name"), Value: user.GivenName, Error: wrong.of("given_name"), Autocomplete: "given-name", Max: 100},
		Family: web.Field{Name: "family_name", Label: p.T("profile.family_name"), Value: user.FamilyName, Error: wrong.of("family_name"), Autocomplete: "family-name", Max: 100},
		Email:  web.Field{Name: "email", Type: "email", Label: p.T("profile.email"), Value: user.Email, Hint: p.T("profile.email_hint"), Error: wrong.of("email"), Autocomplete: "email", Max: 254},
	}
}

func (room *Room) showEdit(v visit) error { return room.drawEdit(v, v.user, faults{}) }

func (room *Room) drawEdit(v visit, user iam.User, wrong faults) error {
	view := under(v.words, v.view(tabProfile, "profile.edit_title"), "profile.title", tabProfile)
	room.edit.Show(v.w, v.r, wrong.status(), view, editOf(v.words, user, wrong))
	return nil
}

func (room *Room) saveEdit(v visit) error {
	changed := v.user
	changed.Name, changed.GivenName = v.r.PostFormValue("name"), v.r.PostFormValue("given_name")
	changed.FamilyName, changed.Email = v.r.PostFormValue("family_name"), strings.TrimSpace(v.r.PostFormValue("email"))
	// Also for administrators, whom the directory would believe: an address that
	// was typed is not one that was confirmed.
	changed.EmailVerified = v.user.EmailVerified && iam.Means(v.user.Email, changed.Email)
	err := room.Directory.EditUser(v.ctx, v.caller, changed)
	if wrong, mine := faultsOf(v.words, err); mine {
		return room.drawEdit(v, changed, wrong)
	}
	if err != nil {
		return err
	}
	return v.done(tabProfile, "profile.saved")
}
