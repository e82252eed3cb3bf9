package store

import (
	"fmt"

	"signet/internal/iam"
)

//i18n:keys error.*_not_found picture

// Picture returns the picture with the id.
func (tx *Tx) Picture(id iam.PictureID) (iam.Picture, error) {
	return one(tx, "picture", func(r row) (p iam.Picture, err error) {
		return p, r.Scan(&p.ID, &p.Type, &p.Content, stamp{&p.CreatedAt})
	}, `SELECT id, type, content, created_at FROM pictures WHERE id = $1`, id)
}

// InsertPicture adds a picture, unless it is there already.
func (tx *Tx) InsertPicture(p iam.Picture) error {
	return tx.insert("picture", `INSERT INTO pictures (id, type, content, created_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (id) DO UPDATE SET created_at = excluded.created_at`, p.ID, p.Type, p.Content, micros(p.CreatedAt))
}

// Appearance returns how the sign-in form looks at a scope; the zero Appearance
// where nothing was ever set there.
func (tx *Tx) Appearance(s iam.Scope) (iam.Appearance, error) {
	key := appearanceKey{s.Level, s.ID()}
	a, err := recall(tx, &tx.db.cache.widgets, key, func() (iam.Appearance, error) {
		a, err := one(tx, "widget", func(r row) (a iam.Appearance, err error) {
			return a, r.Scan(fromJSON{&a}, &a.Version)
		}, `SELECT settings_json, version FROM widgets WHERE level = $1 AND org_id = $2 AND app_id = $3`, s.Level, orgOf(s), s.App)
		if iam.IsNotFound(err) {
			return iam.Appearance{}, nil
		}
		return a, err
	})
	return copyAppearance(a), err
}

// SetAppearance stores how the sign-in form looks at a scope, provided that
// nobody changed the version that a was read at.
func (tx *Tx) SetAppearance(s iam.Scope, a iam.Appearance) error {
	n, err := tx.exec(`INSERT INTO widgets (level, org_id, app_id, settings_json, version, updated_at) VALUES ($1, $2, $3, $4, $5 + 1, $6)
		ON CONFLICT (level, org_id, app_id) DO UPDATE SET settings_json = excluded.settings_json, version = excluded.version, updated_at = excluded.updated_at
		WHERE widgets.version = $5`, s.Level, orgOf(s), s.App, jsonText(a), a.Version, micros(tx.now))
	switch {
	case err != nil:
		return fmt.Errorf("change widget: %w", err)
	case n == 0:
		return iam.Conflict("changed_meanwhile")
	}
	return nil
}

// orgOf leaves the organization of an application out of its key: an application
// that moves keeps its sign-in form.
func orgOf(s iam.Scope) iam.OrgID {
	if s.Level == iam.LevelOrganization {
		return s.Org
	}
	return ""
}

// appearanceKey names a scope in the cache.
type appearanceKey struct {
	level iam.Level
	id    string
}
