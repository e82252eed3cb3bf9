package console

import (
	"net/http"
	"slices"

	"signet/internal/i18n"
	"signet/internal/iam"
)

// askRequire asks before a method of the sign-in form is made required, or
// optional again.
func (room *Room) askRequire(v visit) error { return room.drawRequire(v, nil) }

func (room *Room) drawRequire(v visit, refused *iam.Error) error {
	pl, o, err := room.offered(v)
	if err != nil {
		return err
	}
	title := "console.methods.require_title"
	if o.Required {
		title = "console.methods.optional_title"
	}
	view, err := room.placed(v, pl, title, "Name", o.Provider.Name)
	if err != nil {
		return err
	}
	room.deletion.Show(v.w, v.r, statusOf(refused), pl.below(v.words.T, view), requireMethodOf(v.words, pl, o, refused))
	return nil
}

func requireMethodOf(p *i18n.Printer, pl place, o iam.Offer, refused *iam.Error) askMethodPage {
	data := askMethodPage{
		Wrong: banner(p, refused), Action: pl.method(o.Provider.ID) + "/require", Cancel: pl.methods(), Mild: true, Icon: "star", Value: "on",
		Text: p.T("console.methods.require_text", "App", pl.client.Name, "Name", o.Provider.Name), Confirm: p.T("console.methods.require"),
	}
	if o.Required {
		data.Value, data.Confirm = "", p.T("console.methods.make_optional")
		data.Text = p.T("console.methods.optional_text", "App", pl.client.Name, "Name", o.Provider.Name)
		return data
	}
	if !o.Provider.SelfLinked() {
		data.EndsTitle, data.Ends = p.T("console.methods.require_mind"), []string{p.T("console.methods.require_administrators")}
	}
	return data
}

func (room *Room) require(v visit) error {
	pl, o, err := room.offered(v)
	if err != nil {
		return err
	}
	on := v.r.PostFormValue("on") != ""
	err = room.Providers.Require(v.ctx, v.caller, pl.client.ID, o.Provider.ID, on)
	if refused := iam.AsError(err); refused != nil && refused.Kind == iam.KindConflict {
		return room.drawRequire(v, refused)
	}
	if err != nil {
		return err
	}
	key := "console.methods.now_optional"
	if on {
		key = "console.methods.now_required"
	}
	return v.done(pl.methods(), key, "Name", o.Provider.Name, "App", pl.client.Name)
}

// offered is the method that the path names, if it stands in the sign-in form of
// the place's client.
func (room *Room) offered(v visit) (place, iam.Offer, error) {
	pl, err := room.place(v)
	if err != nil {
		return pl, iam.Offer{}, err
	}
	w, err := room.Providers.Available(v.ctx, v.caller, pl.client.ID)
	if err != nil {
		return pl, iam.Offer{}, err
	}
	id := iam.ProviderID(v.r.PathValue("method"))
	i := slices.IndexFunc(w.Offers, func(o iam.Offer) bool { return o.Provider.ID == id })
	if i < 0 {
		// Who tries to change what is not theirs stands in the log.
		if v.r.Method != http.MethodGet {
			return pl, iam.Offer{}, iam.NotFound("offer")
		}
		return pl, iam.Offer{}, iam.NotFound("provider")
	}
	return pl, w.Offers[i], nil
}
