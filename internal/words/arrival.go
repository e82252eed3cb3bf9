package words

import (
	"strings"

	"signet/internal/i18n"
	"signet/internal/iam"
)

//i18n:keys doctor.* headers_ok headers_none headers_described headers_forged headers_wrong_listener headers_no_secret headers_wrong_secret headers_no_key headers_wrong_key
//i18n:keys doctor.* headers_wrong_address headers_duplicate headers_missing headers_malformed headers_other_form headers_untrusted headers_unread headers_other_header
//i18n:keys doctor.*.mend headers_none headers_described headers_forged headers_wrong_listener headers_no_secret headers_wrong_secret headers_no_key headers_wrong_key
//i18n:keys doctor.*.mend headers_wrong_address headers_duplicate headers_missing headers_malformed headers_other_form headers_untrusted headers_unread headers_other_header
//i18n:keys doctor.*.why headers
//i18n:keys doctor.arrival.listener.* iam.ArrivalListener
//i18n:keys doctor.arrival.kind.* iam.ArrivalKind
//i18n:keys doctor.arrival.outcome.* iam.ArrivalOutcome
//i18n:keys doctor.arrival.cause.* iam.ArrivalCause

// Arrival is what headers came to a listener from a peer, in words.
type Arrival struct {
	Title    string // what they speak of, and the peer
	Listener string // and its address
	Node     string
	Outcome  string // and how many times
	Cause    string
	Form     string // empty where they are of none
	Headers  string
	Last     string
	Kind     string // of a badge
}

// ArrivalOf puts an arrival into words.
func ArrivalOf(p *i18n.Printer, a iam.Arrival) Arrival {
	peer := a.Peer
	switch peer {
	case "":
		peer = p.T("doctor.arrival.others")
	case iam.PeerSocket:
		peer = p.T("doctor.arrival.socket")
	}
	out := Arrival{
		Title:    p.T("doctor.arrival.kind."+string(a.Kind), "Peer", peer),
		Listener: p.T("doctor.arrival.listener."+string(a.Listener), "Address", a.Address), Node: p.T("doctor.page.node", "Node", a.Node),
		Outcome: p.N("doctor.arrival.outcome."+string(a.Outcome), int(a.Count)), Cause: p.T("doctor.arrival.cause." + string(a.Cause)),
		Headers: strings.Join(a.Headers, ", "), Last: p.T("doctor.page.last", "Time", p.DateTime(a.Last)),
	}
	if out.Headers == "" {
		out.Headers = p.T("doctor.arrival.no_headers")
	}
	if len(a.Forms) > 0 {
		out.Form = p.T("doctor.page.form", "Form", strings.Join(a.Forms, ", "))
	}
	switch a.Outcome {
	case iam.ArrivalAccepted:
		out.Kind = "success"
	case iam.ArrivalRefused:
		out.Kind = "warning"
	}
	return out
}
