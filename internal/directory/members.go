package directory

import (
	"context"
	"strings"

	"signet/internal/iam"
	"signet/internal/store"
)

//i18n:keys event.change.* removed

// MembersPage is how many people a page of Members holds.
const MembersPage = 50

// Members returns a page of who holds a role in exactly the scope, those after a
// login, that contain the text, for whoever may see it.
func (s *Service) Members(ctx context.Context, caller iam.Caller, in iam.Scope, search, after string) (members []iam.Member, err error) {
	if err := caller.Require(iam.ViewMembers, in); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		members, err = tx.Members(in, strings.TrimSpace(search), after, findsByEmail(caller), MembersPage+1)
		return err
	})
	return members, err
}

// findsByEmail reports whether a search may find people by their e-mail address:
// for those who see it. A manager sees names and logins, and could else find out
// an address, or whose it is, letter by letter.
func findsByEmail(caller iam.Caller) bool { return caller.May(iam.ViewUsers, iam.System()) }

// Member returns somebody who holds a role in exactly the scope. Who holds none
// is nobody there: a manager learns nothing about other people by their ids.
func (s *Service) Member(ctx context.Context, caller iam.Caller, in iam.Scope, id iam.UserID) (m iam.Member, err error) {
	if err := caller.Require(iam.ViewMembers, in); err != nil {
		return m, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		m, err = member(tx, in, id)
		return err
	})
	return m, err
}

func member(tx *store.Tx, in iam.Scope, id iam.UserID) (m iam.Member, err error) {
	if m.Role, err = tx.MemberRole(id, in); err != nil {
		return m, err
	}
	m.User, err = tx.User(id)
	return m, err
}

// AddMember gives somebody who exists a role in a scope, found by login or
// confirmed e-mail address as it is typed: nothing is told of people whom the
// caller cannot name.
func (s *Service) AddMember(ctx context.Context, caller iam.Caller, in iam.Scope, name string, role iam.Role) (user iam.User, err error) {
	if err := s.Log.Denied(ctx, caller, iam.EditRoles, in); err != nil {
		return user, err
	}
	if !role.FitsIn(in.Level) {
		return user, iam.Invalid("role", "role_of_another_level")
	}
	name = strings.TrimSpace(name)
	if name == "" {
		return user, iam.Invalid("name", "login_missing")
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if in, err = existing(tx, in); err != nil {
			return err
		}
		user, err = findByName(tx, name)
		if iam.IsNotFound(err) || err == nil && user.Status == iam.UserDeleted {
			return iam.Invalid("name", "nobody_of_that_name")
		}
		if err != nil {
			return err
		}
		if _, err := tx.MemberRole(user.ID, in); err == nil {
			return &iam.Error{Kind: iam.KindConflict, Field: "name", Cause: "already_member", Params: map[string]string{"Name": user.DisplayName()}}
		} else if !iam.IsNotFound(err) {
			return err
		}
		return s.setRole(tx, caller, user.ID, in, role, "given")
	})
	return user, err
}

// ChangeMember gives a member another role. The last manager stays one.
func (s *Service) ChangeMember(ctx context.Context, caller iam.Caller, in iam.Scope, id iam.UserID, role iam.Role) error {
	if err := s.Log.Denied(ctx, caller, iam.EditRoles, in); err != nil {
		return err
	}
	if !role.FitsIn(in.Level) {
		return iam.Invalid("role", "role_of_another_level")
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		now, err := tx.MemberRole(id, in)
		switch {
		case err != nil:
			return err
		case now == role:
			return nil
		}
		if err := keepManager(tx, in, id); err != nil {
			return err
		}
		// Only what is held in this scope itself: roles in applications of the
		// organization are another matter.
		for _, old := range []iam.Role{iam.RoleOrganizationManager, iam.RoleApplicationAdministrator, iam.RoleMember} {
			if err := tx.DeleteMembership(iam.Membership{User: id, Scope: in, Role: old}); err != nil && !iam.IsNotFound(err) {
				return err
			}
		}
		return s.setRole(tx, caller, id, in, role, "given")
	})
}

// RemoveMember takes every role of a person in the scope; in an organization also
// those in its applications. The last manager stays.
func (s *Service) RemoveMember(ctx context.Context, caller iam.Caller, in iam.Scope, id iam.UserID) error {
	if err := s.Log.Denied(ctx, caller, iam.EditRoles, in); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		role, err := tx.MemberRole(id, in)
		if err != nil {
			return err
		}
		if err := keepManager(tx, in, id); err != nil {
			return err
		}
		if err := tx.DeleteMemberships(id, in); err != nil {
			return err
		}
		if err := s.leave(tx, id, in); err != nil {
			return err
		}
		return s.Log.Write(tx, caller, roleEvent(id, in, role, "removed"))
	})
}

// leave ends what somebody gave to those applications of a scope that are for
// members only and that they belong to no more: their tokens, which may be
// renewed for a year, would outlive the membership.
func (s *Service) leave(tx *store.Tx, id iam.UserID, in iam.Scope) error {
	left, err := tx.Memberships(id)
	if err != nil {
		return err
	}
	apps, err := appsWithin(tx, in)
	if err != nil {
		return err
	}
	for _, app := range apps {
		if !app.MembersOnly || Belongs(left, app) {
			continue
		}
		if err := s.Sessions.EndInApp(tx, id, app.ID, iam.EndByAdministrator); err != nil {
			return err
		}
	}
	return nil
}

// appsWithin returns the applications that a scope contains.
func appsWithin(tx *store.Tx, in iam.Scope) ([]iam.App, error) {
	if in.Level != iam.LevelApplication {
		return tx.Apps(in.Org)
	}
	app, err := tx.App(in.App)
	if iam.IsNotFound(err) {
		return nil, nil
	}
	return []iam.App{app}, err
}

func (s *Service) setRole(tx *store.Tx, caller iam.Caller, id iam.UserID, in iam.Scope, role iam.Role, change string) error {
	if err := tx.InsertMembership(iam.Membership{User: id, Scope: in, Role: role}); err != nil {
		return err
	}
	return s.Log.Write(tx, caller, roleEvent(id, in, role, change))
}

func roleEvent(id iam.UserID, in iam.Scope, role iam.Role, change string) iam.Event {
	return iam.Event{
		Kind: iam.EventRoleChanged, User: id, Org: in.Org, App: in.App,
		Details: map[string]string{"role": string(role), "change": change},
	}
}

// keepManager refuses to take the manager's role from the last one who can sign
// in: somebody else has to be appointed first.
func keepManager(tx *store.Tx, in iam.Scope, without iam.UserID) error {
	if in.Level != iam.LevelOrganization {
		return nil
	}
	memberships, err := tx.Memberships(without)
	if err != nil {
		return err
	}
	for _, m := range memberships {
		if m.Scope != in || m.Role != iam.RoleOrganizationManager {
			continue
		}
		person, err := tx.User(without)
		if err != nil {
			return err
		}
		n, err := tx.CountActiveHolders(iam.RoleOrganizationManager, in)
		if err != nil {
			return err
		}
		if person.Status == iam.UserActive && n <= 1 {
			return iam.Conflict("last_manager")
		}
	}
	return nil
}

// existing returns the scope as it is stored. What a caller says of the
// organization of an application is not believed: with an organization of their
// own in its place they would be asked for the wrong permission.
func existing(tx *store.Tx, in iam.Scope) (iam.Scope, error) {
	switch in.Level {
	case iam.LevelOrganization:
		o, err := tx.Org(in.Org)
		return o.Scope(), err
	case iam.LevelApplication:
		app, err := tx.App(in.App)
		if err == nil && (app.Scope() != in || app.ID.IsOwn()) {
			return in, iam.NotFound("application")
		}
		return app.Scope(), err
	default:
		return in, nil
	}
}
