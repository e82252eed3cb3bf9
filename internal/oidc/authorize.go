package oidc

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	protocol "github.com/zitadel/oidc/v3/pkg/oidc"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/session"
	"signet/internal/web"
)

// authorize begins a sign-in (OpenID Connect Core, section 3.1.2). Where the
// person's session suffices, the code is given at once; otherwise the browser
// goes to the widget and comes back to resume.
func (room *Room) authorize(w http.ResponseWriter, r *http.Request) {
	ctx, record := r.Context(), web.RecordOf(r.Context())
	p, wrong := parametersOf(parametersFrom(r))
	record.App, record.Locales = p["client_id"], p["ui_locales"]

	// As long as it is not known where answers may go, they go to the person: an
	// error that is sent to an unknown address is an open redirect (RFC 9700,
	// section 4.11).
	app, err := room.app(r, p, false)
	if err != nil {
		web.Fail(w, r, err)
		return
	}
	to, refused := destinationOf(app, p)
	if refused != nil { // it may be newer than what is remembered
		if app, err = room.app(r, p, true); err != nil {
			web.Fail(w, r, err)
			return
		}
		to, refused = destinationOf(app, p)
	}
	if refused != nil {
		web.Fail(w, r, refused)
		return
	}
	if wrong != nil {
		room.refuse(w, r, to, wrong)
		return
	}
	q, wrong := requestOf(app, to, p)
	if wrong != nil {
		room.refuse(w, r, to, wrong)
		return
	}
	if q.hint != "" {
		hinted, err := room.readHint(ctx, q.hint)
		switch {
		case iam.KindOf(err) == iam.KindInvalid, err == nil && hinted.app != app.ID:
			room.refuse(w, r, to, protocol.ErrInvalidRequest().WithDescription("id_token_hint is not an ID token of this provider for this client"))
			return
		case err != nil:
			room.refuse(w, r, to, err)
			return
		}
		if q.ask.Subject != "" && q.ask.Subject != hinted.user { // of the claims parameter
			room.refuse(w, r, to, protocol.ErrInvalidRequest().WithDescription("id_token_hint and claims name two people"))
			return
		}
		q.ask.Subject = hinted.user
	}
	room.signIn(w, r, app, q)
}

// parametersFrom returns the parameters of a GET, or of a form that was too
// long to become one.
func parametersFrom(r *http.Request) url.Values {
	if r.Method == http.MethodPost {
		return r.PostForm
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return url.Values{} // as if nothing was sent: client_id is missing
	}
	return values
}

// app returns the application that a request for a page names.
func (room *Room) app(r *http.Request, p parameters, fresh bool) (iam.App, error) {
	if p["client_id"] == "" {
		return iam.App{}, iam.Invalid("client_id", "client_missing")
	}
	c, err := room.client(r.Context(), iam.AppID(p["client_id"]), fresh)
	if iam.IsNotFound(err) {
		return iam.App{}, &iam.Error{Kind: iam.KindInvalid, Field: "client_id", Cause: "client_unknown", Err: err}
	}
	return c.app, err
}

// signIn gives a code, an error or the widget.
func (room *Room) signIn(w http.ResponseWriter, r *http.Request, app iam.App, q request) {
	ctx, caller := r.Context(), web.CallerOf(r.Context())
	wanted := login.Request{Purpose: iam.PurposeSignIn, App: app.ID, Ask: q.ask, Return: q.keep()}
	_, code, step, err := room.Login.Silent(ctx, caller, wanted, q.code)
	switch {
	case err != nil && q.silent():
		room.refuse(w, r, q.to, err)
		return
	case err != nil:
		web.Fail(w, r, err)
		return
	case step == login.StepDone:
		room.accept(w, r, q.to, code)
		return
	case q.silent(), step == login.StepUnmet:
		room.refuse(w, r, q.to, missing(step))
		return
	}
	if r.Method == http.MethodPost { // no cookie of ours came along with it, nor would
		room.refuse(w, r, q.to, protocol.ErrInvalidRequest().WithDescription("the request is too long for a form of another site"))
		return
	}
	if !web.OfWindow(r) {
		web.Fail(w, r, iam.Forbidden("not_of_a_window"))
		return
	}
	begun, err := room.Login.Begin(ctx, caller, wanted)
	if err != nil {
		web.Fail(w, r, err)
		return
	}
	web.RecordOf(ctx).Login = string(begun.ID)
	// The widget is the answer, which spares the person a way to the server.
	if r.Method == http.MethodGet && room.Widget != nil && !slices.Contains(begun.Ask.Prompt, login.PromptCreate) {
		room.Widget(w, r, begun)
		return
	}
	to, err := room.pageOf(ctx, caller, begun)
	if err != nil {
		web.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// pageOf is where a login begins: with the widget, or where the application asks
// for a new account and one can be made here, with its form.
func (room *Room) pageOf(ctx context.Context, caller iam.Caller, l iam.Login) (string, error) {
	to := "/signin/" + url.PathEscape(string(l.ID))
	if !slices.Contains(l.Ask.Prompt, login.PromptCreate) {
		return to, nil
	}
	v, err := room.Login.View(ctx, caller, l.ID)
	if err == nil && v.Registrable {
		to += "/register"
	}
	return to, err
}

// missing says what a request that allows no page would have needed one for
// (OpenID Connect Core, section 3.1.2.6).
func missing(step login.Step) *protocol.Error {
	switch step {
	case login.StepChoose:
		return protocol.ErrLoginRequired().WithDescription("the person has to sign in")
	case login.StepUnmet:
		return errUnmetAuthenticationRequirements()
	case login.StepBarred:
		return protocol.ErrAccessDenied().WithDescription("the person may not enter this application")
	case login.StepConsent:
		return errConsentRequired().WithDescription("the person has to agree")
	default:
		return protocol.ErrInteractionRequired().WithDescription("the person has to answer a question")
	}
}

// code says what code a finished sign-in is worth.
func (q request) code(r login.Result) (session.CodeRequest, error) {
	return session.CodeRequest{
		User: r.User.ID, Session: r.Session, App: r.Login.App, Scopes: r.Login.Ask.Scopes, RedirectURI: q.to.uri,
		Challenge: q.challenge, Nonce: q.nonce, ClaimsLocales: q.claimsLocales, ACR: r.Session.Assurance().Told(r.Login.Ask.ACRValues),
	}, nil
}

// kept is what a login keeps for this room while the person is away.
type kept struct {
	RedirectURI   string `json:"redirect_uri"`
	Mode          string `json:"mode,omitempty"` // query where empty
	State         string `json:"state,omitempty"`
	Nonce         string `json:"nonce,omitempty"`
	Challenge     string `json:"challenge,omitempty"`
	ClaimsLocales string `json:"claims_locales,omitempty"`
}

func (q request) keep() string {
	text, err := json.Marshal(kept{
		RedirectURI: q.to.uri, Mode: q.to.mode, State: q.to.state, Nonce: q.nonce, Challenge: q.challenge, ClaimsLocales: q.claimsLocales,
	})
	if err != nil { // texts only
		panic(fmt.Errorf("oidc: marshal request: %w", err))
	}
	return string(text)
}

// recall reads back what keep kept.
func recall(l iam.Login) (request, error) {
	var k kept
	if err := json.Unmarshal([]byte(l.Return), &k); err != nil || k.RedirectURI == "" {
		return request{}, fmt.Errorf("login %s was not begun by an authorization request: %w", l.ID, err)
	}
	return request{
		to: destination{uri: k.RedirectURI, mode: k.Mode, state: k.State}, challenge: k.Challenge, nonce: k.Nonce, claimsLocales: k.ClaimsLocales, ask: l.Ask,
	}, nil
}
