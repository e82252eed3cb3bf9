package store

import (
	"fmt"
	"time"

	"signet/internal/iam"
)

// ExpiryOffer returns of which certificate of an identifier its holder was told
// last that it soon ends, and when.
func (tx *Tx) ExpiryOffer(id iam.IdentityID) (sha256 string, at time.Time, err error) {
	type offer struct {
		sum string
		at  time.Time
	}
	o, err := one(tx, "expiry offer", func(r row) (o offer, err error) {
		return o, r.Scan(&o.sum, stamp{&o.at})
	}, `SELECT sha256, offered_at FROM expiry_offers WHERE identity_id = $1`, id)
	return o.sum, o.at, err
}

// SetExpiryOffer remembers that the holder of an identifier is told now.
func (tx *Tx) SetExpiryOffer(id iam.IdentityID, sha256 string) error {
	_, err := tx.exec(`INSERT INTO expiry_offers (identity_id, sha256, offered_at) VALUES ($1, $2, $3)
		ON CONFLICT (identity_id) DO UPDATE SET sha256 = excluded.sha256, offered_at = excluded.offered_at`, id, sha256, micros(tx.now))
	if err != nil {
		return fmt.Errorf("remember expiry offer: %w", err)
	}
	return nil
}
