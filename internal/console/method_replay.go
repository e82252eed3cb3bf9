package console

import (
	"slices"
	"strconv"
	"time"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/web"
	"signet/internal/words"
)

// replayForm asks, with the form of a method, what its changes would mean.
type replayForm struct{ Days web.Choice }

// replayPanel says what the changes in the form would mean for the certificates
// that people showed lately.
type replayPanel struct {
	Summary web.Banner
	Groups  []replayGroup
	Note    string
}

type replayGroup struct {
	Title string
	Kind  string // of its badge
	Count string
	Rows  []replayRow
	More  string
}

type replayRow struct {
	Name, Issuer, URL string
	LastAt            time.Time
	Before, After     string
}

// mostReplayRows is how many certificates a group names.
const mostReplayRows = 50

// replayDays are the times that can be looked back on.
func replayDays() []int { return []int{7, 30, 90} }

// replayed returns how many days the form asks to look back on; 0 where it is to be
// saved.
func replayed(v visit) int {
	if v.r.PostFormValue("replay") == "" {
		return 0
	}
	days, err := strconv.Atoi(v.r.PostFormValue("replay_days"))
	if err != nil || !slices.Contains(replayDays(), days) {
		return usualDays
	}
	return days
}

func replayFormOf(p *i18n.Printer, days int) *replayForm {
	if days == 0 {
		days = usualDays
	}
	c := web.Choice{Name: "replay_days", Label: p.T("console.replay.days")}
	for _, n := range replayDays() {
		c.Options = append(c.Options, web.Option{Value: strconv.Itoa(n), Label: p.N("expiring.days", n), Selected: n == days})
	}
	return &replayForm{Days: c}
}

// replayMethod draws the form again, as it was sent, with what its changes would
// mean. Nothing is saved.
func (room *Room) replayMethod(v visit, pl place, m, changed iam.Provider, in methodInput, days int) error {
	err := room.Providers.Check(v.ctx, v.caller, changed)
	if refused := redrawable(err); refused != nil {
		return room.drawMethod(v, pl, m, in, methodNotes{wrong: refused})
	}
	if err != nil {
		return err
	}
	r, err := room.Login.Replay(v.ctx, v.caller, changed, v.now.AddDate(0, 0, -days))
	if refused := redrawable(err); refused != nil {
		return room.drawMethod(v, pl, m, in, methodNotes{wrong: refused, days: days})
	}
	if err != nil {
		return err
	}
	return room.drawMethod(v, pl, m, in, methodNotes{replay: replayPanelOf(v.words, pl, m, changed, r, days), days: days})
}

func replayPanelOf(p *i18n.Printer, pl place, m, changed iam.Provider, r login.Replay, days int) *replayPanel {
	panel := &replayPanel{Note: p.T("console.replay.note")}
	// What no certificate shows, and yet keeps people out.
	withdrawn := m.Public && !changed.Public
	switch {
	case r.Certificates == 0:
		panel.Summary = web.Banner{Kind: "info", Title: p.T("console.replay.nothing"), Text: p.T("console.replay.nothing_text", "Days", p.N("expiring.days", days))}
		panel.Note = ""
		if withdrawn {
			panel.Summary.Items = []string{p.T("console.replay.withdrawn")}
		}
		return panel
	case withdrawn:
		panel.Summary = web.Banner{Kind: "warning", Title: p.T("console.replay.changes"), Items: []string{p.T("console.replay.withdrawn")}}
	case !r.Changes():
		panel.Summary = web.Banner{Kind: "success", Title: p.T("console.replay.no_change")}
	case len(r.Lost)+len(r.Moved) > 0:
		panel.Summary = web.Banner{Kind: "warning", Title: p.T("console.replay.changes")}
	default:
		panel.Summary = web.Banner{Kind: "info", Title: p.T("console.replay.changes")}
	}
	panel.Summary.Text = p.N("console.replay.looked_at", r.Certificates, "Days", p.N("expiring.days", days), "Same", p.Number(r.Same), "Refused", p.Number(r.Refused))
	if r.More {
		panel.Summary.Items = append(panel.Summary.Items, p.T("console.replay.more", "Count", p.Number(r.Certificates)))
	}
	for _, g := range []struct {
		key, kind string
		all       []login.Replayed
	}{{"lost", "danger", r.Lost}, {"moved", "warning", r.Moved}, {"won", "success", r.Won}, {"weighed", "neutral", r.Weighed}} {
		if len(g.all) > 0 {
			panel.Groups = append(panel.Groups, replayGroupOf(p, pl, m, g.key, g.kind, g.all))
		}
	}
	return panel
}

//i18n:keys console.replay.group.* lost moved won weighed

func replayGroupOf(p *i18n.Printer, pl place, m iam.Provider, key, kind string, all []login.Replayed) replayGroup {
	g := replayGroup{Title: p.T("console.replay.group." + key), Kind: kind, Count: p.Number(len(all))}
	for i, one := range all {
		if i == mostReplayRows {
			g.More = p.N("console.replay.others", len(all)-i)
			break
		}
		g.Rows = append(g.Rows, replayRow{
			Name: one.Certificate.Name(), Issuer: words.Issuer(one.Certificate), URL: pl.shownPath(m.ID, one.Certificate.SHA256), LastAt: one.LastAt,
			Before: fateLine(p, one.Before, key == "weighed"), After: fateLine(p, one.After, key == "weighed"),
		})
	}
	return g
}

// fateLine tells what would come of a certificate in one line.
func fateLine(p *i18n.Printer, f login.Fate, weighed bool) string {
	switch {
	case f.Cause != "":
		return words.Why(p, f.Cause)
	case f.By == iam.TriedCreation:
		return p.T("console.replay.creates", "Name", f.User.DisplayName())
	case weighed:
		return p.T("console.replay.counts", "Name", f.User.DisplayName(), "ACR", f.Assurance.ACR)
	case f.By == iam.TriedKey:
		return f.User.DisplayName()
	default:
		return p.T("console.replay.by", "Name", f.User.DisplayName(), "Rule", words.Rule(p, f.By))
	}
}
