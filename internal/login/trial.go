package login

import (
	"context"

	"signet/internal/iam"
	"signet/internal/store"
)

// Trying a login method out is a login with the purpose PurposeTest: the same
// certificate host, the same judgement, the same tickets. Where a sign-in would
// bind what was shown to a person, it only says whose it is: no identifier is
// used or linked, no session is opened.

// mayTest asks whether the caller may try a method out: those who may change it.
func (s *Service) mayTest(ctx context.Context, caller iam.Caller, id iam.ProviderID) error {
	if caller.User == "" {
		return &iam.Error{Kind: iam.KindUnauthenticated, Cause: "sign_in_needed"}
	}
	var p iam.Provider
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		p, err = tx.Provider(id)
		return err
	})
	switch {
	case err != nil:
		return err
	case p.Type != iam.ProviderCertificate:
		return iam.NotFound("provider")
	}
	err = s.Log.Denied(ctx, caller, iam.EditProviders, p.Scope)
	if iam.KindOf(err) == iam.KindForbidden { // logged; that there is such a method is no concern of theirs
		return iam.NotFound("provider")
	}
	return err
}

// try keeps what came of a trial on its login, and tells the event log.
func (s *Service) try(tx *store.Tx, caller iam.Caller, l *iam.Login, taken iam.Attempt) error {
	p, err := tx.Provider(taken.Provider)
	if err != nil {
		return err
	}
	if err := caller.Require(iam.EditProviders, p.Scope); err != nil { // may have been taken since
		return err
	}
	t := iam.Trial{Attempt: taken.ID, At: tx.Now()}
	switch {
	case taken.Refusal != nil:
		t.Cause, t.Certificate, t.Checks = taken.Refusal.Cause, taken.Refusal.Certificate, taken.Refusal.Checks
	default:
		t.Certificate, t.Checks = taken.Evidence.Certificate, taken.Evidence.Checks
		f, err := fate(tx, s.Directory, p, *taken.Evidence)
		if err != nil {
			return err
		}
		t.User, t.Cause, t.Tried = f.User.ID, f.Cause, f.Tried
	}
	l.State.Trial = &t
	e := iam.Event{
		Kind: iam.EventProviderTested, Cause: t.Cause, User: caller.User, Provider: p.ID, Org: p.Scope.Org, App: p.Scope.App, Attempt: t.Attempt,
		Certificate: t.Certificate, Details: map[string]string{"name": p.Name},
	}
	if t.Cause != "" {
		e.Outcome = iam.OutcomeRefused
	}
	return s.Log.Write(tx, caller, e)
}
