package web

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"signet/internal/iam"
)

// Hardening is what Harden does. The zero value is strict: no proxy is
// trusted, nothing is exempt from cross-origin protection.
type Hardening struct {
	Pages   *Pages           // draws error pages and knows the languages; required
	Log     *slog.Logger     // required
	Now     func() time.Time // required
	HSTS    time.Duration    // of Strict-Transport-Security; not sent where zero
	Trusted []netip.Prefix   // proxies that are believed about the client's address
	Address AddressHeader    // in which they tell it; X-Forwarded-For where empty
	// Bypass are patterns of net/http.ServeMux whose requests may come from
	// other origins: endpoints that authenticate the client by itself and never
	// by a cookie (token, revocation, introspection, form_post callbacks).
	Bypass []string
	// MaxBody caps the body of a request; 2 MiB where zero. Rooms lower it.
	MaxBody int64
}

const (
	defaultMaxBody = 2 << 20
	// maxTarget caps path and query; an authorization request with everything
	// in it stays far below.
	maxTarget = 16 << 10
)

// Harden wraps all routes of a listener: every request gets a record that is
// logged once, a recovery that never shows a stack, the security headers, caps
// on its size, and protection against requests that other sites' pages send.
func Harden(next http.Handler, with Hardening) http.Handler {
	if with.MaxBody == 0 {
		with.MaxBody = defaultMaxBody
	}
	protection := http.NewCrossOriginProtection()
	for _, pattern := range with.Bypass {
		protection.AddInsecureBypassPattern(pattern)
	}
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		Fail(w, r, iam.Forbidden("cross_origin"))
	}))
	return &hardened{Hardening: with, next: protection.Handler(next)}
}

type hardened struct {
	Hardening
	next http.Handler
}

func (h *hardened) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	record := &Record{
		ID:      strings.ToLower(rand.Text()[:16]),
		Method:  r.Method,
		Start:   h.Now(),
		Address: h.Hardening.Address.Client(r, h.Trusted),
		pages:   h.Pages,
	}
	answer := &response{ResponseWriter: w, record: record}
	r = withRecord(r, record)
	defer func() {
		record.Pattern = r.Pattern // the mux writes it into the request it was given
		record.log(r.Context(), h.Log, h.Now().Sub(record.Start))
	}()
	defer h.recover(answer, r)

	setSecurityHeaders(w.Header(), h.HSTS)
	if len(r.RequestURI) > maxTarget {
		answer.WriteHeader(http.StatusRequestURITooLong)
		return
	}
	r.Body = http.MaxBytesReader(answer, r.Body, h.MaxBody)
	h.next.ServeHTTP(answer, r)
}

// recover turns a panic into an error page with the request's id. The stack
// goes to the log only.
func (h *hardened) recover(w *response, r *http.Request) {
	value := recover()
	if value == nil {
		return
	}
	if err, ok := value.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(value) // the server's own way to drop a connection
	}
	h.Log.ErrorContext(r.Context(), "panic", "id", w.record.ID, "value", fmt.Sprint(value), "stack", string(debug.Stack()))
	if w.record.Status != 0 {
		w.record.Err = fmt.Errorf("panic after the answer had begun: %v", value)
		panic(http.ErrAbortHandler) // half an answer must not look whole
	}
	Fail(w, r, fmt.Errorf("panic: %v", value))
}

// response counts what is written for the record.
type response struct {
	http.ResponseWriter
	record *Record
}

// WriteHeader notes the first status.
func (w *response) WriteHeader(status int) {
	if w.record.Status == 0 && status >= http.StatusOK {
		w.record.Status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (w *response) Write(p []byte) (int, error) {
	if w.record.Status == 0 {
		w.record.Status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.record.Bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach what lies below.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
