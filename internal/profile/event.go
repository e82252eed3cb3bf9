package profile

import (
	"net/http"

	"signet/internal/i18n"
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
	e, err := room.Log.MyEvent(v.ctx, v.caller, v.r.PathValue("event"))
	if err != nil {
		return err
	}
	n := room.names(v.ctx)
	told := words.Of(v.words, e, n.words(), v.now)
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
