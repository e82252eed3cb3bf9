package e2e

import (
	"crypto/sha1" //nolint:gosec // what nginx sends
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"signet/internal/cert/certtest"
)

// delivering lets a person reach the certificate hosts as a proxy does that
// sends these headers.
func (p *person) delivering(header http.Header) *person {
	direct := p.client.Transport
	p.client.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
		if !p.d.isCertificateHost(r.URL.Host) {
			return direct.RoundTrip(r)
		}
		name, _, _ := strings.Cut(r.URL.Host, ":")
		sent := r.Clone(r.Context())
		sent.URL.Scheme, sent.URL.Host, sent.Host = "http", p.d.ProxyListener, name // nginx's $host
		for name, values := range header {
			sent.Header[name] = values
		}
		return direct.RoundTrip(sent)
	})
	return p
}

// verified are the headers in which a proxy tells of a certificate that it
// verified, certificate included. The names are those of openssl.
func verified(c *tls.Certificate) http.Header {
	fingerprint := sha1.Sum(c.Leaf.Raw) //nolint:gosec // see import
	serial := fmt.Sprintf("%X", c.Leaf.SerialNumber.Bytes())
	h := http.Header{}
	for name, value := range map[string]string{
		"X-SSL-Client-Verify": "SUCCESS", "X-SSL-Client-DN": "CN=x", "X-SSL-Client-Issuer": "CN=x",
		"X-SSL-Client-Serial": serial, "X-SSL-Client-Fingerprint": hex.EncodeToString(fingerprint[:]),
		"X-SSL-Client-Cert": url.PathEscape(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Leaf.Raw}))),
	} {
		h.Set(name, value)
	}
	return h
}

// TestProxyListenerUnderAttack sends what the proxy would not, from the
// proxy's own address.
func TestProxyListenerUnderAttack(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	a := d.party(t)
	admin := d.administrator()
	alice := d.certificate("alice")
	twin := certtest.SelfSigned(t, certtest.Spec{RawSubject: alice.Leaf.RawSubject, Serial: alice.Leaf.SerialNumber})
	genuine := d.clientCA(t)
	sameNames := certtest.NewCA(t, certtest.CASpec{Change: func(c *x509.Certificate) {
		c.RawSubject, c.SubjectKeyId = genuine.Cert.RawSubject, genuine.Cert.SubjectKeyId
	}}).TwinOf(t, certtest.Leaf{Cert: alice.Leaf})
	for name, c := range map[string]struct {
		header  http.Header
		heading string
		logged  string
	}{
		"T2 a self-made certificate": {verified(shown(twin)), "", "The issuer is not accepted"},
		"T2 a CA of the same name":   {verified(shown(sameNames)), "", "The authority has not signed it"},
		"T2 the names alone": {change(verified(shown(sameNames)), "X-SSL-Client-Cert", nil),
			"This certificate’s issuer is not accepted", "The issuer is not accepted"},
		"T2 alice's names, another certificate": {change(change(change(verified(shown(sameNames)), "X-SSL-Client-Cert", nil), "X-Ssl-Client-Dn", []string{alice.Leaf.Subject.String()}),
			"X-Ssl-Client-Issuer", []string{alice.Leaf.Issuer.String()}), "This certificate is not linked to anyone yet", "The certificate is linked to nobody"},
		"T6 underscore twin":   {change(verified(alice), "X_SSL_CLIENT_VERIFY", []string{"SUCCESS"}), "The proxy described the certificate twice", "sent twice"},
		"T6 twice":             {change(verified(alice), "X-Ssl-Client-Verify", []string{"SUCCESS", "SUCCESS"}), "The proxy described the certificate twice", "sent twice"},
		"T6 joined":            {change(verified(alice), "X-Ssl-Client-Verify", []string{"SUCCESS, SUCCESS"}), "The proxy described the certificate twice", "sent twice"},
		"T7 verify taken away": {change(verified(alice), "X-Ssl-Client-Verify", nil), "The proxy did not verify your certificate", "did not verify"},
		"T10 nothing":          {http.Header{}, "The proxy did not verify your certificate", "did not verify"},
		"failed":               {change(verified(alice), "X-Ssl-Client-Verify", []string{"FAILED:certificate has expired"}), "", "The certificate has expired"},
		"somebody else's certificate": {change(verified(d.certificate("bob")), "X-Ssl-Client-Cert", verified(alice)["X-Ssl-Client-Cert"]),
			"What the proxy says of the certificate does not fit", "do not fit"},
	} {
		p := d.newPerson(nil).delivering(c.header)
		p.open(a.request().url)
		p.press("Sign in with mTLS")
		if c.heading != "" {
			p.stands(c.heading)
		}
		if p.page.attempt == "" {
			t.Fatalf("%s: not refused:\n%s", name, p.page)
		}
		admin.finds(t, p.page.attempt, c.logged)
	}

	// T9: where it leads and who it was come from no header of the client.
	h := verified(alice)
	h.Set("X-Forwarded-Host", "evil.example")
	h.Set("X-Forwarded-Proto", "http")
	h.Set("Forwarded", "for=198.51.100.9;host=evil.example")
	h.Set("X-Forwarded-For", "198.51.100.9, 203.0.113.7")
	p := d.newPerson(nil).delivering(h)
	p.open(a.request().url)
	p.press("Sign in with mTLS")
	p.stands("Demo application would like to know who you are")
	if !strings.HasPrefix(p.page.url.String(), d.Issuer+"/") {
		t.Errorf("led to %s", p.page.url)
	}
	h.Set("X-SSL-Client-Verify", "NONE")
	p = d.newPerson(nil).delivering(h)
	p.open(a.request().url)
	p.press("Sign in with mTLS")
	p.stands("No certificate was sent")
	admin.open(d.Issuer + "/admin/events?attempt=" + url.QueryEscape(p.page.attempt))
	if _, table, _ := strings.Cut(admin.page.text, "\nClear\n"); !strings.Contains(table, "203.0.113.7") || strings.Contains(table, "198.51.100.9") {
		t.Errorf("the address is not the right-most that no proxy vouches for:\n%s", admin.page)
	}

	// T5: what is switched off stays off, although the proxy is trusted.
	late := d.newPerson(nil).delivering(verified(alice))
	late.open(a.request().url)
	d.change(t, `DELETE FROM offers WHERE app_id = '`+d.Client.ID+`' AND provider_id IN (SELECT id FROM providers WHERE type = 'certificate')`)
	// Another program's change holds after the moment for which offers are kept.
	for other := d.newPerson(nil); ; {
		if other.open(a.request().url); !other.can("Sign in with mTLS") {
			break
		}
	}
	late.press("Sign in with mTLS")
	late.stands("This login method is not switched on here")
}

// TestT01HeadersOnPublicListenersAreTold: they are ignored, and the event log
// says so, once for many.
func TestT01HeadersOnPublicListenersAreTold(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	for range 5 {
		p := d.newPerson(d.certificate("alice"))
		p.header = spoofed(d)
		p.open(d.Issuer + "/profile")
		p.open(d.CertificateHostFixed + "/")
	}
	admin := d.administrator()
	admin.open(d.Issuer + "/admin/events?kind=header.refused")
	_, table, _ := strings.Cut(admin.page.text, "\nClear\n")
	if n := strings.Count(table, "Certificate headers from an untrusted sender"); n != 1 {
		t.Errorf("told %d times, want once:\n%s", n, admin.page)
	}
}

func change(h http.Header, name string, values []string) http.Header {
	h = h.Clone()
	if len(values) == 0 {
		delete(h, http.CanonicalHeaderKey(name))
		return h
	}
	h[name] = values
	return h
}

// TestProxyListenerServesTheMainSite under the issuer's name, with and without
// its port, and no other.
func TestProxyListenerServesTheMainSite(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	for host, want := range map[string]int{
		hostOf(d.Issuer): http.StatusOK, "id.localhost": http.StatusOK, "evil.example": http.StatusMisdirectedRequest, d.ProxyListener: http.StatusMisdirectedRequest,
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+d.ProxyListener+"/.well-known/openid-configuration", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close() // the status says it all
		if answer.StatusCode != want {
			t.Errorf("%s: %d, want %d", host, answer.StatusCode, want)
		}
	}
}
