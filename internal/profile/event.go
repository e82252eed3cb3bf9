package profile

import (
	"net/http"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
	"signet/internal/words"
)

// eventPage is one event of a person's own log.
type eventPage struct {
	Refused     *web.Banner
	Facts       []web.Fact
	Certificate *web.Certificate
}

func (room *Room) showEvent(v visit) error {
	// The reader knows pages, so it is asked for the page of one that ends with
	// this id: ids have one length, and id + "0" is the next text after it.
	id := v.r.PathValue("event")
	events, err := room.Log.Mine(v.ctx, v.caller, iam.EventFilter{Before: id + "0", Limit: 1})
	if err != nil {
		return err
	}
	if len(events) == 0 || events[0].ID != id {
		return iam.NotFound("event")
	}
	n := room.names(v.ctx)
	told := words.Of(v.words, events[0], n.words(), v.now)
	if n.err != nil {
		return n.err
	}
	view := under(v.words, v.view(tabEvents, ""), "profile.events_title", tabEvents)
	view.Title = told.What
	room.event.Show(v.w, v.r, http.StatusOK, view, eventOf(v.words, told, v.user.Login))
	return nil
}

func eventOf(p *i18n.Printer, e words.Event, me string) eventPage {
	data := eventPage{Certificate: e.Certificate}
	add := func(key, text string, mono bool) {
		if text != "" {
			data.Facts = append(data.Facts, web.Fact{Term: p.T(key), Text: text, Mono: mono})
		}
	}
	add("profile.event_when", p.DateTime(e.At), false)
	if e.Person != me {
		add("profile.event_about", e.Person, false)
	}
	add("profile.event_done_by", e.By, false)
	add("profile.event_app", e.App, false)
	add("profile.method", e.Method, false)
	data.Facts = append(data.Facts, e.Details...)
	add("profile.event_address", e.Address, true)
	add("profile.event_device", e.Device, false)
	add("profile.event_attempt", e.Attempt, true)
	if e.Refused {
		data.Refused = &web.Banner{Kind: "danger", Title: p.T("profile.refused"), Text: e.Why}
	}
	return data
}
