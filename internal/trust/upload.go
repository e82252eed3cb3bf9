package trust

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"time"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/store"
)

// Brought is what was found in a certificate that somebody brought as a file.
type Brought struct {
	Certificate iam.Certificate
	// Evidence is what to link; nil where the method refuses the certificate.
	Evidence *iam.Evidence
	// Cause says why it is refused.
	Cause  string
	Checks []iam.Check
}

// JudgeFile judges the certificate in a file, PEM or DER, as the method would at
// a sign-in: the first one is the person's, any others help to build the path.
// Nothing proves that who brings it holds its key, so that only administrators
// link what comes of it. A private key in the file is refused: it has been seen
// by one too many.
func (s *Service) JudgeFile(ctx context.Context, p iam.Provider, data []byte, now time.Time) (Brought, error) {
	if holdsKey(data) {
		return Brought{}, iam.Invalid("file", "file_holds_a_key")
	}
	presented, err := cert.ParseBundle(data)
	if err != nil || len(presented) == 0 {
		return Brought{}, &iam.Error{Kind: iam.KindInvalid, Field: "file", Cause: "file_no_certificate", Err: err}
	}
	policy, err := s.Policy(ctx, p)
	if err != nil {
		return Brought{}, err
	}
	var told []Answer
	verdict := cert.Judge(policy, leafFirst(presented), now, s.Revoked(ctx, p, now, &told))
	shown := Kept(verdict)
	if shown == nil {
		return Brought{}, iam.Invalid("file", "file_no_certificate")
	}
	b := Brought{Certificate: *shown, Cause: string(verdict.Cause)}
	for _, c := range verdict.Checks {
		b.Checks = append(b.Checks, iam.Check{Name: c.Name, OK: c.OK, Detail: c.Detail, Source: c.Source})
	}
	blocked := false
	if err := s.DB.View(ctx, func(tx *store.Tx) (err error) { _, blocked, err = Blocked(tx, shown); return err }); err != nil {
		return Brought{}, err
	}
	if blocked {
		b.Cause = "certificate_blocked"
	}
	if verdict.Accepted() && !blocked {
		b.Cause = ""
		b.Evidence = &iam.Evidence{Type: iam.ProviderCertificate, Provider: p.ID, At: now, Key: string(verdict.Key), Certificate: shown}
	}
	return b, nil
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
		switch block.Type {
		case "PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY":
			return true
		}
	}
}
