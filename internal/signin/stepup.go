package signin

import (
	"net/http"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/web"
)

// stepUp says on the sign-in form what the application asks for beyond a
// password, and to whom, where somebody is signed in with less.
type stepUp struct {
	Text   string
	Person *web.Person // who is signed in with less
	// Without is true where they may go on as they are.
	Without bool
}

func stepUpOf(p *i18n.Printer, v login.View) *stepUp {
	if v.Needed == nil {
		return nil
	}
	s := &stepUp{Text: neededText(p, v.App, *v.Needed)}
	if v.Raising {
		person := personOf(v.User)
		s.Person, s.Without = &person, !v.Needed.Required
	}
	return s
}

// neededText says what an application asks of a sign-in.
func neededText(p *i18n.Printer, app iam.App, n login.Needed) string {
	switch {
	case n.ACR != "" && n.Required:
		return p.T("signin.needs_class", "App", app.Name, "Class", n.ACR)
	case n.ACR != "":
		return p.T("signin.wishes_class", "App", app.Name, "Class", n.ACR)
	case n.Strength == iam.StrengthCard && n.Required:
		return p.T("signin.needs_card", "App", app.Name)
	case n.Strength == iam.StrengthCard:
		return p.T("signin.wishes_card", "App", app.Name)
	case n.Required:
		return p.T("signin.needs_certificate", "App", app.Name)
	default:
		return p.T("signin.wishes_certificate", "App", app.Name)
	}
}

// waive goes on with the session as it is.
func (room *Room) waive(w http.ResponseWriter, r *http.Request) {
	out, err := room.Login.Waive(r.Context(), web.CallerOf(r.Context()), iam.LoginID(r.PathValue("login")))
	room.proceed(w, r, out, err)
}

// somebodyElse leaves the person who is signed in aside.
func (room *Room) somebodyElse(w http.ResponseWriter, r *http.Request) {
	out, err := room.Login.SomebodyElse(r.Context(), web.CallerOf(r.Context()), iam.LoginID(r.PathValue("login")))
	room.proceed(w, r, out, err)
}
