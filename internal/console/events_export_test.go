package console_test

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"signet/internal/iam"
)

func TestFilteredLogIsExported(t *testing.T) {
	h := newHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	for range 1100 { // more than is read at once
		h.must(h.room.Log.Record(t.Context(), iam.Caller{UserAgent: "=1+1", Request: "r"}, iam.Event{Kind: iam.EventSignInRefused, Outcome: iam.OutcomeRefused, Cause: "expired", UserLogin: "@sum(a1)"}))
	}
	w := h.get("/admin/events/export.csv?kind=sign_in.refused")
	wantStatus(t, w, http.StatusOK)
	if got := w.Header().Get("Content-Disposition"); !strings.HasPrefix(got, `attachment; filename="events-`) {
		t.Errorf("Content-Disposition = %q", got)
	}
	rows, err := csv.NewReader(w.Body).ReadAll()
	h.must(err)
	if len(rows) != 1101 || rows[0][0] != "time" {
		t.Fatalf("%d rows, first %v", len(rows), rows[0])
	}
	seen := map[string]bool{}
	for _, row := range rows[1:] {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r\n") {
				t.Fatalf("a cell is a formula: %q", cell)
			}
		}
		seen[row[19]] = true
	}
	if len(seen) != 1100 {
		t.Errorf("%d different events", len(seen))
	}
	lines := strings.Split(strings.TrimSpace(h.get("/admin/events/export.ndjson?user=admin").Body.String()), "\n")
	for _, line := range lines {
		var e map[string]any
		if err := json.Unmarshal([]byte(line), &e); err != nil || e["kind"] == "sign_in.refused" {
			t.Fatalf("line %q: %v", line, err)
		}
	}
	wantText(t, h.get("/admin/events?kind=events.exported"), "Event log exported")
	wantText(t, h.get("/admin/events?kind=user.created"), "/admin/events/export.csv?kind=user.created")
	wantStatus(t, h.get("/admin/events/export.csv?user=nobody-called-so"), http.StatusBadRequest)
}

// An administrator of one application takes along what happened there only.
func TestExportStaysInItsScope(t *testing.T) {
	h := newHouse(t)
	for _, app := range []iam.AppID{"wiki", "mail", ""} {
		h.must(h.room.Log.Record(t.Context(), iam.Caller{}, iam.Event{Kind: iam.EventAppChanged, App: app, Org: "org", UserLogin: "of-" + string(app)}))
	}
	h.signIn(h.person("appadmin", iam.Membership{Scope: iam.Application("wiki", "org"), Role: iam.RoleApplicationAdministrator}), "")
	for _, query := range []string{"", "?app=mail", "?app="} {
		body := h.get("/admin/events/export.ndjson" + query).Body.String()
		if strings.Contains(body, "of-mail") || strings.Contains(body, `"of-"`) || !strings.Contains(body, "of-wiki") {
			t.Errorf("%q: %s", query, body)
		}
	}
	h.signIn(h.person("member", iam.Membership{Scope: iam.Organization("org"), Role: iam.RoleMember}), "")
	wantStatus(t, h.get("/admin/events/export.csv"), http.StatusNotFound)
}

func TestRetentionIsASetting(t *testing.T) {
	h := newHouse(t)
	admin := h.person("admin", systemAdministrator)
	h.signIn(h.person("manager", iam.Membership{Scope: iam.Organization("org"), Role: iam.RoleOrganizationManager}), "")
	wantStatus(t, h.get("/admin/events/retention"), http.StatusForbidden)
	wantStatus(t, h.post("/admin/events/retention", "days", "1"), http.StatusForbidden)
	h.signIn(admin, "")
	for _, days := range []string{"", "0", "-1", "x", "99999"} {
		wantStatus(t, h.post("/admin/events/retention", "days", days), http.StatusUnprocessableEntity)
	}
	wantText(t, h.follow(h.post("/admin/events/retention", "days", "30")), "Events are kept for 30 days.")
	wantText(t, h.get("/admin/events/retention"), `value="30"`)
	h.clock.Advance(31 * 24 * time.Hour)
	h.must(h.room.Log.Sweep(t.Context()))
	events, err := h.room.Log.All(t.Context(), program, iam.System(), iam.EventFilter{})
	if err != nil || len(events) != 0 {
		t.Errorf("%d events are left, %v", len(events), err)
	}
}

// Programs that divide at semicolons, as those of a French desk do, find no
// formula within a cell either.
func TestExportedCellHoldsNoFormulaBehindASemicolon(t *testing.T) {
	h := newHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	for _, agent := range []string{`Mozilla (X11;=HYPERLINK("https://evil.example"))`, `x; @SUM(A1)`, `x;"+1+1`, "x\t=1", `x;-1`} {
		h.must(h.room.Log.Record(t.Context(), iam.Caller{UserAgent: agent}, iam.Event{
			Kind: iam.EventSignInRefused, Outcome: iam.OutcomeRefused, Cause: "expired", Details: map[string]string{"Person": agent},
		}))
	}
	body := h.get("/admin/events/export.csv?kind=sign_in.refused").Body.String()
	for _, cell := range strings.FieldsFunc(body, func(r rune) bool { return strings.ContainsRune(";\t\r\n", r) }) {
		if cell = strings.TrimLeft(cell, ` "`); cell != "" && strings.ContainsAny(cell[:1], "=+-@") {
			t.Errorf("a cell is a formula: %q", cell)
		}
	}
	if !strings.Contains(h.get("/admin/events/export.csv?kind=sign_in.refused").Body.String(), `Mozilla (X11;'=HYPERLINK`) {
		t.Error("the text is not there any more")
	}
}
