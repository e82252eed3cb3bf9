package e2e

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// TestApplicationOfAnotherHand is the life of an application: code flow with
// PKCE, claims, silent sign-in, refresh and its rotation, sign-out.
func TestApplicationOfAnotherHand(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	a := d.party(t, "profile", "email", oidc.ScopeOfflineAccess)
	alice := d.newPerson(d.certificate("alice"))

	q := a.request()
	alice.stop = d.Client.RedirectURI
	alice.open(q.url)
	alice.press("Sign in with mTLS")
	alice.stands("Demo application would like to know who you are")
	alice.sees("Who you are", "Your name", "Your e-mail address", "Access while you are away", hostOf(d.AppURL))
	alice.press("Allow")
	code := a.answered(q, alice.stopped)

	t.Run("a code is nothing without its verifier", func(t *testing.T) {
		if _, err := a.config.Exchange(a.ctx, code); !isError(err, "invalid_grant") {
			t.Errorf("exchange: %v", err)
		}
		// That attempt took the code: the next ones need another.
		q = a.request()
		code = alice.signIn(a, q)
	})
	token, id := a.tokens(q, code)
	t.Run("claims", func(t *testing.T) {
		var said struct {
			ACR     string   `json:"acr"`
			AMR     []string `json:"amr"`
			Session string   `json:"sid"`
		}
		if err := id.Claims(&said); err != nil || said.ACR != "phr" || !slices.Contains(said.AMR, "pop") || said.Session == "" {
			t.Errorf("ID token: %+v, %v", said, err)
		}
		if err := id.VerifyAccessToken(token.AccessToken); err != nil {
			t.Errorf("at_hash: %v", err)
		}
		info, err := a.provider.UserInfo(a.ctx, oauth2.StaticTokenSource(token))
		if err != nil || info.Subject != id.Subject || info.Email != "alice@example.org" || !info.EmailVerified {
			t.Errorf("userinfo: %+v, %v", info, err)
		}
	})
	t.Run("a code works once, and its second use ends what the first gave", func(t *testing.T) {
		again := a.request()
		code := alice.signIn(a, again)
		first, _ := a.tokens(again, code)
		if _, err := a.config.Exchange(a.ctx, code, oauth2.VerifierOption(again.verifier)); !isError(err, "invalid_grant") {
			t.Errorf("second exchange: %v", err)
		}
		if _, err := a.provider.UserInfo(a.ctx, oauth2.StaticTokenSource(first)); err == nil {
			t.Error("the access token still works")
		}
	})
	t.Run("refresh tokens rotate, and a spent one ends its family", func(t *testing.T) {
		refresh := func(token *oauth2.Token) (*oauth2.Token, error) {
			return a.config.TokenSource(a.ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
		}
		if token.RefreshToken == "" {
			t.Fatal("there is no refresh token")
		}
		second, err := refresh(token)
		if err != nil {
			t.Fatal(err)
		}
		if second.RefreshToken == token.RefreshToken || second.AccessToken == token.AccessToken {
			t.Error("the tokens did not change")
		}
		if info, err := a.provider.UserInfo(a.ctx, oauth2.StaticTokenSource(second)); err != nil || info.Subject != id.Subject {
			t.Errorf("userinfo with the second access token: %v", err)
		}
		if _, err := refresh(token); !isError(err, "invalid_grant") {
			t.Errorf("the spent refresh token: %v", err)
		}
		if _, err := refresh(second); !isError(err, "invalid_grant") {
			t.Errorf("the refresh token of the same family: %v", err)
		}
		if _, err := a.provider.UserInfo(a.ctx, oauth2.StaticTokenSource(second)); err == nil {
			t.Error("the access token of the family still works")
		}
		d.administrator().findsKind(t, "token.reuse_detected", "A spent token came again")
	})
	t.Run("sign-out at the application's wish", func(t *testing.T) {
		away := a.request()
		offline, _ := a.tokens(away, alice.signIn(a, away))
		b := d.party(t, "profile") // without offline access
		q := b.request()
		token, _ := b.tokens(q, alice.signIn(b, q))
		raw, _ := token.Extra("id_token").(string)
		out := a.endSession() + "?" + url.Values{
			"id_token_hint": {raw}, "post_logout_redirect_uri": {d.AppURL + "/signed-out"}, "state": {"farewell"},
		}.Encode()
		alice.stop = d.AppURL + "/signed-out"
		alice.open(out)
		if alice.stopped == nil || alice.stopped.Query().Get("state") != "farewell" {
			t.Fatalf("after signing out: %v", alice.page)
		}
		alice.stop = d.Client.RedirectURI
		silent := a.request(oauth2.SetAuthURLParam("prompt", "none"))
		alice.open(silent.url)
		if alice.stopped == nil || alice.stopped.Query().Get("error") != "login_required" || alice.stopped.Query().Get("state") != silent.state {
			t.Errorf("asked silently: %v", alice.stopped)
		}
		if _, err := a.provider.UserInfo(a.ctx, oauth2.StaticTokenSource(token)); err == nil {
			t.Error("the access token of the session still works")
		}
		if _, err := a.provider.UserInfo(a.ctx, oauth2.StaticTokenSource(offline)); err != nil {
			t.Errorf("the access while she is away has ended, too: %v", err)
		}
	})
	t.Run("sign-out that nobody vouches for is asked", func(t *testing.T) {
		q := a.request()
		alice.signIn(a, q)
		alice.open(a.endSession())
		alice.stands("Sign out?")
		alice.stop = d.Client.RedirectURI
		alice.open(a.request(oauth2.SetAuthURLParam("prompt", "none")).url)
		if alice.stopped == nil || alice.stopped.Query().Get("code") == "" {
			t.Errorf("the question signed her out: %v", alice.stopped)
		}
		alice.open(a.endSession())
		alice.press("Sign out")
		alice.stands("You are signed out")
	})
}

// TestUnfitRequestsOfAnApplication: each gets the error that its standard names,
// with the issuer (RFC 9207, section 2), and nothing at a foreign address.
func TestUnfitRequestsOfAnApplication(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	a := d.party(t)
	alice := d.newPerson(d.certificate("alice"))
	alice.signIn(a, a.request())
	for name, c := range map[string]struct{ parameter, value, want string }{
		"silent consent to more":     {"scope", "openid email", "consent_required"},
		"implicit flow":              {"response_type", "id_token token", "unsupported_response_type"},
		"plain challenge":            {"code_challenge_method", "plain", "invalid_request"},
		"prompt that makes no sense": {"prompt", "none login", "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			q := a.request()
			u, err := url.Parse(q.url)
			if err != nil {
				t.Fatal(err)
			}
			values := u.Query()
			values.Set("prompt", "none")
			values.Set(c.parameter, c.value)
			u.RawQuery = values.Encode()
			alice.open(u.String())
			if alice.stopped == nil {
				t.Fatalf("no answer to the application, but:\n%s", alice.page)
			}
			// An error of a flow with tokens in the address comes in the fragment.
			got := alice.stopped.Query()
			if alice.stopped.Fragment != "" {
				got, _ = url.ParseQuery(alice.stopped.Fragment)
			}
			if got.Get("error") != c.want || got.Get("state") != q.state || got.Get("iss") != d.Issuer {
				t.Errorf("answer: %s", alice.stopped)
			}
		})
	}
	t.Run("address that is not registered", func(t *testing.T) {
		alice.open(strings.Replace(a.request().url, url.QueryEscape("/callback"), url.QueryEscape("/callback/../elsewhere"), 1))
		if alice.stopped != nil || alice.page.status != http.StatusBadRequest {
			t.Errorf("it leads to %v, %v", alice.stopped, alice.page)
		}
	})
}

func (a *party) endSession() string {
	a.t.Helper()
	var more struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := a.provider.Claims(&more); err != nil || more.EndSession == "" {
		a.t.Fatalf("end_session_endpoint: %v", err)
	}
	return more.EndSession
}

// findsKind looks for an event of a kind.
func (p *person) findsKind(t *testing.T, kind, text string) {
	t.Helper()
	p.open(p.d.Issuer + "/admin/events?kind=" + kind)
	if _, table, _ := strings.Cut(p.page.text, "\nClear\n"); !strings.Contains(table, text) {
		t.Errorf("the event log has no %q:\n%s", text, p.page)
	}
}

// isError reports whether the token endpoint answered so.
func isError(err error, code string) bool {
	var answer *oauth2.RetrieveError
	return errors.As(err, &answer) && answer.ErrorCode == code && json.Valid(answer.Body)
}
