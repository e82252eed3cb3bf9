package certificate_test

import (
	"crypto/tls"
	"net"
	"testing"
	"time"

	"signet/internal/cert/certtest"
	"signet/internal/method/certificate"
)

// TestProbe: what keeps people from a certificate host is seen before they see it.
func TestProbe(t *testing.T) {
	ca := certtest.NewCA(t, certtest.CASpec{Name: "Server CA"})
	serve := func(name string, ask tls.ClientAuthType) string {
		leaf := ca.Issue(t, certtest.Spec{DNSNames: []string{name}})
		l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{leaf.TLS()}, ClientAuth: ask})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go func() { _ = c.(*tls.Conn).Handshake(); _ = c.Close() }()
			}
		}()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		return port
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, nobody, _ := net.SplitHostPort(closed.Addr().String())
	_ = closed.Close()
	good := "id.localhost:" + serve("id.localhost", tls.RequestClientCert)
	lax := "id.localhost:" + serve("id.localhost", tls.NoClientCert)
	other := "id.localhost:" + serve("other.localhost", tls.RequestClientCert)
	wild := "*.cert.id.localhost:" + serve("*.cert.id.localhost", tls.RequestClientCert)
	none := "id.localhost:" + nobody
	hosts := certificate.Hosts{Fixed: good, Wildcard: wild, Pool: []string{lax, other, none}}
	for host, want := range map[string]certificate.Fault{
		good: certificate.FaultNone, wild: certificate.FaultNone, lax: certificate.FaultAsksNothing, other: certificate.FaultWrongCertificate, none: certificate.FaultUnreachable,
	} {
		if got := hosts.Probe(t.Context(), time.Now())[host]; got != want {
			t.Errorf("%s: %q, want %q", host, got, want)
		}
	}
	if got := hosts.Probe(t.Context(), time.Now().AddDate(200, 0, 0))[good]; got != certificate.FaultExpired {
		t.Errorf("in two hundred years: %q", got)
	}
}

// TestNarrow: a method's host is one of the operator's or nothing (row S41).
func TestNarrow(t *testing.T) {
	all := certificate.Hosts{Fixed: "id.example:3443", Wildcard: "*.cert.id.example:3443"}
	if host, ok := all.Narrow("id.example:3443").Choose("", true); ok {
		t.Errorf("a fixed name gives the fresh host %q", host)
	}
	if host, ok := all.Narrow("*.cert.id.example:3443").Choose("", false); !ok || !all.Match(host) || host == "id.example" {
		t.Errorf("one name per attempt gives %q", host)
	}
	for _, gone := range []string{"", "evil.example:3443", "*", "id.example"} {
		if got := all.Narrow(gone); got.Fixed != all.Fixed || got.Wildcard != all.Wildcard {
			t.Errorf("%q narrows to %+v", gone, got)
		}
	}
}
