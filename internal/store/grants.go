package store

import (
	"signet/internal/iam"
)

// Given is a grant with the person who gave it.
type Given struct {
	Grant iam.Grant
	User  iam.User
}

// The columns of a join of grants g and users u. A grant's code has columns of
// its own, which only the exchange of the code needs.
const (
	givenColumns = `g.id, g.session_id, g.identity_id, g.user_id, g.app_id, g.scopes_json, g.offline, g.acr, g.amr_json, g.auth_time,
		g.nonce, g.claims_locales, g.created_at, g.ended_at, g.end_reason, g.certificate_json,
		u.id, u.login, u.name, u.given_name, u.family_name, u.email, u.email_verified, u.locale, u.status, u.status_at, u.created_at, u.updated_at, u.version, u.status_before`
	codeColumns = `g.code_hash, g.redirect_uri, g.challenge, g.code_expires_at, g.code_spent_at`
)

func givenInto(g *iam.Grant, u *iam.User) []any {
	return []any{
		&g.ID, &g.Session, &g.Identity, &g.User, &g.App, fromJSON{&g.Scopes}, &g.Offline, &g.ACR, fromJSON{&g.AMR}, stamp{&g.AuthTime},
		&g.Nonce, &g.Locales, stamp{&g.CreatedAt}, stamp{&g.EndedAt}, &g.EndReason, fromJSON{&g.Certificate},
		&u.ID, &u.Login, &u.Name, &u.GivenName, &u.FamilyName, &u.Email, &u.EmailVerified, &u.Locale, &u.Status,
		stamp{&u.StatusAt}, stamp{&u.CreatedAt}, stamp{&u.UpdatedAt}, &u.Version, &u.StatusBefore,
	}
}

// InsertGrant keeps what a person gave an application, with its code.
func (tx *Tx) InsertGrant(g iam.Grant) error {
	return tx.insert("grant", `INSERT INTO grants (id, session_id, identity_id, user_id, app_id, scopes_json, offline, acr, amr_json, auth_time, nonce,
			claims_locales, created_at, ended_at, end_reason, code_hash, redirect_uri, challenge, code_expires_at, code_spent_at, certificate_json)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`,
		g.ID, g.Session, g.Identity, g.User, g.App, jsonText(g.Scopes), g.Offline, g.ACR, jsonText(g.AMR), micros(g.AuthTime), g.Nonce,
		g.Locales, micros(g.CreatedAt), micros(g.EndedAt), g.EndReason, g.CodeHash, g.RedirectURI, g.Challenge, micros(g.CodeExpiresAt), micros(g.CodeSpentAt), jsonText(g.Certificate))
}

// GrantByCode returns the grant whose code has the hash, spent, late and ended
// ones too: what became of a code is for the rule to say.
func (tx *Tx) GrantByCode(hash []byte) (Given, error) {
	return one(tx, "code", func(r row) (g Given, err error) {
		return g, r.Scan(append(givenInto(&g.Grant, &g.User), &g.Grant.CodeHash, &g.Grant.RedirectURI, &g.Grant.Challenge,
			stamp{&g.Grant.CodeExpiresAt}, stamp{&g.Grant.CodeSpentAt})...)
	}, `SELECT `+givenColumns+`, `+codeColumns+` FROM grants g JOIN users u ON u.id = g.user_id WHERE g.code_hash = $1`, hash)
}

// SpendCode spends the code of a grant. It returns a not-found error if it was
// spent before: of several at once one gets it.
func (tx *Tx) SpendCode(id iam.GrantID) error {
	return tx.change("code", `UPDATE grants SET code_spent_at = $2 WHERE id = $1 AND code_spent_at = 0`, id, micros(tx.now))
}
