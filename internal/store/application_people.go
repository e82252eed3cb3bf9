package store

import (
	"fmt"
	"time"

	"signet/internal/iam"
)

// VisitApp remembers that a person signs in to an application.
func (tx *Tx) VisitApp(app iam.AppID, user iam.UserID) error {
	return tx.insert("visit", `INSERT INTO application_people (app_id, user_id, first_at, last_at, blocked_at) VALUES ($1, $2, $3, $3, 0)
		ON CONFLICT (app_id, user_id) DO UPDATE SET last_at = excluded.last_at,
			first_at = CASE WHEN application_people.first_at = 0 THEN excluded.first_at ELSE application_people.first_at END`,
		app, user, micros(tx.now))
}

// BlockInApp keeps a person out of one application, or lets them in again where
// the time is zero.
func (tx *Tx) BlockInApp(app iam.AppID, user iam.UserID, since time.Time) error {
	return tx.insert("block", `INSERT INTO application_people (app_id, user_id, first_at, last_at, blocked_at) VALUES ($1, $2, 0, 0, $3)
		ON CONFLICT (app_id, user_id) DO UPDATE SET blocked_at = excluded.blocked_at`, app, user, micros(since))
}

// BlockedInApp reports whether a person is kept out of an application.
func (tx *Tx) BlockedInApp(app iam.AppID, user iam.UserID) (bool, error) {
	n, err := one(tx, "block", count, `SELECT COUNT(*) FROM application_people WHERE app_id = $1 AND user_id = $2 AND blocked_at > 0`, app, user)
	return n > 0, err
}

// AppPeopleFilter chooses people of an application for a page.
type AppPeopleFilter struct {
	Search  string // in login or name
	ByEmail bool   // and in the e-mail address
	After   iam.UserID
	Limit   int
}

func scanAppPerson(r row) (p iam.AppPerson, err error) {
	u := &p.User
	return p, r.Scan(&u.ID, &u.Login, &u.Name, &u.GivenName, &u.FamilyName, &u.Email, &u.EmailVerified, &u.Locale, &u.Status,
		stamp{&u.StatusAt}, stamp{&u.CreatedAt}, stamp{&u.UpdatedAt}, &p.App, stamp{&p.FirstAt}, stamp{&p.LastAt}, stamp{&p.BlockedAt}, &p.Living)
}

const appPersonColumns = `u.id, u.login, u.name, u.given_name, u.family_name, u.email, u.email_verified, u.locale, u.status, u.status_at, u.created_at, u.updated_at,
	p.app_id, p.first_at, p.last_at, p.blocked_at,
	(SELECT COUNT(*) FROM grants g WHERE g.app_id = p.app_id AND g.user_id = p.user_id AND g.ended_at = 0
		AND EXISTS (SELECT 1 FROM tokens t WHERE t.grant_id = g.id AND t.spent_at = 0 AND t.expires_at > $2))`

// AppPeople returns a page of the people of an application, those who signed in
// last first.
func (tx *Tx) AppPeople(app iam.AppID, f AppPeopleFilter) ([]iam.AppPerson, error) {
	before := int64(1) << 62
	if f.After != "" {
		at, err := one(tx, "person", count, `SELECT COALESCE(MAX(last_at), -1) FROM application_people WHERE app_id = $1 AND user_id = $2`, app, f.After)
		if err != nil {
			return nil, err
		}
		before = at
	}
	return many(tx, "people of an application", scanAppPerson, `SELECT `+appPersonColumns+`
		FROM application_people p JOIN users u ON u.id = p.user_id
		WHERE p.app_id = $1 AND (p.last_at < $3 OR p.last_at = $3 AND p.user_id > $4)
			AND ($5 = '' OR u.login_key LIKE $6 ESCAPE '!' OR u.name_key LIKE $6 ESCAPE '!' OR $8 AND u.email_key LIKE $6 ESCAPE '!')
		ORDER BY p.last_at DESC, p.user_id LIMIT $7`, app, micros(tx.now), before, f.After, f.Search, likePattern(f.Search), f.Limit, f.ByEmail)
}

// AppPerson returns one person of an application.
func (tx *Tx) AppPerson(app iam.AppID, user iam.UserID) (iam.AppPerson, error) {
	return one(tx, "user", scanAppPerson, `SELECT `+appPersonColumns+`
		FROM application_people p JOIN users u ON u.id = p.user_id WHERE p.app_id = $1 AND p.user_id = $3`, app, micros(tx.now), user)
}

// AppUse counts what hangs on an application.
type AppUse struct{ People, Living, Consents, Roles int64 }

// AppUse counts what would go with an application.
func (tx *Tx) AppUse(app iam.AppID) (AppUse, error) {
	return one(tx, "use of an application", func(r row) (u AppUse, err error) {
		return u, r.Scan(&u.People, &u.Living, &u.Consents, &u.Roles)
	}, `SELECT (SELECT COUNT(*) FROM application_people WHERE app_id = $1 AND last_at > 0),
		(SELECT COUNT(*) FROM grants g WHERE g.app_id = $1 AND g.ended_at = 0
			AND EXISTS (SELECT 1 FROM tokens t WHERE t.grant_id = g.id AND t.spent_at = 0 AND t.expires_at > $2)),
		(SELECT COUNT(*) FROM consents WHERE app_id = $1),
		(SELECT COUNT(*) FROM memberships WHERE app_id = $1)`, app, micros(tx.now))
}

// DeleteLoginsOfUserApp ends the sign-ins of a person to one application that are
// under way.
func (tx *Tx) DeleteLoginsOfUserApp(user iam.UserID, app iam.AppID) error {
	if _, err := tx.exec(`DELETE FROM logins WHERE user_id = $1 AND app_id = $2`, user, app); err != nil {
		return fmt.Errorf("delete logins: %w", err)
	}
	return nil
}

// Holders returns who holds a role in exactly this scope.
func (tx *Tx) Holders(in iam.Scope) ([]iam.Holder, error) {
	return many(tx, "roles", func(r row) (h iam.Holder, err error) {
		u := &h.User
		h.Membership.Scope = in
		err = r.Scan(&u.ID, &u.Login, &u.Name, &u.GivenName, &u.FamilyName, &u.Email, &u.EmailVerified, &u.Locale, &u.Status,
			stamp{&u.StatusAt}, stamp{&u.CreatedAt}, stamp{&u.UpdatedAt}, &h.Membership.Role)
		h.Membership.User = u.ID
		return h, err
	}, `SELECT u.id, u.login, u.name, u.given_name, u.family_name, u.email, u.email_verified, u.locale, u.status, u.status_at, u.created_at, u.updated_at, m.role
		FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.level = $1 AND m.org_id = $2 AND m.app_id = $3 ORDER BY m.role, u.login_key`, in.Level, in.Org, in.App)
}
