package certtest_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"testing"
	"time"

	"signet/internal/cert/certtest"

	"software.sslmate.com/src/go-pkcs12"
)

// The zero values are good: any verifier takes them, now.
func TestZeroValuesAreGood(t *testing.T) {
	ca := certtest.NewCA(t, certtest.CASpec{})
	for what, issuer := range map[string]*certtest.CA{"root": ca, "two below": ca.Deep(t, 2), "crossed": ca.Cross(t, certtest.NewCA(t, certtest.CASpec{Name: "Other"}))} {
		leaf := issuer.Issue(t, certtest.Spec{})
		roots, between := x509.NewCertPool(), x509.NewCertPool()
		roots.AddCert(ca.Cert)
		for _, c := range leaf.Chain[1:] {
			between.AddCert(c)
		}
		if _, err := leaf.Cert.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestTwinsShareEverythingButTheKey(t *testing.T) {
	sub := certtest.NewCA(t, certtest.CASpec{Key: certtest.RSA2048}).Sub(t, certtest.CASpec{Key: certtest.RSA2048})
	twin := sub.Twin(t)
	switch {
	case !bytes.Equal(sub.Cert.RawSubject, twin.Cert.RawSubject), !bytes.Equal(sub.Cert.RawIssuer, twin.Cert.RawIssuer):
		t.Error("another name")
	case sub.Cert.SerialNumber.Cmp(twin.Cert.SerialNumber) != 0, !bytes.Equal(sub.Cert.SubjectKeyId, twin.Cert.SubjectKeyId),
		!bytes.Equal(sub.Cert.AuthorityKeyId, twin.Cert.AuthorityKeyId):
		t.Error("another number or key identifier")
	case bytes.Equal(sub.Cert.RawSubjectPublicKeyInfo, twin.Cert.RawSubjectPublicKeyInfo):
		t.Error("the same key")
	case twin.Cert.CheckSignatureFrom(sub.Parent.Cert) == nil:
		t.Error("the twin is signed by the true CA")
	}
}

func TestFormsOfALeaf(t *testing.T) {
	leaf := certtest.NewCA(t, certtest.CASpec{}).Deep(t, 1).Issue(t, certtest.Spec{CN: "bob"})
	for what, file := range map[string][]byte{"P12": leaf.P12(t, "Straße 1"), "P12Legacy": leaf.P12Legacy(t, "Straße 1")} {
		key, c, between, err := pkcs12.DecodeChain(file, "Straße 1")
		if err != nil || !c.Equal(leaf.Cert) || len(between) != 1 || !between[0].Equal(leaf.Chain[1]) || key == nil {
			t.Errorf("%s: %v, %d issuers", what, err, len(between))
		}
	}
	if _, err := tls.X509KeyPair(leaf.PEM(), leaf.KeyPEM(t)); err != nil {
		t.Errorf("PEM: %v", err)
	}
	if b, _ := pem.Decode(leaf.PEM()); b == nil || !bytes.Equal(b.Bytes, leaf.Cert.Raw) {
		t.Error("PEM: the leaf is not first")
	}
}

func TestTLS(t *testing.T) {
	ca := certtest.NewCA(t, certtest.CASpec{})
	server := ca.Issue(t, certtest.Spec{CN: "server", DNSNames: []string{"id.example"}}, certtest.WrongPurpose)
	alice := ca.Deep(t, 1).Issue(t, certtest.Spec{})
	roots := x509.NewCertPool()
	roots.AddCert(ca.Cert)

	here, there := net.Pipe()
	deadline := time.Now().Add(30 * time.Second)
	for _, c := range []net.Conn{here, there} {
		defer c.Close()
		if err := c.SetDeadline(deadline); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan error, 1)
	go func() {
		client := tls.Client(here, &tls.Config{RootCAs: roots, ServerName: "id.example", Certificates: []tls.Certificate{alice.TLS()}})
		done <- client.Handshake()
	}()
	conn := tls.Server(there, &tls.Config{
		Certificates: []tls.Certificate{server.TLS()}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: roots, SessionTicketsDisabled: true,
	})
	if err := conn.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := conn.ConnectionState().PeerCertificates; len(got) != 2 || !got[0].Equal(alice.Cert) {
		t.Errorf("%d certificates came", len(got))
	}
}
