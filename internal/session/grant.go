package session

import (
	"context"

	"signet/internal/iam"
	"signet/internal/store"
)

// Cause says why a code or a token was refused. It is for the event log: an
// application is told no more than the error code of the protocol.
type Cause string

// The causes.
const (
	CauseCodeUnknown        Cause = "code_unknown"
	CauseCodeSpent          Cause = "code_spent"
	CauseCodeExpired        Cause = "code_expired"
	CauseTokenUnknown       Cause = "token_unknown"
	CauseTokenSpent         Cause = "token_spent"
	CauseTokenExpired       Cause = "token_expired"
	CauseOtherApp           Cause = "of_another_application"
	CauseRedirectURI        Cause = "redirect_uri_differs"
	CauseVerifierMissing    Cause = "verifier_missing"
	CauseVerifierWrong      Cause = "verifier_wrong"
	CauseVerifierUnexpected Cause = "verifier_unexpected"
	CauseScope              Cause = "scope_too_wide"
	CauseGrantEnded         Cause = "grant_ended"
	CauseCertificateOver    Cause = "certificate_over"
	CausePerson             Cause = "person_not_active"
	CauseAppAuthentication  Cause = "application_not_authenticated"
)

//i18n:keys event.cause.* session.Cause

// refusal turns a cause into an error. Invalid, because a code or a token is
// input that cannot be used.
func (c Cause) refusal() *iam.Error { return &iam.Error{Kind: iam.KindInvalid, Cause: string(c)} }

// alive says why a grant gives nothing more, or "". The person is asked again
// although blocking ends every grant: two locks, because this one was forgotten
// by many (T39).
func alive(g iam.Grant, u iam.User) Cause {
	switch {
	case u.Status != iam.UserActive:
		return CausePerson
	case !g.EndedAt.IsZero():
		return CauseGrantEnded
	default:
		return ""
	}
}

// refuse records a refusal inside the transaction that found it.
func (s *Service) refuse(tx *store.Tx, caller iam.Caller, app iam.App, given store.Given, cause Cause) error {
	return s.Log.Write(tx, caller, iam.Event{
		Kind: iam.EventTokenRefused, Outcome: iam.OutcomeRefused, Cause: string(cause), App: app.ID, Org: app.Org,
		User: given.User.ID, UserLogin: given.User.Login, Session: given.Grant.Session, Identity: given.Grant.Identity,
	})
}

// reused ends a grant of which something was presented a second time: the first
// or the second was a thief, and it is not known which (RFC 9700, section 4.14.2).
func (s *Service) reused(tx *store.Tx, caller iam.Caller, app iam.App, given store.Given, cause Cause) error {
	if err := tx.EndGrant(given.Grant.ID, iam.EndReuse); err != nil {
		return err
	}
	return s.Log.Write(tx, caller, iam.Event{
		Kind: iam.EventTokenReuse, Outcome: iam.OutcomeRefused, Cause: string(cause), App: app.ID, Org: app.Org,
		User: given.User.ID, UserLogin: given.User.Login, Session: given.Grant.Session, Identity: given.Grant.Identity,
	})
}

// RefuseApp records that somebody who calls themselves an application could not
// prove it, and why where that was by a certificate.
func (s *Service) RefuseApp(ctx context.Context, caller iam.Caller, app iam.App, why string) error {
	e := iam.Event{Kind: iam.EventTokenRefused, Outcome: iam.OutcomeRefused, Cause: string(CauseAppAuthentication), App: app.ID, Org: app.Org}
	if why != "" {
		e.Details = map[string]string{"client_certificate": why}
	}
	return s.Log.Record(ctx, caller, e)
}
