package session

import (
	"context"

	"signet/internal/iam"
	"signet/internal/store"
)

// SignOut ends the caller's own session at their wish. Tokens that the person
// gave with offline_access live on, as OpenID Connect Back-Channel Logout 1.0,
// section 2.7 recommends; all others end.
func (s *Service) SignOut(ctx context.Context, caller iam.Caller) error {
	if caller.Session == "" {
		return nil
	}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		return s.endAndTell(tx, caller, caller.User, caller.Session, false, iam.EndSignOut)
	})
	if iam.IsNotFound(err) {
		return nil // it had ended already, which is what was wanted
	}
	return err
}

// EndMine ends one of the caller's own sessions, with everything it gave.
func (s *Service) EndMine(ctx context.Context, caller iam.Caller, id iam.SessionID) error {
	if caller.User == "" {
		return &iam.Error{Kind: iam.KindUnauthenticated, Cause: "sign_in_needed"}
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		return s.endAndTell(tx, caller, caller.User, id, true, iam.EndByPerson)
	})
}

// EndMyOthers ends every session of the caller but the present one, and every
// grant of them.
func (s *Service) EndMyOthers(ctx context.Context, caller iam.Caller) (ended int, err error) {
	if caller.User == "" {
		return 0, &iam.Error{Kind: iam.KindUnauthenticated, Cause: "sign_in_needed"}
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		ended, err = s.EndAll(tx, caller, caller.User, caller.Session, iam.EndByPerson)
		return err
	})
	return ended, err
}

// EndMyAll ends every session of the caller, the present one too, and every
// grant of them.
func (s *Service) EndMyAll(ctx context.Context, caller iam.Caller) (ended int, err error) {
	if caller.User == "" {
		return 0, &iam.Error{Kind: iam.KindUnauthenticated, Cause: "sign_in_needed"}
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		ended, err = s.EndAll(tx, caller, caller.User, "", iam.EndByPerson)
		return err
	})
	return ended, err
}

// EndOne ends one session of a person, with everything it gave, for an
// administrator.
func (s *Service) EndOne(ctx context.Context, caller iam.Caller, user iam.UserID, id iam.SessionID) error {
	if err := s.Log.Denied(ctx, caller, iam.EndSessions, iam.System()); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		return s.endAndTell(tx, caller, user, id, true, iam.EndByAdministrator)
	})
}

// EndOfUser ends every session and grant of a person, for an administrator.
func (s *Service) EndOfUser(ctx context.Context, caller iam.Caller, user iam.UserID) (ended int, err error) {
	if err := s.Log.Denied(ctx, caller, iam.EndSessions, iam.System()); err != nil {
		return 0, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		ended, err = s.EndAll(tx, caller, user, "", iam.EndByAdministrator)
		return err
	})
	return ended, err
}

// EndAll ends every session of a person except one (or none), inside the
// transaction of what makes it necessary, and all their grants with them.
func (s *Service) EndAll(tx *store.Tx, caller iam.Caller, user iam.UserID, except iam.SessionID, reason iam.EndReason) (int, error) {
	sessions, err := tx.EndSessionsOfUser(user, except, reason)
	if err != nil {
		return 0, err
	}
	// A sign-in that has its proof and waits for an answer is as good as a session.
	if err := tx.DeleteLoginsOfUser(user); err != nil {
		return 0, err
	}
	// Not by session, because grants with offline_access outlive theirs.
	if err := tx.EndGrantsOfUser(user, except, reason); err != nil {
		return 0, err
	}
	return len(sessions), s.tellAll(tx, caller, sessions, reason)
}

// EndOfIdentity ends every session that an identifier opened, with everything
// these gave, and the sign-ins that are about to open one with it.
func (s *Service) EndOfIdentity(tx *store.Tx, caller iam.Caller, id iam.IdentityID, reason iam.EndReason) (int, error) {
	sessions, err := tx.EndSessionsOfIdentity(id, reason)
	if err != nil {
		return 0, err
	}
	if err := tx.DeleteLoginsOfIdentity(id); err != nil {
		return 0, err
	}
	if err := tx.EndGrantsOfIdentity(id, reason); err != nil {
		return 0, err
	}
	return len(sessions), s.tellAll(tx, caller, sessions, reason)
}

// EndInApp ends what a person gave one application, and their sign-ins to it that
// are under way, inside the transaction of what makes it necessary. Their session
// at Signet stays.
func (s *Service) EndInApp(tx *store.Tx, user iam.UserID, app iam.AppID, reason iam.EndReason) error {
	if err := tx.DeleteLoginsOfUserApp(user, app); err != nil {
		return err
	}
	return tx.EndGrantsOfUserApp(user, app, reason)
}

func (s *Service) tellAll(tx *store.Tx, caller iam.Caller, sessions []iam.Session, reason iam.EndReason) error {
	for _, session := range sessions {
		if err := tx.QueueLogouts(session.ID, reason); err != nil {
			return err
		}
		if err := s.tell(tx, caller, session.User, session.ID, reason); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) endAndTell(tx *store.Tx, caller iam.Caller, user iam.UserID, id iam.SessionID, all bool, reason iam.EndReason) error {
	if err := s.end(tx, user, id, all, reason); err != nil {
		return err
	}
	return s.tell(tx, caller, user, id, reason)
}

func (s *Service) end(tx *store.Tx, user iam.UserID, id iam.SessionID, all bool, reason iam.EndReason) error {
	if err := tx.EndSession(user, id, reason); err != nil {
		return err
	}
	if err := tx.QueueLogouts(id, reason); err != nil {
		return err
	}
	return tx.EndGrantsOfSession(id, all, reason)
}

func (s *Service) tell(tx *store.Tx, caller iam.Caller, user iam.UserID, id iam.SessionID, reason iam.EndReason) error {
	return s.Log.Write(tx, caller, iam.Event{
		Kind: iam.EventSessionEnded, User: user, Session: id, Details: map[string]string{"reason": string(reason)},
	})
}
