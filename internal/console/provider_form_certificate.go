package console

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"signet/internal/cert"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// certificate fills the part of the form that is about certificates.
func (f *methodForm) certificate(p *i18n.Printer, in methodInput, stored []authority, fault func(string) string, now time.Time) {
	for i, c := range stored {
		card := authorityCard(p, c, now)
		f.Trusted = append(f.Trusted, trustedRow{Certificate: card, Remove: web.Checkbox{
			Name: "remove", Suffix: strconv.Itoa(i), Value: c.SHA256, Label: p.T("console.methods.remove_authority", "Name", card.Name),
			Hint: p.T("console.methods.remove_authority_hint"), On: slices.Contains(in.Remove, c.SHA256),
		}})
	}
	f.File = web.Field{
		Name: "file", Type: "file", Label: p.T("console.methods.add_file"), Hint: p.T("console.methods.add_file_hint"),
		Accept: ".pem,.crt,.cer,.der,.p7b,.p7c", Error: fault("file"),
	}
	notChosen := fault("revocation")
	if notChosen == "" && fault("anchors") != "" && len(stored) == 0 && in.Revocation == "" {
		notChosen = p.T("console.methods.revocation_too") // else it would be the next refusal
	}
	f.Revocation = revocationOf(p, in.Revocation, notChosen)
	f.Text = web.Field{
		Name: "anchors", Type: "textarea", Rows: 5, Mono: true, Label: p.T("console.methods.add_text"), Hint: p.T("console.methods.add_text_hint"),
		Value: in.text(), Placeholder: "-----BEGIN CERTIFICATE-----", Error: fault("anchors"),
	}
	f.Chain = web.Field{
		Name: "intermediates", Type: "textarea", Rows: 3, Mono: true, Label: p.T("console.methods.intermediates"), Hint: p.T("console.methods.intermediates_hint"),
		Value: in.Chain, Placeholder: "-----BEGIN CERTIFICATE-----", Optional: p.T("console.methods.optional"), Error: fault("intermediates"),
	}
	optional := p.T("console.methods.optional")
	number := func(name, value, label, hint, placeholder string) web.Field {
		return web.Field{Name: name, Inputmode: "numeric", Autocomplete: "off", Value: value, Label: label, Hint: hint, Placeholder: placeholder, Optional: optional, Error: fault(name)}
	}
	f.Checks = []web.Field{
		number("max_depth", in.MaxDepth, p.T("console.methods.max_depth"), p.T("console.methods.max_depth_hint"), "3"),
		number("min_rsa_bits", in.MinRSABits, p.T("console.methods.min_rsa_bits"), p.T("console.methods.min_rsa_bits_hint"), "2048"),
		number("max_age_days", in.MaxAgeDays, p.T("console.methods.max_age_days"), p.T("console.methods.max_age_days_hint"), ""),
		{
			Name: "policy_oids", Type: "textarea", Rows: 2, Mono: true, Value: in.PolicyOIDs, Label: p.T("console.methods.policy_oids"),
			Hint: p.T("console.methods.policy_oids_hint"), Placeholder: "2.16.756.1.89.1", Optional: optional, Error: fault("policy_oids"),
		},
	}
	f.Hash = web.Choice{Name: "min_hash_bits", Label: p.T("console.methods.min_hash_bits"), Hint: p.T("console.methods.min_hash_bits_hint"), Error: fault("min_hash_bits")}
	for i, bits := range cert.HashSizes() {
		value := strconv.Itoa(bits)
		if i == 0 {
			value = "" // what holds where nothing is said
		}
		f.Hash.Options = append(f.Hash.Options, web.Option{Value: value, Label: hashWord(value), Selected: value == in.MinHashBits})
	}
	for i, kind := range cert.KeyTypes() {
		f.KeyTypes = append(f.KeyTypes, web.Checkbox{Name: "key_types", Suffix: strconv.Itoa(i), Value: kind, Label: kind, On: slices.Contains(in.KeyTypes, kind)})
	}
	f.KeyWrong = fault("key_types")
	f.Switches = []web.Switch{
		{Name: "allow_no_purpose", Label: p.T("console.methods.allow_no_purpose"), Hint: p.T("console.methods.allow_no_purpose_hint"), On: in.AllowNoPurpose},
		{Name: "require_forwarded", Label: p.T("console.methods.require_forwarded"), Hint: p.T("console.methods.require_forwarded_hint"), On: in.RequireForwarded},
	}
	f.Link = linkingOf(p, in.Linking, fault("linking"))
	f.Renewal = renewalOf(p, in.Renewal, fault("renewal"))
	f.RenewalDays = number("renewal_days", in.RenewalDays, p.T("console.methods.renewal_days"), p.T("console.methods.renewal_days_hint"), "")
	f.Mapping = mappingFormOf(p, in.Mapping, in.NamesAccepted, fault)
}

// hashWord is the name of a hash by its length, as the form has it.
func hashWord(bits string) string { return "SHA-" + cmp.Or(bits, strconv.Itoa(cert.HashSizes()[0])) }

//i18n:keys console.methods.linking.* iam.Linking
//i18n:keys console.methods.linking_hint.* iam.Linking

func linkingOf(p *i18n.Printer, chosen, wrong string) web.Choice {
	if chosen == "" {
		chosen = string(iam.LinkingSignIn)
	}
	c := web.Choice{Name: "linking", Label: p.T("console.methods.linking"), Hint: p.T("console.methods.linking_lead"), Error: wrong, Cards: true}
	for _, o := range []web.Option{
		{Value: string(iam.LinkingSignIn), Icon: "log-in"}, {Value: string(iam.LinkingProfile), Icon: "user"}, {Value: string(iam.LinkingAdministrators), Icon: "shield"},
	} {
		o.Label, o.Hint, o.Selected = p.T("console.methods.linking."+o.Value), p.T("console.methods.linking_hint."+o.Value), o.Value == chosen
		c.Options = append(c.Options, o)
	}
	return c
}

//i18n:keys console.methods.renewal.* iam.RenewalPolicy
//i18n:keys console.methods.renewal_hint.* iam.RenewalPolicy

func renewalOf(p *i18n.Printer, chosen, wrong string) web.Choice {
	if chosen == "" {
		chosen = string(iam.RenewalAsk)
	}
	c := web.Choice{Name: "renewal", Label: p.T("console.methods.renewal"), Hint: p.T("console.methods.renewal_lead"), Error: wrong, Cards: true}
	for _, o := range []web.Option{
		{Value: string(iam.RenewalAsk), Icon: "user"}, {Value: string(iam.RenewalAccept), Icon: "check-circle"}, {Value: string(iam.RenewalAdministrator), Icon: "shield"},
	} {
		o.Label, o.Hint, o.Selected = p.T("console.methods.renewal."+o.Value), p.T("console.methods.renewal_hint."+o.Value), o.Value == chosen
		c.Options = append(c.Options, o)
	}
	return c
}

// HostChoice is one certificate host that the operator has configured.
type HostChoice struct {
	Host  string // as it is stored: "id.example:3443", "*.cert.id.example:3443"
	Fresh bool   // one name per attempt
}

// hostOf offers what the operator has configured and nothing else: no page must
// be able to send people to an address of its own (row S41).
func hostOf(p *i18n.Printer, chosen string, hosts []HostChoice, wrong string) *web.Choice {
	c := &web.Choice{Name: "host", Label: p.T("console.methods.host"), Hint: p.T("console.methods.host_hint"), Error: wrong, Cards: true, Options: []web.Option{
		{Value: "", Icon: "settings", Label: p.T("console.methods.host_automatic"), Hint: p.T("console.methods.host_automatic_hint"), Selected: chosen == ""},
	}}
	known := chosen == ""
	for _, h := range hosts {
		o := web.Option{Value: h.Host, Icon: "globe", Label: h.Host, Hint: p.T("console.methods.host_fixed"), Selected: h.Host == chosen}
		if h.Fresh {
			o.Icon, o.Hint = "refresh", p.T("console.methods.host_fresh")
		}
		known = known || o.Selected
		c.Options = append(c.Options, o)
	}
	if !known {
		c.Options = append(c.Options, web.Option{Value: chosen, Icon: "alert", Label: chosen, Hint: p.T("console.methods.host_gone"), Selected: true})
	}
	return c
}

// logoOf is the field of a picture.
func logoOf(p *i18n.Printer, id, icon, wrong string) logoField {
	f := logoField{Icon: icon, Kept: id, File: web.Field{
		Name: "logo", Type: "file", Label: p.T("console.methods.logo"), Hint: p.T("console.methods.logo_hint"), Accept: "image/png,image/jpeg,image/gif,image/webp",
		Optional: p.T("console.methods.optional"), Error: wrong,
	}}
	if id != "" {
		f.Picture = web.PicturePath(iam.PictureID(id))
		f.Remove = &web.Checkbox{Name: "picture_remove", Label: p.T("console.methods.logo_remove")}
	}
	return f
}

//i18n:keys console.methods.publicity.* iam.Publicity

func publicityOf(p *i18n.Printer, chosen, wrong string) web.Choice {
	if chosen == "" {
		chosen = string(iam.PublicityOnlyMe)
	}
	c := web.Choice{Name: "publicity", Label: p.T("console.methods.publicity"), Hint: p.T("console.methods.publicity_hint"), Error: wrong, Cards: true}
	for _, o := range []web.Option{
		{Value: string(iam.PublicityOnlyMe), Icon: "lock", Hint: p.T("console.methods.publicity_only_me_hint")},
		{Value: string(iam.PublicityOnRequest), Icon: "check-circle", Hint: p.T("console.methods.publicity_on_request_hint")},
		{Value: string(iam.PublicityEveryone), Icon: "globe", Hint: p.T("console.methods.publicity_everyone_hint")},
	} {
		o.Label, o.Selected = p.T("console.methods.publicity."+o.Value), o.Value == chosen
		c.Options = append(c.Options, o)
	}
	return c
}
