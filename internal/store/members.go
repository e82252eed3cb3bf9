package store

import (
	"fmt"

	"signet/internal/iam"
)

func scanMember(r row) (m iam.Member, err error) {
	u := &m.User
	return m, r.Scan(&u.ID, &u.Login, &u.Name, &u.GivenName, &u.FamilyName, &u.Email, &u.EmailVerified, &u.Locale,
		&u.Status, stamp{&u.StatusAt}, stamp{&u.CreatedAt}, stamp{&u.UpdatedAt}, &m.Role)
}

const memberColumns = `u.id, u.login, u.name, u.given_name, u.family_name, u.email, u.email_verified, u.locale, u.status, u.status_at, u.created_at, u.updated_at, m.role`

// Members returns a page of who holds a role in exactly this scope, in the order
// of their logins, those after the given login, that contain the text; the e-mail
// address counts where byEmail says so.
func (tx *Tx) Members(in iam.Scope, search, after string, byEmail bool, limit int) ([]iam.Member, error) {
	return many(tx, "members", scanMember, `SELECT `+memberColumns+` FROM memberships m JOIN users u ON u.id = m.user_id
		WHERE m.level = $1 AND m.org_id = $2 AND m.app_id = $3 AND u.login_key > $4
			AND ($5 = '' OR u.login_key LIKE $6 ESCAPE '!' OR u.name_key LIKE $6 ESCAPE '!' OR $8 AND u.email_key LIKE $6 ESCAPE '!')
		ORDER BY u.login_key, m.role LIMIT $7`, in.Level, in.Org, in.App, foldKey(after), search, likePattern(search), limit, byEmail)
}

// MemberRole returns what a person is in exactly this scope.
func (tx *Tx) MemberRole(id iam.UserID, in iam.Scope) (iam.Role, error) {
	role, err := one(tx, "membership", text, `SELECT role FROM memberships WHERE user_id = $1 AND level = $2 AND org_id = $3 AND app_id = $4
		ORDER BY CASE role WHEN 'member' THEN 1 ELSE 0 END, role LIMIT 1`, id, in.Level, in.Org, in.App)
	return iam.Role(role), err
}

// DeleteMemberships takes every role that a person holds in a scope; of an
// organization also those in its applications.
func (tx *Tx) DeleteMemberships(id iam.UserID, in iam.Scope) error {
	text, args := `DELETE FROM memberships WHERE user_id = $1 AND org_id = $2 AND level <> 'system'`, []any{id, in.Org}
	if in.Level != iam.LevelOrganization {
		text, args = `DELETE FROM memberships WHERE user_id = $1 AND level = $2 AND org_id = $3 AND app_id = $4`, []any{id, in.Level, in.Org, in.App}
	}
	return tx.change("membership", text, args...)
}

const invitationColumns = `id, hash, level, org_id, app_id, role, email, inviter_id, created_at, expires_at`

func scanInvitation(r row) (i iam.Invitation, err error) {
	return i, r.Scan(&i.ID, &i.Hash, &i.Scope.Level, &i.Scope.Org, &i.Scope.App, &i.Role, &i.Email, &i.Inviter, stamp{&i.CreatedAt}, stamp{&i.ExpiresAt})
}

// InsertInvitation adds an invitation.
func (tx *Tx) InsertInvitation(i iam.Invitation) error {
	return tx.insert("invitation", `INSERT INTO invitations (`+invitationColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		i.ID, i.Hash, i.Scope.Level, i.Scope.Org, i.Scope.App, i.Role, i.Email, i.Inviter, micros(i.CreatedAt), micros(i.ExpiresAt))
}

// Invitation returns the invitation of a link that still works.
func (tx *Tx) Invitation(hash []byte) (iam.Invitation, error) {
	return one(tx, "invitation", scanInvitation, `SELECT `+invitationColumns+` FROM invitations WHERE hash = $1 AND expires_at > $2`, hash, micros(tx.now))
}

// Invitations returns what is pending in exactly this scope, and what has expired
// lately, the newest first.
func (tx *Tx) Invitations(in iam.Scope) ([]iam.Invitation, error) {
	return many(tx, "invitations", scanInvitation, `SELECT `+invitationColumns+` FROM invitations
		WHERE level = $1 AND org_id = $2 AND app_id = $3 ORDER BY created_at DESC, id LIMIT 200`, in.Level, in.Org, in.App)
}

// TakeInvitation spends the link of an invitation: of two who hold it, one has it.
func (tx *Tx) TakeInvitation(hash []byte) (iam.Invitation, error) {
	return one(tx, "invitation", scanInvitation, `DELETE FROM invitations WHERE hash = $1 AND expires_at > $2 RETURNING `+invitationColumns, hash, micros(tx.now))
}

// RevokeInvitation takes an invitation of exactly this scope back.
func (tx *Tx) RevokeInvitation(in iam.Scope, id iam.InvitationID) (iam.Invitation, error) {
	return one(tx, "invitation", scanInvitation, `DELETE FROM invitations WHERE id = $1 AND level = $2 AND org_id = $3 AND app_id = $4
		RETURNING `+invitationColumns, id, in.Level, in.Org, in.App)
}

// DeleteInvitations takes back every invitation of a scope that is deleted.
func (tx *Tx) DeleteInvitations(in iam.Scope) error {
	if _, err := tx.exec(`DELETE FROM invitations WHERE level = $1 AND org_id = $2 AND app_id = $3`, in.Level, in.Org, in.App); err != nil {
		return fmt.Errorf("delete invitations: %w", err)
	}
	return nil
}
