package e2e

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
)

// shows lets the demo's application have facts of certificates, or not.
func (admin *person) shows(on bool) {
	admin.t.Helper()
	admin.open(admin.d.Issuer + "/applications/" + admin.d.Client.ID + "/edit")
	f := admin.form("Save")
	f.values.Del("skip_consent") // the reader takes every switch for on
	f.values.Del("certificate_claims")
	f.values.Set("signing_algorithm", "ES256")
	// It reads no text areas.
	f.values.Set("redirect_uris", admin.d.Client.RedirectURI)
	f.values.Set("post_logout_redirect_uris", admin.d.AppURL+"/signed-out")
	if on {
		f.values.Set("certificate_claims", "on")
	}
	admin.send(f)
	admin.sees("Demo application has been saved")
}

// TestCertificateClaims: which certificate somebody signs in with is told to
// applications only that may have it, that ask for it and to whom the person
// agreed, in the ID token and by no other road (row S38).
func TestCertificateClaims(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	a := d.party(t, "profile", "certificate")
	admin := d.administrator()
	card := d.certificate("alice")
	sum := sha256.Sum256(card.Leaf.Raw)
	want := base64.RawURLEncoding.EncodeToString(sum[:])
	type facts struct {
		Thumbprint string `json:"x5t#S256"`
	}
	asked := func(p *person) (in *facts, token *oauth2.Token) {
		t.Helper()
		q := a.request()
		token, id := a.tokens(q, p.signIn(a, q))
		var said struct {
			Certificate *facts `json:"certificate"`
		}
		if err := id.Claims(&said); err != nil {
			t.Fatal(err)
		}
		var info map[string]any
		user, err := a.provider.UserInfo(a.ctx, oauth2.StaticTokenSource(token))
		if err != nil {
			t.Fatal(err)
		}
		if err := user.Claims(&info); err != nil || info["certificate"] != nil {
			t.Errorf("userinfo: %v, %v", info, err)
		}
		return said.Certificate, token
	}
	alice := d.newPerson(card)
	if said, token := asked(alice); said != nil || strings.Contains(token.Extra("scope").(string), "certificate") {
		t.Errorf("an application that may not is told %+v", said)
	}

	admin.shows(true)
	alice.stop = d.Client.RedirectURI
	// The consent from before does not cover it.
	soon(t, func() bool { alice.open(a.request().url); return alice.stopped == nil })
	alice.sees("Which certificate you sign in with", "by which you can be recognised elsewhere")
	alice.press("Allow")
	if said, _ := asked(alice); said == nil || said.Thumbprint != want {
		t.Errorf("told %+v, want %s", said, want)
	}
	plain := d.party(t, "profile")
	q := plain.request()
	_, id := plain.tokens(q, alice.signIn(plain, q))
	var said map[string]any
	if err := id.Claims(&said); err != nil || said["certificate"] != nil {
		t.Errorf("not asked for, and told: %v, %v", said, err)
	}

	// Taken back, it is told no more, not even to a grant that had it.
	away := d.party(t, "profile", "certificate", "offline_access")
	q = away.request()
	alice.open(q.url)
	if alice.stopped == nil {
		alice.press("Allow")
	}
	token, _ := away.tokens(q, away.answered(q, alice.stopped))
	refreshed := func(token *oauth2.Token) (*oauth2.Token, map[string]any) {
		t.Helper()
		next, err := away.config.TokenSource(away.ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := next.Extra("id_token").(string)
		return next, unverified(t, raw)
	}
	token, claims := refreshed(token)
	if claims["certificate"] == nil {
		t.Errorf("a refresh lacks it: %v", claims)
	}
	admin.shows(false)
	soon(t, func() bool { token, claims = refreshed(token); return claims["certificate"] == nil })
	if said, _ := asked(alice); said != nil {
		t.Errorf("taken back, and told %+v", said)
	}

}

// soon repeats what takes effect within two seconds.
func soon(t *testing.T, done func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !done(); {
		if time.Now().After(end) {
			t.Fatal("it does not take effect")
		}
	}
}

// unverified reads the claims of an ID token that came straight from the issuer.
func unverified(t *testing.T, token string) (claims map[string]any) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("no ID token: %q", token)
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(payload, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claims
}
