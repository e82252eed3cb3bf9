package console

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"

	"signet/internal/cert"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/trust"
	"signet/internal/web"
	"signet/internal/words"
)

// tryPage says what would come of a certificate at a sign-in, without any effect.
// It needs the certificate and not its key, so that an administrator can ask about
// somebody else's.
type tryPage struct {
	Action, Cancel string
	File, Text     web.Field
	Result         *tryResult
}

type tryResult struct {
	Verdict     web.Banner
	Person      *web.Person
	PersonURL   string // where the visitor may go there
	Certificate *web.Certificate
	Path        []tryLink
	Tried       []web.Fact
	Told        []web.Fact // to applications
	Checks      []web.Check
}

// tryLink is one certificate of the path.
type tryLink struct {
	Name, Line string
	Icon       string
	Badge      *web.Badge
	Revocation string
}

func (pl place) tryPath(id iam.ProviderID) string { return pl.method(id) + "/certificate" }

// shownPath is the page about a certificate that was shown before.
func (pl place) shownPath(id iam.ProviderID, sha256 string) string {
	return pl.tryPath(id) + "?sha256=" + sha256
}

// certificateMethod is the method that the path names, if it takes certificates.
func (room *Room) certificateMethod(v visit) (place, iam.Provider, error) {
	pl, m, err := room.own(v)
	if err == nil && (m.Type != iam.ProviderCertificate || m.Settings.Certificate == nil) {
		err = iam.NotFound("page")
	}
	return pl, m, err
}

// showTry asks for a certificate, or tells of one that was shown before.
func (room *Room) showTry(v visit) error {
	pl, m, err := room.certificateMethod(v)
	if err != nil {
		return err
	}
	sha256 := v.r.URL.Query().Get("sha256")
	if sha256 == "" {
		return room.drawTry(v, pl, m, bringsCertificate{}, nil, nil)
	}
	chain, err := room.Login.ShownBefore(v.ctx, v.caller, m, sha256)
	if refused := redrawable(err); refused != nil || iam.IsNotFound(err) {
		return room.drawTry(v, pl, m, bringsCertificate{}, iam.AsError(err), nil)
	}
	if err != nil {
		return err
	}
	result, err := room.tried(v, pl, m, chain)
	if err != nil {
		return err
	}
	return room.drawTry(v, pl, m, bringsCertificate{}, nil, result)
}

// try tells of a certificate that the visitor brought.
func (room *Room) try(v visit) error {
	pl, m, err := room.certificateMethod(v)
	if err != nil {
		return err
	}
	in, err := broughtCertificate(v.r)
	var chain []*x509.Certificate
	if err == nil {
		chain, err = trust.ReadFile(in.data)
	}
	if refused := redrawable(err); refused != nil {
		return room.drawTry(v, pl, m, in, refused, nil)
	}
	if err != nil {
		return err
	}
	result, err := room.tried(v, pl, m, chain)
	if err != nil {
		return err
	}
	return room.drawTry(v, pl, m, in, nil, result)
}

// tried judges a certificate and says whom it would sign in.
func (room *Room) tried(v visit, pl place, m iam.Provider, chain []*x509.Certificate) (*tryResult, error) {
	j, err := room.Trust.Judge(v.ctx, m, chain, v.now)
	if err != nil {
		return nil, err
	}
	fate, err := room.Login.Fate(v.ctx, v.caller, m, j)
	if err != nil {
		return nil, err
	}
	result := tryResultOf(v.words, j, fate)
	if j.Certificate != nil {
		card := words.Certificate(v.words, *j.Certificate, v.now)
		result.Certificate = &card
	}
	if fate.User.ID != "" && pl.atSystem() {
		result.PersonURL = pathOf(fate.User.ID)
	}
	return result, nil
}

func (room *Room) drawTry(v visit, pl place, m iam.Provider, in bringsCertificate, wrong *iam.Error, result *tryResult) error {
	view, err := room.placed(v, pl, "console.try.title", "Name", m.Name)
	if err != nil {
		return err
	}
	room.trial.Show(v.w, v.r, statusOf(wrong), pl.belowMethod(v.words.T, view, m), tryPageOf(v.words, pl, m, in, wrong, result))
	return nil
}

// belowMethod gives a page of one method the way back to it.
func (pl place) belowMethod(t func(string, ...any) string, view web.View, m iam.Provider) web.View {
	view = pl.below(t, view)
	view.Crumbs = append(view.Crumbs, web.Link{Label: m.Name, URL: pl.method(m.ID)})
	return view
}

func tryPageOf(p *i18n.Printer, pl place, m iam.Provider, in bringsCertificate, wrong *iam.Error, result *tryResult) tryPage {
	data := tryPage{Action: pl.tryPath(m.ID), Cancel: pl.method(m.ID), Result: result,
		File: certificateFile(p), Text: certificateText(p, in),
	}
	if wrong != nil {
		data.File.Error = web.Explain(p, wrong)
	}
	return data
}

// tryResultOf puts a verdict and what would come of it into words.
func tryResultOf(p *i18n.Printer, j trust.Judged, f login.Fate) *tryResult {
	r := &tryResult{Checks: words.Checks(p, j.Checks()), Tried: words.Tried(p, f.Tried)}
	if f.User.Login != "" {
		person := web.Person{Name: f.User.DisplayName(), Detail: f.User.Login}
		r.Person = &person
	}
	switch {
	case f.Cause == "" && f.By == iam.TriedCreation:
		r.Verdict = web.Banner{Kind: "success", Title: p.T("console.try.would_create", "Name", f.User.DisplayName()), Text: p.T("console.try.creation")}
	case f.Cause == "" && f.By == iam.TriedRenewal:
		r.Verdict = web.Banner{Kind: "success", Title: p.T("signin.test_would_sign_in", "Name", f.User.DisplayName()), Text: p.T("console.try.renewal")}
	case f.Cause == "":
		r.Verdict = web.Banner{Kind: "success", Title: p.T("signin.test_would_sign_in", "Name", f.User.DisplayName())}
	case f.Cause == login.CauseNotLinked:
		r.Verdict = web.Banner{Kind: "warning", Title: p.T("signin.test_accepted"), Text: p.T("signin.test_nobody")}
	default:
		r.Verdict = web.Banner{Kind: "danger", Title: p.T("signin.test_would_refuse"), Text: words.Why(p, f.Cause)}
	}
	chain := j.Verdict.Tried
	for i, c := range chain {
		r.Path = append(r.Path, tryLinkOf(p, c, i, len(chain), j))
	}
	if e := j.Evidence; e != nil {
		r.Told = toldOf(p, *e)
	}
	return r
}

func tryLinkOf(p *i18n.Printer, c *x509.Certificate, i, length int, j trust.Judged) tryLink {
	facts := cert.Read(c)
	l := tryLink{Icon: "shield", Name: facts.CommonName, Line: p.T("console.try.link", "Key", facts.KeyType, "From", p.Date(facts.NotBefore), "Until", p.Date(facts.NotAfter))}
	if l.Name == "" {
		l.Name = facts.Subject
	}
	if i == 0 {
		l.Icon = "certificate"
	}
	if i > 0 && i == length-1 {
		l.Badge = &web.Badge{Kind: "success", Label: p.T("console.try.trusted"), Icon: "check-circle"}
	}
	if i < len(j.Answers) {
		l.Revocation = revocationLine(p, j.Answers[i])
	}
	return l
}

// revocationLine tells what is known about the revocation of one certificate, from
// whom, and how old that is.
func revocationLine(p *i18n.Printer, a trust.Answer) string {
	facts := a.Facts()
	switch {
	case !a.Asked:
		return p.T("console.try.not_asked")
	case facts["unknown"] != "":
		return p.T("console.try.unknown", "Why", words.Value(p, "unknown", facts["unknown"]))
	}
	source := words.Value(p, "source", string(a.Standing.Source))
	if a.From != "" {
		source += ", " + words.Value(p, "source", a.From)
	}
	key := "console.try.good"
	if a.Standing.Revoked {
		key = "console.try.revoked"
	}
	return p.T(key, "Source", source, "Of", p.DateTime(a.Standing.ThisUpdate), "Until", p.DateTime(a.Standing.NextUpdate), "At", p.DateTime(a.Standing.At))
}

// toldOf are the claims of a sign-in. The last is for applications that may have it.
func toldOf(p *i18n.Printer, e iam.Evidence) []web.Fact {
	facts := []web.Fact{
		{Term: "acr", Text: e.ACR, Mono: true}, {Term: "amr", Text: strings.Join(e.AMR, " "), Mono: true},
		{Term: p.T("console.try.factors"), Text: p.Number(e.Strength.Factors())},
	}
	if sum, err := hex.DecodeString(e.Certificate.SHA256); err == nil {
		facts = append(facts, web.Fact{Term: "certificate.x5t#S256", Text: base64.RawURLEncoding.EncodeToString(sum), Mono: true})
	}
	if len(e.Certificate.Policies) > 0 {
		facts = append(facts, web.Fact{Term: "certificate.policies", Text: strings.Join(e.Certificate.Policies, " "), Mono: true})
	}
	return facts
}

// certificateFile and certificateText are the fields in which somebody brings a
// certificate.
func certificateFile(p *i18n.Printer) web.Field {
	return web.Field{Name: "file", Type: "file", Label: p.T("people.identifier_file"), Hint: p.T("people.identifier_file_hint"),
		Accept: ".pem,.crt,.cer,.der,.p7b,.p7c,application/x-x509-user-cert,application/pkix-cert"}
}

// A private key that stood in the text must not stand on a page, and not be sent
// again.
func certificateText(p *i18n.Printer, in bringsCertificate) web.Field {
	text := in.text
	if strings.Contains(text, "PRIVATE KEY") {
		text = ""
	}
	return web.Field{Name: "text", Type: "textarea", Label: p.T("people.identifier_text"), Value: text, Rows: 6, Mono: true, Placeholder: "-----BEGIN CERTIFICATE-----"}
}

// trySpecimens draw the page with certificates that do not exist.
func (room *Room) trySpecimens(add specimenOf) {
	system := place{scope: iam.System(), prefix: prefixSystem, client: iam.App{ID: iam.SignetApp, Name: "Signet"}}
	show := func(state string, wrong *iam.Error, result func(sample) *tryResult) {
		add("try certificate", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			m := s.methods()[1]
			view := system.belowMethod(s.words.T, system.crumbs(s.words.T, s.view(system.tab(), "console.try.title", "Name", m.Name)), m)
			var found *tryResult
			if result != nil {
				found = result(s)
			}
			room.trial.Show(w, r, http.StatusOK, view, tryPageOf(s.words, system, m, bringsCertificate{}, wrong, found))
		})
	}
	named := func(s sample, name string, f login.Fate, kind string) *tryResult {
		c := s.certificate(name, "Example Client CA", -40, 690)
		j := trust.Judged{Certificate: c, Evidence: &iam.Evidence{
			ACR: iam.ACRHardware, AMR: []string{iam.AMRProofOfPossession, iam.AMRHardwareKey, iam.AMRSmartCard, iam.AMRMultipleFactors}, Strength: iam.StrengthCard, Certificate: c,
		}}
		j.Verdict.Checks = []cert.Check{
			{Name: "path", OK: true, Detail: "Alice Martin, issued by Example Client CA, which is trusted", Source: "RFC 5280, section 6.1"},
			{Name: "dates", OK: kind == "", Detail: "valid from 2026-10-14 to 2028-10-13", Source: "RFC 5280, section 4.1.2.5"},
		}
		if kind != "" {
			j.Evidence = nil
		}
		r := tryResultOf(s.words, j, f)
		card := words.Certificate(s.words, *c, s.now)
		r.Certificate, r.PersonURL = &card, "#"
		good := trust.Answer{Asked: true, From: "https://pki.example/people.crl", Standing: cert.Standing{Source: cert.SourceCRL, ThisUpdate: s.now.AddDate(0, 0, -1), NextUpdate: s.now.AddDate(0, 0, 6)}}
		r.Path = []tryLink{
			{Icon: "certificate", Name: name, Line: s.words.T("console.try.link", "Key", "ECDSA P-256", "From", s.words.Date(c.NotBefore), "Until", s.words.Date(c.NotAfter)), Revocation: revocationLine(s.words, good)},
			{Icon: "shield", Name: "Example Client CA", Line: s.words.T("console.try.link", "Key", "RSA 4096", "From", s.words.Date(c.NotBefore), "Until", s.words.Date(c.NotAfter)),
				Badge: &web.Badge{Kind: "success", Label: s.words.T("console.try.trusted"), Icon: "check-circle"}},
		}
		return r
	}
	sampleOf := func(s sample, f login.Fate, kind string) *tryResult { return named(s, "Alice Martin", f, kind) }
	alice := iam.User{ID: "alice", Login: "alice", Name: "Alice Martin"}
	key := iam.Tried{Rule: iam.TriedKey}
	show("empty", nil, nil)
	show("wrong file", iam.Invalid("file", "file_no_certificate"), nil)
	show("would sign in", nil, func(s sample) *tryResult {
		return sampleOf(s, login.Fate{User: alice, By: "san_upn=login", Tried: []iam.Tried{key, {Rule: "subject:2.5.4.5=login"}, {Rule: "san_upn=login_local@clinic.example", Found: 1}}}, "")
	})
	show("renewal", nil, func(s sample) *tryResult {
		return sampleOf(s, login.Fate{User: alice, By: iam.TriedRenewal, Tried: []iam.Tried{key, {Rule: iam.TriedRenewal, Found: 1}}}, "")
	})
	show("new account", nil, func(s sample) *tryResult {
		return sampleOf(s, login.Fate{User: iam.User{Login: "amartin", Name: "Alice Martin"}, By: iam.TriedCreation, Tried: []iam.Tried{key, {Rule: iam.TriedRenewal}, {Rule: iam.TriedCreation, Found: 1}}}, "")
	})
	show("nobody's", nil, func(s sample) *tryResult {
		return sampleOf(s, login.Fate{Cause: login.CauseNotLinked, Tried: []iam.Tried{key, {Rule: iam.TriedRenewal}}}, "")
	})
	show("refused", nil, func(s sample) *tryResult { return sampleOf(s, login.Fate{Cause: "expired"}, "expired") })
	show("long names", nil, func(s sample) *tryResult {
		long := strings.Repeat("unbroken", 32)
		rule := "subject:1.3.6.1.4.1.99999.1.2.3.4.5.6.7=login@" + long + ".example"
		r := named(s, long, login.Fate{User: iam.User{ID: "long", Login: long, Name: long}, By: rule, Tried: []iam.Tried{key, {Rule: rule, Found: 1}}}, "")
		r.Told = append(r.Told, web.Fact{Term: "certificate.policies", Text: long, Mono: true})
		return r
	})
}
