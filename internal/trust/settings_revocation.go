package trust

import (
	"crypto/x509"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"signet/internal/cert"
	"signet/internal/iam"
)

// Bounds of the settings of one CA.
const (
	maxSources   = 10
	maxHosts     = 20
	maxAddress   = 500
	maxShortDays = 90
)

// checkRevocation refuses settings in which the choice for a CA is missing: who
// adds a CA decides what happens when its certificates are revoked, and no
// default decides it for them.
func checkRevocation(in iam.Scope, settings iam.CertificateSettings, authorities []*x509.Certificate) error {
	for _, ca := range authorities {
		r, ok := settings.RevocationOf(cert.AuthorityID(ca))
		if !ok {
			return about(iam.Invalid("revocation", "revocation_not_chosen"), ca)
		}
		if err := checkCA(in, r); err != nil {
			return err
		}
	}
	if len(settings.Revocation) > 2*maxCached {
		return iam.Invalid("revocation", "revocation_not_chosen")
	}
	return nil
}

func checkCA(in iam.Scope, r iam.CARevocation) error {
	switch r.Mode {
	case iam.RevocationRequired, iam.RevocationBestEffort, iam.RevocationNone, iam.RevocationShortLived:
	default:
		return iam.Invalid("revocation", "revocation_mode_unknown")
	}
	switch {
	case r.MaxDays < 0 || r.MaxDays > maxShortDays:
		return with(iam.Invalid("max_days", "short_days_out_of_range"), "Max", strconv.Itoa(maxShortDays))
	case len(r.Lists) > maxSources:
		return with(iam.Invalid("lists", "too_many_lists"), "Max", strconv.Itoa(maxSources))
	case len(r.Hosts) > maxHosts:
		return with(iam.Invalid("hosts", "too_many_hosts"), "Max", strconv.Itoa(maxHosts))
	}
	for _, source := range r.Lists {
		if name, ok := strings.CutPrefix(source, filePrefix); ok {
			// A file of the machine is the operator's, not an organization's.
			if in.Level != iam.LevelSystem || !isFileName(name) {
				return with(iam.Invalid("lists", "list_file_refused"), "Name", cert.Visible(source, 80))
			}
			continue
		}
		if !isAddress(source) {
			return with(iam.Invalid("lists", "list_address_malformed"), "Name", cert.Visible(source, 80))
		}
	}
	for _, host := range r.Hosts {
		if !isHost(host) {
			return with(iam.Invalid("hosts", "host_malformed"), "Name", cert.Visible(host, 80))
		}
	}
	switch {
	case r.OCSP == iam.OCSPOfCertificate && len(r.Hosts) == 0:
		return iam.Invalid("hosts", "ocsp_without_hosts")
	case r.OCSP != "" && r.OCSP != iam.OCSPOfCertificate && !isAddress(r.OCSP):
		return with(iam.Invalid("ocsp", "ocsp_address_malformed"), "Name", cert.Visible(r.OCSP, 80))
	}
	return nil
}

func isAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && len(text) <= maxAddress && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil && u.Fragment == ""
}

// isFileName allows a name in the folder and no way out of it.
func isFileName(name string) bool {
	return regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$`).MatchString(name)
}

// isHost allows a name or an address, with a port or without, in lower case.
func isHost(text string) bool {
	return regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?(:[0-9]{1,5})?$`).MatchString(text)
}

// Choose returns the settings with the mode for every CA that has none yet, and
// without what was chosen for CAs that are not in them any more. What cannot be
// read is left to CheckSettings.
func Choose(settings iam.CertificateSettings, mode iam.RevocationMode) iam.CertificateSettings {
	var chosen []iam.CARevocation
	for _, text := range []string{settings.Anchors, settings.Intermediates} {
		all, err := cert.ParseBundle([]byte(text))
		if err != nil {
			continue
		}
		for _, ca := range all {
			id := cert.AuthorityID(ca)
			if (iam.CertificateSettings{Revocation: chosen}).Has(id) {
				continue
			}
			r, ok := settings.RevocationOf(id)
			if !ok {
				r = iam.CARevocation{CA: id, Mode: mode}
			}
			if r.Mode != "" {
				chosen = append(chosen, r)
			}
		}
	}
	settings.Revocation = chosen
	return settings
}
