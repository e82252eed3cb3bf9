package doctor_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"signet/internal/doctor"
	"signet/internal/iam"
	"signet/internal/method/certificate"
	"signet/internal/store/storetest"
)

// What the headers that arrived mean.
func TestHeadersThatArrivedAreJudged(t *testing.T) {
	const proxy, main = iam.ListenerProxy, iam.ListenerMain
	type came struct {
		listener iam.ArrivalListener
		peer     string
		kind     iam.ArrivalKind
		outcome  iam.ArrivalOutcome
		cause    iam.ArrivalCause
		names    []string
	}
	names := certificate.HeaderNames()
	nginx, envoy := names[:6], []string{"X-Forwarded-Client-Cert"}
	good := came{proxy, "10.0.0.8:5", iam.ArrivalCertificate, iam.ArrivalAccepted, iam.ArrivalShown, nginx}
	refused := func(cause iam.ArrivalCause, names ...string) came {
		return came{proxy, "10.0.0.8:5", iam.ArrivalCertificate, iam.ArrivalRefused, cause, names}
	}
	forwarding := func(listener iam.ArrivalListener, peer string, cause iam.ArrivalCause, names ...string) came {
		return came{listener, peer, iam.ArrivalForwarding, iam.ArrivalIgnored, cause, names}
	}
	ignored := func(peer string) came {
		return came{main, peer, iam.ArrivalCertificate, iam.ArrivalIgnored, iam.ArrivalPublic, nginx}
	}
	for name, c := range map[string]struct {
		came []came
		off  bool // no proxy listener
		want []string
	}{
		"nothing came":                    {nil, false, []string{"note none"}},
		"nothing came, and no proxy":      {nil, true, nil},
		"all is well":                     {[]came{good}, false, []string{"ok ok"}},
		"described":                       {[]came{{proxy, "@", iam.ArrivalCertificate, iam.ArrivalAccepted, iam.ArrivalDescribed, nginx}}, false, []string{"note described"}},
		"described, and mended":           {[]came{{proxy, "10.0.0.8:5", iam.ArrivalCertificate, iam.ArrivalAccepted, iam.ArrivalDescribed, nginx}, good}, false, []string{"ok ok"}},
		"a browser without a certificate": {[]came{good, refused(iam.ArrivalNoCertificate, nginx...), refused(iam.ArrivalNotVerified, nginx...)}, false, []string{"ok ok"}},
		"a twin beside the proxy's":       {[]came{good, refused(iam.ArrivalDuplicate, nginx...)}, false, []string{"ok ok", "warning duplicate"}},
		"the form of another proxy":       {[]came{refused(iam.ArrivalMissing, envoy...)}, false, []string{"warning other_form"}},
		"no headers":                      {[]came{refused(iam.ArrivalMissing)}, false, []string{"warning missing"}},
		"not in the form":                 {[]came{refused(iam.ArrivalMalformed, nginx...)}, false, []string{"warning malformed"}},
		"not in the form, and mended":     {[]came{refused(iam.ArrivalMalformed, nginx...), good}, false, []string{"ok ok"}},
		"no secret":                       {[]came{good, refused(iam.ArrivalNoSecret, nginx...)}, false, []string{"ok ok", "warning no_secret"}},
		"strangers":                       {[]came{ignored("203.0.113.9:5")}, true, []string{"note forged"}},
		"five strangers":                  {[]came{ignored("203.0.113.1:5"), ignored("203.0.113.2:5"), ignored("203.0.113.3:5"), ignored("203.0.113.4:5"), ignored("203.0.113.5:5")}, true, []string{"note forged", "note forged", "note forged"}},
		"our own proxy at the wrong door": {[]came{ignored("10.0.0.8:5")}, false, []string{"warning wrong_listener"}},
		"an address from our network":     {[]came{forwarding(main, "10.0.0.8:5", iam.ArrivalUntrusted, "X-Forwarded-For")}, true, []string{"note untrusted"}},
		"an address from a stranger":      {[]came{forwarding(main, "203.0.113.9:5", iam.ArrivalUntrusted, "X-Forwarded-For")}, true, nil},
		"an address that is none":         {[]came{good, forwarding(proxy, "10.0.0.8:5", iam.ArrivalUnread, "X-Forwarded-For")}, false, []string{"ok ok", "warning unread"}},
		"an address in another header":    {[]came{good, forwarding(proxy, "10.0.0.8:5", iam.ArrivalOther, "X-Real-IP")}, false, []string{"ok ok", "warning other_header"}},
		"scheme and host are not read":    {[]came{good, forwarding(proxy, "10.0.0.8:5", iam.ArrivalOther, "X-Forwarded-Proto")}, false, []string{"ok ok"}},
		"an address in two headers": {[]came{good, {proxy, "10.0.0.8:5", iam.ArrivalForwarding, iam.ArrivalAccepted, iam.ArrivalChosen, []string{"X-Forwarded-For"}},
			forwarding(proxy, "10.0.0.8:5", iam.ArrivalOther, "X-Real-IP")}, false, []string{"ok ok"}},
	} {
		t.Run(name, func(t *testing.T) {
			i, clock := sound(t), &storetest.Clock{}
			i.doctor.Proxy = doctor.Proxy{On: !c.off}
			i.doctor.Arrivals = &doctor.Arrivals{DB: i.db, Node: "one", Now: clock.Now}
			for _, a := range c.came {
				i.doctor.Arrivals.Note(a.listener, "127.0.0.1:8081", a.peer, a.kind, a.names, a.outcome, a.cause)
				clock.Advance(time.Millisecond)
			}
			var got []string
			for _, f := range i.doctor.Examine(t.Context()) {
				if f.Check == "headers" {
					got = append(got, fmt.Sprint(f.Level, " ", f.Case))
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

// Two nodes that share a database are told apart, and what one of them did well
// does not hide what the other does wrong.
func TestNodesAreNotMixedUp(t *testing.T) {
	i, clock := sound(t), &storetest.Clock{}
	for node, outcome := range map[string]iam.ArrivalOutcome{"one": iam.ArrivalAccepted, "two": iam.ArrivalRefused} {
		a := &doctor.Arrivals{DB: i.db, Node: node, Now: clock.Now}
		cause := iam.ArrivalShown
		if outcome == iam.ArrivalRefused {
			cause = iam.ArrivalMalformed
		}
		a.Note(iam.ListenerProxy, "127.0.0.1:8081", "10.0.0.8:5", iam.ArrivalCertificate, certificate.HeaderNames()[:6], outcome, cause)
		if err := a.Write(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	i.doctor.Proxy.On = true
	var got []string
	for _, f := range i.doctor.Examine(t.Context()) {
		if f.Check == "headers" {
			got = append(got, f.Case+" "+f.About)
		}
	}
	if want := []string{"ok 10.0.0.8 → 127.0.0.1:8081 (one)", "malformed 10.0.0.8 → 127.0.0.1:8081 (two)"}; !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
	all, err := i.doctor.Headers(t.Context())
	if err != nil || len(all) != 2 || all[0].Node != "one" || all[1].Node != "two" || !slices.Equal(all[0].Forms, []string{"nginx"}) {
		t.Errorf("%+v, %v", all, err)
	}
}
