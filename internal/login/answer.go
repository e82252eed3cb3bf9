package login

import (
	"context"
	"errors"
	"slices"

	"signet/internal/iam"
	"signet/internal/session"
	"signet/internal/store"
	"signet/internal/trust"
)

// GoOn takes the refusal off a login, so that the person can choose anew. A
// certificate that waits to be linked keeps waiting unless the person leaves it.
func (s *Service) GoOn(ctx context.Context, caller iam.Caller, id iam.LoginID, leave bool) (Outcome, error) {
	return s.change(ctx, caller, id, func(tx *store.Tx, l *iam.Login) error {
		if (l.State.Renews != "" || l.State.Creates) && l.State.Unlinked != nil {
			// Kept to renew, or to make an account, which asks less than to link: without this line somebody
			// whose method lets only administrators link would link by turning it down.
			p, err := tx.Provider(l.State.Unlinked.Provider)
			if err != nil && !iam.IsNotFound(err) {
				return err
			}
			leave = leave || p.Settings.Certificate == nil || p.Settings.Certificate.Linking() != iam.LinkingSignIn
		}
		l.State.Refusal, l.State.Renews, l.State.Creates = nil, "", false
		if leave {
			forget(l)
		}
		return nil
	})
}

// Confirm links the certificate that waits in the login to its person.
func (s *Service) Confirm(ctx context.Context, caller iam.Caller, id iam.LoginID) (Outcome, error) {
	return s.change(ctx, caller, id, func(tx *store.Tx, l *iam.Login) error {
		sit, err := situationOf(tx, caller, *l)
		if err != nil {
			return err
		}
		if Next(sit) != StepConfirm {
			return iam.Conflict("login_moved_on")
		}
		// The person of a linking login was asked for by the caller's session, which
		// may have ended since.
		if sit.User == nil || sit.User.Status != iam.UserActive {
			return iam.Forbidden(CauseUserBlocked)
		}
		if gone, err := s.gone(tx, caller, l, sit.User.ID); err != nil || gone {
			return err
		}
		return s.linkWaiting(tx, caller, l, sit.User.ID)
	})
}

// gone reports whether the certificate that waits in the login can no longer be
// linked; then its refusal stands on the login.
func (s *Service) gone(tx *store.Tx, caller iam.Caller, l *iam.Login, user iam.UserID) (bool, error) {
	e := *l.State.Unlinked
	p, err := tx.Provider(e.Provider)
	if err != nil {
		return false, err
	}
	// The certificate may have waited for an hour.
	cause, err := outdated(tx, *l, p, e)
	if err != nil || cause == "" {
		return false, err
	}
	return true, s.refuseWaiting(tx, caller, l, cause, user)
}

// linkWaiting links the certificate that waits in the login to the person, and
// counts it as a proof.
func (s *Service) linkWaiting(tx *store.Tx, caller iam.Caller, l *iam.Login, user iam.UserID) error {
	e, attempt := *l.State.Unlinked, l.State.UnlinkedAttempt
	p, err := tx.Provider(e.Provider)
	if err != nil {
		return err
	}
	linked, err := s.Identities.Link(tx, caller, user, p, e, attempt)
	var conflict *iam.Error
	if errors.As(err, &conflict) && conflict.Kind == iam.KindConflict {
		// Somebody was faster between the page and the button.
		return s.refuseWaiting(tx, caller, l, conflict.Cause, user)
	}
	if err != nil {
		return err
	}
	if l.Purpose == iam.PurposeSignIn {
		l.User = user
		l.State.Proofs = append(l.State.Proofs, proofOf(e, linked.ID, attempt))
		if err := tx.UseIdentity(linked.ID, l.App, e.Certificate); err != nil {
			return err
		}
	}
	l.State.Linked = linked.ID
	forget(l)
	return nil
}

// refuseWaiting takes the certificate that waits off the login and says why.
func (s *Service) refuseWaiting(tx *store.Tx, caller iam.Caller, l *iam.Login, cause string, user iam.UserID) error {
	e, attempt := *l.State.Unlinked, l.State.UnlinkedAttempt
	forget(l)
	l.State.Refusal = &iam.Refusal{Attempt: attempt, Cause: cause, Provider: e.Provider, Certificate: e.Certificate, At: tx.Now()}
	return s.recordRefusal(tx, caller, *l, *l.State.Refusal, user)
}

// outdated says why evidence that waited can no longer be linked, or "". Which
// CAs the method trusts, what it asks of certificates and which are revoked is not
// known here: any change of it since the certificate was judged sends the person
// back there.
func outdated(tx *store.Tx, l iam.Login, p iam.Provider, e iam.Evidence) (cause string, err error) {
	allowed, err := offered(tx, l, p.ID)
	if err != nil {
		return "", err
	}
	_, blocked, err := trust.Blocked(tx, e.Certificate)
	if err != nil {
		return "", err
	}
	// What a new list revokes loses what it opened. This has opened nothing yet, and
	// nobody would come back to it before the next list.
	lists, err := tx.RevocationListsOf(p.ID)
	switch {
	case err != nil:
		return "", err
	case blocked:
		return CauseBlockedHere, nil
	case !allowed:
		return CauseNotOffered, nil
	case e.Certificate != nil && e.Certificate.Ended(tx.Now()):
		return "expired", nil
	case p.UpdatedAt.After(e.At), slices.ContainsFunc(lists, func(l iam.RevocationList) bool { return l.FetchedAt.After(e.At) }):
		return CauseMethodChanged, nil
	default:
		return "", nil
	}
}

// Recover takes back the account of a deleted person who has just proved who they
// are (row S71); the login goes on with that proof.
func (s *Service) Recover(ctx context.Context, caller iam.Caller, id iam.LoginID) (Outcome, error) {
	return s.change(ctx, caller, id, func(tx *store.Tx, l *iam.Login) error {
		sit, err := situationOf(tx, caller, *l)
		if err != nil {
			return err
		}
		if Next(sit) != StepRecover {
			return iam.Conflict("login_moved_on")
		}
		return s.Directory.Recover(tx, caller, *sit.User)
	})
}

// Agree gives the application what it asks for, and remembers it.
func (s *Service) Agree(ctx context.Context, caller iam.Caller, id iam.LoginID) (Outcome, error) {
	return s.change(ctx, caller, id, func(tx *store.Tx, l *iam.Login) error {
		sit, err := situationOf(tx, caller, *l)
		if err != nil {
			return err
		}
		if Next(sit) != StepConsent {
			return iam.Conflict("login_moved_on")
		}
		l.State.Consented = true
		return s.Sessions.Consent(tx, caller, sit.User.ID, l.App, l.Ask.Scopes)
	})
}

// Decline ends a login at the person's wish. The application is told
// access_denied (RFC 6749, section 4.1.2.1).
func (s *Service) Decline(ctx context.Context, caller iam.Caller, id iam.LoginID) (out Outcome, err error) {
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		l, err := of(tx, caller, id)
		if err != nil {
			return err
		}
		sit, err := situationOf(tx, caller, l)
		if err != nil {
			return err
		}
		out = Outcome{Login: l, Step: StepDone}
		if l.App.IsOwn() || l.Purpose != iam.PurposeSignIn {
			return tx.DeleteLogin(l.ID)
		}
		if Next(sit) == StepConsent {
			if err := s.Log.Write(tx, caller, iam.Event{
				Kind: iam.EventConsentRefused, Outcome: iam.OutcomeRefused, User: sit.User.ID, App: l.App, Org: sit.App.Org, Cause: "declined",
			}); err != nil {
				return err
			}
		}
		out.Ticket, err = seal(tx, l, sealed{Denied: "access_denied"})
		return err
	})
	return out, err
}

// sealed is the result that waits for Redeem.
type sealed struct {
	Session iam.SessionID `json:"session,omitempty"`
	Denied  string        `json:"denied,omitempty"`
	// Code is the hash of the code that was issued with the session, where one was.
	Code []byte `json:"code,omitempty"`
}

// Outcome is where a login stands after a change.
type Outcome struct {
	Login iam.Login
	Step  Step
	// Opened is the new session, whose secret the browser must get; nil where
	// none was opened.
	Opened *session.Opened
	// User is whose session it is; set with Opened.
	User iam.User
	// Attempt is the attempt that was taken; set by Return only.
	Attempt iam.Attempt
	// Ticket lets the room that began the login redeem it; set at StepDone,
	// except for Signet's own pages, which need none.
	Ticket iam.Secret
	// Code is the authorization code for the application; set at StepDone of a
	// sign-in where Service.Code is.
	Code iam.Secret
}
