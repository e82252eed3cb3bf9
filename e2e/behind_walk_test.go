package e2e

import (
	"bufio"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"signet/internal/cert/certtest"
)

func sha256Hex(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// TestGeneratedConfigurations runs what `signet proxy-config` prints and walks
// through it as people do.
func TestGeneratedConfigurations(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		form string
		in   proxyPlace
	}{
		"nginx": {"nginx", proxyPlace{}}, "nginx pinned": {"nginx", proxyPlace{pinned: true}}, "nginx on a socket": {"nginx", proxyPlace{socket: true}},
		"haproxy": {"haproxy", proxyPlace{}}, "haproxy on a socket": {"haproxy", proxyPlace{socket: true}}, "haproxy pinned": {"haproxy", proxyPlace{pinned: true}}, "haproxy, RFC 9440": {"haproxy", proxyPlace{rfc9440: true}},
		"apache": {"apache", proxyPlace{}}, "caddy": {"caddy", proxyPlace{}}, "caddy pinned": {"caddy", proxyPlace{pinned: true}}, "envoy": {"envoy", proxyPlace{}},
		"apache pinned": {"apache", proxyPlace{pinned: true}}, "envoy pinned": {"envoy", proxyPlace{pinned: true}}, "envoy on a socket": {"envoy", proxyPlace{socket: true}},
		"traefik": {"traefik", proxyPlace{}}, "traefik pinned": {"traefik", proxyPlace{pinned: true}}, "traefik, one port": {"traefik", proxyPlace{shared: true}},
		"nginx, one port": {"nginx", proxyPlace{shared: true}}, "apache, one port": {"apache", proxyPlace{shared: true}}, "caddy, one port": {"caddy", proxyPlace{shared: true}},
		"envoy, one port": {"envoy", proxyPlace{shared: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := behindProxy(t, c.form, c.in)
			b.noWord = c.form == "envoy" || c.form == "traefik" || c.in.rfc9440
			b.noChain = c.form == "nginx" || c.form == "caddy" || c.in.rfc9440
			b.signsIn(t)
			b.refuses(t)
			b.links(t)
			b.isClosed(t)
		})
	}
}

// statusOn asks for an attempt of a host on a connection.
func statusOn(t *testing.T, connection net.Conn, host string) int {
	t.Helper()
	return ask(t, connection, "https://"+host+"/api/mtls/attempt/x").StatusCode
}

func ask(t *testing.T, connection net.Conn, address string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Write(connection); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(connection), r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close() // the head says it all
	return answer
}

// signsIn: a certificate that is linked, the ID token, and the event.
func (b *behind) signsIn(t *testing.T) {
	t.Helper()
	a := b.party(t)
	q := a.request()
	alice := b.newPerson(b.certificate("alice"))
	_, id := a.tokens(q, alice.signIn(a, q))
	var claims struct {
		ACR string   `json:"acr"`
		AMR []string `json:"amr"`
	}
	if err := id.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	if claims.ACR != "phr" || len(claims.AMR) != 1 || claims.AMR[0] != "pop" {
		t.Errorf("acr %q, amr %q", claims.ACR, claims.AMR)
	}
	// Below an intermediate CA, which the browser sends along.
	if below := b.clientCA(t).Sub(t, certtest.CASpec{Name: "Below"}); !b.noChain {
		p := b.newPerson(shown(below.Issue(t, certtest.Spec{CN: "From below"})))
		p.open(a.request().url)
		p.press("Sign in with mTLS")
		p.stands("This certificate is not linked to anyone yet")
		p.sees("From below")
	}
	// Names that mean something to somebody.
	for _, ugly := range []string{`a;b,c=d"e\`, "Zoë 山田 \u202ecila", `";Cert="x`, strings.Repeat("x", 4<<10)} {
		p := b.newPerson(shown(b.clientCA(t).Issue(t, certtest.Spec{CN: ugly})))
		p.open(a.request().url)
		p.press("Sign in with mTLS")
		p.stands("This certificate is not linked to anyone yet")
	}
}

// refuses: who has no certificate, or a wrong one, gets Signet's page, and can
// try again.
func (b *behind) refuses(t *testing.T) {
	t.Helper()
	a := b.party(t)
	admin := b.administrator()
	p := b.newPerson(nil)
	p.open(a.request().url)
	p.press("Sign in with mTLS")
	if b.noWord {
		p.stands("The proxy did not verify your certificate")
		admin.finds(t, p.page.attempt, "did not verify")
	} else {
		p.stands("No certificate was sent")
		admin.finds(t, p.page.attempt, "No certificate was sent")
	}
	p.certificate, p.stop = b.certificate("alice"), b.Client.RedirectURI
	again := "Try again"
	if !p.can(again) {
		again = "Use another certificate"
	}
	if p.press(again); p.stopped == nil {
		t.Errorf("trying again leads to:\n%s", p.page)
	}

	// T2: everything that can be read is alice's, and another key has signed it.
	genuine := b.clientCA(t)
	twin := certtest.NewCA(t, certtest.CASpec{Change: func(c *x509.Certificate) {
		c.RawSubject, c.SubjectKeyId = genuine.Cert.RawSubject, genuine.Cert.SubjectKeyId
	}}).TwinOf(t, certtest.Leaf{Cert: b.certificate("alice").Leaf})
	impostor := b.newPerson(shown(twin))
	impostor.open(a.request().url)
	if err := impostor.walk(http.MethodPost, impostor.form("Sign in with mTLS").action.String(), impostor.form("Sign in with mTLS").values); err == nil && impostor.page.attempt == "" {
		t.Errorf("T2: not refused:\n%s", impostor.page)
	}

	for what, c := range map[string]struct {
		certificate *tls.Certificate
		heading     string
	}{
		"unknown issuer": {shown(certtest.NewCA(t, certtest.CASpec{Name: "Elsewhere CA"}).Issue(t, certtest.Spec{CN: "Stranger"})), "This certificate’s issuer is not accepted"},
		"expired":        {b.certificate("dave"), "This certificate has expired"},
		"blocked":        {b.certificate("carol"), "Your account is blocked"},
	} {
		if b.form == "apache" && what == "expired" {
			continue // Apache breaks the connection, as its configuration says
		}
		p := b.newPerson(c.certificate)
		p.open(a.request().url)
		p.press("Sign in with mTLS")
		if p.page.heading != c.heading {
			t.Errorf("%s:\n%s", what, p.page)
		}
	}
}

// links: a certificate of somebody who signed in by password.
func (b *behind) links(t *testing.T) {
	t.Helper()
	bob := b.newPerson(b.certificate("bob"))
	bob.open(b.Issuer + "/profile")
	bob.password("bob", b.user("bob").Password, "Sign in")
	bob.press("Add")
	bob.press("Continue with mTLS")
	bob.stands("Link this certificate?")
	bob.sees("Bob Keller")
	bob.press("Link this certificate")
	bob.sees("The certificate Bob Keller is now linked to you.")
	again := b.newPerson(b.certificate("bob"))
	again.open(b.Issuer + "/profile")
	again.press("Sign in with mTLS")
	again.stands("Profile")
}

// forgeries tell, in every form and spelling, that somebody else showed alice's
// certificate, which is no secret.
func (b *behind) forgeries() http.Header {
	der := b.certificate("alice").Certificate[0]
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	b64 := base64.StdEncoding.EncodeToString(der)
	folded := strings.TrimSpace(strings.ReplaceAll(text, "\n", " "))
	h := verified(b.certificate("alice"))
	for name, value := range map[string]string{
		"X-SSL-Client-DER": b64, "X-SSL-Client-Chain-DER": "", "SSL_CLIENT_VERIFY": "SUCCESS", "SSL_CLIENT_CERT": folded,
		"X-Forwarded-Tls-Client-Cert": b64, "X-Forwarded-Client-Cert": `Hash=` + sha256Hex(der) + `;Cert="` + url.QueryEscape(text) + `"`,
		"X-Client-Cert": b64, "Client-Cert": ":" + b64 + ":", "X-Signet-Proxy-Secret": "0123456789abcdef0123456789abcdex", "X-Forwarded-For": "198.51.100.9", "X-Real-IP": "198.51.100.9",
		"Forwarded": "for=198.51.100.9", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example",
	} {
		h.Set(name, value)
	}
	if b.form == "haproxy" {
		h.Set("X-SSL-Client-Verify", "0")
	}
	return h
}

// variants are the forgeries as they are, in other spellings, and with a word for
// the proxy to take its own away.
func (b *behind) variants() map[string]http.Header {
	plain := b.forgeries()
	twins, lower, hop := http.Header{}, http.Header{}, plain.Clone()
	var names []string
	for name, values := range plain {
		twins[strings.ReplaceAll(name, "-", "_")] = values
		twins[strings.ReplaceAll(name, "_", "-")] = values
		lower[strings.ToLower(name)] = values
		names = append(names, name, strings.ToUpper(name))
	}
	hop.Set("Connection", "close, "+strings.Join(names, ", "))
	return map[string]http.Header{"plain": plain, "underscore twins": twins, "lower case": lower, "Connection": hop}
}

// TestT04GeneratedConfigurationsUnderAttack sends forgeries to every listener of
// each (CVE-2026-46579, CVE-2025-64484, CVE-2021-32813, CVE-2026-30851).
func TestT04GeneratedConfigurationsUnderAttack(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"nginx", "haproxy", "apache", "caddy", "envoy", "traefik"} {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			b := behindProxy(t, form, proxyPlace{})
			for what, header := range b.variants() {
				b.attack(t, what, header)
			}
		})
	}
}

func (b *behind) attack(t *testing.T, what string, header http.Header) {
	t.Helper()
	a := b.party(t)
	const inside = "Demo application would like to know who you are"
	// T8: on the certificate host, without a certificate and with bob's.
	for who, certificate := range map[string]*tls.Certificate{"nobody": nil, "bob": b.certificate("bob")} {
		p := b.newPerson(certificate)
		p.open(a.request().url)
		p.header = header
		if err := p.walk(http.MethodPost, p.form("Sign in with mTLS").action.String(), p.form("Sign in with mTLS").values); err != nil || p.page.status >= http.StatusBadRequest && p.page.heading == "" {
			continue // the proxy refuses the request: nobody is signed in
		}
		if p.page.heading == inside || strings.Contains(p.page.text, "Alice") {
			t.Errorf("%s: %s is alice:\n%s", what, who, p.page)
		}
		if who == "bob" && what == "plain" && p.page.heading != "This certificate is not linked to anyone yet" {
			t.Errorf("%s: bob is not told who he is:\n%s", what, p.page)
		}
	}
	// T4: the attempt's path on every other listener, with a ticket that is good.
	for listener, at := range map[string]string{
		"main site": b.Issuer, "HTTP": "http://id.localhost:" + b.httpPort, "certificate host by HTTP": strings.Replace(b.CertificateHostFixed, "https:", "http:", 1),
	} {
		for _, twist := range []string{"", "/.", "//", "/x/.."} {
			p := b.newPerson(nil)
			p.stop = "/api/mtls/attempt/"
			p.open(a.request().url)
			p.press("Sign in with mTLS")
			ticket := p.stopped.Path
			p.stop, p.header = "/return/", header
			if err := p.walk(http.MethodGet, at+twist+ticket, nil); err != nil {
				continue // closed
			}
			if p.stopped != nil {
				// Whoever comes so far has been judged: nothing but a refusal may come of it.
				to := p.stopped.String()
				p.stop, p.header = "", nil
				if p.open(to); p.page.heading == inside || strings.Contains(p.page.text, "Alice") {
					t.Errorf("%s, %s%s: signed in:\n%s", what, listener, twist, p.page)
				} else if listener != "certificate host by HTTP" {
					t.Errorf("%s, %s%s: an attempt is judged there:\n%s", what, listener, twist, p.page)
				}
			}
		}
	}
	// The main site itself: nobody becomes anybody, and no address is believed.
	p := b.newPerson(nil)
	p.header = header
	if err := p.walk(http.MethodGet, b.Issuer+"/profile", nil); err == nil && p.page.status == http.StatusOK && p.page.heading != "Sign in to Signet" {
		t.Errorf("%s: on the main site:\n%s", what, p.page)
	}
	if said := b.stderr.String(); strings.Contains(said, "198.51.100.9") {
		t.Errorf("%s: an address that the client made up is believed:\n%s", what, said)
	}
}

// isClosed: other names get nothing, no ticket is given out, and only HTTP/1.1
// is spoken where certificates are asked for (T11, T15, T16).
func (b *behind) isClosed(t *testing.T) {
	t.Helper()
	for _, port := range []string{portOf(b.Issuer), portOf(b.CertificateHostFixed)} {
		for _, c := range [][2]string{
			{"evil.example", "evil.example"}, {"evil.example", hostOf(b.CertificateHostFixed)}, {"", hostOf(b.CertificateHostFixed)}, {"", b.attemptHost()}, {"evil.example", hostOf(b.Issuer)},
		} {
			name, host := c[0], c[1]
			raw, err := net.Dial("tcp", net.JoinHostPort(b.at, port))
			if err != nil {
				t.Fatal(err)
			}
			connection := tls.Client(raw, &tls.Config{ServerName: name, InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}) //nolint:gosec // nobody is to be believed
			switch err := connection.Handshake(); {
			case err != nil:
			case b.form != "apache":
				t.Errorf("port %s: a handshake for %q", port, name)
			default: // Apache has a default host, which has no page for anybody
				if status := statusOn(t, connection, host); status < http.StatusBadRequest {
					t.Errorf("port %s: %d for %q in a handshake for %q", port, status, host, name)
				}
			}
			_ = raw.Close()
		}
	}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		cache := tls.NewLRUClientSessionCache(4)
		name, _, _ := net.SplitHostPort(hostOf(b.CertificateHostFixed))
		config := &tls.Config{
			RootCAs: b.roots, ServerName: name, MinVersion: version, MaxVersion: version, ClientSessionCache: cache, NextProtos: []string{"h2", "http/1.1"},
		}
		for range 2 {
			raw, err := net.Dial("tcp", net.JoinHostPort(b.at, portOf(b.CertificateHostFixed)))
			if err != nil {
				t.Fatal(err)
			}
			connection := tls.Client(raw, config.Clone())
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.CertificateHostFixed+"/", nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Write(connection); err != nil {
				t.Fatal(err)
			}
			answer := make([]byte, 64)
			_, _ = connection.Read(answer) // a ticket would come before it
			state := connection.ConnectionState()
			if state.DidResume {
				t.Errorf("T11: TLS %x: a session is resumed", version)
			}
			if state.NegotiatedProtocol == "h2" {
				t.Errorf("HTTP/2 on the certificate host")
			}
			_ = raw.Close()
		}
	}
	// A kept connection would answer the next attempt with the certificate of this
	// one.
	name, _, _ := net.SplitHostPort(hostOf(b.CertificateHostFixed))
	connection, err := tls.Dial("tcp", net.JoinHostPort(b.at, portOf(b.CertificateHostFixed)), &tls.Config{
		RootCAs: b.roots, ServerName: name, MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{*b.certificate("alice")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if answer := ask(t, connection, b.CertificateHostFixed+"/api/mtls/attempt/x"); !answer.Close {
		t.Error("the connection is kept")
	}
	_ = connection.Close()
	if b.form == "nginx" { // error 497
		p := b.newPerson(nil)
		p.open(strings.Replace(b.CertificateHostFixed, "https:", "http:", 1) + "/api/mtls/attempt/x")
		if !strings.HasPrefix(p.page.url.String(), b.Issuer+"/") {
			t.Errorf("plain HTTP on the certificate host: %s", p.page)
		}
	}
	// Row S20 and S21.
	p := b.newPerson(b.certificate("alice"))
	p.open(b.CertificateHostFixed + "/profile")
	if p.page.status != http.StatusNotFound || strings.TrimSpace(p.page.text) != "mTLS endpoints only. Use port 443 for regular access." {
		t.Errorf("certificate host: %d %q", p.page.status, p.page.text)
	}
	p.open(b.Issuer + "/api/mtls/attempt/x")
	if p.page.status != http.StatusNotFound {
		t.Errorf("main site: %d", p.page.status)
	}
}
