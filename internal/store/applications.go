package store

import (
	"strings"
	"time"

	"signet/internal/iam"
)

const appColumns = `id, org_id, name, type, redirect_uris_json, post_logout_json, signing_algorithm, skip_consent, certificate_only,
	access_token_ttl, refresh_token_ttl, created_at, updated_at`

func scanApp(r row) (a iam.App, err error) {
	return a, r.Scan(&a.ID, &a.Org, &a.Name, &a.Type, fromJSON{&a.RedirectURIs}, fromJSON{&a.PostLogoutRedirectURIs}, &a.SigningAlgorithm,
		&a.SkipConsent, &a.CertificateOnly, duration{&a.AccessTokenTTL}, duration{&a.RefreshTokenTTL}, stamp{&a.CreatedAt}, stamp{&a.UpdatedAt})
}

// App returns the application with the id.
func (tx *Tx) App(id iam.AppID) (iam.App, error) {
	a, err := recall(tx, &tx.db.cache.apps, id, func() (iam.App, error) {
		return one(tx, "application", scanApp, `SELECT `+appColumns+` FROM applications WHERE id = $1`, id)
	})
	return copyApp(a), err
}

// Apps returns every application, or those of one organization.
func (tx *Tx) Apps(org iam.OrgID) ([]iam.App, error) {
	return many(tx, "applications", scanApp, `SELECT `+appColumns+` FROM applications WHERE $1 = '' OR org_id = $1 ORDER BY name, id`, org)
}

// InsertApp adds an application.
func (tx *Tx) InsertApp(a iam.App) error {
	return tx.insert("application", `INSERT INTO applications (`+appColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		a.ID, a.Org, a.Name, a.Type, jsonText(a.RedirectURIs), jsonText(a.PostLogoutRedirectURIs), a.SigningAlgorithm, a.SkipConsent, a.CertificateOnly,
		a.AccessTokenTTL.Microseconds(), a.RefreshTokenTTL.Microseconds(), micros(a.CreatedAt), micros(a.UpdatedAt))
}

// UpdateApp stores what may change of an application.
func (tx *Tx) UpdateApp(a iam.App) error {
	return tx.change("application", `UPDATE applications SET name = $2, type = $3, redirect_uris_json = $4, post_logout_json = $5, signing_algorithm = $6,
		skip_consent = $7, certificate_only = $8, access_token_ttl = $9, refresh_token_ttl = $10, updated_at = $11 WHERE id = $1`,
		a.ID, a.Name, a.Type, jsonText(a.RedirectURIs), jsonText(a.PostLogoutRedirectURIs), a.SigningAlgorithm, a.SkipConsent, a.CertificateOnly,
		a.AccessTokenTTL.Microseconds(), a.RefreshTokenTTL.Microseconds(), micros(tx.now))
}

func scanAppSecret(r row) (s iam.AppSecret, err error) {
	return s, r.Scan(&s.ID, &s.App, &s.Hash, stamp{&s.CreatedAt}, stamp{&s.ExpiresAt})
}

// AppSecrets returns the secrets of an application that are valid now.
func (tx *Tx) AppSecrets(id iam.AppID) ([]iam.AppSecret, error) {
	all, err := recall(tx, &tx.db.cache.secrets, id, func() ([]iam.AppSecret, error) {
		return many(tx, "application secrets", scanAppSecret, `SELECT id, app_id, hash, created_at, expires_at FROM application_secrets
			WHERE app_id = $1 AND (expires_at = 0 OR expires_at > $2) ORDER BY created_at DESC, id`, id, micros(tx.now))
	})
	return validSecrets(all, tx.now), err
}

// InsertAppSecret adds a secret.
func (tx *Tx) InsertAppSecret(s iam.AppSecret) error {
	return tx.insert("application secret", `INSERT INTO application_secrets (id, app_id, hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)`,
		s.ID, s.App, s.Hash, micros(s.CreatedAt), micros(s.ExpiresAt))
}

// ExpireAppSecrets lets the present secrets of an application end, at the
// latest at the given time.
func (tx *Tx) ExpireAppSecrets(id iam.AppID, at time.Time) error {
	_, err := tx.exec(`UPDATE application_secrets SET expires_at = $2 WHERE app_id = $1 AND (expires_at = 0 OR expires_at > $2)`, id, micros(at))
	return err
}

// likePattern finds the text anywhere, whatever it contains.
func likePattern(search string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(foldKey(search)) + "%"
}
