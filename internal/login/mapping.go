package login

import (
	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/store"
)

// mapped links a certificate that is linked to nobody to the person whom the
// rules of its login method find, and returns the link; an empty one where they
// find nobody.
func (s *Service) mapped(tx *store.Tx, caller iam.Caller, l *iam.Login, e iam.Evidence, attempt iam.AttemptID, refuse func(string) *iam.Refusal) (iam.Identity, *iam.Refusal, error) {
	var none iam.Identity
	if l.Purpose != iam.PurposeSignIn || len(e.Names) == 0 {
		return none, nil, nil
	}
	p, err := tx.Provider(e.Provider)
	if err != nil {
		return none, nil, err
	}
	m, err := identity.Map(tx, p, e.Key, e.Names)
	switch {
	case err != nil:
		return none, nil, err
	case m.Ambiguous:
		return none, refuse(CauseMappingAmbiguous), nil
	case m.User == "":
		return none, nil, nil
	}
	// A name is less than a link: what looks like the renewal of somebody else's
	// certificate is not given to whoever bears the name now.
	if old, ok, err := identity.Renewed(tx, e); err != nil {
		return none, nil, err
	} else if ok && old.User != m.User {
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
	link, err := s.Identities.LinkByRule(tx, caller, user.ID, p, e, attempt, m.Rule)
	return link, nil, err
}

// stillMapped reports whether the rules still give a certificate to the person
// to whom one of them gave it. A link of a person or an administrator needs no
// rule.
func stillMapped(tx *store.Tx, link iam.Identity, e iam.Evidence) (bool, error) {
	if link.Rule == "" {
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
	if link.Rule == "" {
		return true, nil
	}
	m, err := identity.Map(tx, p, e.Key, e.Names)
	return err == nil && !m.Ambiguous && m.User == link.User, err
}
