package store

import (
	"bytes"
	"encoding/asn1"
	"fmt"
	"time"

	"signet/internal/iam"
)

// RememberShown keeps a certificate that was shown to a login method. Of one that
// is known it notes once a day that it was shown, and at once that it is refused
// now, or no longer. The method may have been deleted while somebody chose.
func (tx *Tx) RememberShown(s iam.Shown) error {
	_, err := tx.exec(`INSERT INTO shown_certificates (provider_id, sha256, chain, refused, last_at)
		SELECT $1, $2, $3, $4, $5 WHERE EXISTS (SELECT 1 FROM providers WHERE id = $1)
		ON CONFLICT (provider_id, sha256) DO UPDATE SET chain = excluded.chain, refused = excluded.refused, last_at = excluded.last_at
		WHERE shown_certificates.last_at < $6 OR shown_certificates.refused <> excluded.refused`,
		s.Provider, s.SHA256, bytes.Join(s.Chain, nil), s.Refused, micros(tx.now), micros(tx.now.Add(-24*time.Hour)))
	if err != nil {
		return fmt.Errorf("remember a shown certificate: %w", err)
	}
	return nil
}

//i18n:keys error.*_not_found shown_certificate

const shownColumns = `provider_id, sha256, chain, refused, last_at`

func scanShown(r row) (s iam.Shown, err error) {
	var chain []byte
	if err := r.Scan(&s.Provider, &s.SHA256, &chain, &s.Refused, stamp{&s.LastAt}); err != nil {
		return s, err
	}
	// DER says how long it is (X.690, section 8.1.3), so that certificates need
	// nothing between them.
	for len(chain) > 0 {
		var one asn1.RawValue
		if chain, err = asn1.Unmarshal(chain, &one); err != nil {
			return s, fmt.Errorf("shown certificate %s: %w", s.SHA256, err)
		}
		s.Chain = append(s.Chain, one.FullBytes)
	}
	return s, nil
}

// Shown returns the certificates that were shown to a login method since a time,
// those that were refused or those that were not, the newest first.
func (tx *Tx) Shown(provider iam.ProviderID, since time.Time, refused bool, limit int) ([]iam.Shown, error) {
	return many(tx, "shown certificates", scanShown, `SELECT `+shownColumns+` FROM shown_certificates WHERE provider_id = $1 AND last_at >= $2 AND refused = $3
		ORDER BY last_at DESC, sha256 LIMIT $4`, provider, micros(since), refused, limit)
}

// ShownCertificate returns a certificate that was shown to a login method.
func (tx *Tx) ShownCertificate(provider iam.ProviderID, sha256 string) (iam.Shown, error) {
	return one(tx, "shown_certificate", scanShown, `SELECT `+shownColumns+` FROM shown_certificates WHERE provider_id = $1 AND sha256 = $2`, provider, sha256)
}
