package store

import (
	"fmt"

	"signet/internal/iam"
)

const orgColumns = `id, handle, name, description, version, created_at, updated_at`

func scanOrg(r row) (o iam.Org, err error) {
	return o, r.Scan(&o.ID, &o.Handle, &o.Name, &o.Description, &o.Version, stamp{&o.CreatedAt}, stamp{&o.UpdatedAt})
}

// Org returns the organization with the id.
func (tx *Tx) Org(id iam.OrgID) (iam.Org, error) {
	return one(tx, "organization", scanOrg, `SELECT `+orgColumns+` FROM organizations WHERE id = $1`, id)
}

// OrgByHandle returns the organization whose addresses hold the handle.
func (tx *Tx) OrgByHandle(handle string) (iam.Org, error) {
	return one(tx, "organization", scanOrg, `SELECT `+orgColumns+` FROM organizations WHERE handle = $1`, handle)
}

// Orgs returns a page of organizations in the order of their names, those after
// one, that contain the text in name or handle.
func (tx *Tx) Orgs(search string, after iam.OrgID, limit int) ([]iam.Org, error) {
	name := ""
	if after != "" {
		last, err := tx.Org(after)
		if err != nil && !iam.IsNotFound(err) {
			return nil, err
		}
		name = foldKey(last.Name)
	}
	return many(tx, "organizations", scanOrg, `SELECT `+orgColumns+` FROM organizations
		WHERE ($1 = '' OR name_key LIKE $2 ESCAPE '!' OR handle LIKE $2 ESCAPE '!') AND (name_key > $3 OR name_key = $3 AND id > $4)
		ORDER BY name_key, id LIMIT $5`, search, likePattern(search), name, after, limit)
}

// InsertOrg adds an organization. A handle that exists breaks a unique
// constraint.
func (tx *Tx) InsertOrg(o iam.Org) error {
	return tx.insert("organization", `INSERT INTO organizations (`+orgColumns+`, name_key) VALUES ($1, $2, $3, $4, 1, $5, $6, $7)`,
		o.ID, o.Handle, o.Name, o.Description, micros(o.CreatedAt), micros(o.UpdatedAt), foldKey(o.Name))
}

// UpdateOrg stores a changed organization, provided that nobody changed the
// version that o was read at.
func (tx *Tx) UpdateOrg(o iam.Org) error {
	n, err := tx.exec(`UPDATE organizations SET handle = $3, name = $4, name_key = $5, description = $6, version = version + 1, updated_at = $7
		WHERE id = $1 AND version = $2`, o.ID, o.Version, o.Handle, o.Name, foldKey(o.Name), o.Description, micros(tx.now))
	switch {
	case err != nil:
		return fmt.Errorf("change organization: %w", err)
	case n == 0:
		return iam.Conflict("changed_meanwhile")
	}
	return nil
}

// DeleteOrg deletes an organization with its own application, and the roles and
// invitations in it. Its login methods are not touched: what they opened has to
// end first.
func (tx *Tx) DeleteOrg(id iam.OrgID) error {
	for _, text := range []string{`DELETE FROM memberships WHERE org_id = $1`, `DELETE FROM invitations WHERE org_id = $1`} {
		if _, err := tx.exec(text, id); err != nil {
			return fmt.Errorf("delete organization: %w", err)
		}
	}
	for _, text := range []string{`DELETE FROM logins WHERE app_id = $1`, `DELETE FROM applications WHERE id = $1`} {
		if _, err := tx.exec(text, iam.OrgApp(id)); err != nil {
			return fmt.Errorf("delete organization: %w", err)
		}
	}
	return tx.change("organization", `DELETE FROM organizations WHERE id = $1`, id)
}

// OrgSize counts what there is in an organization; it itself is no application
// of its own.
func (tx *Tx) OrgSize(id iam.OrgID) (iam.OrgSize, error) {
	return one(tx, "organization", func(r row) (s iam.OrgSize, err error) {
		return s, r.Scan(&s.Applications, &s.Methods, &s.Identifiers, &s.Members, &s.Invitations)
	}, `SELECT
		(SELECT COUNT(*) FROM applications WHERE org_id = $1 AND id <> $2),
		(SELECT COUNT(*) FROM providers WHERE org_id = $1 AND level = 'organization'),
		(SELECT COUNT(*) FROM identities i JOIN providers p ON p.id = i.provider_id WHERE p.org_id = $1 AND p.level = 'organization'),
		(SELECT COUNT(DISTINCT user_id) FROM memberships WHERE org_id = $1 AND level = 'organization'),
		(SELECT COUNT(*) FROM invitations WHERE org_id = $1 AND expires_at > $3)`, id, iam.OrgApp(id), micros(tx.now))
}

// ProvidersOfOrg returns the login methods of an organization, without those of
// its applications.
func (tx *Tx) ProvidersOfOrg(id iam.OrgID) ([]iam.Provider, error) {
	return many(tx, "providers", scanProvider, `SELECT `+providerColumns+` FROM providers p
		WHERE p.level = 'organization' AND p.org_id = $1 ORDER BY p.name, p.id`, id)
}
