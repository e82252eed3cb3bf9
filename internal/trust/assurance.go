package trust

import (
	"crypto/x509"
	"strconv"
	"strings"

	"signet/internal/cert"
	"signet/internal/iam"
)

// Bounds of what is said about assurance.
const (
	maxAssurancePolicies = 20
	maxACR               = 200
)

// AssuranceOf says what a sign-in with the certificate of an accepted verdict
// counts for. Only policies that the whole path is valid for count: what a
// certificate says of itself, its CA may not be allowed to say.
func AssuranceOf(settings iam.CertificateSettings, v cert.Verdict) iam.Assurance {
	var authorities []string
	for _, ca := range v.Chain[1:] {
		authorities = append(authorities, cert.AuthorityID(ca))
	}
	return settings.AssuranceOf(cert.ValidPolicies(v.Chain), authorities)
}

// checkAssurance refuses rules that say nothing, or something other than what
// their words mean elsewhere.
func checkAssurance(settings iam.CertificateSettings, authorities []*x509.Certificate) error {
	known, seen := map[string]bool{}, map[string]bool{}
	for _, ca := range authorities {
		known[cert.AuthorityID(ca)] = true
	}
	policies := 0
	for _, r := range settings.Assurance {
		name := r.CA + "\n" + r.Policy
		switch {
		case (r.CA == "") == (r.Policy == ""), r.CA != "" && !known[r.CA]:
			return iam.Invalid("assurance", "assurance_of_nothing")
		case seen[name]:
			return with(iam.Invalid("assurance", "assurance_twice"), "OID", cert.Visible(r.Policy, 80))
		}
		seen[name] = true
		switch r.Key {
		case "", iam.KeyUnstated, iam.KeySoftware, iam.KeyHardware, iam.KeyCard:
		default:
			return iam.Invalid("assurance", "assurance_key_unknown")
		}
		if r.Policy != "" {
			policies++
			if _, err := x509.ParseOID(r.Policy); err != nil {
				return with(iam.Invalid("assurance", "policy_oid_malformed"), "OID", cert.Visible(r.Policy, 80))
			}
		}
		if err := checkACR(r.ACR); err != nil {
			return err
		}
	}
	if policies > maxAssurancePolicies {
		return with(iam.Invalid("assurance", "too_many_policy_oids"), "Max", strconv.Itoa(maxAssurancePolicies))
	}
	return nil
}

// checkACR refuses an acr that could not stand in acr_values, where a space ends
// it, and those that mean the same in every installation: an application that
// asks for one must not get what an administrator means by it.
func checkACR(acr string) error {
	switch {
	case len(acr) > maxACR || strings.ContainsFunc(acr, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }):
		return with(iam.Invalid("assurance", "acr_malformed"), "Max", strconv.Itoa(maxACR))
	case iam.StrengthOf(acr) != iam.StrengthUnknown:
		return with(iam.Invalid("assurance", "acr_reserved"), "ACR", acr)
	default:
		return nil
	}
}

// KeepAssurance returns the settings without what was said of CAs that are not in
// them any more. What cannot be read is left to CheckSettings.
func KeepAssurance(settings iam.CertificateSettings) iam.CertificateSettings {
	known := map[string]bool{}
	for _, text := range []string{settings.Anchors, settings.Intermediates} {
		all, err := cert.ParseBundle([]byte(text))
		if err != nil {
			continue
		}
		for _, ca := range all {
			known[cert.AuthorityID(ca)] = true
		}
	}
	var kept []iam.AssuranceRule
	for _, r := range settings.Assurance {
		if r.Policy != "" || known[r.CA] {
			kept = append(kept, r)
		}
	}
	settings.Assurance = kept
	return settings
}
