package login

import (
	"context"
	"slices"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
)

// Whoever signs in with a certificate that soon ends is offered, once a week, to
// add what they can sign in with afterwards.
const (
	nearExpiry = 30 * 24 * time.Hour
	offerAgain = 7 * 24 * time.Hour
	// briefLife is how long certificates live that programs renew: nobody is asked
	// about these.
	briefLife = 60 * 24 * time.Hour
)

// expiring returns the proof by a certificate that soon ends, if this login was
// proved by nothing that lasts longer. Pure.
func expiring(s Situation) (found iam.Proof, ok bool) {
	for _, p := range s.Login.State.Proofs {
		switch c := p.Certificate; {
		case c == nil || p.Identity == "" || c.NotAfter.Sub(c.NotBefore) < briefLife:
		case c.NotAfter.Sub(s.Now) > nearExpiry:
			return iam.Proof{}, false
		default:
			found, ok = p, true
		}
	}
	return found, ok
}

// expiryDue reads whether the person is to be offered another identifier now. It
// reads nothing where no certificate soon ends.
func (s *Situation) expiryDue(tx *store.Tx) (bool, error) {
	p, ok := expiring(*s)
	if !ok || s.Login.State.Expiring != "" {
		return false, nil
	}
	sum, at, err := tx.ExpiryOffer(p.Identity)
	switch {
	case err == nil && sum == p.Certificate.SHA256 && s.Now.Sub(at) < offerAgain:
		return false, nil
	case err != nil && !iam.IsNotFound(err):
		return false, err
	}
	held, err := tx.Identities(s.User.ID)
	return err == nil && !slices.ContainsFunc(held, func(i iam.Identity) bool {
		return i.Certificate != nil && i.Certificate.NotAfter.Sub(s.Now) > nearExpiry &&
			slices.ContainsFunc(s.Offers, func(o iam.Offer) bool { return o.Provider.ID == i.Provider })
	}), err
}

// offerExpiry remembers that the page is shown, in the transaction that leads
// there.
func offerExpiry(tx *store.Tx, l *iam.Login, sit Situation) error {
	if l.State.Expiring != "" {
		return nil
	}
	p, _ := expiring(sit)
	l.State.Expiring = p.Identity
	return tx.SetExpiryOffer(p.Identity, p.Certificate.SHA256)
}

// NotNow goes on without another identifier.
func (s *Service) NotNow(ctx context.Context, caller iam.Caller, id iam.LoginID) (Outcome, error) {
	return s.change(ctx, caller, id, func(tx *store.Tx, l *iam.Login) error {
		sit, err := situationOf(tx, caller, *l)
		if err != nil {
			return err
		}
		if Next(sit) != StepExpiring {
			return iam.Conflict("login_moved_on")
		}
		l.State.NotNow = true
		return nil
	})
}
