package console

import (
	"net/http"
	"slices"
	"strings"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/picture"
	"signet/internal/provider"
	"signet/internal/web"
)

// templatesPage lists the templates of login methods.
type templatesPage struct {
	Search    string
	Templates []templateRow
}

type templateRow struct{ URL, Icon, Name, Text string }

// The templates as they stand in paths.
const (
	templateMTLS     = "mtls"
	templatePassword = "password"
)

func templateOf(t iam.ProviderType) string {
	if t == iam.ProviderPassword {
		return templatePassword
	}
	return templateMTLS
}

func (room *Room) showTemplates(v visit) error {
	pl, err := room.place(v)
	if err != nil {
		return err
	}
	w, err := room.Providers.Available(v.ctx, v.caller, pl.client.ID)
	if err != nil {
		return err
	}
	view, err := room.placed(v, pl, "console.methods.templates_title")
	if err != nil {
		return err
	}
	view.LeadKey = "console.methods.templates_lead"
	room.templates.Show(v.w, v.r, http.StatusOK, pl.below(v.words.T, view), templatesOf(v.words, pl, w, strings.TrimSpace(v.r.URL.Query().Get("q"))))
	return nil
}

// templatesOf lists mTLS first; the password only where there is none, because
// people have one password.
func templatesOf(p *i18n.Printer, pl place, w provider.Widget, search string) templatesPage {
	data := templatesPage{Search: search, Templates: []templateRow{{
		URL: pl.methods() + "/new/" + templateMTLS, Icon: "certificate", Name: p.T("console.methods.template_mtls"), Text: p.T("console.methods.template_mtls_text"),
	}}}
	password := !pl.atSystem()
	for _, o := range w.Offers {
		password = password || o.Provider.Type == iam.ProviderPassword
	}
	for _, m := range w.Off {
		password = password || m.Type == iam.ProviderPassword
	}
	if !password {
		data.Templates = append(data.Templates, templateRow{
			URL: pl.methods() + "/new/" + templatePassword, Icon: "password", Name: p.T("console.methods.template_password"), Text: p.T("console.methods.template_password_text"),
		})
	}
	data.Templates = slices.DeleteFunc(data.Templates, func(t templateRow) bool {
		return !strings.Contains(strings.ToLower(t.Name+" "+t.Text), strings.ToLower(search))
	})
	return data
}

// newMethod is the empty form of a template.
func newMethod(p *i18n.Printer, pl place, t iam.ProviderType) (iam.Provider, string) {
	m := iam.Provider{Scope: pl.scope, Type: t, Name: p.T("console.methods.template_mtls"), Publicity: iam.PublicityOnlyMe}
	if t == iam.ProviderPassword {
		m.Name = p.T("console.methods.template_password")
		return m, "console.methods.new_password"
	}
	m.Settings.Certificate = &iam.CertificateSettings{LinkAtSignIn: true}
	return m, "console.methods.new_certificate"
}

// showNew and create are made for each template.
func (room *Room) showNew(t iam.ProviderType) func(visit) error {
	return func(v visit) error {
		pl, err := room.place(v)
		if err != nil {
			return err
		}
		m, _ := newMethod(v.words, pl, t)
		return room.drawNew(v, pl, m, inputOf(m), nil)
	}
}

func (room *Room) drawNew(v visit, pl place, m iam.Provider, in methodInput, wrong *iam.Error) error {
	_, title := newMethod(v.words, pl, m.Type)
	view, err := room.placed(v, pl, title)
	if err != nil {
		return err
	}
	room.form.Show(v.w, v.r, statusOf(wrong), pl.below(v.words.T, view), methodFormOf(v.words, pl, m, in, nil, room.HostChoices, wrong, v.now))
	return nil
}

func statusOf(wrong *iam.Error) int {
	switch {
	case wrong == nil:
		return http.StatusOK
	case wrong.Kind == iam.KindConflict:
		return http.StatusConflict
	default:
		return http.StatusUnprocessableEntity
	}
}

func (room *Room) create(t iam.ProviderType) func(visit) error {
	return func(v visit) error {
		pl, err := room.place(v)
		if err != nil {
			return err
		}
		blank, _ := newMethod(v.words, pl, t)
		in, err := readMethod(v.r)
		m := blank
		if err == nil {
			err = room.bringLogo(v, pl, &in)
		}
		if err == nil {
			if m, err = in.apply(blank); err == nil {
				if in.Own && t == iam.ProviderCertificate {
					m, err = room.Issuing.Create(v.ctx, v.caller, m)
				} else {
					m, err = room.Providers.Create(v.ctx, v.caller, m)
				}
			}
		}
		if refused := redrawable(err); refused != nil {
			return room.drawNew(v, pl, blank, in, refused)
		}
		if err != nil {
			return err
		}
		return v.done(pl.methods(), "console.methods.created", "Name", m.Name)
	}
}

// bringLogo keeps a logo that was sent with the form. Where the form is refused
// for something else, the logo is not lost.
func (room *Room) bringLogo(v visit, pl place, in *methodInput) error {
	if len(in.logo) == 0 {
		return nil
	}
	id, err := room.Providers.BringPicture(v.ctx, v.caller, pl.scope, in.logo, picture.Logo)
	if err == nil {
		in.Picture = string(id)
	}
	return err
}

// redrawable returns the refusal that belongs on the form, if it is one.
func redrawable(err error) *iam.Error {
	if refused := iam.AsError(err); refused != nil && (refused.Kind == iam.KindInvalid || refused.Kind == iam.KindConflict) {
		return refused
	}
	return nil
}

// refusal tells above a long form that nothing was saved, and why: the field that is
// at fault says so too, but may stand pages further down.
func refusal(p *i18n.Printer, faults ...*iam.Error) *web.Banner {
	if len(faults) == 0 || faults[0] == nil {
		return nil
	}
	b := &web.Banner{Kind: "danger", Title: p.T("console.methods.not_saved")}
	for _, f := range faults {
		if f.Field == "" {
			return banner(p, f)
		}
		b.Items = append(b.Items, web.Explain(p, f))
	}
	if len(b.Items) == 1 {
		b.Text, b.Items = p.T("console.methods.not_saved_text", "Why", b.Items[0]), nil
	}
	return b
}

// banner tells a refusal above a page.
func banner(p *i18n.Printer, refused *iam.Error) *web.Banner {
	if refused == nil {
		return nil
	}
	return &web.Banner{Kind: "danger", Title: web.Explain(p, refused)}
}
