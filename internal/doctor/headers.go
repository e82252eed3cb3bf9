package doctor

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"signet/internal/iam"
	"signet/internal/method/certificate"
)

// maxAbout is how many peers a case is told of; all are in the list of what
// arrived.
const maxAbout = 3

// headers looks at what arrived in the last days.
func (i Installation) headers(ctx context.Context) []iam.Finding {
	all, err := i.Headers(ctx)
	if err != nil {
		return nil // the database is a finding of its own
	}
	return headerFindings(all, i.Proxy)
}

// headerFindings says what the headers that arrived mean: whether what a proxy
// sends is what is expected of it, where it is expected. Pure.
func headerFindings(all []iam.Arrival, p Proxy) []iam.Finding {
	f := &headerReport{all: all, said: map[string]int{}}
	for _, a := range all {
		switch {
		case a.Kind == iam.ArrivalForwarding:
			f.forwarding(a)
		case a.Outcome == iam.ArrivalAccepted:
			f.accepted(a)
		case a.Listener == iam.ListenerProxy:
			f.refused(a, p.Form)
		case ours(a.Peer):
			f.say(iam.FindingWarning, "wrong_listener", a)
		default:
			f.say(iam.FindingNote, "forged", a)
		}
	}
	if p.On && !slices.ContainsFunc(all, certificateOfProxy) && len(f.found) == 0 {
		f.found = append(f.found, finding(iam.FindingNote, "headers", "none", ""))
	}
	return f.found
}

func certificateOfProxy(a iam.Arrival) bool {
	return a.Kind == iam.ArrivalCertificate && a.Outcome == iam.ArrivalAccepted
}

type headerReport struct {
	all   []iam.Arrival
	found []iam.Finding
	said  map[string]int // how many of a case
}

// about names where something arrived from and to: one node is not taken for
// another.
func about(a iam.Arrival) string {
	peer := a.Peer
	switch peer {
	case "":
		peer = "…"
	case iam.PeerSocket:
		return a.Address + " (" + a.Node + ")"
	}
	return peer + " → " + a.Address + " (" + a.Node + ")"
}

func (r *headerReport) say(level iam.FindingLevel, what string, a iam.Arrival, pairs ...string) {
	f := finding(level, "headers", what, about(a), append(pairs, "Headers", strings.Join(a.Headers, ", "))...)
	same := slices.ContainsFunc(r.found, func(o iam.Finding) bool { return o.Case == f.Case && o.About == f.About })
	if r.said[what]++; r.said[what] <= maxAbout && !same {
		r.found = append(r.found, f)
	}
}

// since reports whether something was accepted from the same peer after this.
func (r *headerReport) since(a iam.Arrival) bool {
	return slices.ContainsFunc(r.all, func(o iam.Arrival) bool { return after(o, a) })
}

// after reports whether one was accepted from the peer of the other after it, or
// at about the same time: headers of one request are counted one by one.
func after(o, a iam.Arrival) bool {
	return o.Node == a.Node && o.Listener == a.Listener && o.Address == a.Address && o.Peer == a.Peer && o.Kind == a.Kind &&
		o.Outcome == iam.ArrivalAccepted && o.Last.Add(time.Minute).After(a.Last)
}

func (r *headerReport) accepted(a iam.Arrival) {
	switch {
	case a.Cause != iam.ArrivalDescribed:
		r.say(iam.FindingOK, "ok", a)
	case !slices.ContainsFunc(r.all, func(o iam.Arrival) bool { return after(o, a) && o.Cause == iam.ArrivalShown }): // else mended
		r.say(iam.FindingNote, "described", a)
	}
}

// refused says what is wrong with a proxy. That its client showed no certificate,
// or a bad one, is nothing wrong.
func (r *headerReport) refused(a iam.Arrival, set certificate.Form) {
	if set == "" {
		set = certificate.FormNginx
	}
	others := slices.DeleteFunc(certificate.FormsOf(a.Headers), func(f certificate.Form) bool { return f == set })
	switch a.Cause {
	case iam.ArrivalNoSecret, iam.ArrivalWrongSecret, iam.ArrivalNoKey, iam.ArrivalWrongKey, iam.ArrivalWrongAddress:
		r.say(iam.FindingWarning, string(a.Cause), a)
	case iam.ArrivalDuplicate:
		// Only what comes from a client can stand beside what the proxy writes.
		r.say(iam.FindingWarning, "duplicate", a)
	case iam.ArrivalMissing, iam.ArrivalMalformed:
		switch {
		case r.since(a): // mended
		case a.Cause == iam.ArrivalMissing && len(others) > 0:
			r.say(iam.FindingWarning, "other_form", a, "Form", string(set), "Came", string(others[0]))
		default:
			r.say(iam.FindingWarning, string(a.Cause), a, "Form", string(set))
		}
	}
}

// forwarding says what is wrong with how the client's address comes.
func (r *headerReport) forwarding(a iam.Arrival) {
	switch a.Cause {
	case iam.ArrivalUntrusted:
		if ours(a.Peer) {
			r.say(iam.FindingNote, "untrusted", a)
		}
	case iam.ArrivalUnread:
		if !r.since(a) {
			r.say(iam.FindingWarning, "unread", a)
		}
	case iam.ArrivalOther:
		tells := slices.ContainsFunc(a.Headers, func(name string) bool { return !strings.HasPrefix(name, "X-Forwarded-") || name == "X-Forwarded-For" })
		if tells && !r.since(a) {
			r.say(iam.FindingWarning, "other_header", a)
		}
	}
}

// ours reports whether a peer is this machine or in a private network, where
// proxies are and strangers are not.
func ours(peer string) bool {
	at, err := netip.ParseAddr(peer)
	return peer == iam.PeerSocket || err == nil && (at.IsLoopback() || at.IsPrivate() || at.IsLinkLocalUnicast())
}
