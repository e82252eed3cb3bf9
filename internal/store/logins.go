package store

import (
	"context"
	"fmt"
	"time"

	"signet/internal/iam"
)

const loginColumns = `id, purpose, app_id, provider_id, user_id, session_id, browser, step, ask_json, return_text, state_json, created_at, expires_at`

func scanLogin(r row) (l iam.Login, err error) {
	return l, r.Scan(&l.ID, &l.Purpose, &l.App, &l.Provider, &l.User, &l.Session, &l.Browser, &l.Step, fromJSON{&l.Ask}, &l.Return,
		fromJSON{&l.State}, stamp{&l.CreatedAt}, stamp{&l.ExpiresAt})
}

// Login returns the login transaction with the id, unless it is over.
func (tx *Tx) Login(id iam.LoginID) (iam.Login, error) {
	return one(tx, "login", scanLogin, `SELECT `+loginColumns+` FROM logins WHERE id = $1 AND expires_at > $2 AND resume_hash IS NULL`, id, micros(tx.now))
}

// InsertLogin begins a login transaction.
func (tx *Tx) InsertLogin(l iam.Login) error {
	return tx.insert("login", `INSERT INTO logins (result_json, `+loginColumns+`) VALUES ('null', $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		l.ID, l.Purpose, l.App, l.Provider, l.User, l.Session, l.Browser, l.Step, jsonText(l.Ask), l.Return, jsonText(l.State),
		micros(l.CreatedAt), micros(l.ExpiresAt))
}

// UpdateLogin stores what a login has gathered and moves it one step on,
// provided that it still is at the step that l was read at.
func (tx *Tx) UpdateLogin(l iam.Login) error {
	n, err := tx.exec(`UPDATE logins SET user_id = $3, state_json = $4, step = step + 1 WHERE id = $1 AND step = $2 AND resume_hash IS NULL`,
		l.ID, l.Step, l.User, jsonText(l.State))
	switch {
	case err != nil:
		return fmt.Errorf("change login: %w", err)
	case n == 0:
		return iam.Conflict("login_moved_on")
	}
	return nil
}

// FinishLogin ends the login at its step and leaves the result for whoever
// brings the ticket before the time is over. What was gathered, certificates
// among it, has served.
func (tx *Tx) FinishLogin(l iam.Login, resume []byte, result string, until time.Time) error {
	n, err := tx.exec(`UPDATE logins SET user_id = $3, state_json = '{}', step = step + 1, resume_hash = $4, result_json = $5, expires_at = $6
		WHERE id = $1 AND step = $2 AND resume_hash IS NULL`, l.ID, l.Step, l.User, resume, result, micros(until))
	switch {
	case err != nil:
		return fmt.Errorf("finish login: %w", err)
	case n == 0:
		return iam.Conflict("login_moved_on")
	}
	return nil
}

// FinishedLogin is a login that is over, and what came of it.
type FinishedLogin struct {
	Login  iam.Login
	Result string // JSON, written by the room that finished it
}

func scanFinished(r row) (f FinishedLogin, err error) {
	l := &f.Login
	return f, r.Scan(&l.ID, &l.Purpose, &l.App, &l.Provider, &l.User, &l.Session, &l.Browser, &l.Step, fromJSON{&l.Ask}, &l.Return,
		fromJSON{&l.State}, stamp{&l.CreatedAt}, stamp{&l.ExpiresAt}, &f.Result)
}

// TakeFinishedLogin takes a finished login by its ticket, once.
func (tx *Tx) TakeFinishedLogin(id iam.LoginID, resume, browser []byte) (FinishedLogin, error) {
	return one(tx, "login", scanFinished, `DELETE FROM logins WHERE id = $1 AND resume_hash = $2 AND browser = $3 AND expires_at > $4 RETURNING `+loginColumns+`, result_json`,
		id, resume, browser, micros(tx.now))
}

// RenewFinishedLogin gives a finished login of the browser that nobody has taken
// yet another ticket; the one before is void.
func (tx *Tx) RenewFinishedLogin(id iam.LoginID, browser, resume []byte) (FinishedLogin, error) {
	return one(tx, "login", scanFinished, `UPDATE logins SET resume_hash = $3
		WHERE id = $1 AND browser = $2 AND resume_hash IS NOT NULL AND expires_at > $4 RETURNING `+loginColumns+`, result_json`, id, browser, resume, micros(tx.now))
}

// DeleteLogin ends a login without a result.
func (tx *Tx) DeleteLogin(id iam.LoginID) error {
	return tx.change("login", `DELETE FROM logins WHERE id = $1`, id)
}

// DeleteLoginsOfUser ends every login in which the person has proved who they
// are, or links something, and that is not finished yet.
func (tx *Tx) DeleteLoginsOfUser(user iam.UserID) error {
	if _, err := tx.exec(`DELETE FROM logins WHERE user_id = $1 AND user_id <> '' AND resume_hash IS NULL`, user); err != nil {
		return fmt.Errorf("delete logins: %w", err)
	}
	return nil
}

// DeleteLoginsOfIdentity ends every login in which the identifier was shown and
// that is not finished yet. An id is random and stands nowhere else in a state.
func (tx *Tx) DeleteLoginsOfIdentity(id iam.IdentityID) error {
	if _, err := tx.exec(`DELETE FROM logins WHERE state_json LIKE '%"' || $1 || '"%' AND resume_hash IS NULL`, id); err != nil {
		return fmt.Errorf("delete logins: %w", err)
	}
	return nil
}

const attemptColumns = `id, login_id, step, provider_id, browser, host, ticket_hash, return_hash, evidence_json, refusal_json, trial, created_at, expires_at, judged_at, spent_at`

func scanAttempt(r row) (a iam.Attempt, err error) {
	return a, r.Scan(&a.ID, &a.Login, &a.Step, &a.Provider, &a.Browser, &a.Host, &a.TicketHash, &a.ReturnHash, fromJSON{&a.Evidence}, fromJSON{&a.Refusal}, &a.Trial,
		stamp{&a.CreatedAt}, stamp{&a.ExpiresAt}, stamp{&a.JudgedAt}, stamp{&a.SpentAt})
}

// InsertAttempt begins an attempt.
func (tx *Tx) InsertAttempt(a iam.Attempt) error {
	return tx.insert("attempt", `INSERT INTO attempts (id, login_id, step, provider_id, browser, host, ticket_hash, return_hash, evidence_json, refusal_json,
		created_at, expires_at, judged_at, spent_at, trial) VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, 'null', 'null', $8, $9, 0, 0, $10)`,
		a.ID, a.Login, a.Step, a.Provider, a.Browser, a.Host, a.TicketHash, micros(a.CreatedAt), micros(a.ExpiresAt), a.Trial)
}

// AttemptByTicket returns the attempt whose ticket has the hash, spent or not.
func (tx *Tx) AttemptByTicket(hash []byte) (iam.Attempt, error) {
	return one(tx, "attempt", scanAttempt, `SELECT `+attemptColumns+` FROM attempts WHERE ticket_hash = $1`, hash)
}

// AttemptByReturn returns the attempt whose return ticket has the hash, spent
// or not.
func (tx *Tx) AttemptByReturn(hash []byte) (iam.Attempt, error) {
	return one(tx, "attempt", scanAttempt, `SELECT `+attemptColumns+` FROM attempts WHERE return_hash = $1`, hash)
}

// ProviderOfHost returns the login method of the newest attempt that waits on
// a certificate host, so that the handshake can name its CAs.
func (tx *Tx) ProviderOfHost(host string) (iam.ProviderID, error) {
	id, err := one(tx, "attempt", text, `SELECT provider_id FROM attempts WHERE host = $1 AND expires_at > $2 ORDER BY created_at DESC LIMIT 1`, host, micros(tx.now))
	return iam.ProviderID(id), err
}

// JudgeAttempt spends the ticket: it keeps what was found and the hash of the
// return ticket. It returns a not-found error if another request was first.
func (tx *Tx) JudgeAttempt(ticketHash, returnHash []byte, e *iam.Evidence, r *iam.Refusal) error {
	return tx.change("attempt", `UPDATE attempts SET judged_at = $2, return_hash = $3, evidence_json = $4, refusal_json = $5
		WHERE ticket_hash = $1 AND judged_at = 0 AND expires_at > $2`, ticketHash, micros(tx.now), returnHash, jsonText(e), jsonText(r))
}

// TakeAttempt spends the return ticket of an attempt of this browser, once.
func (tx *Tx) TakeAttempt(returnHash, browser []byte) (iam.Attempt, error) {
	// Not by RETURNING, for which SQLite makes a table each time.
	err := tx.change("attempt", `UPDATE attempts SET spent_at = $3 WHERE return_hash = $1 AND browser = $2 AND spent_at = 0 AND expires_at > $3`,
		returnHash, browser, micros(tx.now))
	if err != nil {
		return iam.Attempt{}, err
	}
	return tx.AttemptByReturn(returnHash)
}

// mostRefusedShown bounds the refused certificates that are kept.
const mostRefusedShown = 10_000

// Sweep deletes what is over and of no more use: attempts are kept for a day
// so that a late refusal can say what became of them. Some tables are read whole,
// and everybody who writes waits: each is a transaction of its own, so that nobody
// waits for all of them.
func (db *DB) Sweep(ctx context.Context) error {
	now := db.Now()
	day, month := micros(now.Add(-24*time.Hour)), micros(now.Add(-30*24*time.Hour))
	for _, s := range []struct {
		text   string
		before int64
	}{
		{`DELETE FROM logins WHERE expires_at < $1`, micros(now)},
		{`DELETE FROM attempts WHERE expires_at < $1`, day},
		{`DELETE FROM throttles WHERE resets_at < $1`, micros(now)},
		{`DELETE FROM invitations WHERE expires_at < $1`, month}, // seen as expired until then
		{`DELETE FROM one_time_links WHERE expires_at < $1`, micros(now)},
		{`DELETE FROM tokens WHERE kind = 'access' AND expires_at < $1`, day},
		// Spent refresh tokens stay as long as they could come again: seeing one
		// ends the family.
		{`DELETE FROM tokens WHERE kind = 'refresh' AND expires_at < $1`, day},
		{`DELETE FROM grants WHERE code_expires_at < $1 AND NOT EXISTS (SELECT 1 FROM tokens t WHERE t.grant_id = grants.id)
			AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = grants.session_id AND s.ended_at = 0 AND s.expires_at > $1)`, day}, // its end is to be told
		{`DELETE FROM logout_deliveries WHERE finished_at > 0 AND finished_at < $1`, month},
		{`DELETE FROM arrivals WHERE last_at < $1`, micros(now.Add(-iam.ArrivalLife))},
		{`DELETE FROM sessions WHERE expires_at < $1`, month},
		{`DELETE FROM learned_responders WHERE last_seen_at < $1`, month},
		{`DELETE FROM ocsp_answers WHERE next_update < $1`, micros(now)},
		{`DELETE FROM issued_certificates WHERE not_after < $1`, month}, // just expired ones still lead to a page
		{`DELETE FROM shown_certificates WHERE last_at < $1`, micros(now.Add(-iam.ShownFor))},
		// Strangers can show as many as they like.
		{`DELETE FROM shown_certificates WHERE refused AND last_at < (SELECT MIN(last_at) FROM (
			SELECT last_at FROM shown_certificates WHERE refused ORDER BY last_at DESC LIMIT $1) newest)`, mostRefusedShown},
		// How the forms of what is gone looked.
		{`DELETE FROM widgets WHERE updated_at < $1 AND level = 'application' AND NOT EXISTS (SELECT 1 FROM applications a WHERE a.id = widgets.app_id)`, day},
		{`DELETE FROM widgets WHERE updated_at < $1 AND level = 'organization' AND NOT EXISTS (SELECT 1 FROM organizations o WHERE o.id = widgets.org_id)`, day},
		// Pictures that were brought with a form that was never saved, or replaced.
		{`DELETE FROM pictures WHERE created_at < $1 AND NOT EXISTS (SELECT 1 FROM providers p WHERE p.picture = pictures.id)
			AND NOT EXISTS (SELECT 1 FROM widgets w WHERE w.settings_json LIKE '%"' || pictures.id || '"%')
			AND NOT EXISTS (SELECT 1 FROM settings s WHERE s.key = '` + settingsKey + `' AND s.value_json LIKE '%"' || pictures.id || '"%')`, day},
	} {
		err := db.Update(ctx, func(tx *Tx) error { _, err := tx.exec(s.text, s.before); return err })
		if err != nil {
			return fmt.Errorf("sweep: %w", err)
		}
	}
	return nil
}
