package console

import (
	"net/http"
	"strconv"
	"strings"

	"signet/internal/audit"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// retentionPage says how long events are kept.
type retentionPage struct {
	Action string
	Cancel string
	Days   web.Field
}

const pathRetention = tabEvents + "/retention"

func retentionOf(p *i18n.Printer, days string, wrong *iam.Error) retentionPage {
	page := retentionPage{Action: pathRetention, Cancel: tabEvents, Days: web.Field{
		Name: "days", Type: "number", Label: p.T("people.retention_days"), Hint: p.T("people.retention_hint", "Max", audit.MaxRetentionDays), Value: days, Required: true, Inputmode: "numeric",
	}}
	if wrong != nil {
		page.Days.Error = web.Explain(p, wrong)
	}
	return page
}

func (room *Room) showRetention(v visit) error {
	if err := v.caller.Require(iam.EditSettings, iam.System()); err != nil {
		return err
	}
	kept, err := room.Log.Kept(v.ctx)
	if err != nil {
		return err
	}
	days := ""
	if kept > 0 {
		days = strconv.Itoa(int((kept.Hours() + 23) / 24))
	}
	return room.drawRetention(v, days, nil)
}

func (room *Room) drawRetention(v visit, days string, wrong *iam.Error) error {
	view, err := room.view(v, tabEvents, "people.retention_title")
	if err != nil {
		return err
	}
	view.Crumbs = []web.Link{{Label: v.words.T("console.events_title"), URL: tabEvents}}
	status := http.StatusOK
	if wrong != nil {
		status = http.StatusUnprocessableEntity
	}
	room.retention.Show(v.w, v.r, status, view, retentionOf(v.words, days, wrong))
	return nil
}

func (room *Room) saveRetention(v visit) error {
	text := strings.TrimSpace(v.r.PostFormValue("days"))
	days, err := strconv.Atoi(text)
	if err != nil {
		days = 0 // refused like every number outside of the range
	}
	err = room.Log.SetRetention(v.ctx, v.caller, days)
	if refused := redrawable(err); refused != nil {
		return room.drawRetention(v, text, refused)
	}
	if err != nil {
		return err
	}
	return v.done(tabEvents, "people.retention_saved", "Days", v.words.Number(days))
}
