package login

import (
	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/store"
)

// mapped links a certificate that is linked to nobody to the person for whom it was
// announced, or whom the rules of its login method find, and returns the link; an
// empty one where they find nobody.
func (s *Service) mapped(tx *store.Tx, caller iam.Caller, l *iam.Login, e iam.Evidence, attempt iam.AttemptID, refuse func(string) *iam.Refusal) (iam.Identity, *iam.Refusal, error) {
	var none iam.Identity
	if l.Purpose != iam.PurposeSignIn {
		return none, nil, nil
	}
	p, err := tx.Provider(e.Provider)
	if err != nil {
		return none, nil, err
	}
	m, err := identity.Map(tx, p, e)
	switch {
	case err != nil:
		return none, nil, err
	case m.Ambiguous:
		return none, refuse(CauseMappingAmbiguous), nil
	case m.User == "":
		return none, nil, nil
	}
	if renews, err := renewsAnothers(tx, e, m); err != nil {
		return none, nil, err
	} else if renews {
		return none, refuse(CauseMappingAmbiguous), nil
	}
	user, err := tx.User(m.User)
	if err != nil {
		return none, nil, err
	}
	// All that could refuse them, before the link: a refusal rolls nothing back.
	if refused, err := keptAway(tx, caller, *l, user, refuse); err != nil || refused != nil {
		return none, refused, err
	}
	link, err := s.Identities.LinkMapped(tx, caller, p, e, attempt, m)
	return link, nil, err
}

// renewsAnothers reports whether a certificate looks like the renewal of somebody
// else's than the person who was found by a name. A name is less than a link: it is
// not given to whoever bears the name now. What was announced by a value that no CA
// gives twice is more than what it looks like.
func renewsAnothers(tx *store.Tx, e iam.Evidence, m identity.Mapped) (bool, error) {
	if m.Announced != "" && !m.Announced.Weak() {
		return false, nil
	}
	old, ok, err := identity.Renewed(tx, e)
	return err == nil && ok && old.User != m.User, err
}

// stillMapped reports whether the rules still give a certificate to the person
// to whom one of them gave it. A link of a person or an administrator, and one
// that an administrator had announced by a value of its own, needs no rule.
func stillMapped(tx *store.Tx, link iam.Identity, e iam.Evidence) (bool, error) {
	if !link.ByName() {
		return true, nil
	}
	p, err := tx.Provider(link.Provider)
	if err != nil {
		return false, err
	}
	return mapsTo(tx, p, link, e)
}

// mapsTo is stillMapped by the settings of p, which need not be those that are
// stored.
func mapsTo(tx *store.Tx, p iam.Provider, link iam.Identity, e iam.Evidence) (bool, error) {
	switch {
	case !link.ByName():
		return true, nil
	case link.Rule == iam.AnnouncedSubject.Rule():
		// What announced it was for one link. That the name still counts is all there is
		// to ask, of the name that this certificate bears.
		return p.Settings.Certificate != nil && p.Settings.Certificate.NamesAccepted && identity.SameSubject(link.Certificate, e.Certificate), nil
	}
	m, err := identity.Map(tx, p, e)
	return err == nil && !m.Ambiguous && m.User == link.User, err
}
