// Package session owns what was given out to people and applications: sessions,
// authorization codes, access and refresh tokens, consents; and how all of it
// ends. What ends a session ends its tokens in the same transaction.
package session

import (
	"context"
	"fmt"
	"slices"
	"time"

	"signet/internal/audit"
	"signet/internal/iam"
	"signet/internal/store"
)

// Service gives out and ends.
type Service struct {
	DB  *store.DB
	Log *audit.Log
	// TTL is how long a session lasts at the most where the settings do not say; 12
	// hours by default.
	TTL time.Duration
	// CodeTTL is how long an authorization code waits; one minute by default
	// (RFC 6749, section 4.1.2 allows ten).
	CodeTTL time.Duration
}

func (s *Service) ttl(set iam.Settings) time.Duration {
	switch {
	case set.SessionHours > 0:
		return set.SessionTTL()
	case s.TTL > 0:
		return s.TTL
	default:
		return 12 * time.Hour
	}
}

func (s *Service) codeTTL() time.Duration {
	if s.CodeTTL > 0 {
		return s.CodeTTL
	}
	return time.Minute
}

// Opened is a new session and the secret for its cookie, which exists only
// here.
type Opened struct {
	Session iam.Session
	Secret  iam.Secret
}

// Open opens a session for the person after proofs that a login has bound to
// them. It always has a new id and a new secret, whatever the browser came with
// (session fixation). The session that stood before ends, as if signed out of:
// grants with offline_access live on.
func (s *Service) Open(tx *store.Tx, caller iam.Caller, user iam.UserID, app iam.AppID, proofs []iam.Proof) (Opened, error) {
	if len(proofs) == 0 {
		return Opened{}, fmt.Errorf("open session: nothing was proved")
	}
	set, err := tx.Settings()
	if err != nil {
		return Opened{}, err
	}
	secret := iam.NewSecret()
	opened := Opened{Secret: secret, Session: iam.Session{
		ID: iam.SessionID(iam.NewID()), TokenHash: secret.Hash(), User: user, App: app,
		CreatedAt: tx.Now(), LastSeenAt: tx.Now(), ExpiresAt: tx.Now().Add(s.ttl(set)),
		UserAgent: caller.UserAgent,
	}}
	if caller.Address.IsValid() {
		opened.Session.Address = caller.Address.String()
	}
	for _, p := range proofs {
		if opened.Session.Identity == "" || p.Identity != "" {
			// The certificate is that of the identifier, or none: what another method says
			// of another one may not count where this session does.
			opened.Session.Provider, opened.Session.Identity, opened.Session.Certificate = p.Provider, p.Identity, nil
			if c := p.Certificate; c != nil && c.SHA256 != "" && p.Assurance().Strength >= iam.StrengthKey {
				opened.Session.Certificate = &iam.CertificateFacts{SHA256: c.SHA256, Policies: c.Policies}
			}
		}
		// A certificate vouches for nothing after its end, where a proxy told it.
		if c := p.Certificate; c != nil && !c.NotAfter.IsZero() && c.NotAfter.Before(opened.Session.ExpiresAt) {
			opened.Session.ExpiresAt = c.NotAfter
		}
	}
	counted, err := vouching(tx, opened.Session.Provider, proofs)
	if err != nil {
		return Opened{}, err
	}
	total, at := Summary(counted)
	opened.Session.ACR, opened.Session.AMR, opened.Session.Strength, opened.Session.AuthTime = total.ACR, total.AMR, total.Strength, at
	if err := tx.InsertSession(opened.Session); err != nil {
		return Opened{}, err
	}
	if caller.Session != "" {
		if err := s.end(tx, caller.User, caller.Session, false, iam.EndReplaced); err != nil && !iam.IsNotFound(err) {
			return Opened{}, err
		}
		// The application that this sign-in is for replaces its own session when it
		// gets the code. Told of the old one, it might end the new.
		if caller.User == user {
			if err := tx.SkipLogout(app, caller.Session); err != nil {
				return Opened{}, err
			}
		}
	}
	return opened, nil
}

// vouching returns the proofs that count wherever the session does, which is where
// the method counts that opened it. What the method of an organization says of its
// certificates (that they are cards, that they are worth two factors) nobody else
// has agreed to.
func vouching(tx *store.Tx, opener iam.ProviderID, proofs []iam.Proof) (counted []iam.Proof, err error) {
	by, err := tx.Provider(opener)
	if err != nil && !iam.IsNotFound(err) {
		return nil, err
	}
	for _, p := range proofs {
		method := by
		if p.Provider != opener {
			if method, err = tx.Provider(p.Provider); err != nil && !iam.IsNotFound(err) {
				return nil, err
			}
		}
		if p.Provider == opener || method.Vouches(by.Scope) {
			counted = append(counted, p)
		}
	}
	return counted, nil
}

// Summary tells what proofs amount to: the strongest acr, every amr, and the
// time of the latest.
func Summary(proofs []iam.Proof) (total iam.Assurance, at time.Time) {
	for _, p := range proofs {
		a := p.Assurance()
		if total.ACR == "" || a.Strength > total.Strength {
			total.Strength, total.ACR = a.Strength, a.ACR
		}
		for _, m := range a.AMR {
			if !slices.Contains(total.AMR, m) {
				total.AMR = append(total.AMR, m)
			}
		}
		if p.At.After(at) {
			at = p.At
		}
	}
	return total, at
}

// Of returns the living session of a cookie's secret, its person, provided that
// the person may sign in, and their roles, as far as the method that opened the
// session vouches for them.
func (s *Service) Of(ctx context.Context, secret iam.Secret) (session iam.Session, user iam.User, memberships []iam.Membership, err error) {
	err = s.DB.Look(ctx, func(tx *store.Tx) error {
		if session, err = tx.SessionByToken(secret.Hash()); err != nil {
			return err
		}
		if user, err = tx.User(session.User); err != nil {
			return err
		}
		if user.Status != iam.UserActive {
			return iam.NotFound("session")
		}
		if memberships, err = tx.Memberships(user.ID); err != nil || len(memberships) == 0 {
			return err
		}
		method, err := tx.Provider(session.Provider)
		if err != nil && !iam.IsNotFound(err) {
			return err
		}
		memberships = slices.DeleteFunc(memberships, func(m iam.Membership) bool { return !method.Vouches(m.Scope) })
		return nil
	})
	if err != nil {
		return iam.Session{}, iam.User{}, nil, err
	}
	return session, user, memberships, nil
}

// touchAfter is how old the last-seen time may be: a write on every request
// would buy nothing.
const touchAfter = 5 * time.Minute

// Touch remembers that a session is in use.
func (s *Service) Touch(ctx context.Context, session iam.Session) error {
	if s.DB.Now().Sub(session.LastSeenAt) < touchAfter {
		return nil
	}
	err := s.DB.Update(ctx, func(tx *store.Tx) error { return tx.TouchSession(session.ID) })
	if iam.IsNotFound(err) {
		return nil // it ended meanwhile
	}
	return err
}

// Mine returns the caller's living sessions.
func (s *Service) Mine(ctx context.Context, caller iam.Caller) (sessions []iam.Session, err error) {
	if caller.User == "" {
		return nil, &iam.Error{Kind: iam.KindUnauthenticated, Cause: "sign_in_needed"}
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		sessions, err = tx.Sessions(caller.User)
		return err
	})
	return sessions, err
}

// OfUser returns the living sessions of a person, for an administrator.
func (s *Service) OfUser(ctx context.Context, caller iam.Caller, user iam.UserID) (sessions []iam.Session, err error) {
	if err := caller.Require(iam.ViewUsers, iam.System()); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		sessions, err = tx.Sessions(user)
		return err
	})
	return sessions, err
}
