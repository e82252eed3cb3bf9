package server

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"signet/internal/iam"
	"signet/internal/trust"
	"signet/internal/web"
)

// metrics tells monitoring, in the text format of Prometheus, how well revocation
// is known. It has a listener of its own on an internal address, because it names
// login methods, authorities and addresses to whoever asks.
type metrics struct {
	revocations func(context.Context, iam.Caller) ([]trust.Authority, error)
}

// metricsListener is where monitoring asks. It has no certificate: what it tells
// is no secret among those who reach it.
func (s *Server) metricsListener() *listener {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics{s.Trust.Revocations})
	return &listener{
		name: "metrics-listen", address: s.options.MetricsListen,
		server: &http.Server{
			Handler:           web.Harden(byAddress(mux), web.Hardening{Pages: s.pages, Log: s.options.Log, Now: s.options.Now}),
			ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: quiet(s.options.Log),
		},
	}
}

// byAddress refuses requests for a name: a page of somebody else in a browser of
// this machine could let DNS lead to us and read what we say.
func byAddress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err != nil && host != "localhost" {
			http.Error(w, "421 Misdirected Request: ask by address", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// ServeHTTP answers with the figures.
func (m metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	all, err := m.revocations(r.Context(), iam.Program("metrics"))
	if err != nil {
		web.RecordOf(r.Context()).Err = err
		http.Error(w, "500 the database does not answer", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write([]byte(figures(all)))
}

// figures are what is known of revocation, in the text format of Prometheus.
func figures(all []trust.Authority) string {
	var b strings.Builder
	begin := func(name, help string) string {
		fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name)
		return name
	}
	states := map[trust.State]int{}
	required, unknown := 0, 0
	for _, a := range all {
		states[a.State]++
		if a.Required() {
			required++
			if a.Unknown() {
				unknown++
			}
		}
	}
	name := begin("signet_revocation_authorities", "Authorities of login methods by how well their revocations are known.")
	for _, state := range trust.States() {
		fmt.Fprintf(&b, "%s{state=%s} %d\n", name, label(string(state)), states[state])
	}
	fmt.Fprintf(&b, "%s %d\n", begin("signet_revocation_required", "Authorities whose revocations must be known."), required)
	fmt.Fprintf(&b, "%s %d\n", begin("signet_revocation_required_unknown", "Authorities whose revocations must be known and are not: their certificates are refused."), unknown)
	for _, figure := range []struct {
		name, help string
		of         func(iam.RevocationList) float64
	}{
		{"signet_revocation_list_this_update_seconds", "When the last good list was made, since 1970; 0: none yet.", func(l iam.RevocationList) float64 { return seconds(l.ThisUpdate) }},
		{"signet_revocation_list_next_update_seconds", "Until when the last good list holds, since 1970; 0: none yet, or it does not say.", func(l iam.RevocationList) float64 { return seconds(l.NextUpdate) }},
		{"signet_revocation_list_fetched_seconds", "When the last good list came, since 1970; 0: none yet.", func(l iam.RevocationList) float64 { return seconds(l.FetchedAt) }},
		{"signet_revocation_list_next_try_seconds", "When the source is asked again, since 1970; 0: never by itself.", func(l iam.RevocationList) float64 { return seconds(l.NextTryAt) }},
		{"signet_revocation_list_entries", "Entries of the last good list.", func(l iam.RevocationList) float64 { return float64(l.Entries) }},
		{"signet_revocation_list_failures", "Tries in a row that have failed.", func(l iam.RevocationList) float64 { return float64(l.Failures) }},
	} {
		begin(figure.name, figure.help)
		for _, a := range all {
			for _, l := range a.Lists {
				fmt.Fprintf(&b, "%s{method=%s,authority=%s,subject=%s,source=%s} %s\n", figure.name, label(string(a.Provider.ID)), label(a.ID[:min(16, len(a.ID))]),
					label(a.Facts.Subject), label(l.Source), strconv.FormatFloat(figure.of(l), 'f', -1, 64))
			}
		}
	}
	return b.String()
}

func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

// label quotes the value of a label.
func label(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, "\"", `\"`, "\n", `\n`).Replace(strings.ToValidUTF8(text, "�")) + `"`
}
