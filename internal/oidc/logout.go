package oidc

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"signet/internal/iam"
	"signet/internal/web"
)

// confirmPage asks whether to sign out.
type confirmPage struct {
	App    string // the application that asks; empty where it did not say
	Action string
	Fields []field
	Stay   string // where it leads not to
}

// signedOutPage says that it is done.
type signedOutPage struct {
	App   string
	Back  string // leads to the application; empty where it has no such address
	Again string
}

// farewell is a request to sign out that was checked.
type farewell struct {
	app     iam.App // empty where the application did not say who it is
	hint    hint    // empty where there was none, or none of ours
	to      string  // registered address of app; empty: our own page
	state   string
	locales string
}

// logout ends the person's session at the wish of an application (OpenID
// Connect RP-Initiated Logout 1.0). Without an ID token of this very session
// the person is asked: any page can send a browser here (section 6).
func (room *Room) logout(w http.ResponseWriter, r *http.Request) {
	f, err := room.farewell(r, parametersFrom(r))
	if err != nil {
		web.Fail(w, r, err)
		return
	}
	caller := web.CallerOf(r.Context())
	switch {
	case r.Method == http.MethodPost: // too long for an address: no cookie of ours came along
		view, page := confirmationOf(f)
		room.confirm.Show(w, r, http.StatusOK, view, page)
	case caller.Session == "" && f.hint.user == "":
		// Nobody is signed in, and nobody vouches for the request: no redirect.
		http.Redirect(w, r, f.done(), http.StatusSeeOther)
	case caller.Session == "":
		f.leave(w, r)
	case f.hint.session == caller.Session && f.hint.user == caller.User:
		room.end(w, r, f)
	default:
		view, page := confirmationOf(f)
		room.confirm.Show(w, r, http.StatusOK, view, page)
	}
}

// confirmLogout is the answer to the question. Cross-origin protection keeps
// other sites from giving it.
func (room *Room) confirmLogout(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		web.Fail(w, r, &iam.Error{Kind: iam.KindInvalid, Cause: "form_malformed", Err: err})
		return
	}
	f, err := room.farewell(r, r.PostForm)
	if err != nil {
		web.Fail(w, r, err)
		return
	}
	room.end(w, r, f)
}

// end ends the session of this browser.
func (room *Room) end(w http.ResponseWriter, r *http.Request, f farewell) {
	if err := room.Sessions.SignOut(r.Context(), web.CallerOf(r.Context())); err != nil {
		web.Fail(w, r, err)
		return
	}
	web.ClearCookie(w, web.SessionCookie)
	f.leave(w, r)
}

// farewell checks a request to sign out.
func (room *Room) farewell(r *http.Request, values url.Values) (farewell, error) {
	p, wrong := parametersOf(values)
	if wrong != nil {
		return farewell{}, &iam.Error{Kind: iam.KindInvalid, Cause: "form_malformed", Err: wrong}
	}
	f := farewell{to: p["post_logout_redirect_uri"], state: p["state"], locales: p["ui_locales"]}
	web.RecordOf(r.Context()).Locales = f.locales
	if p["id_token_hint"] != "" {
		var err error
		f.hint, err = room.readHint(r.Context(), p["id_token_hint"])
		if err != nil && iam.KindOf(err) != iam.KindInvalid { // of a foreign hint nothing is believed, and the person is asked
			return farewell{}, err
		}
	}
	if p["client_id"] == "" {
		p["client_id"] = string(f.hint.app)
	}
	if f.hint.app != "" && p["client_id"] != string(f.hint.app) {
		return farewell{}, iam.Invalid("client_id", "logout_of_another_client")
	}
	if p["client_id"] != "" {
		var err error
		if f.app, err = room.app(r, p, true); err != nil {
			return farewell{}, err
		}
		web.RecordOf(r.Context()).App = string(f.app.ID)
	}
	if f.to != "" && !slices.Contains(f.app.PostLogoutRedirectURIs, f.to) {
		return farewell{}, &iam.Error{
			Kind: iam.KindInvalid, Field: "post_logout_redirect_uri", Cause: "post_logout_uri_unknown", Err: fmt.Errorf("application %q", f.app.ID),
		}
	}
	return f, nil
}

// leave leads to the application, or to our own page.
func (f farewell) leave(w http.ResponseWriter, r *http.Request) {
	to := f.done()
	switch {
	case f.to != "" && f.state != "":
		to = withQuery(f.to, []field{{"state", f.state}})
	case f.to != "":
		to = f.to
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// done is the path of our own page.
func (f farewell) done() string {
	values := url.Values{}
	if f.app.ID != "" {
		values.Set("client_id", string(f.app.ID))
	}
	if f.locales != "" {
		values.Set("ui_locales", f.locales)
	}
	return (&url.URL{Path: "/oidc/logout/done", RawQuery: values.Encode()}).String()
}

func confirmationOf(f farewell) (web.View, confirmPage) {
	page := confirmPage{App: f.app.Name, Action: "/oidc/logout/confirm", Stay: "/"}
	for _, field := range []field{
		{"client_id", string(f.app.ID)}, {"post_logout_redirect_uri", f.to}, {"state", f.state}, {"ui_locales", f.locales},
	} {
		if field.Value != "" {
			page.Fields = append(page.Fields, field)
		}
	}
	view := web.View{TitleKey: "oidc.logout_title", LeadKey: "oidc.logout_lead", Locales: f.locales}
	if page.App != "" {
		view.LeadKey, view.LeadArgs = "oidc.logout_lead_app", []any{"App", page.App}
	}
	if f.to != "" {
		view.FormAction = []string{f.to}
	}
	return view, page
}

// logoutDone says that the person is signed out, with a way back.
func (room *Room) logoutDone(w http.ResponseWriter, r *http.Request) {
	p, _ := parametersOf(r.URL.Query()) // whatever is wrong with the address, it only names an application
	page := signedOutPage{Again: "/signin?to=/profile"}
	if p["client_id"] != "" {
		app, err := room.app(r, p, true)
		switch {
		case iam.KindOf(err) == iam.KindInvalid:
		case err != nil:
			web.Fail(w, r, err)
			return
		default:
			page.App, page.Back = app.Name, wayBack(app)
		}
	}
	room.signedOut.Show(w, r, http.StatusOK, signedOutView(p["ui_locales"]), page)
}

func signedOutView(locales string) web.View {
	return web.View{TitleKey: "oidc.signed_out_title", LeadKey: "oidc.signed_out_lead", Locales: locales}
}

// wayBack is where an application wants people who have signed out.
func wayBack(app iam.App) string {
	for _, uri := range app.PostLogoutRedirectURIs {
		if postable(uri) {
			return uri
		}
	}
	return ""
}
