package store

import (
	"cmp"
	"fmt"
	"slices"

	"signet/internal/iam"
)

const blockColumns = `id, kind, hash, user_id, by_owner, actor_id, certificate_json, reason, created_at`

func scanBlock(r row) (b iam.CertificateBlock, err error) {
	return b, r.Scan(&b.ID, &b.Kind, &b.Hash, &b.User, &b.ByOwner, &b.Actor, fromJSON{&b.Certificate}, &b.Reason, stamp{&b.CreatedAt})
}

// InsertBlock blocks a certificate or a key, and reports false where it is
// blocked already.
func (tx *Tx) InsertBlock(b iam.CertificateBlock) (bool, error) {
	n, err := tx.exec(`INSERT INTO certificate_blocks (`+blockColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (kind, hash) DO NOTHING`,
		b.ID, b.Kind, b.Hash, b.User, b.ByOwner, b.Actor, jsonText(b.Certificate), b.Reason, micros(tx.now))
	if err != nil {
		return false, fmt.Errorf("insert block: %w", err)
	}
	return n == 1, nil
}

// TakeOverBlock makes a person's block an administrator's, so that the person
// cannot undo it.
func (tx *Tx) TakeOverBlock(kind iam.BlockKind, hash string, actor iam.UserID, reason string) error {
	return tx.change("block", `UPDATE certificate_blocks SET by_owner = $5, actor_id = $3, reason = $4 WHERE kind = $1 AND hash = $2 AND by_owner = $6`,
		kind, hash, actor, reason, false, true)
}

// DeleteBlock ends a block.
func (tx *Tx) DeleteBlock(id string) error {
	return tx.change("block", `DELETE FROM certificate_blocks WHERE id = $1`, id)
}

// Block returns the block with the id.
func (tx *Tx) Block(id string) (iam.CertificateBlock, error) {
	return one(tx, "block", scanBlock, `SELECT `+blockColumns+` FROM certificate_blocks WHERE id = $1`, id)
}

// BlockOf returns what blocks a certificate, itself or its key; a not-found error
// where nothing does. One that is only described is looked for by its SHA-1
// fingerprint in what is kept of blocked ones; of those there are not many. Either form
// of a certificate is blocked by the other.
func (tx *Tx) BlockOf(c *iam.Certificate) (iam.CertificateBlock, error) {
	if c.Described {
		return one(tx, "block", scanBlock, `SELECT `+blockColumns+` FROM certificate_blocks
			WHERE certificate_json LIKE '%sha1":"' || $1 || '"%' ORDER BY by_owner, created_at LIMIT 1`, c.SHA1)
	}
	// Sorted here: there is hardly ever one, and SQLite would prepare to sort.
	found, err := few(tx, "blocks", scanBlock, `SELECT `+blockColumns+` FROM certificate_blocks
		WHERE kind = 'certificate' AND hash IN ($1, $3, $4, $5) OR kind = 'key' AND hash = $2`,
		c.SHA256, c.SPKI, iam.DescribedHash(c.SHA1), cmp.Or(c.MirrorSHA256, c.SHA256), iam.DescribedHash(cmp.Or(c.MirrorSHA1, c.SHA1)))
	if err != nil {
		return iam.CertificateBlock{}, err
	}
	if len(found) == 0 {
		return iam.CertificateBlock{}, iam.NotFound("block")
	}
	return slices.MinFunc(found, func(a, b iam.CertificateBlock) int {
		if a.ByOwner != b.ByOwner {
			if b.ByOwner {
				return -1
			}
			return 1
		}
		return a.CreatedAt.Compare(b.CreatedAt)
	}), nil
}

// Blocks returns every block, newest first.
func (tx *Tx) Blocks() ([]iam.CertificateBlock, error) {
	return many(tx, "blocks", scanBlock, `SELECT `+blockColumns+` FROM certificate_blocks ORDER BY created_at DESC, id LIMIT 1000`)
}

// BlocksOf returns the blocks of a person's certificates, newest first.
func (tx *Tx) BlocksOf(user iam.UserID) ([]iam.CertificateBlock, error) {
	return many(tx, "blocks", scanBlock, `SELECT `+blockColumns+` FROM certificate_blocks WHERE user_id = $1 AND user_id <> '' ORDER BY created_at DESC, id`, user)
}

// IdentitiesOfHash returns the identifiers whose newest certificate, or its key,
// has the hash: 64 hexadecimal digits stand nowhere else by chance. It reads
// every row, for what is done seldom.
func (tx *Tx) IdentitiesOfHash(hash string) ([]iam.Identity, error) {
	return many(tx, "identities", scanIdentity, `SELECT `+identityRead+` FROM identities WHERE certificate_json LIKE '%"' || $1 || '"%' ORDER BY id`, hash)
}

// IdentitiesAfter returns a page of the identifiers of a login method, by id.
func (tx *Tx) IdentitiesAfter(provider iam.ProviderID, after iam.IdentityID, limit int) ([]iam.Identity, error) {
	return many(tx, "identities", scanIdentity, `SELECT `+identityRead+` FROM identities WHERE provider_id = $1 AND id > $2 ORDER BY id LIMIT $3`, provider, after, limit)
}

// LivingIdentities returns a page of the identifiers of a login method that have
// something open, by id.
func (tx *Tx) LivingIdentities(provider iam.ProviderID, after iam.IdentityID, limit int) ([]iam.Identity, error) {
	return many(tx, "identities", scanIdentity, `SELECT `+identityRead+` FROM identities WHERE provider_id = $1 AND id > $2 AND (
		EXISTS (SELECT 1 FROM sessions s WHERE s.identity_id = identities.id AND s.ended_at = 0 AND s.expires_at > $3) OR
		EXISTS (SELECT 1 FROM grants g WHERE g.identity_id = identities.id AND g.ended_at = 0)) ORDER BY id LIMIT $4`, provider, after, micros(tx.now), limit)
}

// ExpiredIdentities returns the identifiers whose newest certificate is over and
// that still have something open: a session, or a grant that could give tokens.
func (tx *Tx) ExpiredIdentities() ([]iam.Identity, error) {
	return many(tx, "identities", scanIdentity, `SELECT `+identityRead+` FROM identities WHERE not_after > 0 AND not_after < $1 AND (
		EXISTS (SELECT 1 FROM sessions s WHERE s.identity_id = identities.id AND s.ended_at = 0 AND s.expires_at > $1) OR
		EXISTS (SELECT 1 FROM grants g WHERE g.identity_id = identities.id AND g.ended_at = 0)) ORDER BY id LIMIT 500`, micros(tx.now))
}
