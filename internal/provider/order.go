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
