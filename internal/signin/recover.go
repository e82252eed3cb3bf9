package signin

import (
	"net/http"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/web"
)

// recoverPage offers a deleted person, who has just proved who they are, the
// account back (row S71).
type recoverPage struct {
	Base   string
	Person web.Person
	Until  string
}

func (room *Room) drawRecover(w http.ResponseWriter, r *http.Request, v login.View) {
	printer := web.Language(r, v.Login.Ask.UILocales)
	room.recover.Show(w, r, http.StatusOK, web.View{
		TitleKey: "signin.recover_title", LeadKey: "signin.recover_lead", FormAction: room.formAction(v.App), Locales: v.Login.Ask.UILocales,
	}, recoverPage{Base: pathOf(v.Login.ID), Person: personOf(v.User), Until: printer.Date(v.User.RecoverableUntil())})
}

// takeBack recovers the account and leads on.
func (room *Room) takeBack(w http.ResponseWriter, r *http.Request) {
	out, err := room.Login.Recover(r.Context(), web.CallerOf(r.Context()), iam.LoginID(r.PathValue("login")))
	room.proceed(w, r, out, err)
}
