package console

import (
	"encoding/pem"
	"strconv"
	"strings"
	"time"

	"signet/internal/cert"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/issuing"
	"signet/internal/web"
)

// issuingPage is about the authority of Signet's own that gives certificates for a
// login method.
type issuingPage struct {
	Wrong   *web.Banner
	Action  string
	Version int64
	Method  string
	// None stands where there is no authority yet.
	None     bool
	Lost     *web.Banner // the method trusts it no more
	Card     *web.Certificate
	Download string
	Rules    string // action of the form
	Self     web.Switch
	Days     web.Field
	Years    int
}

func issuingPath(pl place, id iam.ProviderID) string { return pl.method(id) + "/issuing" }

// issuingInput is what the form about the rules sent.
type issuingInput struct {
	self bool
	days string
}

// issuingOf draws the page. a is nil where there is no authority yet.
func issuingOf(p *i18n.Printer, pl place, m iam.Provider, a *iam.IssuingAuthority, in issuingInput, wrong *iam.Error, now time.Time) (issuingPage, error) {
	data := issuingPage{Action: issuingPath(pl, m.ID), Version: m.Version, Method: m.Name, None: a == nil, Years: issuing.AuthorityYears}
	if wrong != nil && wrong.Field != "days" {
		data.Wrong = banner(p, wrong)
	}
	if a == nil {
		return data, nil
	}
	c, err := issuing.Certificate(*a)
	if err != nil {
		return data, err
	}
	trusted := false
	for _, known := range authorities(m) {
		if known.SHA256 == cert.Read(c).SHA256 {
			card := authorityCard(p, known, now)
			data.Card, trusted = &card, true
		}
	}
	if !trusted {
		data.Lost = &web.Banner{Kind: "danger", Title: p.T("issuing.lost", "Name", cert.Read(c).CommonName), Text: p.T("issuing.lost_text")}
	}
	data.Download, data.Rules = data.Action+"/authority.pem", data.Action+"/rules"
	data.Self = web.Switch{Name: "self_service", Label: p.T("issuing.self"), Hint: p.T("issuing.self_hint"), On: in.self}
	switch {
	case !m.SelfLinked():
		data.Self.Hint = p.T("issuing.self_not_linked")
	case !m.Public && pl.scope.Level != iam.LevelApplication:
		data.Self.Hint = p.T("issuing.self_not_public")
	}
	data.Days = web.Field{
		Name: "days", Type: "number", Label: p.T("issuing.days"), Hint: p.T("issuing.days_hint", "Max", p.Number(iam.MaxIssuedDays)), Value: in.days, Inputmode: "numeric", Required: true,
	}
	if wrong != nil && wrong.Field == "days" {
		data.Days.Error = web.Explain(p, wrong)
	}
	return data, nil
}

// ownIssuing is the certificate method that the path names, and its authority where
// it has one.
func (room *Room) ownIssuing(v visit) (place, iam.Provider, *iam.IssuingAuthority, error) {
	pl, m, err := room.own(v)
	if err != nil {
		return pl, m, nil, err
	}
	if m.Type != iam.ProviderCertificate {
		return pl, m, nil, iam.NotFound("page")
	}
	a, err := room.Issuing.Authority(v.ctx, v.caller, m)
	if iam.IsNotFound(err) {
		return pl, m, nil, nil
	}
	return pl, m, &a, err
}

func (room *Room) showIssuing(v visit) error {
	pl, m, a, err := room.ownIssuing(v)
	if err != nil {
		return err
	}
	return room.drawIssuing(v, pl, m, a, issuingInputOf(a), nil)
}

func issuingInputOf(a *iam.IssuingAuthority) issuingInput {
	if a == nil {
		return issuingInput{}
	}
	return issuingInput{self: a.SelfService, days: strconv.Itoa(a.Days)}
}

func (room *Room) drawIssuing(v visit, pl place, m iam.Provider, a *iam.IssuingAuthority, in issuingInput, wrong *iam.Error) error {
	view, err := room.placed(v, pl, "issuing.title", "Name", m.Name)
	if err != nil {
		return err
	}
	view = pl.below(v.words.T, view)
	view.LeadKey = "issuing.lead"
	view.Crumbs = append(view.Crumbs, web.Link{Label: m.Name, URL: pl.method(m.ID)})
	data, err := issuingOf(v.words, pl, m, a, in, wrong, v.now)
	if err != nil {
		return err
	}
	room.issuing.Show(v.w, v.r, statusOf(wrong), view, data)
	return nil
}

// establish makes an authority for the method, in the place of the one that it has.
func (room *Room) establish(v visit) error {
	pl, m, a, err := room.ownIssuing(v)
	if err != nil {
		return err
	}
	version, err := strconv.ParseInt(v.r.PostFormValue("version"), 10, 64)
	if err != nil {
		version = 0
	}
	m.Version = version // of the page that was looked at: pressed twice, it makes one
	err = room.Issuing.Establish(v.ctx, v.caller, m)
	if refused := redrawable(err); refused != nil {
		if pl, m, a, err = room.ownIssuing(v); err != nil {
			return err
		}
		return room.drawIssuing(v, pl, m, a, issuingInputOf(a), refused)
	}
	if err != nil {
		return err
	}
	key := "issuing.made"
	if a != nil {
		key = "issuing.replaced"
	}
	return v.done(issuingPath(pl, m.ID), key, "Name", m.Name)
}

func (room *Room) setIssuingRules(v visit) error {
	pl, m, a, err := room.ownIssuing(v)
	if err != nil {
		return err
	}
	in := issuingInput{self: v.r.PostFormValue("self_service") != "", days: strings.TrimSpace(v.r.PostFormValue("days"))}
	days, err := strconv.Atoi(in.days)
	if err != nil {
		days = -1
	}
	err = room.Issuing.SetRules(v.ctx, v.caller, m, iam.IssuingRules{SelfService: in.self, Days: days})
	if refused := redrawable(err); refused != nil {
		return room.drawIssuing(v, pl, m, a, in, refused)
	}
	if err != nil {
		return err
	}
	return v.done(issuingPath(pl, m.ID), "issuing.rules_saved")
}

// downloadAuthority hands out the certificate of the authority, for a proxy in front
// or another program that shall trust it.
func (room *Room) downloadAuthority(v visit) error {
	pl, m, a, err := room.ownIssuing(v)
	if err != nil {
		return err
	}
	if a == nil {
		return v.to(issuingPath(pl, m.ID)) // which offers to make one
	}
	web.SendFile(v.w, "authority.pem", "application/x-pem-file", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate}))
	return nil
}

// backToIssuing leads from the address of a form to the page it stood on.
func (room *Room) backToIssuing(v visit) error {
	pl, m, _, err := room.ownIssuing(v)
	if err != nil {
		return err
	}
	return v.to(issuingPath(pl, m.ID))
}
