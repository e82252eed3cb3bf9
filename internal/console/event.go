package console

import (
	"net/http"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
	"signet/internal/words"
)

// eventPage is one event with everything that is known of it.
type eventPage struct {
	Event   words.Event
	Refused *web.Banner
	Facts   []web.Fact
	Trail   string // path of all events of the attempt; empty without one
	Examine string // path of what its login method makes of the certificate now
}

func (room *Room) showEvent(v visit) error {
	e, err := room.Log.Event(v.ctx, v.caller, v.r.PathValue("event"))
	if err != nil {
		return err
	}
	return room.drawEvent(v, e, tabEvents, func(view web.View) web.View { return view })
}

// showPlaceEvent is an event in the log of an organization or an application. One
// of another place is none here, even where the caller may see it there.
func (room *Room) showPlaceEvent(v visit) error {
	pl, err := room.placeFor(v, iam.ViewEvents, iam.ViewEvents)
	if err != nil {
		return err
	}
	e, err := room.Log.Event(v.ctx, v.caller, v.r.PathValue("event"))
	here := e.App == pl.client.ID
	if pl.atOrganization() {
		here = e.Org == pl.org.ID
	}
	if err == nil && !here {
		err = iam.NotFound("event")
	}
	if err != nil {
		return err
	}
	return room.drawEvent(v, e, pl.log(), func(view web.View) web.View { return pl.inLog(v.words.T, view) })
}

// drawEvent draws an event of the log whose address is base.
func (room *Room) drawEvent(v visit, e iam.Event, base string, at func(web.View) web.View) error {
	n := room.names(v.ctx)
	data := eventOf(v.words, base, e, words.Of(v.words, e, n.words(), v.now), v.caller.May(iam.ViewUsers, iam.System()))
	if n.err != nil {
		return n.err
	}
	var err error
	if data.Examine, err = room.examined(v, e); err != nil {
		return err
	}
	view, err := room.view(v, tabEvents, "")
	if err != nil {
		return err
	}
	view = at(view)
	view.Title = data.Event.What
	view.Crumbs = append(view.Crumbs, web.Link{Label: v.words.T("console.events_title"), URL: base})
	room.event.Show(v.w, v.r, http.StatusOK, view, data)
	return nil
}

// examined is where the certificate of an event can be examined, for whoever may.
func (room *Room) examined(v visit, e iam.Event) (string, error) {
	if e.Certificate == nil || e.Certificate.SHA256 == "" || e.Provider == "" {
		return "", nil
	}
	m, err := room.Providers.Provider(v.ctx, e.Provider)
	if iam.IsNotFound(err) || err == nil && (m.Type != iam.ProviderCertificate || !v.caller.May(iam.EditProviders, m.Scope)) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	pl := place{prefix: prefixSystem}
	switch m.Scope.Level {
	case iam.LevelOrganization:
		org, err := room.Directory.Org(v.ctx, v.caller, string(m.Scope.Org))
		if err != nil {
			return "", err
		}
		pl.prefix = orgPath(org)
	case iam.LevelApplication:
		pl.prefix = appPath(m.Scope.App)
	}
	return pl.shownPath(m.ID, e.Certificate.SHA256), nil
}

func eventOf(p *i18n.Printer, base string, e iam.Event, told words.Event, seesUsers bool) eventPage {
	data := eventPage{Event: told}
	add := func(key, text, url string, mono bool) {
		if text != "" {
			data.Facts = append(data.Facts, web.Fact{Term: p.T(key), Text: text, URL: url, Mono: mono})
		}
	}
	person := ""
	if e.User != "" && seesUsers {
		person = pathOf(e.User)
	}
	add("console.event_when", p.DateTime(e.At), "", false)
	add("console.event_person", told.Person, person, false)
	add("console.event_by", told.By, "", false)
	add("console.event_app", told.App, "", false)
	add("console.event_method", told.Method, "", false)
	data.Facts = append(data.Facts, told.Details...)
	add("console.event_address", told.Address, "", true)
	add("console.event_device", told.Device, "", false)
	if told.Attempt != "" {
		data.Trail = logPath(base, eventQuery{Attempt: told.Attempt}, "")
		add("console.event_attempt", told.Attempt, data.Trail, false)
	}
	add("console.event_session", string(e.Session), "", true)
	add("console.event_request", told.Request, "", true)
	add("console.event_id", e.ID, "", true)
	if told.Refused {
		data.Refused = &web.Banner{Kind: "danger", Title: p.T("console.outcome_refused"), Text: told.Why}
	}
	return data
}
