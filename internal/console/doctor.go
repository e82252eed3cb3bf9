package console

import (
	"crypto/tls"
	"net/http"
	"time"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
	"signet/internal/words"
)

// pathDoctor is where Signet examines itself.
const pathDoctor = "/admin/settings/examination"

// doctorPage is what an examination found, the bad before the good, which headers
// came from whom, and what Signet sees of the request for this very page.
type doctorPage struct {
	Summary    web.Banner
	Bad, Good  []words.Finding
	Arrived    []words.Arrival
	Nodes      bool // several, which are named
	Connection []web.Fact
	Again      string
}

func (room *Room) showDoctor(v visit) error {
	if !v.caller.May(iam.EditSettings, iam.System()) {
		return iam.NotFound("page")
	}
	var found []iam.Finding
	if room.Examine != nil {
		found = room.Examine(v.ctx)
	}
	var arrived []iam.Arrival
	if room.Arrivals != nil {
		var err error
		if arrived, err = room.Arrivals(v.ctx); err != nil {
			return err
		}
	}
	view, err := room.view(v, tabSettings, "doctor.page.title")
	if err != nil {
		return err
	}
	view.LeadKey = "doctor.page.lead"
	view.Crumbs = []web.Link{{Label: v.words.T("console.settings_title"), URL: tabSettings}}
	room.doctor.Show(v.w, v.r, http.StatusOK, view, doctorOf(v.words, found, arrived, v.r))
	return nil
}

func doctorOf(p *i18n.Printer, found []iam.Finding, arrived []iam.Arrival, r *http.Request) doctorPage {
	data := doctorPage{Again: pathDoctor, Connection: connectionOf(p, r)}
	for _, a := range arrived {
		data.Arrived = append(data.Arrived, words.ArrivalOf(p, a))
		data.Nodes = data.Nodes || a.Node != arrived[0].Node
	}
	worst := "success"
	for _, f := range found {
		text := words.FindingOf(p, f)
		switch {
		case !text.Bad:
			data.Good = append(data.Good, text)
			continue
		case f.Level == iam.FindingError:
			worst = "danger"
		case f.Level == iam.FindingWarning && worst != "danger":
			worst = "warning"
		case worst == "success":
			worst = "info"
		}
		data.Bad = append(data.Bad, text)
	}
	data.Summary = web.Banner{Kind: worst, Title: p.T("doctor.page.good"), Text: p.T("doctor.page.good_text")}
	if len(data.Bad) > 0 {
		data.Summary.Title, data.Summary.Text = p.N("doctor.page.bad", len(data.Bad)), ""
	}
	return data
}

// connectionOf tells an administrator whether a proxy hands on what it should.
func connectionOf(p *i18n.Printer, r *http.Request) []web.Fact {
	version := p.T("doctor.page.through_proxy")
	if r.TLS != nil {
		version = tls.VersionName(r.TLS.Version)
	}
	return []web.Fact{
		{Term: p.T("doctor.page.address"), Text: web.ClientAddr(r.Context()).String(), Mono: true},
		{Term: p.T("doctor.page.protocol"), Text: r.Proto, Mono: true},
		{Term: p.T("doctor.page.tls"), Text: version, Mono: true},
	}
}

func (room *Room) doctorSpecimens(add specimenOf) {
	show := func(state string, found []iam.Finding, arrived ...iam.Arrival) {
		add("examination", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			view := s.view(tabSettings, "doctor.page.title")
			view.LeadKey, view.Crumbs = "doctor.page.lead", []web.Link{{Label: s.words.T("console.settings_title"), URL: tabSettings}}
			room.doctor.Show(w, r, http.StatusOK, view, doctorOf(s.words, found, arrived, r))
		})
	}
	good := []iam.Finding{
		{Check: "site", Case: "ok", Level: iam.FindingOK, About: "id.hopital.example"}, {Check: "host", Case: "ok", Level: iam.FindingOK, About: "*.cert.id.hopital.example:3443"},
		{Check: "tickets", Case: "ok", Level: iam.FindingOK, About: "*.cert.id.hopital.example:3443"}, {Check: "database", Case: "ok", Level: iam.FindingOK, About: "postgres"},
		{Check: "names", Case: "ok", Level: iam.FindingOK, Params: map[string]string{"Bytes": "412"}},
	}
	show("all is well", good)
	show("faults", append([]iam.Finding{
		{Check: "forgery", Case: "passed", Level: iam.FindingError, About: "id.hopital.example", Params: map[string]string{"Header": "X-Forged"}},
		{Check: "host", Case: "expires_soon", Level: iam.FindingWarning, About: "*.cert.id.hopital.example:3443", Params: map[string]string{"Days": "9"}},
		{Check: "method", Case: "ca_expires_soon", Level: iam.FindingWarning, About: "Carte de professionnel de santé", Params: map[string]string{"Days": "41", "CA": "Hôpital Saint-Louis Personnes CA"}},
		{Check: "administrators", Case: "one", Level: iam.FindingNote},
		{Check: "headers", Case: "no_secret", Level: iam.FindingWarning, About: "10.0.3.17 → 10.0.3.2:8081 (id-2)"},
	}, good...), arrivalsOfSample()...)
}

func arrivalsOfSample() []iam.Arrival {
	day := time.Date(2026, time.March, 14, 9, 26, 0, 0, time.UTC)
	a := iam.Arrival{
		Node: "id-1", Listener: iam.ListenerProxy, Address: "unix:/run/signet/proxy.sock", Peer: iam.PeerSocket, Kind: iam.ArrivalCertificate,
		Outcome: iam.ArrivalAccepted, Cause: iam.ArrivalShown, Forms: []string{"nginx"}, Count: 1284, First: day.Add(-90 * time.Hour), Last: day,
		Headers: []string{"X-Proxy-Client-Cert", "X-Proxy-Client-DN", "X-Proxy-Client-Fingerprint", "X-Proxy-Client-Issuer", "X-Proxy-Client-Serial", "X-Proxy-Client-Verify"},
	}
	address, twin, stranger := a, a, a
	address.Kind, address.Cause, address.Headers, address.Forms, address.Count = iam.ArrivalForwarding, iam.ArrivalChosen, []string{"X-Forwarded-For"}, nil, 48210
	twin.Outcome, twin.Cause, twin.Headers, twin.Count = iam.ArrivalRefused, iam.ArrivalDuplicate, []string{"X-Proxy-Client-Verify", "X_Proxy_Client_Verify"}, 1
	stranger.Node, stranger.Listener, stranger.Address, stranger.Peer, stranger.Outcome, stranger.Cause, stranger.Count =
		"id-2", iam.ListenerMain, ":443", "2001:db8:85a3::8a2e:370:7334", iam.ArrivalIgnored, iam.ArrivalPublic, 17
	others := stranger
	others.Peer, others.Count = "", 4012
	return []iam.Arrival{a, address, twin, stranger, others}
}
