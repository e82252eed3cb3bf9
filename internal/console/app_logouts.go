package console

import (
	"time"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// logoutRow is one end of a session that an application was told, or is to be.
type logoutRow struct {
	Why   string
	Line  string
	Fault string // as a program tells it, where it did not work
	Badge web.Badge
}

//i18n:keys apps.logout_* delivered given_up waiting

// logoutsOf puts the last deliveries into words.
func logoutsOf(p *i18n.Printer, all []iam.LogoutDelivery, now time.Time) (rows []logoutRow) {
	for _, d := range all {
		row := logoutRow{Why: p.T("apps.logout_why", "Why", p.T("event.reason."+string(d.Reason))), Line: p.Ago(d.CreatedAt, now), Fault: d.Fault, Badge: web.Badge{Kind: "success", Label: p.T("apps.logout_delivered")}}
		switch {
		case d.Outcome == iam.LogoutGivenUp:
			row.Badge = web.Badge{Kind: "danger", Icon: "alert", Label: p.T("apps.logout_given_up")}
		case d.Outcome == iam.LogoutWaiting:
			row.Badge = web.Badge{Kind: "warning", Icon: "clock", Label: p.T("apps.logout_waiting")}
		}
		if d.Outcome != iam.LogoutDelivered && d.Tries > 0 {
			row.Line = p.N("apps.logout_tries", int(d.Tries), "When", row.Line)
		}
		rows = append(rows, row)
	}
	return rows
}
