package store

import (
	"fmt"
	"time"

	"signet/internal/iam"
)

// KeepReminder remembers that somebody was reminded, and reports whether that is
// new: of two nodes one reminds.
func (tx *Tx) KeepReminder(key string) (bool, error) {
	n, err := tx.exec(`INSERT INTO reminders (key, created_at) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING`, key, micros(tx.now))
	if err != nil {
		return false, fmt.Errorf("keep reminder: %w", err)
	}
	return n == 1, nil
}

// ActiveHolders returns who may sign in and holds the role in the scope.
func (tx *Tx) ActiveHolders(role iam.Role, in iam.Scope, limit int) ([]iam.User, error) {
	members, err := many(tx, "members", scanMember, `SELECT `+memberColumns+` FROM memberships m JOIN users u ON u.id = m.user_id
		WHERE m.role = $1 AND m.level = $2 AND m.org_id = $3 AND m.app_id = $4 AND u.status = 'active' ORDER BY u.login_key LIMIT $5`, role, in.Level, in.Org, in.App, limit)
	var users []iam.User
	for _, m := range members {
		users = append(users, m.User)
	}
	return users, err
}

// Reminded reports whether somebody was reminded.
func (tx *Tx) Reminded(key string) (bool, error) {
	n, err := one(tx, "reminder", count, `SELECT COUNT(*) FROM reminders WHERE key = $1`, key)
	return n > 0, err
}

// SweepReminders forgets the reminders of before the time: what they were about
// ended long ago.
func (tx *Tx) SweepReminders(before time.Time) error {
	if _, err := tx.exec(`DELETE FROM reminders WHERE created_at < $1`, micros(before)); err != nil {
		return fmt.Errorf("sweep reminders: %w", err)
	}
	return nil
}

func scanExpiring(r row) (e iam.ExpiringIdentity, err error) {
	i, u := &e.Identity, &e.User
	return e, r.Scan(&i.ID, &i.User, &i.Provider, &i.Type, &i.Key, fromJSON{&i.Certificate}, &i.Publicity, stamp{&i.CreatedAt}, stamp{&i.LastUsedAt}, &i.LastUsedApp,
		&u.ID, &u.Login, &u.Name, &u.Email, &u.EmailVerified, &u.Locale, &u.Status)
}

// expiring are certificates that end within a time, of people who may sign in,
// unless they were withdrawn, or renewed: another identifier of the person bears
// the same name from the same CA and lives longer.
const expiring = `SELECT i.id, i.user_id, i.provider_id, i.type, i.key, i.certificate_json, i.publicity, i.created_at, i.last_used_at, i.last_used_app,
		u.id, u.login, u.name, u.email, u.email_verified, u.locale, u.status
	FROM identities i JOIN users u ON u.id = i.user_id
	WHERE i.not_after > $1 AND i.not_after <= $2 AND u.status = 'active'
		AND NOT EXISTS (SELECT 1 FROM withdrawals w WHERE w.identity_id = i.id)
		AND NOT EXISTS (SELECT 1 FROM identity_names a JOIN identity_names b ON b.provider_id = a.provider_id AND b.name_hash = a.name_hash
			JOIN identities j ON j.id = b.identity_id
			WHERE a.identity_id = i.id AND j.user_id = i.user_id AND j.not_after > i.not_after)`

// ExpiringIdentities returns certificates that end after one time and before the
// other, the next ones first, those after the given identifier.
func (tx *Tx) ExpiringIdentities(from, until time.Time, after iam.Identity, limit int) ([]iam.ExpiringIdentity, error) {
	last := int64(0)
	if after.Certificate != nil {
		last = micros(after.Certificate.NotAfter)
	}
	return many(tx, "identities", scanExpiring, expiring+` AND (i.not_after > $3 OR i.not_after = $3 AND i.id > $4) ORDER BY i.not_after, i.id LIMIT $5`,
		micros(from), micros(until), last, after.ID, limit)
}

// UnremindedIdentities returns certificates that end within the times and of
// which nobody was reminded at this step, and whose person has an address.
func (tx *Tx) UnremindedIdentities(from, until time.Time, step string, limit int) ([]iam.ExpiringIdentity, error) {
	return many(tx, "identities", scanExpiring, expiring+` AND u.email <> '' AND NOT EXISTS (SELECT 1 FROM reminders r WHERE r.key = 'certificate:' || i.id || ':' || i.not_after || ':' || $3)
		ORDER BY i.not_after, i.id LIMIT $4`, micros(from), micros(until), step, limit)
}

// ReminderKey is the key under which UnremindedIdentities looks for the reminder.
func ReminderKey(i iam.Identity, step string) string {
	return fmt.Sprintf("certificate:%s:%d:%s", i.ID, micros(i.Certificate.NotAfter), step)
}
