package trust

import (
	"crypto/x509"
	"regexp"
	"slices"
	"strconv"

	"signet/internal/cert"
	"signet/internal/iam"
)

// MaxMapping is how many rules a login method has at most. Each is a question to
// the database for every unknown certificate.
const MaxMapping = 8

var domainPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)

// checkMapping refuses rules that could never find anybody, or somebody who is not
// meant.
func checkMapping(settings iam.CertificateSettings) error {
	if len(settings.Mapping) > MaxMapping {
		return with(iam.Invalid("mapping", "too_many_mapping_rules"), "Max", strconv.Itoa(MaxMapping))
	}
	for i, r := range settings.Mapping {
		number := strconv.Itoa(i + 1)
		if err := checkRule(r, "mapping", number); err != nil {
			return err
		}
		if slices.Contains(settings.Mapping[:i], r) {
			return with(iam.Invalid("mapping", "mapping_rule_twice"), "Rule", number)
		}
	}
	if len(settings.Mapping) > 0 && !settings.NamesAccepted {
		return iam.Invalid("names_accepted", "names_not_accepted")
	}
	return nil
}

//i18n:keys error.mapping_* rule_unknown attribute_unused attribute_malformed uri_is_no_address domain_missing domain_malformed
//i18n:keys error.creation_* rule_unknown attribute_unused attribute_malformed uri_is_no_address domain_missing domain_malformed

// checkRule refuses a rule that could never find anything. It stands in a field of the
// form, under a number where there are several.
func checkRule(r iam.MappingRule, field, number string) error {
	refuse := func(cause string, params ...string) error {
		return with(iam.Invalid(field, field+"_"+cause), append([]string{"Rule", number}, params...)...)
	}
	switch {
	case !slices.Contains(NameSources(), r.Source) || !slices.Contains(PersonFields(), r.Field):
		return refuse("rule_unknown")
	case r.Source != iam.NameSubject && r.Attribute != "":
		return refuse("attribute_unused")
	case r.Source == iam.NameSubject && !isOID(r.Attribute):
		return refuse("attribute_malformed", "OID", cert.Visible(r.Attribute, 80))
	case r.Source == iam.NameURI && r.Field != iam.FieldLogin && r.Field != iam.FieldNumber:
		return refuse("uri_is_no_address")
	case r.Field == iam.FieldLocal && r.Domain == "":
		return refuse("domain_missing")
	case r.Domain != "" && (len(r.Domain) > 253 || !domainPattern.MatchString(r.Domain)):
		return refuse("domain_malformed", "Domain", cert.Visible(r.Domain, 80))
	default:
		return nil
	}
}

func isOID(text string) bool {
	_, err := x509.ParseOID(text)
	return err == nil
}

// NameSources lists where in a certificate a rule can look.
func NameSources() []iam.NameSource {
	return []iam.NameSource{iam.NameEmail, iam.NameUPN, iam.NameURI, iam.NameSubject}
}

// PersonFields lists what a rule can compare a name with.
func PersonFields() []iam.PersonField {
	return []iam.PersonField{iam.FieldEmail, iam.FieldLogin, iam.FieldLocal, iam.FieldNumber}
}
