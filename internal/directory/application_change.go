package directory

import (
	"context"
	"fmt"
	"slices"

	"signet/internal/iam"
	"signet/internal/provider"
	"signet/internal/store"
)

// EditApp changes an application. Of two who change the same version the second
// is told (cause changed_meanwhile). Where it is, and what it is, do not change.
// A demand on who may enter that became stricter ends everything that was given
// to the application: whoever still may enter comes back without noticing.
func (s *Service) EditApp(ctx context.Context, caller iam.Caller, a iam.App) error {
	old, err := s.App(ctx, a.ID)
	if err != nil {
		return err
	}
	if err := s.Log.Denied(ctx, caller, iam.EditApplications, old.Scope()); err != nil {
		return err
	}
	a.Org, a.Type, a.Test, a.TestOf, a.CreatedAt = old.Org, old.Type, old.Test, old.TestOf, old.CreatedAt
	if a.ID == iam.SignetApp { // only who may enter is to be decided
		version, only, authorities := a.Version, a.CertificateOnly, a.Authorities
		a = old
		a.Version, a.CertificateOnly, a.Authorities = version, only, authorities
		if !only {
			a.Authorities = nil
		}
	} else if err := checkApp(&a); err != nil {
		return err
	}
	if a.ID.IsOwn() {
		a.MinStrength = old.MinStrength
	}
	if err := s.maySkipConsent(ctx, caller, old.SkipConsent, a.SkipConsent); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		now, err := tx.App(a.ID)
		if err != nil {
			return err
		}
		if err := tx.TouchApp(a.ID, a.Version); err != nil {
			return err
		}
		// As it is now: what is remembered may be older than the page, and the secret would
		// count again in the place of the certificate. SetClientCertificate changes it.
		a.ClientCertificate = now.ClientCertificate
		if err := tx.UpdateApp(a); err != nil {
			return err
		}
		change := "settings"
		if entryDiffers(now, a) {
			change = "access"
			if err := s.checkEntry(tx, a); err != nil {
				return err
			}
		}
		if stricter(now, a) {
			if err := tx.EndGrantsOfApp(a.ID, iam.EndByAdministrator); err != nil {
				return err
			}
		}
		return s.tellApp(tx, caller, a, iam.EventAppChanged, change)
	})
}

// maySkipConsent asks for the right to let people in without asking them what
// they give: it is the operator's, whose application it then is.
func (s *Service) maySkipConsent(ctx context.Context, caller iam.Caller, before, after bool) error {
	if before == after {
		return nil
	}
	return s.Log.Denied(ctx, caller, iam.EditSettings, iam.System())
}

func sameAuthorities(a, b iam.App) bool {
	names := func(a iam.App) (all []string) {
		for _, authority := range a.Authorities {
			all = append(all, authority.SHA256)
		}
		slices.Sort(all)
		return all
	}
	return slices.Equal(names(a), names(b))
}

func entryDiffers(before, after iam.App) bool {
	return before.MinStrength != after.MinStrength || before.CertificateOnly != after.CertificateOnly || before.MembersOnly != after.MembersOnly || !sameAuthorities(before, after)
}

// stricter reports whether somebody who could enter may no longer. Pure.
func stricter(before, after iam.App) bool {
	narrowed := len(before.Authorities) == 0 && len(after.Authorities) > 0
	for _, authority := range before.Authorities {
		narrowed = narrowed || len(after.Authorities) > 0 &&
			!slices.ContainsFunc(after.Authorities, func(a iam.Authority) bool { return a.SHA256 == authority.SHA256 })
	}
	return after.CertificateOnly && (!before.CertificateOnly || narrowed) || after.MembersOnly && !before.MembersOnly ||
		after.MinStrength > before.MinStrength
}

// checkEntry refuses demands that nobody could meet: CAs that no login method of
// the application trusts, and a certificate where none is switched on.
func (s *Service) checkEntry(tx *store.Tx, a iam.App) error {
	if len(a.Authorities) > 0 {
		known, err := s.authoritiesOf(tx, a)
		if err != nil {
			return err
		}
		for _, wanted := range a.Authorities {
			if !slices.ContainsFunc(known, func(k iam.Authority) bool { return k.SHA256 == wanted.SHA256 }) {
				return &iam.Error{Kind: iam.KindInvalid, Field: "authorities", Cause: "authority_not_trusted", Params: map[string]string{"Name": wanted.Name}}
			}
		}
	}
	if err := checkStrength(tx, a); err != nil || !a.CertificateOnly {
		return err
	}
	err := provider.CheckWayIn(tx, a)
	if refused := iam.AsError(err); refused != nil && refused.Cause == "last_method" {
		return iam.Conflict("certificate_method_needed")
	}
	return err
}

//i18n:keys error.* unknown_strength no_method_reaches

// checkStrength refuses to require what no login method of the application gives:
// nobody could enter.
func checkStrength(tx *store.Tx, a iam.App) error {
	if a.MinStrength == iam.StrengthUnknown {
		return nil
	}
	offers, err := provider.Offered(tx, a)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(offers, func(o iam.Offer) bool {
		return o.Provider.CanReach(func(given iam.Assurance) bool { return given.Strength >= a.MinStrength })
	}) {
		return iam.Invalid("min_strength", "no_method_reaches")
	}
	return nil
}

// authoritiesOf returns the CAs of the certificate methods in the sign-in form of
// an application.
func (s *Service) authoritiesOf(tx *store.Tx, a iam.App) ([]iam.Authority, error) {
	offers, err := provider.Offered(tx, a)
	if err != nil {
		return nil, err
	}
	var all []iam.Authority
	for _, o := range offers {
		if o.Provider.Type != iam.ProviderCertificate || s.Authorities == nil {
			continue
		}
		found, err := s.Authorities(o.Provider)
		if err != nil {
			return nil, fmt.Errorf("read the CAs of login method %s: %w", o.Provider.ID, err)
		}
		all = append(all, found...)
	}
	return all, nil
}

// AppUse is what hangs on an application.
type AppUse struct {
	store.AppUse
	Methods     []iam.Provider // of its own
	Identifiers int64          // of these
}

// AppUse counts what would go with an application, for whoever may delete it.
func (s *Service) AppUse(ctx context.Context, caller iam.Caller, id iam.AppID) (use AppUse, err error) {
	app, err := s.App(ctx, id)
	if err != nil {
		return use, err
	}
	if err := caller.Require(iam.DeleteApplications, app.Scope()); err != nil {
		return use, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		use = AppUse{}
		if use.AppUse, err = tx.AppUse(id); err != nil {
			return err
		}
		if use.Methods, err = ownMethods(tx, id); err != nil {
			return err
		}
		for _, m := range use.Methods {
			n, err := tx.CountIdentities(m.ID)
			if err != nil {
				return err
			}
			use.Identifiers += n
		}
		return nil
	})
	return use, err
}

func ownMethods(tx *store.Tx, id iam.AppID) ([]iam.Provider, error) {
	all, err := tx.Providers()
	return slices.DeleteFunc(all, func(p iam.Provider) bool { return p.Scope.Level != iam.LevelApplication || p.Scope.App != id }), err
}

// DeleteApp deletes an application with all that hangs on it: its own login
// methods with their identifiers and the sessions that these opened, what people
// gave it, the roles that are held in it, and what tries its sign-in form.
func (s *Service) DeleteApp(ctx context.Context, caller iam.Caller, id iam.AppID) error {
	app, err := s.App(ctx, id)
	if err != nil {
		return err
	}
	if err := s.Log.Denied(ctx, caller, iam.DeleteApplications, app.Scope()); err != nil {
		return err
	}
	if id == iam.SignetApp {
		return iam.Conflict("signet_stays")
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		trial, err := tx.TestApp(id, app.Org)
		switch {
		case err == nil:
			if err := s.deleteApp(tx, caller, trial); err != nil {
				return err
			}
		case !iam.IsNotFound(err):
			return err
		}
		return s.deleteApp(tx, caller, app)
	})
}

func (s *Service) deleteApp(tx *store.Tx, caller iam.Caller, app iam.App) error {
	methods, err := ownMethods(tx, app.ID)
	if err != nil {
		return err
	}
	for _, m := range methods {
		if err := s.deleteMethod(tx, caller, m); err != nil {
			return err
		}
	}
	if err := tx.DeleteApp(app.ID); err != nil {
		return err
	}
	return s.Log.Write(tx, caller, iam.Event{Kind: iam.EventAppDeleted, App: app.ID, Org: app.Org, Details: map[string]string{"name": app.Name}})
}

// deleteMethod deletes a login method of an application that goes as well: no
// other application can have it in its form.
func (s *Service) deleteMethod(tx *store.Tx, caller iam.Caller, m iam.Provider) error {
	held, err := tx.IdentitiesOfProvider(m.ID)
	if err != nil {
		return err
	}
	for _, identity := range held {
		if _, err := s.Sessions.EndOfIdentity(tx, caller, identity.ID, iam.EndIdentityRemoved); err != nil {
			return err
		}
	}
	if err := tx.DeleteProvider(m.ID); err != nil {
		return err
	}
	return s.Log.Write(tx, caller, iam.Event{
		Kind: iam.EventProviderDeleted, Provider: m.ID, Org: m.Scope.Org, App: m.Scope.App, Details: map[string]string{"name": m.Name},
	})
}
