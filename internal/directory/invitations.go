package directory

import (
	"context"
	"net/mail"
	"strings"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
)

// InvitationTTL is how long the link of an invitation works.
const InvitationTTL = 7 * 24 * time.Hour

// maxInvitations bounds how many are pending in one scope.
const maxInvitations = 100

// Invite makes an invitation and returns the secret of its link, which is shown
// once: the database keeps its hash. With an address the invitation is for
// whoever has it; without one for whoever holds the link.
func (s *Service) Invite(ctx context.Context, caller iam.Caller, in iam.Scope, email string, role iam.Role) (iam.Invitation, iam.Secret, error) {
	if err := s.Log.Denied(ctx, caller, iam.EditRoles, in); err != nil {
		return iam.Invitation{}, "", err
	}
	email = strings.TrimSpace(email)
	switch {
	case in.Level == iam.LevelSystem || !role.FitsIn(in.Level):
		return iam.Invitation{}, "", iam.Invalid("role", "role_of_another_level")
	case len(email) > 254:
		return iam.Invitation{}, "", iam.Invalid("email", "email_malformed")
	case email != "":
		if a, err := mail.ParseAddress(email); err != nil || a.Address != email {
			return iam.Invitation{}, "", iam.Invalid("email", "email_malformed")
		}
	}
	secret := iam.NewSecret()
	i := iam.Invitation{ID: iam.InvitationID(iam.NewID()), Hash: secret.Hash(), Scope: in, Role: role, Email: email, Inviter: caller.User}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		if _, err := existing(tx, in); err != nil {
			return err
		}
		pending, err := tx.Invitations(in)
		if err != nil {
			return err
		}
		if len(pending) >= maxInvitations {
			return iam.Conflict("too_many_invitations")
		}
		i.CreatedAt, i.ExpiresAt = tx.Now(), tx.Now().Add(InvitationTTL)
		if err := tx.InsertInvitation(i); err != nil {
			return err
		}
		return s.Log.Write(tx, caller, invitationEvent(iam.EventInvitationMade, i))
	})
	return i, secret, err
}

func invitationEvent(kind iam.EventKind, i iam.Invitation) iam.Event {
	e := iam.Event{Kind: kind, Org: i.Scope.Org, App: i.Scope.App, Details: map[string]string{"role": string(i.Role)}}
	if i.Email != "" {
		e.Details["email"] = i.Email
	}
	return e
}

// Invitations returns what is pending in exactly the scope, and what has expired
// lately.
func (s *Service) Invitations(ctx context.Context, caller iam.Caller, in iam.Scope) (list []iam.Invitation, err error) {
	if err := caller.Require(iam.ViewMembers, in); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		list, err = tx.Invitations(in)
		return err
	})
	return list, err
}

// Uninvite takes an invitation back: its link works no more.
func (s *Service) Uninvite(ctx context.Context, caller iam.Caller, in iam.Scope, id iam.InvitationID) error {
	if err := s.Log.Denied(ctx, caller, iam.EditRoles, in); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		i, err := tx.RevokeInvitation(in, id)
		if err != nil {
			return err
		}
		return s.Log.Write(tx, caller, invitationEvent(iam.EventInvitationRevoked, i))
	})
}

// Invited is what the page of an invitation tells: who invites to what.
type Invited struct {
	Invitation iam.Invitation
	Inviter    iam.User // zero where the person is gone, or the program invited
	Place      string   // name of the organization or application
	Handle     string   // of the organization
}

// Invitation returns what a link invites to. Whoever holds the link may read it.
func (s *Service) Invitation(ctx context.Context, secret iam.Secret) (in Invited, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if in.Invitation, err = tx.Invitation(secret.Hash()); err != nil {
			return err
		}
		if err := vouchedFor(tx, in.Invitation); err != nil {
			return err
		}
		return describe(tx, &in)
	})
	return in, err
}

// vouchedFor refuses an invitation whose inviter may no longer give roles there:
// whoever is shown out would come back in by a link that they made before. One
// that the program made has no inviter.
func vouchedFor(tx *store.Tx, i iam.Invitation) error {
	if i.Inviter == "" {
		return nil
	}
	inviter, err := tx.User(i.Inviter)
	if err != nil && !iam.IsNotFound(err) {
		return err
	}
	roles, rolesErr := tx.Memberships(i.Inviter)
	switch {
	case rolesErr != nil:
		return rolesErr
	case err != nil, inviter.Status != iam.UserActive, !(iam.Caller{User: inviter.ID, Memberships: roles}).May(iam.EditRoles, i.Scope):
		return iam.NotFound("invitation")
	}
	return nil
}

func describe(tx *store.Tx, in *Invited) (err error) {
	if in.Inviter, err = tx.User(in.Invitation.Inviter); err != nil && !iam.IsNotFound(err) {
		return err
	}
	if id := in.Invitation.Scope.Org; id != "" {
		o, err := tx.Org(id)
		if err != nil {
			return err
		}
		in.Place, in.Handle = o.Name, o.Handle
	}
	if id := in.Invitation.Scope.App; id != "" {
		app, err := tx.App(id)
		if err != nil {
			return err
		}
		in.Place = app.Name
	}
	return nil
}

// Accept spends the link of an invitation and gives the caller its role. One for
// an address is refused to people who have another one, and stays: the link may
// have reached the wrong person. What the caller is already is not made less.
func (s *Service) Accept(ctx context.Context, caller iam.Caller, secret iam.Secret) (in Invited, err error) {
	if caller.User == "" {
		return in, &iam.Error{Kind: iam.KindUnauthenticated, Cause: "sign_in_needed"}
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		in = Invited{}
		if in.Invitation, err = tx.TakeInvitation(secret.Hash()); err != nil {
			return err
		}
		if err := vouchedFor(tx, in.Invitation); err != nil {
			return err
		}
		if err := describe(tx, &in); err != nil {
			return err
		}
		i := in.Invitation
		me, err := tx.User(caller.User)
		if err != nil {
			return err
		}
		if i.Email != "" && !strings.EqualFold(i.Email, me.Email) {
			return &iam.Error{Kind: iam.KindConflict, Cause: "invitation_for_another", Params: map[string]string{"Email": i.Email}}
		}
		if _, err := existing(tx, i.Scope); err != nil {
			return err
		}
		if err := s.Log.Write(tx, caller, about(me, invitationEvent(iam.EventInvitationTaken, i))); err != nil {
			return err
		}
		held, err := tx.MemberRole(me.ID, i.Scope)
		switch {
		case err != nil && !iam.IsNotFound(err):
			return err
		case err == nil && held != iam.RoleMember, held == i.Role:
			return nil
		case err == nil:
			if err := tx.DeleteMembership(iam.Membership{User: me.ID, Scope: i.Scope, Role: held}); err != nil {
				return err
			}
		}
		return s.setRole(tx, caller, me.ID, i.Scope, i.Role, "given")
	})
	return in, err
}

// Decline spends the link of an invitation without taking what it offers.
func (s *Service) Decline(ctx context.Context, caller iam.Caller, secret iam.Secret) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		i, err := tx.TakeInvitation(secret.Hash())
		if err != nil {
			return err
		}
		e := invitationEvent(iam.EventInvitationRefused, i)
		e.User = caller.User
		return s.Log.Write(tx, caller, e)
	})
}

func about(u iam.User, e iam.Event) iam.Event {
	e.User, e.UserLogin = u.ID, u.Login
	return e
}
