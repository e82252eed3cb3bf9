package oidc

import (
	"context"
	"crypto/x509"
	"embed"
	"net/http"
	"net/url"
	"time"

	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/login"
	"signet/internal/session"
	"signet/internal/signing"
	"signet/internal/web"
)

//go:embed page
var files embed.FS

// Directory is what the room needs to know of applications.
type Directory interface {
	App(ctx context.Context, id iam.AppID) (iam.App, error)
	AppSecrets(ctx context.Context, id iam.AppID) ([]iam.AppSecret, error)
	Apps(ctx context.Context, caller iam.Caller, in iam.Scope) ([]iam.App, error)
	Settings(ctx context.Context) (iam.Settings, error)
}

// Login is what the room needs of the login transaction: login.Service.
type Login interface {
	Silent(ctx context.Context, caller iam.Caller, r login.Request, code login.CodeFor) (login.Result, iam.Secret, login.Step, error)
	Begin(ctx context.Context, caller iam.Caller, r login.Request) (iam.Login, error)
	View(ctx context.Context, caller iam.Caller, id iam.LoginID) (login.View, error)
	Redeem(ctx context.Context, caller iam.Caller, id iam.LoginID, ticket iam.Secret, code login.CodeFor) (login.Result, iam.Secret, error)
}

// Room serves the endpoints of the provider.
type Room struct {
	// Issuer is the issuer identifier: an https origin without a path.
	Issuer    string
	Pages     *web.Pages
	Directory Directory
	Login     Login
	Sessions  *session.Service
	Keys      *signing.Ring
	Now       func() time.Time
	// Identities tells which identifiers an application may see; none where nil.
	Identities *identity.Service

	// ACRValues are the acr that a sign-in can have here; all that Signet knows where
	// nil.
	ACRValues func(context.Context) ([]string, error)

	// Prove judges the certificate that an application has shown in the handshake: the
	// cause of a refusal, or "". Where it is nil, none counts.
	Prove func(ctx context.Context, c iam.ClientCertificate, presented []*x509.Certificate, now time.Time) (cause string, err error)
	// Widget answers with the first page of a login that has just begun. Where it is
	// nil, the browser is sent to the address of that page.
	Widget func(w http.ResponseWriter, r *http.Request, begun iam.Login)

	// ClientOrigin is where applications with certificates reach MountClients, an https
	// origin; empty where there is no such listener.
	ClientOrigin string

	formPost  *web.Page[formPostPage]
	confirm   *web.Page[confirmPage]
	signedOut *web.Page[signedOutPage]
	origins   origins
	clients   clients
}

// Define reads the room's pages. It panics where one of them is broken.
func (room *Room) Define() {
	room.Pages.AddStatic(files, "page/answer.js")
	room.formPost = web.Define[formPostPage](room.Pages, files, "page/formpost.html", web.Widget)
	room.confirm = web.Define[confirmPage](room.Pages, files, "page/confirm.html", web.Widget)
	room.signedOut = web.Define[signedOutPage](room.Pages, files, "page/signedout.html", web.Widget)
}

// Mount adds the endpoints.
func (room *Room) Mount(mux *http.ServeMux) {
	room.Define()
	mux.HandleFunc("GET /.well-known/openid-configuration", public(room.configuration))
	mux.HandleFunc("GET /oidc/keys", public(room.keys))

	mux.HandleFunc("GET /oidc/authorize", room.authorize)
	mux.HandleFunc("POST /oidc/authorize", asGet(room.authorize))
	mux.HandleFunc("GET /oidc/resume/{login}", room.resume)
	mux.HandleFunc("GET /oidc/logout", room.logout)
	mux.HandleFunc("POST /oidc/logout", asGet(room.logout))
	mux.HandleFunc("POST /oidc/logout/confirm", room.confirmLogout)
	mux.HandleFunc("GET /oidc/logout/done", room.logoutDone)

	mux.HandleFunc("POST /oidc/token", room.shared(room.token))
	mux.HandleFunc("GET /oidc/userinfo", room.shared(room.userinfo))
	mux.HandleFunc("POST /oidc/userinfo", room.shared(room.userinfo))
	mux.HandleFunc("POST /oidc/revoke", room.shared(room.revoke))
	mux.HandleFunc("POST /oidc/introspect", room.introspect)
	for _, path := range []string{"/oidc/token", "/oidc/userinfo", "/oidc/revoke"} {
		mux.HandleFunc("OPTIONS "+path, room.preflight)
	}
}

// CrossOriginPatterns are the routes that pages of other sites may post to:
// those that authenticate by themselves, and the two that applications send
// people to, which change nothing without a further proof (asGet).
func CrossOriginPatterns() []string {
	return []string{
		"POST /oidc/token", "POST /oidc/userinfo", "POST /oidc/introspect", "POST /oidc/revoke",
		"POST /oidc/authorize", "POST /oidc/logout",
	}
}

// asGet serves a form that another site's page sent by a redirect to the same
// request as GET. Our cookies are SameSite=Lax: they do not come along with the
// form, but they do with the redirect, so that a person who is signed in is
// recognised (OpenID Connect Core, section 3.1.2.1 demands both methods).
func asGet(next http.HandlerFunc) http.HandlerFunc {
	// Longer ones are served as they are, for somebody who is not recognised: with a
	// question or an error.
	const maxQuery = 8 << 10
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if err := r.ParseForm(); err != nil {
			web.Fail(w, r, &iam.Error{Kind: iam.KindInvalid, Cause: "form_malformed", Err: err})
			return
		}
		query := r.PostForm.Encode()
		if len(query) > maxQuery {
			next(w, r)
			return
		}
		// Whatever cookie was about to be set, it was because none came along.
		w.Header().Del("Set-Cookie")
		http.Redirect(w, r, (&url.URL{Path: r.URL.Path, RawQuery: query}).String(), http.StatusSeeOther)
	}
}

// program is the caller of the endpoints that applications call by themselves.
func program(r *http.Request) iam.Caller {
	record := web.RecordOf(r.Context())
	agent := r.UserAgent()
	if len(agent) > 512 {
		agent = agent[:512]
	}
	return iam.Caller{Address: record.Address, UserAgent: agent, Request: record.ID, Thumbprint: thumbprint(r)}
}
