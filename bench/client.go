package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// client signs alice in again and again, each time as a browser that has never
// been there. The connection to the main site is kept, as a browser or a relying
// party keeps it; the one to the certificate host is new every time.
type client struct {
	demo demo
	main *http.Transport
	host *http.Transport
}

func newClient(d demo) (*client, error) {
	roots, err := pool(filepath.Join(d.dir, d.ServerCA))
	if err != nil {
		return nil, err
	}
	alice, err := aliceOf(d)
	if err != nil {
		return nil, err
	}
	// *.localhost is the loopback address by RFC 6761, section 6.3; not every
	// resolver knows.
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
	}
	return &client{
		demo: d,
		main: &http.Transport{DialContext: dial, TLSClientConfig: &tls.Config{RootCAs: roots}, MaxIdleConnsPerHost: 4},
		host: &http.Transport{
			DialContext: dial, DisableKeepAlives: true,
			TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{alice}},
		},
	}, nil
}

func pool(file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate", file)
	}
	return roots, nil
}

func aliceOf(d demo) (tls.Certificate, error) {
	for _, u := range d.Users {
		if u.Login == "alice" {
			return tls.LoadX509KeyPair(filepath.Join(d.dir, u.Certificate), filepath.Join(d.dir, u.Key))
		}
	}
	return tls.Certificate{}, fmt.Errorf("demo.json has no alice")
}

var buttonPattern = regexp.MustCompile(`action="(/signin/[^"]+/certificate)"><input type="hidden" name="provider" value="([^"]+)"`)

// signIn goes from authorize to userinfo.
func (c *client) signIn(ctx context.Context) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	browser := &http.Client{Jar: jar, Transport: c, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	verifier := rand.Text() + rand.Text()
	challenge := sha256.Sum256([]byte(verifier))
	q := url.Values{
		"client_id": {c.demo.Client.ID}, "redirect_uri": {c.demo.Client.RedirectURI}, "response_type": {"code"}, "scope": {"openid profile email"},
		"state": {rand.Text()}, "nonce": {rand.Text()}, "code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
	}
	at, body, err := c.walk(ctx, browser, http.MethodGet, c.demo.Issuer+"/oidc/authorize?"+q.Encode(), nil)
	if err != nil {
		return err
	}
	button := buttonPattern.FindStringSubmatch(body)
	if button == nil {
		return fmt.Errorf("%s has no certificate button", at)
	}
	at, body, err = c.walk(ctx, browser, http.MethodPost, c.demo.Issuer+html.UnescapeString(button[1]), url.Values{"provider": {html.UnescapeString(button[2])}})
	if err != nil {
		return err
	}
	if strings.Contains(body, "/consent\"") { // the first time only
		if at, _, err = c.walk(ctx, browser, http.MethodPost, at+"/consent", url.Values{}); err != nil {
			return err
		}
	}
	back, err := url.Parse(at)
	if err != nil || back.Query().Get("code") == "" {
		return fmt.Errorf("no code at %s: %s", at, body)
	}
	token, err := c.token(ctx, browser, back.Query().Get("code"), verifier)
	if err != nil {
		return err
	}
	return c.userInfo(ctx, browser, token)
}

// walk opens an address and follows redirects until a page or the application.
func (c *client) walk(ctx context.Context, browser *http.Client, method, address string, form url.Values) (at, body string, err error) {
	for range 12 {
		if strings.HasPrefix(address, c.demo.Client.RedirectURI) {
			return address, "", nil
		}
		r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
		if err != nil {
			return "", "", err
		}
		if method == http.MethodPost {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "same-origin")
		}
		answer, err := browser.Do(r)
		if err != nil {
			return "", "", err
		}
		text, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil {
			return "", "", err
		}
		if answer.StatusCode != http.StatusSeeOther && answer.StatusCode != http.StatusFound {
			if answer.StatusCode != http.StatusOK {
				return "", "", fmt.Errorf("%s %s: %s: %.300s", method, r.URL.Path, answer.Status, text)
			}
			return address, string(text), nil
		}
		to, err := answer.Location()
		if err != nil {
			return "", "", err
		}
		method, address, form = http.MethodGet, to.String(), nil
	}
	return "", "", fmt.Errorf("redirected too often, last to %s", address)
}

func (c *client) token(ctx context.Context, browser *http.Client, code, verifier string) (string, error) {
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {c.demo.Client.RedirectURI}, "code_verifier": {verifier}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.demo.Issuer+"/oidc/token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(url.QueryEscape(c.demo.Client.ID), url.QueryEscape(c.demo.Client.Secret))
	var tokens struct {
		Access string `json:"access_token"`
		ID     string `json:"id_token"`
	}
	if err := c.json(browser, r, &tokens); err != nil {
		return "", err
	}
	if tokens.Access == "" || tokens.ID == "" {
		return "", fmt.Errorf("token endpoint gave no tokens")
	}
	return tokens.Access, nil
}

func (c *client) userInfo(ctx context.Context, browser *http.Client, token string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.demo.Issuer+"/oidc/userinfo", nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	var claims struct {
		Subject string `json:"sub"`
	}
	if err := c.json(browser, r, &claims); err != nil {
		return err
	}
	if claims.Subject == "" {
		return fmt.Errorf("userinfo names nobody")
	}
	return nil
}

func (c *client) json(browser *http.Client, r *http.Request, v any) error {
	answer, err := browser.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %.300s", r.URL.Path, answer.Status, text)
	}
	return json.Unmarshal(text, v)
}

// RoundTrip shows the certificate to the certificate host and to nobody else.
func (c *client) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasPrefix(r.URL.Path, "/api/mtls/") {
		return c.host.RoundTrip(r)
	}
	return c.main.RoundTrip(r)
}
