package certificate

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"signet/internal/iam"
	"signet/internal/login"
)

// watchEvery is how often at the most the event log is told of headers that
// nobody may send, so that who sends them cannot fill it.
const watchEvery = time.Minute

// Watch takes headers that speak of certificates off the requests of a listener
// where nobody may send them: nothing behind it can read them by mistake. It
// counts them and tells of them (CVE-2026-35616, CVE-2024-10039).
type Watch struct {
	Record func(context.Context, iam.Caller, iam.Event) error
	Log    *slog.Logger
	Now    func() time.Time

	mu    sync.Mutex
	count int       // since the last one that was told; under mu
	told  time.Time // under mu
}

// Handler wraps a listener's handler.
func (s *Watch) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if clean := without(r.Header); clean != nil {
			s.saw(r)
			r = r.Clone(r.Context())
			r.Header = clean
		}
		next.ServeHTTP(w, r)
	})
}

// Strip wraps a handler that must not see such headers, although who sends them
// may: the proxy, to the main site.
func (s *Watch) Strip(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if clean := without(r.Header); clean != nil {
			r = r.Clone(r.Context())
			r.Header = clean
		}
		next.ServeHTTP(w, r)
	})
}

// without returns the headers without those of certificates; nil where there
// are none.
func without(header http.Header) http.Header {
	var clean http.Header
	for name := range header {
		if isCertificateHeader(name) {
			if clean == nil {
				clean = header.Clone()
			}
			delete(clean, name)
		}
	}
	return clean
}

func (s *Watch) saw(r *http.Request) {
	s.mu.Lock()
	s.count++
	count, due := s.count, s.told.IsZero() || s.Now().Sub(s.told) >= watchEvery
	if due {
		s.count, s.told = 0, s.Now()
	}
	s.mu.Unlock()
	if !due {
		return
	}
	rec := (&Host{Now: s.Now}).newRecord(r)
	s.Log.WarnContext(r.Context(), "certificate headers came from where nobody may send them, and were ignored", "client", rec.address.String(), "times", count)
	if err := s.Record(r.Context(), callerOf(r, rec), iam.Event{
		Kind: iam.EventHeaderRefused, Outcome: iam.OutcomeRefused, Cause: login.CauseUntrustedPeer, Details: map[string]string{"times": strconv.Itoa(count)},
	}); err != nil {
		s.Log.ErrorContext(r.Context(), "record refused headers", "error", err)
	}
}
