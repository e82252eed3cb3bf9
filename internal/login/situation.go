package login

import (
	"slices"

	"signet/internal/directory"
	"signet/internal/iam"
	"signet/internal/provider"
	"signet/internal/store"
)

// situationOf reads what the next step of the login depends on. The session that
// stood when the login began counts while the caller still holds its cookie: the
// browser's own cookie outlives it, and the next person at a shared browser must
// not go on with the session of the last.
func situationOf(tx *store.Tx, caller iam.Caller, l iam.Login) (Situation, error) {
	// A page may have stood open for an hour: a certificate vouches for nothing after
	// its end.
	l.State.Proofs = slices.DeleteFunc(slices.Clone(l.State.Proofs), func(p iam.Proof) bool {
		return p.Certificate != nil && !p.Certificate.NotAfter.IsZero() && !p.Certificate.NotAfter.After(tx.Now())
	})
	s := Situation{Login: l, Now: tx.Now()}
	var err error
	if s.App, err = tx.App(l.App); err != nil {
		return s, err
	}
	if s.App, err = demanding(tx, s.App); err != nil {
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
			if s.SessionMethod, err = tx.Provider(standing.Provider); err != nil && !iam.IsNotFound(err) {
				return s, err
			}
		}
	}
	if s.Session != nil && s.Session.Identity != "" && len(s.App.Authorities) > 0 {
		opener, err := tx.Identity(s.Session.Identity)
		if err != nil && !iam.IsNotFound(err) {
			return s, err
		}
		s.SessionCertificate = opener.Certificate
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
	if l.Purpose == iam.PurposeSignIn {
		if s.Missing, err = missing(tx, user.ID, s.Offers); err != nil {
			return s, err
		}
		if err := s.entry(tx); err != nil {
			return s, err
		}
		if s.ExpiryDue, err = s.expiryDue(tx); err != nil {
			return s, err
		}
		if s.Linkable, err = s.linkable(tx); err != nil {
			return s, err
		}
		// Where nobody can make an account the wish means nothing, and the session does.
		if s.Session != nil && slices.Contains(l.Ask.Prompt, PromptCreate) {
			if s.Creating, _, err = openTo(tx, s); err != nil {
				return s, err
			}
		}
	}
	if !s.App.SkipConsent {
		consent, err := tx.Consent(person, l.App)
		if err != nil && !iam.IsNotFound(err) {
			return s, err
		}
		s.Consented = consent.Scopes
	}
	return s, nil
}

// linkable reports whether the certificate that waits may be linked to the person
// by what this login knows of them. A proof by a method of an organization is
// believed there and nowhere else: whoever runs that method could otherwise link a
// certificate of their own, of a wider method, to anybody who ever used it.
func (s *Situation) linkable(tx *store.Tx) (bool, error) {
	if s.Login.State.Unlinked == nil {
		return false, nil
	}
	into, err := tx.Provider(s.Login.State.Unlinked.Provider)
	if err != nil {
		if iam.IsNotFound(err) {
			err = nil
		}
		return false, err
	}
	if len(s.Login.State.Proofs) == 0 {
		return s.SessionMethod.Vouches(into.Scope), nil
	}
	for _, p := range s.Login.State.Proofs {
		by, err := tx.Provider(p.Provider)
		if err != nil && !iam.IsNotFound(err) {
			return false, err
		}
		if by.Vouches(into.Scope) {
			return true, nil
		}
	}
	return false, nil
}

// missing returns the required methods of which the person holds no identifier
// that could be used now.
func missing(tx *store.Tx, user iam.UserID, offers []iam.Offer) (lacking []iam.Provider, err error) {
	var held []iam.Identity
	for _, o := range offers {
		if !o.Required {
			continue
		}
		if held == nil {
			if held, err = tx.Identities(user); err != nil {
				return nil, err
			}
		}
		if !slices.ContainsFunc(held, func(i iam.Identity) bool {
			return i.Provider == o.Provider.ID && (i.Certificate == nil || !i.Certificate.Ended(tx.Now()))
		}) {
			lacking = append(lacking, o.Provider)
		}
	}
	return lacking, nil
}

func requires(missing []iam.Provider, id iam.ProviderID) bool {
	return slices.ContainsFunc(missing, func(p iam.Provider) bool { return p.ID == id })
}

// demanding returns the application with the demands of the one whose sign-in
// form it shows.
func demanding(tx *store.Tx, app iam.App) (iam.App, error) {
	shown, err := provider.Formed(tx, app)
	app.CertificateOnly, app.Authorities, app.MinStrength = shown.CertificateOnly, shown.Authorities, shown.MinStrength
	return app, err
}

// entry reads what decides whether the person may enter the application.
func (s *Situation) entry(tx *store.Tx) error {
	if s.App.ID == iam.SignetApp {
		return nil // whoever is known may see their own profile
	}
	var err error
	if s.BlockedHere, err = tx.BlockedInApp(s.App.ID, s.User.ID); err != nil {
		return err
	}
	if s.App.MembersOnly {
		roles, err := tx.Memberships(s.User.ID)
		if err != nil {
			return err
		}
		s.Member = directory.Belongs(roles, s.App)
	}
	return nil
}
