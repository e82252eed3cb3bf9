package console

import (
	"net/http"

	"signet/internal/directory"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// linkPage shows a one-time link: once, because only its hash is stored.
type linkPage struct {
	Created bool
	Person  web.Person
	Link    string
	Hours   int
	Back    string
	Mail    *linkMail // nil where it cannot be mailed
}

// makePasswordLink answers with the link itself. A second one is made when the
// page is sent again, and the first stops working.
func (room *Room) makePasswordLink(v visit) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	secret, err := room.Directory.MakePasswordLink(v.ctx, v.caller, user.ID)
	if refused := redrawable(err); refused != nil {
		web.Notify(v.w, "danger", "people.link_refused", "Name", user.DisplayName())
		http.Redirect(v.w, v.r, pathOf(user.ID), http.StatusSeeOther)
		return nil
	}
	if err != nil {
		return err
	}
	return room.showLink(v, user, secret, false)
}

func (room *Room) showLink(v visit, user iam.User, secret iam.Secret, created bool) error {
	view, err := room.view(v, tabUsers, "people.link_title", "Name", user.DisplayName())
	if err != nil {
		return err
	}
	view.Crumbs = []web.Link{{Label: v.words.T("console.users_title"), URL: tabUsers}, {Label: user.DisplayName(), URL: pathOf(user.ID)}}
	v.w.Header().Set("Cache-Control", "no-store")
	data := linkOf(v.words, user, room.Issuer+"/password/"+string(secret), created)
	address := ""
	if user.EmailVerified {
		address = user.Email
	}
	if data.Mail, err = room.linkMail(v, address, pathOf(user.ID)+"/password-link/mail", secret); err != nil {
		return err
	}
	room.link.Show(v.w, v.r, http.StatusOK, view, data)
	return nil
}

func linkOf(_ *i18n.Printer, user iam.User, link string, created bool) linkPage {
	return linkPage{
		Created: created, Person: web.Person{Name: user.DisplayName(), Detail: user.Login}, Link: link, Back: pathOf(user.ID),
		Hours: int(directory.PasswordLinkTTL.Hours()),
	}
}

// backToUser leads from the address of a form to the page it stood on.
func (room *Room) backToUser(v visit) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	http.Redirect(v.w, v.r, pathOf(user.ID), http.StatusSeeOther)
	return nil
}
