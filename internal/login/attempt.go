package login

import (
	"bytes"
	"context"

	"signet/internal/iam"
	"signet/internal/store"
)

// Started is a new attempt and the ticket that travels to the certificate host.
type Started struct {
	Attempt iam.Attempt
	Ticket  iam.Secret
}

// StartAttempt begins an attempt with a method that lives on the certificate
// host, on the host that was chosen for it.
func (s *Service) StartAttempt(ctx context.Context, caller iam.Caller, id iam.LoginID, method iam.ProviderID, host string) (started Started, err error) {
	return s.StartAttemptOf(ctx, caller, id, method, host, "")
}

// StartAttemptOf is StartAttempt for one person, or for anybody where it is empty.
func (s *Service) StartAttemptOf(ctx context.Context, caller iam.Caller, id iam.LoginID, method iam.ProviderID, host string, chosen iam.UserID) (started Started, err error) {
	if err := s.admit(caller); err != nil {
		return Started{}, err
	}
	ticket := iam.NewSecret()
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		l, err := of(tx, caller, id)
		if err != nil {
			return err
		}
		allowed, err := offered(tx, l, method)
		if err != nil {
			return err
		}
		if !allowed {
			return iam.Forbidden(CauseNotOffered)
		}
		if l.State.Chosen != chosen {
			l.State.Chosen = chosen
			if err := tx.UpdateLogin(l); err != nil {
				return err
			}
			l.Step++
		}
		started = Started{Ticket: ticket, Attempt: iam.Attempt{
			ID: iam.NewAttemptID(), Login: l.ID, Step: l.Step, Provider: method, Browser: l.Browser, Host: host, TicketHash: ticket.Hash(),
			Trial:     l.Purpose == iam.PurposeTest,
			CreatedAt: tx.Now(), ExpiresAt: tx.Now().Add(attemptTTL),
		}}
		return tx.InsertAttempt(started.Attempt)
	})
	if refused := iam.AsError(err); refused != nil && refused.Cause == CauseNotOffered {
		return Started{}, s.Refuse(ctx, caller, id, method, CauseNotOffered)
	}
	return started, err
}

// Attempt returns the attempt whose ticket was brought to the certificate host,
// if it still waits for a certificate. Otherwise it records why not and returns
// an Error with that cause whose Params hold the Attempt.
func (s *Service) Attempt(ctx context.Context, caller iam.Caller, ticket iam.Secret) (a iam.Attempt, err error) {
	err = s.DB.Look(ctx, func(tx *store.Tx) error {
		a, err = tx.AttemptByTicket(ticket.Hash())
		return err
	})
	switch {
	case iam.IsNotFound(err):
		return a, s.refuseAttempt(ctx, caller, iam.Attempt{}, CauseAttemptUnknown)
	case err != nil:
		return a, err
	case !a.JudgedAt.IsZero():
		return a, s.refuseAttempt(ctx, caller, a, CauseAttemptUsed)
	case !a.ExpiresAt.After(s.DB.Now()):
		return a, s.refuseAttempt(ctx, caller, a, CauseAttemptExpired)
	}
	return a, nil
}

// Judged keeps what the certificate host found, evidence or a refusal, and
// returns the return ticket. It spends the ticket: of two that come at once one
// is refused.
func (s *Service) Judged(ctx context.Context, caller iam.Caller, a iam.Attempt, e *iam.Evidence, r *iam.Refusal) (iam.Secret, error) {
	back := iam.NewSecret()
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := tx.JudgeAttempt(a.TicketHash, back.Hash(), e, r); err != nil {
			return err
		}
		if err := remember(tx, e, r); err != nil {
			return err
		}
		if r == nil || a.Trial { // what came of a trial is told when the administrator sees it
			return nil
		}
		l, err := tx.Login(a.Login)
		if iam.IsNotFound(err) {
			l, err = iam.Login{Purpose: iam.PurposeSignIn}, nil
		}
		if err != nil {
			return err
		}
		// Told here and not when the browser comes back, because it may not.
		return s.recordRefusal(tx, caller, l, *r, "")
	})
	if iam.IsNotFound(err) {
		return "", s.refuseAttempt(ctx, caller, a, CauseAttemptUsed)
	}
	return back, err
}

// Return takes what an attempt found, for the browser that asked for it, once,
// and passes it into its login.
func (s *Service) Return(ctx context.Context, caller iam.Caller, ticket iam.Secret) (Outcome, error) {
	var out Outcome
	var cause string
	var taken iam.Attempt
	err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
		cause = ""
		if taken, err = tx.TakeAttempt(ticket.Hash(), caller.Browser.Hash()); err != nil {
			return err
		}
		l, err := of(tx, caller, taken.Login)
		if err != nil {
			return err
		}
		if l.Step != taken.Step {
			cause = CauseAttemptPassedBy
			return iam.Conflict(cause)
		}
		if l.Purpose == iam.PurposeTest {
			err = s.try(tx, caller, &l, taken)
		} else {
			err = s.take(tx, caller, &l, taken)
		}
		if err != nil {
			return err
		}
		out, err = s.settle(tx, caller, l)
		out.Attempt = taken
		return err
	})
	switch {
	case cause != "":
		return Outcome{}, s.refuseAttempt(ctx, caller, taken, cause)
	case iam.IsNotFound(err):
		return Outcome{}, s.refuseReturn(ctx, caller, ticket)
	}
	return out, err
}

// take puts what an attempt found on its login.
func (s *Service) take(tx *store.Tx, caller iam.Caller, l *iam.Login, taken iam.Attempt) error {
	if taken.Refusal != nil {
		var err error
		l.State.Refusal, err = expiredOf(tx, *l, taken.Refusal)
		return err
	}
	refusal, err := s.bind(tx, caller, l, *taken.Evidence, taken.ID, "")
	if err != nil {
		return err
	}
	if refusal != nil && refusal.Cause == CauseNotLinked && l.State.Unlinked != nil {
		// Whoever is known already and was asked to add an identifier has just done
		// what was asked: they are not refused but asked to confirm it.
		sit, err := situationOf(tx, caller, *l)
		if err != nil {
			return err
		}
		if Next(sit) == StepConfirm && (requires(sit.Missing, taken.Provider) || l.State.Expiring != "") {
			refusal = nil
		}
	}
	if l.State.Refusal = refusal; refusal == nil {
		return nil
	}
	return s.recordRefusal(tx, caller, *l, *refusal, "")
}

// refuseReturn finds out why a return ticket could not be taken.
func (s *Service) refuseReturn(ctx context.Context, caller iam.Caller, ticket iam.Secret) error {
	var a iam.Attempt
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		a, err = tx.AttemptByReturn(ticket.Hash())
		return err
	})
	switch {
	case iam.IsNotFound(err):
		return s.refuseAttempt(ctx, caller, iam.Attempt{}, CauseAttemptUnknown)
	case err != nil:
		return err
	case caller.Browser == "" || !bytes.Equal(a.Browser, caller.Browser.Hash()): // hashes: equality tells nothing
		return s.refuseAttempt(ctx, caller, a, CauseAttemptBrowser)
	case !a.SpentAt.IsZero():
		return s.refuseAttempt(ctx, caller, a, CauseAttemptUsed)
	default: // late, or its login is over
		return s.refuseAttempt(ctx, caller, a, CauseAttemptExpired)
	}
}

// refuseAttempt records a refusal outside of any login and returns it.
func (s *Service) refuseAttempt(ctx context.Context, caller iam.Caller, a iam.Attempt, cause string) error {
	if a.ID == "" {
		a.ID = iam.NewAttemptID()
	}
	err := s.Log.Record(ctx, caller, iam.Event{
		Kind: iam.EventSignInRefused, Outcome: iam.OutcomeRefused, Cause: cause, Provider: a.Provider, Attempt: a.ID,
	})
	if err != nil {
		return err
	}
	return iam.Forbidden(cause).In(a.ID)
}

// Refuse puts a refusal on a login, so that its page says so, and records it.
func (s *Service) Refuse(ctx context.Context, caller iam.Caller, id iam.LoginID, method iam.ProviderID, cause string) error {
	refusal := iam.Refusal{Attempt: iam.NewAttemptID(), Cause: cause, Provider: method}
	_, err := s.change(ctx, caller, id, func(tx *store.Tx, l *iam.Login) error {
		refusal.At = tx.Now()
		l.State.Refusal = &refusal
		return s.recordRefusal(tx, caller, *l, refusal, "")
	})
	if err != nil {
		return err
	}
	return iam.Forbidden(cause).In(refusal.Attempt)
}

// ProviderOfHost returns the login method whose attempt waits on a certificate
// host, so that the handshake can name its CAs.
func (s *Service) ProviderOfHost(ctx context.Context, host string) (id iam.ProviderID, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		id, err = tx.ProviderOfHost(host)
		return err
	})
	return id, err
}
