package trust

import (
	"context"
	"crypto/x509"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/store"
)

// Answer is what was found about one certificate of a path.
type Answer struct {
	Subject  string
	Mode     iam.RevocationMode // empty where nobody has chosen
	Asked    bool               // false where the mode asks nobody
	Standing cert.Standing
	From     string // the address or upload that said so
	Unknown  error  // why nothing is known
}

// Facts are an answer as an event or a page tells it.
func (a Answer) Facts() map[string]string {
	if !a.Asked {
		return map[string]string{"source": "none"}
	}
	var unknown *cert.RevocationError
	switch {
	case errors.As(a.Unknown, &unknown):
		return map[string]string{"unknown": string(unknown.Fault)}
	case a.Unknown != nil:
		return map[string]string{"unknown": string(cert.FaultNotLoaded)}
	}
	facts := factsOf(a.Standing)
	if a.From != "" {
		facts["from"] = a.From
	}
	return facts
}

// Revoked returns the function by which cert.Judge asks whether a verified path
// has been revoked, by the login method's settings for each CA. What it finds is
// appended to told. It never waits for a list: lists are fetched in the
// background, and what is not there yet is unknown. An OCSP responder is asked,
// for a short time.
func (s *Service) Revoked(ctx context.Context, p iam.Provider, now time.Time, told *[]Answer) cert.Revoked {
	return s.revoked(ctx, p, now, told, 0)
}

// maxAbove bounds who signs the lists of who signs lists.
const maxAbove = 3

// revoked is Revoked; above says how many signers of lists stand between the path
// and the one that somebody wants to sign in with.
func (s *Service) revoked(ctx context.Context, p iam.Provider, now time.Time, told *[]Answer, above int) cert.Revoked {
	return func(chain []*x509.Certificate) error {
		*told = nil
		if p.Settings.Certificate == nil {
			return cert.ErrRevocationUnknown
		}
		var lists []iam.RevocationList
		read := false
		for i := range len(chain) - 1 {
			leaf, issuer := chain[i], chain[i+1]
			settings := nearest(*p.Settings.Certificate, chain[i+1:])
			a := Answer{Subject: cert.NameText(leaf.RawSubject), Mode: settings.Mode}
			mode := modeFor(settings, leaf)
			if a.Asked = mode != iam.RevocationNone; !a.Asked {
				*told = append(*told, a)
				continue
			}
			if !read {
				err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
					lists, err = tx.RevocationListsOf(p.ID)
					return err
				})
				if err != nil {
					return errors.Join(cert.ErrRevocationUnknown, err)
				}
				read = true
			}
			q := question{method: p, settings: settings, lists: lists, leaf: leaf, issuer: issuer, path: chain[i:], now: now, above: above}
			a.Standing, a.From, a.Unknown = s.ask(ctx, q)
			*told = append(*told, a)
			switch {
			case a.Unknown == nil && a.Standing.Revoked:
				return &cert.RevokedError{Standing: a.Standing, Certificate: leaf}
			case a.Unknown != nil && mode != iam.RevocationBestEffort:
				return a.Unknown
			}
		}
		return nil
	}
}

// nearest returns the settings of the lowest CA of a path that has any. A CA
// that no administrator knows by name is treated like the one above it.
func nearest(s iam.CertificateSettings, issuers []*x509.Certificate) iam.CARevocation {
	for _, ca := range issuers {
		if r, ok := s.RevocationOf(cert.AuthorityID(ca)); ok {
			return r
		}
	}
	return iam.CARevocation{}
}

// modeFor returns what must be known about one certificate. Settings that were
// stored before there was a choice ask nobody; the pages and the log say so.
func modeFor(r iam.CARevocation, leaf *x509.Certificate) iam.RevocationMode {
	switch r.Mode {
	case iam.RevocationRequired, iam.RevocationBestEffort:
		return r.Mode
	case iam.RevocationShortLived:
		switch {
		case leaf.IsCA:
			return iam.RevocationBestEffort // the mode is about people's certificates
		case cert.ShortLived(leaf, time.Duration(r.MaxDays)*24*time.Hour):
			return iam.RevocationNone
		}
		return iam.RevocationRequired
	case iam.RevocationNone, "":
		return iam.RevocationNone
	}
	return iam.RevocationRequired // of a later version: not to understand is to refuse
}

// question is about one certificate of a path.
type question struct {
	method       iam.Provider
	settings     iam.CARevocation
	lists        []iam.RevocationList // of the login method
	leaf, issuer *x509.Certificate
	path         []*x509.Certificate // from leaf to the anchor; nil where it is not at hand
	now          time.Time
	above        int // see revoked
}

// ask looks into the lists that are here and asks the responder where one is set.
// Whoever says "revoked" decides; the responder comes before the lists for
// "good", because it knows more lately.
func (s *Service) ask(ctx context.Context, q question) (cert.Standing, string, error) {
	good, from, unknown := s.askLists(ctx, q)
	if unknown == nil && good.Revoked || q.settings.OCSP == "" {
		return good, from, unknown
	}
	standing, address, err := s.askResponder(ctx, q)
	if err == nil || unknown != nil {
		return standing, address, err
	}
	return good, from, nil
}

// askLists asks all the lists of the login method that have come: who signs lists
// in the place of a CA may stand on the list of another.
func (s *Service) askLists(ctx context.Context, q question) (cert.Standing, string, error) {
	unknown := error(&cert.RevocationError{Fault: cert.FaultNoSource})
	authority := cert.AuthorityID(q.issuer)
	var pool []*cert.CRL
	sources, own := map[*cert.CRL]string{}, 0
	for _, row := range q.lists {
		mine := row.Authority == authority
		if row.DataHash == nil {
			if mine {
				unknown = &cert.RevocationError{Fault: cert.FaultNotLoaded, Detail: strings.TrimSpace(row.Source + " " + row.Fault)}
			}
			continue
		}
		list, err := s.list(ctx, row)
		if err != nil {
			if mine {
				unknown = err
			}
			continue
		}
		if mine {
			own++
		}
		if _, twice := sources[list]; !twice || mine {
			sources[list] = row.Source
		}
		pool = append(pool, list)
	}
	if len(pool) > 0 {
		policy, err := s.Policy(ctx, q.method)
		if err != nil {
			return cert.Standing{}, "", errors.Join(cert.ErrRevocationUnknown, err)
		}
		standing, list, err := cert.Together(pool...).Standing(policy, q.path, s.ofSigners(ctx, q), q.now)
		if err == nil {
			return standing, sources[list], nil
		}
		if own > 0 {
			unknown = err
		}
	}
	if s.learn(ctx, q) {
		unknown = &cert.RevocationError{Fault: cert.FaultNotLoaded, Detail: "a distribution point that was not known"}
	}
	return cert.Standing{}, "", unknown
}

// ofSigners asks whether the certificates of those who sign lists have been
// revoked, by the rules of the login method as well.
func (s *Service) ofSigners(ctx context.Context, q question) cert.Revoked {
	if q.above >= maxAbove {
		return func([]*x509.Certificate) error { return cert.ErrRevocationUnknown }
	}
	var told []Answer
	return s.revoked(ctx, q.method, q.now, &told, q.above+1)
}

// maxLearned bounds the distribution points of one CA that are kept.
const maxLearned = 200

// learn remembers the distribution points of a certificate, so that they are
// fetched in the background, and reports whether one is new. The path is verified
// before anything asks for revocation, so that only a CA of the method can name
// addresses (CVE-2026-21945), and of those only hosts that an administrator
// allows are taken.
func (s *Service) learn(ctx context.Context, q question) bool {
	authority, learned := cert.AuthorityID(q.issuer), false
	known := 0
	for _, row := range q.lists {
		if row.Authority == authority && row.Learned {
			known++
		}
	}
	for _, address := range allowedAddresses(q.leaf.CRLDistributionPoints, q.settings.Hosts) {
		is := func(l iam.RevocationList) bool { return l.Authority == authority && l.Source == address }
		if slices.ContainsFunc(q.lists, is) || known >= maxLearned {
			continue
		}
		known++
		err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
			_, err = tx.AddRevocationList(iam.RevocationList{
				Provider: q.method.ID, Authority: authority, Source: address, Learned: true, Certificate: q.issuer.Raw, NextTryAt: tx.Now(),
			})
			return err
		})
		if err != nil {
			s.logError(ctx, "a distribution point cannot be kept", err, "address", address)
			continue
		}
		learned = true
	}
	return learned
}

// allowedAddresses returns the addresses of a certificate that may be fetched.
func allowedAddresses(all, hosts []string) (allowed []string) {
	for _, address := range all {
		if len(address) > maxAddress || len(allowed) == 4 {
			continue
		}
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
			continue
		}
		if slices.Contains(hosts, strings.ToLower(u.Host)) || slices.Contains(hosts, strings.ToLower(u.Hostname())) {
			allowed = append(allowed, address)
		}
	}
	return allowed
}

func (s *Service) logError(ctx context.Context, text string, err error, pairs ...any) {
	if s.Log != nil && s.Log.Out != nil {
		s.Log.Out.ErrorContext(ctx, text, append(pairs, "error", err)...)
	}
}

// RevokedLinked asks about a linked certificate that is not at hand: a proxy names
// it and does not show it. Path are its issuer and those above. What only the
// certificate itself could say, its distribution point and its responder, is
// missing, and where the settings need that it is unknown.
func (s *Service) RevokedLinked(ctx context.Context, p iam.Provider, linked iam.Identity, path []*x509.Certificate, now time.Time, told *[]Answer) error {
	if len(path) == 0 {
		return cert.ErrRevocationUnknown
	}
	leaf, ok := stub(linked, path[0])
	if !ok {
		return cert.ErrRevocationUnknown
	}
	leaf.RawSubject = linked.Certificate.SubjectDER
	return s.Revoked(ctx, p, now, told)(append([]*x509.Certificate{leaf}, path...))
}
