package words

import (
	"strings"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

//i18n:keys fate.check.* presented size parse path leaf dates issuer_dates purpose issuer_purpose strength depth age policies profile path_length names critical verifier revocation points deltas assurance

// Checks tells what was looked at in a certificate.
func Checks(p *i18n.Printer, checks []iam.Check) (all []web.Check) {
	for _, c := range checks {
		told := web.Check{Name: c.Name, Detail: c.Detail, Source: c.Source, OK: c.OK}
		if key := "fate.check." + c.Name; p.Has(key) {
			told.Name = p.T(key)
		}
		all = append(all, told)
	}
	return all
}

// Tried tells how the person of a certificate was looked for.
func Tried(p *i18n.Printer, tried []iam.Tried) (facts []web.Fact) {
	for _, t := range tried {
		fact := web.Fact{Term: Rule(p, t.Rule), Text: p.T("fate.found_nobody")}
		if t.Found > 0 {
			fact.Text = p.N("fate.found", t.Found)
		}
		facts = append(facts, fact)
	}
	return facts
}

//i18n:keys fate.rule.* key renewal creation
//i18n:keys announced.kind.* iam.AnnouncedKind

// Rule tells a way of looking for people: one of iam.Tried, or the text of a rule
// (iam.MappingRule.Text) or of a kind of announced values.
func Rule(p *i18n.Printer, text string) string {
	if key := "fate.rule." + text; p.Has(key) {
		return p.T(key)
	}
	for _, kind := range iam.AnnouncedKinds() {
		if text == kind.Rule() {
			return p.T("fate.announced", "Kind", p.T("announced.kind."+string(kind)))
		}
	}
	name, field, ok := strings.Cut(text, "=")
	if !ok {
		return text
	}
	field, domain, limited := strings.Cut(field, "@")
	source, attribute, _ := strings.Cut(name, ":")
	for _, a := range SubjectAttributes() {
		if a.OID == attribute {
			source = a.Key
		}
	}
	if !p.Has("console.methods.source."+source) || !p.Has("console.methods.person."+field) {
		return text // of another version
	}
	of := p.T("console.methods.source." + source)
	if source == string(iam.NameSubject) {
		of += " " + attribute
	}
	if limited {
		return p.T("fate.rule_domain", "Source", of, "Field", p.T("console.methods.person."+field), "Domain", domain)
	}
	return p.T("fate.rule", "Source", of, "Field", p.T("console.methods.person."+field))
}

// SubjectAttributes are the attributes of a subject in which the names of people
// stand (RFC 4519; RFC 2985, section 5.2.1), by the ends of their keys in the
// catalogue.
func SubjectAttributes() []struct{ OID, Key string } {
	return []struct{ OID, Key string }{
		{"2.5.4.3", "common_name"}, {"2.5.4.5", "serial_number"}, {"0.9.2342.19200300.100.1.1", "user_id"}, {"1.2.840.113549.1.9.1", "subject_email"},
	}
}
