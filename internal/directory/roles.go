package directory

import (
	"context"

	"signet/internal/iam"
	"signet/internal/store"
)

// Roles returns the roles of a person, for themselves or an administrator.
func (s *Service) Roles(ctx context.Context, caller iam.Caller, id iam.UserID) (memberships []iam.Membership, err error) {
	if caller.User != id {
		if err := caller.Require(iam.ViewUsers, iam.System()); err != nil {
			return nil, err
		}
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		memberships, err = tx.Memberships(id)
		return err
	})
	return memberships, err
}

// keepAnAdministrator refuses to lose the last system administrator who can sign
// in.
func (s *Service) keepAnAdministrator(tx *store.Tx, without iam.UserID) error {
	// Somebody who may not sign in administers nothing: there are others.
	if user, err := tx.User(without); err != nil || user.Status != iam.UserActive {
		return err
	}
	memberships, err := tx.Memberships(without)
	if err != nil {
		return err
	}
	for _, m := range memberships {
		if m.Role != iam.RoleSystemAdministrator {
			continue
		}
		n, err := tx.CountActiveHolders(iam.RoleSystemAdministrator, iam.System())
		if err != nil {
			return err
		}
		if n <= 1 {
			return iam.Conflict("last_administrator")
		}
	}
	return nil
}

// Give gives a person a role, at the level where there is such a role.
func (s *Service) Give(ctx context.Context, caller iam.Caller, m iam.Membership) error {
	return s.changeRole(ctx, caller, m, true)
}

// Take takes a role from a person. The last system administrator keeps theirs.
func (s *Service) Take(ctx context.Context, caller iam.Caller, m iam.Membership) error {
	return s.changeRole(ctx, caller, m, false)
}

func (s *Service) changeRole(ctx context.Context, caller iam.Caller, m iam.Membership, give bool) error {
	if err := s.Log.Denied(ctx, caller, iam.EditRoles, m.Scope); err != nil {
		return err
	}
	if give && !m.Role.FitsIn(m.Scope.Level) {
		return iam.Invalid("role", "role_of_another_level")
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		if give && !caller.Program { // commands and demonstrations name things before they exist
			if _, err := existing(tx, m.Scope); err != nil {
				return err
			}
		}
		if _, err := tx.User(m.User); err != nil {
			return err
		}
		change := "given"
		var err error
		if give {
			err = tx.InsertMembership(m)
		} else {
			change = "taken"
			if m.Role == iam.RoleSystemAdministrator {
				if err := s.keepAnAdministrator(tx, m.User); err != nil {
					return err
				}
			}
			if m.Role == iam.RoleOrganizationManager {
				if err := keepManager(tx, m.Scope, m.User); err != nil {
					return err
				}
			}
			if err = tx.DeleteMembership(m); err == nil {
				err = s.leave(tx, m.User, m.Scope)
			}
		}
		if err != nil {
			return err
		}
		return s.tellRole(tx, caller, m, change)
	})
}
