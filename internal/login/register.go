package login

import (
	"context"
	"slices"

	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/provider"
	"signet/internal/store"
)

// PromptCreate is the value of prompt by which an application asks for the form of
// a new account (Initiating User Registration via OpenID Connect 1.0, section 4).
const PromptCreate = "create"

// registrable reports whether a stranger may make an account in this login: where
// nobody is expected and nothing is proved, and where the account would lead in
// (row S69). Only a certificate that waits does that where no password is asked
// for. Pure.
func registrable(s Situation, set iam.Settings, look iam.Look) bool {
	state := s.Login.State
	switch {
	case !set.Registration || look.HideSignUp:
		return false
	case s.Login.Purpose != iam.PurposeSignIn, len(state.Proofs) > 0, s.Login.Ask.Subject != "", state.Renews != "":
		return false
	case s.App.MembersOnly: // whoever is new has no role
		return false
	case raising(s): // by nobody but its person, also not by somebody new
		return false
	case state.Creates:
		return false // its account is made in another way
	case state.Unlinked != nil:
		return true
	case state.Refusal != nil && state.Refusal.Cause != CauseNotLinked:
		return false // its page shows other ways on
	}
	_, ok := passwordOf(s)
	return ok && !s.App.CertificateOnly && meets(s, iam.PasswordAssurance())
}

// Registrable reports whether the sign-in form of an application offers strangers
// to make an account, as it stands at first.
func Registrable(app iam.App, offers []iam.Offer, set iam.Settings, look iam.Look) bool {
	return registrable(Situation{Login: iam.Login{Purpose: iam.PurposeSignIn}, App: app, Offers: offers}, set, look)
}

// passwordOf returns the password method of the widget.
func passwordOf(s Situation) (iam.Provider, bool) {
	i := slices.IndexFunc(s.Offers, func(o iam.Offer) bool { return o.Provider.Type == iam.ProviderPassword })
	if i < 0 {
		return iam.Provider{}, false
	}
	return s.Offers[i].Provider, true
}

// openTo reads whether a stranger may make an account in this login, and the
// rules of its password.
func openTo(tx *store.Tx, s Situation) (open bool, rules iam.Settings, err error) {
	if rules, err = tx.Settings(); err != nil || !rules.Registration {
		return false, rules, err
	}
	look, err := provider.Look(tx, s.App)
	return err == nil && registrable(s, rules, look), rules, err
}

// Register makes an account for the stranger of a login, who has just chosen its
// password, and goes on with it. A certificate that waits in the login is linked
// in the same transaction: there is no account without it. A refusal is an Error
// whose Params hold the Attempt for the event log.
func (s *Service) Register(ctx context.Context, caller iam.Caller, id iam.LoginID, u iam.User, password string) (Outcome, error) {
	attempt := iam.NewAttemptID()
	out, err := s.register(ctx, caller, id, u, password, attempt)
	refused := iam.AsError(err)
	if refused == nil {
		return out, err
	}
	switch refused.Cause {
	case "registration_closed", "too_many_registrations", "login_taken":
		return Outcome{}, s.recordRegistration(ctx, caller, id, attempt, refused)
	default: // a slip of the pen
		return Outcome{}, err
	}
}

func (s *Service) register(ctx context.Context, caller iam.Caller, id iam.LoginID, u iam.User, password string, attempt iam.AttemptID) (Outcome, error) {
	mayRegister := func(tx *store.Tx, l iam.Login) (Situation, error) {
		sit, err := situationOf(tx, caller, l)
		if err != nil {
			return sit, err
		}
		if open, _, err := openTo(tx, sit); err != nil || !open {
			if err == nil {
				err = iam.Forbidden("registration_closed")
			}
			return sit, err
		}
		return sit, nil
	}
	// Asked before the costly hash, and again when it counts.
	if err := s.DB.View(ctx, func(tx *store.Tx) error {
		l, err := of(tx, caller, id)
		if err == nil {
			_, err = mayRegister(tx, l)
		}
		return err
	}); err != nil {
		return Outcome{}, err
	}
	account, err := s.Directory.PrepareAccount(ctx, caller, u, password)
	if err != nil {
		return Outcome{}, err
	}
	return s.change(ctx, caller, id, func(tx *store.Tx, l *iam.Login) error {
		sit, err := mayRegister(tx, *l)
		if err != nil {
			return err
		}
		l.State.Refusal = nil
		if l.State.Unlinked != nil {
			if lost, err := s.lost(tx, caller, l); err != nil || lost {
				return err
			}
		}
		user, err := s.Directory.Register(tx, caller, account, attempt)
		if err != nil {
			return err
		}
		if l.State.Unlinked != nil {
			if err := s.linkWaiting(tx, caller, l, user.ID); err != nil || l.State.Refusal == nil {
				return err
			}
			return iam.Conflict(l.State.Refusal.Cause) // somebody was faster: no account is made
		}
		method, _ := passwordOf(sit)
		e := iam.Evidence{Type: iam.ProviderPassword, Provider: method.ID, At: tx.Now(), ACR: iam.ACRPassword, AMR: []string{iam.AMRPassword}}
		l.State.Refusal, err = s.bind(tx, caller, l, e, attempt, user.ID)
		return err
	})
}

// lost reports whether the certificate that waits can no longer be linked to
// anybody new; then its refusal stands on the login, and no account is made.
func (s *Service) lost(tx *store.Tx, caller iam.Caller, l *iam.Login) (bool, error) {
	if gone, err := s.gone(tx, caller, l, ""); err != nil || gone {
		return gone, err
	}
	e := l.State.Unlinked
	_, err := identity.Find(tx, e.Provider, e.Key, e.Certificate)
	switch {
	case iam.IsNotFound(err):
		p, err := tx.Provider(e.Provider)
		if err != nil {
			return false, err
		}
		if announced, err := identity.AwaitedByAnother(tx, p, e.Certificate, ""); err != nil || !announced {
			return false, err
		}
	case err != nil:
		return false, err
	}
	return true, s.refuseWaiting(tx, caller, l, CauseLinkedToOther, "")
}

// recordRegistration tells the event log of an account that was not made. What
// was typed is not told: people type passwords into every field.
func (s *Service) recordRegistration(ctx context.Context, caller iam.Caller, id iam.LoginID, attempt iam.AttemptID, refused *iam.Error) error {
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		l, err := of(tx, caller, id)
		if err != nil {
			return err
		}
		app, err := tx.App(l.App)
		if err != nil && !iam.IsNotFound(err) {
			return err
		}
		return s.Log.Write(tx, caller, iam.Event{
			Kind: iam.EventSignUpRefused, Outcome: iam.OutcomeRefused, Cause: refused.Cause, App: l.App, Org: app.Org, Attempt: attempt,
		})
	})
	if err != nil {
		return err
	}
	return refused.In(attempt)
}
