package store

import (
	"signet/internal/iam"
)

const consentColumns = `user_id, app_id, scopes_json, created_at, updated_at`

func scanConsent(r row) (c iam.Consent, err error) {
	return c, r.Scan(&c.User, &c.App, fromJSON{&c.Scopes}, stamp{&c.CreatedAt}, stamp{&c.UpdatedAt})
}

// Consent returns what a person agreed to give an application.
func (tx *Tx) Consent(user iam.UserID, app iam.AppID) (iam.Consent, error) {
	return one(tx, "consent", scanConsent, `SELECT `+consentColumns+` FROM consents WHERE user_id = $1 AND app_id = $2`, user, app)
}

// Consents returns what a person agreed to give, newest first.
func (tx *Tx) Consents(user iam.UserID) ([]iam.Consent, error) {
	return many(tx, "consents", scanConsent, `SELECT `+consentColumns+` FROM consents WHERE user_id = $1 ORDER BY updated_at DESC, app_id`, user)
}

// SetConsent stores what a person agrees to give an application; the time of
// the first consent stays.
func (tx *Tx) SetConsent(user iam.UserID, app iam.AppID, scopes []string) error {
	return tx.insert("consent", `INSERT INTO consents (`+consentColumns+`) VALUES ($1, $2, $3, $4, $4)
		ON CONFLICT (user_id, app_id) DO UPDATE SET scopes_json = excluded.scopes_json, updated_at = excluded.updated_at`,
		user, app, jsonText(scopes), micros(tx.now))
}

// DeleteConsent forgets a consent.
func (tx *Tx) DeleteConsent(user iam.UserID, app iam.AppID) error {
	return tx.change("consent", `DELETE FROM consents WHERE user_id = $1 AND app_id = $2`, user, app)
}
