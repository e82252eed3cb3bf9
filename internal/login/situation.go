package login

import (
	"signet/internal/iam"
	"signet/internal/provider"
	"signet/internal/store"
)

// situationOf reads what the next step of the login depends on. The session that
// stood when the login began counts while the caller still holds its cookie: the
// browser's own cookie outlives it, and the next person at a shared browser must
// not go on with the session of the last.
func situationOf(tx *store.Tx, caller iam.Caller, l iam.Login) (Situation, error) {
	s := Situation{Login: l, Now: tx.Now()}
	var err error
	if s.App, err = tx.App(l.App); err != nil {
		return s, err
	}
	if s.Offers, err = provider.Offered(tx, s.App); err != nil {
		return s, err
	}
	if l.Session != "" && l.Session == caller.Session {
		standing, err := tx.Session(l.Session)
		switch {
		case iam.IsNotFound(err):
		case err != nil:
			return s, err
		case standing.EndedAt.IsZero() && standing.ExpiresAt.After(tx.Now()):
			s.Session = &standing
		}
	}
	person := l.User
	if person == "" && s.Session != nil {
		person = s.Session.User
	}
	if person == "" {
		return s, nil
	}
	user, err := tx.User(person)
	if err != nil {
		return s, err
	}
	s.User = &user
	if !s.App.SkipConsent {
		consent, err := tx.Consent(person, l.App)
		if err != nil && !iam.IsNotFound(err) {
			return s, err
		}
		s.Consented = consent.Scopes
	}
	return s, nil
}
