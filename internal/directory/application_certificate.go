package directory

import (
	"context"

	"signet/internal/iam"
	"signet/internal/store"
)

// SetClientCertificate says how an application proves who it is: by a certificate, or,
// where c is nil, by its secret. Of two who change the same version the second is told
// (cause changed_meanwhile). What was given to the application stays its own.
func (s *Service) SetClientCertificate(ctx context.Context, caller iam.Caller, id iam.AppID, version int64, c *iam.ClientCertificate) error {
	app, err := s.App(ctx, id)
	if err != nil {
		return err
	}
	if err := s.Log.Denied(ctx, caller, iam.EditApplications, app.Scope()); err != nil {
		return err
	}
	switch {
	case app.Public(), app.ID.IsOwn(), app.Test, s.CheckClientCertificate == nil:
		return iam.Conflict("public_application")
	case c != nil:
		if err := s.CheckClientCertificate(c); err != nil {
			return err
		}
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		now, err := tx.App(id)
		if err != nil {
			return err
		}
		if err := tx.TouchApp(id, version); err != nil {
			return err
		}
		now.ClientCertificate = c
		if err := tx.UpdateApp(now); err != nil {
			return err
		}
		return s.tellApp(tx, caller, now, iam.EventAppChanged, "client_certificate")
	})
}
