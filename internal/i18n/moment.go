package i18n

import (
	"strconv"
	"strings"
	"time"
)

//i18n:keys locale.month.* 1 2 3 4 5 6 7 8 9 10 11 12
//i18n:keys locale.short_month.* 1 2 3 4 5 6 7 8 9 10 11 12

// Date returns the day as people write it: "22 November 2026",
// "22 novembre 2026".
func (p *Printer) Date(t time.Time) string {
	if p == nil || t.IsZero() {
		return ""
	}
	t = t.In(p.zone)
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		day = p.T("locale.first") // French writes 1er, and only the first so
	}
	return p.T("locale.date",
		"Day", day,
		"Month", p.T("locale.month."+strconv.Itoa(int(t.Month()))),
		"Year", t.Year())
}

// DateTime returns the day and the minute with the zone's name, because people
// compare what they read here with clocks elsewhere.
func (p *Printer) DateTime(t time.Time) string {
	if p == nil || t.IsZero() {
		return ""
	}
	return p.T("locale.datetime", "Date", p.Date(t), "Time", t.In(p.zone).Format("15:04 MST"))
}

// Short returns the same as DateTime in few letters, for columns of tables:
// "22 Nov 2026, 14:05 UTC", "22 nov. 2026, 14:05 UTC".
func (p *Printer) Short(t time.Time) string {
	if p == nil || t.IsZero() {
		return ""
	}
	t = t.In(p.zone)
	return p.T("locale.short",
		"Day", t.Day(),
		"Month", p.T("locale.short_month."+strconv.Itoa(int(t.Month()))),
		"Year", t.Year(),
		"Time", t.Format("15:04 MST"))
}

// Ago says how far t lies before or after now, in the largest unit that fits:
// "3 minutes ago", "in 12 days".
func (p *Printer) Ago(t, now time.Time) string {
	if p == nil || t.IsZero() {
		return ""
	}
	d := now.Sub(t)
	if d >= 0 {
		return p.past(d)
	}
	return p.future(-d)
}

const day = 24 * time.Hour

func (p *Printer) past(d time.Duration) string {
	switch {
	case d < time.Minute:
		return p.T("locale.now")
	case d < time.Hour:
		return p.N("locale.ago.minutes", int(d/time.Minute))
	case d < day:
		return p.N("locale.ago.hours", int(d/time.Hour))
	case d < 60*day:
		return p.N("locale.ago.days", int(d/day))
	case d < 730*day:
		return p.N("locale.ago.months", int(d/(30*day)))
	default:
		return p.N("locale.ago.years", int(d/(365*day)))
	}
}

func (p *Printer) future(d time.Duration) string {
	switch {
	case d < time.Minute:
		return p.T("locale.now")
	case d < time.Hour:
		return p.N("locale.in.minutes", int(d/time.Minute))
	case d < day:
		return p.N("locale.in.hours", int(d/time.Hour))
	case d < 60*day:
		return p.N("locale.in.days", int(d/day))
	case d < 730*day:
		return p.N("locale.in.months", int(d/(30*day)))
	default:
		return p.N("locale.in.years", int(d/(365*day)))
	}
}

// Number returns n with its digits in groups of three.
func (p *Printer) Number(n int) string {
	digits := strconv.Itoa(n)
	if p == nil || (-1000 < n && n < 1000) {
		return digits
	}
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	groups := []string{}
	for len(digits) > 3 {
		groups = append([]string{digits[len(digits)-3:]}, groups...)
		digits = digits[:len(digits)-3]
	}
	groups = append([]string{digits}, groups...)
	return sign + strings.Join(groups, p.T("locale.group"))
}

// Decimal returns a number that is written with a point, as readers write it. What
// is no number stays as it is.
func (p *Printer) Decimal(text string) string {
	if _, err := strconv.ParseFloat(text, 64); p == nil || err != nil {
		return text
	}
	return strings.Replace(text, ".", p.T("locale.decimal"), 1)
}
