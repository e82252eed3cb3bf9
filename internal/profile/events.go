package profile

import (
	"net/http"
	"net/url"

	"signet/internal/audit"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
	"signet/internal/words"
)

// eventsPage is a page of what happened to a person.
type eventsPage struct {
	Outcomes []web.Link // the filter
	Events   []words.Event
	Filtered bool
	Older    string // path of the next page; empty on the last
	Newest   string // path of the first page; empty on it
}

func (room *Room) showEvents(v visit) error {
	query := v.r.URL.Query()
	filter := iam.EventFilter{Outcome: outcomeOf(query.Get("outcome")), Before: query.Get("before"), Limit: audit.PageSize + 1}
	events, err := room.Log.Mine(v.ctx, v.caller, filter)
	if err != nil {
		return err
	}
	n := room.names(v.ctx)
	data := room.eventsOf(v.words, events, filter, n)
	if n.err != nil {
		return n.err
	}
	view := v.view(tabEvents, "profile.events_title")
	view.LeadKey = "profile.events_lead"
	room.events.Show(v.w, v.r, http.StatusOK, view, data)
	return nil
}

// outcomeOf reads the filter; what is not an outcome filters nothing.
func outcomeOf(text string) iam.Outcome {
	switch o := iam.Outcome(text); o {
	case iam.OutcomeDone, iam.OutcomeRefused:
		return o
	}
	return ""
}

// eventsOf makes a page of up to audit.PageSize events; one more says that
// there is a next page.
func (room *Room) eventsOf(p *i18n.Printer, events []iam.Event, filter iam.EventFilter, n *names) eventsPage {
	data := eventsPage{Filtered: filter.Outcome != ""}
	for _, o := range []struct {
		outcome iam.Outcome
		label   string
	}{
		{"", p.T("profile.events_all")}, {iam.OutcomeDone, p.T("profile.events_done")}, {iam.OutcomeRefused, p.T("profile.events_refused")},
	} {
		data.Outcomes = append(data.Outcomes, web.Link{Label: o.label, URL: eventsPath(o.outcome, ""), Current: o.outcome == filter.Outcome})
	}
	if len(events) > audit.PageSize {
		events = events[:audit.PageSize]
		data.Older = eventsPath(filter.Outcome, events[len(events)-1].ID)
	}
	if filter.Before != "" {
		data.Newest = eventsPath(filter.Outcome, "")
	}
	for _, e := range events {
		data.Events = append(data.Events, words.Of(p, e, n.words(), room.Now()))
	}
	return data
}

func eventsPath(outcome iam.Outcome, before string) string {
	query := url.Values{}
	if outcome != "" {
		query.Set("outcome", string(outcome))
	}
	if before != "" {
		query.Set("before", before)
	}
	if len(query) == 0 {
		return tabEvents
	}
	return tabEvents + "?" + query.Encode()
}
