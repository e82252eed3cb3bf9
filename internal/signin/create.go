package signin

import (
	"net/http"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/web"
)

// createPage shows the account that would be made for the holder of a certificate,
// before it is.
type createPage struct {
	Base        string
	Certificate web.Certificate
	Facts       []web.Fact
	NoAddress   *web.Banner // the address on the certificate is left out
	Provider    iam.ProviderID
	// Other leads to another way to sign in; the words of the button. Where the
	// certificate waits to be linked, they say so.
	Other string
	Retry string // words of the button that shows another certificate
	Back  string
}

func (room *Room) drawCreate(w http.ResponseWriter, r *http.Request, v login.View) {
	view, data := room.createPage(r, v)
	room.create.Show(w, r, http.StatusOK, web.Dressed(view, v.App.ID, v.Look), data)
}

func (room *Room) createPage(r *http.Request, v login.View) (web.View, createPage) {
	p := web.Language(r, v.Login.Ask.UILocales)
	data := createPage{
		Base: pathOf(v.Login.ID), Certificate: certificateCard(p, v.Login.State.Unlinked.Certificate, ""), Provider: v.Method.ID, Other: p.T("signin.create_other"),
	}
	for _, f := range []struct{ key, text string }{
		{"signin.register_login", v.Newcomer.Login}, {"signin.register_name", v.Newcomer.Name}, {"signin.register_email", v.Newcomer.Email},
	} {
		if f.text != "" {
			data.Facts = append(data.Facts, web.Fact{Term: p.T(f.key), Text: f.text})
		}
	}
	if v.NoAddress {
		data.NoAddress = &web.Banner{Kind: "warning", Text: p.T("signin.create_no_address")}
	}
	if s := v.Method.Settings.Certificate; s != nil && s.Linking() == iam.LinkingSignIn {
		data.Other = p.T("signin.other_and_link")
	}
	if _, left := room.ChooseHost(r.Context(), v.Method.ID, "", true); left {
		data.Retry = p.T("signin.retry")
	}
	if !v.Login.App.IsOwn() {
		data.Back = p.T("signin.back_to_app", "App", v.App.Name)
	}
	return web.View{
		TitleKey: "signin.create_title", LeadKey: "signin.create_lead", FormAction: room.formAction(v.App), Locales: v.Login.Ask.UILocales,
	}, data
}

// makeAccount makes the account that the page showed.
func (room *Room) makeAccount(w http.ResponseWriter, r *http.Request) {
	out, err := room.Login.Create(r.Context(), web.CallerOf(r.Context()), iam.LoginID(r.PathValue("login")))
	room.proceed(w, r, out, err)
}
