package trust

import (
	"context"
	"crypto/x509"
	"math/big"
	"slices"
	"sync"
	"time"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/store"
)

const (
	// learntAgain is how often it is written down that certificates still name a
	// responder, and learntLife how long that makes it worth asking.
	learntAgain = 24 * time.Hour
	learntLife  = 30 * 24 * time.Hour
	// maxAsked is how many learned responders of a login method are asked.
	maxAsked = 8
)

// learntResponder is a responder that a certificate named.
type learntResponder struct {
	method             iam.ProviderID
	authority, address string
}

// learnResponders remembers the responders that a certificate names, so that
// SilentResponders can ask them: no setting has their addresses. As in learn, the
// path is verified before and only hosts that an administrator allows are taken.
func (s *Service) learnResponders(ctx context.Context, q question, addresses []string) {
	for _, address := range addresses {
		key := learntResponder{q.method.ID, cert.AuthorityID(q.issuer), address}
		s.mu.Lock()
		at, known := s.learnt[key]
		due := !known || q.now.Sub(at).Abs() >= learntAgain
		if due {
			if s.learnt == nil || len(s.learnt) > maxCached {
				s.learnt = map[learntResponder]time.Time{}
			}
			s.learnt[key] = q.now
		}
		s.mu.Unlock()
		if !due {
			continue
		}
		err := s.DB.Update(ctx, func(tx *store.Tx) error {
			return tx.KeepResponder(iam.LearnedResponder{
				Provider: key.method, Authority: key.authority, Address: address, Certificate: q.issuer.Raw, LastSeenAt: tx.Now(),
			}, maxLearned)
		})
		if err != nil {
			s.logError(ctx, "a responder cannot be kept", err, "address", address)
			s.mu.Lock()
			delete(s.learnt, key) // the next certificate that names it tries again
			s.mu.Unlock()
		}
	}
}

// SilentResponder is an OCSP responder that a login method asks and that does not
// answer.
type SilentResponder struct {
	Address string
	CA      *x509.Certificate
	// Required says that people do not get in without its answer.
	Required bool
	// Learned says that certificates name it, and not the settings.
	Learned bool
}

// SilentResponders asks every responder that the settings of a login method name,
// and those that certificates named lately where the settings leave it to them,
// whether it answers at all. What it answers to a serial number that nobody has
// does not count.
func (s *Service) SilentResponders(ctx context.Context, p iam.Provider) (silent []SilentResponder) {
	if s.Fetch == nil || p.Settings.Certificate == nil {
		return nil
	}
	asked := append(s.namedResponders(p), s.learnedResponders(ctx, p)...)
	answers := make([]bool, len(asked))
	var wait sync.WaitGroup
	for i, r := range asked {
		wait.Go(func() { answers[i] = s.answers(ctx, r) })
	}
	wait.Wait()
	for i, r := range asked {
		if !answers[i] {
			silent = append(silent, r)
		}
	}
	return silent
}

// namedResponders are those that the settings name.
func (s *Service) namedResponders(p iam.Provider) (all []SilentResponder) {
	for _, r := range p.Settings.Certificate.Revocation {
		if r.Mode == iam.RevocationNone || r.OCSP == "" || r.OCSP == iam.OCSPOfCertificate {
			continue
		}
		ca, err := s.authority(p, r.CA)
		if err != nil {
			continue // a CA that was taken out; that bundles can be read is a finding of its own
		}
		all = append(all, SilentResponder{Address: r.OCSP, CA: ca, Required: r.Mode == iam.RevocationRequired})
	}
	return all
}

// learnedResponders are those that certificates named, as far as the settings
// allow their hosts now.
func (s *Service) learnedResponders(ctx context.Context, p iam.Provider) (all []SilentResponder) {
	var hosts []string
	leaves := slices.DeleteFunc(slices.Clone(p.Settings.Certificate.Revocation), func(r iam.CARevocation) bool {
		return r.Mode == iam.RevocationNone || r.Mode == "" || r.OCSP != iam.OCSPOfCertificate
	})
	for _, r := range leaves {
		hosts = append(hosts, r.Hosts...)
	}
	if len(leaves) == 0 {
		return nil
	}
	var learned []iam.LearnedResponder
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		learned, err = tx.LearnedResponders(p.ID, tx.Now().Add(-learntLife), maxAsked)
		return err
	})
	if err != nil {
		s.logError(ctx, "the responders that certificates named cannot be read", err, "method", p.ID)
		return nil
	}
	for _, l := range learned {
		ca, err := x509.ParseCertificate(l.Certificate)
		if err != nil || len(allowedAddresses([]string{l.Address}, hosts)) == 0 {
			continue
		}
		all = append(all, SilentResponder{Address: l.Address, CA: ca, Learned: true, Required: requires(leaves, l.Authority)})
	}
	return all
}

// requires reports whether certificates of a CA need an answer. A CA that has no
// settings of its own follows one above it; which is not known here, and the
// strictest counts.
func requires(all []iam.CARevocation, authority string) bool {
	own := slices.IndexFunc(all, func(r iam.CARevocation) bool { return r.CA == authority })
	if own >= 0 {
		all = all[own : own+1]
	}
	return slices.ContainsFunc(all, func(r iam.CARevocation) bool { return r.Mode == iam.RevocationRequired })
}

// answers reports whether a responder answers at all.
func (s *Service) answers(ctx context.Context, r SilentResponder) bool {
	request, err := cert.OCSPQuestion{Leaf: &x509.Certificate{SerialNumber: big.NewInt(1)}, Issuer: r.CA}.Request()
	if err != nil {
		return false
	}
	limited, cancel := context.WithTimeout(ctx, responderTime)
	defer cancel()
	_, err = s.Fetch(limited, r.Address, request, cert.MaxOCSPSize)
	return err == nil
}
