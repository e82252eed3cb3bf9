package oidc_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/web"
)

// inPlace is a browser with a session and the ID token that goes with it.
func (h *house) inPlace() (b *browser, idToken, accessToken string) {
	h.t.Helper()
	b = h.signedIn()
	tokens := h.token("wiki", redemption(b.code(with(proper(), "scope", "openid")))).json(h.t)
	return b, tokens["id_token"].(string), tokens["access_token"].(string)
}

func (b *browser) isSignedIn() bool {
	b.h.t.Helper()
	_, _, _, err := b.h.sessions.Of(b.h.t.Context(), iam.Secret(b.cookie(web.SessionCookie)))
	return err == nil
}

func logout(pairs ...string) string { return "/oidc/logout?" + values(pairs...).Encode() }

func TestLogoutWithTheTokenOfThisSession(t *testing.T) {
	h := newHouse(t)
	b, hint, access := h.inPlace()
	h.clock.Advance(2 * time.Hour) // the ID token has expired: RP-Initiated Logout, section 2
	a := b.get(logout("id_token_hint", hint, "post_logout_redirect_uri", goodbye, "state", "s & s"))
	if to, q := a.to(); a.StatusCode != http.StatusSeeOther || to != goodbye || q.Get("state") != "s & s" || len(q) != 1 {
		t.Errorf("%s to %s", a.Status, a.Header.Get("Location"))
	}
	if b.isSignedIn() || b.cookie(web.SessionCookie) != "" {
		t.Error("still signed in")
	}
	if a := h.userinfo(access); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("the session's token lives: %s", a.Status)
	}
	// Once more, by a program that does not know: nothing is left to end.
	if to, _ := b.get(logout("id_token_hint", hint, "post_logout_redirect_uri", goodbye)).to(); to != goodbye {
		t.Errorf("the second time to %s", to)
	}
}

func TestLogoutByPost(t *testing.T) {
	h := newHouse(t)
	b, hint, _ := h.inPlace()
	form := values("id_token_hint", hint, "post_logout_redirect_uri", goodbye)
	stripped := h.browser() // SameSite: the form brings no cookie
	a := stripped.do(http.MethodPost, "/oidc/logout", form, "Origin", "https://app.example", "Sec-Fetch-Site", "cross-site")
	if a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), "/oidc/logout?") || a.Header.Get("Set-Cookie") != "" {
		t.Fatalf("%s to %s, %v", a.Status, a.Header.Get("Location"), a.Header)
	}
	if to, _ := b.get(a.Header.Get("Location")).to(); to != goodbye || b.isSignedIn() {
		t.Errorf("to %s", to)
	}
	// Too long to come back as an address: nobody is told that they are signed out who
	// may still be signed in.
	_, hint, _ = h.inPlace()
	form = values("id_token_hint", hint, "post_logout_redirect_uri", goodbye, "state", strings.Repeat("%", 4000))
	a = stripped.do(http.MethodPost, "/oidc/logout", form, "Origin", "https://app.example", "Sec-Fetch-Site", "cross-site")
	if a.StatusCode != http.StatusOK || !strings.Contains(a.body, `action="/oidc/logout/confirm"`) {
		t.Errorf("a long form: %s to %s", a.Status, a.Header.Get("Location"))
	}
}

// Whoever cannot show an ID token of this session may only ask.
func TestLogoutAsks(t *testing.T) {
	h := newHouse(t)
	_, other, _ := h.inPlace()
	forged := other[:len(other)-6] + "AAAAAA"
	for name, query := range map[string]string{
		"nothing":               logout(),
		"an application's name": logout("client_id", "wiki", "post_logout_redirect_uri", goodbye, "state", "s"),
		"of another session":    logout("id_token_hint", other),
		"forged":                logout("id_token_hint", forged),
		"no token at all":       logout("id_token_hint", "x"),
	} {
		b := h.signedIn()
		a := b.get(query)
		if a.StatusCode != http.StatusOK || !strings.Contains(a.body, `action="/oidc/logout/confirm"`) {
			t.Errorf("%s: %s\n%.300s", name, a.Status, a.body)
		}
		if !b.isSignedIn() {
			t.Errorf("%s: signed out without asking", name)
		}
		form := url.Values{}
		for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`).FindAllStringSubmatch(a.body, -1) {
			if m[1] != "back" {
				form.Set(m[1], m[2])
			}
		}
		if a := b.do(http.MethodPost, "/oidc/logout/confirm", form, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"); a.StatusCode != http.StatusForbidden || !b.isSignedIn() {
			t.Errorf("%s: another site answered the question: %s", name, a.Status)
		}
		a = b.do(http.MethodPost, "/oidc/logout/confirm", form, "Sec-Fetch-Site", "same-origin")
		to, q := a.to()
		if a.StatusCode != http.StatusSeeOther || b.isSignedIn() {
			t.Errorf("%s: confirmed, %s", name, a.Status)
		}
		if name == "an application's name" {
			if to != goodbye || q.Get("state") != "s" {
				t.Errorf("%s: to %s", name, a.Header.Get("Location"))
			}
		} else if to != "/oidc/logout/done" {
			t.Errorf("%s: to %s", name, to)
		}
	}
}

func TestLogoutNeverRedirectsElsewhere(t *testing.T) {
	h := newHouse(t)
	for name, pairs := range map[string][]string{
		"not registered":                     {"post_logout_redirect_uri", "https://evil.example/"},
		"registered, with a longer path":     {"post_logout_redirect_uri", goodbye + "/"},
		"a redirect URI of the sign-in":      {"post_logout_redirect_uri", callback},
		"client_id of another than the hint": {"client_id", "mail", "post_logout_redirect_uri", goodbye},
		"unknown client":                     {"client_id", "nobody"},
		"twice":                              {"state", "a", "state", "b"},
	} {
		b, hint, _ := h.inPlace()
		a := b.get(logout(append(pairs, "id_token_hint", hint)...))
		if a.StatusCode != http.StatusBadRequest || a.Header.Get("Location") != "" || !b.isSignedIn() {
			t.Errorf("%s: %s to %q, signed in %v", name, a.Status, a.Header.Get("Location"), b.isSignedIn())
		}
	}
	// Nobody is signed in, and nobody vouches: our own page, with a link.
	a := h.browser().get(logout("client_id", "wiki", "post_logout_redirect_uri", goodbye))
	to, q := a.to()
	if to != "/oidc/logout/done" || q.Get("client_id") != "wiki" {
		t.Errorf("to %s", a.Header.Get("Location"))
	}
	page := h.browser().get(a.Header.Get("Location"))
	if page.StatusCode != http.StatusOK || !strings.Contains(page.body, `href="`+goodbye+`"`) || !strings.Contains(page.body, "Back to Wiki") {
		t.Errorf("%s\n%s", page.Status, page.body)
	}
	french := h.browser().get("/oidc/logout/done?ui_locales=fr")
	if french.StatusCode != http.StatusOK || !strings.Contains(french.body, "Vous êtes déconnecté") {
		t.Errorf("%s\n%.300s", french.Status, french.body)
	}
}

func TestLogoutWorksWithoutAnApplication(t *testing.T) {
	h := newHouse(t)
	if a := h.browser().get("/oidc/logout/done?client_id=nobody"); a.StatusCode != http.StatusOK {
		t.Errorf("done: %s", a.Status)
	}
	if to, _ := h.browser().get(logout()).to(); to != "/oidc/logout/done" {
		t.Errorf("to %s", to)
	}
}
