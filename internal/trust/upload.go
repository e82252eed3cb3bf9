package trust

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"time"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/store"
)

// Brought is what was found in a certificate that somebody brought as a file.
// Evidence is what to link; nil where the method refuses the certificate, or where
// it is blocked here.
type Brought struct {
	Judged
	// Cause says why it is refused.
	Cause string
}

// JudgeFile judges the certificate in a file, PEM or DER, as the method would at
// a sign-in: the first one is the person's, any others help to build the path.
// Nothing proves that who brings it holds its key, so that only administrators
// link what comes of it. A private key in the file is refused: it has been seen
// by one too many.
func (s *Service) JudgeFile(ctx context.Context, p iam.Provider, data []byte, now time.Time) (Brought, error) {
	presented, err := ReadFile(data)
	if err != nil {
		return Brought{}, err
	}
	b, err := s.Judge(ctx, p, presented, now)
	if err != nil {
		return Brought{}, err
	}
	if b.Certificate == nil {
		return Brought{}, iam.Invalid("file", "file_no_certificate")
	}
	return s.brought(ctx, b)
}

// brought says whether what was judged may be linked: what is blocked here may not.
func (s *Service) brought(ctx context.Context, j Judged) (Brought, error) {
	b := Brought{Judged: j, Cause: string(j.Verdict.Cause)}
	blocked := false
	if err := s.DB.View(ctx, func(tx *store.Tx) (err error) { _, blocked, err = Blocked(tx, j.Certificate); return err }); err != nil {
		return Brought{}, err
	}
	if blocked {
		b.Cause, b.Evidence = "certificate_blocked", nil
	}
	return b, nil
}

// ReadFile reads what somebody brings as a file, PEM or DER, with the person's
// certificate in front.
func ReadFile(data []byte) ([]*x509.Certificate, error) {
	if holdsKey(data) {
		return nil, iam.Invalid("file", "file_holds_a_key")
	}
	presented, err := cert.ParseBundle(data)
	if errors.Is(err, cert.ErrBundlePrivateKey) { // without PEM around it, such as a .p12 file
		return nil, iam.Invalid("file", "file_holds_a_key")
	}
	if err != nil || len(presented) == 0 {
		return nil, &iam.Error{Kind: iam.KindInvalid, Field: "file", Cause: "file_no_certificate", Err: err}
	}
	return leafFirst(presented), nil
}

// leafFirst puts the only certificate that is no CA's in front: bundles come in
// either order.
func leafFirst(all []*x509.Certificate) []*x509.Certificate {
	at := -1
	for i, c := range all {
		if c.IsCA {
			continue
		}
		if at >= 0 {
			return all // two people's: the first one counts
		}
		at = i
	}
	if at <= 0 {
		return all
	}
	ordered := append([]*x509.Certificate{all[at]}, all[:at]...)
	return append(ordered, all[at+1:]...)
}

func holdsKey(data []byte) bool {
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			return false
		}
		if strings.HasSuffix(block.Type, "PRIVATE KEY") {
			return true
		}
	}
}
