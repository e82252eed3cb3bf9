package console

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// appCertificatePage says how an application proves who it is: by its secret, or by a
// certificate of a CA of its own.
type appCertificatePage struct {
	Wrong   *web.Banner
	Off     *web.Banner // the operator has not switched the listener on
	Action  string
	Cancel  string
	Version int64
	How     web.Choice
	Text    web.Field
	File    web.Field
	Name    web.Choice
	Value   web.Field
	Bound   web.Switch
	Origin  string // where such applications go
}

// appCertificateInput is what was typed, kept as typed.
type appCertificateInput struct {
	Version           int64
	Certificate       bool
	Bound             bool
	Text, Name, Value string
	file              []byte
}

func appCertificateInputOf(a iam.App) appCertificateInput {
	in := appCertificateInput{Version: a.Version}
	if c := a.ClientCertificate; c != nil {
		in.Certificate, in.Text, in.Name, in.Value, in.Bound = true, c.Anchors, string(c.Name), c.Value, c.Bound
	}
	return in
}

// The ways in which an application proves who it is, as they stand in the form.
const (
	bySecret      = "secret"
	byCertificate = "certificate"
)

//i18n:keys apps.client_name.* iam.ClientName

func readAppCertificate(r *http.Request) (in appCertificateInput, err error) {
	if err := r.ParseMultipartForm(maxAuthoritiesFile); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return in, fmt.Errorf("read form of an application: %w", err)
	}
	get := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	if in.Version, err = strconv.ParseInt(get("version"), 10, 64); err != nil {
		in.Version = -1
	}
	in.Certificate, in.Text, in.Name, in.Value = get("how") == byCertificate, get("anchors"), get("name"), get("value")
	in.Bound = get("bound") != ""
	in.file, err = fileOf(r, "file")
	return in, err
}

// certificate is what the input asks for; nil: the secret.
func (in appCertificateInput) certificate() *iam.ClientCertificate {
	if !in.Certificate {
		return nil
	}
	return &iam.ClientCertificate{Anchors: anchorsOf("", nil, []byte(in.Text), in.file), Name: iam.ClientName(in.Name), Value: in.Value, Bound: in.Bound}
}

func appCertificateOf(p *i18n.Printer, pl place, in appCertificateInput, origin string, wrong *iam.Error) appCertificatePage {
	fault := func(fields ...string) string {
		for _, field := range fields {
			if wrong != nil && wrong.Field == field {
				return web.Explain(p, wrong)
			}
		}
		return ""
	}
	data := appCertificatePage{
		Action: pl.prefix + "/certificate", Cancel: pl.prefix, Version: in.Version, Origin: origin,
		How: web.Choice{Name: "how", Label: p.T("apps.client_how"), Cards: true, Options: []web.Option{
			{Value: bySecret, Icon: "key", Label: p.T("apps.client_by_secret"), Hint: p.T("apps.client_by_secret_hint"), Selected: !in.Certificate},
			{Value: byCertificate, Icon: "certificate", Label: p.T("apps.client_by_certificate"), Hint: p.T("apps.client_by_certificate_hint"), Selected: in.Certificate},
		}},
		File: web.Field{Name: "file", Type: "file", Label: p.T("apps.client_file"), Hint: p.T("apps.client_file_hint"), Accept: ".pem,.crt,.cer,.der,.p7b,.p7c", Error: fault("file")},
		Text: web.Field{
			Name: "anchors", Type: "textarea", Rows: 5, Mono: true, Label: p.T("console.methods.add_text"), Value: methodInput{Text: in.Text, file: in.file}.text(),
			Placeholder: "-----BEGIN CERTIFICATE-----", Error: fault("anchors"),
		},
		Name: web.Choice{Name: "name", Label: p.T("apps.client_name"), Hint: p.T("apps.client_name_hint"), Error: fault("name")},
		Value: web.Field{
			Name: "value", Mono: true, Label: p.T("apps.client_value"), Hint: p.T("apps.client_value_hint"), Value: in.Value, Autocomplete: "off", Error: fault("value"),
		},
		Bound: web.Switch{Name: "bound", Label: p.T("apps.client_bound"), Hint: p.T("apps.client_bound_hint"), On: in.Bound},
	}
	for _, n := range iam.ClientNames() {
		data.Name.Options = append(data.Name.Options, web.Option{Value: string(n), Label: p.T("apps.client_name." + string(n)), Selected: string(n) == in.Name})
	}
	if origin == "" {
		data.Off = &web.Banner{Kind: "warning", Title: p.T("apps.client_off"), Text: p.T("apps.client_off_text")}
	}
	if wrong != nil {
		if wrong.Field == "" {
			data.Wrong = banner(p, wrong)
		} else {
			data.Wrong = &web.Banner{Kind: "danger", Title: p.T("console.methods.not_saved"), Text: p.T("console.methods.not_saved_text", "Why", web.Explain(p, wrong))}
		}
		if wrong.Cause == "anchors_private_key" { // it must not stand on a page, and not be sent again
			data.Text.Value = ""
			data.Wrong = &web.Banner{Kind: "warning", Title: p.T("console.methods.key_kept_out")}
		}
	}
	return data
}

// certificateApp is a confidential application that a visit is about.
func (room *Room) certificateApp(v visit) (place, error) {
	pl, err := room.ownApp(v)
	if err == nil && (pl.client.Public() || pl.client.Test || pl.client.ID.IsOwn()) {
		return pl, iam.NotFound("page")
	}
	return pl, err
}

func (room *Room) showAppCertificate(v visit) error {
	pl, err := room.certificateApp(v)
	if err != nil {
		return err
	}
	return room.drawAppCertificate(v, pl, appCertificateInputOf(pl.client), nil)
}

func (room *Room) drawAppCertificate(v visit, pl place, in appCertificateInput, wrong *iam.Error) error {
	view, err := room.appView(v, pl, pl.prefix, "apps.client_title")
	if err != nil {
		return err
	}
	view.LeadKey, view.LeadArgs = "apps.client_lead", []any{"App", pl.client.Name}
	room.appCertificate.Show(v.w, v.r, statusOf(wrong), view, appCertificateOf(v.words, pl, in, room.ClientOrigin, wrong))
	return nil
}

func (room *Room) saveAppCertificate(v visit) error {
	pl, err := room.certificateApp(v)
	if err != nil {
		return err
	}
	in, err := readAppCertificate(v.r)
	if err == nil {
		err = room.Directory.SetClientCertificate(v.ctx, v.caller, pl.client.ID, in.Version, in.certificate())
	}
	refused := redrawable(err)
	switch {
	case refused != nil && refused.Cause == "changed_meanwhile":
		if pl, err = room.certificateApp(v); err != nil {
			return err
		}
		in.Version = pl.client.Version
		return room.drawAppCertificate(v, pl, in, refused)
	case refused != nil:
		return room.drawAppCertificate(v, pl, in, refused)
	case err != nil:
		return err
	}
	return v.done(pl.prefix, "apps.client_saved")
}

// clientOf says in words how an application proves who it is; empty where that is its
// secret.
func clientOf(p *i18n.Printer, a iam.App) string {
	if a.ClientCertificate == nil {
		return ""
	}
	is := p.T("apps.client_is", "Name", p.T("apps.client_name."+string(a.ClientCertificate.Name)), "Value", a.ClientCertificate.Value)
	if a.ClientCertificate.Bound {
		is += ". " + p.T("apps.client_bound_is")
	}
	return is
}
