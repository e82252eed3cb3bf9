package console

import (
	"net/http"
	"strings"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/trust"
	"signet/internal/web"
)

// creationForm says how accounts are made for new people, or that none are.
type creationForm struct {
	Source, Field            web.Choice
	Domain, Attribute        web.Field
	Email, Vouched, Accepted web.Checkbox
	Anew                     *web.Checkbox // for authorities that are added; nil where there are none
	Wrong                    string
	Member                   bool // they become members of the place
}

// creationInput is a rule for new accounts as it was typed.
type creationInput struct {
	Rule                     mappingInput
	Email, Vouched, Accepted bool
	Anew                     string // mark of the added authorities for which it was agreed
}

func creationInputOf(c *iam.Creation) creationInput {
	if c == nil {
		return creationInput{Rule: mappingInput{Field: string(iam.FieldLocal)}}
	}
	return creationInput{Rule: mappingInputs([]iam.MappingRule{c.Login})[0], Email: c.Email, Vouched: c.Vouched, Accepted: c.Accepted}
}

func readCreation(r *http.Request) creationInput {
	get := func(name string) string { return strings.TrimSpace(r.PostFormValue("creation_" + name)) }
	return creationInput{
		Rule:  mappingInput{Source: get("source"), Attribute: get("attribute"), Field: get("field"), Domain: get("domain")},
		Email: get("email") != "", Vouched: get("vouched") != "", Accepted: get("accepted") != "", Anew: get("anew"),
	}
}

// rule is what was typed; nil where no account is to be made. Nobody has agreed to
// what is chosen later.
func (in creationInput) rule() *iam.Creation {
	if in.Rule.Source == "" {
		return nil
	}
	return &iam.Creation{Login: mappingRules([]mappingInput{in.Rule})[0], Email: in.Email, Vouched: in.Vouched, Accepted: in.Accepted}
}

// text tells two rules for new accounts apart.
func (in creationInput) text() string {
	c := in.rule()
	if c == nil {
		return ""
	}
	text := c.Login.Text()
	if c.Email {
		text += ", email"
	}
	if c.Vouched {
		text += ", confirmed"
	}
	return text
}

//i18n:keys console.creation.field.* login login_local

func creationFormOf(p *i18n.Printer, pl place, in creationInput, fault func(string) string) *creationForm {
	optional := p.T("console.methods.optional")
	f := &creationForm{
		Wrong:  fault("creation"),
		Source: web.Choice{Name: "creation_source", Label: p.T("console.creation.login"), Options: sourceOptions(p, in.Rule.Source)},
		Field:  web.Choice{Name: "creation_field", Label: p.T("console.creation.field")},
		Domain: web.Field{
			Name: "creation_domain", Label: p.T("console.methods.mapping_domain"), Hint: p.T("console.methods.mapping_domain_hint"), Prefix: "@",
			Value: in.Rule.Domain, Optional: optional, Autocomplete: "off", Max: 253,
		},
		Attribute: web.Field{
			Name: "creation_attribute", Label: p.T("console.methods.mapping_attribute"), Hint: p.T("console.methods.mapping_attribute_hint"),
			Value: in.Rule.Attribute, Optional: optional, Autocomplete: "off", Mono: true, Max: 128,
		},
		Email: web.Checkbox{Name: "creation_email", Label: p.T("console.creation.email"), On: in.Email},
		Accepted: web.Checkbox{
			Name: "creation_accepted", Label: p.T("console.creation.accepted"), Hint: p.T("console.creation.accepted_hint"), On: in.Accepted, Error: fault("creation_accepted"),
		},
	}
	f.Source.Options[0].Label = p.T("console.creation.none")
	for _, field := range []iam.PersonField{iam.FieldLocal, iam.FieldLogin} {
		f.Field.Options = append(f.Field.Options, web.Option{Value: string(field), Label: p.T("console.creation.field." + string(field)), Selected: string(field) == in.Rule.Field})
	}
	if pl.scope.Level == iam.LevelSystem {
		f.Vouched = web.Checkbox{Name: "creation_vouched", Label: p.T("console.creation.vouched"), Hint: p.T("console.creation.vouched_hint"), On: in.Vouched}
	} else {
		f.Member, f.Accepted.Hint = true, f.Accepted.Hint+" "+p.T("console.creation.member_hint")
	}
	return f
}

// agreeAnew asks about the authorities that are added to a method which makes accounts
// already: what was agreed to was said of others. The box names them, and its value
// holds for these alone.
func agreeAnew(p *i18n.Printer, m iam.Provider, in methodInput, wrong string) *web.Checkbox {
	settings := iam.CertificateSettings{Anchors: anchorsOf(anchorsText(m), in.Remove, []byte(in.Text), in.file), Creation: in.Creation.rule()}
	_, names, mark := trust.Agree(m.Settings.Certificate, settings, in.Creation.Anew)
	if len(names) == 0 {
		return nil
	}
	return &web.Checkbox{
		Name: "creation_anew", Value: mark, Label: p.T("console.creation.anew", "Names", strings.Join(names, ", ")), Hint: p.T("console.creation.accepted_hint"),
		On: in.Creation.Anew == mark, Error: wrong,
	}
}
