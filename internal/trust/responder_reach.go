package trust

import (
	"context"
	"crypto/x509"
	"math/big"

	"signet/internal/cert"
	"signet/internal/iam"
)

// SilentResponder is an OCSP responder that a login method names and that does
// not answer.
type SilentResponder struct {
	Address   string
	CA        *x509.Certificate
	Authority string // as settings name the CA
}

// SilentResponders asks every responder that the settings of a login method name
// whether it answers at all. What it answers to a serial number that nobody has
// does not count. Those that only certificates name are not known here.
func (s *Service) SilentResponders(ctx context.Context, p iam.Provider) (silent []SilentResponder) {
	if s.Fetch == nil || p.Settings.Certificate == nil {
		return nil
	}
	for _, r := range p.Settings.Certificate.Revocation {
		if r.Mode == iam.RevocationNone || r.OCSP == "" || r.OCSP == iam.OCSPOfCertificate {
			continue
		}
		ca, err := s.authority(p, r.CA)
		if err != nil {
			continue // a CA that was taken out; that bundles can be read is a finding of its own
		}
		request, err := cert.OCSPQuestion{Leaf: &x509.Certificate{SerialNumber: big.NewInt(1)}, Issuer: ca}.Request()
		if err == nil {
			limited, cancel := context.WithTimeout(ctx, responderTime)
			_, err = s.Fetch(limited, r.OCSP, request, cert.MaxOCSPSize)
			cancel()
		}
		if err != nil {
			silent = append(silent, SilentResponder{r.OCSP, ca, r.CA})
		}
	}
	return silent
}
