package store

import (
	"fmt"

	"signet/internal/iam"
)

const authorityColumns = `provider_id, ca, certificate, private, former_json, self_service, days, created_at`

func scanAuthority(r row) (a iam.IssuingAuthority, err error) {
	return a, r.Scan(&a.Provider, &a.CA, &a.Certificate, &a.Key, fromJSON{&a.Former}, &a.SelfService, &a.Days, stamp{&a.CreatedAt})
}

// SetIssuingAuthority keeps the authority of a login method, in the place of one
// that it had.
func (tx *Tx) SetIssuingAuthority(a iam.IssuingAuthority) error {
	return tx.insert("authority", `INSERT INTO issuing_authorities (`+authorityColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (provider_id) DO UPDATE SET ca = excluded.ca, certificate = excluded.certificate, private = excluded.private, former_json = excluded.former_json,
			self_service = excluded.self_service, days = excluded.days, created_at = excluded.created_at`,
		a.Provider, a.CA, a.Certificate, a.Key, jsonText(a.Former), a.SelfService, int64(a.Days), micros(a.CreatedAt))
}

// IssuingAuthority returns the authority of a login method, or a not-found error.
func (tx *Tx) IssuingAuthority(provider iam.ProviderID) (iam.IssuingAuthority, error) {
	return one(tx, "authority", scanAuthority, `SELECT `+authorityColumns+` FROM issuing_authorities WHERE provider_id = $1`, provider)
}

// IssuingAuthorities returns the authorities of all login methods.
func (tx *Tx) IssuingAuthorities() ([]iam.IssuingAuthority, error) {
	return few(tx, "authorities", scanAuthority, `SELECT `+authorityColumns+` FROM issuing_authorities ORDER BY provider_id`)
}

// SetIssuingRules says to whom the authority of a login method gives certificates.
func (tx *Tx) SetIssuingRules(provider iam.ProviderID, rules iam.IssuingRules) error {
	return tx.change("authority", `UPDATE issuing_authorities SET self_service = $2, days = $3 WHERE provider_id = $1`,
		provider, rules.SelfService, int64(rules.Days))
}

// InsertIssued keeps that a certificate was issued, and reports false where its form
// has issued one already: the unique constraint decides.
func (tx *Tx) InsertIssued(i iam.Issued) (bool, error) {
	n, err := tx.exec(`INSERT INTO issued_certificates (sha256, provider_id, user_id, request_hash, not_after, created_at, issuer_spki, serial)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (request_hash) DO NOTHING`,
		i.Certificate.SHA256, i.Provider, i.User, i.Request, micros(i.Certificate.NotAfter), micros(i.CreatedAt), i.Certificate.IssuerSPKI, i.Certificate.Serial)
	if err != nil {
		return false, fmt.Errorf("insert issued certificate: %w", err)
	}
	return n == 1, nil
}

// IssuedTo returns for whom Signet has issued the certificate, or a not-found error
// where it has not. Within the key of an authority the serial number is what says it (RFC
// 5280, section 4.1.2.2): fingerprints differ by how a certificate is shown.
func (tx *Tx) IssuedTo(c *iam.Certificate) (iam.UserID, error) {
	return one(tx, "certificate", func(r row) (u iam.UserID, err error) { return u, r.Scan(&u) },
		`SELECT user_id FROM issued_certificates WHERE sha256 IN ($1, $2) AND sha256 <> '' OR serial = $3 AND issuer_spki = $4 AND issuer_spki <> '' LIMIT 1`,
		c.SHA256, c.MirrorSHA256, c.Serial, c.IssuerSPKI)
}

// CountIssued counts the certificates of a person that a login method has issued and
// that have not ended.
func (tx *Tx) CountIssued(user iam.UserID, provider iam.ProviderID) (int64, error) {
	return one(tx, "certificates", count, `SELECT COUNT(*) FROM issued_certificates WHERE user_id = $1 AND provider_id = $2 AND not_after > $3`,
		user, provider, micros(tx.now))
}
