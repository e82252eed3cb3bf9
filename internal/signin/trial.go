package signin

import (
	"net/http"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/web"
	"signet/internal/words"
)

// test begins to try a login method out, for whoever may change it, and goes to
// the certificate host at once.
func (room *Room) test(w http.ResponseWriter, r *http.Request) {
	method := iam.ProviderID(r.PostFormValue("provider"))
	l, err := room.Login.Begin(r.Context(), web.CallerOf(r.Context()), login.Request{
		Purpose: iam.PurposeTest, App: iam.SignetApp, Provider: method, Return: web.LocalPath(r.PostFormValue("to")),
	})
	if err != nil {
		web.Fail(w, r, err)
		return
	}
	// On a new host the browser asks which certificate to show.
	_, left := room.ChooseHost(r.Context(), method, "", true)
	room.startAttempt(w, r, l.ID, method, left)
}

// triedPage says what came of trying a method out.
type triedPage struct {
	Base        string
	Kind        string // of the banner that tells it
	Verdict     string // in one sentence
	Why         string // of a refusal
	Person      *web.Person
	Certificate *web.Certificate
	Checks      []web.Check
	Tried       []web.Fact // how the person was looked for
	Attempt     string
	Provider    iam.ProviderID
	Retry       string // words of the button that shows another certificate
}

func (room *Room) drawTried(w http.ResponseWriter, r *http.Request, v login.View) {
	view, data := room.triedPage(r, v)
	room.tried.Show(w, r, http.StatusOK, view, data)
}

func (room *Room) triedPage(r *http.Request, v login.View) (web.View, triedPage) {
	printer, t := web.Language(r), *v.Login.State.Trial
	refusal := iam.Refusal{Cause: t.Cause, Certificate: t.Certificate}
	data := triedPage{Base: pathOf(v.Login.ID), Attempt: string(t.Attempt), Provider: v.Login.Provider, Retry: printer.T("signin.retry")}
	if t.Certificate != nil {
		card := certificateCard(printer, t.Certificate, cardState(t.Cause))
		data.Certificate = &card
	}
	if t.User != "" {
		person := personOf(v.Tested)
		data.Person = &person
	}
	switch {
	case t.Cause == "" && t.User == "":
		data.Kind, data.Verdict = "success", printer.T("signin.test_would_create")
	case t.Cause == "":
		data.Kind, data.Verdict = "success", printer.T("signin.test_would_sign_in", "Name", v.Tested.DisplayName())
	case t.Cause == login.CauseNotLinked:
		data.Kind, data.Verdict, data.Why = "warning", printer.T("signin.test_accepted"), printer.T("signin.test_nobody")
	default:
		data.Kind, data.Verdict = "danger", printer.T("signin.test_would_refuse")
		if t.Cause == string(cert.CauseNoCertificate) { // nothing was judged
			data.Kind, data.Verdict, data.Retry = "warning", printer.T("refusal.no_certificate.title"), printer.T("signin.try_again")
		}
		data.Why = printer.T("refusal."+t.Cause+".why", sentenceArgs(printer, v, refusal)...)
	}
	data.Checks, data.Tried = words.Checks(printer, t.Checks), words.Tried(printer, t.Tried)
	if _, left := room.ChooseHost(r.Context(), v.Login.Provider, "", true); !left {
		data.Retry = ""
	}
	return web.View{TitleKey: "signin.test_title", TitleArgs: []any{"Method", v.Method.Name}, FormAction: room.formAction(v.App)}, data
}
