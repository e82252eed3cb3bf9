// Package identity owns which outside identity, such as a certificate, belongs
// to which person. It links, unlinks and finds; the login decides when. That one
// certificate belongs to one person is a unique index of the database, so that
// it holds under concurrency.
package identity

import (
	"context"
	"slices"

	"signet/internal/audit"
	"signet/internal/iam"
	"signet/internal/session"
	"signet/internal/store"
)

// Service answers about identifiers and changes them.
type Service struct {
	DB       *store.DB
	Log      *audit.Log
	Sessions *session.Service
}

// Causes of a refused link (rows S59 and S60).
const (
	LinkedToYou   = "linked_to_you"
	LinkedToOther = "linked_to_other"
)

// Find returns the identifier of an accepted certificate in the login method: by its
// key or, where it was linked by a proxy's description, by that.
func Find(tx *store.Tx, provider iam.ProviderID, key string, c *iam.Certificate) (iam.Identity, error) {
	i, err := tx.IdentityByKey(provider, key)
	if !iam.IsNotFound(err) || c == nil || c.Described {
		return i, err
	}
	return twin(tx, provider, c)
}

// twin returns the identifier of the same certificate that is known in another way:
// shown where this one is described, or described where it is shown. A fingerprint of
// SHA-1 alone is no identity; with the serial number within the key of the CA it is.
func twin(tx *store.Tx, provider iam.ProviderID, c *iam.Certificate) (iam.Identity, error) {
	if c.SHA1 == "" || c.IssuerSPKI == "" {
		return iam.Identity{}, iam.NotFound("identity")
	}
	all, err := tx.IdentitiesBySHA1(provider, c.SHA1)
	if err == nil && c.MirrorSHA1 != "" {
		var others []iam.Identity
		others, err = tx.IdentitiesBySHA1(provider, c.MirrorSHA1)
		all = append(all, others...)
	}
	if err != nil {
		return iam.Identity{}, err
	}
	i := slices.IndexFunc(all, func(i iam.Identity) bool {
		return i.Certificate.Described != c.Described && i.Certificate.Serial == c.Serial && i.Certificate.IssuerSPKI == c.IssuerSPKI
	})
	if i < 0 {
		return iam.Identity{}, iam.NotFound("identity")
	}
	return all[i], nil
}

// Show makes of an identifier that was linked by a description one of the
// certificate that is shown now. From then on it is known by its key.
func Show(tx *store.Tx, i iam.Identity, key string) (iam.Identity, error) {
	i.Key = key
	return i, tx.RekeyIdentity(i.ID, key)
}

// BySHA1 returns the identifiers of the login method whose newest certificate
// has the fingerprint. Only the program asks; the fingerprint proves nothing.
func (s *Service) BySHA1(ctx context.Context, provider iam.ProviderID, sha1 string) (identities []iam.Identity, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		identities, err = tx.IdentitiesBySHA1(provider, sha1)
		return err
	})
	return identities, err
}

// Link links an accepted certificate to a person. A certificate that belongs to
// somebody already is a conflict that says whether it is this person.
func (s *Service) Link(tx *store.Tx, caller iam.Caller, user iam.UserID, p iam.Provider, e iam.Evidence, attempt iam.AttemptID) (iam.Identity, error) {
	return s.link(tx, caller, user, p, e, attempt, "")
}

// LinkMapped links an accepted certificate to the person whom Map has found.
func (s *Service) LinkMapped(tx *store.Tx, caller iam.Caller, p iam.Provider, e iam.Evidence, attempt iam.AttemptID, m Mapped) (iam.Identity, error) {
	return s.link(tx, caller, m.User, p, e, attempt, m.By())
}

func (s *Service) link(tx *store.Tx, caller iam.Caller, user iam.UserID, p iam.Provider, e iam.Evidence, attempt iam.AttemptID, rule string) (iam.Identity, error) {
	identity := iam.Identity{
		ID: iam.IdentityID(iam.NewID()), User: user, Provider: p.ID, Type: e.Type, Key: e.Key, Certificate: e.Certificate,
		Publicity: p.Publicity, CreatedAt: tx.Now(), Rule: rule,
	}
	if issued, err := issuedToAnother(tx, e.Certificate, user); err != nil {
		return iam.Identity{}, err
	} else if issued {
		return iam.Identity{}, iam.Conflict(LinkedToOther)
	}
	// An announced certificate is nobody else's, whoever shows it first.
	awaited, err := Awaited(tx, p, e.Certificate)
	if err != nil {
		return iam.Identity{}, err
	}
	if slices.ContainsFunc(awaited, func(a iam.Announced) bool { return a.User != user }) {
		return iam.Identity{}, iam.Conflict(LinkedToOther)
	}
	owner, err := iam.Identity{}, iam.NotFound("identity")
	if e.Certificate != nil {
		owner, err = twin(tx, p.ID, e.Certificate)
	}
	inserted := false
	if iam.IsNotFound(err) {
		inserted, err = tx.InsertIdentity(identity)
	}
	if err != nil {
		return iam.Identity{}, err
	}
	if !inserted {
		if owner.ID == "" {
			owner, err = tx.IdentityByKey(p.ID, e.Key)
		}
		if err != nil {
			return iam.Identity{}, err
		}
		if owner.User == user {
			return iam.Identity{}, iam.Conflict(LinkedToYou)
		}
		return iam.Identity{}, iam.Conflict(LinkedToOther)
	}
	if err := take(tx, awaited); err != nil {
		return iam.Identity{}, err
	}
	if err := tx.SetIdentityNames(identity, names(e.Certificate)); err != nil {
		return iam.Identity{}, err
	}
	linked := iam.Event{Kind: iam.EventIdentityLinked, User: user, Provider: p.ID, Identity: identity.ID, Attempt: attempt, Certificate: e.Certificate}
	if rule != "" {
		linked.Details = map[string]string{"rule": rule}
	}
	return identity, s.Log.Write(tx, caller, linked)
}

// Of returns the identifiers of a person: the caller's own, or, for an
// administrator, anyone's.
func (s *Service) Of(ctx context.Context, caller iam.Caller, user iam.UserID) (identities []iam.Identity, err error) {
	if err := s.own(ctx, caller, user, iam.ViewIdentities); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		identities, err = tx.Identities(user)
		return err
	})
	return identities, err
}

// Remove unlinks an identifier. Every session that it opened ends with it, and
// what these gave; the number of ended sessions is returned.
func (s *Service) Remove(ctx context.Context, caller iam.Caller, user iam.UserID, id iam.IdentityID) (ended int, err error) {
	if err := s.own(ctx, caller, user, iam.EditIdentities); err != nil {
		return 0, err
	}
	if err := s.Sessions.Reached(ctx, caller, user, id); err != nil {
		return 0, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		identity, err := tx.Identity(id)
		if err != nil {
			return err
		}
		if err := tx.DeleteIdentity(user, id); err != nil {
			return err
		}
		if ended, err = s.Sessions.EndOfIdentity(tx, caller, id, iam.EndIdentityRemoved); err != nil {
			return err
		}
		return s.Log.Write(tx, caller, iam.Event{
			Kind: iam.EventIdentityRemoved, User: user, Provider: identity.Provider, Identity: id, Certificate: identity.Certificate,
		})
	})
	return ended, err
}

// SetPublicity says who may see an identifier.
func (s *Service) SetPublicity(ctx context.Context, caller iam.Caller, user iam.UserID, id iam.IdentityID, p iam.Publicity) error {
	switch p {
	case iam.PublicityOnlyMe, iam.PublicityOnRequest, iam.PublicityEveryone:
	default:
		return iam.Invalid("publicity", "unknown_publicity")
	}
	if err := s.own(ctx, caller, user, iam.EditIdentities); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := tx.SetPublicity(user, id, p); err != nil {
			return err
		}
		return s.Log.Write(tx, caller, iam.Event{
			Kind: iam.EventIdentityChanged, User: user, Identity: id, Details: map[string]string{"publicity": string(p)},
		})
	})
}

// Add links a certificate to a person without a sign-in, for an administrator
// (and for the demo): the caller has judged it.
func (s *Service) Add(ctx context.Context, caller iam.Caller, user iam.UserID, p iam.Provider, e iam.Evidence) (identity iam.Identity, err error) {
	if err := s.Log.Denied(ctx, caller, iam.EditIdentities, iam.System()); err != nil {
		return iam.Identity{}, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if _, err := tx.User(user); err != nil {
			return err
		}
		if issued, err := issuedToAnother(tx, e.Certificate, user); err != nil {
			return err
		} else if issued {
			return iam.Conflict("issued_to_other")
		}
		if other, err := AwaitedByAnother(tx, p, e.Certificate, user); err != nil {
			return err
		} else if other {
			return iam.Conflict("announced_to_other") // as such: an administrator can withdraw that
		}
		identity, err = s.Link(tx, caller, user, p, e, "")
		return err
	})
	return identity, err
}

// own lets people at their own identifiers and administrators at everyone's.
func (s *Service) own(ctx context.Context, caller iam.Caller, user iam.UserID, action iam.Action) error {
	if caller.User != "" && caller.User == user {
		return nil
	}
	return s.Log.Denied(ctx, caller, action, iam.System())
}
