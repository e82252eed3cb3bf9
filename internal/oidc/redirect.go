package oidc

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	protocol "github.com/zitadel/oidc/v3/pkg/oidc"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/web"
)

// The ways in which an answer reaches the application (OAuth 2.0 Multiple
// Response Types 1.0, section 2.1; OAuth 2.0 Form Post Response Mode 1.0).
const (
	modeQuery    = "query"
	modeFormPost = "form_post"
)

// registered reports whether a redirect URI is one of the application. It is
// compared exactly, character by character (RFC 9700, section 2.1); only the
// port of a native application on the loopback interface is its own choice
// (RFC 8252, section 7.3).
func registered(app iam.App, uri string) bool {
	if slices.Contains(app.RedirectURIs, uri) {
		return true
	}
	return app.Type == iam.AppNative && slices.ContainsFunc(app.RedirectURIs, func(known string) bool { return sameLoopback(known, uri) })
}

// sameLoopback compares everything but the port. Only IP literals count: what
// "localhost" leads to is for the machine's resolver to say (RFC 8252, section
// 8.3).
func sameLoopback(known, uri string) bool {
	a, errA := url.Parse(known)
	b, errB := url.Parse(uri)
	if errA != nil || errB != nil || a.Scheme != "http" || b.Scheme != "http" {
		return false
	}
	ip := net.ParseIP(a.Hostname())
	return ip != nil && ip.IsLoopback() && a.Hostname() == b.Hostname() && b.User == nil && !strings.Contains(uri, "#") &&
		a.EscapedPath() == b.EscapedPath() && a.RawQuery == b.RawQuery && a.ForceQuery == b.ForceQuery
}

// destination is a redirect URI that is trusted, and how it wants its answer.
type destination struct {
	uri   string
	mode  string
	state string
}

// formPostPage forwards itself to the application.
type formPostPage struct {
	Action string
	Fields []field
}

type field struct{ Name, Value string }

// respond sends an authorization response, success or error, to the
// application. It always says who sends it, so that an application that talks
// to several providers cannot be made to bring one's code to another (RFC 9207).
func (room *Room) respond(w http.ResponseWriter, r *http.Request, to destination, fields ...field) {
	if to.state != "" {
		fields = append(fields, field{"state", to.state})
	}
	fields = append(fields, field{"iss", room.Issuer})
	if to.mode == modeFormPost {
		room.formPost.Show(w, r, http.StatusOK, web.View{
			TitleKey: "oidc.form_post_title", LeadKey: "oidc.form_post_lead", FormAction: []string{to.uri}, Scripts: []string{"answer.js"},
		}, formPostPage{Action: to.uri, Fields: fields})
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	// 303, so that no browser sends a form on to the application (RFC 9700,
	// section 4.12).
	http.Redirect(w, r, withQuery(to.uri, fields), http.StatusSeeOther)
}

// withQuery adds to what the URI has of its own, which stays as it was
// registered (RFC 6749, section 3.1.2).
func withQuery(uri string, fields []field) string {
	values := url.Values{}
	for _, f := range fields {
		values.Set(f.Name, f.Value)
	}
	separator := "?"
	switch {
	case strings.HasSuffix(uri, "?") || strings.HasSuffix(uri, "&"):
		separator = ""
	case strings.Contains(uri, "?"):
		separator = "&"
	}
	return uri + separator + values.Encode()
}

// refuse sends an error to the application (RFC 6749, section 4.1.2.1).
func (room *Room) refuse(w http.ResponseWriter, r *http.Request, to destination, err error) {
	fault := room.note(r, err)
	fields := []field{{"error", string(fault.ErrorType)}}
	if fault.Description != "" {
		fields = append(fields, field{"error_description", fault.Description})
	}
	room.respond(w, r, to, fields...)
}

// accept sends a code to the application.
func (room *Room) accept(w http.ResponseWriter, r *http.Request, to destination, code iam.Secret) {
	web.RecordOf(r.Context()).Outcome = "code"
	room.respond(w, r, to, field{"code", string(code)})
}

// denied is the error for a code that login hands on.
func denied(code string) *protocol.Error {
	if code == string(protocol.AccessDenied) {
		return protocol.ErrAccessDenied().WithDescription("the person did not agree")
	}
	if code == login.DeniedUnmet {
		return errUnmetAuthenticationRequirements()
	}
	return protocol.ErrInteractionRequired()
}
