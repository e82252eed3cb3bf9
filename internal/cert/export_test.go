package cert

import "crypto/x509"

// For returns the policy for another purpose, so that other suites' certificates
// for servers can be judged.
func (p Policy) For(purpose x509.ExtKeyUsage) Policy {
	p.purpose = purpose
	return p
}

// WithSignatures returns the policy with another bound on the work.
func (p Policy) WithSignatures(n int) Policy {
	p.maxSignatures = n
	return p
}

// Affordable returns the certificates whose keys Go's verifier may use.
func Affordable(all []*x509.Certificate) []*x509.Certificate { return affordable(all) }
