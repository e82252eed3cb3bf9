package trust

import (
	"context"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/store"
)

// Judged is what a login method makes of a certificate that is shown to it.
type Judged struct {
	Policy  cert.Policy
	Verdict cert.Verdict
	// Answers are what is known of revocation, in the order of the path.
	Answers []Answer
	// Certificate is what is kept of it; nil where nothing readable was shown.
	Certificate *iam.Certificate
	// Evidence is what it brings to a login; nil where it was refused. It says
	// nothing of possession: whoever calls Judge knows how it was shown.
	Evidence *iam.Evidence
}

// Judge judges a certificate, which stands first in what was presented, as the
// login method demands and as things stand now.
func (s *Service) Judge(ctx context.Context, p iam.Provider, presented []*x509.Certificate, now time.Time) (Judged, error) {
	policy, err := s.Policy(ctx, p)
	if err != nil {
		return Judged{}, err
	}
	var told []Answer
	verdict := cert.Judge(policy, presented, now, s.Revoked(ctx, p, now, &told))
	return judged(p, policy, presented, verdict, told, now), nil
}

// Rejudge returns a judge of certificates that were shown before, by the settings
// of p, which need not be stored. It remembers nothing, and asks nobody about
// revocation: what the lists that are here revoke is refused where the settings want
// them asked, and what is not known is none of a change's doing.
func (s *Service) Rejudge(ctx context.Context, p iam.Provider, now time.Time) (func([]*x509.Certificate) Judged, error) {
	b, err := readBundles(p)
	if err != nil {
		return nil, fmt.Errorf("read what method %s would trust: %w", p.ID, err)
	}
	policy := policyOf(*p.Settings.Certificate, b)
	lists, err := s.kept(ctx, p)
	if err != nil {
		return nil, err
	}
	revoked := revokedByKept(p, policy, lists, now)
	return func(presented []*x509.Certificate) Judged {
		return judged(p, policy, presented, cert.Judge(policy, presented, now, revoked), nil, now)
	}, nil
}

// kept returns the last good lists of a login method.
func (s *Service) kept(ctx context.Context, p iam.Provider) (*cert.Lists, error) {
	var rows []iam.RevocationList
	if err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		rows, err = tx.RevocationListsOf(p.ID)
		return err
	}); err != nil {
		return nil, err
	}
	var all []*cert.CRL
	for _, row := range rows {
		if list, err := s.list(ctx, row); err == nil && !slices.Contains(all, list) {
			all = append(all, list)
		}
	}
	return cert.Together(all...), nil
}

// revokedByKept refuses what the lists revoke, as the settings of p want them asked, and
// nothing else.
func revokedByKept(p iam.Provider, policy cert.Policy, lists *cert.Lists, now time.Time) cert.Revoked {
	nobody := func([]*x509.Certificate) error { return nil } // who signs lists is taken for good
	return func(chain []*x509.Certificate) error {
		for i := range len(chain) - 1 {
			if modeFor(nearest(*p.Settings.Certificate, chain[i+1:]), chain[i]) == iam.RevocationNone {
				continue
			}
			if standing, _, err := lists.Standing(policy, chain[i:], nobody, now); err == nil && standing.Revoked {
				return &cert.RevokedError{Standing: standing, Certificate: chain[i]}
			}
		}
		return nil
	}
}

func judged(p iam.Provider, policy cert.Policy, presented []*x509.Certificate, verdict cert.Verdict, told []Answer, now time.Time) Judged {
	j := Judged{Policy: policy, Verdict: verdict, Answers: told, Certificate: Kept(verdict)}
	if !verdict.Accepted() {
		return j
	}
	assured := AssuranceOf(*p.Settings.Certificate, verdict)
	j.Evidence = &iam.Evidence{
		Type: iam.ProviderCertificate, Provider: p.ID, At: now, ACR: assured.ACR, AMR: assured.AMR, Strength: assured.Strength,
		Key: string(verdict.Key), Certificate: j.Certificate, RevocationUnknown: Unknown(told), Names: namesFor(p, verdict.Chain[0]),
		Presented: Raw(presented),
	}
	return j
}

// Raw are certificates as they were sent.
func Raw(all []*x509.Certificate) (raw [][]byte) {
	for _, c := range all {
		raw = append(raw, c.Raw)
	}
	return raw
}

// Unknown says why the revocation of an accepted path is not known, or "".
func Unknown(told []Answer) string {
	for _, a := range told {
		if a.Unknown != nil {
			return a.Facts()["unknown"]
		}
	}
	return ""
}

// Checks are what was looked at, for whoever tries a method out: the checks of the
// verdict, and what a sign-in with an accepted certificate would count for.
func (j Judged) Checks() (all []iam.Check) {
	for _, c := range j.Verdict.Checks {
		all = append(all, iam.Check{Name: c.Name, OK: c.OK, Detail: c.Detail, Source: c.Source})
	}
	for _, c := range cert.Remarks(j.Verdict.Tried) {
		all = append(all, iam.Check{Name: c.Name, OK: c.OK, Detail: c.Detail, Source: c.Source})
	}
	if e := j.Evidence; e != nil {
		all = append(all, iam.Check{
			Name: "assurance", OK: true, Source: "OpenID Connect Core, section 2, and RFC 8176",
			Detail: fmt.Sprintf("counts for %d factor(s): acr %s, amr %s", e.Strength.Factors(), e.ACR, strings.Join(e.AMR, " ")),
		})
	}
	return all
}

// namesFor returns the names on an accepted certificate, where the method finds
// people by names or calls new people by them.
func namesFor(method iam.Provider, leaf *x509.Certificate) (names []iam.CertificateName) {
	if len(method.Settings.Certificate.Mapping) == 0 && method.Settings.Certificate.Creation == nil {
		return nil
	}
	v := cert.Names(leaf)
	for _, of := range []struct {
		source iam.NameSource
		values []string
	}{{iam.NameEmail, v.Emails}, {iam.NameUPN, v.UPNs}, {iam.NameURI, v.URIs}} {
		for _, value := range of.values {
			names = append(names, iam.CertificateName{Source: of.source, Value: value})
		}
	}
	for _, a := range v.Subject {
		names = append(names, iam.CertificateName{Source: iam.NameSubject, Attribute: a.Type, Value: a.Value})
	}
	return names
}
