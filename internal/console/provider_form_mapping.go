package console

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/trust"
	"signet/internal/web"
	"signet/internal/words"
)

// mappingForm says how the person of a certificate is found: by what always holds,
// then by the rules of the method.
type mappingForm struct {
	First    []fixedRule
	Rows     []mappingRow // one more than there are rules, to add another
	Last     fixedRule
	Accepted web.Checkbox
	Wrong    string
}

type fixedRule struct {
	Icon, Label, Hint string
	Strength          web.Badge
	URL               string // of a page with more; empty for none
}

// announced leads to what waits in the method.
func (f mappingForm) announced(path string) { f.First[len(f.First)-1].URL = path }

type mappingRow struct {
	Legend            string
	Strength          web.Badge
	Source, Field     web.Choice
	Domain, Attribute web.Field
	Order             *web.Choice // nil where there is nothing to order
}

// mappingInput is a rule as it was typed.
type mappingInput struct {
	Source    string // a NameSource; of a well-known attribute "subject:2.5.4.5"
	Attribute string // another attribute
	Field     string
	Domain    string
}

const subjectPrefix = string(iam.NameSubject) + ":"

func mappingInputs(rules []iam.MappingRule) (in []mappingInput) {
	for _, r := range rules {
		row := mappingInput{Source: string(r.Source), Field: string(r.Field), Domain: r.Domain, Attribute: r.Attribute}
		for _, a := range words.SubjectAttributes() {
			if r.Source == iam.NameSubject && r.Attribute == a.OID {
				row.Source, row.Attribute = subjectPrefix+a.OID, ""
			}
		}
		in = append(in, row)
	}
	return in
}

// readMapping reads the rows of the form that were filled in, in the order that
// was chosen: whoever gives a rule the number of another means its place.
func readMapping(r *http.Request) (in []mappingInput) {
	type placed struct {
		row mappingInput
		at  int
	}
	var rows []placed
	for i := range trust.MaxMapping + 1 {
		get := func(name string) string { return strings.TrimSpace(r.PostFormValue(name + strconv.Itoa(i))) }
		row := mappingInput{Source: get("mapping_source_"), Attribute: get("mapping_attribute_"), Field: get("mapping_field_"), Domain: get("mapping_domain_")}
		if row.Source == "" {
			continue
		}
		at := 2 * i // rules that stay leave room before and after each
		if order, err := strconv.Atoi(get("mapping_order_")); err == nil && order-1 < i {
			at = 2*(order-1) - 1
		} else if err == nil && order-1 > i {
			at = 2*(order-1) + 1
		}
		rows = append(rows, placed{row, at})
	}
	slices.SortStableFunc(rows, func(a, b placed) int { return cmp.Compare(a.at, b.at) })
	for _, p := range rows {
		in = append(in, p.row)
	}
	return in
}

func mappingRules(in []mappingInput) (rules []iam.MappingRule) {
	for _, row := range in {
		r := iam.MappingRule{
			Source: iam.NameSource(row.Source), Field: iam.PersonField(row.Field), Domain: strings.ToLower(strings.TrimPrefix(row.Domain, "@")),
		}
		if oid, ok := strings.CutPrefix(row.Source, subjectPrefix); ok {
			r.Source, r.Attribute = iam.NameSubject, oid
		} else if r.Source == iam.NameSubject {
			r.Attribute = row.Attribute
		}
		rules = append(rules, r)
	}
	return rules
}

// mappingText tells two lists of rules apart.
func mappingText(in []mappingInput) string {
	var all []string
	for _, r := range mappingRules(in) {
		all = append(all, r.Text())
	}
	return strings.Join(all, ", ")
}

//i18n:keys console.methods.source.* iam.NameSource common_name serial_number user_id subject_email
//i18n:keys console.methods.person.* iam.PersonField

func mappingFormOf(p *i18n.Printer, in []mappingInput, accepted bool, fault func(string) string) mappingForm {
	strong, weak := web.Badge{Label: p.T("console.methods.strong"), Kind: "success"}, web.Badge{Label: p.T("console.methods.weak"), Kind: "warning"}
	f := mappingForm{
		First: []fixedRule{
			{Icon: "link", Label: p.T("console.methods.by_key"), Hint: p.T("console.methods.by_key_hint"), Strength: strong},
			{Icon: "certificate", Label: p.T("announced.rule"), Hint: p.T("announced.rule_hint"), Strength: strong},
		},
		Last:  fixedRule{Icon: "refresh", Label: p.T("console.methods.by_subject"), Hint: p.T("console.methods.by_subject_hint"), Strength: strong},
		Wrong: fault("mapping"),
		Accepted: web.Checkbox{
			Name: "names_accepted", Label: p.T("console.methods.names_accepted"), Hint: p.T("console.methods.names_accepted_hint"), On: accepted, Error: fault("names_accepted"),
		},
	}
	rows := in
	if len(rows) < trust.MaxMapping {
		rows = append(slices.Clone(rows), mappingInput{Field: string(iam.FieldEmail)})
	}
	for i, row := range rows {
		suffix := strconv.Itoa(i)
		r := mappingRow{
			Legend: p.T("console.methods.mapping_rule", "Number", i+1), Strength: weak,
			Source: web.Choice{Name: "mapping_source_" + suffix, Label: p.T("console.methods.mapping_source"), Options: sourceOptions(p, row.Source)},
			Field:  web.Choice{Name: "mapping_field_" + suffix, Label: p.T("console.methods.mapping_field")},
			Domain: web.Field{
				Name: "mapping_domain_" + suffix, Label: p.T("console.methods.mapping_domain"), Hint: p.T("console.methods.mapping_domain_hint"), Prefix: "@",
				Value: row.Domain, Optional: p.T("console.methods.optional"), Autocomplete: "off", Max: 253,
			},
			Attribute: web.Field{
				Name: "mapping_attribute_" + suffix, Label: p.T("console.methods.mapping_attribute"), Hint: p.T("console.methods.mapping_attribute_hint"),
				Value: row.Attribute, Optional: p.T("console.methods.optional"), Autocomplete: "off", Mono: true, Max: 128,
			},
		}
		if i == len(in) {
			r.Legend = p.T("console.methods.mapping_add")
		}
		for _, field := range trust.PersonFields() {
			r.Field.Options = append(r.Field.Options, web.Option{Value: string(field), Label: p.T("console.methods.person." + string(field)), Selected: string(field) == row.Field})
		}
		if i < len(in) && len(in) > 1 {
			r.Order = &web.Choice{Name: "mapping_order_" + suffix, Label: p.T("console.methods.mapping_order")}
			for n := range in {
				r.Order.Options = append(r.Order.Options, web.Option{Value: strconv.Itoa(n + 1), Label: strconv.Itoa(n + 1), Selected: n == i})
			}
		}
		f.Rows = append(f.Rows, r)
	}
	return f
}

func sourceOptions(p *i18n.Printer, chosen string) []web.Option {
	options := []web.Option{{Value: "", Label: p.T("console.methods.mapping_none"), Selected: chosen == ""}}
	add := func(value, key string) {
		options = append(options, web.Option{Value: value, Label: p.T("console.methods.source." + key), Selected: value == chosen})
	}
	for _, source := range []iam.NameSource{iam.NameEmail, iam.NameUPN, iam.NameURI} {
		add(string(source), string(source))
	}
	for _, a := range words.SubjectAttributes() {
		add(subjectPrefix+a.OID, a.Key)
	}
	add(string(iam.NameSubject), string(iam.NameSubject))
	return options
}
