package server

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/trust"
)

func TestMetricsOfRevocation(t *testing.T) {
	at := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	all := []trust.Authority{
		{
			Provider: iam.Provider{ID: "card"}, ID: strings.Repeat("ab", 32), Facts: cert.Facts{Subject: "CN=\"A\\\nB\""}, Chosen: true, State: trust.StateFailing,
			Settings: iam.CARevocation{Mode: iam.RevocationRequired},
			Lists:    []iam.RevocationList{{Source: "http://crl.example/a.crl", ThisUpdate: at, NextUpdate: at.Add(time.Hour), FetchedAt: at, Entries: 48213, Failures: 3}},
		},
		{Provider: iam.Provider{ID: "card"}, ID: "b", Chosen: true, State: trust.StateStale, Settings: iam.CARevocation{Mode: iam.RevocationRequired}},
		{Provider: iam.Provider{ID: "card"}, ID: "c", Chosen: true, State: trust.StateOff, Settings: iam.CARevocation{Mode: iam.RevocationNone}},
	}
	ask := func(host string, err error) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "http://"+host+"/metrics", nil)
		byAddress(metrics{func(context.Context, iam.Caller) ([]trust.Authority, error) { return all, err }}).ServeHTTP(w, r)
		return w
	}
	text := ask("127.0.0.1:9464", nil).Body.String()
	labels := `{method="card",authority="abababababababab",subject="CN=\"A\\\nB\"",source="http://crl.example/a.crl"}`
	for _, want := range []string{
		`signet_revocation_authorities{state="failing"} 1`, `signet_revocation_authorities{state="stale"} 1`, `signet_revocation_authorities{state="fresh"} 0`,
		"signet_revocation_required 2", "signet_revocation_required_unknown 1", "signet_revocation_list_this_update_seconds" + labels + " 1780315200",
		"signet_revocation_list_entries" + labels + " 48213", "signet_revocation_list_failures" + labels + " 3", "signet_revocation_list_next_try_seconds" + labels + " 0",
		"# TYPE signet_revocation_list_entries gauge",
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	for _, host := range []string{"[::1]:9464", "localhost:9464", "10.0.0.1"} {
		if w := ask(host, nil); w.Code != http.StatusOK {
			t.Errorf("asked as %s: %d", host, w.Code)
		}
	}
	if w := ask("evil.example:9464", nil); w.Code != http.StatusMisdirectedRequest {
		t.Errorf("asked under a name: %d", w.Code)
	}
	if w := ask("localhost", errors.New("gone")); w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "signet_") {
		t.Errorf("without a database: %d", w.Code)
	}
}
