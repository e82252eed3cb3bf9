package console

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"signet/internal/audit"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
	"signet/internal/words"
)

// eventsPage is a page of the event log with its filters.
type eventsPage struct {
	Path    string // of this log
	Kind    web.Choice
	Login   web.Field
	App     web.Choice
	Outcome web.Choice
	From    web.Field
	Until   web.Field
	Attempt web.Field
	Narrow  bool // a filter is set
	Events  []eventRow
	Older   string
	Newest  string

	CSV, JSON string // paths of the filtered log as a file
	Retention string // path of the setting; empty where it is not theirs
}

type eventRow struct {
	Path  string
	Event words.Event
}

// eventQuery is what the filters say, as typed.
type eventQuery struct {
	Kind, Login, App, Outcome, From, Until, Attempt, Before string
}

func eventQueryOf(query url.Values) eventQuery {
	get := func(name string) string { return strings.TrimSpace(query.Get(name)) }
	return eventQuery{
		Kind: get("kind"), Login: get("user"), App: get("app"), Outcome: get("outcome"), From: get("from"), Until: get("until"),
		Attempt: strings.ToLower(get("attempt")), Before: get("before"),
	}
}

// eventsPath is the address of the system's log with these filters.
func eventsPath(q eventQuery, before string) string { return logPath(tabEvents, q, before) }

// logPath is the address of a place's log with these filters.
func logPath(base string, q eventQuery, before string) string {
	query := url.Values{}
	for _, f := range []struct{ name, value string }{
		{"kind", q.Kind}, {"user", q.Login}, {"app", q.App}, {"outcome", q.Outcome}, {"from", q.From}, {"until", q.Until},
		{"attempt", q.Attempt}, {"before", before},
	} {
		if f.value != "" {
			query.Set(f.name, f.value)
		}
	}
	if len(query) == 0 {
		return base
	}
	return base + "?" + query.Encode()
}

// filterOf reads the filters. What makes no sense in a field that was chosen
// from a list filters nothing; a day that is none is told (field → cause).
func filterOf(q eventQuery) (iam.EventFilter, *iam.Error) {
	f := iam.EventFilter{
		Kind: iam.EventKind(q.Kind), App: iam.AppID(q.App), Attempt: iam.AttemptID(q.Attempt), Before: q.Before, Limit: audit.PageSize + 1,
	}
	switch o := iam.Outcome(q.Outcome); o {
	case iam.OutcomeDone, iam.OutcomeRefused:
		f.Outcome = o
	}
	for _, day := range []struct {
		field, text string
		at          *time.Time
		add         int
	}{{"from", q.From, &f.From, 0}, {"until", q.Until, &f.Until, 1}} {
		if day.text == "" {
			continue
		}
		at, err := time.Parse(time.DateOnly, day.text)
		if err != nil {
			return f, iam.Invalid(day.field, "not_a_day")
		}
		*day.at = at.AddDate(0, 0, day.add) // until: that day included
	}
	return f, nil
}

func (room *Room) showEvents(v visit) error {
	scope, ok := scopeFor(v.caller, iam.ViewEvents)
	if !ok {
		return v.caller.Require(iam.ViewEvents, iam.System())
	}
	return room.drawEvents(v, scope, tabEvents, func(view web.View) web.View { return view })
}

// showPlaceEvents is the log of an organization and its applications, or of one
// application.
func (room *Room) showPlaceEvents(v visit) error {
	pl, err := room.placeFor(v, iam.ViewEvents, iam.ViewEvents)
	if err != nil {
		return err
	}
	return room.drawEvents(v, pl.scope, pl.log(), func(view web.View) web.View { return pl.inLog(v.words.T, view) })
}

func (pl place) log() string { return pl.prefix + "/events" }

// inLog gives a page of the log the tabs of its place.
func (pl place) inLog(t func(string, ...any) string, view web.View) web.View {
	if pl.atOrganization() {
		return pl.inOrganization(t, view, pl.log())
	}
	view = pl.inside(t, view, pl.log())
	view.Crumbs = append(view.Crumbs, web.Link{Label: pl.client.Name, URL: pl.prefix})
	return view
}

// drawEvents draws the log of a scope, whose address is base.
func (room *Room) drawEvents(v visit, scope iam.Scope, base string, at func(web.View) web.View) error {
	query := eventQueryOf(v.r.URL.Query())
	filter, wrong, err := room.chosen(v, query)
	if err != nil {
		return err
	}
	var events []iam.Event
	if wrong == nil {
		var err error
		if events, err = room.Log.All(v.ctx, v.caller, scope, filter); err != nil {
			return err
		}
	}
	var apps []iam.App
	if scope.Level != iam.LevelApplication {
		var err error
		if apps, err = room.Directory.Apps(v.ctx, v.caller, scope); err != nil {
			return err
		}
	}
	n := room.names(v.ctx)
	data := room.eventsOf(v.words, base, query, wrong, events, apps, n)
	if n.err != nil {
		return n.err
	}
	view, err := room.view(v, tabEvents, "console.events_title")
	if err != nil {
		return err
	}
	view = at(view)
	view.Wide = true
	data.files(base, query, v.caller.May(iam.EditSettings, iam.System()))
	status := http.StatusOK
	if wrong != nil {
		status = http.StatusUnprocessableEntity
	}
	room.events.Show(v.w, v.r, status, view, data)
	return nil
}

// eventsOf makes a page of up to audit.PageSize events; one more says that
// there is a next page.
func (room *Room) eventsOf(p *i18n.Printer, base string, q eventQuery, wrong *iam.Error, events []iam.Event, apps []iam.App, n *names) eventsPage {
	data := filters(p, q, wrong, apps)
	data.Path = base
	if len(events) > audit.PageSize {
		events = events[:audit.PageSize]
		data.Older = logPath(base, q, events[len(events)-1].ID)
	}
	if q.Before != "" {
		data.Newest = logPath(base, q, "")
	}
	for _, e := range events {
		data.Events = append(data.Events, eventRow{Path: base + "/" + url.PathEscape(e.ID), Event: words.Of(p, e, n.words(), room.Now())})
	}
	return data
}

// filters draws the form as it was sent.
func filters(p *i18n.Printer, q eventQuery, wrong *iam.Error, apps []iam.App) eventsPage {
	fault := func(field string) string {
		if wrong == nil || wrong.Field != field {
			return ""
		}
		return web.Explain(p, wrong)
	}
	all := func(key string) web.Option { return web.Option{Label: p.T(key)} }
	data := eventsPage{
		Kind:    web.Choice{Name: "kind", Label: p.T("console.filter_kind"), Options: []web.Option{all("console.filter_any_kind")}},
		App:     web.Choice{Name: "app", Label: p.T("console.filter_app"), Options: []web.Option{all("console.filter_any_app")}},
		Outcome: web.Choice{Name: "outcome", Label: p.T("console.filter_outcome"), Options: []web.Option{all("console.filter_any_outcome")}},
		Login:   web.Field{Name: "user", Label: p.T("console.filter_user"), Value: q.Login, Error: fault("user"), Autocomplete: "off"},
		From:    web.Field{Name: "from", Type: "date", Label: p.T("console.filter_from"), Value: q.From, Error: fault("from")},
		Until:   web.Field{Name: "until", Type: "date", Label: p.T("console.filter_until"), Value: q.Until, Error: fault("until")},
		Attempt: web.Field{Name: "attempt", Label: p.T("console.filter_attempt"), Value: q.Attempt, Placeholder: "k7qm-2xwe-pd", Mono: true},
	}
	for _, kind := range iam.EventKinds() {
		data.Kind.Options = append(data.Kind.Options, web.Option{Value: string(kind), Label: words.What(p, kind), Selected: string(kind) == q.Kind})
	}
	for _, app := range apps {
		data.App.Options = append(data.App.Options, web.Option{Value: string(app.ID), Label: app.Name, Selected: string(app.ID) == q.App})
	}
	for _, o := range []web.Option{
		{Value: string(iam.OutcomeDone), Label: p.T("console.outcome_done")}, {Value: string(iam.OutcomeRefused), Label: p.T("console.outcome_refused")},
	} {
		o.Selected = o.Value == q.Outcome
		data.Outcome.Options = append(data.Outcome.Options, o)
	}
	q.Before = ""
	data.Narrow = q != eventQuery{}
	return data
}
