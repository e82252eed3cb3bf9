package web

import (
	"context"

	"signet/internal/iam"
)

type callerKey struct{}

// WithCaller puts who makes a request into its context: once, in the middleware
// that knows sessions, and nowhere else.
func WithCaller(ctx context.Context, caller iam.Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, caller)
}

// CallerOf returns who makes the request. Without the middleware it is a visitor
// who may do nothing.
func CallerOf(ctx context.Context) iam.Caller {
	caller, _ := ctx.Value(callerKey{}).(iam.Caller)
	return caller
}

// The cookies that say who makes a request.
const (
	// SessionCookie holds the secret of a session.
	SessionCookie CookieName = "signet-session"
	// BrowserCookie holds the secret of the browser, to which one-time things are
	// bound. It says nothing about the person.
	BrowserCookie CookieName = "signet-browser"
)
