package console

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"time"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
	"signet/internal/words"
)

// exportSystemEvents answers with the filtered log of the widest scope that the
// caller administers, as a file: CSV, or JSON with one event a line.
func (room *Room) exportSystemEvents(v visit) error {
	scope, ok := scopeFor(v.caller, iam.ViewEvents)
	if !ok {
		return v.caller.Require(iam.ViewEvents, iam.System())
	}
	return room.export(v, scope)
}

// exportPlaceEvents answers with the filtered log of an organization or of an
// application.
func (room *Room) exportPlaceEvents(v visit) error {
	pl, err := room.placeFor(v, iam.ViewEvents, iam.ViewEvents)
	if err != nil {
		return err
	}
	return room.export(v, pl.scope)
}

// files gives a page of the log at base the ways to take it along.
func (page *eventsPage) files(base string, q eventQuery, settings bool) {
	query := strings.TrimPrefix(eventsPath(q, ""), tabEvents)
	page.CSV, page.JSON = base+"/export.csv"+query, base+"/export.ndjson"+query
	if settings && base == tabEvents {
		page.Retention = pathRetention
	}
}

// chosen reads the filters of an address, the person among them.
func (room *Room) chosen(v visit, query eventQuery) (iam.EventFilter, *iam.Error, error) {
	filter, wrong := filterOf(query)
	if query.Login == "" || wrong != nil {
		return filter, wrong, nil
	}
	if !v.caller.May(iam.ViewUsers, iam.System()) {
		// Whether there is such a person is not theirs to know; what their own log says is.
		filter.Login = query.Login
		return filter, nil, nil
	}
	user, err := room.Directory.UserByLogin(v.ctx, v.caller, query.Login)
	if iam.IsNotFound(err) {
		return filter, iam.Invalid("user", "nobody_called_so"), nil
	}
	filter.User = user.ID
	return filter, nil, err
}

func (room *Room) export(v visit, in iam.Scope) error {
	filter, wrong, err := room.chosen(v, eventQueryOf(v.r.URL.Query()))
	if err != nil {
		return err
	}
	if wrong != nil {
		return wrong
	}
	n := room.names(v.ctx)
	format, kind, write := "csv", "text/csv; charset=utf-8", csvWriter
	if strings.HasSuffix(v.r.URL.Path, ".ndjson") {
		format, kind, write = "ndjson", "application/x-ndjson", jsonWriter
	}
	out, begun := write(v.w, v.words, n), false
	flush := http.NewResponseController(v.w)
	begin := func() {
		begun = true
		v.w.Header().Set("Content-Type", kind)
		v.w.Header().Set("Content-Disposition", `attachment; filename="events-`+v.now.UTC().Format(time.DateOnly)+`.`+format+`"`)
		v.w.Header().Set("Cache-Control", "no-store")
	}
	err = room.Log.Export(v.ctx, v.caller, in, filter, format, func(events []iam.Event) error {
		if !begun {
			begin()
		}
		if err := out(events); err != nil {
			return err
		}
		_ = flush.Flush() // a server that cannot sends it all at the end
		return nil
	})
	switch {
	case err != nil && begun:
		// Half a file looks like a whole one: the connection breaks instead.
		web.RecordOf(v.ctx).Cause = err.Error()
		panic(http.ErrAbortHandler)
	case err != nil:
		return err
	case !begun:
		begin()
		return out(nil)
	}
	return nil
}

// exported is one event as a file has it. Codes stay beside the words, so that a
// program finds them in every language.
type exported struct {
	Time        string            `json:"time"`
	Kind        string            `json:"kind"`
	What        string            `json:"what"`
	Outcome     string            `json:"outcome"`
	Cause       string            `json:"cause,omitempty"`
	Why         string            `json:"why,omitempty"`
	User        string            `json:"user,omitempty"`
	UserID      string            `json:"user_id,omitempty"`
	Actor       string            `json:"actor_id,omitempty"`
	App         string            `json:"application,omitempty"`
	AppID       string            `json:"application_id,omitempty"`
	Org         string            `json:"organization_id,omitempty"`
	Method      string            `json:"method,omitempty"`
	Certificate string            `json:"certificate,omitempty"`
	Serial      string            `json:"certificate_serial,omitempty"`
	Address     string            `json:"address,omitempty"`
	UserAgent   string            `json:"user_agent,omitempty"`
	Attempt     string            `json:"attempt,omitempty"`
	Request     string            `json:"request,omitempty"`
	ID          string            `json:"id"`
	Details     map[string]string `json:"details,omitempty"`
}

func exportedOf(p *i18n.Printer, e iam.Event, n *names) exported {
	out := exported{
		Time: e.At.UTC().Format(time.RFC3339Nano), Kind: string(e.Kind), What: words.What(p, e.Kind), Outcome: string(e.Outcome), Cause: e.Cause,
		User: e.UserLogin, UserID: string(e.User), Actor: string(e.Actor), App: n.app(e.App), AppID: string(e.App), Org: string(e.Org),
		Method: n.method(e.Provider), Address: e.Address, UserAgent: e.UserAgent, Attempt: string(e.Attempt), Request: e.Request, ID: e.ID, Details: e.Details,
	}
	if e.Cause != "" {
		out.Why = words.Why(p, e.Cause)
	}
	if e.Certificate != nil {
		out.Certificate, out.Serial = e.Certificate.Subject, e.Certificate.Serial
	}
	return out
}

type eventWriter func([]iam.Event) error

func jsonWriter(w http.ResponseWriter, p *i18n.Printer, n *names) eventWriter {
	encode := json.NewEncoder(w)
	return func(events []iam.Event) error {
		for _, e := range events {
			if err := encode.Encode(exportedOf(p, e, n)); err != nil {
				return err
			}
		}
		return n.err
	}
}

func csvWriter(w http.ResponseWriter, p *i18n.Printer, n *names) eventWriter {
	out, headed := csv.NewWriter(w), false
	return func(events []iam.Event) error {
		if !headed {
			headed = true
			if err := out.Write([]string{
				"time", "kind", "what", "outcome", "cause", "why", "user", "user_id", "actor_id", "application", "application_id", "organization_id",
				"method", "certificate", "certificate_serial", "address", "user_agent", "attempt", "request", "id", "details",
			}); err != nil {
				return err
			}
		}
		for _, e := range events {
			x := exportedOf(p, e, n)
			details := ""
			if len(x.Details) > 0 {
				text, err := json.Marshal(x.Details)
				if err != nil {
					return err
				}
				details = string(text)
			}
			row := []string{
				x.Time, x.Kind, x.What, x.Outcome, x.Cause, x.Why, x.User, x.UserID, x.Actor, x.App, x.AppID, x.Org,
				x.Method, x.Certificate, x.Serial, x.Address, x.UserAgent, x.Attempt, x.Request, x.ID, details,
			}
			for i := range row {
				row[i] = harmless(row[i])
			}
			if err := out.Write(row); err != nil {
				return err
			}
		}
		out.Flush()
		if err := out.Error(); err != nil {
			return err
		}
		return n.err
	}
}

// harmless keeps a cell from being a formula (OWASP, CSV Injection): a stranger
// chooses the User-Agent and the subject of a certificate, and the administrator
// opens the file in a program that computes. Where the decimal sign is a comma,
// as in French, such programs take semicolons for what divides cells, so that one
// within a cell begins another.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune(formulaSigns, rune(strings.TrimLeft(cell+"x", " ")[0])) {
		cell = "'" + cell
	}
	return dividedFormula.ReplaceAllString(cell, "$1'$2")
}

// formulaSigns are those that a formula begins with.
const formulaSigns = "=+-@\t\r\n"

var dividedFormula = regexp.MustCompile(`([;\t\r\n][ "]*)([=+@-])`)
