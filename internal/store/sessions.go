package store

import (
	"fmt"

	"signet/internal/iam"
)

const sessionColumns = `id, token_hash, user_id, provider_id, identity_id, app_id, acr, amr_json, auth_time, created_at, last_seen_at, expires_at, ended_at, end_reason, address, user_agent, strength, certificate_json`

func scanSession(r row) (s iam.Session, err error) {
	return s, r.Scan(&s.ID, &s.TokenHash, &s.User, &s.Provider, &s.Identity, &s.App, &s.ACR, fromJSON{&s.AMR}, stamp{&s.AuthTime}, stamp{&s.CreatedAt},
		stamp{&s.LastSeenAt}, stamp{&s.ExpiresAt}, stamp{&s.EndedAt}, &s.EndReason, &s.Address, &s.UserAgent, (*int64)(&s.Strength), fromJSON{&s.Certificate})
}

// InsertSession opens a session.
func (tx *Tx) InsertSession(s iam.Session) error {
	return tx.insert("session", `INSERT INTO sessions (`+sessionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		s.ID, s.TokenHash, s.User, s.Provider, s.Identity, s.App, s.ACR, jsonText(s.AMR), micros(s.AuthTime), micros(s.CreatedAt),
		micros(s.LastSeenAt), micros(s.ExpiresAt), micros(s.EndedAt), s.EndReason, s.Address, s.UserAgent, int64(s.Strength), jsonText(s.Certificate))
}

// SessionByToken returns the living session whose cookie has the hash.
func (tx *Tx) SessionByToken(hash []byte) (iam.Session, error) {
	return one(tx, "session", scanSession, `SELECT `+sessionColumns+` FROM sessions WHERE token_hash = $1 AND ended_at = 0 AND expires_at > $2`, hash, micros(tx.now))
}

// Session returns the session with the id, alive or not.
func (tx *Tx) Session(id iam.SessionID) (iam.Session, error) {
	return one(tx, "session", scanSession, `SELECT `+sessionColumns+` FROM sessions WHERE id = $1`, id)
}

// Sessions returns the living sessions of a person, newest first.
func (tx *Tx) Sessions(user iam.UserID) ([]iam.Session, error) {
	return many(tx, "sessions", scanSession, `SELECT `+sessionColumns+` FROM sessions WHERE user_id = $1 AND ended_at = 0 AND expires_at > $2
		ORDER BY last_seen_at DESC, id`, user, micros(tx.now))
}

// TouchSession remembers that a session was used.
func (tx *Tx) TouchSession(id iam.SessionID) error {
	return tx.change("session", `UPDATE sessions SET last_seen_at = $2 WHERE id = $1 AND ended_at = 0`, id, micros(tx.now))
}

// EndSession ends one living session of the person.
func (tx *Tx) EndSession(user iam.UserID, id iam.SessionID, reason iam.EndReason) error {
	return tx.change("session", `UPDATE sessions SET ended_at = $3, end_reason = $4 WHERE id = $1 AND user_id = $2 AND ended_at = 0`,
		id, user, micros(tx.now), reason)
}

// EndSessionsOfUser ends every living session of the person and returns them.
func (tx *Tx) EndSessionsOfUser(user iam.UserID, except iam.SessionID, reason iam.EndReason) ([]iam.Session, error) {
	return many(tx, "sessions", scanSession, `UPDATE sessions SET ended_at = $2, end_reason = $3
		WHERE user_id = $1 AND ended_at = 0 AND expires_at > $2 AND id <> $4 RETURNING `+sessionColumns, user, micros(tx.now), reason, except)
}

// EndSessionsOfIdentity ends every living session that the identifier opened
// and returns them.
func (tx *Tx) EndSessionsOfIdentity(id iam.IdentityID, reason iam.EndReason) ([]iam.Session, error) {
	return many(tx, "sessions", scanSession, `UPDATE sessions SET ended_at = $2, end_reason = $3
		WHERE identity_id = $1 AND ended_at = 0 AND expires_at > $2 RETURNING `+sessionColumns, id, micros(tx.now), reason)
}

// EndGrantsOfSession ends the grants that a session gave; those with
// offline_access only if all is true.
func (tx *Tx) EndGrantsOfSession(id iam.SessionID, all bool, reason iam.EndReason) error {
	return tx.endGrants(`session_id = $3 AND (NOT offline OR $4)`, reason, id, all)
}

// EndGrantsOfIdentity ends the grants of every session that the identifier
// opened, also where the session is long over.
func (tx *Tx) EndGrantsOfIdentity(id iam.IdentityID, reason iam.EndReason) error {
	return tx.endGrants(`identity_id = $3`, reason, id)
}

// EndGrantsOfUser ends every grant of the person, except those of one session
// (or none).
func (tx *Tx) EndGrantsOfUser(id iam.UserID, except iam.SessionID, reason iam.EndReason) error {
	return tx.endGrants(`user_id = $3 AND (session_id <> $4 OR $4 = '')`, reason, id, except)
}

// EndGrantsOfUserApp ends what the person gave one application.
func (tx *Tx) EndGrantsOfUserApp(id iam.UserID, app iam.AppID, reason iam.EndReason) error {
	return tx.endGrants(`user_id = $3 AND app_id = $4`, reason, id, app)
}

// EndGrantsOfApp ends everything that was given to an application.
func (tx *Tx) EndGrantsOfApp(app iam.AppID, reason iam.EndReason) error {
	return tx.endGrants(`app_id = $3`, reason, app)
}

// EndGrant ends one grant.
func (tx *Tx) EndGrant(id iam.GrantID, reason iam.EndReason) error {
	// Its application asked for it, or something of it was presented twice: neither
	// ends a session, so that nobody is told.
	return tx.endSilently(`id = $3`, reason, id)
}

// endGrants ends grants and tells their applications.
func (tx *Tx) endGrants(where string, reason iam.EndReason, args ...any) error {
	if err := tx.queueLogouts(`ended_at = 0 AND (`+where+`)`, reason, args...); err != nil {
		return err
	}
	return tx.endSilently(where, reason, args...)
}

func (tx *Tx) endSilently(where string, reason iam.EndReason, args ...any) error {
	_, err := tx.exec(`UPDATE grants SET ended_at = $1, end_reason = $2 WHERE ended_at = 0 AND `+where, append([]any{micros(tx.now), reason}, args...)...)
	if err != nil {
		return fmt.Errorf("end grants: %w", err)
	}
	return nil
}
