package signin

import (
	"net/http"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/web"
)

// confirmPage shows which certificate will be linked to whom, before it is.
type confirmPage struct {
	Base        string
	Certificate web.Certificate
	Person      web.Person
	Provider    iam.ProviderID
	Retry       bool
	Linking     bool // from the profile; otherwise in the middle of a sign-in
}

func (room *Room) drawConfirm(w http.ResponseWriter, r *http.Request, v login.View) {
	view, data := room.confirmPage(r, v)
	room.confirm.Show(w, r, http.StatusOK, web.Dressed(view, v.App.ID, v.Look), data)
}

func (room *Room) confirmPage(r *http.Request, v login.View) (web.View, confirmPage) {
	printer := web.Language(r, v.Login.Ask.UILocales)
	data := confirmPage{
		Base: pathOf(v.Login.ID), Certificate: certificateCard(printer, v.Login.State.Unlinked.Certificate, ""),
		Person: personOf(v.User), Provider: v.Login.State.Unlinked.Provider, Linking: v.Login.Purpose == iam.PurposeLink,
	}
	_, data.Retry = room.ChooseHost(r.Context(), data.Provider, "", true)
	return web.View{
		TitleKey: "signin.confirm_title", LeadKey: "signin.confirm_lead", FormAction: room.formAction(v.App), Locales: v.Login.Ask.UILocales,
	}, data
}

func personOf(u iam.User) web.Person { return web.Person{Name: u.DisplayName(), Detail: u.Login} }

// agreeToLink links the certificate that the page showed.
func (room *Room) agreeToLink(w http.ResponseWriter, r *http.Request) {
	out, err := room.Login.Confirm(r.Context(), web.CallerOf(r.Context()), iam.LoginID(r.PathValue("login")))
	room.proceed(w, r, out, err)
}
