package signin

import (
	"html/template"
	"net/http"
	"slices"
	"strings"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/web"
)

// choosePage is the widget itself.
type choosePage struct {
	Base     string // path of the login
	Password *passwordForm
	Accounts []accountRow // that signed in with this browser
	Methods  web.Methods
	// Anew are the methods with which this browser would show the certificate of
	// the last time without asking: whoever wants another one must be able to say so.
	Anew []web.Method
	// Unlinked is the certificate that will be linked once its holder has signed
	// in another way.
	Unlinked *web.Certificate
	// CertificateNeeded is true where the application accepts nothing else.
	CertificateNeeded bool
	// StepUp says what the application asks for beyond a password; nil where it does
	// not, or where a certificate waits to be linked.
	StepUp *stepUp
	// Linking is true where the person adds an identifier and needs no password.
	Linking bool
	Cancel  bool // an application waits that can be told
	// Register is the path of the form of a new account; empty where none can be made.
	Register string
	// Inside and Below are texts of the administrator, sanitised when stored.
	Inside, Below template.HTML
}

// passwordForm asks for the login first, and for the password when it has one.
type passwordForm struct {
	Provider iam.ProviderID
	Name     string      // filled in
	Person   *web.Person // whose password is asked for; nil in the first step
	Error    *web.Banner
	Attempt  string
}

//i18n:keys signin.error.* wrong_password too_many_tries

// chooseError is what went wrong with the form that was sent.
type chooseError struct {
	Name    string
	Cause   string
	Params  map[string]string
	Attempt string
}

func (room *Room) drawChoose(w http.ResponseWriter, r *http.Request, v login.View, failed chooseError) {
	status, view, data := room.choosePage(r, v, failed)
	view.Back = pathOf(v.Login.ID)
	room.choose.Show(w, r, status, web.Dressed(view, v.App.ID, v.Look), data)
}

// nobodyYet reports whether the widget would show nothing about a person: neither
// of this login nor of this browser.
func (room *Room) nobodyYet(r *http.Request, v login.View) bool {
	return v.Step == login.StepChoose && v.Login.Purpose == iam.PurposeSignIn && v.User.ID == "" && v.Login.Ask.LoginHint == "" &&
		v.Login.State.Unlinked == nil && !v.Raising && room.named(r, v.Login.ID) == "" && len(room.accounts(r)) == 0
}

// drawFirst draws the widget for somebody of whom nothing is known.
func (room *Room) drawFirst(w http.ResponseWriter, r *http.Request, v login.View) {
	room.first.Show(w, r, http.StatusOK, string(v.Login.ID), func(id string) (web.View, choosePage) {
		v.Login.ID = iam.LoginID(id)
		_, view, data := room.choosePage(r, v, chooseError{})
		view.At = pathOf(v.Login.ID)
		return web.Dressed(view, v.App.ID, v.Look), data
	})
}

func (room *Room) choosePage(r *http.Request, v login.View, failed chooseError) (int, web.View, choosePage) {
	printer := web.Language(r, v.Login.Ask.UILocales)
	data := choosePage{
		Base: pathOf(v.Login.ID), Methods: web.Methods{Action: pathOf(v.Login.ID) + "/certificate", Label: printer.T("signin.other_methods")}, CertificateNeeded: v.CertificateNeeded, Linking: v.Login.Purpose != iam.PurposeSignIn,
		Cancel: !v.Login.App.IsOwn() || v.Login.Purpose != iam.PurposeSignIn,
	}
	view := web.View{
		TitleKey: "signin.title", TitleArgs: []any{"App", v.App.Name}, FormAction: room.formAction(v.App), Locales: v.Login.Ask.UILocales,
	}
	if v.Look.Title != "" {
		view.TitleKey, view.TitleArgs, view.Title = "", nil, v.Look.Title
	}
	data.Inside, data.Below = template.HTML(v.Look.Inside), template.HTML(v.Look.Below) //nolint:gosec // sanitised by provider.SetAppearance
	if data.Linking {
		view.TitleKey, view.TitleArgs, view.LeadKey = "signin.link_title", nil, "signin.link_lead"
		method := methodOf(printer, v.Method)
		method.Text = printer.T("signin.go_on_with", "Method", v.Method.Name) // nobody signs in here
		data.Methods.Main, data.Methods.Primary = []web.Method{method}, true
		data.Inside, data.Below = "", "" // they speak to those who sign in
		if v.Login.Purpose == iam.PurposeTest {
			view.TitleKey, view.TitleArgs, view.LeadKey = "signin.test_title", []any{"Method", v.Method.Name}, "signin.test_lead"
		}
		return http.StatusOK, view, data
	}
	if v.Login.State.Unlinked != nil {
		card := certificateCard(printer, v.Login.State.Unlinked.Certificate, "")
		data.Unlinked = &card
		view.TitleKey, view.LeadKey = "signin.unlinked_title", "signin.unlinked_lead"
	}
	if data.StepUp = stepUpOf(printer, v); data.Unlinked != nil {
		data.StepUp = nil
	}
	for _, o := range v.Offers {
		switch {
		case o.Provider.Type == iam.ProviderPassword && data.Password == nil && (!v.CertificateNeeded || data.Unlinked != nil):
			data.Password = &passwordForm{Provider: o.Provider.ID, Name: v.Login.Ask.LoginHint}
		case o.Provider.Type == iam.ProviderCertificate:
			b := methodOf(printer, o.Provider)
			b.Fresh = data.Unlinked != nil // who has just shown a certificate that has no owner wants to show another
			if o.Main {
				data.Methods.Main = append(data.Methods.Main, b)
			} else {
				data.Methods.Others = append(data.Methods.Others, b)
			}
		}
	}
	if v.Registrable {
		data.Register = registerPath(v.Login.ID)
	}
	known := room.accounts(r)
	if name := room.named(r, v.Login.ID); name != "" && data.Password != nil {
		data.Password.Name, data.Password.Person = name, &web.Person{Name: name}
	}
	if failed.Cause == "" && (data.Password == nil || data.Password.Person == nil) && data.Unlinked == nil && !v.Raising {
		data.Accounts = rowsOf(known, v)
	}
	if data.Unlinked == nil { // else every button asks anew
		data.Anew = room.anew(r, printer, v, known)
	}
	data.Methods.Primary = data.Password == nil
	status := http.StatusOK
	if failed.Cause != "" && data.Password != nil {
		args := []any{}
		for k, v := range failed.Params {
			args = append(args, k, v)
		}
		status = http.StatusUnprocessableEntity
		data.Password.Name, data.Password.Attempt = failed.Name, failed.Attempt
		data.Password.Person = &web.Person{Name: failed.Name}
		data.Password.Error = &web.Banner{Kind: "danger", Text: printer.T("signin.error."+failed.Cause, args...)}
	}
	if data.Password != nil && data.Password.Person != nil {
		// What this browser knows of the account, and nothing that the server does.
		if i := slices.IndexFunc(known, func(a account) bool { return a.Login == data.Password.Name }); i >= 0 {
			data.Password.Person = &web.Person{Name: known[i].Name, Detail: known[i].Login}
		}
		data.Methods.Main, data.Methods.Others, data.Anew = nil, nil, nil // one thing at a time
		data.Inside, data.Below, data.Register = "", "", ""
	}
	return status, view, data
}

// anew are the certificate methods of the widget that somebody used with this
// browser, and that would use the same host again.
func (room *Room) anew(r *http.Request, p *i18n.Printer, v login.View, known []account) (all []web.Method) {
	remembered := web.Cookie(r, certificateHostCookie)
	if remembered == "" {
		return nil
	}
	for _, o := range v.Offers {
		method := o.Provider.ID
		if !slices.ContainsFunc(known, func(a account) bool { return a.Type == iam.ProviderCertificate && a.Provider == method }) {
			continue
		}
		again, _ := room.ChooseHost(r.Context(), method, remembered, false)
		if _, ok := room.ChooseHost(r.Context(), method, remembered, true); ok && again == remembered {
			all = append(all, web.Method{ID: string(method), Text: p.T("signin.retry_with", "Method", o.Provider.Name)})
		}
	}
	if len(all) == 1 {
		all[0].Text = p.T("signin.retry")
	}
	return all
}

// methodOf is the button of a certificate method.
func methodOf(p *i18n.Printer, m iam.Provider) web.Method {
	return web.Method{ID: string(m.ID), Text: p.T("signin.with", "Method", m.Name), Icon: "certificate", Picture: web.PicturePath(m.Picture)}
}

// password passes what was typed. A wrong one draws the widget again, with the
// name that was typed.
func (room *Room) password(w http.ResponseWriter, r *http.Request) {
	caller, id := web.CallerOf(r.Context()), iam.LoginID(r.PathValue("login"))
	name := r.PostFormValue("login")
	out, err := room.Login.PassPassword(r.Context(), caller, id, iam.ProviderID(r.PostFormValue("provider")), name, r.PostFormValue("password"))
	refused := iam.AsError(err)
	if refused == nil || refused.Cause != "wrong_password" && refused.Cause != "too_many_tries" {
		room.proceed(w, r, out, err)
		return
	}
	record := web.RecordOf(r.Context())
	record.Outcome, record.Cause, record.Attempt = string(iam.OutcomeRefused), refused.Cause, refused.Params["Attempt"]
	view, err := room.view(r)
	if err != nil {
		room.lost(w, r, err)
		return
	}
	room.draw(w, r, view, chooseError{Name: name, Cause: refused.Cause, Params: refused.Params, Attempt: refused.Params["Attempt"]})
}

// certificate begins an attempt on the certificate host.
func (room *Room) certificate(w http.ResponseWriter, r *http.Request) {
	room.startAttempt(w, r, iam.LoginID(r.PathValue("login")), iam.ProviderID(r.PostFormValue("provider")), r.PostFormValue("fresh") != "")
}

func (room *Room) startAttempt(w http.ResponseWriter, r *http.Request, id iam.LoginID, method iam.ProviderID, fresh bool) {
	remembered, worn := strings.CutPrefix(web.Cookie(r, certificateHostCookie), wornHost)
	room.startAttemptOn(w, r, id, method, remembered, fresh || worn, "")
}

// startAttemptOn begins an attempt on the host that served well, or on a fresh one,
// for one person or for anybody.
func (room *Room) startAttemptOn(w http.ResponseWriter, r *http.Request, id iam.LoginID, method iam.ProviderID, served string, fresh bool, chosen iam.UserID) {
	caller := web.CallerOf(r.Context())
	host, ok := room.ChooseHost(r.Context(), method, served, fresh)
	if !ok && fresh {
		room.lost(w, r, iam.Conflict("no_fresh_certificate_host"))
		return
	}
	started, err := room.Login.StartAttemptOf(r.Context(), caller, id, method, host, chosen)
	if refused := iam.AsError(err); refused != nil && refused.Cause == login.CauseNotOffered {
		http.Redirect(w, r, pathOf(id), http.StatusSeeOther) // the refusal stands on the login
		return
	}
	if err != nil {
		room.lost(w, r, err)
		return
	}
	web.RecordOf(r.Context()).Attempt = string(started.Attempt.ID)
	http.Redirect(w, r, room.AttemptURL(host, started.Ticket), http.StatusSeeOther)
}

// comeBack takes what the certificate host found.
func (room *Room) comeBack(w http.ResponseWriter, r *http.Request) {
	if !web.OfWindow(r) { // nor does a refusal get an event, of which an address has so many
		web.Fail(w, r, iam.Forbidden("not_of_a_window"))
		return
	}
	out, err := room.Login.Return(r.Context(), web.CallerOf(r.Context()), iam.Secret(r.PathValue("ticket")))
	record := web.RecordOf(r.Context())
	record.Login, record.Attempt = r.PathValue("login"), string(out.Attempt.ID)
	if err == nil && out.Login.Purpose != iam.PurposeTest { // a trial changes nothing, this neither
		room.rememberHost(w, r, out)
	}
	room.proceed(w, r, out, err)
}

// rememberHost decides on which certificate host this browser's next attempt
// takes place: where its certificate did well, so that it asks nothing, or else
// on another, because on this one it would show the same unfit certificate again
// without asking.
func (room *Room) rememberHost(w http.ResponseWriter, r *http.Request, out login.Outcome) {
	remembered, refusal := web.Cookie(r, certificateHostCookie), out.Login.State.Refusal
	switch {
	case refusal == nil, refusal.Cause == login.CauseNotLinked, refusal.Cause == login.CauseLinkedToYou:
		// What belongs to nobody yet is about to be linked.
		if remembered != out.Attempt.Host {
			web.SetCookie(w, certificateHostCookie, out.Attempt.Host, certificateHostLife)
		}
	case remembered != "" && remembered != out.Attempt.Host: // it was another host that did well
	default:
		if host, ok := room.ChooseHost(r.Context(), out.Attempt.Provider, out.Attempt.Host, true); ok {
			web.SetCookie(w, certificateHostCookie, host, certificateHostLife)
		} else {
			web.ClearCookie(w, certificateHostCookie)
		}
	}
}

// goOn leaves a refusal behind, to choose anew.
func (room *Room) goOn(w http.ResponseWriter, r *http.Request) {
	out, err := room.Login.GoOn(r.Context(), web.CallerOf(r.Context()), iam.LoginID(r.PathValue("login")), r.PostFormValue("forget") != "")
	room.proceed(w, r, out, err)
}

// decline leaves the login at the person's wish.
func (room *Room) decline(w http.ResponseWriter, r *http.Request) {
	out, err := room.Login.Decline(r.Context(), web.CallerOf(r.Context()), iam.LoginID(r.PathValue("login")))
	room.proceed(w, r, out, err)
}
