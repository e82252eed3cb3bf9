package console

import (
	"cmp"
	"encoding/csv"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

const pathExpiring = tabSettings + "/certificates"

// usualDays is the time that is shown where none was chosen: that of the first
// reminder.
const usualDays = 30

// expiringPage lists certificates that end soon.
type expiringPage struct {
	Days  []web.Link
	Rows  []expiringRow
	Next  string
	First string
	CSV   string
}

type expiringRow struct {
	URL         string
	Person      web.Person
	Certificate string
	Issuer      string
	Until       time.Time
	Left        string
	Badge       *web.Badge
	Used        string
	Address     string
}

func expiringPath(days int, after iam.IdentityID) string {
	query := url.Values{"days": {strconv.Itoa(days)}}
	if after != "" {
		query.Set("after", string(after))
	}
	return pathExpiring + "?" + query.Encode()
}

// expiringOfQuery reads the days; what is none is the usual time.
func expiringOfQuery(v visit) (days int, after iam.IdentityID) {
	days, err := strconv.Atoi(v.r.URL.Query().Get("days"))
	if err != nil {
		days = usualDays
	}
	return days, iam.IdentityID(v.r.URL.Query().Get("after"))
}

const expiringPageSize = 50

func (room *Room) showExpiring(v visit) error {
	days, after := expiringOfQuery(v)
	list, err := room.Mail.Expiring(v.ctx, v.caller, days, after, expiringPageSize+1)
	if err != nil {
		return hidden(err)
	}
	view, err := room.view(v, tabSettings, "expiring.title")
	if err != nil {
		return err
	}
	view.LeadKey, view.Wide = "expiring.lead", true
	view.Crumbs = []web.Link{{Label: v.words.T("console.settings_title"), URL: tabSettings}}
	room.expiring.Show(v.w, v.r, http.StatusOK, view, expiringPageOf(v.words, list, days, after, v.now))
	return nil
}

func expiringPageOf(p *i18n.Printer, list []iam.ExpiringIdentity, days int, after iam.IdentityID, now time.Time) expiringPage {
	data := expiringPage{CSV: pathExpiring + ".csv?days=" + strconv.Itoa(days)}
	for _, d := range []int{7, 30, 60, 90, 180} {
		data.Days = append(data.Days, web.Link{Label: p.N("expiring.days", d), URL: expiringPath(d, ""), Current: d == days})
	}
	if len(list) > expiringPageSize {
		list = list[:expiringPageSize]
		data.Next = expiringPath(days, list[len(list)-1].Identity.ID)
	}
	if after != "" {
		data.First = expiringPath(days, "")
	}
	for _, e := range list {
		c := e.Identity.Certificate
		row := expiringRow{
			URL: pathOf(e.User.ID), Person: web.Person{Name: e.User.DisplayName(), Detail: e.User.Login}, Certificate: c.Name(), Issuer: c.IssuedBy(), Until: c.NotAfter,
			Left: p.Ago(c.NotAfter, now), Used: p.T("expiring.never"), Address: cmp.Or(e.User.Email, p.T("expiring.no_address")),
		}
		if !e.Identity.LastUsedAt.IsZero() {
			row.Used = p.Ago(e.Identity.LastUsedAt, now)
		}
		switch left := c.NotAfter.Sub(now); {
		case left <= 24*time.Hour:
			row.Badge = &web.Badge{Kind: "danger", Label: row.Left}
		case left <= 7*24*time.Hour:
			row.Badge = &web.Badge{Kind: "warning", Label: row.Left}
		}
		data.Rows = append(data.Rows, row)
	}
	return data
}

// exportExpiring writes the whole list. It is a page of its own of the outside
// world: every cell is made harmless to spreadsheets.
func (room *Room) exportExpiring(v visit) error {
	days, _ := expiringOfQuery(v)
	const size = 500
	list, err := room.Mail.Expiring(v.ctx, v.caller, days, "", size)
	if err != nil {
		return hidden(err)
	}
	n := room.names(v.ctx)
	v.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	v.w.Header().Set("Content-Disposition", `attachment; filename="certificates-`+v.now.UTC().Format(time.DateOnly)+`.csv"`)
	v.w.Header().Set("Cache-Control", "no-store")
	out := csv.NewWriter(v.w)
	err = out.Write([]string{"expires", "user", "name", "email", "certificate", "issuer", "serial", "method", "last_used", "user_id", "identifier_id"})
	for err == nil && len(list) > 0 {
		for _, e := range list {
			c := e.Identity.Certificate
			used := ""
			if !e.Identity.LastUsedAt.IsZero() {
				used = e.Identity.LastUsedAt.UTC().Format(time.RFC3339)
			}
			row := []string{c.NotAfter.UTC().Format(time.RFC3339), e.User.Login, e.User.Name, e.User.Email, c.Subject, c.Issuer, c.Serial, n.method(e.Identity.Provider), used,
				string(e.User.ID), string(e.Identity.ID)}
			for i := range row {
				row[i] = harmless(row[i])
			}
			if err = out.Write(row); err != nil {
				break
			}
		}
		if out.Flush(); err == nil {
			err = out.Error()
		}
		if err != nil || len(list) < size {
			break
		}
		list, err = room.Mail.Expiring(v.ctx, v.caller, days, list[len(list)-1].Identity.ID, size)
	}
	out.Flush()
	if err == nil {
		err = n.err
	}
	if err != nil {
		// Half a file looks like a whole one: the connection breaks instead.
		web.RecordOf(v.ctx).Cause = err.Error()
		panic(http.ErrAbortHandler)
	}
	return nil
}

// warnings tells on the overview of authorities and lists that end.
func (room *Room) warnings(v visit) (*web.Banner, error) {
	found, err := room.Mail.Warnings(v.ctx, v.caller)
	if err != nil {
		return nil, err
	}
	return warningsBanner(v.words, found), nil
}
