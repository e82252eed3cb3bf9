package console

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"signet/internal/iam"
	"signet/internal/web"
)

// methodText is a login method as a text that can be copied, kept and pasted
// into another installation. Its authorities and its logo are in it.
type methodText struct {
	Signet      string               `json:"signet"` // textKind
	Name        string               `json:"name"`
	Description string               `json:"description,omitempty"`
	Public      bool                 `json:"public"`
	Publicity   iam.Publicity        `json:"publicity"`
	Settings    iam.ProviderSettings `json:"settings"`
	Logo        []byte               `json:"logo,omitempty"` // PNG, in base64
}

const (
	textKind = "login method"
	maxText  = 1 << 20
)

type copyMethodPage struct {
	Text string
	Back string
}

// pasteMethodPage takes the text of a method.
type pasteMethodPage struct {
	Action, Cancel string
	Text           web.Field
}

func (room *Room) copyMethod(v visit) error {
	pl, m, err := room.own(v)
	if err != nil {
		return err
	}
	if m.Type != iam.ProviderCertificate {
		return iam.NotFound("page")
	}
	var logo iam.Picture
	if m.Picture != "" {
		if logo, err = room.Providers.Picture(v.ctx, m.Picture); err != nil && !iam.IsNotFound(err) {
			return err
		}
	}
	text, err := textOf(m, logo.Content)
	if err != nil {
		return err
	}
	view, err := room.placed(v, pl, "console.methods.copy_title", "Name", m.Name)
	if err != nil {
		return err
	}
	view.LeadKey = "console.methods.copy_lead"
	room.copied.Show(v.w, v.r, http.StatusOK, pl.below(v.words.T, view), copyMethodPage{Text: text, Back: pl.methods()})
	return nil
}

func textOf(m iam.Provider, logo []byte) (string, error) {
	var out strings.Builder
	e := json.NewEncoder(&out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	err := e.Encode(methodText{Signet: textKind, Name: m.Name, Description: m.Description, Public: m.Public, Publicity: m.Publicity, Settings: m.Settings, Logo: logo})
	return out.String(), err
}

// pasted reads the text into a method, over what it is, and the logo in it. It is
// only filled into the form: what can be stored is decided when the form is sent.
func pasted(text string, m iam.Provider) (iam.Provider, []byte, error) {
	var t methodText
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields() // a setting that is not understood must not be lost without a word
	switch err := d.Decode(&t); {
	case len(text) > maxText:
		return m, nil, iam.Invalid("settings", "settings_malformed")
	case err != nil:
		e := iam.Invalid("settings", "settings_malformed")
		e.Err = err
		return m, nil, e
	case d.More() || t.Signet != textKind || t.Settings.Certificate == nil:
		return m, nil, iam.Invalid("settings", "settings_not_a_method")
	}
	m.Name, m.Description, m.Public, m.Publicity, m.Settings = t.Name, t.Description, t.Public, t.Publicity, t.Settings
	return m, t.Logo, nil
}

// pastedMethod reads the text that was sent over a method. A logo in it is drawn
// anew like one that was uploaded; where nobody saves the form, it is swept away.
// Without one the method keeps its own.
func (room *Room) pastedMethod(v visit, pl place, m iam.Provider) (iam.Provider, error) {
	m, logo, err := pasted(v.r.PostFormValue("settings"), m)
	if err != nil {
		return m, err
	}
	in := methodInput{logo: logo, Picture: string(m.Picture)}
	err = room.bringLogo(v, pl, &in)
	m.Picture = iam.PictureID(in.Picture)
	return m, err
}

func (room *Room) showPaste(v visit) error { return room.drawPaste(v, nil, nil) }

func (room *Room) showPasteInto(v visit) error {
	_, m, err := room.own(v)
	if err != nil {
		return err
	}
	return room.drawPaste(v, &m, nil)
}

// drawPaste asks for the text, for a new method where m is nil.
func (room *Room) drawPaste(v visit, m *iam.Provider, refused *iam.Error) error {
	pl, err := room.place(v)
	if err != nil {
		return err
	}
	title, args := "console.methods.paste_title", []any(nil)
	data := pasteMethodPage{Action: pl.methods() + "/paste", Cancel: pl.methods(), Text: web.Field{
		Name: "settings", Type: "textarea", Rows: 14, Mono: true, Required: true, Autofocus: true, Label: v.words.T("console.methods.paste_text"),
		Hint: v.words.T("console.methods.paste_hint"), Value: v.r.PostFormValue("settings"),
	}}
	if m != nil {
		title, args = "console.methods.paste_into_title", []any{"Name", m.Name}
		data.Action, data.Cancel = pl.method(m.ID)+"/paste", pl.method(m.ID)
	}
	if refused != nil {
		data.Text.Error = web.Explain(v.words, refused)
	}
	view, err := room.placed(v, pl, title, args...)
	if err != nil {
		return err
	}
	view.LeadKey = "console.methods.paste_lead"
	room.paste.Show(v.w, v.r, statusOf(refused), pl.below(v.words.T, view), data)
	return nil
}

// pasteNew fills the form of a new method with the text. Nothing is stored yet.
func (room *Room) pasteNew(v visit) error {
	pl, err := room.place(v)
	if err != nil {
		return err
	}
	blank, _ := newMethod(v.words, pl, iam.ProviderCertificate)
	m, err := room.pastedMethod(v, pl, blank)
	if refused := redrawable(err); refused != nil {
		return room.drawPaste(v, nil, refused)
	}
	if err != nil {
		return err
	}
	return room.drawNew(v, pl, blank, pastedInput(m, 0), nil)
}

// pasteInto fills the form of a method with the text. Nothing is stored yet.
func (room *Room) pasteInto(v visit) error {
	pl, stored, err := room.own(v)
	if err != nil {
		return err
	}
	if stored.Type != iam.ProviderCertificate {
		return iam.NotFound("page")
	}
	m, err := room.pastedMethod(v, pl, stored)
	if refused := redrawable(err); refused != nil {
		return room.drawPaste(v, &stored, refused)
	}
	if err != nil {
		return err
	}
	notice := &web.Banner{Kind: "info", Title: v.words.T("console.methods.pasted")}
	return room.drawMethod(v, pl, stored, pastedInput(m, stored.Version), methodNotes{notice: notice})
}

// pastedInput is the form's input of a pasted method. Its authorities stand in
// the field for new ones: those that the method has already stay once.
func pastedInput(m iam.Provider, version int64) methodInput {
	in := inputOf(m)
	in.Version, in.Text = version, m.Settings.Certificate.Anchors
	in.Creation.Accepted = false // that was agreed to elsewhere, perhaps by whoever wrote the text
	rest := *m.Settings.Certificate
	rest.Anchors, rest.Intermediates = "", "" // these have fields
	if text, err := json.Marshal(rest); err == nil {
		in.Carried = string(text)
	}
	return in
}

// carry puts pasted settings over stored ones, but for what the form has fields
// for. What was chosen for CAs that the method has already stays.
func carry(settings *iam.CertificateSettings, carried string) error {
	if carried == "" {
		return nil
	}
	var pasted iam.CertificateSettings
	if err := json.Unmarshal([]byte(carried), &pasted); err != nil {
		e := iam.Invalid("", "settings_malformed")
		e.Err = err
		return e
	}
	for _, r := range settings.Revocation {
		if _, known := pasted.RevocationOf(r.CA); !known {
			pasted.Revocation = append(pasted.Revocation, r)
		}
	}
	pasted.Anchors = settings.Anchors
	*settings = pasted
	return nil
}
