package console_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"signet/internal/audit"
	"signet/internal/iam"
)

// record adds events one second apart.
func (h *house) record(caller iam.Caller, events ...iam.Event) {
	h.t.Helper()
	for _, e := range events {
		h.clock.Advance(time.Second)
		h.must(h.room.Log.Record(h.t.Context(), caller, e))
	}
}

func TestEventFilters(t *testing.T) {
	h := newHouse(t)
	alice, bob := h.person("alice"), h.person("bob")
	h.signIn(h.person("admin", systemAdministrator), "")
	app, _, err := h.room.Directory.CreateApp(t.Context(), program, iam.App{Name: "Wiki", RedirectURIs: []string{"https://wiki.example/cb"}})
	h.must(err)
	from := iam.Caller{Address: netip.MustParseAddr("198.51.100.9"), UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
	h.record(from,
		iam.Event{Kind: iam.EventSignedIn, User: alice.ID, Actor: alice.ID, App: app.ID},
		iam.Event{Kind: iam.EventSignInRefused, User: bob.ID, App: iam.SignetApp, Outcome: iam.OutcomeRefused, Cause: "not_linked", Attempt: "k7qm-2xwe-pd",
			Certificate: &iam.Certificate{CommonName: "Bob's card", Issuer: "CN=Test CA", NotAfter: h.clock.Now().AddDate(1, 0, 0)}},
	)
	h.clock.Advance(48 * time.Hour)
	h.record(from, iam.Event{Kind: iam.EventPasswordChanged, User: bob.ID, Actor: bob.ID})
	// What the three rows are known by.
	const signedIn, refused, changed = ">Signed in</a>", ">Sign-in refused</a>", ">Password changed</a>"
	for name, c := range map[string]struct {
		query       string
		shows, lack []string
	}{
		"none":           {"", []string{signedIn, refused, changed, "The certificate is linked to nobody", "198.51.100.9", "Bob&#39;s card", "Wiki"}, nil},
		"kind":           {"?kind=password.changed", []string{changed}, []string{signedIn, refused}},
		"person":         {"?user=ALICE", []string{signedIn}, []string{refused, changed}},
		"application":    {"?app=" + string(app.ID), []string{signedIn}, []string{refused, changed}},
		"outcome":        {"?outcome=refused", []string{refused}, []string{signedIn, changed}},
		"attempt":        {"?attempt=+K7QM-2XWE-PD+", []string{refused}, []string{signedIn, changed}},
		"until that day": {"?until=2031-03-14", []string{signedIn, refused}, []string{changed}},
		"from that day":  {"?from=2031-03-16", []string{changed}, []string{signedIn, refused}},
		"two together":   {"?user=bob&outcome=refused", []string{refused}, []string{signedIn, changed}},
		"nothing fits":   {"?user=alice&outcome=refused", []string{"Nothing fits the filter"}, []string{signedIn, refused, changed}},
	} {
		t.Run(name, func(t *testing.T) {
			w := h.get("/admin/events" + c.query)
			wantStatus(t, w, http.StatusOK)
			wantText(t, w, c.shows...)
			lacksText(t, w, c.lack...)
		})
	}
	for query, says := range map[string]string{"?user=nobody": "Nobody has this login.", "?from=yesterday": "This is not a day.", "?until=2031-02-30": "This is not a day."} {
		w := h.get("/admin/events" + query)
		wantStatus(t, w, http.StatusUnprocessableEntity)
		wantText(t, w, says)
		lacksText(t, w, signedIn, refused, changed)
	}
}

func TestEventsComeInPagesThatKeepTheFilter(t *testing.T) {
	h := newHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	for i := range audit.PageSize + 7 {
		h.record(h.caller, iam.Event{Kind: iam.EventAppChanged, Details: map[string]string{"name": fmt.Sprint(i)}})
	}
	first := h.get("/admin/events?kind=application.changed")
	if n := strings.Count(first.Body.String(), ">Application changed</a>"); n != audit.PageSize {
		t.Fatalf("first page has %d events, want %d", n, audit.PageSize)
	}
	_, rest, found := strings.Cut(first.Body.String(), `href="/admin/events?before=`)
	if !found {
		t.Fatalf("no next page: %s", first.Body)
	}
	query, _, _ := strings.Cut(rest, `"`)
	second := h.get("/admin/events?before=" + strings.ReplaceAll(query, "&amp;", "&"))
	if n := strings.Count(second.Body.String(), ">Application changed</a>"); n != 7 {
		t.Errorf("second page has %d events, want 7", n)
	}
	lacksText(t, second, ">User created</a>", "Older")
}

func TestEvent(t *testing.T) {
	h := newHouse(t)
	bob := h.person("bob")
	h.signIn(h.person("admin", systemAdministrator), "")
	h.record(iam.Caller{Address: netip.MustParseAddr("198.51.100.9"), Request: "request-id"}, iam.Event{
		Kind: iam.EventSignInRefused, Outcome: iam.OutcomeRefused, Cause: "expired", User: bob.ID, App: iam.SignetApp, Attempt: "k7qm-2xwe-pd",
		Certificate: &iam.Certificate{Subject: "CN=Bob,O=Example", CommonName: "Bob", Issuer: "CN=Test CA", Serial: "7F3A", SHA256: "ab12", NotAfter: h.clock.Now()},
	})
	events, err := h.room.Log.All(t.Context(), program, iam.System(), iam.EventFilter{Limit: 1})
	h.must(err)
	wantText(t, h.get("/admin/events/"+events[0].ID), "Sign-in refused", "The certificate has expired", "bob", "Signet", "198.51.100.9", "request-id",
		"/admin/events?attempt=k7qm-2xwe-pd", "CN=Bob,O=Example", "7F3A", "ab12", "/admin/users/"+string(bob.ID), events[0].ID)
}

func TestManagerSeesTheEventsOfTheOrganizationOnly(t *testing.T) {
	h := newHouse(t)
	h.signIn(h.person("manager", iam.Membership{Scope: iam.Organization("org"), Role: iam.RoleOrganizationManager}), "")
	h.record(program,
		iam.Event{Kind: iam.EventAppCreated, Org: "org"},
		iam.Event{Kind: iam.EventAppChanged, Org: "other"},
		iam.Event{Kind: iam.EventUserBlocked},
	)
	w := h.get("/admin/events")
	wantText(t, w, ">Application created</a>")
	lacksText(t, w, ">Application changed</a>", ">User blocked</a>", ">User created</a>")
	events, err := h.room.Log.All(t.Context(), program, iam.System(), iam.EventFilter{})
	h.must(err)
	for _, e := range events {
		want := http.StatusNotFound
		if e.Org == "org" {
			want = http.StatusOK
		}
		if w := h.get("/admin/events/" + e.ID); w.Code != want {
			t.Errorf("event %s of %q = %d, want %d", e.Kind, e.Org, w.Code, want)
		}
	}
}
