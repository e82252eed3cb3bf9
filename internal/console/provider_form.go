package console

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"signet/internal/cert"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/provider"
	"signet/internal/trust"
	"signet/internal/web"
)

// methodForm is the form of a login method, for a new one and for a change. The
// page is one for both, and one for all places.
type methodForm struct {
	Action      string
	Version     int64
	Submit      string
	Cancel      string
	Wrong       *web.Banner
	Warnings    *web.Banner // about the stored CAs
	Certificate bool        // with authorities and checks
	Name        web.Field
	Description web.Field
	Logo        logoField
	Trusted     []trustedRow // stored CAs
	File, Text  web.Field
	Revocation  web.Choice    // of the CAs that are added
	Own         *web.Checkbox // that Signet makes a CA; nil for a stored method
	Issuing     string        // path of the page about that CA; empty for a new method
	Chain       web.Field     // intermediates
	Host        *web.Choice
	Checks      []web.Field
	Hash        web.Choice // shortest digest
	KeyTypes    []web.Checkbox
	KeyWrong    string
	Switches    []web.Switch // of the checks
	Assurance   *assuranceForm
	Link        web.Choice
	Renewal     web.Choice
	RenewalDays web.Field
	Mapping     mappingForm
	Creation    *creationForm
	Public      *web.Switch // nil where nothing narrower exists
	Publicity   web.Choice
	Copy, Paste string // paths; empty for a new method
	Carried     string
	Test        *testForm
	Replay      *replayForm // nil for a new method
	Replayed    *replayPanel
}

// logoField is a picture that can be replaced and removed.
type logoField struct {
	Picture string // address of the present one
	Icon    string // stands for it where there is none
	Kept    string // id of one that a refused form brought
	File    web.Field
	Remove  *web.Checkbox
}

// testForm begins to try a stored method out.
type testForm struct{ Provider, Back, File string }

type trustedRow struct {
	Certificate web.Certificate
	Remove      web.Checkbox
}

// methodInput is what was typed, kept as typed, so that a form that is drawn
// again has lost nothing.
type methodInput struct {
	Version              int64
	Name, Description    string
	Text                 string // CAs
	Remove               []string
	MaxDepth, MinRSABits string
	MinHashBits          string
	MaxAgeDays           string
	PolicyOIDs           string
	Revocation           string // of the CAs that are added
	Own                  bool   // Signet makes a CA
	Chain                string // intermediates
	Host                 string
	KeyTypes             []string
	AllowNoPurpose       bool
	RequireForwarded     bool
	Linking, Renewal     string
	RenewalDays          string
	Assurance            []assuranceInput
	Mapping              []mappingInput
	NamesAccepted        bool
	Creation             creationInput
	Public               bool
	Publicity            string
	Picture              string // id of the logo
	// Carried are pasted settings that have no field here, as JSON; they go along
	// with the form until it is saved.
	Carried    string
	file, logo []byte
}

// inputOf fills the form from a stored method.
func inputOf(m iam.Provider) methodInput {
	in := methodInput{Version: m.Version, Name: m.Name, Description: m.Description, Public: m.Public, Publicity: string(m.Publicity), Picture: string(m.Picture)}
	if s := m.Settings.Certificate; s != nil {
		in.MaxDepth, in.MinRSABits, in.MaxAgeDays = numberText(s.MaxDepth), numberText(s.MinRSABits), numberText(s.MaxAgeDays)
		in.MinHashBits = numberText(s.MinHashBits)
		in.PolicyOIDs, in.Linking, in.Chain, in.Host = strings.Join(s.PolicyOIDs, "\n"), string(s.Linking()), s.Intermediates, s.Host
		in.Renewal, in.RenewalDays, in.Assurance = string(s.Renewed()), numberText(s.RenewalDays), assuranceInputs(*s)
		in.Mapping, in.NamesAccepted, in.Creation = mappingInputs(s.Mapping), s.NamesAccepted, creationInputOf(s.Creation)
		in.KeyTypes, in.AllowNoPurpose, in.RequireForwarded = s.KeyTypes, s.AllowNoPurpose, s.RequireForwardedCertificate
	}
	return in
}

func numberText(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// maxAuthoritiesFile is how much of a file is read; web.Harden bounds the request.
const maxAuthoritiesFile = 2 << 20

// readMethod reads the form.
func readMethod(r *http.Request) (methodInput, error) {
	if err := r.ParseMultipartForm(maxAuthoritiesFile); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return methodInput{}, fmt.Errorf("read form of a login method: %w", err)
	}
	get := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	version, err := strconv.ParseInt(get("version"), 10, 64)
	if err != nil {
		version = 0 // a new one
	}
	in := methodInput{
		Version: version, Name: get("name"), Description: get("description"), Text: get("anchors"), Remove: r.PostForm["remove"],
		MaxDepth: get("max_depth"), MinRSABits: get("min_rsa_bits"), MinHashBits: get("min_hash_bits"), MaxAgeDays: get("max_age_days"), PolicyOIDs: get("policy_oids"),
		Revocation: get("revocation"), Own: get("own_authority") != "", Chain: get("intermediates"), Host: get("host"), KeyTypes: r.PostForm["key_types"],
		AllowNoPurpose: get("allow_no_purpose") != "", RequireForwarded: get("require_forwarded") != "",
		Linking: get("linking"), Renewal: get("renewal"), RenewalDays: get("renewal_days"), Mapping: readMapping(r), NamesAccepted: get("names_accepted") != "", Public: get("public") != "", Publicity: get("publicity"), Picture: get("picture"),
	}
	if get("picture_remove") != "" {
		in.Picture = ""
	}
	in.Carried, in.Assurance, in.Creation = get("carried"), readAssurance(r), readCreation(r)
	if in.file, err = fileOf(r, "file"); err != nil {
		return in, err
	}
	in.logo, err = fileOf(r, "logo")
	return in, err
}

// fileOf reads a file of a form; nothing where none was sent.
func fileOf(r *http.Request, name string) ([]byte, error) {
	file, _, err := r.FormFile(name)
	switch {
	case errors.Is(err, http.ErrMissingFile), errors.Is(err, http.ErrNotMultipart):
		return nil, nil
	case err != nil:
		return nil, iam.Invalid(name, "file_unreadable")
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxAuthoritiesFile))
	if err != nil {
		return nil, iam.Invalid(name, "file_unreadable")
	}
	return data, nil
}

// text is what the field for CAs shows: what was typed, and what a file brought,
// because a browser does not send a file a second time.
func (in methodInput) text() string {
	parsed, err := cert.ParseBundle(in.file)
	if err != nil {
		return in.Text
	}
	return strings.TrimSpace(in.Text + "\n" + pemOf(parsed))
}

// apply puts the input into a method, over what is stored.
func (in methodInput) apply(m iam.Provider) (iam.Provider, error) {
	m.Version, m.Name, m.Description, m.Public, m.Publicity, m.Picture = in.Version, in.Name, in.Description, in.Public, iam.Publicity(in.Publicity), iam.PictureID(in.Picture)
	if m.Type != iam.ProviderCertificate {
		return m, nil
	}
	var settings iam.CertificateSettings
	if m.Settings.Certificate != nil {
		settings = *m.Settings.Certificate
	}
	if err := carry(&settings, in.Carried); err != nil {
		return m, err
	}
	for _, n := range []struct {
		field, text string
		to          *int
	}{{"max_depth", in.MaxDepth, &settings.MaxDepth}, {"min_rsa_bits", in.MinRSABits, &settings.MinRSABits}, {"min_hash_bits", in.MinHashBits, &settings.MinHashBits}, {"max_age_days", in.MaxAgeDays, &settings.MaxAgeDays}, {"renewal_days", in.RenewalDays, &settings.RenewalDays}} {
		*n.to = 0
		if n.text == "" {
			continue
		}
		value, err := strconv.Atoi(n.text)
		if err != nil {
			return m, iam.Invalid(n.field, "not_a_number")
		}
		*n.to = value
	}
	settings.PolicyOIDs = strings.FieldsFunc(in.PolicyOIDs, func(r rune) bool { return strings.ContainsRune(" \t\r\n,;", r) })
	settings.KeyTypes, settings.AllowNoPurpose, settings.RequireForwardedCertificate = in.KeyTypes, in.AllowNoPurpose, in.RequireForwarded
	settings.Host, settings.Intermediates = in.Host, in.Chain
	if in.Linking != "" && !settings.SetLinking(iam.Linking(in.Linking)) {
		return m, iam.Invalid("linking", "unknown_linking")
	}
	if in.Renewal != "" && !settings.SetRenewal(iam.RenewalPolicy(in.Renewal)) {
		return m, iam.Invalid("renewal", "unknown_renewal")
	}
	settings.Mapping, settings.Creation = mappingRules(in.Mapping), in.Creation.rule()
	settings.NamesAccepted = in.NamesAccepted // also for subjects that are announced
	settings.Anchors = anchorsOf(settings.Anchors, in.Remove, []byte(in.Text), in.file)
	if err := applyAssurance(&settings, in.Assurance); err != nil {
		return m, err
	}
	settings = trust.KeepAssurance(trust.Choose(settings, iam.RevocationMode(in.Revocation)))
	settings, _, _ = trust.Agree(m.Settings.Certificate, settings, in.Creation.Anew)
	m.Settings.Certificate = &settings
	return m, nil
}

// methodFormOf draws the form of a method with the input, and the refusal beside
// the field that is at fault. stored are the CAs that the method has.
func methodFormOf(p *i18n.Printer, pl place, m iam.Provider, in methodInput, stored []authority, hosts []HostChoice, wrong *iam.Error, now time.Time) methodForm {
	fault := func(field string) string {
		if wrong == nil || wrong.Field != field {
			return ""
		}
		return web.Explain(p, wrong)
	}
	data := methodForm{
		Action: pl.method(m.ID), Version: in.Version, Carried: in.Carried, Submit: p.T("console.methods.save"), Cancel: pl.methods(), Certificate: m.Type == iam.ProviderCertificate,
		Name: web.Field{
			Name: "name", Label: p.T("console.methods.name"), Hint: p.T("console.methods.name_hint"), Value: in.Name, Max: provider.MaxNameLength,
			Required: true, Autocomplete: "off", Error: fault("name"),
		},
		Description: web.Field{
			Name: "description", Type: "textarea", Rows: 2, Label: p.T("console.methods.description"), Hint: p.T("console.methods.description_hint"), Value: in.Description,
			Max: provider.MaxDescriptionLength, Counter: true, Optional: p.T("console.methods.optional"), Error: fault("description"),
		},
		Logo:      logoOf(p, in.Picture, iconOf(m.Type), fault("picture")),
		Publicity: publicityOf(p, in.Publicity, fault("publicity")),
	}
	if m.ID == "" {
		data.Action, data.Submit, data.Cancel = pl.methods()+"/new/"+templateOf(m.Type), p.T("console.methods.create"), pl.methods()+"/new"
	} else if data.Certificate {
		data.Copy, data.Paste = pl.method(m.ID)+"/copy", pl.method(m.ID)+"/paste"
		data.Issuing = issuingPath(pl, m.ID)
		data.Test = &testForm{Provider: string(m.ID), Back: pl.method(m.ID), File: pl.tryPath(m.ID)}
	}
	//i18n:keys console.methods.public_hint.* system organization
	if pl.scope.Level != iam.LevelApplication {
		data.Public = &web.Switch{Name: "public", Label: p.T("console.methods.public"), Hint: p.T("console.methods.public_hint." + string(pl.scope.Level)), On: in.Public}
	}
	data.Wrong = refusal(p, wrong)
	if data.Certificate {
		data.certificate(p, in, stored, fault, now)
		if m.ID == "" {
			data.Own = &web.Checkbox{Name: "own_authority", Label: p.T("issuing.new"), Hint: p.T("issuing.new_hint"), On: in.Own}
		}
		data.Assurance = assuranceOf(p, m, in, fault("assurance"))
		data.Creation = creationFormOf(p, pl, in.Creation, fault)
		data.Creation.Anew = agreeAnew(p, m, in, fault("creation_anew"))
		if items := warningsOf(p, stored, now); len(items) > 0 {
			data.Warnings = &web.Banner{Kind: "warning", Title: p.T("console.methods.warnings"), Items: items}
		}
		data.Host = hostOf(p, in.Host, hosts, fault("host"))
		if wrong != nil && wrong.Cause == "anchors_private_key" {
			// It must not stand on a page, and not be sent again.
			data.Text.Value, data.Text.Hint = "", ""
			data.Wrong = &web.Banner{Kind: "warning", Title: p.T("console.methods.key_kept_out")}
		}
	}
	return data
}
