// Package app is the application of the demo that people sign in to: a relying
// party that knows Signet only by its address, through coreos/go-oidc. It shows
// who was signed in, how, and every claim that it was told.
//
// Its sessions live in memory: it ends with the demo.
package app

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"signet/internal/i18n"
)

// Options are what the application needs.
type Options struct {
	URL          string // where it is reached: https://app.localhost:8444
	Issuer       string
	ClientID     string
	ClientSecret string
	RedirectURI  string
	HTTP         *http.Client // trusts the issuer's certificate
	Catalogues   *i18n.Catalogues
	// Tries are the certificates that the start page offers for trying, and File
	// reads one of their files.
	Tries []Try
	File  func(name string) ([]byte, error)
	Now   func() time.Time
}

// Try is a certificate to try, and what will happen with it: "works",
// "unlinked", "blocked" or "expired".
type Try struct {
	Name     string // whose it is
	File     string // the .p12 file
	Login    string
	Password string // of the account, where it is needed
	Outcome  string
}

// App is the application.
type App struct {
	options    Options
	host       string
	provider   *oidc.Provider
	verifier   *oidc.IDTokenVerifier
	oauth      oauth2.Config
	endSession string
	pages      *pages
	memory     *memory
}

// New asks the issuer where its endpoints are (OpenID Connect Discovery 1.0,
// section 4) and returns the application.
func New(ctx context.Context, o Options) (*App, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	u, err := url.Parse(o.URL)
	if err != nil {
		return nil, fmt.Errorf("start demo application: %w", err)
	}
	// The library fetches keys later with this context.
	provider, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), o.HTTP), o.Issuer)
	if err != nil {
		return nil, fmt.Errorf("start demo application: %w", err)
	}
	var more struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := provider.Claims(&more); err != nil {
		return nil, fmt.Errorf("start demo application: %w", err)
	}
	drawn, err := newPages(o.Catalogues)
	if err != nil {
		return nil, fmt.Errorf("start demo application: %w", err)
	}
	return &App{
		options: o, host: u.Host, provider: provider, endSession: more.EndSession, pages: drawn,
		verifier: provider.Verifier(&oidc.Config{ClientID: o.ClientID, Now: o.Now}),
		oauth: oauth2.Config{
			ClientID: o.ClientID, ClientSecret: o.ClientSecret, RedirectURL: o.RedirectURI, Endpoint: provider.Endpoint(),
			Scopes: []string{oidc.ScopeOpenID, "profile", "email"},
		},
		memory: newMemory(o.Now),
	}, nil
}

// Handler serves the application.
func (a *App) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.home)
	mux.HandleFunc("GET /sign-in", a.signIn)
	mux.HandleFunc("GET /callback", a.callback)
	mux.HandleFunc("POST /sign-out", a.signOut)
	mux.HandleFunc("GET /signed-out", a.signedOut)
	mux.HandleFunc("POST /backchannel-logout", a.backchannelLogout)
	mux.HandleFunc("GET /certificates/{file}", a.certificate)
	mux.Handle("GET /static/", a.pages.static())
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		a.fail(w, r, http.StatusNotFound, problem{Cause: "not_found"})
	})
	return a.harden(http.NewCrossOriginProtection().Handler(mux))
}

// harden answers under the own name only, and lets pages load nothing but our
// own style.
func (a *App) harden(next http.Handler) http.Handler {
	// Signing out posts a form whose answer leads to the issuer.
	policy := "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' " + a.options.Issuer
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != a.host {
			http.Error(w, "421 Misdirected Request: this is "+a.host, http.StatusMisdirectedRequest)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// signIn sends the browser to Signet with everything that binds the answer to
// this request: state, nonce and PKCE (RFC 9700, section 2.1).
func (a *App) signIn(w http.ResponseWriter, r *http.Request) {
	state := a.memory.begin(browserOf(w, r))
	options := []oauth2.AuthCodeOption{
		oidc.Nonce(state.nonce), oauth2.S256ChallengeOption(state.verifier),
		oauth2.SetAuthURLParam("ui_locales", a.pages.printer(r).Lang()),
	}
	if r.URL.Query().Has("other") {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"))
	}
	http.Redirect(w, r, a.oauth.AuthCodeURL(state.key, options...), http.StatusSeeOther)
}

// callback takes Signet's answer.
func (a *App) callback(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	begun, ok := a.memory.take(q.Get("state"), browserOf(w, r))
	switch {
	case !ok:
		a.fail(w, r, http.StatusBadRequest, problem{Cause: "state"})
		return
	case q.Get("iss") != a.options.Issuer: // mix-up (RFC 9207, section 2.4)
		a.fail(w, r, http.StatusBadRequest, problem{Cause: "issuer"})
		return
	case q.Get("error") == "access_denied":
		a.fail(w, r, http.StatusForbidden, problem{Cause: "denied", Code: "access_denied"})
		return
	case q.Get("error") != "":
		a.fail(w, r, http.StatusBadGateway, problem{Cause: "refused", Code: q.Get("error"), Text: q.Get("error_description")})
		return
	}
	s, err := a.redeem(r.Context(), q.Get("code"), begun)
	if err != nil {
		a.fail(w, r, http.StatusBadGateway, problem{Cause: "refused", Text: err.Error()})
		return
	}
	a.memory.drop(cookie(r, sessionCookie))
	setCookie(w, sessionCookie, a.memory.open(s))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// redeem exchanges the code and checks what comes back.
func (a *App) redeem(ctx context.Context, code string, begun begun) (session, error) {
	ctx = oidc.ClientContext(ctx, a.options.HTTP)
	token, err := a.oauth.Exchange(ctx, code, oauth2.VerifierOption(begun.verifier))
	if err != nil {
		return session{}, fmt.Errorf("exchange code: %w", err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return session{}, errors.New("exchange code: there is no ID token")
	}
	idToken, err := a.verifier.Verify(ctx, raw)
	if err != nil {
		return session{}, fmt.Errorf("verify ID token: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(idToken.Nonce), []byte(begun.nonce)) != 1 {
		return session{}, errors.New("verify ID token: the nonce is another")
	}
	info, err := a.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return session{}, fmt.Errorf("ask userinfo: %w", err)
	}
	if info.Subject != idToken.Subject {
		return session{}, errors.New("ask userinfo: it speaks of another person")
	}
	s := session{idToken: raw}
	if err := errors.Join(idToken.Claims(&s.claims), info.Claims(&s.userInfo)); err != nil {
		return session{}, fmt.Errorf("read claims: %w", err)
	}
	return s, nil
}

// signOut ends the session here and asks Signet to end its own
// (OpenID Connect RP-Initiated Logout 1.0, section 2).
func (a *App) signOut(w http.ResponseWriter, r *http.Request) {
	s, ok := a.memory.session(cookie(r, sessionCookie))
	a.memory.drop(cookie(r, sessionCookie))
	clearCookie(w, sessionCookie)
	if !ok || a.endSession == "" {
		http.Redirect(w, r, "/signed-out", http.StatusSeeOther)
		return
	}
	q := url.Values{
		"id_token_hint": {s.idToken}, "client_id": {a.options.ClientID}, "post_logout_redirect_uri": {a.options.URL + "/signed-out"},
		"ui_locales": {a.pages.printer(r).Lang()},
	}
	http.Redirect(w, r, a.endSession+"?"+q.Encode(), http.StatusSeeOther)
}

// certificate hands out a .p12 file of the demo, so that nobody has to look for
// a hidden folder. Whoever reaches this application is on the same machine.
func (a *App) certificate(w http.ResponseWriter, r *http.Request) {
	for _, t := range a.options.Tries {
		if t.File != r.PathValue("file") {
			continue
		}
		content, err := a.options.File(t.File)
		if err != nil {
			break
		}
		w.Header().Set("Content-Type", "application/x-pkcs12")
		w.Header().Set("Content-Disposition", `attachment; filename="`+t.File+`"`)
		_, _ = w.Write(content) // a browser that left is no fault
		return
	}
	a.fail(w, r, http.StatusNotFound, problem{Cause: "not_found"})
}
