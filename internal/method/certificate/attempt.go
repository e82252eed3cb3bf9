package certificate

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/trust"
)

// CauseInternal is the refusal where something of ours is broken. What is wrong
// stands in the log.
const CauseInternal = "internal"

// attempt takes what was shown for the attempt of the ticket
// and sends the person back, whatever happens: to the login, or, where there is
// none to go back to, to a page that says why.
func (h *Host) attempt(w http.ResponseWriter, r *http.Request, rec *record, ticket string, judged judgement) {
	ctx, caller := r.Context(), callerOf(r, rec)
	var a iam.Attempt
	defer func() {
		if value := recover(); value != nil {
			h.fault(ctx, w, rec, caller, a, fmt.Errorf("panic: %v\n%s", value, debug.Stack()))
		}
	}()

	a, err := h.Login.Attempt(ctx, caller, iam.Secret(ticket))
	rec.attempt = string(a.ID)
	if err != nil {
		h.refused(ctx, w, rec, caller, a, err)
		return
	}
	if h.Hosts.Match(a.Host) && normal(a.Host) != normal(r.Host) {
		// The browser chose its certificate for another name, under which other CAs
		// may have been named.
		rec.redirect(w, h.Hosts.AttemptURL(a.Host, iam.Secret(ticket)))
		return
	}
	evidence, refusal := judged(ctx, a)
	back, err := h.Login.Judged(ctx, caller, a, evidence, refusal)
	if err != nil {
		h.refused(ctx, w, rec, caller, a, err)
		return
	}
	rec.outcome = string(iam.OutcomeDone)
	if refusal != nil {
		rec.outcome, rec.cause = string(iam.OutcomeRefused), refusal.Cause
	}
	rec.redirect(w, h.Issuer+"/signin/"+url.PathEscape(string(a.Login))+"/return/"+url.PathEscape(string(back)))
}

// judge turns what the connection was shown into evidence or a refusal. The
// method is the one that the ticket was made for, as it is configured now.
func (h *Host) judge(ctx context.Context, rec *record, a iam.Attempt, presented []*x509.Certificate) (*iam.Evidence, *iam.Refusal) {
	now := h.Now().UTC()
	refuse := func(cause string, shown *iam.Certificate) *iam.Refusal { return refusalOf(a, cause, shown, now) }
	method, refusal := h.method(ctx, rec, a)
	if refusal != nil {
		return nil, refusal
	}
	judged, err := h.Trust.Judge(ctx, method, presented, now)
	if err != nil {
		rec.err = err
		return nil, refuse(CauseInternal, nil)
	}
	var checks []iam.Check // for whoever tries a method out; others have no use for them
	if a.Trial {
		checks = judged.Checks()
	}
	switch {
	case judged.Evidence != nil:
		judged.Evidence.Checks = checks
		return judged.Evidence, nil
	case judged.Verdict.Cause == cert.CauseNone:
		rec.err = errors.New("a verdict has neither a cause nor a path")
		return nil, refuse(CauseInternal, judged.Certificate)
	}
	refusal = withFacts(refuse(string(judged.Verdict.Cause), judged.Certificate), judged.Verdict.Revocation, judged.Answers)
	refusal.Checks, refusal.Presented = checks, trust.Raw(presented)
	if !a.Trial {
		h.justExpired(ctx, method, judged.Policy, presented, judged.Verdict, now, refusal)
	}
	return nil, refusal
}

// withFacts tells with a refusal for revocation who said what, and when: for the
// page and for the event.
func withFacts(r *iam.Refusal, err error, told []trust.Answer) *iam.Refusal {
	if err == nil || len(told) == 0 {
		return r
	}
	last := told[len(told)-1] // the one at which it ended
	r.Params = last.Facts()
	if len(told) > 1 {
		r.Params["subject"] = last.Subject // a CA of the path, not the person's
	}
	return r
}

// method returns the method of an attempt as it is configured now.
func (h *Host) method(ctx context.Context, rec *record, a iam.Attempt) (iam.Provider, *iam.Refusal) {
	method, err := h.Providers.Provider(ctx, a.Provider)
	switch {
	case iam.IsNotFound(err), err == nil && (method.Type != iam.ProviderCertificate || method.Settings.Certificate == nil):
		return method, refusalOf(a, login.CauseNotOffered, nil, h.Now()) // removed since, or never one of ours
	case err != nil:
		rec.err = err
		return method, refusalOf(a, CauseInternal, nil, h.Now())
	}
	return method, nil
}

// refused sends the person to the page of an attempt that login refused.
func (h *Host) refused(ctx context.Context, w http.ResponseWriter, rec *record, caller iam.Caller, a iam.Attempt, err error) {
	e := iam.AsError(err)
	if e == nil || e.Params["Attempt"] == "" {
		h.fault(ctx, w, rec, caller, a, err)
		return
	}
	rec.outcome, rec.cause, rec.attempt = string(iam.OutcomeRefused), e.Cause, e.Params["Attempt"]
	rec.redirect(w, h.refusalURL(e.Params["Attempt"]))
}

// fault sends the person to the page of an attempt that failed by a fault of
// ours. Nothing was accepted, and the event log is told so, if that still works.
func (h *Host) fault(ctx context.Context, w http.ResponseWriter, rec *record, caller iam.Caller, a iam.Attempt, err error) {
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		rec.cause = "gone" // the person closed the window: no fault, and nobody to answer
		return
	}
	if a.ID == "" {
		a.ID = iam.NewAttemptID()
	}
	recorded := h.Login.Log.Record(ctx, caller, iam.Event{
		Kind: iam.EventSignInRefused, Outcome: iam.OutcomeRefused, Cause: CauseInternal, Provider: a.Provider, Attempt: a.ID,
	})
	rec.outcome, rec.cause, rec.attempt, rec.err = string(iam.OutcomeRefused), CauseInternal, string(a.ID), errors.Join(err, recorded)
	rec.redirect(w, h.refusalURL(string(a.ID)))
}

func (h *Host) refusalURL(attempt string) string {
	return h.Issuer + "/signin/refused/" + url.PathEscape(attempt)
}
