package store

import (
	"fmt"
	"time"

	"signet/internal/iam"
)

// SigningKeys returns every signing key, retired ones too, oldest first.
func (tx *Tx) SigningKeys() ([]iam.SigningKey, error) {
	return many(tx, "signing keys", func(r row) (k iam.SigningKey, err error) {
		return k, r.Scan(&k.ID, &k.Algorithm, &k.Private, &k.Public, stamp{&k.CreatedAt}, stamp{&k.ActiveFrom}, stamp{&k.RetiredAt}, stamp{&k.ExpiresAt})
	}, `SELECT id, algorithm, private, public, created_at, active_from, retired_at, expires_at FROM signing_keys ORDER BY active_from, id`)
}

// InsertSigningKey adds a key.
func (tx *Tx) InsertSigningKey(k iam.SigningKey) error {
	return tx.insert("signing key", `INSERT INTO signing_keys (id, algorithm, private, public, created_at, active_from, retired_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		k.ID, k.Algorithm, k.Private, k.Public, micros(k.CreatedAt), micros(k.ActiveFrom), micros(k.RetiredAt), micros(k.ExpiresAt))
}

// RetireSigningKey says that a key signs no longer, and until when it is
// published.
func (tx *Tx) RetireSigningKey(id string, published time.Time) error {
	return tx.change("signing key", `UPDATE signing_keys SET retired_at = $2, expires_at = $3 WHERE id = $1 AND retired_at = 0`,
		id, micros(tx.now), micros(published))
}

// DeleteSigningKeys forgets the keys that have not been published since then.
func (tx *Tx) DeleteSigningKeys(since time.Time) error {
	if _, err := tx.exec(`DELETE FROM signing_keys WHERE expires_at <> 0 AND expires_at < $1`, micros(since)); err != nil {
		return fmt.Errorf("delete signing keys: %w", err)
	}
	return nil
}
