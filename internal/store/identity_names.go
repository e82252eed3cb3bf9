package store

import (
	"fmt"

	"signet/internal/iam"
)

// SetIdentityNames stores under which names, hashed, an identifier is found when
// its certificate is renewed. What stood there before is gone.
func (tx *Tx) SetIdentityNames(i iam.Identity, names [][]byte) error {
	if _, err := tx.exec(`DELETE FROM identity_names WHERE identity_id = $1`, i.ID); err != nil {
		return fmt.Errorf("delete names of identity: %w", err)
	}
	for _, name := range names {
		if err := tx.insert("identity name", `INSERT INTO identity_names (identity_id, provider_id, name_hash) VALUES ($1, $2, $3)`,
			i.ID, i.Provider, name); err != nil {
			return err
		}
	}
	return nil
}

// IdentitiesByName returns the identifiers of the login method that have the
// name, newest first.
func (tx *Tx) IdentitiesByName(provider iam.ProviderID, name []byte) ([]iam.Identity, error) {
	return many(tx, "identities", scanIdentity, `SELECT `+identityRead+` FROM identities
		WHERE id IN (SELECT identity_id FROM identity_names WHERE provider_id = $1 AND name_hash = $2) ORDER BY created_at DESC, id`, provider, name)
}
