package store

import (
	"fmt"
	"strings"
	"time"

	"signet/internal/iam"
)

const appColumns = `id, org_id, name, type, redirect_uris_json, post_logout_json, signing_algorithm, skip_consent, certificate_only,
	authorities_json, members_only, access_token_ttl, refresh_token_ttl, test, test_of, version, created_at, updated_at, min_strength, certificate_claims, backchannel_logout_uri, client_certificate_json`

func scanApp(r row) (a iam.App, err error) {
	return a, r.Scan(&a.ID, &a.Org, &a.Name, &a.Type, fromJSON{&a.RedirectURIs}, fromJSON{&a.PostLogoutRedirectURIs}, &a.SigningAlgorithm,
		&a.SkipConsent, &a.CertificateOnly, fromJSON{&a.Authorities}, &a.MembersOnly, duration{&a.AccessTokenTTL}, duration{&a.RefreshTokenTTL}, &a.Test, &a.TestOf, &a.Version, stamp{&a.CreatedAt}, stamp{&a.UpdatedAt}, (*int64)(&a.MinStrength), &a.CertificateClaims, &a.BackchannelLogoutURI, fromJSON{&a.ClientCertificate})
}

// App returns the application with the id.
func (tx *Tx) App(id iam.AppID) (iam.App, error) {
	a, err := recall(tx, &tx.db.cache.apps, id, func() (iam.App, error) {
		return one(tx, "application", scanApp, `SELECT `+appColumns+` FROM applications WHERE id = $1`, id)
	})
	return copyApp(a), err
}

// Apps returns every application, or those of one organization. What an
// organization itself is (iam.OrgApp) is none of them.
func (tx *Tx) Apps(org iam.OrgID) ([]iam.App, error) {
	return many(tx, "applications", scanApp, `SELECT `+appColumns+` FROM applications
		WHERE ($1 = '' OR org_id = $1) AND id <> 'org-' || org_id ORDER BY name_key, id`, org)
}

// AppFilter chooses applications for a page. Zero fields choose all.
type AppFilter struct {
	Org    iam.OrgID
	Search string    // in the name, or the whole id
	After  iam.AppID // the last one of the page before
	Limit  int
}

// FindApps returns a page of applications in the order of their names.
func (tx *Tx) FindApps(f AppFilter) ([]iam.App, error) {
	after := ""
	if f.After != "" {
		a, err := tx.App(f.After)
		if err != nil && !iam.IsNotFound(err) {
			return nil, err
		}
		after = foldKey(a.Name)
	}
	return many(tx, "applications", scanApp, `SELECT `+appColumns+` FROM applications
		WHERE ($1 = '' OR org_id = $1) AND id <> 'org-' || org_id AND ($2 = '' OR name_key LIKE $3 ESCAPE '!' OR id = $2)
			AND (name_key > $4 OR name_key = $4 AND id > $5)
		ORDER BY name_key, id LIMIT $6`, f.Org, f.Search, likePattern(f.Search), after, f.After, f.Limit)
}

// InsertApp adds an application.
func (tx *Tx) InsertApp(a iam.App) error {
	return tx.insert("application", `INSERT INTO applications (`+appColumns+`, name_key)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1, $16, $17, $19, $20, $21, $22, $18)`,
		a.ID, a.Org, a.Name, a.Type, jsonText(a.RedirectURIs), jsonText(a.PostLogoutRedirectURIs), a.SigningAlgorithm, a.SkipConsent, a.CertificateOnly,
		jsonText(a.Authorities), a.MembersOnly, a.AccessTokenTTL.Microseconds(), a.RefreshTokenTTL.Microseconds(), a.Test, a.TestOf,
		micros(a.CreatedAt), micros(a.UpdatedAt), foldKey(a.Name), int64(a.MinStrength), a.CertificateClaims, a.BackchannelLogoutURI, jsonText(a.ClientCertificate))
}

// UpdateApp stores what may change of an application. Two who change it are kept
// apart by TouchApp.
func (tx *Tx) UpdateApp(a iam.App) error {
	return tx.change("application", `UPDATE applications SET name = $2, type = $3, redirect_uris_json = $4, post_logout_json = $5, signing_algorithm = $6,
		skip_consent = $7, certificate_only = $8, access_token_ttl = $9, refresh_token_ttl = $10, updated_at = $11, authorities_json = $12,
		members_only = $13, name_key = $14, min_strength = $15, certificate_claims = $16, backchannel_logout_uri = $17, client_certificate_json = $18 WHERE id = $1`,
		a.ID, a.Name, a.Type, jsonText(a.RedirectURIs), jsonText(a.PostLogoutRedirectURIs), a.SigningAlgorithm, a.SkipConsent, a.CertificateOnly,
		a.AccessTokenTTL.Microseconds(), a.RefreshTokenTTL.Microseconds(), micros(tx.now), jsonText(a.Authorities), a.MembersOnly, foldKey(a.Name), int64(a.MinStrength), a.CertificateClaims, a.BackchannelLogoutURI, jsonText(a.ClientCertificate))
}

// TouchApp makes a new version of an application, provided that nobody changed
// the one that was read.
func (tx *Tx) TouchApp(id iam.AppID, version int64) error {
	n, err := tx.exec(`UPDATE applications SET version = version + 1, updated_at = $3 WHERE id = $1 AND version = $2`, id, version, micros(tx.now))
	switch {
	case err != nil:
		return fmt.Errorf("change application: %w", err)
	case n == 0:
		return iam.Conflict("changed_meanwhile")
	}
	return nil
}

// DeleteApp deletes an application with its secrets, its widget, what people
// gave it, and the roles that are held in it.
func (tx *Tx) DeleteApp(id iam.AppID) error {
	if _, err := tx.exec(`DELETE FROM memberships WHERE app_id = $1`, id); err != nil {
		return fmt.Errorf("delete memberships: %w", err)
	}
	if _, err := tx.exec(`DELETE FROM logins WHERE app_id = $1`, id); err != nil {
		return fmt.Errorf("delete logins: %w", err)
	}
	return tx.change("application", `DELETE FROM applications WHERE id = $1`, id)
}

// TestApp returns the application that tries the sign-in form of another one,
// or, where none is named, the one that an organization tries its own with.
func (tx *Tx) TestApp(of iam.AppID, org iam.OrgID) (iam.App, error) {
	return one(tx, "application", scanApp, `SELECT `+appColumns+` FROM applications WHERE test AND test_of = $1 AND org_id = $2 ORDER BY id LIMIT 1`, of, org)
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

// DeleteAppSecret takes back one secret.
func (tx *Tx) DeleteAppSecret(app iam.AppID, id string) error {
	return tx.change("application_secret", `DELETE FROM application_secrets WHERE app_id = $1 AND id = $2`, app, id)
}

// likePattern finds the text anywhere, whatever it contains.
func likePattern(search string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(foldKey(search)) + "%"
}
