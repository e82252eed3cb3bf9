package certificate

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"

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
	policy, err := h.Trust.Policy(ctx, method)
	if err != nil {
		rec.err = err
		return nil, refuse(CauseInternal, nil)
	}
	var told []trust.Answer
	verdict := cert.Judge(policy, presented, now, h.Trust.Revoked(ctx, method, now, &told))
	shown := trust.Kept(verdict)
	switch {
	case verdict.Accepted():
	case verdict.Cause == cert.CauseNone:
		rec.err = errors.New("a verdict has neither a cause nor a path")
		return nil, refuse(CauseInternal, shown)
	default:
		refusal := withFacts(refuse(string(verdict.Cause), shown), verdict.Revocation, told)
		refusal.Checks = checksOf(a, verdict)
		if !a.Trial {
			h.justExpired(ctx, method, policy, presented, verdict, now, refusal)
		}
		return nil, refusal
	}
	assured := trust.AssuranceOf(*method.Settings.Certificate, verdict)
	return &iam.Evidence{
		Checks: append(checksOf(a, verdict), assuranceCheck(a, assured)...),
		Type:   iam.ProviderCertificate, Provider: a.Provider, At: now, ACR: assured.ACR, AMR: assured.AMR, Strength: assured.Strength,
		Key: string(verdict.Key), Certificate: shown, RevocationUnknown: unknownOf(told), Names: namesFor(method, verdict.Chain[0]),
	}, nil
}

// namesFor returns the names on an accepted certificate, where the method finds
// people by names.
func namesFor(method iam.Provider, leaf *x509.Certificate) (names []iam.CertificateName) {
	if len(method.Settings.Certificate.Mapping) == 0 {
		return nil
	}
	v := cert.Names(leaf)
	for source, values := range map[iam.NameSource][]string{iam.NameEmail: v.Emails, iam.NameUPN: v.UPNs, iam.NameURI: v.URIs} {
		for _, value := range values {
			names = append(names, iam.CertificateName{Source: source, Value: value})
		}
	}
	for _, a := range v.Subject {
		names = append(names, iam.CertificateName{Source: iam.NameSubject, Attribute: a.Type, Value: a.Value})
	}
	return names
}

// checksOf are the checks of a verdict, for whoever tries a method out. Others
// have no use for them.
func checksOf(a iam.Attempt, v cert.Verdict) (all []iam.Check) {
	if !a.Trial {
		return nil
	}
	for _, c := range v.Checks {
		all = append(all, iam.Check{Name: c.Name, OK: c.OK, Detail: c.Detail, Source: c.Source})
	}
	return all
}

// assuranceCheck says, to whoever tries a method out, what a sign-in with the
// certificate would count for.
func assuranceCheck(a iam.Attempt, assured iam.Assurance) []iam.Check {
	if !a.Trial {
		return nil
	}
	return []iam.Check{{
		Name: "assurance", OK: true, Source: "OpenID Connect Core, section 2, and RFC 8176",
		Detail: fmt.Sprintf("counts for %d factor(s): acr %s, amr %s", assured.Strength.Factors(), assured.ACR, strings.Join(assured.AMR, " ")),
	}}
}

// unknownOf says why the revocation of an accepted path is not known, or "".
func unknownOf(told []trust.Answer) string {
	for _, a := range told {
		if a.Unknown != nil {
			return a.Facts()["unknown"]
		}
	}
	return ""
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
