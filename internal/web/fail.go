package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"signet/internal/i18n"
	"signet/internal/iam"
)

//i18n:keys error.kind.* iam.Kind internal too_large method
//i18n:keys web.failure.title.* iam.Kind internal too_large method
//i18n:keys web.failure.next.* iam.Kind internal too_large method

// errPageNotFound is the refusal of a path that no room knows.
var errPageNotFound = iam.NotFound("page")

// Failure is what the error page shows.
type Failure struct {
	Why     string // what is wrong, in words
	Next    string // what the person can do
	Request string // the id under which the log knows it
	Attempt string // the id of the attempt, where there was one
}

// kindOf sorts every error: the kinds of iam, a body that is too large, and
// "internal" for all that nobody foresaw.
func kindOf(err error) string {
	if refusal := iam.AsError(err); refusal != nil {
		return string(refusal.Kind)
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return "too_large"
	}
	return "internal"
}

// statusOf is the one place where a kind of error becomes a status.
func statusOf(kind string) int {
	switch kind {
	case string(iam.KindInvalid):
		return http.StatusBadRequest
	case string(iam.KindNotFound):
		return http.StatusNotFound
	case string(iam.KindConflict):
		return http.StatusConflict
	case string(iam.KindForbidden):
		return http.StatusForbidden
	case string(iam.KindUnauthenticated):
		return http.StatusUnauthorized
	case string(iam.KindLimited):
		return http.StatusTooManyRequests
	case "too_large":
		return http.StatusRequestEntityTooLarge
	case "method":
		return http.StatusMethodNotAllowed
	default:
		return http.StatusInternalServerError
	}
}

// Explain returns the sentence for an error: the one of its cause
// ("error.<cause>"), or, where that is not written, the one of its kind. It
// never shows the error itself.
func Explain(printer *i18n.Printer, err error) string {
	if refusal := iam.AsError(err); refusal != nil && printer.Has("error."+refusal.Cause) {
		pairs := make([]any, 0, 2*len(refusal.Params))
		for name, value := range refusal.Params {
			if strings.HasSuffix(name, "Ratio") { // the only ones with decimals
				value = printer.Decimal(value)
			}
			pairs = append(pairs, name, value)
		}
		return printer.T("error."+refusal.Cause, pairs...)
	}
	return printer.T("error.kind." + kindOf(err))
}

// Fail answers with an error: a page that says what happened, why and what
// next, or JSON where the client asked for JSON and not for a page. The error
// goes into the record; its text never goes into the answer.
func Fail(w http.ResponseWriter, r *http.Request, err error) {
	fail(w, r, err, kindOf(err), wantsJSON(r))
}

// FailJSON is Fail for endpoints that only programs call.
func FailJSON(w http.ResponseWriter, r *http.Request, err error) {
	fail(w, r, err, kindOf(err), true)
}

// wantsJSON reads the Accept header as a preference for one of the two forms.
func wantsJSON(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}

func fail(w http.ResponseWriter, r *http.Request, err error, kind string, asJSON bool) {
	record := RecordOf(r.Context())
	record.Outcome = "error"
	record.Err = err
	refusal := iam.AsError(err)
	if refusal != nil {
		record.Cause = refusal.Cause
	}
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		// The client left: nobody reads an answer, and it is no fault of ours.
		record.Outcome, record.Status = "gone", 499
		return
	}
	printer := Language(r)
	status := statusOf(kind)
	if status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "60") // RFC 9110, section 10.2.3
	}
	switch {
	case asJSON:
		failJSON(w, printer, status, kind, refusal, record.ID)
	case record.pages == nil:
		http.Error(w, http.StatusText(status), status)
	default:
		record.pages.failure.Show(w, r, status, View{TitleKey: "web.failure.title." + kind}, Failure{
			Why:     Explain(printer, err),
			Next:    printer.T("web.failure.next." + kind),
			Request: record.ID,
			Attempt: record.Attempt,
		})
	}
}

// failJSON writes the error for programs: the code is stable, the message is
// for people who read logs.
func failJSON(w http.ResponseWriter, printer *i18n.Printer, status int, kind string, refusal *iam.Error, request string) {
	type body struct {
		Kind    string `json:"kind"`
		Cause   string `json:"cause,omitempty"`
		Field   string `json:"field,omitempty"`
		Message string `json:"message"`
		Request string `json:"request,omitempty"`
	}
	b := body{Kind: kind, Message: printer.T("error.kind." + kind), Request: request}
	if refusal != nil {
		b.Cause, b.Field, b.Message = refusal.Cause, refusal.Field, Explain(printer, refusal)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]body{"error": b}) // a client that left is no fault
}

// unknown answers requests that no route of the mux takes: 405 where the path
// exists with another method, 404 otherwise.
func unknown(mux *http.ServeMux) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if allowed := otherMethods(mux, r); len(allowed) > 0 {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			fail(w, r, errPageNotFound, "method", wantsJSON(r))
			return
		}
		Fail(w, r, errPageNotFound)
	}
}

// otherMethods lists the methods that the path of r takes.
func otherMethods(mux *http.ServeMux, r *http.Request) []string {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if method == r.Method {
			continue
		}
		probe := &http.Request{Method: method, URL: r.URL, Host: r.Host}
		if _, pattern := mux.Handler(probe); pattern != "" && pattern != "/" {
			allowed = append(allowed, method)
		}
	}
	return allowed
}
