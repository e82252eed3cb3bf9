package e2e

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// party is an application that knows Signet by its address and the standards.
type party struct {
	t        *testing.T
	d        *demo
	ctx      context.Context // holds the HTTP client, as these libraries want it
	provider *oidc.Provider
	config   oauth2.Config
}

// request is one authorization request and what binds the answer to it.
type request struct {
	url, state, nonce, verifier string
}

// party is the application of the demo, with these scopes besides openid.
func (d *demo) party(t *testing.T, scopes ...string) *party {
	t.Helper()
	transport := d.transport()
	t.Cleanup(transport.CloseIdleConnections)
	ctx := oidc.ClientContext(t.Context(), &http.Client{Transport: transport})
	provider, err := oidc.NewProvider(ctx, d.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	return &party{t: t, d: d, ctx: ctx, provider: provider, config: oauth2.Config{
		ClientID: d.Client.ID, ClientSecret: d.Client.Secret, RedirectURL: d.Client.RedirectURI, Endpoint: provider.Endpoint(),
		Scopes: append([]string{oidc.ScopeOpenID}, scopes...),
	}}
}

func (a *party) request(more ...oauth2.AuthCodeOption) request {
	q := request{state: rand.Text(), nonce: rand.Text(), verifier: oauth2.GenerateVerifier()}
	q.url = a.config.AuthCodeURL(q.state, append(more, oidc.Nonce(q.nonce), oauth2.S256ChallengeOption(q.verifier))...)
	return q
}

// answered checks the answer to a request and returns its code.
func (a *party) answered(q request, back *url.URL) string {
	a.t.Helper()
	if back == nil {
		a.t.Fatal("the application got no answer")
	}
	got := back.Query()
	if got.Get("state") != q.state || got.Get("iss") != a.d.Issuer || got.Get("code") == "" {
		a.t.Fatalf("answer to the application: %s", back)
	}
	return got.Get("code")
}

// tokens exchanges a code and verifies the ID token.
func (a *party) tokens(q request, code string) (*oauth2.Token, *oidc.IDToken) {
	a.t.Helper()
	token, err := a.config.Exchange(a.ctx, code, oauth2.VerifierOption(q.verifier))
	if err != nil {
		a.t.Fatal(err)
	}
	raw, _ := token.Extra("id_token").(string)
	verified, err := a.provider.VerifierContext(a.ctx, &oidc.Config{ClientID: a.config.ClientID}).Verify(a.ctx, raw)
	if err != nil {
		a.t.Fatal(err)
	}
	if verified.Nonce != q.nonce {
		a.t.Errorf("nonce = %q, not the one of the request", verified.Nonce)
	}
	return token, verified
}

// signIn walks from a request to a code, with the certificate and, the first
// time, the consent.
func (p *person) signIn(a *party, q request) string {
	p.t.Helper()
	p.stop = a.d.Client.RedirectURI
	p.open(q.url)
	if p.stopped == nil {
		p.press("Sign in with mTLS")
	}
	if p.stopped == nil {
		p.press("Allow")
	}
	return a.answered(q, p.stopped)
}
