package directory

import (
	"context"

	"signet/internal/iam"
	"signet/internal/session"
	"signet/internal/store"
)

// Delete deletes a person: nothing lets them in from now on, and every session
// and token ends in the same transaction. Until the grace period is over they can
// be recovered (Restore, Recover). People delete themselves; administrators
// everybody. The last system administrator stays.
func (s *Service) Delete(ctx context.Context, caller iam.Caller, id iam.UserID) error {
	if caller.User == "" || caller.User != id {
		if err := s.Log.Denied(ctx, caller, iam.EditUser, iam.System()); err != nil {
			return err
		}
	} else if err := s.whollyTheirs(ctx, caller); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		user, err := tx.User(id)
		if err != nil {
			return err
		}
		if user.Status == iam.UserDeleted {
			return nil
		}
		if err := s.keepAnAdministrator(tx, id); err != nil {
			return err
		}
		set, err := tx.Settings()
		if err != nil {
			return err
		}
		if err := tx.SetUserDeleted(id, tx.Now().Add(set.DeletionGrace())); err != nil {
			return err
		}
		if err := tx.DeleteOneTimeLinksOf(passwordPurpose, id); err != nil {
			return err
		}
		if _, err := s.Sessions.EndAll(tx, caller, id, "", iam.EndDeleted); err != nil {
			return err
		}
		return s.Log.Write(tx, caller, iam.Event{Kind: iam.EventUserDeleted, User: id})
	})
}

// whollyTheirs refuses to delete an account by a session that does not count where
// the account does: one that a method of an organization opened, although the
// person has a password or identifiers beyond it.
func (s *Service) whollyTheirs(ctx context.Context, caller iam.Caller) error {
	if caller.Session == "" {
		return nil
	}
	beyond := false
	err := s.DB.View(ctx, func(tx *store.Tx) error {
		if all, err := session.Vouched(tx, caller, iam.System()); err != nil || all {
			return err
		}
		if _, err := tx.PasswordHash(caller.User); err == nil {
			beyond = true
			return nil
		} else if !iam.IsNotFound(err) {
			return err
		}
		held, err := tx.Identities(caller.User)
		if err != nil {
			return err
		}
		for _, identity := range held {
			p, err := tx.Provider(identity.Provider)
			if err != nil {
				return err
			}
			reached, err := session.Vouched(tx, caller, p.Scope)
			if err != nil {
				return err
			}
			beyond = beyond || !reached
		}
		return nil
	})
	if err != nil || !beyond {
		return err
	}
	return s.Sessions.TooNarrow(ctx, caller, iam.EditUser)
}

// Restore recovers a deleted person, for an administrator. Who was blocked before
// is blocked again.
func (s *Service) Restore(ctx context.Context, caller iam.Caller, id iam.UserID) error {
	if err := s.Log.Denied(ctx, caller, iam.EditUser, iam.System()); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		user, err := tx.User(id)
		if err != nil {
			return err
		}
		if user.Status != iam.UserDeleted {
			return nil
		}
		return s.restore(tx, caller, user)
	})
}

// Recover recovers a deleted person who has just proved in a login who they are
// (row S71), inside the transaction of that login.
func (s *Service) Recover(tx *store.Tx, caller iam.Caller, user iam.User) error {
	if !user.Recoverable(tx.Now()) {
		return iam.Forbidden("user_deleted")
	}
	caller.User = user.ID
	return s.restore(tx, caller, user)
}

func (s *Service) restore(tx *store.Tx, caller iam.Caller, user iam.User) error {
	to := iam.UserActive
	if user.StatusBefore == iam.UserBlocked {
		to = iam.UserBlocked
	}
	if err := tx.SetUserStatus(user.ID, to); err != nil {
		return err
	}
	return s.Log.Write(tx, caller, iam.Event{Kind: iam.EventUserRestored, User: user.ID})
}

// purgeAtOnce is how many people one transaction removes: each takes much with it.
const purgeAtOnce = 20

// Purge removes the people whose grace period is over, with everything that
// belongs to them. The event log keeps what they did.
func (s *Service) Purge(ctx context.Context) error {
	for {
		n := 0
		err := s.DB.Update(ctx, func(tx *store.Tx) error {
			over, err := tx.DeletedUsers(tx.Now(), purgeAtOnce)
			if err != nil {
				return err
			}
			n = len(over)
			for _, user := range over {
				if err := tx.PurgeUser(user.ID); err != nil {
					return err
				}
				if err := s.Log.Write(tx, iam.Program("deletion"), iam.Event{Kind: iam.EventUserPurged, User: user.ID, UserLogin: user.Login}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || n < purgeAtOnce || ctx.Err() != nil {
			return err
		}
	}
}
