package identity

import (
	"slices"

	"signet/internal/iam"
	"signet/internal/store"
)

// Mapped is what the rules of a login method say of a certificate.
type Mapped struct {
	User iam.UserID // empty where no rule finds anybody
	Rule iam.MappingRule
	// Announced is by what the certificate was announced, where that and no rule
	// decided.
	Announced iam.AnnouncedKind
	// Ambiguous says that one rule finds several people: nobody is guessed.
	Ambiguous bool
	// Tried says of each rule that was asked how many people it found.
	Tried []TriedRule
}

// By names what found the person.
func (m Mapped) By() string { return TriedRule{m.Rule, m.Announced, 0}.Text() }

// TriedRule is one rule, or one kind of announced values, and how many people it
// found.
type TriedRule struct {
	Rule      iam.MappingRule
	Announced iam.AnnouncedKind // where it is no rule
	Found     int
}

// Text names it.
func (t TriedRule) Text() string {
	if t.Announced != "" {
		return t.Announced.Rule()
	}
	return t.Rule.Text()
}

// Map finds the person of a verified certificate: by what administrators have
// announced, and where that is nothing, by the rules of its login method in their
// order: the first that finds anybody decides. It changes nothing. A method of an
// organization finds its members only by rules, and one of an application those of either,
// so that who administers a part cannot name people of another.
//
// What a person or an administrator has unlinked no rule links to that person
// again: else whoever gives up a stolen card would have it back by the thief's
// next sign-in.
func Map(tx *store.Tx, p iam.Provider, e iam.Evidence) (Mapped, error) {
	m, err := search(tx, p, e)
	if err != nil || m.User == "" {
		return m, err
	}
	// What Signet has issued to somebody leads to nobody else: the names on it are those
	// that its holder had then.
	if issued, err := issuedToAnother(tx, e.Certificate, m.User); err != nil || issued {
		return Mapped{Tried: m.Tried}, err
	}
	return m, nil
}

func search(tx *store.Tx, p iam.Provider, e iam.Evidence) (m Mapped, err error) {
	if p.Settings.Certificate == nil {
		return m, nil
	}
	if decided, err := m.mapAnnounced(tx, p, e); err != nil || decided {
		return m, err
	}
	for _, rule := range p.Settings.Certificate.Mapping {
		var found []iam.UserID
		for _, name := range rule.Wanted(e.Names) {
			people, err := bearers(tx, rule.Field, name)
			if err != nil {
				return m, err
			}
			for _, user := range people {
				within, err := reaches(tx, p.Scope, user)
				if err != nil {
					return m, err
				}
				if within && !slices.Contains(found, user.ID) {
					found = append(found, user.ID)
				}
			}
		}
		m.Tried = append(m.Tried, TriedRule{Rule: rule, Found: len(found)})
		switch len(found) {
		case 0:
		case 1:
			if taken, err := tx.Unlinked(p.ID, e, found[0]); err != nil || taken {
				return m, err
			}
			m.User, m.Rule = found[0], rule
			return m, nil
		default:
			m.Rule, m.Ambiguous = rule, true
			return m, nil
		}
	}
	return m, nil
}

// bearers returns the people who bear a name. Those who may not sign in are among
// them: a name that a blocked person shares with another is not free.
func bearers(tx *store.Tx, field iam.PersonField, name string) (all []iam.User, err error) {
	switch field {
	case iam.FieldEmail:
		if all, err = tx.UsersByVerifiedEmail(name); err != nil {
			return nil, err
		}
		return slices.DeleteFunc(all, func(u iam.User) bool { return !iam.Means(name, u.Email) }), nil
	case iam.FieldLogin, iam.FieldLocal:
		user, err := tx.UserByLogin(name)
		// A login that a stranger chose names nobody: whoever registers under the name
		// of a colleague first would be given the colleague's certificate, and with it
		// what the colleague does here from then on.
		if iam.IsNotFound(err) || err == nil && (user.LoginChosen || !iam.Means(name, user.Login)) {
			return nil, nil
		}
		return []iam.User{user}, err
	case iam.FieldNumber:
		user, err := tx.UserByNumber(name)
		if iam.IsNotFound(err) || err == nil && !iam.Means(name, user.Number) {
			return nil, nil
		}
		return []iam.User{user}, err
	default:
		return nil, nil // of a later version: finds nobody
	}
}

// reaches reports whether a method of the scope may find the person.
func reaches(tx *store.Tx, scope iam.Scope, user iam.User) (bool, error) {
	if scope.Level == iam.LevelSystem {
		return true, nil
	}
	roles, err := tx.Memberships(user.ID)
	return slices.ContainsFunc(roles, func(m iam.Membership) bool {
		return m.Scope.Level != iam.LevelSystem && (scope.Contains(m.Scope) || m.Scope.Contains(scope))
	}), err
}
