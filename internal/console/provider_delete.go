package console

import (
	"strings"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/provider"
	"signet/internal/web"
)

// askMethodPage asks before something about a login method that people will
// feel: before it is deleted, and before it is made required or optional.
type askMethodPage struct {
	Wrong          *web.Banner
	Text           string
	EndsTitle      string
	Ends           []string
	Action, Cancel string
	Value          string // of the hidden field "on"
	Confirm, Icon  string
	Mild           bool // nothing is destroyed
}

func (room *Room) askDeleteMethod(v visit) error { return room.drawDeleteMethod(v, nil) }

func (room *Room) drawDeleteMethod(v visit, refused *iam.Error) error {
	pl, m, err := room.own(v)
	if err != nil {
		return err
	}
	use, err := room.Providers.UseOf(v.ctx, v.caller, m.ID)
	if err != nil {
		return err
	}
	view, err := room.placed(v, pl, "console.methods.delete_title", "Name", m.Name)
	if err != nil {
		return err
	}
	room.deletion.Show(v.w, v.r, statusOf(refused), pl.below(v.words.T, view), deleteMethodOf(v.words, pl, m, use, refused))
	return nil
}

func deleteMethodOf(p *i18n.Printer, pl place, m iam.Provider, use provider.Use, refused *iam.Error) askMethodPage {
	data := askMethodPage{
		Wrong: banner(p, refused), Action: pl.method(m.ID) + "/delete", Cancel: pl.methods(), Text: p.T("console.methods.delete_text"), EndsTitle: p.T("console.what_ends"),
		Confirm: p.T("console.methods.delete"), Icon: "trash", Ends: []string{p.T("console.methods.delete_ends_method")},
	}
	if len(use.Apps) > 0 {
		names := make([]string, 0, len(use.Apps))
		for _, app := range use.Apps {
			names = append(names, app.Name)
		}
		data.Ends = append(data.Ends, p.T("console.methods.delete_ends_apps", "Apps", strings.Join(names, ", ")))
	}
	if use.Identifiers == 0 {
		data.Ends = append(data.Ends, p.T("console.methods.delete_no_identifiers"))
		return data
	}
	data.Ends = append(data.Ends, p.N("console.methods.delete_ends_identifiers", int(use.Identifiers)), p.T("console.methods.delete_ends_sessions"))
	return data
}

func (room *Room) deleteMethod(v visit) error {
	pl, m, err := room.own(v)
	if err != nil {
		return err
	}
	_, _, err = room.Providers.Delete(v.ctx, v.caller, m.ID)
	if refused := iam.AsError(err); refused != nil && refused.Kind == iam.KindConflict {
		return room.drawDeleteMethod(v, refused)
	}
	if err != nil {
		return err
	}
	return v.done(pl.methods(), "console.methods.deleted", "Name", m.Name)
}
