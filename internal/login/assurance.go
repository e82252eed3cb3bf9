package login

import (
	"context"
	"slices"

	"signet/internal/iam"
	"signet/internal/store"
)

// Needed is what an application asks of a sign-in beyond what a password gives,
// for the page that says so. Pure.
type Needed struct {
	Strength iam.Strength // the least; unknown where only values of login methods will do
	ACR      string       // such a value
	Required bool         // otherwise a wish
}

// meets reports whether a sign-in that counts for so much may enter: what the
// application's settings demand, and what its request calls essential (OpenID
// Connect Core, section 5.5.1.1).
func meets(s Situation, a iam.Assurance) bool {
	return a.Strength >= s.App.MinStrength && (!s.Login.Ask.ACREssential || wished(s, a))
}

// wished reports whether it is of a class that the request names. Without any,
// everything is.
func wished(s Situation, a iam.Assurance) bool {
	asked := s.Login.Ask.ACRValues
	return len(asked) == 0 || slices.ContainsFunc(asked, a.Satisfies)
}

// reachable reports whether a method of the sign-in form could give enough.
func reachable(s Situation, enough func(Situation, iam.Assurance) bool) bool {
	return slices.ContainsFunc(s.Offers, func(o iam.Offer) bool {
		return o.Provider.CanReach(func(a iam.Assurance) bool { return enough(s, a) })
	})
}

// unmet reports whether nobody can meet what is required, whatever they do, and
// an application waits that can be told.
func unmet(s Situation) bool {
	return !s.App.ID.IsOwn() && (s.App.MinStrength > iam.StrengthUnknown || s.Login.Ask.ACREssential) && !reachable(s, meets)
}

// raising reports whether the person has a session that would do, were it not for
// its strength: they are asked for more, as the person they are (T23).
func raising(s Situation) bool {
	return s.User != nil && s.User.Status == iam.UserActive && len(s.Login.State.Proofs) == 0 && sessionStands(s) &&
		(!meets(s, s.Session.Assurance()) || !content(s))
}

// content reports whether the session does for what the request wishes: it is of
// that class, no page may be shown or the person went on without, or nothing
// better can be reached.
func content(s Situation) bool {
	return wished(s, s.Session.Assurance()) || slices.Contains(s.Login.Ask.Prompt, "none") || s.Login.State.AsIs || !reachable(s, wished)
}

// neededOf says what is asked for, and whether anything is.
func neededOf(s Situation) (n Needed, any bool) {
	n = Needed{Strength: s.App.MinStrength, Required: true}
	if s.App.MinStrength > iam.StrengthPassword {
		any = true
	}
	if len(s.Login.Ask.ACRValues) == 0 || !s.Login.Ask.ACREssential && (any || !raising(s)) {
		return n, any
	}
	least, own := iam.StrengthUnknown, ""
	for _, acr := range s.Login.Ask.ACRValues {
		switch strength := iam.StrengthOf(acr); {
		case strength == iam.StrengthUnknown:
			// The request may name anything: people read what can be had.
			if own == "" && reachable(s, func(_ Situation, a iam.Assurance) bool { return a.Satisfies(acr) }) {
				own = acr
			}
		case least == iam.StrengthUnknown || strength < least:
			least = strength
		}
	}
	if least == iam.StrengthPassword {
		return n, any // whoever signs in meets it
	}
	if n.Required = any || s.Login.Ask.ACREssential; n.Strength < least {
		n.Strength = least
	}
	if least == iam.StrengthUnknown {
		n.ACR = own
	}
	return n, true
}

// suited returns the methods that could give what is needed. Whoever has shown a
// certificate that belongs to nobody has to say first who they are, in any way.
func suited(s Situation) []iam.Offer {
	enough := meets
	if raising(s) && meets(s, s.Session.Assurance()) {
		enough = func(s Situation, a iam.Assurance) bool { return meets(s, a) && wished(s, a) }
	}
	if s.Login.State.Unlinked != nil {
		return s.Offers
	}
	return slices.DeleteFunc(slices.Clone(s.Offers), func(o iam.Offer) bool {
		return !o.Provider.CanReach(func(a iam.Assurance) bool { return enough(s, a) })
	})
}

// tooLittle refuses a certificate that its method accepts and that counts for
// less than the application requires.
func tooLittle(s Situation, e iam.Evidence, refuse func(string) *iam.Refusal) *iam.Refusal {
	if meets(s, e.Assurance()) {
		return nil
	}
	return refuse(CauseTooLittle)
}

// raisesAnother reads whether this login raises a session of somebody else than the
// person who was shown. Without a wish of the application it does not: nothing is
// read then.
func raisesAnother(tx *store.Tx, caller iam.Caller, l iam.Login, user iam.UserID) (bool, error) {
	if l.Purpose != iam.PurposeSignIn || l.Session == "" || l.Session != caller.Session || l.State.TurnedAway || len(l.State.Proofs) > 0 {
		return false, nil
	}
	app, err := tx.App(l.App)
	if err != nil {
		return false, err
	}
	if app, err = demanding(tx, app); err != nil || app.MinStrength == iam.StrengthUnknown && len(l.Ask.ACRValues) == 0 {
		return false, err
	}
	sit, err := situationOf(tx, caller, l)
	return err == nil && raising(sit) && sit.Session.User != user, err
}

// Waive goes on with the session as it is, where the application only wishes for
// more.
func (s *Service) Waive(ctx context.Context, caller iam.Caller, id iam.LoginID) (Outcome, error) {
	return s.change(ctx, caller, id, func(tx *store.Tx, l *iam.Login) error {
		sit, err := situationOf(tx, caller, *l)
		if err != nil {
			return err
		}
		if Next(sit) != StepChoose || !raising(sit) || !meets(sit, sit.Session.Assurance()) {
			return iam.Conflict("login_moved_on")
		}
		l.State.AsIs = true
		return nil
	})
}

// SomebodyElse lets the session that stood before count no more in this login,
// for whoever shares the browser.
func (s *Service) SomebodyElse(ctx context.Context, caller iam.Caller, id iam.LoginID) (Outcome, error) {
	return s.change(ctx, caller, id, func(tx *store.Tx, l *iam.Login) error {
		sit, err := situationOf(tx, caller, *l)
		if err != nil {
			return err
		}
		if Next(sit) != StepChoose || !raising(sit) {
			return iam.Conflict("login_moved_on")
		}
		l.State.TurnedAway = true
		return nil
	})
}

// giveUp ends a login in which nobody can meet what is required. The application
// is told unmet_authentication_requirements.
func (s *Service) giveUp(tx *store.Tx, caller iam.Caller, l iam.Login, user iam.UserID) (Outcome, error) {
	if err := s.recordUnmet(tx, caller, l, user); err != nil {
		return Outcome{}, err
	}
	out := Outcome{Login: l, Step: StepDone}
	var err error
	out.Ticket, err = seal(tx, l, sealed{Denied: DeniedUnmet})
	return out, err
}

// DeniedUnmet is the error code of OpenID Connect Core Error Code
// unmet_authentication_requirements 1.0, section 3.
const DeniedUnmet = "unmet_authentication_requirements"

func (s *Service) recordUnmet(tx *store.Tx, caller iam.Caller, l iam.Login, user iam.UserID) error {
	return s.recordRefusal(tx, caller, l, iam.Refusal{Attempt: iam.NewAttemptID(), Cause: CauseUnmet}, user)
}
