package console

import (
	"cmp"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/trust"
	"signet/internal/web"
)

// authorityForm says how revocation is checked for one CA.
type authorityForm struct {
	Wrong     *web.Banner
	Action    string
	Version   int64
	Authority trustAuthority
	Mode      web.Choice
	Days      web.Field
	Lists     web.Field
	OCSP      web.Choice
	Responder web.Field
	Hosts     web.Field
	Upload    string // path
	File      web.Field
	Cancel    string
	ReadOnly  bool
}

// authorityInput is what was typed.
type authorityInput struct {
	Version                 int64
	Mode, Days, Lists, OCSP string
	Responder, Hosts        string
}

func inputOfAuthority(a trust.Authority) authorityInput {
	in := authorityInput{
		Version: a.Provider.Version, Mode: string(a.Settings.Mode), Days: numberText(a.Settings.MaxDays),
		Lists: strings.Join(a.Settings.Lists, "\n"), Hosts: strings.Join(a.Settings.Hosts, "\n"), OCSP: "none",
	}
	switch a.Settings.OCSP {
	case "":
	case iam.OCSPOfCertificate:
		in.OCSP = "certificate"
	default:
		in.OCSP, in.Responder = "address", a.Settings.OCSP
	}
	return in
}

func readAuthority(r *http.Request) authorityInput {
	get := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	version, err := strconv.ParseInt(get("version"), 10, 64)
	if err != nil {
		version = 0 // of no state, so that it is refused as changed meanwhile
	}
	return authorityInput{Version: version, Mode: get("mode"), Days: get("max_days"), Lists: get("lists"), OCSP: get("ocsp"), Responder: get("responder"), Hosts: get("hosts")}
}

// apply puts the input into the settings of the CA.
func (in authorityInput) apply(r iam.CARevocation) (iam.CARevocation, error) {
	r.Mode, r.MaxDays, r.OCSP = iam.RevocationMode(in.Mode), 0, ""
	r.Lists, r.Hosts = strings.Fields(in.Lists), strings.Fields(strings.ToLower(strings.ReplaceAll(in.Hosts, ",", " ")))
	if in.Days != "" {
		days, err := strconv.Atoi(in.Days)
		if err != nil {
			return r, iam.Invalid("max_days", "not_a_number")
		}
		r.MaxDays = days
	}
	switch in.OCSP {
	case "certificate":
		r.OCSP = iam.OCSPOfCertificate
	case "address":
		if r.OCSP = in.Responder; r.OCSP == "" {
			return r, iam.Invalid("ocsp", "ocsp_address_missing")
		}
	}
	return r, nil
}

// trusted returns the CA that the path names, if the caller may see it.
func (room *Room) trusted(v visit) (trust.Authority, error) {
	all, err := room.Trust.Revocations(v.ctx, v.caller)
	if err != nil {
		return trust.Authority{}, err
	}
	i := slices.IndexFunc(all, func(a trust.Authority) bool {
		return string(a.Provider.ID) == v.r.PathValue("method") && a.ID == v.r.PathValue("authority") && !a.Below
	})
	if i < 0 {
		return trust.Authority{}, iam.NotFound("authority")
	}
	return all[i], nil
}

func (room *Room) showAuthority(v visit) error {
	a, err := room.trusted(v)
	if err != nil {
		return err
	}
	return room.drawAuthority(v, a, inputOfAuthority(a), nil)
}

func (room *Room) drawAuthority(v visit, a trust.Authority, in authorityInput, wrong *iam.Error) error {
	view, err := room.view(v, tabSettings, "")
	if err != nil {
		return err
	}
	view.Title = cmp.Or(a.Facts.CommonName, a.Facts.Subject)
	view.Crumbs = []web.Link{{Label: v.words.T("console.settings_title"), URL: tabSettings}, {Label: v.words.T("console.trust.title"), URL: tabTrust}}
	data := authorityFormOf(v.words, a, in, wrong, trustAuthorityOf(v.words, a, v.now))
	data.ReadOnly = !v.caller.May(iam.EditProviders, a.Provider.Scope)
	room.authority.Show(v.w, v.r, statusOf(wrong), view, data)
	return nil
}

func authorityFormOf(p *i18n.Printer, a trust.Authority, in authorityInput, wrong *iam.Error, row trustAuthority) authorityForm {
	fault := func(field string) string {
		if wrong == nil || wrong.Field != field {
			return ""
		}
		return web.Explain(p, wrong)
	}
	optional := p.T("console.methods.optional")
	f := authorityForm{
		Action: authorityPath(a), Version: in.Version, Authority: row, Upload: authorityPath(a) + "/upload", Cancel: tabTrust,
		Mode: web.Choice{Name: "mode", Label: p.T("console.trust.mode_label"), Error: cmp.Or(fault("revocation"), fault("mode")), Cards: true, Options: modeOptions(p, in.Mode)},
		Days: web.Field{Name: "max_days", Inputmode: "numeric", Autocomplete: "off", Value: in.Days, Label: p.T("console.trust.days"), Hint: p.T("console.trust.days_hint"), Optional: optional, Error: fault("max_days")},
		Lists: web.Field{
			Name: "lists", Type: "textarea", Rows: 3, Mono: true, Value: in.Lists, Label: p.T("console.trust.lists"), Hint: p.T("console.trust.lists_hint"),
			Placeholder: "http://pki.example.org/ca.crl", Optional: optional, Error: fault("lists"),
		},
		OCSP: web.Choice{Name: "ocsp", Label: p.T("console.trust.ocsp"), Hint: p.T("console.trust.ocsp_hint"), Cards: true},
		Responder: web.Field{
			Name: "responder", Type: "url", Mono: true, Value: in.Responder, Label: p.T("console.trust.responder"), Placeholder: "http://ocsp.example.org",
			Optional: optional, Error: fault("ocsp"),
		},
		Hosts: web.Field{
			Name: "hosts", Type: "textarea", Rows: 2, Mono: true, Value: in.Hosts, Label: p.T("console.trust.hosts"), Hint: p.T("console.trust.hosts_hint"),
			Placeholder: "pki.example.org", Optional: optional, Error: fault("hosts"),
		},
		File: web.Field{Name: "file", Type: "file", Label: p.T("console.trust.file"), Hint: p.T("console.trust.file_hint"), Accept: ".crl,.pem,.der", Error: fault("file")},
	}
	for _, o := range []web.Option{
		{Value: "none", Icon: "minus", Label: p.T("console.trust.ocsp_none")}, {Value: "certificate", Icon: "certificate", Label: p.T("console.trust.ocsp_certificate")},
		{Value: "address", Icon: "globe", Label: p.T("console.trust.ocsp_address")},
	} {
		o.Selected = o.Value == in.OCSP
		f.OCSP.Options = append(f.OCSP.Options, o)
	}
	if wrong != nil && !slices.Contains([]string{"revocation", "mode", "max_days", "lists", "ocsp", "hosts", "file"}, wrong.Field) {
		f.Wrong = &web.Banner{Kind: "danger", Title: web.Explain(p, wrong)}
	} else if wrong != nil && wrong.Field != "file" { // that one stands at the top
		f.Wrong = refusal(p, wrong)
	}
	return f
}

func (room *Room) changeAuthority(v visit) error {
	a, err := room.trusted(v)
	if err != nil {
		return err
	}
	in := readAuthority(v.r)
	p, err := room.Providers.Provider(v.ctx, a.Provider.ID)
	if err != nil {
		return err
	}
	p.Version = in.Version
	chosen, _ := p.Settings.Certificate.RevocationOf(a.ID)
	chosen.CA = a.ID
	if chosen, err = in.apply(chosen); err == nil {
		settings := *p.Settings.Certificate
		settings.Revocation = append(slices.DeleteFunc(slices.Clone(settings.Revocation), func(r iam.CARevocation) bool { return r.CA == a.ID }), chosen)
		p.Settings.Certificate = &settings
		err = room.Providers.Change(v.ctx, v.caller, p)
	}
	if refused := redrawable(err); refused != nil {
		if refused.Cause == "changed_meanwhile" {
			in.Version = a.Provider.Version
		}
		return room.drawAuthority(v, a, in, refused)
	}
	if err != nil {
		return err
	}
	return v.done(tabTrust, "console.trust.saved", "Name", cmp.Or(a.Facts.CommonName, a.Facts.Subject))
}

func (room *Room) refreshList(v visit) error {
	a, err := room.trusted(v)
	if err != nil {
		return err
	}
	err = room.Trust.RefreshNow(v.ctx, v.caller, a.Provider, a.ID, strings.TrimSpace(v.r.PostFormValue("source")))
	if refused := redrawable(err); refused != nil {
		if a, err = room.trusted(v); err != nil {
			return err
		}
		refused.Field = ""
		return room.drawAuthority(v, a, inputOfAuthority(a), refused)
	}
	if err != nil {
		return err
	}
	return v.done(authorityPath(a), "console.trust.refreshed")
}

func (room *Room) uploadList(v visit) error {
	a, err := room.trusted(v)
	if err != nil {
		return err
	}
	file, _, err := v.r.FormFile("file")
	var data []byte
	if err == nil {
		defer file.Close()
		if data, err = io.ReadAll(file); err != nil {
			return err
		}
	} else if err != http.ErrMissingFile && err != http.ErrNotMultipart { //nolint:errorlint // net/http returns them bare
		return err
	}
	list, err := room.Trust.Upload(v.ctx, v.caller, a.Provider, a.ID, data)
	if refused := redrawable(err); refused != nil {
		return room.drawAuthority(v, a, inputOfAuthority(a), refused)
	}
	if err != nil {
		return err
	}
	return v.done(authorityPath(a), "console.trust.upload_done", "Count", v.words.Number(list.Len()))
}
