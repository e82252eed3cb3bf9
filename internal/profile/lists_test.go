package profile_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"signet/internal/audit"
	"signet/internal/iam"
	"signet/internal/store"
)

func TestSessions(t *testing.T) {
	h := newHouse(t)
	alice, bob := h.person("alice", password), h.person("bob", password)
	card := h.link(alice, "card")
	foreign := h.signIn(bob, "")
	first := h.signIn(alice, card.ID)
	h.signIn(alice, "")
	h.signIn(alice, "")
	w := h.get("/profile/sessions")
	wantText(t, w, "Firefox on Linux", "192.0.2.7", "This session", "Signed in with the certificate card", "Signed in with a password", "End all others")
	if strings.Contains(w.Body.String(), string(h.caller.Session)) || strings.Contains(w.Body.String(), string(foreign.Session)) {
		t.Error("the page offers to end the present session, or shows one of somebody else")
	}

	wantText(t, h.follow(h.post("/profile/sessions/"+string(first.Session)+"/end")), "The session has ended.")
	wantRedirect(t, h.post("/profile/sessions/"+string(first.Session)+"/end"), "/profile/sessions") // it has ended: that is what was wanted
	wantRedirect(t, h.post("/profile/sessions/"+string(foreign.Session)+"/end"), "/profile/sessions")
	if sessions, err := h.room.Sessions.Mine(t.Context(), foreign); err != nil || len(sessions) != 1 {
		t.Errorf("sessions of bob = %v, %v; want one", sessions, err)
	}

	wantText(t, h.get("/profile/sessions/end-others"), "Firefox on Linux, 192.0.2.7", "What ends")
	wantText(t, h.follow(h.post("/profile/sessions/end-others")), "The session has ended.", "You are signed in nowhere else.")
	wantText(t, h.follow(h.post("/profile/sessions/end-others")), "There was no other session.")
}

func TestConsents(t *testing.T) {
	h := newHouse(t)
	alice := h.person("alice", password)
	app, _, err := h.room.Directory.CreateApp(t.Context(), iam.Program("test"), iam.App{Name: "Wiki", RedirectURIs: []string{"https://wiki.example/cb"}})
	h.must(err)
	h.signIn(alice, "")
	wantText(t, h.get("/profile/consents"), "No consents")
	h.must(h.db.Update(t.Context(), func(tx *store.Tx) error {
		return h.room.Sessions.Consent(tx, h.caller, alice.ID, app.ID, []string{"openid", "email", "wiki:write"})
	}))
	wantText(t, h.get("/profile/consents"), "Wiki", "Who you are", "Your e-mail address", "wiki:write", "Since 14 March 2031")
	path := "/profile/consents/" + string(app.ID) + "/withdraw"
	h.clock.Advance(time.Second)
	wantText(t, h.get(path), "Withdraw the consent given to Wiki?")
	wantText(t, h.follow(h.post(path)), "The consent given to Wiki has been withdrawn.", "No consents")
	wantStatus(t, h.post(path), http.StatusNotFound)
	wantStatus(t, h.get(path), http.StatusNotFound)
	if kinds := h.events(alice); kinds[0] != iam.EventConsentWithdrawn {
		t.Errorf("events = %v", kinds)
	}
}

func TestEventsOfOneself(t *testing.T) {
	h := newHouse(t)
	alice, bob := h.person("alice", password), h.person("bob", password)
	h.signIn(alice, "")
	certificate := &iam.Certificate{CommonName: "Alice Old", Issuer: "CN=Test CA,O=Example", Serial: "7F3A", NotBefore: h.clock.Now().AddDate(-2, 0, 0), NotAfter: h.clock.Now().AddDate(0, 0, -1), SHA256: "ab12"}
	h.must(h.room.Log.Record(t.Context(), iam.Caller{Address: h.caller.Address, UserAgent: h.caller.UserAgent}, iam.Event{
		Kind: iam.EventSignInRefused, Outcome: iam.OutcomeRefused, Cause: "expired", User: alice.ID, App: iam.SignetApp, Provider: h.mtls.ID, Attempt: "k7qm-2xwe-pd", Certificate: certificate,
	}))
	h.must(h.room.Log.Record(t.Context(), iam.Caller{User: bob.ID}, iam.Event{Kind: iam.EventPasswordChanged, User: bob.ID}))
	w := h.get("/profile/events")
	wantText(t, w, "Sign-in refused", "The certificate has expired", "Alice Old", "Signet", "192.0.2.7", "Firefox on Linux", "User created")
	lacksText(t, w, "Password changed")
	lacksText(t, h.get("/profile/events?outcome=done"), "The certificate has expired")
	lacksText(t, h.get("/profile/events?outcome=refused"), "User created")
	wantText(t, h.get("/profile/events?outcome=nonsense"), "User created")

	own, err := h.room.Log.Mine(t.Context(), h.caller, iam.EventFilter{Outcome: iam.OutcomeRefused})
	h.must(err)
	wantText(t, h.get("/profile/events/"+own[0].ID), "Refused", "The certificate has expired", "k7qm-2xwe-pd", "7F3A", "ab12", "mTLS")
	foreign, err := h.room.Log.Mine(t.Context(), iam.Caller{User: bob.ID}, iam.EventFilter{})
	h.must(err)
	wantStatus(t, h.get("/profile/events/"+foreign[0].ID), http.StatusNotFound)
	wantStatus(t, h.get("/profile/events/none"), http.StatusNotFound)
}

func TestEventsComeInPages(t *testing.T) {
	h := newHouse(t)
	alice := h.person("alice", password)
	h.signIn(alice, "")
	for i := range audit.PageSize + 10 {
		h.clock.Advance(time.Second) // events of one moment have no order
		h.must(h.room.Log.Record(t.Context(), h.caller, iam.Event{Kind: iam.EventUserChanged, User: alice.ID, Details: map[string]string{"name": fmt.Sprint(i)}}))
	}
	first := h.get("/profile/events")
	if n := strings.Count(first.Body.String(), "User data changed"); n != audit.PageSize {
		t.Fatalf("first page has %d events, want %d", n, audit.PageSize)
	}
	lacksText(t, first, "Newest")
	second := h.get(linkTo(t, first, "/profile/events?before="))
	if n := strings.Count(second.Body.String(), "User data changed"); n != 10 {
		t.Errorf("second page has %d events, want 10", n)
	}
	lacksText(t, second, "Older")
	wantText(t, second, "Newest", "User created")
	wantText(t, h.get("/profile/events?before=0"), "There is nothing older")
}

func TestHelpOpensTheWayForTheBrowser(t *testing.T) {
	h := newHouse(t)
	for name, c := range map[string]struct{ header, open string }{
		"Firefox on Linux":  {"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Mozilla Firefox"},
		"Chrome on Windows": {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", "Google Chrome and Microsoft Edge"},
		"Edge on Windows":   {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", "Google Chrome and Microsoft Edge"},
		"Chrome on Linux":   {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", "Chrome and Edge on Linux"},
		"Safari on macOS":   {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15", "Safari, Chrome and Edge on macOS"},
		"Safari on iPhone":  {"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1", "iPhone and iPad"},
		"Chrome on Android": {"Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36", "Android"},
		"none":              {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/help/certificates", nil)
			r.Header.Set("User-Agent", c.header)
			w := httptest.NewRecorder()
			h.handler.ServeHTTP(w, r)
			wantStatus(t, w, http.StatusOK)
			wantText(t, w, "Only on devices that you trust", ".p12 or .pfx")
			_, after, open := strings.Cut(w.Body.String(), `name="way" open>`)
			if open != (c.open != "") || strings.Count(w.Body.String(), " open>") > 1 {
				t.Fatalf("a way is open: %v", open)
			}
			if title, _, _ := strings.Cut(after, "</strong>"); open && !strings.HasSuffix(title, "<strong>"+c.open) {
				t.Errorf("the open way is %q, want %q", title, c.open)
			}
		})
	}
}

// linkTo returns the address of the first link on a page that begins so.
func linkTo(t *testing.T, w *httptest.ResponseRecorder, prefix string) string {
	t.Helper()
	_, rest, found := strings.Cut(w.Body.String(), `href="`+prefix)
	if !found {
		t.Fatalf("no link to %s:\n%s", prefix, w.Body)
	}
	address, _, _ := strings.Cut(rest, `"`)
	return prefix + strings.ReplaceAll(address, "&amp;", "&")
}
