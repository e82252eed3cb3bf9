package oidc_test

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"testing"

	rp "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"signet/internal/iam"
	"signet/internal/login"
)

// A relying party that knows nothing of us but the standards.
func TestRelyingPartyOfAnotherHand(t *testing.T) {
	for app, algorithm := range map[iam.AppID]string{"wiki": "ES256", "mail": "RS256"} {
		t.Run(algorithm, func(t *testing.T) {
			h := newHouse(t)
			bob := h.bob()
			ctx := rp.ClientContext(t.Context(), h.server.Client())
			provider, err := rp.NewProvider(ctx, h.issuer)
			if err != nil {
				t.Fatal(err)
			}
			registered, err := h.directory.App(ctx, app)
			if err != nil {
				t.Fatal(err)
			}
			config := oauth2.Config{
				ClientID: string(app), ClientSecret: string(h.secrets[app]), Endpoint: provider.Endpoint(), RedirectURL: registered.RedirectURIs[0],
				Scopes: []string{"openid", "profile", "email", "offline_access"},
			}
			secret := oauth2.GenerateVerifier()
			b := h.browser()
			code := b.signIn(config.AuthCodeURL("a state", rp.Nonce("a nonce"), oauth2.S256ChallengeOption(secret)), app)
			token, err := config.Exchange(ctx, code, oauth2.VerifierOption(secret))
			if err != nil {
				t.Fatal(err)
			}
			raw, _ := token.Extra("id_token").(string)
			idToken, err := provider.VerifierContext(ctx, &rp.Config{ClientID: string(app), Now: h.clock.Now}).Verify(ctx, raw)
			if err != nil {
				t.Fatal(err)
			}
			if idToken.Nonce != "a nonce" || idToken.Subject != string(bob.ID) {
				t.Errorf("nonce %q, subject %q", idToken.Nonce, idToken.Subject)
			}
			if err := idToken.VerifyAccessToken(token.AccessToken); err != nil {
				t.Errorf("at_hash: %v", err)
			}
			var said struct {
				ACR      string   `json:"acr"`
				AMR      []string `json:"amr"`
				AuthTime int64    `json:"auth_time"`
			}
			if err := idToken.Claims(&said); err != nil || said.ACR != iam.ACRPassword || len(said.AMR) != 1 || said.AuthTime != h.clock.Now().Unix() {
				t.Errorf("claims = %+v, %v", said, err)
			}
			info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
			if err != nil || info.Subject != string(bob.ID) {
				t.Errorf("userinfo = %+v, %v", info, err)
			}
			token.Expiry = token.Expiry.AddDate(-20, 0, 0)
			next, err := config.TokenSource(ctx, token).Token()
			if err != nil || next.AccessToken == token.AccessToken || next.RefreshToken == token.RefreshToken {
				t.Errorf("refresh: %v", err)
			}
		})
	}
}

// bob has a password.
func (h *house) bob() iam.User {
	h.t.Helper()
	bob, err := h.directory.CreateUser(h.t.Context(), iam.Program("test"), iam.User{Login: "bob"}, "a long pass phrase")
	if err != nil {
		h.t.Fatal(err)
	}
	return bob
}

// signIn walks from an authorization request through the widget, by bob's
// password, and returns the code.
func (b *browser) signIn(request string, app iam.AppID) string {
	t := b.h.t
	t.Helper()
	u, err := url.Parse(request)
	if err != nil {
		t.Fatal(err)
	}
	a := b.get(u.RequestURI())
	to, _ := a.to()
	if a.StatusCode != http.StatusSeeOther || path.Dir(to) != "/signin" {
		t.Fatalf("authorize: %s %s", a.Status, to)
	}
	_, code := b.finish(iam.LoginID(path.Base(to)), app)
	return code
}

// finish plays the widget and resumes.
func (b *browser) finish(id iam.LoginID, app iam.AppID) (answer, string) {
	t, h := b.h.t, b.h
	t.Helper()
	ctx := context.Background()
	out, err := h.login.PassPassword(ctx, b.caller(), id, h.password, "bob", "a long pass phrase")
	if err != nil {
		t.Fatal(err)
	}
	if out.Step == login.StepConsent {
		if out, err = h.login.Agree(ctx, b.caller(), id); err != nil {
			t.Fatal(err)
		}
	}
	if out.Ticket == "" {
		t.Fatalf("the login of %s stands at %s", app, out.Step)
	}
	a := b.get("/oidc/resume/" + string(id) + "?ticket=" + string(out.Ticket))
	_, q := a.to()
	if q.Get("iss") != h.issuer || q.Get("state") == "" {
		t.Errorf("resume: %s %s", a.Status, a.Header.Get("Location"))
	}
	return a, q.Get("code")
}
