package certificate

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/provider"
	"signet/internal/trust"
)

// Host is the certificate host. All fields are required unless said otherwise.
type Host struct {
	// Issuer is the address of the main host, where every answer leads back to.
	Issuer    string
	Hosts     Hosts
	Login     *login.Service
	Providers *provider.Service
	Trust     *trust.Service
	Log       *slog.Logger
	Now       func() time.Time
	// Certificate answers for the names of Hosts. It is asked for every handshake,
	// so that a changed certificate needs no restart.
	Certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	// HSTS is the life of Strict-Transport-Security; not sent where zero.
	HSTS time.Duration
}

// outside is the answer to everything that is not under /api/mtls, word for word
// as the mission document has it (row S20).
const outside = "mTLS endpoints only. Use port 443 for regular access."

// Handler answers the requests of the certificate host. It must be served behind
// TLSConfig. Cookies are neither read nor set: a browser is known by its ticket.
func (h *Host) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := h.newRecord(r)
		defer h.log(r.Context(), rec)
		h.setHeaders(w.Header())
		if !namesAgree(r.TLS, r.Host) {
			rec.answer(w, http.StatusMisdirectedRequest, "421 Misdirected Request: this connection was made for another name.\n")
			return
		}
		h.serve(w, r, rec, func(ctx context.Context, a iam.Attempt) (*iam.Evidence, *iam.Refusal) {
			return h.judge(ctx, rec, a, r.TLS.PeerCertificates)
		})
	})
}

// judgement says what an attempt was shown: evidence or a refusal.
type judgement func(context.Context, iam.Attempt) (*iam.Evidence, *iam.Refusal)

// serve answers a request, wherever its certificate comes from.
func (h *Host) serve(w http.ResponseWriter, r *http.Request, rec *record, judged judgement) {
	ticket, isAttempt := attemptTicket(r.URL.Path)
	switch {
	case !IsAttemptPath(r.URL.Path):
		rec.answer(w, http.StatusNotFound, outside)
	case !h.Hosts.Match(r.Host):
		rec.answer(w, http.StatusMisdirectedRequest, "421 Misdirected Request: this server has no such name.\n")
	case !isAttempt:
		rec.answer(w, http.StatusNotFound, "404 Not Found: there is no such mTLS endpoint.\n")
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		rec.answer(w, http.StatusMethodNotAllowed, "405 Method Not Allowed: attempts are made by navigation.\n")
	case !isNavigation(r.Header):
		rec.answer(w, http.StatusForbidden, "403 Forbidden: attempts are made by navigation of the whole window.\n")
	default:
		rec.route = attemptPath + "{ticket}"
		h.attempt(w, r, rec, ticket, judged)
	}
}

// IsAttemptPath reports whether a path is for the certificate host.
func IsAttemptPath(path string) bool {
	return path == "/api/mtls" || strings.HasPrefix(path, "/api/mtls/")
}

// setHeaders sets what every answer carries.
func (h *Host) setHeaders(header http.Header) {
	// A kept connection would answer the next attempt with the certificate of this
	// one, although the person has been told to choose another.
	header.Set("Connection", "close")
	header.Set("Cache-Control", "no-store")
	// The address holds a ticket.
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	if h.HSTS > 0 {
		header.Set("Strict-Transport-Security", "max-age="+strconv.Itoa(int(h.HSTS/time.Second)))
	}
}

// attemptTicket returns the ticket of an attempt's path.
func attemptTicket(path string) (string, bool) {
	ticket, ok := strings.CutPrefix(path, attemptPath)
	return ticket, ok && ticket != "" && !strings.Contains(ticket, "/")
}

// namesAgree reports whether a request is for the name that its connection was
// made for (RFC 9110, section 7.4). If they could differ, a connection that was
// greeted by the rules of one name would carry requests to another
// (CVE-2026-48491, CVE-2025-23419). Letters of either case are the same name; a
// trailing dot is not, because no browser sends one in the handshake.
func namesAgree(state *tls.ConnectionState, host string) bool {
	if state == nil {
		return false // not TLS: nothing was asked for
	}
	name := strings.ToLower(nameOf(host))
	if state.ServerName == "" {
		// An address is not sent as a server name (RFC 6066, section 3).
		_, err := netip.ParseAddr(strings.Trim(name, "[]"))
		return err == nil
	}
	return name == strings.ToLower(state.ServerName)
}

// isNavigation reports whether a request could be a person's window going
// somewhere, as far as the browser says (Fetch Metadata Request Headers, section
// 2). A certificate is sent by itself, as cookies once were: without this, any
// page could make a browser use it, in a frame or an image (CVE-2025-54286).
// What a page merely prefetches must not spend a ticket.
func isNavigation(header http.Header) bool {
	for name, want := range map[string]string{"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"} {
		for _, got := range header.Values(name) {
			if got != want {
				return false
			}
		}
	}
	return len(header.Values("Sec-Purpose")) == 0 && len(header.Values("Purpose")) == 0
}
