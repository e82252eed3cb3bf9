package trust

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/store"
)

const (
	// responderTime is how long a sign-in waits for a responder.
	responderTime = 3 * time.Second
	// answerLife is how long an answer serves without asking again, however long it
	// says that it holds; after that it serves only where nobody answers.
	answerLife = 5 * time.Minute
	// silence is how long a responder is not asked again that did not answer:
	// everybody else would wait for it too.
	silence = 10 * time.Second
)

// askResponder returns what the OCSP responder of the CA says, from the last
// answer where that is recent.
func (s *Service) askResponder(ctx context.Context, q question) (cert.Standing, string, error) {
	addresses := []string{q.settings.OCSP}
	if q.settings.OCSP == iam.OCSPOfCertificate {
		addresses = allowedAddresses(q.leaf.OCSPServer, q.settings.Hosts)
		s.learnResponders(ctx, q, addresses)
	}
	if len(addresses) == 0 {
		return cert.Standing{}, "", &cert.RevocationError{Fault: cert.FaultNoSource, Detail: "the certificate names no OCSP responder of an allowed host"}
	}
	authority, serial := cert.AuthorityID(q.issuer), cert.Read(q.leaf).Serial
	asked := cert.OCSPQuestion{Leaf: q.leaf, Issuer: q.issuer}
	var kept []byte
	var at time.Time
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		kept, at, err = tx.OCSPAnswer(authority, serial)
		return err
	})
	if err != nil && !iam.IsNotFound(err) {
		return cert.Standing{}, "", errors.Join(cert.ErrRevocationUnknown, err)
	}
	last, lastErr := cert.Standing{}, error(&cert.RevocationError{Fault: cert.FaultNotLoaded})
	if kept != nil {
		// What was revoked stays so, also when the answer that said so is over: a
		// responder that somebody silences must not bring it back. Asking again could
		// only be answered by a replay.
		if last, lastErr = asked.Read(kept, at); lastErr == nil && last.Revoked && last.Reason != cert.ReasonCertificateHold {
			return last, addresses[0], nil
		}
		last, lastErr = asked.Read(kept, q.now)
	}
	if age := q.now.Sub(at); lastErr == nil && age >= 0 && age < answerLife {
		return last, addresses[0], nil
	}
	asked.Nonce = make([]byte, 16)
	_, _ = rand.Read(asked.Nonce)
	unknown := error(nil)
	for _, address := range addresses {
		standing, err := s.askAt(ctx, q, asked, address, authority, serial, last, lastErr == nil)
		var fault *cert.RevocationError
		switch {
		case err == nil:
			return standing, address, nil
		case errors.As(err, &fault) && fault.Fault == cert.FaultUnknown:
			return cert.Standing{}, address, err // an answer, and no good one
		case unknown == nil:
			unknown = err
		}
	}
	if lastErr == nil {
		return last, addresses[0], nil
	}
	return cert.Standing{}, addresses[0], unknown
}

// askAt asks one responder and keeps its answer.
func (s *Service) askAt(ctx context.Context, q question, asked cert.OCSPQuestion, address, authority, serial string, last cert.Standing, known bool) (cert.Standing, error) {
	if s.Fetch == nil || s.isSilent(address, q.now) {
		return cert.Standing{}, &cert.RevocationError{Fault: cert.FaultUnreachable, Detail: address}
	}
	request, err := asked.Request()
	if err != nil {
		return cert.Standing{}, fmt.Errorf("%w: make an OCSP request: %w", cert.ErrRevocationUnknown, err)
	}
	limited, cancel := context.WithTimeout(ctx, responderTime)
	defer cancel()
	answer, err := s.Fetch(limited, address, request, cert.MaxOCSPSize)
	if err != nil {
		if ctx.Err() == nil { // not because the person went away
			s.setSilent(address, q.now.Add(silence))
		}
		return cert.Standing{}, &cert.RevocationError{Fault: cert.FaultUnreachable, Detail: cert.Visible(address+": "+err.Error(), 300)}
	}
	standing, err := asked.Read(answer, q.now)
	if err != nil {
		return cert.Standing{}, err
	}
	if known && standing.ThisUpdate.Before(last.ThisUpdate) {
		return cert.Standing{}, &cert.RevocationError{Fault: cert.FaultOlder, Detail: address}
	}
	if err := s.checkResponders(ctx, q, answer); err != nil {
		return cert.Standing{}, err
	}
	until := standing.NextUpdate
	if standing.Revoked && q.leaf.NotAfter.After(until) {
		until = q.leaf.NotAfter // see askResponder
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error { return tx.KeepOCSPAnswer(authority, serial, answer, until) })
	if err != nil {
		s.logError(ctx, "an OCSP answer cannot be kept", err, "responder", address)
	}
	return standing, nil
}

// checkResponders refuses an answer whose signer stands on a list of the CA
// itself (RFC 6960, section 4.2.2.2.1).
func (s *Service) checkResponders(ctx context.Context, q question, answer []byte) error {
	for _, c := range cert.OCSPResponders(answer) {
		if cert.ExemptResponder(c) {
			continue
		}
		for _, row := range q.lists {
			if row.Authority != cert.AuthorityID(q.issuer) || row.DataHash == nil {
				continue
			}
			if list, err := s.list(ctx, row); err == nil {
				if standing, _ := list.Entry(c); standing.Revoked {
					return &cert.RevocationError{Fault: cert.FaultUnauthorized, Detail: "the certificate of the responder has been revoked"}
				}
			}
		}
	}
	return nil
}

func (s *Service) isSilent(address string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	until, ok := s.silent[address]
	return ok && now.Before(until)
}

func (s *Service) setSilent(address string, until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.silent == nil || len(s.silent) > maxCached {
		s.silent = map[string]time.Time{}
	}
	s.silent[address] = until
}
