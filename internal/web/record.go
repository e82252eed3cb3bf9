package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"signet/internal/i18n"
)

// Record is what is known about one request. There is one per request; Harden
// makes it, rooms fill it on the way, and it is logged once at the end. It has
// no field for a query string, a form or a ticket, so that none is logged.
//
// It belongs to the goroutine that serves the request.
type Record struct {
	ID      string     // shown on error pages, so that a report finds the line in the log
	Method  string     // of HTTP
	Pattern string     // the route that matched, never the path: paths hold identifiers
	Status  int        // of the answer
	Bytes   int64      // of the answer's body
	Start   time.Time  // when the request arrived
	Address netip.Addr // of the client, trusted proxies taken off
	Login   string     // the login transaction
	Attempt string     // the attempt to prove something; people read it on refusals
	User    string     // the person's id
	App     string     // the application's id
	Outcome string     // what the room decided
	Cause   string     // of a refusal
	Err     error      // for the log only
	Locale  string     // the language in the person's account, a preference of the page
	Locales string     // ui_locales of the application that asks, a preference of the page
	// At is the path of the page that answers, where it is not the one that was asked
	// for. A switch of language leads there, and a browser with scripts shows it: who
	// reloads, comes back or keeps a bookmark asks for the page and not once more for
	// what led to it, and what stood in that address is in no history.
	At       string
	pages    *Pages
	explicit *i18n.Printer // set by the gallery: this language and no other
}

type recordKey struct{}

// RecordOf returns the record of the request. Where there is none (a test that
// calls a handler directly) it is an empty one that nobody logs.
func RecordOf(ctx context.Context) *Record {
	if record, ok := ctx.Value(recordKey{}).(*Record); ok {
		return record
	}
	return &Record{}
}

// withRecord returns the request with the record in its context.
func withRecord(r *http.Request, record *Record) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), recordKey{}, record))
}

// ClientAddr returns the address of the client of this request, with trusted
// proxies taken off. It is not valid where the connection has none.
func ClientAddr(ctx context.Context) netip.Addr { return RecordOf(ctx).Address }

// log writes the record. Faults of ours are errors; everything that clients do
// is information.
func (rec *Record) log(ctx context.Context, logger *slog.Logger, took time.Duration) {
	level := slog.LevelInfo
	if rec.Status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	if !logger.Enabled(ctx, level) {
		return
	}
	attrs := make([]slog.Attr, 0, 16)
	attrs = append(attrs,
		slog.String("id", rec.ID),
		slog.String("method", rec.Method),
		slog.String("route", rec.Pattern),
		slog.Int("status", rec.Status),
		slog.Int64("bytes", rec.Bytes),
		slog.Duration("took", took),
		slog.String("client", rec.Address.String()),
	)
	for _, field := range []struct{ name, value string }{
		{"login", rec.Login}, {"attempt", rec.Attempt}, {"user", rec.User}, {"app", rec.App},
		{"outcome", rec.Outcome}, {"cause", rec.Cause},
	} {
		if field.value != "" {
			attrs = append(attrs, slog.String(field.name, field.value))
		}
	}
	if rec.Err != nil {
		attrs = append(attrs, slog.String("error", rec.Err.Error()))
	}
	logger.LogAttrs(ctx, level, "request", attrs...)
}
