package login

import (
	"slices"
	"time"

	"signet/internal/iam"
)

// Step is what a login needs next.
type Step string

// The steps, in the order in which Next looks at them.
const (
	StepRefusal  Step = "refusal"  // say why an attempt was refused
	StepBarred   Step = "barred"   // known, and not to enter this application: becomes a refusal
	StepUnmet    Step = "unmet"    // no method can give what the application requires: it is told so
	StepChoose   Step = "choose"   // choose a method and prove something
	StepRecover  Step = "recover"  // take back an account that was deleted?
	StepRenew    Step = "renew"    // is this certificate the renewal of that one?
	StepCreate   Step = "create"   // make an account for the holder of this certificate?
	StepConfirm  Step = "confirm"  // link the certificate that was shown to this person?
	StepAdd      Step = "add"      // add an identifier that everybody must hold
	StepConsent  Step = "consent"  // give the application what it asks for?
	StepExpiring Step = "expiring" // offer another identifier before the certificate ends
	StepTried    Step = "tried"    // say what came of trying a method out
	StepDone     Step = "done"
)

// Situation is all that the next step depends on.
type Situation struct {
	Login iam.Login
	App   iam.App
	// User is the person whom the proofs are about, or the one of the standing
	// session; nil where nobody is known.
	User *iam.User
	// Session is the session that stood when the login began and still lives.
	Session *iam.Session
	// SessionMethod is the login method that opened Session.
	SessionMethod iam.Provider
	// Offers are the methods in the widget of the application.
	Offers []iam.Offer
	// Missing are the methods that the application requires everybody to hold an
	// identifier of, and the person holds none of.
	Missing []iam.Provider
	// BlockedHere and Member say whether the person may enter: kept out of this
	// application; with a role in it or above.
	BlockedHere bool
	Member      bool
	// SessionCertificate is the certificate that opened Session, where one did.
	SessionCertificate *iam.Certificate
	// Linkable reports whether what says who the person is vouches for them where
	// the method of the certificate that waits to be linked counts.
	Linkable bool
	// ExpiryDue is true where a certificate that was shown soon ends, and its holder
	// was not told in the last week.
	ExpiryDue bool
	// Creating is true where the application asks for a new account (prompt=create)
	// and strangers may make one here.
	Creating bool
	// Consented are the scopes that the person gave the application before.
	Consented []string
	Now       time.Time
}

// Next decides what a login needs next. It is pure, and nobody else decides it.
func Next(s Situation) Step {
	state := s.Login.State
	switch {
	case state.Refusal != nil:
		return StepRefusal
	case s.Login.Purpose == iam.PurposeLink:
		return nextOfLink(state)
	case s.Login.Purpose == iam.PurposeTest && state.Trial != nil:
		return StepTried
	case s.Login.Purpose == iam.PurposeTest:
		return StepChoose
	case recoverable(s):
		return StepRecover
	case known(s) && barred(s) != "":
		return StepBarred
	case state.Unlinked != nil && state.Renews != "":
		return StepRenew
	case state.Unlinked != nil && state.Creates && !known(s):
		return StepCreate
	case state.Unlinked != nil && !state.Creates && s.Linkable && known(s):
		return StepConfirm
	case !proved(s) && unmet(s):
		return StepUnmet
	case !proved(s):
		return StepChoose
	case len(s.Missing) > 0:
		return StepAdd
	case consentMissing(s):
		return StepConsent
	case offering(s):
		return StepExpiring
	default:
		return StepDone
	}
}

func nextOfLink(state iam.LoginState) Step {
	switch {
	case state.Linked != "":
		return StepDone
	case state.Unlinked != nil:
		return StepConfirm
	default:
		return StepChoose
	}
}

// recoverable reports whether the person has proved to be somebody who was
// deleted and whose grace period is not over (row S71). Nothing else can be done
// with such a proof.
func recoverable(s Situation) bool {
	return s.User != nil && s.User.ID == s.Login.User && len(s.Login.State.Proofs) > 0 && s.User.Recoverable(s.Now)
}

// known reports whether it is known who the person is: by a proof of this login or
// by the session that stood before.
func known(s Situation) bool {
	if s.User == nil || s.User.Status != iam.UserActive {
		return false
	}
	if s.Login.Ask.Subject != "" && s.Login.Ask.Subject != s.User.ID {
		return false
	}
	return len(s.Login.State.Proofs) > 0 || sessionSuffices(s)
}

// proved reports whether the person is known well enough for the application. One
// that accepts certificates only is not content with a password, although that
// says whose a new certificate shall be (row S69).
func proved(s Situation) bool {
	byProof := len(s.Login.State.Proofs) > 0
	return known(s) && (!byProof || slices.ContainsFunc(s.Login.State.Proofs, func(p iam.Proof) bool { return opens(s.App, p) && meets(s, p.Assurance()) }))
}

// sessionSuffices reports whether the session that stood before may stand for a
// proof, and is strong enough.
func sessionSuffices(s Situation) bool {
	return sessionStands(s) && meets(s, s.Session.Assurance()) && content(s)
}

// sessionStands reports whether the session that stood before may stand for a
// proof, whatever it counts for: not when the application asks for a fresh one
// (prompt, max_age: OpenID Connect Core, section 3.1.2.1) or for a certificate.
func sessionStands(s Situation) bool {
	ask := s.Login.Ask
	switch {
	case s.Session == nil || s.Session.User != s.User.ID, s.Login.State.TurnedAway:
		return false
	case s.Login.Ask.Subject != "" && s.Login.Ask.Subject != s.User.ID:
		return false
	case !s.SessionMethod.Vouches(s.App.Scope()):
		return false
	case slices.Contains(ask.Prompt, "login"), slices.Contains(ask.Prompt, "select_account"), s.Creating:
		return false
	case ask.MaxAge != nil && s.Now.Sub(s.Session.AuthTime) > time.Duration(*ask.MaxAge)*time.Second:
		return false
	default:
		return !s.App.CertificateOnly || s.Session.Identity != "" && s.App.Accepts(s.SessionCertificate)
	}
}

// offering reports whether the person is offered another identifier: as long as
// they have neither added one nor said "not now".
func offering(s Situation) bool {
	_, soon := expiring(s)
	return soon && !s.Login.State.NotNow && (s.ExpiryDue || s.Login.State.Expiring != "")
}

func consentMissing(s Situation) bool {
	if s.App.SkipConsent || s.Login.State.Consented {
		return false
	}
	if slices.Contains(s.Login.Ask.Prompt, "consent") {
		return true
	}
	return slices.ContainsFunc(s.Login.Ask.Scopes, func(scope string) bool { return !slices.Contains(s.Consented, scope) })
}
