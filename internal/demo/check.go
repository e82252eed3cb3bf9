package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"signet/internal/iam"
)

// Check signs alice in to the demo with her certificate, as a browser and an
// application would, over TLS from the authorization request to userinfo, and
// tells every step and the claims. The error names the step that failed.
func (f *Folder) Check(ctx context.Context, w io.Writer, running Running) error {
	places := running.Places
	c := &check{folder: f, places: places, client: running.Client, out: w}
	for _, step := range []struct {
		name string
		do   func(context.Context) (string, error)
	}{
		{"discover " + places.Issuer, c.discover},
		{"open the sign-in page", c.authorize},
		{"sign in with alice's certificate", c.signIn},
		{"agree to what the application asks", c.consent},
		{"take the code back to the application", c.callback},
		{"exchange the code for tokens", c.exchange},
		{"verify the ID token", c.verify},
		{"ask userinfo", c.userinfo},
	} {
		told, err := step.do(ctx)
		if err != nil {
			fmt.Fprintf(w, "✗ %s\n", step.name)
			return fmt.Errorf("check: %s: %w", step.name, err)
		}
		fmt.Fprintf(w, "✓ %s%s\n", step.name, told)
	}
	return c.tellClaims()
}

// check is one run; each step leaves what the next one needs.
type check struct {
	folder *Folder
	places Places
	client Client
	out    io.Writer

	http     *http.Client
	provider *oidc.Provider
	config   oauth2.Config
	browser  *browser
	state    string
	nonce    string
	verifier string
	back     *url.URL
	token    *oauth2.Token
	idToken  *oidc.IDToken
	claims   map[string]any
	userInfo map[string]any
}

// with is the context in which the libraries use our HTTP client.
func (c *check) with(ctx context.Context) context.Context { return oidc.ClientContext(ctx, c.http) }

func (c *check) discover(ctx context.Context) (told string, err error) {
	c.http = &http.Client{Transport: c.folder.Transport(), Timeout: 30 * time.Second}
	if c.provider, err = oidc.NewProvider(c.with(ctx), c.places.Issuer); err != nil {
		return "", err
	}
	c.config = oauth2.Config{
		ClientID: string(c.client.ID), ClientSecret: c.client.Secret, RedirectURL: c.client.RedirectURI,
		Endpoint: c.provider.Endpoint(), Scopes: []string{oidc.ScopeOpenID, "profile", "email"},
	}
	return "", nil
}

func (c *check) authorize(ctx context.Context) (told string, err error) {
	certificate := c.folder.Leaves["alice"].TLS()
	if c.browser, err = c.folder.newBrowser(certificate, c.isCertificateHost); err != nil {
		return "", err
	}
	c.browser.visit = func(method string, u *url.URL, status int) {
		fmt.Fprintf(c.out, "  %d %-4s %s%s\n", status, method, u.Host, withoutSecrets(u.Path))
	}
	c.state, c.nonce, c.verifier = string(iam.NewSecret()), string(iam.NewSecret()), oauth2.GenerateVerifier()
	_, err = c.browser.open(ctx, c.config.AuthCodeURL(c.state, oidc.Nonce(c.nonce), oauth2.S256ChallengeOption(c.verifier)), c.client.RedirectURI)
	if err != nil {
		return "", err
	}
	if c.browser.page == nil || c.browser.page.status != http.StatusOK {
		return "", c.unexpected()
	}
	return ": " + c.browser.page.title, nil
}

// withoutSecrets shortens what is long enough to be a ticket: what is printed
// ends up in logs.
func withoutSecrets(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if len(part) > 40 {
			parts[i] = part[:4] + "…"
		}
	}
	return strings.Join(parts, "/")
}

// isCertificateHost tells on which hosts alice's browser may show her
// certificate: nowhere else may one even be asked for.
func (c *check) isCertificateHost(host string) bool {
	return host == c.places.Fixed || strings.HasSuffix(host, strings.TrimPrefix(c.places.Pattern, "*"))
}

func (c *check) signIn(ctx context.Context) (told string, err error) {
	if c.back, err = c.browser.press(ctx, MethodName, c.client.RedirectURI); err != nil {
		return "", err
	}
	// A refusal is a page like any other to the browser: status 200, with buttons.
	if c.back == nil && (c.browser.page.status != http.StatusOK || c.browser.page.form(consentAction) < 0) {
		return "", c.unexpected()
	}
	return "", nil
}

// consentAction ends the address that the page asking for consent sends its answer to.
const consentAction = "/consent"

func (c *check) consent(ctx context.Context) (told string, err error) {
	if c.back != nil {
		return ": given before", nil
	}
	if c.back, err = c.browser.press(ctx, consentAction, c.client.RedirectURI); err != nil {
		return "", err
	}
	if c.back == nil {
		return "", c.unexpected()
	}
	return "", nil
}

func (c *check) unexpected() error {
	return fmt.Errorf("%s answered %d: %s", c.browser.page.url, c.browser.page.status, c.browser.page.text)
}

// callback checks what an application must check: that the answer is to its own
// request, and from whom (RFC 9207, section 2.4).
func (c *check) callback(context.Context) (told string, err error) {
	q := c.back.Query()
	switch {
	case q.Get("error") != "":
		return "", fmt.Errorf("the application was told %s: %s", q.Get("error"), q.Get("error_description"))
	case q.Get("state") != c.state:
		return "", fmt.Errorf("state is %q, not the one that was sent", q.Get("state"))
	case q.Get("iss") != c.places.Issuer:
		return "", fmt.Errorf("iss is %q, not %q", q.Get("iss"), c.places.Issuer)
	case q.Get("code") == "":
		return "", fmt.Errorf("there is no code in %s", c.back.Redacted())
	}
	return "", nil
}

func (c *check) exchange(ctx context.Context) (told string, err error) {
	c.token, err = c.config.Exchange(c.with(ctx), c.back.Query().Get("code"), oauth2.VerifierOption(c.verifier))
	return "", err
}

func (c *check) verify(ctx context.Context) (told string, err error) {
	raw, ok := c.token.Extra("id_token").(string)
	if !ok {
		return "", fmt.Errorf("the answer has no id_token")
	}
	if c.idToken, err = c.provider.VerifierContext(c.with(ctx), &oidc.Config{ClientID: c.config.ClientID}).Verify(ctx, raw); err != nil {
		return "", err
	}
	if err := c.idToken.Claims(&c.claims); err != nil {
		return "", err
	}
	if c.idToken.Nonce != c.nonce {
		return "", fmt.Errorf("nonce is %q, not the one that was sent", c.idToken.Nonce)
	}
	if acr := c.claims["acr"]; acr != iam.ACRPhishingResistant {
		return "", fmt.Errorf("acr is %v, not %q", acr, iam.ACRPhishingResistant)
	}
	amr, _ := c.claims["amr"].([]any)
	if !slices.Contains(amr, any(iam.AMRProofOfPossession)) {
		return "", fmt.Errorf("amr is %v, without %q", amr, iam.AMRProofOfPossession)
	}
	return "", nil
}

func (c *check) userinfo(ctx context.Context) (told string, err error) {
	info, err := c.provider.UserInfo(c.with(ctx), oauth2.StaticTokenSource(c.token))
	if err != nil {
		return "", err
	}
	if info.Subject != c.idToken.Subject {
		return "", fmt.Errorf("userinfo speaks of %q, the ID token of %q", info.Subject, c.idToken.Subject)
	}
	if err := info.Claims(&c.userInfo); err != nil {
		return "", err
	}
	if c.userInfo["preferred_username"] != "alice" {
		return "", fmt.Errorf("preferred_username is %v, not alice", c.userInfo["preferred_username"])
	}
	return "", nil
}

func (c *check) tellClaims() error {
	for _, part := range []struct {
		name   string
		claims map[string]any
	}{{"ID token", c.claims}, {"userinfo", c.userInfo}} {
		text, err := json.MarshalIndent(part.claims, "", "  ")
		if err != nil {
			return fmt.Errorf("check: tell claims: %w", err)
		}
		fmt.Fprintf(c.out, "%s %s\n", part.name, text)
	}
	return nil
}
