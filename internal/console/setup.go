package console

import (
	"net/http"

	"signet/internal/directory"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// setupPage is the form of the first administrator.
type setupPage struct {
	Wrong    *web.Banner
	Action   string
	Login    web.Field
	Name     web.Field
	Email    web.Field
	Password web.Field
	Again    web.Field
}

// setupOverPage says that a set-up link no longer works.
type setupOverPage struct {
	Command string
}

// renewCommand makes a new set-up link.
const renewCommand = "signet user setup-link"

func setupOf(p *i18n.Printer, action string, user iam.User, wrong *iam.Error) setupPage {
	fault := func(field string) string {
		if wrong == nil || wrong.Field != field {
			return ""
		}
		return web.Explain(p, wrong)
	}
	data := setupPage{
		Action: action,
		Login: web.Field{Name: "login", Label: p.T("console.login"), Hint: p.T("console.setup_login_hint"), Value: user.Login, Error: fault("login"),
			Autocomplete: "username", Required: true, Autofocus: true, Max: 100},
		Name:  web.Field{Name: "name", Label: p.T("console.name"), Value: user.Name, Error: fault("name"), Autocomplete: "name", Optional: p.T("console.optional"), Max: 200},
		Email: web.Field{Name: "email", Type: "email", Label: p.T("console.email"), Value: user.Email, Error: fault("email"), Autocomplete: "email", Optional: p.T("console.optional"), Max: 254},
		Password: web.Field{Name: "password", Type: "password", Label: p.T("console.password"), Hint: p.T("console.password_hint", "Min", directory.MinPasswordLength),
			Error: fault("password"), Autocomplete: "new-password", Required: true, Reveal: true},
		Again: web.Field{Name: "again", Type: "password", Label: p.T("console.password_again"), Error: fault("again"), Autocomplete: "new-password", Required: true, Reveal: true},
	}
	if wrong != nil && wrong.Field == "" {
		data.Wrong = &web.Banner{Kind: "danger", Title: web.Explain(p, wrong)}
	}
	return data
}

func (room *Room) showSetup(w http.ResponseWriter, r *http.Request) {
	err := room.Directory.CheckSetupLink(r.Context(), iam.Secret(r.PathValue("secret")))
	switch {
	case iam.IsNotFound(err):
		room.setupOver(w, r)
	case err != nil:
		web.Fail(w, r, err)
	default:
		room.drawSetup(w, r, iam.User{}, nil)
	}
}

func (room *Room) drawSetup(w http.ResponseWriter, r *http.Request, user iam.User, wrong *iam.Error) {
	status := http.StatusOK
	if wrong != nil {
		status = http.StatusUnprocessableEntity
	}
	room.setup.Show(w, r, status, web.View{TitleKey: "console.setup_title", LeadKey: "console.setup_lead"},
		setupOf(web.Language(r), "/setup/"+r.PathValue("secret"), user, wrong))
}

// setupOver answers to links that were used, have expired or never were: the
// difference is nobody's business.
func (room *Room) setupOver(w http.ResponseWriter, r *http.Request) {
	room.over.Show(w, r, http.StatusGone, web.View{TitleKey: "console.setup_over_title", LeadKey: "console.setup_over_lead"}, setupOverPage{Command: renewCommand})
}

// setUp makes the first administrator. The directory spends the link; a second
// one who holds it finds that it is over.
func (room *Room) setUp(w http.ResponseWriter, r *http.Request) {
	secret := iam.Secret(r.PathValue("secret"))
	// The link comes first: without it nobody learns what the form wants.
	if err := room.Directory.CheckSetupLink(r.Context(), secret); iam.IsNotFound(err) {
		room.setupOver(w, r)
		return
	} else if err != nil {
		web.Fail(w, r, err)
		return
	}
	user := iam.User{Login: r.PostFormValue("login"), Name: r.PostFormValue("name"), Email: r.PostFormValue("email")}
	password := r.PostFormValue("password")
	err := error(iam.Invalid("again", "passwords_differ"))
	if password == r.PostFormValue("again") {
		_, err = room.Directory.SetUp(r.Context(), web.CallerOf(r.Context()), secret, user, password)
	}
	refused := iam.AsError(err)
	switch {
	case err == nil:
		web.Notify(w, "success", "console.setup_done")
		http.Redirect(w, r, "/signin?to=/profile", http.StatusSeeOther)
	case refused != nil && refused.Kind == iam.KindNotFound:
		room.setupOver(w, r)
	case refused != nil && (refused.Kind == iam.KindInvalid || refused.Kind == iam.KindConflict):
		room.drawSetup(w, r, user, refused)
	default:
		web.Fail(w, r, err)
	}
}
