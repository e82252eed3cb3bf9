package signin

import (
	"net/http"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/web"
)

// expiringPage offers whoever signs in with a certificate that soon ends to add
// the next one, or another.
type expiringPage struct {
	Base        string
	Certificate web.Certificate
	Methods     *web.Methods // nil where the person cannot add any
}

func (room *Room) drawExpiring(w http.ResponseWriter, r *http.Request, v login.View) {
	view, data := room.expiringPage(r, v)
	room.expiring.Show(w, r, http.StatusOK, web.Dressed(view, v.App.ID, v.Look), data)
}

func (room *Room) expiringPage(r *http.Request, v login.View) (web.View, expiringPage) {
	printer := web.Language(r, v.Login.Ask.UILocales)
	data := expiringPage{Base: pathOf(v.Login.ID)}
	view := web.View{TitleKey: "signin.expiring_title", FormAction: room.formAction(v.App), Locales: v.Login.Ask.UILocales}
	for _, p := range v.Login.State.Proofs {
		if p.Identity == v.Login.State.Expiring && p.Certificate != nil {
			data.Certificate = certificateCard(printer, p.Certificate, "near")
			view.LeadKey, view.LeadArgs = "signin.expiring_lead", []any{"Until", printer.Date(p.Certificate.NotAfter)}
		}
	}
	var methods []web.Method
	for _, o := range v.Offers {
		if o.Provider.Type == iam.ProviderCertificate && o.Provider.SelfLinked() {
			m := methodOf(printer, o.Provider)
			m.Text = printer.T("signin.add_button", "Method", o.Provider.Name)
			_, m.Fresh = room.ChooseHost(r.Context(), o.Provider.ID, "", true)
			methods = append(methods, m)
		}
	}
	if len(methods) > 0 {
		data.Methods = &web.Methods{Action: data.Base + "/certificate", Primary: true, Main: methods}
	}
	return view, data
}

// notNow goes on without another identifier.
func (room *Room) notNow(w http.ResponseWriter, r *http.Request) {
	out, err := room.Login.NotNow(r.Context(), web.CallerOf(r.Context()), iam.LoginID(r.PathValue("login")))
	room.proceed(w, r, out, err)
}
