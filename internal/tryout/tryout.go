// Package tryout is the test application that Signet ships: a relying party that
// people sign in to in order to try a sign-in form. It knows Signet only by its
// address, and speaks OpenID Connect to it as any other application does; it
// shows what arrived.
//
//	/try/{app}           what this is, and the button that opens the sign-in form
//	/try/{app}/start     the authorization request
//	/try/{app}/callback  the answer
//	/try/{app}/result    the claims of the ID token and of userinfo
//
// It keeps nothing on the server: what binds an answer to its request, and the
// tokens whose claims are shown, live in cookies of the one browser, so that any
// node can answer. Which applications it serves is directory's to say: those that
// are marked as tests.
package tryout

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"embed"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

//go:embed page/*.html
var files embed.FS

// Room serves the test application.
type Room struct {
	Pages *web.Pages
	// Issuer is Signet's address, where this room is too.
	Issuer string
	// HTTP reaches the issuer.
	HTTP *http.Client
	// App returns an application.
	App func(context.Context, iam.AppID) (iam.App, error)
	Now func() time.Time

	start  *web.Page[startPage]
	result *web.Page[resultPage]
}

// RedirectURI is where the answers for a test application go.
func RedirectURI(issuer string, id iam.AppID) string {
	return issuer + "/try/" + url.PathEscape(string(id)) + "/callback"
}

// The cookies: what binds an answer to its request, and what came of it.
const (
	requestCookie web.CookieName = "signet-try-request"
	resultCookie  web.CookieName = "signet-try-result"
)

// requestLife is how long an answer is waited for, resultLife how long what
// arrived can be looked at.
const (
	requestLife = time.Hour
	resultLife  = 10 * time.Minute
)

// Define reads the room's pages.
func (room *Room) Define() {
	room.start = web.Define[startPage](room.Pages, files, "page/start.html", web.Widget)
	room.result = web.Define[resultPage](room.Pages, files, "page/result.html", web.Widget)
}

// Mount adds the room's pages.
func (room *Room) Mount(mux *http.ServeMux) {
	room.Define()
	for pattern, handle := range map[string]func(http.ResponseWriter, *http.Request, iam.App) error{
		"GET /try/{app}":          room.showStart,
		"GET /try/{app}/start":    room.begin,
		"GET /try/{app}/callback": room.callback,
		"GET /try/{app}/result":   room.showResult,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			app, err := room.App(r.Context(), iam.AppID(r.PathValue("app")))
			if err == nil && !app.Test {
				err = iam.NotFound("application")
			}
			if err == nil {
				err = handle(w, r, app)
			}
			if err != nil {
				web.Fail(w, r, err)
			}
		})
	}
}

type startPage struct {
	Wrong *web.Banner
	Start string
}

func (room *Room) showStart(w http.ResponseWriter, r *http.Request, app iam.App) error {
	room.drawStart(w, r, http.StatusOK, app, "", "")
	return nil
}

//i18n:keys try.wrong_* state denied refused expired

// drawStart shows the first page, with what went wrong in the words of the
// catalogue and, for whoever connects applications, of the protocol.
func (room *Room) drawStart(w http.ResponseWriter, r *http.Request, status int, app iam.App, wrong, detail string) {
	data := startPage{Start: pathOf(app.ID) + "/start"}
	if wrong != "" {
		data.Wrong = &web.Banner{Kind: "danger", Title: web.Language(r).T("try.wrong_" + wrong), Text: detail}
	}
	room.start.Show(w, r, status, web.View{TitleKey: "try.title", TitleArgs: []any{"App", app.Name}, LeadKey: "try.lead"}, data)
}

func pathOf(id iam.AppID) string { return "/try/" + url.PathEscape(string(id)) }

// party is the relying party for one application.
type party struct {
	provider *oidc.Provider
	config   oauth2.Config
}

func (room *Room) party(ctx context.Context, app iam.App) (party, context.Context, error) {
	ctx = oidc.ClientContext(ctx, room.HTTP)
	provider, err := oidc.NewProvider(ctx, room.Issuer)
	if err != nil {
		return party{}, ctx, fmt.Errorf("ask the issuer where its endpoints are: %w", err)
	}
	endpoint := provider.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInParams // a public client has no secret to put into a header
	return party{provider, oauth2.Config{
		ClientID: string(app.ID), RedirectURL: RedirectURI(room.Issuer, app.ID), Endpoint: endpoint, Scopes: []string{oidc.ScopeOpenID, "profile", "email"},
	}}, ctx, nil
}

// begin sends the browser to the sign-in form, with everything that binds the
// answer to this request: state, nonce and PKCE (RFC 9700, section 2.1). The form
// is asked for even of somebody who is signed in: it is what is tried.
func (room *Room) begin(w http.ResponseWriter, r *http.Request, app iam.App) error {
	p, _, err := room.party(r.Context(), app)
	if err != nil {
		return err
	}
	state, nonce, verifier := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	web.SetCookie(w, requestCookie, strings.Join([]string{string(app.ID), state, nonce, verifier}, " "), requestLife)
	http.Redirect(w, r, p.config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier),
		oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("ui_locales", web.Language(r).Lang())), http.StatusSeeOther)
	return nil
}

// callback takes the answer, once, in the browser that asked.
func (room *Room) callback(w http.ResponseWriter, r *http.Request, app iam.App) error {
	q := r.URL.Query()
	begun := strings.Split(web.Cookie(r, requestCookie), " ")
	ours := len(begun) == 4 && begun[0] == string(app.ID) && subtle.ConstantTimeCompare([]byte(begun[1]), []byte(q.Get("state"))) == 1
	switch {
	case !ours, q.Get("iss") != room.Issuer: // mix-up (RFC 9207, section 2.4)
		room.drawStart(w, r, http.StatusBadRequest, app, "state", "")
		return nil
	case q.Get("error") == "access_denied":
		web.ClearCookie(w, requestCookie)
		room.drawStart(w, r, http.StatusForbidden, app, "denied", "access_denied")
		return nil
	case q.Get("error") != "":
		web.ClearCookie(w, requestCookie)
		room.drawStart(w, r, http.StatusBadGateway, app, "refused", q.Get("error"))
		return nil
	}
	web.ClearCookie(w, requestCookie)
	p, ctx, err := room.party(r.Context(), app)
	if err != nil {
		return err
	}
	token, err := p.config.Exchange(ctx, q.Get("code"), oauth2.VerifierOption(begun[3]))
	if err != nil {
		room.drawStart(w, r, http.StatusBadGateway, app, "refused", "")
		return nil //nolint:nilerr // told on the page
	}
	raw, _ := token.Extra("id_token").(string)
	idToken, err := p.provider.VerifierContext(ctx, &oidc.Config{ClientID: string(app.ID), Now: room.Now}).Verify(ctx, raw)
	if err != nil || subtle.ConstantTimeCompare([]byte(idToken.Nonce), []byte(begun[2])) != 1 {
		room.drawStart(w, r, http.StatusBadGateway, app, "refused", "id_token")
		return nil //nolint:nilerr // told on the page
	}
	web.SetCookie(w, resultCookie, string(app.ID)+" "+raw+" "+token.AccessToken, resultLife)
	http.Redirect(w, r, pathOf(app.ID)+"/result", http.StatusSeeOther)
	return nil
}

type resultPage struct {
	Person   web.Person // and how they signed in
	ACR, AMR string
	IDToken  []web.Fact
	UserInfo []web.Fact
	Again    string
}

// showResult shows what arrived. The tokens come from a cookie, and are verified
// again as if they had come from anywhere.
func (room *Room) showResult(w http.ResponseWriter, r *http.Request, app iam.App) error {
	kept := strings.Split(web.Cookie(r, resultCookie), " ")
	if len(kept) != 3 || kept[0] != string(app.ID) {
		room.drawStart(w, r, http.StatusOK, app, "", "")
		return nil
	}
	p, ctx, err := room.party(r.Context(), app)
	if err != nil {
		return err
	}
	claims, told, err := p.claims(ctx, app, kept[1], kept[2], room.Now)
	if err != nil { // the token has ended, as after its person was blocked
		web.ClearCookie(w, resultCookie)
		room.drawStart(w, r, http.StatusOK, app, "expired", "")
		return nil //nolint:nilerr // told on the page
	}
	printer := web.Language(r)
	room.result.Show(w, r, http.StatusOK, web.View{TitleKey: "try.result_title"}, resultOf(printer, app, claims, told))
	return nil
}

func (p party) claims(ctx context.Context, app iam.App, raw, access string, now func() time.Time) (claims, told map[string]any, err error) {
	idToken, err := p.provider.VerifierContext(ctx, &oidc.Config{ClientID: string(app.ID), Now: now}).Verify(ctx, raw)
	if err != nil {
		return nil, nil, fmt.Errorf("verify ID token: %w", err)
	}
	info, err := p.provider.UserInfo(ctx, oauth2.StaticTokenSource(&oauth2.Token{AccessToken: access}))
	if err != nil {
		return nil, nil, fmt.Errorf("ask userinfo: %w", err)
	}
	if info.Subject != idToken.Subject {
		return nil, nil, errors.New("userinfo speaks of another person")
	}
	return claims, told, errors.Join(idToken.Claims(&claims), info.Claims(&told))
}

func resultOf(p *i18n.Printer, app iam.App, claims, told map[string]any) resultPage {
	text := func(m map[string]any, name string) string {
		value, _ := m[name].(string)
		return value
	}
	data := resultPage{
		ACR: text(claims, "acr"), AMR: listed(claims["amr"]), IDToken: facts(claims), UserInfo: facts(told), Again: pathOf(app.ID),
		Person: web.Person{Detail: p.T("try.how_password")},
	}
	for _, name := range []string{text(told, "name"), text(told, "preferred_username"), text(claims, "sub")} {
		if data.Person.Name == "" {
			data.Person.Name = name
		}
	}
	if data.ACR == iam.ACRPhishingResistant || data.ACR == iam.ACRForwarded {
		data.Person.Detail = p.T("try.how_certificate")
	}
	return data
}

func facts(claims map[string]any) (all []web.Fact) {
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		all = append(all, web.Fact{Term: name, Text: listed(claims[name]), Mono: true})
	}
	return all
}

func listed(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case []any:
		texts := make([]string, len(v))
		for i, e := range v {
			texts[i] = fmt.Sprint(e)
		}
		return strings.Join(texts, ", ")
	case float64:
		return fmt.Sprintf("%.0f", v)
	default:
		return fmt.Sprint(v)
	}
}

// Gallery draws the pages with a person who does not exist.
func (room *Room) Gallery() []web.Specimen {
	room.Define()
	app := iam.App{ID: "test", Name: "Wiki (test)", Test: true}
	specimen := func(page, state string, show func(http.ResponseWriter, *http.Request)) web.Specimen {
		return web.Specimen{Room: "try", Page: page, State: state, Show: show}
	}
	return []web.Specimen{
		specimen("start", "full", func(w http.ResponseWriter, r *http.Request) { room.drawStart(w, r, http.StatusOK, app, "", "") }),
		specimen("start", "error", func(w http.ResponseWriter, r *http.Request) {
			room.drawStart(w, r, http.StatusForbidden, app, "denied", "access_denied")
		}),
		specimen("result", "full", func(w http.ResponseWriter, r *http.Request) {
			claims := map[string]any{"iss": "https://id.example", "sub": "ovx3rmjq2yt5nw7kd4hs6ab1ce", "aud": []any{"test"}, "acr": "phr", "amr": []any{"pop"}, "auth_time": 1.7639e9, "exp": 1.7639e9}
			told := map[string]any{"sub": "ovx3rmjq2yt5nw7kd4hs6ab1ce", "name": "Alice Martin", "email": "alice@example.org"}
			room.result.Show(w, r, http.StatusOK, web.View{TitleKey: "try.result_title"}, resultOf(web.Language(r), app, claims, told))
		}),
	}
}
