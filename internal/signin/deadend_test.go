package signin_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/signin"
	"signet/internal/store"
	"signet/internal/web"
)

// house is the room on a store, with a browser in front of it.
type house struct {
	login   *login.Service
	handler http.Handler
	caller  iam.Caller
	method  iam.ProviderID
	cookies bool
	rooms   rooms
}

func newHouse(t *testing.T) *house {
	t.Helper()
	rooms, program := newRooms(t), iam.Program("test")
	h := &house{login: rooms.login, caller: iam.Caller{Browser: iam.NewSecret()}, cookies: true, rooms: rooms}
	p, err := rooms.providers.Create(t.Context(), program, iam.Provider{
		Scope: iam.System(), Type: iam.ProviderCertificate, Name: "mTLS", Public: true,
		Settings: iam.ProviderSettings{Certificate: &iam.CertificateSettings{Anchors: "unused here"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := rooms.providers.Switch(t.Context(), program, iam.SignetApp, p.ID, true); err != nil {
		t.Fatal(err)
	}
	h.method = p.ID
	h.handler = rooms.serve(&signin.Room{
		ChooseHost:   func(context.Context, iam.ProviderID, string, bool) (string, bool) { return "a.cert.example", true },
		AttemptURL:   func(host string, ticket iam.Secret) string { return "https://" + host + "/" + string(ticket) },
		RefusalCause: func(r *http.Request, id iam.AttemptID) (string, error) { return rooms.log.Refusal(r.Context(), id) },
	}, func() iam.Caller { return h.caller })
	return h
}

func (h *house) do(method, path string, form url.Values) (status int, location, body string) {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if h.cookies {
		r.AddCookie(&http.Cookie{Name: "__Host-" + string(web.BrowserCookie), Value: string(h.caller.Browser)})
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return w.Code, w.Header().Get("Location"), w.Body.String()
}

// signsIn makes a person and lets them sit at the browser, signed in.
func (h *house) signsIn(t *testing.T, name string) {
	t.Helper()
	program := iam.Program("test")
	u, err := h.rooms.people.CreateUser(t.Context(), program, iam.User{Login: name}, "correct horse battery 9")
	if err != nil {
		t.Fatal(err)
	}
	p, err := h.rooms.providers.EnsurePassword(t.Context(), program, "Password")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.rooms.sessions.DB.Update(t.Context(), func(tx *store.Tx) error {
		opened, err := h.rooms.sessions.Open(tx, h.caller, u.ID, iam.SignetApp, []iam.Proof{{Provider: p.ID, At: tx.Now(), ACR: iam.ACRPassword}})
		h.caller.User, h.caller.Session = u.ID, opened.Session.ID
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// back walks an attempt and returns the path with the return ticket.
func (h *house) back(t *testing.T, page string) string {
	t.Helper()
	_, to, _ := h.do(http.MethodPost, page+"/certificate", url.Values{"provider": {string(h.method)}})
	a, err := h.login.Attempt(t.Context(), iam.Caller{}, iam.Secret(to[strings.LastIndexByte(to, '/')+1:]))
	if err != nil {
		t.Fatalf("%s: %v", to, err)
	}
	ticket, err := h.login.Judged(t.Context(), iam.Caller{}, a, nil, &iam.Refusal{Attempt: a.ID, Cause: "expired", Provider: h.method})
	if err != nil {
		t.Fatal(err)
	}
	return page + "/return/" + string(ticket)
}

// A second tab, a reload or a second click spoils an attempt, not the login.
func TestSpoiltAttemptLeadsBackToItsLogin(t *testing.T) {
	h := newHouse(t)
	_, page, _ := h.do(http.MethodGet, "/signin", nil)
	first, second := h.back(t, page), h.back(t, page)
	if _, to, _ := h.do(http.MethodGet, first, nil); to != page {
		t.Fatalf("the first return leads to %q", to)
	}
	for name, path := range map[string]string{"reloaded": first, "overtaken": second} {
		_, to, _ := h.do(http.MethodGet, path, nil)
		status, _, body := h.do(http.MethodGet, to, nil)
		if status != http.StatusOK || !strings.Contains(body, `href="`+page+`"`) || strings.Contains(body, `href="/signin"`) {
			t.Errorf("%s: %q = %d does not lead on to %s", name, to, status, page)
		}
		stranger := *h
		was := h.caller
		h.caller = iam.Caller{Browser: iam.NewSecret()}
		if _, _, body := stranger.do(http.MethodGet, to, nil); strings.Contains(body, page) || !strings.Contains(body, `href="/signin"`) {
			t.Errorf("%s: another browser is led into the login", name)
		}
		h.caller = was
	}
}

// Whoever typed a password and sent no certificate is told nothing of one.
func TestRefusalAfterAPasswordSpeaksOfNoCertificate(t *testing.T) {
	for _, cause := range []string{login.CauseUserBlocked, login.CauseUserDeleted, login.CauseOtherPerson} {
		h := newHouse(t)
		_, page, _ := h.do(http.MethodGet, "/signin", nil)
		refused := h.login.Refuse(t.Context(), h.caller, iam.LoginID(strings.TrimPrefix(page, "/signin/")), h.method, cause)
		if iam.AsError(refused) == nil {
			t.Fatal(refused)
		}
		_, _, body := h.do(http.MethodGet, page, nil)
		_, body, _ = strings.Cut(body, "<h1")
		if said, _, _ := strings.Cut(body, "<form"); strings.Contains(strings.ToLower(said), "certificate") || said == "" {
			t.Errorf("%s says: %s", cause, said)
		}
	}
}

// Browsers ask for the address of a form when they restore their windows.
func TestAddressOfAFormLeadsToItsPage(t *testing.T) {
	h := newHouse(t)
	_, page, _ := h.do(http.MethodGet, "/signin", nil)
	for _, form := range []string{"password", "certificate", "go-on", "confirm", "renew", "consent", "decline"} {
		if status, to, _ := h.do(http.MethodGet, page+"/"+form, nil); status != http.StatusSeeOther || to != page {
			t.Errorf("GET %s = %d, leads to %q", form, status, to)
		}
	}
}

// Pictures, frames and scripts of other pages begin nothing, bring nothing back and
// leave nothing in the event log.
func TestOnlyWindowsBeginSignIns(t *testing.T) {
	h := newHouse(t)
	_, page, _ := h.do(http.MethodGet, "/signin", nil)
	back := h.back(t, page)
	refusals := func() int {
		t.Helper()
		events, err := h.rooms.log.All(t.Context(), iam.Program("test"), iam.System(), iam.EventFilter{Kind: iam.EventSignInRefused, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		return len(events)
	}
	before := refusals()
	for _, path := range []string{back, page + "/return/nothing", "/signin/nothing/return/nothing"} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Sec-Fetch-Dest", "image")
		w := httptest.NewRecorder()
		if h.handler.ServeHTTP(w, r); w.Code != http.StatusForbidden {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if after := refusals(); after != before {
		t.Errorf("%d refusals after %d", after, before)
	}
	if _, to, _ := h.do(http.MethodGet, back, nil); to != page {
		t.Errorf("the ticket was spent: it leads to %q", to)
	}
	for dest, status := range map[string]int{"document": http.StatusSeeOther, "image": http.StatusForbidden, "iframe": http.StatusForbidden} {
		r := httptest.NewRequest(http.MethodGet, "/signin?to=/profile", nil)
		r.Header.Set("Sec-Fetch-Dest", dest)
		w := httptest.NewRecorder()
		if h.handler.ServeHTTP(w, r); w.Code != status {
			t.Errorf("%s: %d", dest, w.Code)
		}
	}
}

// Without cookies every request comes from another browser. That is no reason to
// warn of a stranger's link.
func TestBrowserWithoutCookiesIsToldSo(t *testing.T) {
	h := newHouse(t)
	_, page, _ := h.do(http.MethodGet, "/signin", nil)
	h.caller.Browser, h.cookies = iam.NewSecret(), false
	if status, _, body := h.do(http.MethodGet, page, nil); status != http.StatusForbidden || !strings.Contains(body, "does not accept cookies") {
		t.Errorf("%d: %s", status, body)
	}
	h.cookies = true
	if status, _, body := h.do(http.MethodGet, page, nil); status != http.StatusForbidden || !strings.Contains(body, "began in another browser") {
		t.Errorf("another browser: %d: %s", status, body)
	}
}

// Back in the browser leads to a login that is over.
func TestLoginThatIsOverLeadsOn(t *testing.T) {
	h := newHouse(t)
	for name, c := range map[string]struct {
		user       iam.UserID
		says, link string
	}{
		"signed in":     {"user", "You are signed in.", `href="/profile"`},
		"not signed in": {"", "It was completed, or it took too long.", `href="/signin"`},
	} {
		h.caller.User = c.user
		for _, path := range []string{"/signin/gone", "/signin/gone/password"} {
			method := http.MethodGet
			if strings.HasSuffix(path, "password") {
				method = http.MethodPost
			}
			status, _, body := h.do(method, path, nil)
			if status != http.StatusNotFound || !strings.Contains(body, c.says) || !strings.Contains(body, c.link) {
				t.Errorf("%s, %s: %d without %q and %s", name, path, status, c.says, c.link)
			}
		}
	}
}

func TestRefusalOffersWhatHelps(t *testing.T) {
	for cause, words := range map[string]string{"no_certificate": "Try again", "expired": "Use another certificate"} {
		h := newHouse(t)
		_, page, _ := h.do(http.MethodGet, "/signin", nil)
		if err := h.login.Refuse(t.Context(), h.caller, iam.LoginID(strings.TrimPrefix(page, "/signin/")), h.method, cause); iam.AsError(err) == nil {
			t.Fatal(err)
		}
		if _, _, body := h.do(http.MethodGet, page, nil); !strings.Contains(body, ">"+words+"<") {
			t.Errorf("%s does not offer %q", cause, words)
		}
	}
}

// Nobody signs in while linking: a refusal there does not send anybody to do that.
func TestRefusalOfALinkSpeaksOfLinking(t *testing.T) {
	for _, cause := range []string{"revocation_unknown", "no_certificate", "expired", login.CauseCertificateMissing, login.CauseBlockedHere, login.CauseLinkedToOther} {
		h := newHouse(t)
		h.signsIn(t, "alice")
		l, err := h.login.Begin(t.Context(), h.caller, login.Request{Purpose: iam.PurposeLink, App: iam.SignetApp, Provider: h.method})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.login.Refuse(t.Context(), h.caller, l.ID, h.method, cause); iam.AsError(err) == nil {
			t.Fatal(err)
		}
		_, _, body := h.do(http.MethodGet, "/signin/"+string(l.ID), nil)
		_, body, _ = strings.Cut(body, "<main")
		body, _, _ = strings.Cut(body, "<footer")
		if lower := strings.ToLower(body); strings.Contains(lower, "sign in") || strings.Contains(lower, "linked to anyone yet") || !strings.Contains(lower, "back to my profile") {
			t.Errorf("%s says: %s", cause, body)
		}
	}
}
