package console

import (
	"net/http"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/provider"
	"signet/internal/web"
)

// appPage is one application: what it is, and the blocks of its settings.
type appPage struct {
	Facts   []web.Fact
	Methods settingsPage
}

// appPlace is the application that a visit is about, for whoever may see it.
func (room *Room) appPlace(v visit) (place, error) {
	return room.placeFor(v, iam.ViewApplications, iam.EditApplications)
}

func (room *Room) showApp(v visit) error {
	pl, err := room.appPlace(v)
	if err != nil {
		return err
	}
	w, err := room.Providers.Available(v.ctx, v.caller, pl.client.ID)
	if err != nil {
		return err
	}
	view, err := room.view(v, pl.tab(), "")
	if err != nil {
		return err
	}
	view = pl.inside(v.words.T, view, pl.prefix)
	view.Title = pl.client.Name
	room.app.Show(v.w, v.r, http.StatusOK, view, room.appOf(v.words, pl, w, authorities))
	return nil
}

func (room *Room) appOf(p *i18n.Printer, pl place, w provider.Widget, read readAuthorities) appPage {
	a := pl.client
	data := appPage{Methods: room.settingsOf(p, pl, w, read)}
	data.Facts = []web.Fact{
		{Term: p.T("apps.id"), Text: string(a.ID), Mono: true},
		{Term: p.T("apps.type"), Text: p.T("apps.type." + string(a.Type))},
		{Term: p.T("apps.created"), Text: p.DateTime(a.CreatedAt)},
	}
	for _, uri := range a.RedirectURIs {
		data.Facts = append(data.Facts, web.Fact{Term: p.T("apps.redirect_uri"), Text: uri, Mono: true})
	}
	return data
}
