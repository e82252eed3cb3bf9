package store

import (
	"signet/internal/iam"
)

// Held is a token with the grant that it belongs to and the person.
type Held struct {
	Token iam.Token
	Given
}

// InsertToken keeps the hash of a token.
func (tx *Tx) InsertToken(t iam.Token) error {
	return tx.insert("token", `INSERT INTO tokens (hash, kind, grant_id, scopes_json, created_at, expires_at, spent_at, thumbprint) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		t.Hash, t.Kind, t.Grant, jsonText(t.Scopes), micros(t.CreatedAt), micros(t.ExpiresAt), micros(t.SpentAt), append([]byte{}, t.Thumbprint...))
}

// Token returns the token that has the hash, with all that decides whether it
// is good: spent, late and ended ones too.
func (tx *Tx) Token(hash []byte) (Held, error) {
	return one(tx, "token", func(r row) (h Held, err error) {
		t := &h.Token
		return h, r.Scan(append([]any{&t.Hash, &t.Kind, &t.Grant, fromJSON{&t.Scopes}, stamp{&t.CreatedAt}, stamp{&t.ExpiresAt}, stamp{&t.SpentAt}, &t.Thumbprint},
			givenInto(&h.Grant, &h.User)...)...)
	}, `SELECT t.hash, t.kind, t.grant_id, t.scopes_json, t.created_at, t.expires_at, t.spent_at, t.thumbprint, `+givenColumns+`
		FROM tokens t JOIN grants g ON g.id = t.grant_id JOIN users u ON u.id = g.user_id WHERE t.hash = $1`, hash)
}

// SpendToken spends a token. It returns a not-found error if it was spent
// before: of several at once one gets it.
func (tx *Tx) SpendToken(hash []byte) error {
	return tx.change("token", `UPDATE tokens SET spent_at = $2 WHERE hash = $1 AND spent_at = 0`, hash, micros(tx.now))
}
