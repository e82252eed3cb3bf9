// Package signin owns the widget: the pages on which a person chooses how to
// prove who they are, links a certificate, gives consent, and reads why an
// attempt was refused. It decides nothing: every page is the next step of a
// login, and every button a change of it. What it hands over, it hands over by
// redirect: to the certificate host with a ticket, and back to the room that
// began the login with another.
package signin

import (
	"context"
	"embed"
	"net/http"
	"net/url"
	"strings"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/provider"
	"signet/internal/seal"
	"signet/internal/session"
	"signet/internal/web"
)

//go:embed *.html
var files embed.FS

// Room serves the widget.
type Room struct {
	Pages     *web.Pages
	Login     *login.Service
	Sessions  *session.Service
	Providers *provider.Service // its pictures
	Box       *seal.Box         // seals what browsers keep for us

	// ChooseHost chooses the certificate host of an attempt with a method. It gets the host
	// that served this browser well before, or "", and whether a new one is
	// wanted, because browsers remember the choice of certificate by host. It
	// reports false where a new one is wanted and none is left.
	ChooseHost func(ctx context.Context, method iam.ProviderID, remembered string, fresh bool) (host string, ok bool)
	// AttemptURL is where an attempt takes place.
	AttemptURL func(host string, ticket iam.Secret) string
	// CertificateSources are the certificate hosts as form-action sources.
	CertificateSources []string
	// OrgClient returns the application that an organization itself is, by what
	// stands in its addresses; every page has Signet's own form where it is nil.
	OrgClient func(ctx context.Context, handle string) (iam.AppID, bool)
	// RefusalCause returns the cause of a refusal that belongs to no login of
	// this browser, for its page.
	RefusalCause func(r *http.Request, attempt iam.AttemptID) (string, error)
	// HandOver answers with the authorization code that a login has earned: it
	// leads on to the application.
	HandOver func(w http.ResponseWriter, r *http.Request, l iam.Login, code iam.Secret)

	choose  *web.Page[choosePage]
	first   *web.Alike[choosePage] // choose, before anybody is known
	signUp  *web.Page[registerPage]
	refused *web.Page[refusalPage]
	confirm *web.Page[confirmPage]
	renew   *web.Page[renewPage]
	create  *web.Page[createPage]
	recover *web.Page[recoverPage]
	consent *web.Page[consentPage]
	out     *web.Page[signedOutPage]
	tried   *web.Page[triedPage]
	add     *web.Page[addPage]
	// expiring offers another identifier.
	expiring *web.Page[expiringPage]
}

// certificateHostCookie remembers the certificate host of this browser's next
// attempt: the one on which its last certificate was accepted, where the browser
// remembers its choice, so that later sign-ins ask nothing; or, after a refusal,
// one on which it will ask anew.
const certificateHostCookie web.CookieName = "signet-certificate-host"

// wornHost begins the value of that cookie where the host is one to avoid: the
// browser remembers a certificate for it whose account was forgotten here.
const wornHost = "-"

// Define reads the room's pages. It panics where one of them is broken.
func (room *Room) Define() {
	room.choose = web.Define[choosePage](room.Pages, files, "choose.html", web.Widget)
	room.first = web.NewAlike(room.choose)
	room.signUp = web.Define[registerPage](room.Pages, files, "register.html", web.Widget)
	room.refused = web.Define[refusalPage](room.Pages, files, "refusal.html", web.Widget)
	room.confirm = web.Define[confirmPage](room.Pages, files, "confirm.html", web.Widget)
	room.renew = web.Define[renewPage](room.Pages, files, "renew.html", web.Widget)
	room.create = web.Define[createPage](room.Pages, files, "create.html", web.Widget)
	room.recover = web.Define[recoverPage](room.Pages, files, "recover.html", web.Widget)
	room.consent = web.Define[consentPage](room.Pages, files, "consent.html", web.Widget)
	room.tried = web.Define[triedPage](room.Pages, files, "tried.html", web.Widget)
	room.add = web.Define[addPage](room.Pages, files, "add.html", web.Widget)
	room.expiring = web.Define[expiringPage](room.Pages, files, "expiring.html", web.Widget)
	room.out = web.Define[signedOutPage](room.Pages, files, "signedout.html", web.Widget)
}

// Mount adds the room's pages.
func (room *Room) Mount(mux *http.ServeMux) {
	room.Define()
	mux.HandleFunc("GET /signin", room.begin)
	mux.HandleFunc("POST /signin/link", room.link)
	mux.HandleFunc("POST /signin/test", room.test)
	mux.HandleFunc("GET /pictures/{picture}", room.picture)
	mux.HandleFunc("GET /appearance/{app}/{theme}", room.theme)
	mux.HandleFunc("GET /signin/refused/{attempt}", room.refusedAttempt)
	mux.HandleFunc("GET /signin/{login}", room.page)
	mux.HandleFunc("GET /signin/{login}/return/{ticket}", room.comeBack)
	mux.HandleFunc("POST /signin/{login}/identify", room.identify)
	mux.HandleFunc("POST /signin/{login}/account", room.chooseAccount)
	mux.HandleFunc("POST /signin/{login}/forget", room.forgetAccount)
	mux.HandleFunc("POST /signin/{login}/password", room.password)
	mux.HandleFunc("POST /signin/{login}/register", room.register)
	mux.HandleFunc("POST /signin/{login}/certificate", room.certificate)
	mux.HandleFunc("POST /signin/{login}/go-on", room.goOn)
	mux.HandleFunc("POST /signin/{login}/not-now", room.notNow)
	mux.HandleFunc("POST /signin/{login}/as-is", room.waive)
	mux.HandleFunc("POST /signin/{login}/somebody", room.somebodyElse)
	mux.HandleFunc("POST /signin/{login}/confirm", room.agreeToLink)
	mux.HandleFunc("POST /signin/{login}/renew", room.agreeToRenew)
	mux.HandleFunc("POST /signin/{login}/create", room.makeAccount)
	mux.HandleFunc("POST /signin/{login}/recover", room.takeBack)
	mux.HandleFunc("POST /signin/{login}/consent", room.agree)
	mux.HandleFunc("POST /signin/{login}/decline", room.decline)
	mux.HandleFunc("GET /signin/{login}/{form}", room.back)
	mux.HandleFunc("POST /signout", room.signOut)
	mux.HandleFunc("GET /signed-out", room.signedOut)
}

// begin begins a login for Signet's own pages: /signin?to=/profile.
func (room *Room) begin(w http.ResponseWriter, r *http.Request) {
	to := r.URL.Query().Get("to")
	if to == "" {
		to = "/profile"
	}
	to = web.LocalPath(to)
	caller := web.CallerOf(r.Context())
	if caller.User != "" {
		http.Redirect(w, r, to, http.StatusSeeOther)
		return
	}
	if !web.OfWindow(r) {
		web.Fail(w, r, iam.Forbidden("not_of_a_window"))
		return
	}
	l, err := room.Login.Begin(r.Context(), caller, login.Request{Purpose: iam.PurposeSignIn, App: room.clientFor(r, to), Return: to})
	if err != nil {
		web.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, pathOf(l.ID), http.StatusSeeOther)
}

// clientFor is whose sign-in form stands before one of our own pages: an
// organization has its own, everything else that of Signet.
func (room *Room) clientFor(r *http.Request, to string) iam.AppID {
	path, _, _ := strings.Cut(to, "?")
	rest, ok := strings.CutPrefix(path, "/organizations/")
	if !ok || room.OrgClient == nil {
		return iam.SignetApp
	}
	handle, _, _ := strings.Cut(rest, "/")
	if handle, err := url.PathUnescape(handle); err == nil && handle != "" {
		if id, ok := room.OrgClient(r.Context(), handle); ok {
			return id
		}
	}
	return iam.SignetApp // no such organization: its page will say so, to who has signed in
}

// link begins to add an identifier to the profile and goes to the certificate
// host at once: the person has chosen the method already.
func (room *Room) link(w http.ResponseWriter, r *http.Request) {
	method := iam.ProviderID(r.PostFormValue("provider"))
	caller := web.CallerOf(r.Context())
	l, err := room.Login.Begin(r.Context(), caller, login.Request{
		Purpose: iam.PurposeLink, App: iam.SignetApp, Provider: method, Return: web.LocalPath(r.PostFormValue("to")),
	})
	if err != nil {
		web.Fail(w, r, err)
		return
	}
	// On the host that it remembers, the browser would show the certificate that is
	// linked already; who adds one means another.
	fresh := r.PostFormValue("fresh") != ""
	if web.Cookie(r, certificateHostCookie) != "" {
		_, left := room.ChooseHost(r.Context(), method, "", true)
		fresh = fresh || left
	}
	room.startAttempt(w, r, l.ID, method, fresh)
}

// page draws the next step of a login.
func (room *Room) page(w http.ResponseWriter, r *http.Request) {
	view, err := room.view(r)
	if err != nil {
		room.lost(w, r, err)
		return
	}
	room.draw(w, r, view, chooseError{})
}

// Widget answers with the first page of a login that this request has begun.
func (room *Room) Widget(w http.ResponseWriter, r *http.Request, begun iam.Login) {
	r.SetPathValue("login", string(begun.ID)) // as on the pages that follow
	web.RecordOf(r.Context()).At = pathOf(begun.ID)
	view, err := room.Login.First(r.Context(), web.CallerOf(r.Context()), begun)
	if err != nil {
		room.lost(w, r, err)
		return
	}
	if room.nobodyYet(r, view) {
		room.drawFirst(w, r, view)
		return
	}
	room.draw(w, r, view, chooseError{})
}

// back draws the form of a new account; else it leads from the address of a form to the page it stood on. A browser shows
// that address after a wrong password, and asks for it when its windows are
// restored.
func (room *Room) back(w http.ResponseWriter, r *http.Request) {
	switch r.PathValue("form") {
	case "register": // here, because the pattern of its own would meet /signin/refused/{attempt}
		room.showRegister(w, r)
	case "password", "identify", "account", "forget", "certificate", "go-on", "as-is", "not-now", "somebody", "confirm", "renew", "create", "recover", "consent", "decline":
		http.Redirect(w, r, pathOf(iam.LoginID(r.PathValue("login"))), http.StatusSeeOther)
	default:
		web.Fail(w, r, iam.NotFound("page"))
	}
}

func (room *Room) draw(w http.ResponseWriter, r *http.Request, v login.View, failed chooseError) {
	switch v.Step {
	case login.StepRefusal:
		room.drawRefusal(w, r, v)
	case login.StepConfirm:
		room.drawConfirm(w, r, v)
	case login.StepRenew:
		room.drawRenew(w, r, v)
	case login.StepCreate:
		room.drawCreate(w, r, v)
	case login.StepRecover:
		room.drawRecover(w, r, v)
	case login.StepConsent:
		room.drawConsent(w, r, v)
	case login.StepTried:
		room.drawTried(w, r, v)
	case login.StepExpiring:
		room.drawExpiring(w, r, v)
	case login.StepAdd:
		room.drawAdd(w, r, v)
	case login.StepDone, login.StepUnmet:
		// Nothing is left to ask, as after signing in in another tab.
		out, err := room.Login.GoOn(r.Context(), web.CallerOf(r.Context()), v.Login.ID, false)
		room.proceed(w, r, out, err)
	default:
		room.drawChoose(w, r, v, failed)
	}
}

func (room *Room) view(r *http.Request) (login.View, error) {
	id := iam.LoginID(r.PathValue("login"))
	record := web.RecordOf(r.Context())
	record.Login = string(id)
	view, err := room.Login.View(r.Context(), web.CallerOf(r.Context()), id)
	record.App, record.Locales = string(view.Login.App), view.Login.Ask.UILocales
	return view, err
}

// proceed leads on after a change of a login: to its next page, or, when it is
// done, back to the room that began it.
func (room *Room) proceed(w http.ResponseWriter, r *http.Request, out login.Outcome, err error) {
	if err != nil {
		room.lost(w, r, err)
		return
	}
	if out.Opened != nil {
		// No Max-Age: the cookie goes when the browser is closed; the session has
		// an end of its own in the database.
		web.SetCookie(w, web.SessionCookie, string(out.Opened.Secret), 0)
		room.rememberAccount(w, r, out)
	}
	if out.Code != "" {
		record := web.RecordOf(r.Context())
		record.App, record.User = string(out.Login.App), string(out.User.ID)
		room.HandOver(w, r, out.Login, out.Code)
		return
	}
	http.Redirect(w, r, next(out), http.StatusSeeOther)
}

func next(out login.Outcome) string {
	l := out.Login
	switch {
	case out.Step != login.StepDone:
		return pathOf(l.ID)
	case l.Purpose == iam.PurposeLink && l.State.Linked != "":
		to, err := url.Parse(web.LocalPath(l.Return))
		if err != nil {
			return "/profile"
		}
		q := to.Query()
		q.Set("linked", string(l.State.Linked))
		to.RawQuery = q.Encode()
		return to.RequestURI()
	case l.App.IsOwn():
		return web.LocalPath(l.Return)
	default:
		return "/oidc/resume/" + url.PathEscape(string(l.ID)) + "?ticket=" + url.QueryEscape(string(out.Ticket))
	}
}

// lost answers where a login cannot go on: it is over, or it is not this
// browser's. What carries an attempt has a page of its own.
func (room *Room) lost(w http.ResponseWriter, r *http.Request, err error) {
	refused := iam.AsError(err)
	switch {
	case refused != nil && refused.Params["Attempt"] != "":
		web.RecordOf(r.Context()).Cause = refused.Cause
		to := "/signin/refused/" + url.PathEscape(refused.Params["Attempt"])
		if id := r.PathValue("login"); id != "" {
			to += "?login=" + url.QueryEscape(id) // the way on, should it be this browser's
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
	case refused != nil && refused.Cause == "login_moved_on":
		// A second tab or a double click was faster: show where the login is now.
		http.Redirect(w, r, pathOf(iam.LoginID(r.PathValue("login"))), http.StatusSeeOther)
	case refused != nil && refused.Cause == "login_not_found" && r.PathValue("login") != "":
		room.over(w, r)
	case refused != nil && refused.Cause == "sign_in_needed":
		// The session ended in another tab while an identifier was being linked.
		http.Redirect(w, r, "/signin?to="+url.QueryEscape("/profile"), http.StatusSeeOther)
	case refused != nil && refused.Cause == "login_of_another_browser" && web.Cookie(r, web.BrowserCookie) == "":
		// Whoever refuses cookies seems to be another browser each time.
		web.Fail(w, r, &iam.Error{Kind: iam.KindForbidden, Cause: "no_cookies", Err: err})
	default:
		web.Fail(w, r, err)
	}
}

// over leads on where a login has ended: Back in the browser and a second click
// come here. Whoever was not led on yet is led on now.
func (room *Room) over(w http.ResponseWriter, r *http.Request) {
	caller := web.CallerOf(r.Context())
	out, err := room.Login.Again(r.Context(), caller, iam.LoginID(r.PathValue("login")))
	switch {
	case err == nil:
		http.Redirect(w, r, next(out), http.StatusSeeOther)
		return
	case !iam.IsNotFound(err):
		web.Fail(w, r, err)
		return
	}
	room.drawOver(w, r, caller.User != "")
}

func (room *Room) drawOver(w http.ResponseWriter, r *http.Request, signedIn bool) {
	printer := web.Language(r)
	data := refusalPage{Icon: "info", Why: printer.T("signin.over_why"), Next: printer.T("signin.over_next"), Profile: signedIn}
	if signedIn {
		data.Why = printer.T("signin.over_signed_in")
	}
	room.refused.Show(w, r, http.StatusNotFound, web.View{TitleKey: "signin.over_title"}, data)
}

func pathOf(id iam.LoginID) string { return "/signin/" + url.PathEscape(string(id)) }

// formAction lists where the forms of a login may lead after redirects: the
// certificate hosts, the application that waits for the result, and, because
// Chrome applies the policy to every redirect of the way, whatever site the
// application leads on to.
func (room *Room) formAction(app iam.App) []string {
	targets := append([]string(nil), room.CertificateSources...)
	if !app.ID.IsOwn() {
		targets = append(targets, "https:")
	}
	for _, uri := range app.RedirectURIs {
		target := web.FormTarget(uri)
		if app.Type == iam.AppNative && strings.HasPrefix(target, "http://") && strings.Count(target, ":") == 1 {
			target += ":*" // it chooses its port when it starts
		}
		if target != "" {
			targets = append(targets, target)
		}
	}
	return targets
}
