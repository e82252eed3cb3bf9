package trust_test

import (
	"crypto/x509"
	"net"
	"net/url"
	"strings"
	"testing"

	"signet/internal/audit"
	"signet/internal/cert"
	"signet/internal/cert/certtest"
	"signet/internal/iam"
	"signet/internal/session"
	"signet/internal/store/storetest"
	"signet/internal/trust"
)

func TestApplicationIsKnownByOneName(t *testing.T) {
	ca := certtest.NewCA(t, certtest.CASpec{Name: "Programs CA"})
	db := storetest.New(t)
	log := &audit.Log{DB: db}
	s := &trust.Service{DB: db, Log: log, Sessions: &session.Service{DB: db, Log: log}}
	leaf := ca.Issue(t, certtest.Spec{CN: "wiki", DNSNames: []string{"Wiki.example.org"}, Emails: []string{"Wiki@Example.org"}, Change: func(c *x509.Certificate) {
		u, err := url.Parse("spiffe://example.org/wiki")
		if err != nil {
			t.Fatal(err)
		}
		c.URIs, c.IPAddresses = []*url.URL{u}, []net.IP{net.ParseIP("192.0.2.7"), net.ParseIP("2001:db8::7")}
	}})
	for _, c := range []struct {
		name  iam.ClientName
		value string
		cause string
	}{
		{iam.ClientDNS, "wiki.example.org", ""},
		{iam.ClientDNS, "WIKI.EXAMPLE.ORG", ""},
		{iam.ClientDNS, "example.org", trust.CauseClientName},
		{iam.ClientDNS, "x.wiki.example.org", trust.CauseClientName},
		{iam.ClientSubject, "CN=wiki", ""},
		{iam.ClientSubject, "CN=Wiki", ""}, // RFC 5280, section 7.1
		{iam.ClientSubject, "CN=wiki,O=Example", trust.CauseClientName},
		{iam.ClientURI, "spiffe://example.org/wiki", ""},
		{iam.ClientURI, "SPIFFE://example.org/wiki#", ""},
		{iam.ClientURI, "spiffe://example.org/wiki/", trust.CauseClientName},
		{iam.ClientIP, "192.0.2.7", ""},
		{iam.ClientIP, "::ffff:192.0.2.7", ""},
		{iam.ClientIP, "2001:db8:0::7", ""},
		{iam.ClientIP, "192.0.2.8", trust.CauseClientName},
		{iam.ClientEmail, "Wiki@example.ORG", ""},
		{iam.ClientEmail, "wiki@example.org", trust.CauseClientName}, // local parts are compared exactly
	} {
		certificate := iam.ClientCertificate{Anchors: string(ca.PEM()), Name: c.name, Value: c.value}
		if err := trust.CheckClientCertificate(&certificate, db.Now()); err != nil {
			t.Errorf("%s %q cannot be set: %v", c.name, c.value, err)
			continue
		}
		cause, err := s.ProveClient(t.Context(), certificate, leaf.Chain, db.Now())
		if err != nil || cause != c.cause {
			t.Errorf("%s %q: %q, %v, want %q", c.name, c.value, cause, err, c.cause)
		}
	}

	// A CA that may not vouch for an address does not in its longer form either.
	_, no, err := net.ParseCIDR("192.0.2.0/24")
	if err != nil {
		t.Fatal(err)
	}
	sub := ca.Sub(t, certtest.CASpec{Change: func(c *x509.Certificate) { c.ExcludedIPRanges = []*net.IPNet{no} }})
	for _, address := range []net.IP{net.ParseIP("192.0.2.7").To4(), net.ParseIP("192.0.2.7").To16()} {
		names := certtest.Extended(certtest.AlternativeNames(t, certtest.GeneralName(t, 7, address)))
		own := iam.ClientCertificate{Anchors: string(ca.PEM()), Name: iam.ClientIP, Value: "192.0.2.7"}
		if cause, err := s.ProveClient(t.Context(), own, sub.Issue(t, certtest.Spec{Change: names}).Chain, db.Now()); cause == "" || err != nil {
			t.Errorf("an address of %d bytes that its CA may not vouch for: %q, %v", len(address), cause, err)
		}
	}

	// A blocked one proves nothing any more.
	certificate := iam.ClientCertificate{Anchors: string(ca.PEM()), Name: iam.ClientDNS, Value: "wiki.example.org"}
	hash := iam.Certificate{SHA256: cert.Read(leaf.Cert).SHA256}
	if _, err := s.BlockCertificate(t.Context(), iam.Program("test"), hash, iam.BlockCertificate, ""); err != nil {
		t.Fatal(err)
	}
	if cause, err := s.ProveClient(t.Context(), certificate, leaf.Chain, db.Now()); cause != "certificate_blocked" || err != nil {
		t.Errorf("a blocked certificate: %q, %v", cause, err)
	}
	// Nor with the other form of its signature, which whoever has it can make.
	if cause, err := s.ProveClient(t.Context(), certificate, certtest.Mirrored(t, leaf, ca.Cert).Chain, db.Now()); cause != "certificate_blocked" || err != nil {
		t.Errorf("a blocked certificate, mirrored: %q, %v", cause, err)
	}
	// Without anchors that can be read, nobody is the application.
	certificate.Anchors = "garbled"
	if cause, err := s.ProveClient(t.Context(), certificate, leaf.Chain, db.Now()); err == nil {
		t.Errorf("anchors that cannot be read: %q", cause)
	}
}

func TestNamesNoApplicationIsKnownBy(t *testing.T) {
	ca := certtest.NewCA(t, certtest.CASpec{Name: "Programs CA"})
	leaf := ca.Issue(t, certtest.Spec{CN: "wiki"})
	for what, c := range map[string]iam.ClientCertificate{
		"no CA":               {Name: iam.ClientDNS, Value: "wiki.example.org"},
		"no certificate":      {Anchors: "x", Name: iam.ClientDNS, Value: "wiki.example.org"},
		"its own certificate": {Anchors: string(leaf.PEM()), Name: iam.ClientDNS, Value: "wiki.example.org"},
		"no name":             {Anchors: string(ca.PEM()), Name: iam.ClientDNS, Value: "  "},
		"another kind":        {Anchors: string(ca.PEM()), Name: "cn", Value: "wiki"},
		"no kind":             {Anchors: string(ca.PEM()), Value: "wiki"},
		"a wildcard":          {Anchors: string(ca.PEM()), Name: iam.ClientDNS, Value: "*.example.org"},
		"an address as name":  {Anchors: string(ca.PEM()), Name: iam.ClientDNS, Value: "https://wiki.example.org"},
		"no URI":              {Anchors: string(ca.PEM()), Name: iam.ClientURI, Value: "wiki"},
		"no address":          {Anchors: string(ca.PEM()), Name: iam.ClientIP, Value: "wiki.example.org"},
		"a zone":              {Anchors: string(ca.PEM()), Name: iam.ClientIP, Value: "fe80::1%eth0"},
		"no subject":          {Anchors: string(ca.PEM()), Name: iam.ClientSubject, Value: "wiki"},
		"no e-mail address":   {Anchors: string(ca.PEM()), Name: iam.ClientEmail, Value: "wiki"},
		"very long":           {Anchors: string(ca.PEM()), Name: iam.ClientDNS, Value: strings.Repeat("a", 2000)},
	} {
		if err := trust.CheckClientCertificate(&c, ca.Now); iam.KindOf(err) != iam.KindInvalid {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// Whoever knows the id of an application has it judged by its CAs, as often as they like.
func TestManyAuthoritiesOfAnApplicationAreReadOnce(t *testing.T) {
	db := storetest.New(t)
	log := &audit.Log{DB: db}
	s := &trust.Service{DB: db, Log: log, Sessions: &session.Service{DB: db, Log: log}}
	var anchors strings.Builder
	const many = 200
	for range many {
		anchors.Write(certtest.NewCA(t, certtest.CASpec{}).PEM())
	}
	certificate := iam.ClientCertificate{Anchors: anchors.String(), Name: iam.ClientDNS, Value: "wiki.example.org"}
	if err := trust.CheckClientCertificate(&certificate, db.Now()); err != nil {
		t.Fatal(err)
	}
	stranger := certtest.SelfSigned(t, certtest.Spec{DNSNames: []string{"wiki.example.org"}})
	for what, chain := range map[string][]*x509.Certificate{"nothing": nil, "a certificate of one's own": stranger.Chain} {
		cost := testing.AllocsPerRun(3, func() {
			if cause, err := s.ProveClient(t.Context(), certificate, chain, db.Now()); cause == "" || err != nil {
				t.Fatalf("%s: %q, %v", what, cause, err)
			}
		})
		if cost > 70*many { // to read them all takes 120 for each
			t.Errorf("%s: %.0f allocations", what, cost)
		}
	}
}
