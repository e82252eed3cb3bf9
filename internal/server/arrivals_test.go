package server

import (
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"signet/internal/iam"
	"signet/internal/method/certificate"
	"signet/internal/seal"
)

// behind is an installation behind a proxy with a secret, and in front of which
// 10.0.0.7 tells the client's address.
func behind(t *testing.T) *Server {
	t.Helper()
	key := make([]byte, seal.KeySize)
	_, _ = rand.Read(key)
	s, err := New(t.Context(), Options{
		Issuer: "https://id.example", DatabaseURL: "sqlite:" + filepath.Join(t.TempDir(), "signet.db"), MasterKey: key, Log: slog.New(slog.DiscardHandler),
		Listen: ":443", CertificateListen: ":3443", Certificates: certificate.Hosts{Fixed: "id.example:3443"},
		SiteCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, nil },
		Proxy:           Proxy{Listen: "127.0.0.1:8081", Secret: strings.Repeat("s", minSecret)},
		TrustedProxies:  []netip.Prefix{netip.MustParsePrefix("10.0.0.7/32")},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.DB.Close() })
	return s
}

// Which headers came to which listener, from whom, and what was made of them:
// names only, and nothing of what they said.
func TestHeadersThatArriveAreCounted(t *testing.T) {
	secret := strings.Repeat("s", minSecret)
	for name, c := range map[string]struct {
		on     string
		host   string
		from   string
		path   string
		header http.Header
		want   []string // listener peer kind outcome cause names
	}{
		"certificate headers to the main site": {"main", "id.example", "203.0.113.9:5", "/", http.Header{"X-Ssl-Client-Verify": {"SUCCESS"}, "X_SSL_CLIENT_DN": {"CN=secret name"}},
			[]string{"main 203.0.113.9 certificate ignored public X-SSL-Client-Verify,X_SSL_Client_DN"}},
		"names that strangers made up": {"main", "id.example", "203.0.113.9:5", "/", http.Header{"X-Ssl-Made-Up": {"1"}, "X-Ssl-Another": {"1"}},
			[]string{"main 203.0.113.9 certificate ignored public …"}},
		"the secret to the main site": {"main", "id.example", "203.0.113.9:5", "/", http.Header{certificate.SecretHeader: {secret}},
			[]string{"main 203.0.113.9 certificate ignored public X-Signet-Proxy-Secret"}},
		"the address from a stranger": {"main", "id.example", "203.0.113.9:5", "/", http.Header{"X-Forwarded-For": {"198.51.100.1"}},
			[]string{"main 203.0.113.9 forwarding ignored untrusted X-Forwarded-For"}},
		"the address from a trusted proxy": {"main", "id.example", "10.0.0.7:5", "/", http.Header{"X-Forwarded-For": {"198.51.100.1"}, "X-Real-Ip": {"198.51.100.1"}},
			[]string{"main 10.0.0.7 forwarding accepted chosen X-Forwarded-For", "main 10.0.0.7 forwarding ignored other X-Real-IP"}},
		"no address from a trusted proxy": {"main", "id.example", "10.0.0.7:5", "/", http.Header{"X-Forwarded-For": {"unknown"}},
			[]string{"main 10.0.0.7 forwarding ignored unread X-Forwarded-For"}},
		"the certificate host": {"certificate", "id.example:3443", "203.0.113.9:5", "/api/mtls/x", http.Header{"Client-Cert": {":AA==:"}, "Forwarded": {"for=198.51.100.1"}},
			[]string{"certificate 203.0.113.9 certificate ignored public Client-Cert", "certificate 203.0.113.9 forwarding ignored own_tls Forwarded"}},
		"the proxy without its secret": {"proxy", "id.example", "10.0.0.8:5", "/", http.Header{"X-Ssl-Client-Verify": {"SUCCESS"}, "X-Forwarded-For": {"198.51.100.1"}},
			[]string{"proxy 10.0.0.8 certificate refused no_secret X-SSL-Client-Verify", "proxy 10.0.0.8 forwarding refused no_secret X-Forwarded-For"}},
		"the proxy with a wrong secret": {"proxy", "id.example", "10.0.0.8:5", "/api/mtls/x", http.Header{certificate.SecretHeader: {secret + "x"}},
			[]string{"proxy 10.0.0.8 certificate refused wrong_secret X-Signet-Proxy-Secret"}},
		"the proxy for the main site": {"proxy", "id.example", "10.0.0.8:5", "/", http.Header{certificate.SecretHeader: {secret}, "X-Ssl-Client-Verify": {"NONE"}, "X-Forwarded-For": {"198.51.100.1"}},
			[]string{"proxy 10.0.0.8 certificate ignored main_site X-SSL-Client-Verify,X-Signet-Proxy-Secret", "proxy 10.0.0.8 forwarding accepted chosen X-Forwarded-For"}},
		"the proxy without an attempt": {"proxy", "id.example:3443", "10.0.0.8:5", "/api/mtls/x", http.Header{certificate.SecretHeader: {secret}},
			[]string{"proxy 10.0.0.8 certificate ignored no_attempt X-Signet-Proxy-Secret"}},
		"nothing of the kind": {"main", "id.example", "203.0.113.9:5", "/", http.Header{"Accept": {"*/*"}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := behind(t)
			r := httptest.NewRequest(http.MethodGet, "http://"+c.host+c.path, nil)
			r.RemoteAddr = c.from
			for name, values := range c.header {
				r.Header[name] = values
			}
			handler := map[string]http.Handler{"main": s.main.server.Handler, "certificate": s.certificateHost.server.Handler, "proxy": s.proxy.server.Handler}[c.on]
			if c.on == "certificate" {
				r.TLS = &tls.ConnectionState{ServerName: "id.example"}
			}
			handler.ServeHTTP(httptest.NewRecorder(), r)
			all, err := s.arrived(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, a := range all {
				got = append(got, fmt.Sprint(a.Listener, " ", a.Peer, " ", a.Kind, " ", a.Outcome, " ", a.Cause, " ", strings.Join(a.Headers, ",")))
				if text := fmt.Sprintf("%+v", a); strings.Contains(text, "198.51.100") || strings.Contains(text, "secret name") || strings.Contains(text, secret) || strings.Contains(strings.ToLower(text), "made-up") {
					t.Errorf("what was said is kept: %s", text)
				}
				if want := map[string]string{"main": ":443", "certificate": ":3443", "proxy": "127.0.0.1:8081"}[c.on]; a.Address != want || a.Count != 1 || a.Node == "" {
					t.Errorf("at %q of %q, %d times", a.Address, a.Node, a.Count)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("arrived\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

// Who comes from many addresses can neither fill the memory nor push out what
// others did.
func TestPeersAreBound(t *testing.T) {
	s := behind(t)
	send := func(handler http.Handler, from string, header http.Header) {
		r := httptest.NewRequest(http.MethodGet, "http://id.example/", nil)
		r.RemoteAddr, r.Header = from, header
		handler.ServeHTTP(httptest.NewRecorder(), r)
	}
	send(s.main.server.Handler, "10.0.0.7:5", http.Header{"X-Forwarded-For": {"198.51.100.1"}})
	for n := range 300 {
		send(s.main.server.Handler, fmt.Sprintf("203.0.%d.%d:5", n/200, n%200), http.Header{"X-Forwarded-For": {"198.51.100.1"}, "Client-Cert": {"x"}})
	}
	all, err := s.arrived(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	total, proxy, others := map[iam.ArrivalKind]int64{}, false, 0
	for _, a := range all {
		switch {
		case a.Outcome == iam.ArrivalAccepted:
			proxy = true
		default:
			total[a.Kind] += a.Count
		}
		if a.Peer == "" {
			others++
		}
	}
	if len(all) > 40 || !proxy || others != 2 || total[iam.ArrivalCertificate] != 300 || total[iam.ArrivalForwarding] != 300 {
		t.Errorf("%d rows, the proxy among them %v, %d for the others, %v counted", len(all), proxy, others, total)
	}
}
