package console

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"signet/internal/cert"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// assuranceForm is the part of the form that says what a sign-in counts for.
type assuranceForm struct {
	Authorities []assuranceRow
	Policies    []assuranceRow
	Wrong       string
}

// assuranceRow is one CA, or one certificate policy.
type assuranceRow struct {
	Name   string // of the CA
	CA     web.Hidden
	Policy *web.Field
	Key    web.Choice
	ACR    web.Field
}

// assuranceInput is one row as it was typed.
type assuranceInput struct{ CA, Policy, Key, ACR string }

const (
	maxAssuranceRows = 100 // of a form that is read
	freePolicyRows   = 2   // empty ones, for more
)

// assuranceInputs fills the rows from stored settings.
func assuranceInputs(s iam.CertificateSettings) (all []assuranceInput) {
	for _, r := range s.Assurance {
		all = append(all, assuranceInput{CA: r.CA, Policy: r.Policy, Key: string(r.Key), ACR: r.ACR})
	}
	return all
}

// readAssurance reads the rows; nil where the form had none of them.
func readAssurance(r *http.Request) []assuranceInput {
	if r.PostFormValue("assurance") == "" {
		return nil
	}
	all := []assuranceInput{}
	for i := range maxAssuranceRows {
		get := func(name string) string { return strings.TrimSpace(r.PostFormValue(assuranceName(name, i))) }
		in := assuranceInput{CA: get("ca"), Policy: get("policy"), Key: get("key"), ACR: get("acr")}
		if in.CA != "" || in.Policy != "" || in.ACR != "" {
			all = append(all, in)
		}
	}
	return all
}

func assuranceName(field string, row int) string {
	return "assurance_" + field + "_" + strconv.Itoa(row)
}

// applyAssurance puts the rows over stored rules, for the CAs that the form
// knew. A CA that another one's form added keeps what was said of it.
func applyAssurance(s *iam.CertificateSettings, rows []assuranceInput) error {
	if rows == nil {
		return nil
	}
	var rules []iam.AssuranceRule
	for _, in := range rows {
		if in.CA == "" && in.Policy == "" {
			return iam.Invalid("assurance", "assurance_of_nothing") // an acr without a policy
		}
		rule := iam.AssuranceRule{CA: in.CA, Policy: in.Policy, Key: iam.KeyProtection(in.Key), ACR: in.ACR}
		if rule.CA != "" && rule.ACR == "" && (rule.Key == iam.KeyUnstated || rule.Key == "") {
			continue // nothing is said
		}
		rules = append(rules, rule)
	}
	for _, r := range s.Assurance {
		if r.CA != "" && !slices.ContainsFunc(rows, func(in assuranceInput) bool { return in.CA == r.CA }) {
			rules = append(rules, r)
		}
	}
	s.Assurance = rules
	return nil
}

// assuranceOf draws the rows: one for each CA that is stored or typed, and the
// policies with room for more.
func assuranceOf(p *i18n.Printer, m iam.Provider, in methodInput, wrong string) *assuranceForm {
	f := &assuranceForm{Wrong: wrong}
	stored := ""
	if m.Settings.Certificate != nil {
		stored = m.Settings.Certificate.Anchors
	}
	seen := map[string]bool{}
	for _, text := range []string{stored, in.text(), in.Chain} {
		parsed, err := cert.ParseBundle([]byte(text))
		if err != nil {
			continue // the field of the CAs says what is wrong
		}
		for _, ca := range parsed {
			id, facts := cert.AuthorityID(ca), cert.Read(ca)
			if seen[id] || slices.Contains(in.Remove, facts.SHA256) {
				continue
			}
			seen[id] = true
			typed := assuranceInput{CA: id}
			if i := slices.IndexFunc(in.Assurance, func(a assuranceInput) bool { return a.CA == id }); i >= 0 {
				typed = in.Assurance[i]
			}
			f.authority(p, cmp.Or(facts.CommonName, facts.Subject), typed)
		}
	}
	policies := slices.DeleteFunc(slices.Clone(in.Assurance), func(a assuranceInput) bool { return a.CA != "" })
	for _, typed := range append(policies, make([]assuranceInput, freePolicyRows)...) {
		f.policy(p, typed)
	}
	return f
}

// authority adds the row of a CA.
func (f *assuranceForm) authority(p *i18n.Printer, name string, typed assuranceInput) {
	n, r := f.row(p, typed)
	r.Name, r.CA = name, web.Hidden{Name: assuranceName("ca", n), Value: typed.CA}
	f.Authorities = append(f.Authorities, r)
}

// policy adds the row of a certificate policy.
func (f *assuranceForm) policy(p *i18n.Printer, typed assuranceInput) {
	n, r := f.row(p, typed)
	r.Policy = &web.Field{
		Name: assuranceName("policy", n), Label: p.T("console.assurance.policy"), Value: typed.Policy, Mono: true, Autocomplete: "off", Placeholder: "2.16.756.1.89.1",
	}
	f.Policies = append(f.Policies, r)
}

func (f *assuranceForm) row(p *i18n.Printer, typed assuranceInput) (int, assuranceRow) {
	n := len(f.Authorities) + len(f.Policies)
	return n, assuranceRow{
		Key: keyChoice(p, assuranceName("key", n), typed.Key),
		ACR: web.Field{Name: assuranceName("acr", n), Label: p.T("console.assurance.acr"), Value: typed.ACR, Mono: true, Autocomplete: "off", Max: 200, Optional: p.T("console.methods.optional")},
	}
}

//i18n:keys console.assurance.key.* iam.KeyProtection

func keyChoice(p *i18n.Printer, name, chosen string) web.Choice {
	c := web.Choice{Name: name, Label: p.T("console.assurance.key_label")}
	for _, k := range []iam.KeyProtection{iam.KeyUnstated, iam.KeySoftware, iam.KeyHardware, iam.KeyCard} {
		c.Options = append(c.Options, web.Option{Value: string(k), Label: p.T("console.assurance.key." + string(k)), Selected: string(k) == cmp.Or(chosen, string(iam.KeyUnstated))})
	}
	return c
}

// assuranceText is what was said, for whoever compares two states of a method.
func assuranceText(rows []assuranceInput) string {
	var all []string
	for _, in := range rows {
		if in.Key != "" && in.Key != string(iam.KeyUnstated) || in.ACR != "" {
			all = append(all, strings.TrimSpace(cmp.Or(in.Policy, in.CA[:min(len(in.CA), 8)])+" "+in.Key+" "+in.ACR))
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}
