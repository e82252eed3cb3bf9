package signin

import (
	"net/http"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/web"
)

// consentPage asks whether the application may have what it asks for.
type consentPage struct {
	Base   string
	App    string
	Host   string // where the answer goes, so that a person can tell an impostor
	Person web.Person
	Scopes []scopeRow
}

type scopeRow struct{ Icon, Title, Text string }

//i18n:keys signin.scope.* openid profile email offline_access certificate
//i18n:keys signin.scope_text.* openid profile email offline_access certificate

// scopeIcons are the scopes that people are told about, in the order of the
// page. Others are named as they are.
var scopeIcons = map[string]string{"openid": "user", "profile": "user", "email": "mail", "offline_access": "clock", "certificate": "certificate"}

func (room *Room) drawConsent(w http.ResponseWriter, r *http.Request, v login.View) {
	view, data := room.consentPage(r, v)
	room.consent.Show(w, r, http.StatusOK, web.Dressed(view, v.App.ID, v.Look), data)
}

func (room *Room) consentPage(r *http.Request, v login.View) (web.View, consentPage) {
	printer := web.Language(r, v.Login.Ask.UILocales)
	data := consentPage{Base: pathOf(v.Login.ID), App: v.App.Name, Host: v.Login.Ask.Host, Person: personOf(v.User)}
	for _, scope := range v.Login.Ask.Scopes {
		icon, known := scopeIcons[scope]
		if !known {
			data.Scopes = append(data.Scopes, scopeRow{Icon: "key", Title: scope})
			continue
		}
		data.Scopes = append(data.Scopes, scopeRow{Icon: icon, Title: printer.T("signin.scope." + scope), Text: printer.T("signin.scope_text." + scope)})
	}
	return web.View{
		TitleKey: "signin.consent_title", TitleArgs: []any{"App", v.App.Name}, FormAction: room.formAction(v.App), Locales: v.Login.Ask.UILocales,
	}, data
}

// agree gives the application what the page named.
func (room *Room) agree(w http.ResponseWriter, r *http.Request) {
	out, err := room.Login.Agree(r.Context(), web.CallerOf(r.Context()), iam.LoginID(r.PathValue("login")))
	room.proceed(w, r, out, err)
}
