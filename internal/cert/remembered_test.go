package cert_test

import (
	"crypto/x509"
	"errors"
	"fmt"
	"testing"
	"time"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
)

// What is remembered of a path saves its signatures and nothing else: whatever
// else decides is looked at anew.
func TestRememberedPathSavesNoCheck(t *testing.T) {
	root := newCA(t, "Root")
	sub := root.Sub(t, certtest.CASpec{Name: "Issuing"})
	leaf := sub.Issue(t, certtest.Spec{CN: "Alice"})
	var known cert.Paths
	p := trusting(root)
	p.Known = &known
	for range 2 {
		if v := cert.Judge(p, leaf.Chain, at(), nil); !v.Accepted() {
			t.Fatalf("refused: %s", v.Cause)
		}
	}

	revoked := func([]*x509.Certificate) error { return &cert.RevokedError{Certificate: leaf.Cert} }
	mustRefuse(t, cert.Judge(p, leaf.Chain, at(), revoked), cert.CauseRevoked)
	mustRefuse(t, cert.Judge(p, leaf.Chain, leaf.Cert.NotAfter.Add(time.Minute), nil), cert.CauseExpired)
	mustRefuse(t, cert.Judge(p, leaf.Chain, leaf.Cert.NotBefore.Add(-time.Minute), nil), cert.CauseNotYetValid)

	aged := p
	aged.MaxAge = time.Nanosecond
	if v := cert.Judge(aged, leaf.Chain, at(), nil); v.Accepted() {
		t.Error("a policy with a maximum age takes what one without remembered")
	}
	shallow := p
	shallow.MaxDepth = -1
	mustRefuse(t, cert.Judge(shallow, leaf.Chain, at(), nil), cert.CauseChainTooDeep)
	for name, other := range map[string]cert.Policy{
		"another CA":                   trusting(newCA(t, "Root")),
		"another CA with the same key": trusting(root.Twin(t)),
		"no CA":                        {},
	} {
		t.Run(name, func(t *testing.T) {
			other.Known = &known
			mustRefuse(t, cert.Judge(other, leaf.Chain, at(), nil), cert.CauseUnknownIssuer, cert.CauseBadSignature)
		})
	}

	// The same certificate but for one bit of its signature.
	der := append([]byte(nil), leaf.Cert.Raw...)
	der[len(der)-1] ^= 1
	forged, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	if v := cert.Judge(p, append([]*x509.Certificate{forged}, leaf.Chain[1:]...), at(), nil); v.Accepted() {
		t.Error("a forged copy of a certificate that was accepted is accepted")
	}
	// Without what came with it there is no path.
	mustRefuse(t, cert.Judge(p, leaf.Chain[:1], at(), nil), cert.CauseUnknownIssuer)
}

// What is refused is not remembered, and what is remembered has an end.
func TestRememberedPathsAreBounded(t *testing.T) {
	root := newCA(t, "Root")
	known := cert.Bounded(2)
	p := trusting(root)
	p.Known = known
	leaf := root.Issue(t, certtest.Spec{CN: "Alice"})
	cert.Judge(p, leaf.Chain, at(), func([]*x509.Certificate) error { return errors.New("revoked") })
	if n := known.Len(); n != 0 {
		t.Errorf("%d paths are remembered of a certificate that was refused", n)
	}
	for i := range 4 {
		mustAccept(t, cert.Judge(p, root.Issue(t, certtest.Spec{CN: fmt.Sprint("Person ", i)}).Chain, at(), nil))
	}
	if n := known.Len(); n != 2 {
		t.Errorf("%d paths are remembered, want 2", n)
	}
}
