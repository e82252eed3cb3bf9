package cert

import (
	"bytes"
	"crypto/x509"
	"math/big"
)

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

// Bounded returns an empty memory for at most so many paths.
func Bounded(most int) *Paths { return &Paths{most: most} }

// Len is how many paths are remembered.
func (p *Paths) Len() int { return len(p.known) }

// ParseCRL reads a CRL and leaves out who signed it.
func ParseCRL(data []byte) (*CRL, error) { return parseCRL(data) }

// Has reports whether a serial is among the entries, of whichever issuer.
func (l *CRL) Has(serial *big.Int) bool {
	if len(l.entries.owners) == 0 {
		_, _, ok := l.entries.find(serial, nil)
		return ok
	}
	key := serial.FillBytes(make([]byte, max(l.entries.width, (serial.BitLen()+7)/8)))
	for i := range l.entries.len() {
		if bytes.Equal(l.entries.record(i)[:l.entries.width], key) {
			return true
		}
	}
	return false
}

// ParseOCSP reads the structure of an answer.
func ParseOCSP(answer []byte) error {
	_, _, err := parseOCSP(answer)
	return err
}
