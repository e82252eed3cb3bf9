package cert_test

import (
	"crypto/x509"
	"testing"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
)

// An ECDSA signature has two forms, and whoever has one can make the other. Both have to
// be known, since some CAs sign in the one and some in the other.
func TestBothFormsOfASignatureAreKnown(t *testing.T) {
	root := newCA(t, "Root")
	leaf := root.Issue(t, certtest.Spec{CN: "alice"})
	rsa := certtest.NewCA(t, certtest.CASpec{Name: "RSA", Now: at(), Key: certtest.RSA2048})
	mirrored := certtest.Mirrored(t, leaf, root.Cert)
	mustAccept(t, cert.Judge(trusting(root), mirrored.Chain, at(), nil)) // some CAs sign like that
	known := func(c, issuer *x509.Certificate) cert.Mirror {
		t.Helper()
		m, ok := cert.MirrorOf(c, issuer)
		if !ok {
			t.Fatal("it has no other form")
		}
		return m
	}
	a, b := cert.Read(leaf.Cert), cert.Read(mirrored.Cert)
	if a.SHA256 == b.SHA256 || a.SPKI != b.SPKI {
		t.Fatal("the test mirrors nothing")
	}
	if got, want := known(leaf.Cert, root.Cert), (cert.Mirror{SHA256: b.SHA256, SHA1: b.SHA1}); got != want {
		t.Errorf("the other form is known as %v, want %v", got, want)
	}
	if got, want := known(mirrored.Cert, root.Cert), (cert.Mirror{SHA256: a.SHA256, SHA1: a.SHA1}); got != want {
		t.Errorf("the other form of the other is known as %v, want %v", got, want)
	}
	if m, ok := cert.MirrorOf(rsa.Issue(t, certtest.Spec{}).Cert, rsa.Cert); ok {
		t.Errorf("an RSA signature has another form, %v", m)
	}
}
