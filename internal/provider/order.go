package provider

import (
	"context"
	"slices"

	"signet/internal/iam"
	"signet/internal/store"
)

// Step is one move of a login method in a widget.
type Step string

//i18n:keys event.change.* provider.Step

// The steps.
const (
	StepUp     Step = "up"
	StepDown   Step = "down"
	StepMain   Step = "main"   // becomes a full button, the last of them
	StepOthers Step = "others" // becomes a round icon, the last of them
)

//i18n:keys event.change.* arranged required optional

// Arrange moves a login method one step in the widget of an application.
func (s *Service) Arrange(ctx context.Context, caller iam.Caller, app iam.AppID, id iam.ProviderID, step Step) error {
	target, err := s.mayArrange(ctx, caller, app)
	if err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		offers, err := tx.Offers(app)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(offers, func(o iam.Offer) bool { return o.Provider.ID == id })
		if i < 0 {
			return iam.NotFound("offer")
		}
		e := event(iam.EventProviderSwitched, offers[i].Provider)
		after, ok := arranged(offers, id, step)
		if !ok {
			return iam.Invalid("step", "unknown_step")
		}
		for n, o := range after {
			if err := tx.SetOffer(app, o.Provider.ID, n+1, o.Main); err != nil {
				return err
			}
		}
		e.App, e.Org, e.Details = app, target.Org, map[string]string{"change": string(step), "name": e.Details["name"]}
		return s.Log.Write(tx, caller, e)
	})
}

// Order is a whole widget: what stands in it as full buttons, and as round icons.
type Order struct{ Main, Others []iam.ProviderID }

func (o Order) all() []iam.ProviderID { return slices.Concat(o.Main, o.Others) }

// OrderOf is the order of a widget as it is.
func OrderOf(offers []iam.Offer) (o Order) {
	for _, offer := range mainFirst(offers) {
		if offer.Main {
			o.Main = append(o.Main, offer.Provider.ID)
		} else {
			o.Others = append(o.Others, offer.Provider.ID)
		}
	}
	return o
}

// Place makes the widget of an application what the order says, switching
// methods on and off where it needs to. Before is the order that the
// administrator saw: whoever was slower is told (cause changed_meanwhile).
func (s *Service) Place(ctx context.Context, caller iam.Caller, app iam.AppID, before, after Order) error {
	target, err := s.mayArrange(ctx, caller, app)
	if err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		offers, err := Offered(tx, target)
		if err != nil {
			return err
		}
		if now := OrderOf(offers); !slices.Equal(now.Main, before.Main) || !slices.Equal(now.Others, before.Others) {
			return iam.Conflict("changed_meanwhile")
		}
		var moved iam.Provider
		for n, id := range after.all() {
			p, err := tx.Provider(id)
			if err != nil {
				return err
			}
			switch was := slices.IndexFunc(offers, func(o iam.Offer) bool { return o.Provider.ID == id }); {
			case slices.Contains(after.all()[:n], id):
				return iam.Invalid("main", "unknown_step") // twice
			case was < 0 && !Usable(p, target):
				return iam.Forbidden("method_of_another_scope")
			case was < 0:
				if err := s.tellSwitched(tx, caller, target, p, "on"); err != nil {
					return err
				}
			default:
				moved = p
			}
			if err := tx.SetOffer(app, id, n+1, slices.Contains(after.Main, id)); err != nil {
				return err
			}
		}
		var taken *iam.Provider
		for _, o := range offers {
			if slices.Contains(after.all(), o.Provider.ID) {
				continue
			}
			taken = &o.Provider
			if err := tx.DeleteOffer(app, o.Provider.ID); err != nil {
				return err
			}
			if err := s.tellSwitched(tx, caller, target, o.Provider, "off"); err != nil {
				return err
			}
		}
		switch {
		case taken != nil:
			return s.keepOne(tx, caller, target, *taken)
		case len(offers) == len(after.all()) && moved.ID != "":
			return s.tellSwitched(tx, caller, target, moved, "arranged")
		}
		return nil
	})
}

// Require says whether everybody must hold an identifier of a login method to
// enter an application. What people cannot hold cannot be required.
func (s *Service) Require(ctx context.Context, caller iam.Caller, app iam.AppID, id iam.ProviderID, required bool) error {
	target, err := s.mayArrange(ctx, caller, app)
	if err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		offers, err := Offered(tx, target)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(offers, func(o iam.Offer) bool { return o.Provider.ID == id })
		switch {
		case i < 0:
			return iam.NotFound("offer")
		case required && offers[i].Provider.Type != iam.ProviderCertificate:
			return iam.Conflict("method_not_requirable")
		case offers[i].Required == required:
			return nil
		}
		// Whoever requires what no administrator has locks all of them out.
		if required && app == iam.SignetApp {
			switch n, err := tx.CountAdministratorsOf(id); {
			case err != nil:
				return err
			case n == 0:
				return iam.Conflict("no_administrator_could_sign_in")
			}
		}
		if err := tx.RequireOffer(app, id, required); err != nil {
			return err
		}
		change := "optional"
		if required {
			change = "required"
		}
		return s.tellSwitched(tx, caller, target, offers[i].Provider, change)
	})
}

// arranged returns the offers after a step, full buttons first. A step beyond the
// end of a group changes nothing: to leave a group is a step of its own. It
// reports false where there is no such step. Pure.
func arranged(offers []iam.Offer, id iam.ProviderID, step Step) ([]iam.Offer, bool) {
	all := mainFirst(offers)
	i := slices.IndexFunc(all, func(o iam.Offer) bool { return o.Provider.ID == id })
	if i < 0 {
		return all, false
	}
	to := i
	switch step {
	case StepUp:
		to = i - 1
	case StepDown:
		to = i + 1
	case StepMain, StepOthers:
		moved := all[i]
		if moved.Main == (step == StepMain) {
			return all, true
		}
		moved.Main = step == StepMain
		return mainFirst(append(slices.Delete(all, i, i+1), moved)), true
	default:
		return all, false
	}
	if to >= 0 && to < len(all) && all[to].Main == all[i].Main {
		all[i], all[to] = all[to], all[i]
	}
	return all, true
}

// mainFirst returns a copy with the full buttons before the round icons.
func mainFirst(offers []iam.Offer) []iam.Offer {
	all := slices.Clone(offers)
	slices.SortStableFunc(all, func(a, b iam.Offer) int {
		switch {
		case a.Main == b.Main:
			return 0
		case a.Main:
			return -1
		default:
			return 1
		}
	})
	return all
}
