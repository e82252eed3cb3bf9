package store

import (
	"cmp"
	"fmt"
	"slices"

	"signet/internal/iam"
)

const identityColumns = `id, user_id, provider_id, type, key, certificate_json, publicity, created_at, last_used_at, last_used_app, rule`

const identityRead = identityColumns + `, EXISTS (SELECT 1 FROM withdrawals w WHERE w.identity_id = identities.id)`

func scanIdentity(r row) (i iam.Identity, err error) {
	return i, r.Scan(&i.ID, &i.User, &i.Provider, &i.Type, &i.Key, fromJSON{&i.Certificate}, &i.Publicity,
		stamp{&i.CreatedAt}, stamp{&i.LastUsedAt}, &i.LastUsedApp, &i.Rule, &i.Withdrawn)
}

// Identity returns the identifier with the id.
func (tx *Tx) Identity(id iam.IdentityID) (iam.Identity, error) {
	return one(tx, "identity", scanIdentity, `SELECT `+identityRead+` FROM identities WHERE id = $1`, id)
}

// IdentityByKey returns the identifier that has the key in the login method.
func (tx *Tx) IdentityByKey(provider iam.ProviderID, key string) (iam.Identity, error) {
	return one(tx, "identity", scanIdentity, `SELECT `+identityRead+` FROM identities WHERE provider_id = $1 AND key = $2`, provider, key)
}

// IdentitiesBySHA1 returns the identifiers of the login method whose newest
// certificate has the fingerprint, in either form of its signature. There can be
// several: SHA-1 is no identity.
func (tx *Tx) IdentitiesBySHA1(provider iam.ProviderID, sha1 string) ([]iam.Identity, error) {
	return many(tx, "identities", scanIdentity, `SELECT `+identityRead+` FROM identities WHERE provider_id = $1 AND (sha1 = $2 OR mirror_sha1 = $2) AND $2 <> '' ORDER BY id`, provider, sha1)
}

// Identities returns the identifiers of a person, oldest first.
func (tx *Tx) Identities(user iam.UserID) ([]iam.Identity, error) {
	return tx.identitiesOf(`SELECT `+identityRead+` FROM identities WHERE user_id = $1`, user)
}

// ShowableIdentities returns the identifiers of a person that not only the person
// may see, oldest first.
func (tx *Tx) ShowableIdentities(user iam.UserID) ([]iam.Identity, error) {
	return tx.identitiesOf(`SELECT `+identityRead+` FROM identities WHERE user_id = $1 AND publicity <> '`+string(iam.PublicityOnlyMe)+`'`, user)
}

func (tx *Tx) identitiesOf(text string, user iam.UserID) ([]iam.Identity, error) {
	all, err := few(tx, "identities", scanIdentity, text, user)
	slices.SortFunc(all, func(a, b iam.Identity) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return all, err
}

// InsertIdentity links, and reports false where the key is linked already in
// the login method: the unique constraint decides, so that of two requests at
// once one wins. (ON CONFLICT, because a broken constraint would end the whole
// transaction in PostgreSQL.)
func (tx *Tx) InsertIdentity(i iam.Identity) (bool, error) {
	notAfter, sha1, mirror := found(i.Certificate)
	n, err := tx.exec(`INSERT INTO identities (sha1, mirror_sha1, not_after, `+identityColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		ON CONFLICT (provider_id, key) DO NOTHING`,
		sha1, mirror, notAfter, i.ID, i.User, i.Provider, i.Type, i.Key, jsonText(i.Certificate), i.Publicity, micros(i.CreatedAt), micros(i.LastUsedAt), i.LastUsedApp, i.Rule)
	if err != nil {
		return false, fmt.Errorf("insert identity: %w", err)
	}
	return n == 1, nil
}

// TouchIdentity remembers when and where an identifier signed in, with the
// certificate that is known.
func (tx *Tx) TouchIdentity(id iam.IdentityID, app iam.AppID) error {
	return tx.change("identity", `UPDATE identities SET last_used_at = $2, last_used_app = $3 WHERE id = $1`, id, micros(tx.now), app)
}

// UseIdentity remembers when and where an identifier signed in, and the newest
// certificate of its key.
func (tx *Tx) UseIdentity(id iam.IdentityID, app iam.AppID, c *iam.Certificate) error {
	notAfter, sha1, mirror := found(c)
	return tx.change("identity", `UPDATE identities SET last_used_at = $2, last_used_app = $3, certificate_json = $4, not_after = $5, sha1 = $6, mirror_sha1 = $7 WHERE id = $1`,
		id, micros(tx.now), app, jsonText(c), notAfter, sha1, mirror)
}

// found returns what certificates are found by.
func found(c *iam.Certificate) (notAfter int64, sha1, mirror string) {
	if c == nil {
		return 0, "", ""
	}
	return micros(c.NotAfter), c.SHA1, c.MirrorSHA1
}

// RekeyIdentity gives an identifier another account key. The unique constraint holds.
func (tx *Tx) RekeyIdentity(id iam.IdentityID, key string) error {
	return tx.change("identity", `UPDATE identities SET key = $2 WHERE id = $1`, id, key)
}

// SetPublicity stores who may see an identifier of the person.
func (tx *Tx) SetPublicity(user iam.UserID, id iam.IdentityID, p iam.Publicity) error {
	return tx.change("identity", `UPDATE identities SET publicity = $3 WHERE id = $1 AND user_id = $2`, id, user, p)
}

// DeleteIdentity unlinks an identifier of the person, and remembers that: by its key,
// and by the fingerprint, which is all that is known of the key of a certificate that a
// proxy has only described.
func (tx *Tx) DeleteIdentity(user iam.UserID, id iam.IdentityID) error {
	if _, err := tx.exec(`INSERT INTO unlinked (provider_id, key, user_id, at)
		SELECT provider_id, key, user_id, CAST($3 AS BIGINT) FROM identities WHERE id = $1 AND user_id = $2
		UNION ALL SELECT provider_id, $4 || sha1, user_id, CAST($3 AS BIGINT) FROM identities WHERE id = $1 AND user_id = $2 AND sha1 <> ''
		ON CONFLICT (provider_id, key, user_id) DO UPDATE SET at = excluded.at`, id, user, micros(tx.now), iam.DescribedHash("")); err != nil {
		return fmt.Errorf("remember unlinked identity: %w", err)
	}
	return tx.change("identity", `DELETE FROM identities WHERE id = $1 AND user_id = $2`, id, user)
}

// Unlinked reports whether what was shown was an identifier of the person and was
// taken off them.
func (tx *Tx) Unlinked(provider iam.ProviderID, e iam.Evidence, user iam.UserID) (bool, error) {
	_, was, err := tx.UnlinkedAt(provider, e, user)
	return was, err
}

// EverUnlinked reports whether what was shown was taken off anybody.
func (tx *Tx) EverUnlinked(provider iam.ProviderID, e iam.Evidence) (bool, error) {
	known := e.KnownBy()
	n, err := one(tx, "unlinked", count, `SELECT COUNT(*) FROM unlinked WHERE provider_id = $1 AND key IN ($2, $3, $4)`, provider, known[0], known[1], known[2])
	return n > 0, err
}

// CountIdentities returns how many identifiers a login method has.
func (tx *Tx) CountIdentities(provider iam.ProviderID) (int64, error) {
	return one(tx, "identities", count, `SELECT COUNT(*) FROM identities WHERE provider_id = $1`, provider)
}
