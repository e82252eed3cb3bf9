package signin

import (
	"net/http"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/web"
)

// renewPage shows a certificate beside the one that it seems to renew, before it
// is linked (row S72).
type renewPage struct {
	Base     string
	Person   web.Person
	New, Old web.Certificate
}

func (room *Room) drawRenew(w http.ResponseWriter, r *http.Request, v login.View) {
	printer := web.Language(r, v.Login.Ask.UILocales)
	data := renewPage{Base: pathOf(v.Login.ID), Person: personOf(v.Holder), New: certificateCard(printer, v.Login.State.Unlinked.Certificate, "")}
	if old := v.Renews.Certificate; old != nil {
		state := ""
		if old.Ended(v.Login.State.Unlinked.At) {
			state = "expired"
		}
		data.Old = certificateCard(printer, old, state)
	}
	room.renew.Show(w, r, http.StatusOK, web.View{
		TitleKey: "signin.renew_title", LeadKey: "signin.renew_lead", FormAction: room.formAction(v.App), Locales: v.Login.Ask.UILocales,
	}, data)
}

// agreeToRenew links the new certificate that the page showed.
func (room *Room) agreeToRenew(w http.ResponseWriter, r *http.Request) {
	out, err := room.Login.Renew(r.Context(), web.CallerOf(r.Context()), iam.LoginID(r.PathValue("login")))
	room.proceed(w, r, out, err)
}
