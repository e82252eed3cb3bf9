package trust

import (
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"slices"
	"strconv"
	"time"

	"signet/internal/cert"
	"signet/internal/iam"
)

// Bounds of what a login method may demand.
const (
	maxDepth      = 10
	minRSABits    = 2048
	maxRSABits    = 8192
	maxAgeDays    = 36500
	maxPolicyOIDs = 20
	maxRenewal    = 90 // days
)

// CheckSettings refuses settings of a login method with which nobody, or the
// wrong people, could sign in, before they are stored. The error names the field
// and, in Params, the CA that is at fault.
func (s *Service) CheckSettings(p iam.Provider) error {
	if p.Type != iam.ProviderCertificate {
		return nil
	}
	settings := p.Settings.Certificate
	if settings == nil {
		return iam.Invalid("anchors", "anchors_missing")
	}
	anchors, err := cert.ParseBundle([]byte(settings.Anchors))
	switch {
	case errors.Is(err, cert.ErrBundlePrivateKey):
		return iam.Invalid("anchors", "anchors_private_key")
	case errors.Is(err, cert.ErrBundleEmpty), err == nil && len(anchors) == 0:
		return iam.Invalid("anchors", "anchors_missing")
	case err != nil:
		return below(iam.Invalid("anchors", "anchors_garbled"), err)
	}
	now := s.DB.Now()
	for _, c := range anchors {
		if err := checkAnchor(c, now); err != nil {
			return err
		}
	}
	intermediates, err := checkIntermediates(settings.Intermediates, now)
	if err != nil {
		return err
	}
	if err := checkLimits(*settings); err != nil {
		return err
	}
	if err := checkAssurance(*settings, append(anchors, intermediates...)); err != nil {
		return err
	}
	if err := checkCreation(p, anchors); err != nil {
		return err
	}
	if err := checkMapping(*settings); err != nil {
		return err
	}
	return checkRevocation(p.Scope, *settings, append(anchors, intermediates...))
}

// checkAnchor refuses a certificate that cannot answer for others. One that is
// not valid yet is let in, so that a change of CAs can be prepared.
func checkAnchor(c *x509.Certificate, now time.Time) error {
	switch {
	case !isCA(c):
		return about(iam.Invalid("anchors", "anchor_not_ca"), c)
	case now.After(c.NotAfter):
		return about(iam.Invalid("anchors", "anchor_expired"), c)
	case weak(c):
		return about(iam.Invalid("anchors", "anchor_too_weak"), c)
	}
	return nil
}

func checkIntermediates(text string, now time.Time) ([]*x509.Certificate, error) {
	if text == "" {
		return nil, nil
	}
	all, err := cert.ParseBundle([]byte(text))
	switch {
	case errors.Is(err, cert.ErrBundlePrivateKey):
		return nil, iam.Invalid("intermediates", "intermediates_private_key")
	case err != nil || len(all) == 0:
		return nil, below(iam.Invalid("intermediates", "intermediates_garbled"), err)
	}
	for _, c := range all {
		switch {
		case !isCA(c):
			return nil, about(iam.Invalid("intermediates", "intermediate_not_ca"), c)
		case now.After(c.NotAfter):
			return nil, about(iam.Invalid("intermediates", "intermediate_expired"), c)
		}
	}
	return all, nil
}

func checkLimits(settings iam.CertificateSettings) error {
	switch {
	case settings.MaxDepth < 0 || settings.MaxDepth > maxDepth:
		return with(iam.Invalid("max_depth", "depth_out_of_range"), "Max", strconv.Itoa(maxDepth))
	case settings.MinRSABits != 0 && (settings.MinRSABits < minRSABits || settings.MinRSABits > maxRSABits):
		return with(iam.Invalid("min_rsa_bits", "rsa_bits_out_of_range"), "Min", strconv.Itoa(minRSABits), "Max", strconv.Itoa(maxRSABits))
	case settings.MinHashBits != 0 && !slices.Contains(cert.HashSizes(), settings.MinHashBits):
		return iam.Invalid("min_hash_bits", "unknown_hash_size")
	case settings.MaxAgeDays < 0 || settings.MaxAgeDays > maxAgeDays:
		return with(iam.Invalid("max_age_days", "age_out_of_range"), "Max", strconv.Itoa(maxAgeDays))
	case settings.RenewalDays < 0 || settings.RenewalDays > maxRenewal:
		return with(iam.Invalid("renewal_days", "renewal_days_out_of_range"), "Max", strconv.Itoa(maxRenewal))
	case len(settings.PolicyOIDs) > maxPolicyOIDs:
		return with(iam.Invalid("policy_oids", "too_many_policy_oids"), "Max", strconv.Itoa(maxPolicyOIDs))
	}
	for _, kind := range settings.KeyTypes {
		if !slices.Contains(cert.KeyTypes(), kind) {
			return iam.Invalid("key_types", "unknown_key_type")
		}
	}
	for _, text := range settings.PolicyOIDs {
		if _, err := x509.ParseOID(text); err != nil {
			return with(iam.Invalid("policy_oids", "policy_oid_malformed"), "OID", cert.Visible(text, 80))
		}
	}
	return nil
}

// isCA reports whether the certificate may sign others (RFC 5280, sections
// 4.2.1.9 and 4.2.1.3).
func isCA(c *x509.Certificate) bool {
	return c.BasicConstraintsValid && c.IsCA && (c.KeyUsage == 0 || c.KeyUsage&x509.KeyUsageCertSign != 0)
}

// weak reports whether every certificate that this CA signs would be refused.
func weak(c *x509.Certificate) bool {
	key, ok := c.PublicKey.(*rsa.PublicKey)
	return ok && (key.N.BitLen() < minRSABits || key.N.BitLen() > maxRSABits)
}

func about(e *iam.Error, c *x509.Certificate) *iam.Error {
	return with(e, "Name", cert.Read(c).Subject, "Until", c.NotAfter.UTC().Format(time.DateOnly))
}

func with(e *iam.Error, pairs ...string) *iam.Error {
	e.Params = map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		e.Params[pairs[i]] = pairs[i+1]
	}
	return e
}

func below(e *iam.Error, err error) *iam.Error {
	e.Err = err
	return e
}
