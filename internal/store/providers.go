package store

import (
	"fmt"

	"signet/internal/iam"
)

const providerColumns = `p.id, p.level, p.org_id, p.app_id, p.type, p.name, p.description, p.public, p.publicity, p.picture, p.settings_json, p.version, p.created_at, p.updated_at`

func providerDest(p *iam.Provider) []any {
	return []any{&p.ID, &p.Scope.Level, &p.Scope.Org, &p.Scope.App, &p.Type, &p.Name, &p.Description, &p.Public, &p.Publicity, &p.Picture,
		fromJSON{&p.Settings}, &p.Version, stamp{&p.CreatedAt}, stamp{&p.UpdatedAt}}
}

func scanProvider(r row) (p iam.Provider, err error) { return p, r.Scan(providerDest(&p)...) }

func scanOffer(r row) (o iam.Offer, err error) {
	return o, r.Scan(append(providerDest(&o.Provider), &o.Position, &o.Main, &o.Required)...)
}

// Provider returns the login method with the id.
func (tx *Tx) Provider(id iam.ProviderID) (iam.Provider, error) {
	p, err := recall(tx, &tx.db.cache.providers, id, func() (iam.Provider, error) {
		return one(tx, "provider", scanProvider, `SELECT `+providerColumns+` FROM providers p WHERE p.id = $1`, id)
	})
	return copyProvider(p), err
}

// Providers returns every login method.
func (tx *Tx) Providers() ([]iam.Provider, error) {
	return many(tx, "providers", scanProvider, `SELECT `+providerColumns+` FROM providers p ORDER BY p.created_at, p.id`)
}

// InsertProvider adds a login method.
func (tx *Tx) InsertProvider(p iam.Provider) error {
	return tx.insert("provider", `INSERT INTO providers (id, level, org_id, app_id, type, name, description, public, publicity, picture, settings_json, version, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		p.ID, p.Scope.Level, p.Scope.Org, p.Scope.App, p.Type, p.Name, p.Description, p.Public, p.Publicity, p.Picture, jsonText(p.Settings), p.Version,
		micros(p.CreatedAt), micros(p.UpdatedAt))
}

// UpdateProvider stores a changed login method, provided that nobody changed
// the version that p was read at.
func (tx *Tx) UpdateProvider(p iam.Provider) error {
	n, err := tx.exec(`UPDATE providers SET name = $3, description = $4, public = $5, publicity = $6, settings_json = $7, version = version + 1, updated_at = $8, picture = $9
		WHERE id = $1 AND version = $2`, p.ID, p.Version, p.Name, p.Description, p.Public, p.Publicity, jsonText(p.Settings), micros(tx.now), p.Picture)
	switch {
	case err != nil:
		return fmt.Errorf("change provider: %w", err)
	case n == 0:
		return iam.Conflict("changed_meanwhile")
	}
	return nil
}

// Offers returns what stands in the widget of an application, in order.
func (tx *Tx) Offers(app iam.AppID) ([]iam.Offer, error) {
	offers, err := recall(tx, &tx.db.cache.offers, app, func() ([]iam.Offer, error) {
		return many(tx, "offers", scanOffer, `SELECT `+providerColumns+`, o.position, o.main, o.required FROM offers o JOIN providers p ON p.id = o.provider_id
			WHERE o.app_id = $1 ORDER BY o.position, p.id`, app)
	})
	return copyOffers(offers), err
}

// SetOffer puts a login method into the widget of an application.
func (tx *Tx) SetOffer(app iam.AppID, id iam.ProviderID, position int, main bool) error {
	return tx.insert("offer", `INSERT INTO offers (app_id, provider_id, position, main) VALUES ($1, $2, $3, $4)
		ON CONFLICT (app_id, provider_id) DO UPDATE SET position = excluded.position, main = excluded.main`, app, id, position, main)
}

// RequireOffer says whether everybody must hold an identifier of a login method
// to enter an application.
func (tx *Tx) RequireOffer(app iam.AppID, id iam.ProviderID, required bool) error {
	return tx.change("offer", `UPDATE offers SET required = $3 WHERE app_id = $1 AND provider_id = $2`, app, id, required)
}

// DeleteOffer takes a login method out of the widget of an application.
func (tx *Tx) DeleteOffer(app iam.AppID, id iam.ProviderID) error {
	return tx.change("offer", `DELETE FROM offers WHERE app_id = $1 AND provider_id = $2`, app, id)
}

// ProvidersForProfile returns the login methods of a type that a person can
// link in the profile: public ones of the system, and those of organizations and
// applications that the person belongs to or has used.
func (tx *Tx) ProvidersForProfile(user iam.UserID, kind iam.ProviderType) ([]iam.Provider, error) {
	return many(tx, "providers", scanProvider, `SELECT `+providerColumns+` FROM providers p WHERE p.type = $2 AND (
		(p.level = 'system' AND p.public)
		OR (p.level = 'organization' AND p.public AND EXISTS (SELECT 1 FROM memberships m WHERE m.user_id = $1 AND m.org_id = p.org_id AND m.org_id <> ''))
		OR (p.level = 'application' AND EXISTS (SELECT 1 FROM consents c WHERE c.user_id = $1 AND c.app_id = p.app_id))
		OR (p.level = 'application' AND EXISTS (SELECT 1 FROM grants g WHERE g.user_id = $1 AND g.app_id = p.app_id)))
		ORDER BY p.name, p.id`, user, kind)
}

// DeleteProvider deletes a login method, its places in widgets and its
// identifiers.
func (tx *Tx) DeleteProvider(id iam.ProviderID) error {
	return tx.change("provider", `DELETE FROM providers WHERE id = $1`, id)
}

// AppsOffering returns the applications in whose widget a login method stands.
func (tx *Tx) AppsOffering(id iam.ProviderID) ([]iam.AppID, error) {
	return many(tx, "offers", func(r row) (app iam.AppID, err error) { return app, r.Scan(&app) },
		`SELECT app_id FROM offers WHERE provider_id = $1 ORDER BY app_id`, id)
}

// IdentitiesOfProvider returns the identifiers of a login method.
func (tx *Tx) IdentitiesOfProvider(id iam.ProviderID) ([]iam.Identity, error) {
	return many(tx, "identities", scanIdentity, `SELECT `+identityRead+` FROM identities WHERE provider_id = $1 ORDER BY created_at, id`, id)
}

// CountAdministratorsOf returns how many system administrators could sign in
// with a login method: they are active and have an identifier of it that has not
// expired.
func (tx *Tx) CountAdministratorsOf(id iam.ProviderID) (int64, error) {
	return one(tx, "identities", count, `SELECT COUNT(DISTINCT u.id) FROM identities i
		JOIN users u ON u.id = i.user_id AND u.status = $2
		JOIN memberships m ON m.user_id = u.id AND m.role = $3 AND m.level = $4
		WHERE i.provider_id = $1 AND (i.not_after = 0 OR i.not_after > $5)`,
		id, iam.UserActive, iam.RoleSystemAdministrator, iam.LevelSystem, micros(tx.now))
}

// AdministratorIdentities returns the identifiers of a login method with which
// system administrators could sign in now.
func (tx *Tx) AdministratorIdentities(id iam.ProviderID) ([]iam.Identity, error) {
	return many(tx, "identities", scanIdentity, `SELECT `+identityRead+` FROM identities WHERE provider_id = $1 AND (not_after = 0 OR not_after > $5)
		AND EXISTS (SELECT 1 FROM users u JOIN memberships m ON m.user_id = u.id AND m.role = $3 AND m.level = $4
			WHERE u.id = identities.user_id AND u.status = $2) ORDER BY id`,
		id, iam.UserActive, iam.RoleSystemAdministrator, iam.LevelSystem, micros(tx.now))
}
