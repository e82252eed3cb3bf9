package certificate_test

import (
	"crypto/tls"
	"crypto/x509"
	"testing"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/session"
	"signet/internal/trust"
)

// Who has the card of somebody can show its certificate in other bytes, with another
// fingerprint and the same key. It is still theirs, and a block of it holds.
func TestBlockHoldsHoweverTheCertificateIsShown(t *testing.T) {
	h := newHouse(t)
	me := h.ca.person("Alice")
	h.link(h.alice.ID, h.mtls, me, h.ca)
	as := func(changed certtest.Leaf) *tls.Certificate {
		return &tls.Certificate{Certificate: [][]byte{changed.Cert.Raw}, PrivateKey: me.PrivateKey, Leaf: changed.Cert}
	}
	own := certtest.Leaf{Cert: me.Leaf, Chain: []*x509.Certificate{me.Leaf}}
	mirrored, trailed := as(certtest.Mirrored(t, own, h.ca.cert)), as(certtest.Trailed(t, own))
	show := func(c *tls.Certificate) (at attempt, a answer) {
		t.Helper()
		at = h.start(h.mtls)
		return at, h.visit(visit{url: at.url, as: c})
	}
	at, a := show(mirrored)
	if out := h.returned(at, a); out.Opened == nil || out.Opened.Session.User != h.alice.ID {
		t.Fatalf("mirrored, not blocked: step %s", out.Step)
	}
	at, a = show(trailed)
	if r := h.refusal(at, a); r.Cause != string(cert.CauseMalformed) {
		t.Errorf("with something behind it: %s", r.Cause)
	}
	blocks := &trust.Service{DB: h.db, Log: h.log, Sessions: &session.Service{DB: h.db, Log: h.log}}
	if _, err := blocks.BlockCertificate(t.Context(), h.program, iam.Certificate{SHA256: cert.Read(me.Leaf).SHA256}, iam.BlockCertificate, "stolen"); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]*tls.Certificate{"as it is": me, "mirrored": mirrored} {
		at, a := show(c)
		if r := h.refusal(at, a); r.Cause != login.CauseBlockedHere {
			t.Errorf("%s: %s", what, r.Cause)
		}
	}
}
