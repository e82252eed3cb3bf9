package doctor

import (
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/notify"
)

// What a look at the mail server means.
func TestMailFindings(t *testing.T) {
	now := time.Date(2031, time.March, 14, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		p    notify.Probe
		want []string
	}{
		"off":          {notify.Probe{}, []string{"off"}},
		"good":         {notify.Probe{On: true, TLS: "TLS 1.3", Login: true, Oldest: now.Add(-time.Minute)}, []string{"ok"}},
		"wrong name":   {notify.Probe{On: true, Fault: notify.FaultTLSCertificate}, []string{"tls_certificate"}},
		"plain":        {notify.Probe{On: true}, []string{"plain"}},
		"nobody there": {notify.Probe{On: true, Fault: notify.FaultUnreachable, Oldest: now.Add(-7 * time.Hour), Failed: 2}, []string{"unreachable", "old", "given_up"}},
	} {
		var got []string
		for _, f := range mailFindings(c.p, now) {
			got = append(got, f.Case)
			if (f.Level == iam.FindingOK) != (f.Case == "ok") {
				t.Errorf("%s: %s is %s", name, f.Case, f.Level)
			}
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: %q, want %q", name, got, c.want)
			}
		}
	}
}
