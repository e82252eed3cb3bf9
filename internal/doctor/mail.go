package doctor

import (
	"context"
	"strconv"
	"time"

	"signet/internal/iam"
	"signet/internal/notify"
)

// oldMail is how long a message may wait before somebody should look.
const oldMail = 6 * time.Hour

//i18n:keys doctor.* mail_ok mail_off mail_old mail_given_up mail_plain
//i18n:keys doctor.mail_* notify.Fault
//i18n:keys doctor.mail_*.mend notify.Fault
//i18n:keys doctor.*.mend mail_off mail_old mail_given_up mail_plain
//i18n:keys doctor.*.why mail

// mail connects to the mail server and logs in, without sending anything, and
// looks how long messages wait.
func (i Installation) mail(ctx context.Context) []iam.Finding {
	if i.Mail == nil {
		return nil
	}
	found, err := i.Mail.Look(ctx)
	if err != nil {
		return nil // the database is a finding of its own
	}
	return mailFindings(found, i.Now())
}

// mailFindings says what a look at the mail server means. Pure.
func mailFindings(p notify.Probe, now time.Time) (found []iam.Finding) {
	if !p.On {
		return []iam.Finding{finding(iam.FindingNote, "mail", "off", "")}
	}
	switch {
	case p.Fault != "":
		found = append(found, finding(iam.FindingWarning, "mail", string(p.Fault), p.Server, "Answer", p.Answer))
	case p.TLS == "":
		found = append(found, finding(iam.FindingNote, "mail", "plain", p.Server))
	}
	if wait := now.Sub(p.Oldest); !p.Oldest.IsZero() && wait >= oldMail {
		found = append(found, finding(iam.FindingWarning, "mail", "old", p.Server, "Hours", strconv.Itoa(int(wait.Hours()))))
	}
	if p.Failed > 0 {
		found = append(found, finding(iam.FindingNote, "mail", "given_up", p.Server, "Messages", strconv.FormatInt(p.Failed, 10)))
	}
	if len(found) == 0 {
		found = append(found, ok("mail", p.Server))
	}
	return found
}
