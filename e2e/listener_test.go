package e2e

import (
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"testing"
)

// spoofed are the headers in which proxies tell of a certificate, all of them
// alice's, sent by somebody who is no proxy.
func spoofed(d *demo) http.Header {
	certificate := d.certificate("alice")
	fingerprint := "3f2a1b" + strings.Repeat("0", 34)
	h := http.Header{}
	for name, value := range map[string]string{
		"X-SSL-Client-Verify": "SUCCESS", "X-SSL-Client-DN": certificate.Leaf.Subject.String(), "X-SSL-Client-Fingerprint": fingerprint,
		"X-SSL-Client-Serial": strings.ToUpper(certificate.Leaf.SerialNumber.Text(16)), "X-SSL-Client-Issuer": certificate.Leaf.Issuer.String(),
		"X-SSL-Client-Cert": "-----BEGIN%20CERTIFICATE-----", "X-Client-Verify": "SUCCESS", "X-Forwarded-Client-Cert": "Hash=" + fingerprint,
		"Client-Cert": ":MIIB:", "X-Forwarded-For": "203.0.113.7", "X-Real-IP": "203.0.113.7", "X-Forwarded-Host": "evil.example", "Forwarded": "for=203.0.113.7;host=evil.example",
	} {
		h.Set(name, value)
		if strings.HasPrefix(name, "X-SSL") {
			// Some servers take this for the same header (CVE-2025-64484).
			h[strings.ReplaceAll(name, "-", "_")] = []string{value}
		}
	}
	return h
}

func TestT01HeadersFromUntrustedPeer(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	a := d.party(t)
	admin := d.administrator()

	nobody := d.newPerson(nil)
	nobody.header = spoofed(d)
	nobody.open(d.AppURL)
	nobody.sees("Sign in with Signet") // the application's listener
	nobody.open(d.Issuer + "/profile")
	nobody.stands("Sign in to Signet")
	nobody.open(a.request().url)
	nobody.stands("Sign in to Demo application")
	nobody.press("Sign in with mTLS")
	nobody.stands("No certificate was sent")
	if nobody.hosts[0] == "" || !strings.HasPrefix(nobody.page.url.String(), d.Issuer) {
		t.Errorf("led to %s", nobody.page.url)
	}
	admin.finds(t, nobody.page.attempt, "No certificate was sent", "127.0.0.1") // and not X-Forwarded-For's

	bob := d.newPerson(d.certificate("bob"))
	bob.header = spoofed(d)
	bob.open(a.request().url)
	bob.press("Sign in with mTLS")
	bob.stands("This certificate is not linked to anyone yet")
	bob.sees("Bob Keller")
}

// TestMainSiteHasNoCertificateEndpoint: what asks for a certificate exists on
// the certificate host only (row S21), whatever the headers say.
func TestMainSiteHasNoCertificateEndpoint(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	for name, header := range map[string]http.Header{"plain": {}, "spoofed": spoofed(d)} {
		for _, path := range []string{"/api/mtls", "/api/mtls/", "/api/mtls/attempt/x", "/api/mtls/login", "//api/mtls/attempt/x", "/api/mtls/../mtls/attempt/x"} {
			for _, site := range []string{d.Issuer, d.AppURL} {
				p := d.newPerson(d.certificate("alice"))
				p.header = header
				p.open(site + path)
				if p.page.status != http.StatusNotFound {
					t.Errorf("%s: %s%s: %d", name, site, path, p.page.status)
				}
			}
		}
	}
	connection := d.dial(t, hostOf(d.Issuer), &tls.Config{MinVersion: tls.VersionTLS12})
	leaf := connection.ConnectionState().PeerCertificates[0]
	host, _, _ := strings.Cut(d.attemptHost(), ":")
	if err := leaf.VerifyHostname(host); err == nil {
		t.Error("the main site's certificate covers the certificate host: browsers would share a connection (RFC 9113, section 9.1.1)")
	}
}

// TestCertificateHostServesNothingElse is row S20, word for word.
func TestCertificateHostServesNothingElse(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	const want = "mTLS endpoints only. Use port 443 for regular access."
	for _, host := range []string{hostOf(d.CertificateHostFixed), d.attemptHost()} {
		for _, path := range []string{"/", "/index.html", "/signin", "/profile", "/admin", "/api", "/api/mtlsx", "/.well-known/openid-configuration", "/healthz", "/static/app.css"} {
			p := d.newPerson(d.certificate("alice"))
			p.open("https://" + host + path)
			if got := p.page.header.Get("Content-Type"); p.page.status != http.StatusNotFound || p.page.text != want || !strings.HasPrefix(got, "text/plain") {
				t.Errorf("%s%s: %d %s %q", host, path, p.page.status, got, p.page.text)
			}
		}
	}
}

// TestVersionsAndTickets: TLS 1.2 and 1.3 only (row S10), a certificate is asked
// for on the certificate host and nowhere else, and no session is given out
// there that could be resumed (rows S11 and S18).
func TestVersionsAndTickets(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	for _, c := range []struct {
		name, host string
		asks       bool
	}{
		{"main", hostOf(d.Issuer), false}, {"application", hostOf(d.AppURL), false},
		{"certificate host", hostOf(d.CertificateHostFixed), true}, {"host of an attempt", d.attemptHost(), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			old := &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11, ServerName: "id.localhost", RootCAs: d.roots}
			raw, err := d.dialNames(t.Context(), "tcp", c.host)
			if err != nil {
				t.Fatal(err)
			}
			defer raw.Close()
			if err := tls.Client(raw, old).HandshakeContext(t.Context()); err == nil || !strings.Contains(err.Error(), "protocol version") {
				t.Errorf("TLS 1.1: %v", err)
			}
			for version, name := range map[uint16]string{tls.VersionTLS12: "TLS 1.2", tls.VersionTLS13: "TLS 1.3"} {
				sessions, asked := &sessions{}, 0
				connection := d.dial(t, c.host, &tls.Config{
					MinVersion: version, MaxVersion: version, ClientSessionCache: sessions,
					GetClientCertificate: func(r *tls.CertificateRequestInfo) (*tls.Certificate, error) {
						asked++
						if len(r.AcceptableCAs) == 0 {
							t.Errorf("%s: the server names no CA", name)
						}
						return d.certificate("alice"), nil
					},
				})
				// Tickets of TLS 1.3 come after the handshake, before the answer.
				if _, err := io.WriteString(connection, "GET / HTTP/1.1\r\nHost: "+c.host+"\r\nConnection: close\r\n\r\n"); err != nil {
					t.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, connection); err != nil {
					t.Fatal(err)
				}
				if (asked == 1) != c.asks {
					t.Errorf("%s: a certificate was asked for %d times", name, asked)
				}
				if given := sessions.given > 0; given == c.asks {
					t.Errorf("%s: sessions given out: %v", name, given)
				}
			}
		})
	}
}

// sessions counts what a server gives out to be resumed.
type sessions struct{ given int }

func (s *sessions) Get(string) (*tls.ClientSessionState, bool) { return nil, false }

func (s *sessions) Put(_ string, state *tls.ClientSessionState) {
	if state != nil {
		s.given++
	}
}

// dial opens a TLS connection to a host of the demo.
func (d *demo) dial(t *testing.T, host string, config *tls.Config) *tls.Conn {
	t.Helper()
	raw, err := d.dialNames(t.Context(), "tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	config.RootCAs = d.roots
	config.ServerName, _, _ = strings.Cut(host, ":")
	connection := tls.Client(raw, config)
	t.Cleanup(func() { _ = connection.Close() })
	if err := connection.HandshakeContext(t.Context()); err != nil {
		t.Fatalf("%s: %v", host, err)
	}
	return connection
}
