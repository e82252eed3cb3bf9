package signin

import (
	"net/http"
	"strconv"

	"signet/internal/directory"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/web"
)

// registerPage is the form of a new account, in the middle of a sign-in.
type registerPage struct {
	Base string
	// Certificate is the one that will be linked to the account.
	Certificate                         *web.Certificate
	Wrong                               *web.Banner
	Login, Name, Email, Password, Again web.Field
	Submit                              string
	Attempt                             string // of a refusal
}

// registerInput is what was typed; passwords are not typed back.
type registerInput struct{ Login, Name, Email string }

func registerPath(id iam.LoginID) string { return pathOf(id) + "/register" }

// showRegister asks a stranger for what an account needs.
func (room *Room) showRegister(w http.ResponseWriter, r *http.Request) {
	v, err := room.view(r)
	switch {
	case err != nil:
		room.lost(w, r, err)
	case !v.Registrable:
		room.drawRegisterClosed(w, r, v, "")
	default:
		room.drawRegister(w, r, v, proposed(v), nil)
	}
}

// proposed is what the certificate that waits says of its holder.
func proposed(v login.View) registerInput {
	if e := v.Login.State.Unlinked; e != nil && e.Certificate != nil {
		return registerInput{Name: e.Certificate.CommonName}
	}
	return registerInput{}
}

// register makes the account and goes on with the sign-in.
func (room *Room) register(w http.ResponseWriter, r *http.Request) {
	v, err := room.view(r)
	if err != nil {
		room.lost(w, r, err)
		return
	}
	in := registerInput{Login: r.PostFormValue("login"), Name: r.PostFormValue("name"), Email: r.PostFormValue("email")}
	password, caller := r.PostFormValue("password"), web.CallerOf(r.Context())
	if v.Registrable && password != r.PostFormValue("again") {
		room.drawRegister(w, r, v, in, iam.Invalid("again", "passwords_differ"))
		return
	}
	out, err := room.Login.Register(r.Context(), caller, v.Login.ID, iam.User{Login: in.Login, Name: in.Name, Email: in.Email}, password)
	refused := iam.AsError(err)
	if refused == nil {
		room.proceed(w, r, out, err)
		return
	}
	record := web.RecordOf(r.Context())
	record.Outcome, record.Cause, record.Attempt = string(iam.OutcomeRefused), refused.Cause, refused.Params["Attempt"]
	switch {
	case refused.Cause == "registration_closed":
		room.drawRegisterClosed(w, r, v, refused.Params["Attempt"])
	case refused.Cause == login.CauseLinkedToOther: // by somebody faster: the login shows that the next time
		http.Redirect(w, r, pathOf(v.Login.ID), http.StatusSeeOther)
	case refused.Kind == iam.KindInvalid, refused.Kind == iam.KindLimited, refused.Cause == "login_taken":
		room.drawRegister(w, r, v, in, refused)
	default:
		room.lost(w, r, err)
	}
}

func (room *Room) drawRegister(w http.ResponseWriter, r *http.Request, v login.View, in registerInput, wrong *iam.Error) {
	status, view, data := room.registerPage(r, v, in, wrong)
	room.signUp.Show(w, r, status, web.Dressed(view, v.App.ID, v.Look), data)
}

func (room *Room) registerPage(r *http.Request, v login.View, in registerInput, wrong *iam.Error) (int, web.View, registerPage) {
	p := web.Language(r, v.Login.Ask.UILocales)
	fault := func(field string) string {
		if wrong == nil || wrong.Field != field {
			return ""
		}
		return web.Explain(p, wrong)
	}
	optional := p.T("signin.optional")
	data := registerPage{
		Base: pathOf(v.Login.ID), Submit: p.T("signin.register_submit"),
		Login: web.Field{Name: "login", Label: p.T("signin.register_login"), Hint: p.T("signin.register_login_hint"), Value: in.Login, Error: fault("login"),
			Autocomplete: "username", Required: true, Autofocus: true, Max: 100},
		Name:  web.Field{Name: "name", Label: p.T("signin.register_name"), Value: in.Name, Error: fault("name"), Autocomplete: "name", Optional: optional, Max: 200},
		Email: web.Field{Name: "email", Type: "email", Label: p.T("signin.register_email"), Value: in.Email, Error: fault("email"), Autocomplete: "email", Optional: optional, Max: 254},
		Password: web.Field{Name: "password", Type: "password", Label: p.T("signin.password"), Hint: passwordRules(p, v.Rules), Error: fault("password"),
			Autocomplete: "new-password", Required: true, Reveal: true},
		Again: web.Field{Name: "again", Type: "password", Label: p.T("signin.register_again"), Error: fault("again"), Autocomplete: "new-password", Required: true, Reveal: true},
	}
	view := web.View{
		TitleKey: "signin.register_title", LeadKey: "signin.register_lead", LeadArgs: []any{"App", v.App.Name},
		FormAction: room.formAction(v.App), Locales: v.Login.Ask.UILocales, Back: registerPath(v.Login.ID),
	}
	if e := v.Login.State.Unlinked; e != nil {
		card := certificateCard(p, e.Certificate, "")
		data.Certificate, data.Submit = &card, p.T("signin.register_submit_link")
	}
	status := http.StatusOK
	for _, f := range []*web.Field{&data.Name, &data.Email, &data.Password, &data.Again} {
		if f.Error != "" { // where to go on
			data.Login.Autofocus, f.Autofocus = false, true
		}
	}
	if wrong != nil {
		status = http.StatusUnprocessableEntity
		if wrong.Kind == iam.KindLimited {
			status = http.StatusTooManyRequests
		}
		if wrong.Field == "" {
			data.Wrong = &web.Banner{Kind: "danger", Text: web.Explain(p, wrong)}
		}
		data.Attempt = wrong.Params["Attempt"]
	}
	return status, view, data
}

//i18n:keys signin.register_kinds.* 2 3 4

// passwordRules tells what a password must be before it is typed.
func passwordRules(p *i18n.Printer, rules iam.Settings) string {
	text := p.T("signin.register_password_hint", "Min", strconv.Itoa(max(rules.PasswordLength, directory.MinPasswordLength)))
	if rules.PasswordKinds > 1 {
		text += " " + p.T("signin.register_kinds."+strconv.Itoa(rules.PasswordKinds))
	}
	return text
}

// drawRegisterClosed says that no account can be made here, and leads back to the
// sign-in.
func (room *Room) drawRegisterClosed(w http.ResponseWriter, r *http.Request, v login.View, attempt string) {
	p := web.Language(r, v.Login.Ask.UILocales)
	room.refused.Show(w, r, http.StatusForbidden, web.Dressed(web.View{TitleKey: "signin.register_closed_title", Locales: v.Login.Ask.UILocales}, v.App.ID, v.Look), refusalPage{
		Icon: "lock", Why: web.Explain(p, iam.Forbidden("registration_closed")), Continue: pathOf(v.Login.ID), Attempt: attempt,
	})
}
