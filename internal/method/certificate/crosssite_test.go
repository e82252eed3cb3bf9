package certificate_test

import (
	"maps"
	"net/http"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/login"
)

// T38 (CVE-2025-54286): a browser sends a certificate by itself, so that a page
// of somebody else must not be able to make use of it.
func TestT38CrossSiteRequests(t *testing.T) {
	h := newHouse(t)
	me := h.ca.person("Alice")
	h.link(h.alice.ID, h.mtls, me, h.ca)
	at := h.start(h.mtls)
	navigation := map[string]string{"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "same-site"}
	for name, header := range map[string]map[string]string{
		"an image":               {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image", "Sec-Fetch-Site": "cross-site"},
		"a script":               {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script", "Sec-Fetch-Site": "cross-site"},
		"fetch":                  {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "cross-site"},
		"fetch of our own pages": {"Sec-Fetch-Mode": "same-origin", "Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "same-origin"},
		"a WebSocket":            {"Sec-Fetch-Mode": "websocket", "Sec-Fetch-Dest": "websocket"},
		"a frame":                {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"},
		"a frame of old":         {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "frame"},
		"an object":              {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "object"},
		"an embed":               {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "embed"},
		"half of the headers":    {"Sec-Fetch-Dest": "image"},
		"the other half":         {"Sec-Fetch-Mode": "cors"},
		"a prefetch":             {"Sec-Purpose": "prefetch", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
		"a prerendered page":     {"Sec-Purpose": "prefetch;prerender", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
		"a prefetch of old":      {"Purpose": "prefetch"},
	} {
		a := h.visit(visit{url: at.url, as: me, header: header})
		if a.status != http.StatusForbidden || a.location != "" || a.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: answered %d to %q, want 403", name, a.status, a.location)
		}
	}
	if !h.stored(at).JudgedAt.IsZero() {
		t.Fatal("the ticket was spent")
	}
	// The window of the person itself goes on, also without the headers.
	if out := h.returned(at, h.visit(visit{url: at.url, as: me, header: navigation})); out.Step != login.StepDone {
		t.Errorf("a navigation goes on with %s", out.Step)
	}
	at = h.start(h.mtls)
	if out := h.returned(at, h.visit(visit{url: at.url, as: me})); out.Step != login.StepDone {
		t.Errorf("an old browser goes on with %s", out.Step)
	}

	// An attacker's ticket in the window of a victim: the victim's browser carries
	// the result to the main host, where it is not the browser that began.
	cross := maps.Clone(navigation)
	cross["Sec-Fetch-Site"] = "cross-site"
	at = h.start(h.mtls)
	ticket := returnTicket(t, at, h.visit(visit{url: at.url, as: me, header: cross}))
	victim := iam.Caller{Browser: iam.NewSecret()}
	_, err := h.login.Return(t.Context(), victim, ticket)
	refused := iam.AsError(err)
	if refused == nil || refused.Cause != login.CauseAttemptBrowser {
		t.Fatalf("the victim's browser is answered with %v", err)
	}
	// And the attacker, who knows the ticket but not the return ticket, has nothing.
	h.clock.Advance(time.Second) // events of one attempt are told apart by their time
	if a := h.visit(visit{url: at.url}); h.event(refusedAttempt(t, a)).Cause != login.CauseAttemptUsed {
		t.Error("the attacker's second visit is not refused as used")
	}
	if !h.stored(at).SpentAt.IsZero() {
		t.Error("the attempt counts as returned")
	}
}
