package provider

import (
	"context"
	"slices"

	"signet/internal/iam"
	"signet/internal/store"
)

// Widget is what an administrator decides about the widget of an application:
// what stands in it, in order, and what could.
type Widget struct {
	App    iam.App
	Offers []iam.Offer    // full buttons first
	Off    []iam.Provider // usable and switched off
}

// On reports whether the login method is switched on.
func (w Widget) On(id iam.ProviderID) bool {
	return slices.ContainsFunc(w.Offers, func(o iam.Offer) bool { return o.Provider.ID == id })
}

// Available returns the login methods that an application has and could have.
func (s *Service) Available(ctx context.Context, caller iam.Caller, app iam.AppID) (Widget, error) {
	var w Widget
	var all []iam.Provider
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if w.App, err = tx.App(app); err != nil {
			return err
		}
		// Who may not see is told so before the rest is read.
		if err := caller.Require(iam.ViewProviders, w.App.Scope()); err != nil {
			return err
		}
		if w.Offers, err = Offered(tx, w.App); err != nil {
			return err
		}
		all, err = tx.Providers()
		return err
	})
	if err != nil {
		return Widget{}, err
	}
	w.Offers = mainFirst(w.Offers)
	for _, p := range all {
		if Usable(p, w.App) && !w.On(p.ID) {
			w.Off = append(w.Off, p)
		}
	}
	return w, nil
}

// Switch shows a login method in the widget of an application, or hides it. A
// method of a wider scope must be public; one of another organization or
// application is refused. A widget that nobody could sign in with is refused
// too, unless the password can come back (row S49).
func (s *Service) Switch(ctx context.Context, caller iam.Caller, app iam.AppID, id iam.ProviderID, on bool) error {
	target, err := s.mayArrange(ctx, caller, app)
	if err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		p, err := tx.Provider(id)
		if err != nil {
			return err
		}
		if !on {
			if err := tx.DeleteOffer(app, id); err != nil {
				return err
			}
			if err := s.tellSwitched(tx, caller, target, p, "off"); err != nil {
				return err
			}
			return s.keepOne(tx, caller, target, p)
		}
		if !Usable(p, target) {
			return iam.Forbidden("method_of_another_scope")
		}
		return s.switchOn(tx, caller, target, p)
	})
}

// mayArrange asks whether the caller may change the widget of the application.
func (s *Service) mayArrange(ctx context.Context, caller iam.Caller, id iam.AppID) (app iam.App, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		app, err = tx.App(id)
		return err
	})
	if err != nil {
		return app, err
	}
	return app, s.Log.Denied(ctx, caller, iam.SwitchProviders, app.Scope())
}

// switchOn puts a method behind the others, as a full button.
func (s *Service) switchOn(tx *store.Tx, caller iam.Caller, app iam.App, p iam.Provider) error {
	offers, err := tx.Offers(app.ID)
	if err != nil {
		return err
	}
	last := 0
	for _, o := range offers {
		if o.Provider.ID == p.ID {
			return nil // is on already
		}
		last = max(last, o.Position)
	}
	if err := tx.SetOffer(app.ID, p.ID, last+1, true); err != nil {
		return err
	}
	return s.tellSwitched(tx, caller, app, p, "on")
}

func (s *Service) tellSwitched(tx *store.Tx, caller iam.Caller, app iam.App, p iam.Provider, change string) error {
	e := event(iam.EventProviderSwitched, p)
	e.App, e.Org, e.Details = app.ID, app.Org, map[string]string{"change": change, "name": p.Name}
	return s.Log.Write(tx, caller, e)
}

// keepOne sees to it that people can still sign in with a widget from which a
// method was taken (row S49): the password comes back, and where it cannot, the
// change is refused.
func (s *Service) keepOne(tx *store.Tx, caller iam.Caller, app iam.App, taken iam.Provider) error {
	refusal, err := lockedOut(tx, app)
	if err != nil || refusal == nil {
		return err
	}
	password, found, err := passwordMethod(tx)
	if err != nil {
		return err
	}
	// Where the password is what was taken, it does not come back behind the
	// administrator's back: they are told why it has to stay.
	if !found || password.ID == taken.ID || !Usable(password, app) || app.CertificateOnly {
		return refusal
	}
	return s.switchOn(tx, caller, app, password)
}

// lockedOut returns why nobody, or at Signet itself no administrator, could sign
// in with the widget of an application; nil where they can.
func lockedOut(tx *store.Tx, app iam.App) (*iam.Error, error) {
	offers, err := Offered(tx, app)
	if err != nil {
		return nil, err
	}
	certificates := 0
	for _, o := range offers {
		switch {
		case o.Provider.Type == iam.ProviderCertificate:
			certificates++
		case !app.CertificateOnly:
			return nil, nil //nolint:nilnil // nil is the answer "they can"
		}
	}
	last := iam.Conflict("last_method")
	last.Params = map[string]string{"App": app.Name}
	if certificates == 0 {
		return last, nil
	}
	if app.ID != iam.SignetApp {
		return nil, nil //nolint:nilnil // see above
	}
	for _, o := range offers {
		held, err := tx.AdministratorIdentities(o.Provider.ID)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(held, func(i iam.Identity) bool { return app.Accepts(i.Certificate) }) {
			return nil, nil //nolint:nilnil // see above
		}
	}
	return iam.Conflict("no_administrator_could_sign_in"), nil
}

// Open puts the password into the widget of a new application: at least one
// method always remains (row S49), from the beginning.
func (s *Service) Open(tx *store.Tx, caller iam.Caller, app iam.App) error {
	password, found, err := passwordMethod(tx)
	if err != nil || !found || !Usable(password, app) || app.CertificateOnly {
		return err
	}
	return s.switchOn(tx, caller, app, password)
}

// CheckWayIn refuses (as a conflict) what would leave nobody, or at Signet
// itself no administrator, who could sign in to an application.
func CheckWayIn(tx *store.Tx, app iam.App) error {
	refusal, err := lockedOut(tx, app)
	if err == nil && refusal != nil {
		return refusal
	}
	return err
}

// passwordMethod returns the password method of the system.
func passwordMethod(tx *store.Tx) (p iam.Provider, found bool, err error) {
	all, err := tx.Providers()
	i := slices.IndexFunc(all, func(p iam.Provider) bool {
		return p.Type == iam.ProviderPassword && p.Scope.Level == iam.LevelSystem
	})
	if err != nil || i < 0 {
		return p, false, err
	}
	return all[i], true, nil
}

// withdraw takes a login method out of those widgets that it stands in and that
// the condition holds for.
func (s *Service) withdraw(tx *store.Tx, caller iam.Caller, p iam.Provider, from func(iam.App) bool) error {
	apps, err := tx.AppsOffering(p.ID)
	if err != nil {
		return err
	}
	for _, id := range apps {
		app, err := tx.App(id)
		if err != nil {
			return err
		}
		if !from(app) {
			continue
		}
		if err := tx.DeleteOffer(id, p.ID); err != nil {
			return err
		}
		if err := s.tellSwitched(tx, caller, app, p, "off"); err != nil {
			return err
		}
		if err := s.keepOne(tx, caller, app, p); err != nil {
			return err
		}
	}
	return nil
}
