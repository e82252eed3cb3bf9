package store

import (
	"fmt"
	"time"

	"signet/internal/iam"
)

const logoutColumns = `app_id, session_id, user_id, reason, created_at, tries, next_try_at, finished_at, outcome, fault`

func scanLogout(r row) (d iam.LogoutDelivery, err error) {
	return d, r.Scan(&d.App, &d.Session, &d.User, &d.Reason, stamp{&d.CreatedAt}, &d.Tries, stamp{&d.NextTryAt}, stamp{&d.FinishedAt}, &d.Outcome, &d.Fault)
}

// queueLogouts writes down which applications are to be told that the grants
// that meet the condition end. $1 is the time, $2 the reason. A code that was
// never exchanged made no session anywhere.
func (tx *Tx) queueLogouts(where string, reason iam.EndReason, args ...any) error {
	_, err := tx.exec(`INSERT INTO logout_deliveries (`+logoutColumns+`)
		SELECT DISTINCT app_id, session_id, user_id, CAST($2 AS TEXT), CAST($1 AS BIGINT), 0, CAST($1 AS BIGINT), 0, '', '' FROM grants
		WHERE code_spent_at > 0 AND EXISTS (SELECT 1 FROM applications a WHERE a.id = grants.app_id AND a.backchannel_logout_uri <> '') AND `+where+`
		ON CONFLICT (app_id, session_id, created_at) DO NOTHING`, append([]any{micros(tx.now), string(reason)}, args...)...)
	if err != nil {
		return fmt.Errorf("queue logouts: %w", err)
	}
	return nil
}

// QueueLogouts writes down which applications are to be told that a session has
// ended: those that it gave something which lives, with offline_access or
// without, and those whose tokens ended by themselves, because their own session
// may live on.
func (tx *Tx) QueueLogouts(id iam.SessionID, reason iam.EndReason) error {
	return tx.queueLogouts(`session_id = $3 AND (ended_at = 0 OR end_reason IN ($4, $5))`, reason, id, string(iam.EndReuse), string(iam.EndRevoked))
}

// SkipLogout takes back what this transaction queued for an application about a
// session.
func (tx *Tx) SkipLogout(app iam.AppID, id iam.SessionID) error {
	if _, err := tx.exec(`DELETE FROM logout_deliveries WHERE app_id = $1 AND session_id = $2 AND created_at = $3`, app, id, micros(tx.now)); err != nil {
		return fmt.Errorf("skip logout: %w", err)
	}
	return nil
}

// DueLogouts returns what is to be delivered now: of each application the longest
// waiting first, and of none more than a share, so that one that takes its time
// over many holds up no other.
func (tx *Tx) DueLogouts(limit, share int) ([]iam.LogoutDelivery, error) {
	return many(tx, "logout deliveries", scanLogout, `SELECT `+logoutColumns+` FROM (
			SELECT `+logoutColumns+`, ROW_NUMBER() OVER (PARTITION BY app_id ORDER BY next_try_at, created_at, session_id) AS place
			FROM logout_deliveries WHERE finished_at = 0 AND next_try_at <= $1
		) AS due WHERE place <= $3 ORDER BY place, next_try_at, created_at LIMIT $2`, micros(tx.now), limit, share)
}

// ClaimLogout begins a try, unless somebody else did so since the row was read:
// of several nodes one delivers. A node that dies on the way leaves it to be
// tried again at the given time.
func (tx *Tx) ClaimLogout(d iam.LogoutDelivery, until time.Time) (bool, error) {
	n, err := tx.exec(`UPDATE logout_deliveries SET tries = tries + 1, next_try_at = $5
		WHERE app_id = $1 AND session_id = $2 AND created_at = $3 AND next_try_at = $4 AND finished_at = 0`,
		d.App, d.Session, micros(d.CreatedAt), micros(d.NextTryAt), micros(until))
	if err != nil {
		return false, fmt.Errorf("claim logout: %w", err)
	}
	return n == 1, nil
}

// FinishLogout keeps what became of a delivery.
func (tx *Tx) FinishLogout(d iam.LogoutDelivery, outcome iam.LogoutOutcome, fault string) error {
	return tx.change("logout_delivery", `UPDATE logout_deliveries SET finished_at = $4, outcome = $5, fault = $6
		WHERE app_id = $1 AND session_id = $2 AND created_at = $3 AND finished_at = 0`,
		d.App, d.Session, micros(d.CreatedAt), micros(tx.now), string(outcome), fault)
}

// PostponeLogout keeps why a try failed. What else waits for the same
// application waits with it: one that is down must not keep the others waiting.
func (tx *Tx) PostponeLogout(d iam.LogoutDelivery, until time.Time, fault string) error {
	err := tx.change("logout_delivery", `UPDATE logout_deliveries SET next_try_at = $4, fault = $5
		WHERE app_id = $1 AND session_id = $2 AND created_at = $3 AND finished_at = 0`,
		d.App, d.Session, micros(d.CreatedAt), micros(until), fault)
	if err != nil {
		return err
	}
	if _, err := tx.exec(`UPDATE logout_deliveries SET next_try_at = $2 WHERE app_id = $1 AND finished_at = 0 AND next_try_at <= $3`,
		d.App, micros(until), micros(tx.now)); err != nil {
		return fmt.Errorf("postpone logouts: %w", err)
	}
	return nil
}

// LogoutsOfApp returns the last deliveries to an application, the newest first.
func (tx *Tx) LogoutsOfApp(id iam.AppID, limit int) ([]iam.LogoutDelivery, error) {
	return many(tx, "logout deliveries", scanLogout, `SELECT `+logoutColumns+` FROM logout_deliveries WHERE app_id = $1
		ORDER BY created_at DESC, session_id LIMIT $2`, id, limit)
}
