package login

import (
	"context"

	"signet/internal/directory"
	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/store"
)

// creatable reports whether an account may be made in this login for the holder of
// a certificate that a login method has accepted and that nobody has: where nobody
// is expected and nobody is known, and where the account would lead in. Pure.
func creatable(s Situation, p iam.Provider) bool {
	c := p.Settings.Certificate
	switch {
	case c == nil || c.Creation == nil || !c.Creation.Accepted:
		return false
	case s.Login.Purpose != iam.PurposeSignIn, len(s.Login.State.Proofs) > 0, s.Login.Ask.Subject != "":
		return false
	case raising(s), known(s):
		return false
	default:
		return !s.App.MembersOnly || p.Scope.Level != iam.LevelSystem // whoever is new has no other role
	}
}

// account is what a certificate would make: complete, and such as could be stored, or
// the cause why not. An address that is none is left out: what a CA wrote badly in one
// place keeps nobody out whose login is good. Pure.
func account(p iam.Provider, names []iam.CertificateName) (u iam.User, leftOut bool, cause string) {
	u, ok := p.Settings.Certificate.Creation.Account(p.Scope.Level, names)
	if !ok {
		return u, false, CauseAccountFields
	}
	err := directory.CheckAccount(&u)
	if wrong := iam.AsError(err); wrong != nil && wrong.Field == "email" {
		u.Email, u.EmailVerified, leftOut = "", false, true
		err = directory.CheckAccount(&u)
	}
	switch {
	case err != nil:
		return u, leftOut, CauseAccountFields
	case !iam.OneScript(u.Login):
		return u, leftOut, CauseAccountScripts
	default:
		return u, leftOut, ""
	}
}

// newcomer is the account that a method would make for a certificate that nobody
// has, and why it would not.
func newcomer(tx *store.Tx, dir *directory.Service, p iam.Provider, e iam.Evidence) (iam.User, string, error) {
	u, _, cause := account(p, e.Names)
	if cause != "" {
		return u, cause, nil
	}
	// Issued here to somebody, and taken off them since.
	if _, issued, err := identity.IssuedTo(tx, e.Certificate); err != nil || issued {
		return u, CauseNotLinked, err
	}
	// Taken off somebody: it is for people to decide whose it is now.
	if off, err := tx.EverUnlinked(p.ID, e); err != nil || off {
		return u, CauseNotLinked, err
	}
	// The CA gives a name to one holder (RFC 5280, section 4.1.2.6), who has an account.
	if borne, err := identity.Borne(tx, e); err != nil || borne {
		return u, CauseNotLinked, err
	}
	err := dir.Free(tx, u)
	if taken := iam.AsError(err); taken != nil && taken.Kind == iam.KindConflict {
		return u, CauseAccountTaken, nil
	}
	return u, "", err
}

// wouldBecome returns the account that a login at StepCreate would make, and whether
// the address on the certificate is left out.
func wouldBecome(tx *store.Tx, l iam.Login) (iam.User, bool, error) {
	p, err := tx.Provider(l.State.Unlinked.Provider)
	if err != nil || p.Settings.Certificate == nil || p.Settings.Certificate.Creation == nil {
		return iam.User{}, false, err // changed since; the button will say so
	}
	u, leftOut, _ := account(p, l.State.Unlinked.Names)
	return u, leftOut, nil
}

// create offers to make an account for the certificate that has just been shown. It
// reports false where that is not for this login.
func (s *Service) create(tx *store.Tx, caller iam.Caller, l *iam.Login, p iam.Provider, e iam.Evidence, attempt iam.AttemptID, refuse func(string) *iam.Refusal) (bool, *iam.Refusal, error) {
	if p.Settings.Certificate == nil || p.Settings.Certificate.Creation == nil || e.Described { // a description bears no names
		return false, nil, nil
	}
	sit, err := situationOf(tx, caller, *l)
	if err != nil || !creatable(sit, p) {
		return false, nil, err
	}
	_, cause, err := newcomer(tx, s.Directory, p, e)
	switch {
	case err != nil:
		return false, nil, err
	case cause == CauseNotLinked:
		return false, nil, nil
	case cause != "":
		if p.Settings.Certificate.Linking() == iam.LinkingSignIn { // their account may be there
			l.State.Unlinked, l.State.UnlinkedAttempt = &e, attempt
		}
		return true, refuse(cause), nil
	}
	l.State.Unlinked, l.State.UnlinkedAttempt, l.State.Creates = &e, attempt, true
	return true, nil, nil
}

// Create makes the account that StepCreate shows, links the certificate to it and
// goes on with the sign-in. All that made it possible is looked at again: whoever
// came meanwhile is not passed over.
func (s *Service) Create(ctx context.Context, caller iam.Caller, id iam.LoginID) (Outcome, error) {
	return s.change(ctx, caller, id, func(tx *store.Tx, l *iam.Login) error {
		sit, err := situationOf(tx, caller, *l)
		if err != nil {
			return err
		}
		if Next(sit) != StepCreate {
			return iam.Conflict("login_moved_on")
		}
		if gone, err := s.gone(tx, caller, l, ""); err != nil || gone {
			return err
		}
		e, attempt := *l.State.Unlinked, l.State.UnlinkedAttempt
		p, err := tx.Provider(e.Provider)
		if err != nil {
			return err
		}
		if !creatable(sit, p) {
			return s.refuseWaiting(tx, caller, l, CauseMethodChanged, "")
		}
		f, err := fate(tx, s.Directory, p, e)
		switch {
		case err != nil:
			return err
		case f.Cause != "":
			return s.refuseWaiting(tx, caller, l, f.Cause, "")
		case f.By != iam.TriedCreation: // somebody linked it meanwhile, or a rule finds its person now
			return s.refuseWaiting(tx, caller, l, CauseMethodChanged, "")
		}
		user, err := s.Directory.Provision(tx, caller, p.Scope, f.User, attempt)
		if err != nil {
			return err
		}
		return s.linkWaiting(tx, caller, l, user.ID)
	})
}
