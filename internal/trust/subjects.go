package trust

import (
	"context"
	"crypto/x509"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
)

const (
	// namesTTL is how long the names of CAs may be out of date. They help people to
	// choose and decide nothing; what is believed is read anew for every
	// certificate.
	namesTTL = time.Second
	// maxNames is how many bytes of names a handshake carries. TLS could carry 64
	// KiB (RFC 8446, section 4.2.4), but clients stop earlier.
	maxNames = 16 << 10
)

// named are the CA names of a method, as of a time.
type named struct {
	pool *x509.CertPool
	at   time.Time
}

// Subjects returns the CAs that a handshake names for a login method, or, for
// the empty id, for all certificate methods together, so that browsers offer
// only certificates that could do. Intermediates are among them: a browser that
// has the person's certificate but not its chain finds it by its issuer only.
//
// The pool is nil where there are more names than a handshake bears; then none
// are named and every certificate may be offered. It is made of names to send
// and must never serve to verify anything.
func (s *Service) Subjects(ctx context.Context, id iam.ProviderID) (*x509.CertPool, error) {
	now := s.DB.Now()
	s.mu.Lock()
	n, ok := s.subjects[id]
	s.mu.Unlock()
	if age := now.Sub(n.at); ok && age >= 0 && age < namesTTL {
		return n.pool, nil
	}
	pool, err := s.collect(ctx, id)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.subjects == nil || len(s.subjects) >= maxCached {
		s.subjects = map[iam.ProviderID]named{}
	}
	s.subjects[id] = named{pool: pool, at: now}
	return pool, nil
}

func (s *Service) collect(ctx context.Context, id iam.ProviderID) (*x509.CertPool, error) {
	var providers []iam.Provider
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if id == "" {
			providers, err = tx.Providers()
			return err
		}
		p, err := tx.Provider(id)
		providers = []iam.Provider{p}
		return err
	})
	if err != nil {
		return nil, err
	}
	pool, size := x509.NewCertPool(), 0
	for _, p := range providers {
		if p.Type != iam.ProviderCertificate {
			continue
		}
		b, err := s.bundlesOf(p)
		switch {
		case err != nil && id != "":
			return nil, err
		case err != nil:
			// One broken method must not hide the others. Who uses it is refused.
			if s.Log != nil && s.Log.Out != nil {
				s.Log.Out.ErrorContext(ctx, "the CAs of a login method cannot be named", "method", p.ID, "error", err)
			}
			continue
		}
		for _, set := range [][]*x509.Certificate{b.anchors, b.intermediates} {
			for _, c := range set {
				pool.AddCert(c)
				size += len(c.RawSubject)
			}
		}
	}
	if size > maxNames {
		return nil, nil //nolint:nilnil // "name none" is an answer, see Subjects
	}
	return pool, nil
}
