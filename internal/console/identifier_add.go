package console

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/trust"
	"signet/internal/web"
	"signet/internal/words"
)

// addIdentifierPage has two steps: bring a certificate, and look at it before it
// is linked.
type addIdentifierPage struct {
	Wrong  *web.Banner
	Person web.Person
	Action string
	Cancel string
	None   bool // no login method takes certificates
	Method web.Choice
	File   web.Field
	Text   web.Field

	Shown    *web.Certificate // the second step
	Refused  *web.Banner      // why it cannot be linked
	Provider string
	Kept     string // the certificate, to be judged again when it is linked
	Into     string // name of the method
}

// maxCertificateFile is how much of a file is read: a certificate with its chain.
const maxCertificateFile = 256 << 10

// bringsCertificate is what the form sent.
type bringsCertificate struct {
	provider iam.ProviderID
	data     []byte
	text     string
}

func broughtCertificate(r *http.Request) (in bringsCertificate, err error) {
	if err := r.ParseMultipartForm(maxCertificateFile); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return in, iam.Invalid("file", "file_unreadable")
	}
	in.provider, in.text = iam.ProviderID(r.PostFormValue("provider")), r.PostFormValue("text")
	if kept := r.PostFormValue("kept"); kept != "" {
		if in.data, err = base64.StdEncoding.DecodeString(kept); err != nil {
			return in, iam.Invalid("file", "file_no_certificate")
		}
		return in, nil
	}
	file, _, err := r.FormFile("file")
	switch {
	case errors.Is(err, http.ErrMissingFile), errors.Is(err, http.ErrNotMultipart):
	case err != nil:
		return in, iam.Invalid("file", "file_unreadable")
	default:
		defer file.Close()
		if in.data, err = io.ReadAll(io.LimitReader(file, maxCertificateFile+1)); err != nil || len(in.data) > maxCertificateFile {
			return in, iam.Invalid("file", "file_unreadable")
		}
	}
	if len(in.data) == 0 {
		in.data = []byte(in.text)
	}
	if len(in.data) == 0 {
		return in, iam.Invalid("file", "file_missing")
	}
	return in, nil
}

// certificateMethods are the login methods that take certificates, of every level.
func (room *Room) certificateMethods(v visit) (methods []iam.Provider, err error) {
	all, err := room.Providers.All(v.ctx, v.caller)
	for _, p := range all {
		if p.Type == iam.ProviderCertificate && p.Settings.Certificate != nil && p.Settings.Certificate.Anchors != "" {
			methods = append(methods, p)
		}
	}
	return methods, err
}

func addIdentifierOf(p *i18n.Printer, user iam.User, methods []iam.Provider, in bringsCertificate, wrong *iam.Error) addIdentifierPage {
	data := addIdentifierPage{
		Person: web.Person{Name: user.DisplayName(), Detail: user.Login}, Action: pathOf(user.ID) + "/identifiers/add", Cancel: pathOf(user.ID),
		None:   len(methods) == 0,
		Method: web.Choice{Name: "provider", Label: p.T("people.identifier_method"), Hint: p.T("people.identifier_method_hint")},
		File:   certificateFile(p), Text: certificateText(p, in),
	}
	for _, m := range methods {
		data.Method.Options = append(data.Method.Options, web.Option{Value: string(m.ID), Label: m.Name, Selected: m.ID == in.provider})
	}
	switch {
	case wrong == nil:
	case wrong.Field == "file":
		data.File.Error = web.Explain(p, wrong)
	case wrong.Field == "provider":
		data.Method.Error = web.Explain(p, wrong)
	default:
		data.Wrong = &web.Banner{Kind: "danger", Title: web.Explain(p, wrong)}
	}
	return data
}

func (room *Room) showAddIdentifier(v visit) error {
	return room.drawAddIdentifier(v, bringsCertificate{}, nil, nil)
}

func (room *Room) drawAddIdentifier(v visit, in bringsCertificate, wrong *iam.Error, brought *trust.Brought) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	methods, err := room.certificateMethods(v)
	if err != nil {
		return err
	}
	view, err := room.view(v, tabUsers, "people.identifier_title", "Name", user.DisplayName())
	if err != nil {
		return err
	}
	view.Crumbs = []web.Link{{Label: v.words.T("console.users_title"), URL: tabUsers}, {Label: user.DisplayName(), URL: pathOf(user.ID)}}
	data := addIdentifierOf(v.words, user, methods, in, wrong)
	status := http.StatusOK
	if wrong != nil {
		status = http.StatusUnprocessableEntity
	}
	if brought != nil {
		room.shown(v.words, &data, in, *brought, methods)
	}
	room.identifierAdd.Show(v.w, v.r, status, view, data)
	return nil
}

// shown fills the second step.
func (room *Room) shown(p *i18n.Printer, data *addIdentifierPage, in bringsCertificate, b trust.Brought, methods []iam.Provider) {
	card := words.Certificate(p, *b.Certificate, room.Now())
	data.Shown, data.Provider, data.Kept = &card, string(in.provider), base64.StdEncoding.EncodeToString(in.data)
	for _, m := range methods {
		if m.ID == in.provider {
			data.Into = m.Name
		}
	}
	if b.Evidence != nil {
		return
	}
	data.Kept = ""
	card.State = "refused"
	data.Refused = &web.Banner{Kind: "danger", Title: p.T("people.identifier_refused"), Text: words.Why(p, b.Cause)}
	for _, c := range b.Checks() {
		if !c.OK && c.Detail != "" {
			data.Refused.Items = append(data.Refused.Items, c.Detail)
		}
	}
}

// addIdentifier shows the certificate that was brought, or links it once it was
// shown. Both times it is judged: what a form carries is only what was sent.
func (room *Room) addIdentifier(v visit) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	if err := room.Log.Denied(v.ctx, v.caller, iam.EditIdentities, iam.System()); err != nil {
		return err
	}
	in, err := broughtCertificate(v.r)
	if refused := redrawable(err); refused != nil {
		return room.drawAddIdentifier(v, in, refused, nil)
	}
	methods, err := room.certificateMethods(v)
	if err != nil {
		return err
	}
	method := iam.Provider{}
	for _, m := range methods {
		if m.ID == in.provider {
			method = m
		}
	}
	if method.ID == "" {
		return room.drawAddIdentifier(v, in, iam.Invalid("provider", "method_missing"), nil)
	}
	brought, err := room.Trust.JudgeFile(v.ctx, method, in.data, v.now)
	if refused := redrawable(err); refused != nil {
		return room.drawAddIdentifier(v, in, refused, nil)
	}
	if err != nil {
		return err
	}
	if brought.Evidence == nil || v.r.PostFormValue("kept") == "" {
		return room.drawAddIdentifier(v, in, nil, &brought)
	}
	identity, err := room.Identities.Add(v.ctx, v.caller, user.ID, method, *brought.Evidence)
	if refused := redrawable(err); refused != nil {
		if refused.Cause == "linked_to_you" {
			refused = iam.Conflict("linked_to_them")
		}
		return room.drawAddIdentifier(v, in, refused, nil)
	}
	if err != nil {
		return err
	}
	return v.done(pathOf(user.ID), "people.identifier_added", "Name", identity.Certificate.Name())
}

// setPublicity changes who may see an identifier of the person.
func (room *Room) setPublicity(v visit) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	identity, err := room.identifier(v, user)
	if err != nil {
		return err
	}
	if err := room.Identities.SetPublicity(v.ctx, v.caller, user.ID, identity.ID, iam.Publicity(v.r.PostFormValue("publicity"))); err != nil {
		return err
	}
	return v.done(pathOf(user.ID), "people.publicity_saved", "Name", room.card(v.words, identity).Name)
}
