package store

import (
	"fmt"
	"time"

	"signet/internal/iam"
)

const userColumns = `id, login, name, given_name, family_name, email, email_verified, locale, status, status_at, created_at, updated_at, version, status_before, recover_until, login_chosen, number`

func scanUser(r row) (u iam.User, err error) {
	return u, r.Scan(&u.ID, &u.Login, &u.Name, &u.GivenName, &u.FamilyName, &u.Email, &u.EmailVerified, &u.Locale,
		&u.Status, stamp{&u.StatusAt}, stamp{&u.CreatedAt}, stamp{&u.UpdatedAt}, &u.Version, &u.StatusBefore, stamp{&u.RecoverUntil}, &u.LoginChosen, &u.Number)
}

// User returns the person with the id.
func (tx *Tx) User(id iam.UserID) (iam.User, error) {
	return one(tx, "user", scanUser, `SELECT `+userColumns+` FROM users WHERE id = $1`, id)
}

// UserByLogin returns the person who is called so, without regard to case and to
// how Unicode writes the same letter.
func (tx *Tx) UserByLogin(login string) (iam.User, error) {
	return one(tx, "user", scanUser, `SELECT `+userColumns+` FROM users WHERE login_key = $1`, foldKey(iam.LoginName(login)))
}

// UserByNumber returns the person who has the personal number, without regard to
// case.
func (tx *Tx) UserByNumber(number string) (iam.User, error) {
	return one(tx, "user", scanUser, `SELECT `+userColumns+` FROM users WHERE number_key = $1 AND number_key <> ''`, foldKey(number))
}

// UsersByVerifiedEmail returns the people whose address is confirmed and reads
// so, without regard to case. Several can share one.
func (tx *Tx) UsersByVerifiedEmail(email string) ([]iam.User, error) {
	return few(tx, "users", scanUser, `SELECT `+userColumns+` FROM users WHERE email_key = $1 AND email_key <> '' AND email_verified ORDER BY id`, foldKey(email))
}

// InsertUser adds a person. A login or a personal number that exists breaks a unique
// constraint.
func (tx *Tx) InsertUser(u iam.User) error {
	err := tx.insert("user", `INSERT INTO users (login_key, email_key, name_key, number_key, `+userColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 1, '', 0, $17, $18)`,
		foldKey(u.Login), foldKey(u.Email), foldKey(u.Name), foldKey(u.Number), u.ID, u.Login, u.Name, u.GivenName, u.FamilyName, u.Email, u.EmailVerified, u.Locale,
		u.Status, micros(u.StatusAt), micros(u.CreatedAt), micros(u.UpdatedAt), u.LoginChosen, u.Number)
	if err != nil {
		return err
	}
	return tx.insertWords(u)
}

// UpdateUser stores what may change of a person, except the status, and makes it
// a new version.
func (tx *Tx) UpdateUser(u iam.User) error {
	err := tx.change("user", `UPDATE users SET login = $2, login_key = $3, name = $4, name_key = $5, given_name = $6, family_name = $7,
		email = $8, email_key = $9, email_verified = $10, locale = $11, updated_at = $12, login_chosen = $13, number = $14, number_key = $15, version = version + 1 WHERE id = $1`,
		u.ID, u.Login, foldKey(u.Login), u.Name, foldKey(u.Name), u.GivenName, u.FamilyName, u.Email, foldKey(u.Email), u.EmailVerified, u.Locale, micros(tx.now), u.LoginChosen, u.Number, foldKey(u.Number))
	if err != nil {
		return err
	}
	if _, err := tx.exec(`DELETE FROM user_words WHERE user_id = $1`, u.ID); err != nil {
		return fmt.Errorf("delete words of user: %w", err)
	}
	return tx.insertWords(u)
}

// SetLocale stores the language of a person. It is no new version: nobody edits
// it in a form with the rest.
func (tx *Tx) SetLocale(id iam.UserID, locale string) error {
	return tx.change("user", `UPDATE users SET locale = $2 WHERE id = $1`, id, locale)
}

// SetUserStatus stores whether a person may sign in, and remembers what was so
// before.
func (tx *Tx) SetUserStatus(id iam.UserID, status iam.UserStatus) error {
	return tx.change("user", `UPDATE users SET status_before = status, status = $2, status_at = $3, updated_at = $3 WHERE id = $1`, id, status, micros(tx.now))
}

// SetUserDeleted stores that a person is deleted and until when they can be
// recovered.
func (tx *Tx) SetUserDeleted(id iam.UserID, until time.Time) error {
	return tx.change("user", `UPDATE users SET status_before = status, status = 'deleted', status_at = $2, updated_at = $2, recover_until = $3 WHERE id = $1`,
		id, micros(tx.now), micros(until))
}

// DeletedUsers returns people who could be recovered until before the time, the
// first ones first. It goes by iam.User.RecoverableUntil.
func (tx *Tx) DeletedUsers(before time.Time, limit int) ([]iam.User, error) {
	return many(tx, "users", scanUser, `SELECT `+userColumns+` FROM users
		WHERE status = 'deleted' AND CASE WHEN recover_until > status_at THEN recover_until ELSE status_at + $3 END < $1 ORDER BY status_at LIMIT $2`,
		micros(before), limit, iam.DeletionGrace.Microseconds())
}

// PurgeUser removes a deleted person for good: the row, and by its foreign keys
// the password, roles, identifiers, sessions, what these gave, and consents. What
// is kept of their certificates to try settings against goes too: their names stand
// in it.
func (tx *Tx) PurgeUser(id iam.UserID) error {
	held, err := tx.Identities(id)
	if err != nil {
		return err
	}
	for _, i := range held {
		if i.Certificate == nil {
			continue
		}
		if _, err := tx.exec(`DELETE FROM shown_certificates WHERE provider_id = $1 AND sha256 = $2
			AND EXISTS (SELECT 1 FROM users WHERE id = $3 AND status = 'deleted')`, i.Provider, i.Certificate.SHA256, id); err != nil {
			return fmt.Errorf("forget shown certificates: %w", err)
		}
	}
	return tx.change("user", `DELETE FROM users WHERE id = $1 AND status = 'deleted'`, id)
}

// CountUsers returns how many people there are.
func (tx *Tx) CountUsers() (int64, error) {
	return one(tx, "users", count, `SELECT COUNT(*) FROM users`)
}

// PasswordHash returns the argon2id hash of a person's password.
func (tx *Tx) PasswordHash(id iam.UserID) (string, error) {
	return one(tx, "password", text, `SELECT hash FROM passwords WHERE user_id = $1`, id)
}

// SetPasswordHash stores the hash of a person's new password.
func (tx *Tx) SetPasswordHash(id iam.UserID, hash string) error {
	return tx.insert("password", `INSERT INTO passwords (user_id, hash, changed_at) VALUES ($1, $2, $3)
		ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at`, id, hash, micros(tx.now))
}

func scanMembership(r row) (m iam.Membership, err error) {
	return m, r.Scan(&m.User, &m.Scope.Level, &m.Scope.Org, &m.Scope.App, &m.Role)
}

// Memberships returns the roles of a person.
func (tx *Tx) Memberships(id iam.UserID) ([]iam.Membership, error) {
	return few(tx, "memberships", scanMembership,
		`SELECT user_id, level, org_id, app_id, role FROM memberships WHERE user_id = $1 ORDER BY level, org_id, app_id, role`, id)
}

// InsertMembership gives a role; giving it twice changes nothing.
func (tx *Tx) InsertMembership(m iam.Membership) error {
	return tx.insert("membership", `INSERT INTO memberships (user_id, level, org_id, app_id, role) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (user_id, level, org_id, app_id, role) DO NOTHING`, m.User, m.Scope.Level, m.Scope.Org, m.Scope.App, m.Role)
}

// DeleteMembership takes a role.
func (tx *Tx) DeleteMembership(m iam.Membership) error {
	return tx.change("membership", `DELETE FROM memberships WHERE user_id = $1 AND level = $2 AND org_id = $3 AND app_id = $4 AND role = $5`,
		m.User, m.Scope.Level, m.Scope.Org, m.Scope.App, m.Role)
}

// CountActiveHolders returns how many people who may sign in hold the role in
// the scope: the last administrator must not be lost.
func (tx *Tx) CountActiveHolders(role iam.Role, in iam.Scope) (int64, error) {
	return one(tx, "memberships", count, `SELECT COUNT(*) FROM memberships m JOIN users u ON u.id = m.user_id
		WHERE m.role = $1 AND m.level = $2 AND m.org_id = $3 AND m.app_id = $4 AND u.status = 'active'`, role, in.Level, in.Org, in.App)
}

// InsertOneTimeLink stores the hash of a link that works once.
func (tx *Tx) InsertOneTimeLink(hash []byte, purpose string, user iam.UserID, expires time.Time) error {
	return tx.insert("one_time_link", `INSERT INTO one_time_links (hash, purpose, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)`,
		hash, purpose, user, micros(tx.now), micros(expires))
}

// OneTimeLink reports for whom a link still works, without spending it.
func (tx *Tx) OneTimeLink(hash []byte, purpose string) (iam.UserID, error) {
	id, err := one(tx, "one_time_link", text,
		`SELECT user_id FROM one_time_links WHERE hash = $1 AND purpose = $2 AND expires_at > $3`, hash, purpose, micros(tx.now))
	return iam.UserID(id), err
}

// OneTimeLinkUntil is OneTimeLink with the time at which it stops working.
func (tx *Tx) OneTimeLinkUntil(hash []byte, purpose string) (iam.UserID, time.Time, error) {
	type holder struct {
		user  iam.UserID
		until time.Time
	}
	h, err := one(tx, "one_time_link", func(r row) (h holder, err error) { return h, r.Scan(&h.user, stamp{&h.until}) },
		`SELECT user_id, expires_at FROM one_time_links WHERE hash = $1 AND purpose = $2 AND expires_at > $3`, hash, purpose, micros(tx.now))
	return h.user, h.until, err
}

// TakeOneTimeLink spends a link and returns whom it was made for.
func (tx *Tx) TakeOneTimeLink(hash []byte, purpose string) (iam.UserID, error) {
	id, err := one(tx, "one_time_link", text,
		`DELETE FROM one_time_links WHERE hash = $1 AND purpose = $2 AND expires_at > $3 RETURNING user_id`, hash, purpose, micros(tx.now))
	return iam.UserID(id), err
}

// DeleteOneTimeLinksOf takes back the links of a purpose that were made for a
// person.
func (tx *Tx) DeleteOneTimeLinksOf(purpose string, user iam.UserID) error {
	if _, err := tx.exec(`DELETE FROM one_time_links WHERE purpose = $1 AND user_id = $2`, purpose, user); err != nil {
		return fmt.Errorf("delete one-time links: %w", err)
	}
	return nil
}

// DeleteOneTimeLinks takes back every link of a purpose that was not used.
func (tx *Tx) DeleteOneTimeLinks(purpose string) error {
	if _, err := tx.exec(`DELETE FROM one_time_links WHERE purpose = $1`, purpose); err != nil {
		return fmt.Errorf("delete one-time links: %w", err)
	}
	return nil
}
