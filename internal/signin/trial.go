package signin

import (
	"net/http"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/web"
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
	Good        bool
	Verdict     string // in one sentence
	Why         string // of a refusal
	Person      *web.Person
	Certificate *web.Certificate
	Checks      []checkRow
	Attempt     string
	Provider    iam.ProviderID
	Retry       bool
}

type checkRow struct {
	Name, Detail, Source string
	OK                   bool
}

//i18n:keys signin.check.* presented size parse path leaf dates issuer_dates purpose strength depth age policies profile constraints revocation assurance

func (room *Room) drawTried(w http.ResponseWriter, r *http.Request, v login.View) {
	view, data := room.triedPage(r, v)
	room.tried.Show(w, r, http.StatusOK, view, data)
}

func (room *Room) triedPage(r *http.Request, v login.View) (web.View, triedPage) {
	printer, t := web.Language(r), *v.Login.State.Trial
	refusal := iam.Refusal{Cause: t.Cause, Certificate: t.Certificate}
	data := triedPage{Base: pathOf(v.Login.ID), Good: t.Cause == "", Attempt: string(t.Attempt), Provider: v.Login.Provider}
	if t.Certificate != nil {
		card := certificateCard(printer, t.Certificate, cardState(t.Cause))
		data.Certificate = &card
	}
	if t.User != "" {
		person := personOf(v.Tested)
		data.Person = &person
	}
	switch {
	case data.Good:
		data.Verdict = printer.T("signin.test_would_sign_in", "Name", v.Tested.DisplayName())
	case t.Cause == login.CauseNotLinked:
		data.Verdict, data.Why = printer.T("signin.test_accepted"), printer.T("signin.test_nobody")
	default:
		data.Verdict = printer.T("signin.test_would_refuse")
		data.Why = printer.T("refusal."+t.Cause+".why", sentenceArgs(printer, v, refusal)...)
	}
	for _, c := range t.Checks {
		row := checkRow{Name: c.Name, Detail: c.Detail, Source: c.Source, OK: c.OK}
		if key := "signin.check." + c.Name; printer.Has(key) {
			row.Name = printer.T(key)
		}
		data.Checks = append(data.Checks, row)
	}
	_, data.Retry = room.ChooseHost(r.Context(), v.Login.Provider, "", true)
	return web.View{TitleKey: "signin.test_title", TitleArgs: []any{"Method", v.Method.Name}, FormAction: room.formAction(v.App)}, data
}
