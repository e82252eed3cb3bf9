package console

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// userForm is the form of a new person, or of one that is changed.
type userForm struct {
	Wrong     *web.Banner
	Action    string
	Version   string // what the form was filled from; empty for a new person
	Login     web.Field
	Name      web.Field
	Given     web.Field
	Family    web.Field
	Email     web.Field
	Number    web.Field
	Confirmed web.Checkbox
	Submit    string
	Cancel    string
	LinkNext  bool // a one-time link follows
}

// typedUser is what the form sent, as typed.
func typedUser(r *http.Request) iam.User {
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64) // what is no number compares as no version
	u := iam.User{
		Login: r.PostFormValue("login"), Name: r.PostFormValue("name"), GivenName: r.PostFormValue("given_name"), FamilyName: r.PostFormValue("family_name"),
		Email: r.PostFormValue("email"), EmailVerified: r.PostFormValue("email_confirmed") != "", Number: r.PostFormValue("number"), Version: version,
	}
	u.EmailVerified = u.EmailVerified && strings.TrimSpace(u.Email) != ""
	return u
}

func userFormOf(p *i18n.Printer, user iam.User, wrong *iam.Error) userForm {
	field := func(name, label string, value string, most int) web.Field {
		f := web.Field{Name: name, Label: label, Value: value, Max: most, Autocomplete: "off"}
		if wrong != nil && wrong.Field == name {
			f.Error = web.Explain(p, wrong)
		}
		return f
	}
	data := userForm{
		Login:  field("login", p.T("console.login"), user.Login, 100),
		Name:   field("name", p.T("console.name"), user.Name, 200),
		Given:  field("given_name", p.T("console.given_name"), user.GivenName, 100),
		Family: field("family_name", p.T("console.family_name"), user.FamilyName, 100),
		Email:  field("email", p.T("console.email"), user.Email, 254),
		Number: field("number", p.T("number.label"), user.Number, 64),
		Confirmed: web.Checkbox{Name: "email_confirmed", Value: "on", Label: p.T("people.email_confirmed"), Hint: p.T("people.email_confirmed_hint"),
			On: user.EmailVerified},
		Action: tabUsers + "/new", Cancel: tabUsers, Submit: p.T("people.create"), LinkNext: true,
	}
	data.Number.Hint, data.Number.Optional = p.T("number.hint"), p.T("console.methods.optional")
	data.Login.Required, data.Login.Hint, data.Email.Type = true, p.T("people.login_hint"), "email"
	if user.ID != "" {
		data.Action, data.Cancel, data.Submit, data.LinkNext = pathOf(user.ID)+"/edit", pathOf(user.ID), p.T("people.save"), false
		data.Version = strconv.FormatInt(user.Version, 10)
	}
	if wrong != nil && (wrong.Field == "" || wrong.Field == "version") {
		data.Wrong = &web.Banner{Kind: "danger", Title: web.Explain(p, wrong)}
	}
	return data
}

func (room *Room) showNewUser(v visit) error {
	if err := room.Log.Denied(v.ctx, v.caller, iam.CreateUser, iam.System()); err != nil {
		return err
	}
	return room.drawUserForm(v, iam.User{}, nil, nil)
}

// drawUserForm shows the form, empty or as it was sent. Theirs is what another
// administrator has stored meanwhile.
func (room *Room) drawUserForm(v visit, user iam.User, wrong *iam.Error, theirs *iam.User) error {
	title := "people.new_title"
	if user.ID != "" {
		title = "people.edit_title"
	}
	view, err := room.view(v, tabUsers, title, "Name", user.DisplayName())
	if err != nil {
		return err
	}
	view.Crumbs = []web.Link{{Label: v.words.T("console.users_title"), URL: tabUsers}}
	status := http.StatusOK
	if wrong != nil {
		status = http.StatusUnprocessableEntity
	}
	data := userFormOf(v.words, user, wrong)
	if theirs != nil {
		status = http.StatusConflict
		view.Title, view.TitleKey = v.words.T("people.edit_title", "Name", theirs.DisplayName()), ""
		data.Version = strconv.FormatInt(theirs.Version, 10)
		data.Wrong = overtaken(v.words, *theirs, user)
	}
	if user.ID != "" {
		view.Crumbs = append(view.Crumbs, web.Link{Label: user.DisplayName(), URL: pathOf(user.ID)})
	}
	room.userForm.Show(v.w, v.r, status, view, data)
	return nil
}

// overtaken tells the second of two administrators what the first one stored;
// what they typed themselves still stands in the form.
func overtaken(p *i18n.Printer, theirs, mine iam.User) *web.Banner {
	b := &web.Banner{Kind: "warning", Title: p.T("people.conflict"), Text: p.T("people.conflict_text")}
	for _, d := range []struct{ label, theirs, mine string }{
		{p.T("console.login"), theirs.Login, mine.Login}, {p.T("console.name"), theirs.Name, mine.Name},
		{p.T("console.given_name"), theirs.GivenName, mine.GivenName}, {p.T("console.family_name"), theirs.FamilyName, mine.FamilyName},
		{p.T("console.email"), theirs.Email, mine.Email}, {p.T("number.label"), theirs.Number, mine.Number},
	} {
		if d.theirs != d.mine {
			b.Items = append(b.Items, p.T("people.differs", "Field", d.label, "Value", cmp.Or(d.theirs, "—")))
		}
	}
	return b
}

func (room *Room) createUser(v visit) error {
	user := typedUser(v.r)
	user.Version = 0
	created, err := room.Directory.CreateUser(v.ctx, v.caller, user, "")
	if refused := redrawable(err); refused != nil {
		return room.drawUserForm(v, user, refused, nil)
	}
	if err != nil {
		return err
	}
	secret, err := room.Directory.MakePasswordLink(v.ctx, v.caller, created.ID)
	if err != nil {
		return err
	}
	return room.showLink(v, created, secret, true)
}

func (room *Room) showEditUser(v visit) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	return room.drawUserForm(v, user, nil, nil)
}

func (room *Room) editUser(v visit) error {
	now, err := room.subject(v)
	if err != nil {
		return err
	}
	user := typedUser(v.r)
	user.ID, user.Locale = now.ID, now.Locale
	if user.Version == 0 { // without it nobody would be told of the other's change
		user.Version = -1
	}
	err = room.Directory.EditUser(v.ctx, v.caller, user)
	refused := redrawable(err)
	switch {
	case refused != nil && refused.Cause == "changed_meanwhile":
		return room.drawUserForm(v, user, refused, &now)
	case refused != nil:
		return room.drawUserForm(v, user, refused, nil)
	case err != nil:
		return err
	}
	return v.done(pathOf(user.ID), "people.saved", "Name", user.DisplayName())
}
