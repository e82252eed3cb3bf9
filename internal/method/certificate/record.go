package certificate

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"signet/internal/iam"
	"signet/internal/web"
)

// record is what the log says of one request. It has no field for the path, so
// that no ticket is logged. The names are those of the main host's records.
type record struct {
	id      string
	method  string
	route   string
	status  int
	start   time.Time
	address netip.Addr
	attempt string
	outcome string
	cause   string
	err     error // for the log only
}

func (h *Host) newRecord(r *http.Request) *record {
	return &record{
		id: iam.NewID()[:16], method: r.Method, start: h.Now(),
		// No proxy is trusted here: what ends TLS before us could not deliver the
		// certificate of the connection.
		address: web.ClientAddress(r, nil),
	}
}

// answer writes a short text for programs and curious people; nobody who signs
// in is sent here.
func (rec *record) answer(w http.ResponseWriter, status int, text string) {
	rec.status = status
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // the client may be gone
}

// redirect leads on, without the body that net/http would repeat the ticket in.
func (rec *record) redirect(w http.ResponseWriter, to string) {
	rec.status = http.StatusSeeOther
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}

func (h *Host) log(ctx context.Context, rec *record) {
	level := slog.LevelInfo
	if rec.err != nil {
		level = slog.LevelError
	}
	attrs := []slog.Attr{
		slog.String("id", rec.id), slog.String("method", rec.method), slog.String("route", rec.route), slog.Int("status", rec.status),
		slog.Duration("took", h.Now().Sub(rec.start)), slog.String("client", rec.address.String()),
	}
	for _, field := range []struct{ name, value string }{{"attempt", rec.attempt}, {"outcome", rec.outcome}, {"cause", rec.cause}} {
		if field.value != "" {
			attrs = append(attrs, slog.String(field.name, field.value))
		}
	}
	if rec.err != nil {
		attrs = append(attrs, slog.String("error", rec.err.Error()))
	}
	h.Log.LogAttrs(ctx, level, "request", attrs...)
}

// callerOf says who makes a request: a visitor at an address. Whoever it is
// proves it with the certificate, and login remembers which browser began.
func callerOf(r *http.Request, rec *record) iam.Caller {
	agent := r.UserAgent()
	if len(agent) > 512 {
		agent = agent[:512]
	}
	return iam.Caller{Address: rec.address, UserAgent: strings.ToValidUTF8(agent, ""), Request: rec.id}
}
