package login

import (
	"context"
	"errors"

	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/store"
)

// renewal decides about an accepted certificate that belongs to nobody and looks
// like the renewal of one that is linked.
func (s *Service) renewal(tx *store.Tx, caller iam.Caller, l *iam.Login, p iam.Provider, old iam.Identity, e iam.Evidence, attempt iam.AttemptID,
	refuse func(string) *iam.Refusal) (*iam.Refusal, error) {
	holder, err := tx.User(old.User)
	if err != nil {
		return nil, err
	}
	if refused, err := keptAway(tx, caller, *l, holder, refuse); err != nil || refused != nil {
		return refused, err
	}
	switch policy := p.Settings.Certificate.Renewed(); {
	case policy == iam.RenewalAccept && identity.Plainly(old.Certificate, e.Certificate):
		return nil, s.renew(tx, caller, l, p, old, e, attempt)
	case policy == iam.RenewalAdministrator:
		return refuse(CauseRenewalWaits), nil
	default:
		l.State.Unlinked, l.State.UnlinkedAttempt, l.State.Renews = &e, attempt, old.ID
		return nil, nil
	}
}

// mayRenew reports whether what looks like the renewal of a certificate may be
// taken for it: what a name linked, names renew, and what was announced for somebody
// else is theirs. What was taken off the person renews nothing of theirs: else whoever
// gives up a stolen card, and has another, would have it back by the thief's next sign-in.
func mayRenew(tx *store.Tx, p iam.Provider, old iam.Identity, e iam.Evidence) (bool, error) {
	if old.ByName() || !identity.Renewable(old, tx.Now()) {
		return false, nil
	}
	if taken, err := tx.Unlinked(p.ID, e, old.User); err != nil || taken {
		return false, err
	}
	other, err := identity.AwaitedByAnother(tx, p, e.Certificate, old.User)
	return !other, err
}

// unwelcome says why a person may not pass in this login, or nil.
func unwelcome(l iam.Login, user iam.User, refuse func(string) *iam.Refusal) *iam.Refusal {
	switch {
	case user.Status == iam.UserBlocked:
		return refuse(CauseUserBlocked)
	case user.Status == iam.UserDeleted:
		return refuse(CauseUserDeleted)
	case len(l.State.Proofs) > 0 && l.User != user.ID, l.Ask.Subject != "" && l.Ask.Subject != user.ID:
		return refuse(CauseOtherPerson)
	default:
		return nil
	}
}

// keptAway says why a person may not pass in this login and in this browser, or nil.
func keptAway(tx *store.Tx, caller iam.Caller, l iam.Login, user iam.User, refuse func(string) *iam.Refusal) (*iam.Refusal, error) {
	if refused := unwelcome(l, user, refuse); refused != nil {
		return refused, nil
	}
	another, err := raisesAnother(tx, caller, l, user.ID)
	if err != nil || !another {
		return nil, err
	}
	return refuse(CauseOtherPerson), nil
}

// renew links a renewed certificate beside the old one and counts it as a proof.
func (s *Service) renew(tx *store.Tx, caller iam.Caller, l *iam.Login, p iam.Provider, old iam.Identity, e iam.Evidence, attempt iam.AttemptID) error {
	linked, err := s.Identities.Link(tx, caller, old.User, p, e, attempt)
	if err != nil {
		return err
	}
	if err := s.Log.Write(tx, caller, iam.Event{
		Kind: iam.EventIdentityRenewed, User: old.User, Provider: p.ID, Identity: old.ID, Attempt: attempt, Certificate: old.Certificate,
	}); err != nil {
		return err
	}
	if err := tx.UseIdentity(linked.ID, l.App, e.Certificate); err != nil {
		return err
	}
	forget(l)
	l.User = old.User
	l.State.Proofs = append(l.State.Proofs, proofOf(e, linked.ID, attempt))
	return nil
}

// Renew links the certificate that waits in the login, and looks like the renewal
// of one that is linked, beside that one: its holder has said that it is. All that
// made it look so is looked at again.
func (s *Service) Renew(ctx context.Context, caller iam.Caller, id iam.LoginID) (Outcome, error) {
	return s.change(ctx, caller, id, func(tx *store.Tx, l *iam.Login) error {
		if l.State.Refusal != nil || l.State.Unlinked == nil || l.State.Renews == "" {
			return iam.Conflict("login_moved_on")
		}
		e, attempt, renews := *l.State.Unlinked, l.State.UnlinkedAttempt, l.State.Renews
		refuse := func(cause string) *iam.Refusal {
			return &iam.Refusal{Attempt: attempt, Cause: cause, Provider: e.Provider, Certificate: e.Certificate, At: tx.Now()}
		}
		refusal, err := s.renewable(tx, caller, l, e, attempt, renews, refuse)
		if err != nil || refusal == nil {
			return err
		}
		forget(l)
		l.State.Refusal = refusal
		return s.recordRefusal(tx, caller, *l, *refusal, "")
	})
}

// renewable renews, or says why that is no longer possible.
func (s *Service) renewable(tx *store.Tx, caller iam.Caller, l *iam.Login, e iam.Evidence, attempt iam.AttemptID, renews iam.IdentityID,
	refuse func(string) *iam.Refusal) (*iam.Refusal, error) {
	p, err := tx.Provider(e.Provider)
	if err != nil {
		return nil, err
	}
	cause, err := outdated(tx, *l, p, e)
	if err != nil {
		return nil, err
	}
	if cause != "" {
		return refuse(cause), nil
	}
	old, ok, err := identity.Renewed(tx, e)
	if err != nil {
		return nil, err
	}
	if !ok || old.ID != renews {
		return refuse(CauseNotLinked), nil
	}
	if may, err := mayRenew(tx, p, old, e); err != nil {
		return nil, err
	} else if !may {
		return refuse(CauseNotLinked), nil
	}
	holder, err := tx.User(old.User)
	if err != nil {
		return nil, err
	}
	if refused, err := keptAway(tx, caller, *l, holder, refuse); err != nil || refused != nil {
		return refused, err
	}
	err = s.renew(tx, caller, l, p, old, e, attempt)
	var conflict *iam.Error
	if errors.As(err, &conflict) && conflict.Kind == iam.KindConflict {
		return refuse(conflict.Cause), nil // somebody linked it meanwhile
	}
	return nil, err
}
