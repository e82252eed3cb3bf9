package server

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"signet/internal/method/certificate"
)

// TestT03NoProxyWithoutProof: header mode does not start without one
// (CVE-2024-10039).
func TestT03NoProxyWithoutProof(t *testing.T) {
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	long := strings.Repeat("s", minSecret)
	for name, c := range map[string]struct {
		proxy Proxy
		ok    bool
	}{
		"nothing":                       {Proxy{Listen: "127.0.0.1:0"}, false},
		"short secret":                  {Proxy{Listen: "127.0.0.1:0", Secret: "short"}, false},
		"short secret, trusted address": {Proxy{Listen: "127.0.0.1:0", Secret: "short", Trusted: loopback}, false},
		"short secret on a socket":      {Proxy{Listen: "unix:/run/x", Secret: "short"}, false},
		"secret":                        {Proxy{Listen: "127.0.0.1:0", Secret: long}, true},
		"trusted address":               {Proxy{Listen: "127.0.0.1:0", Trusted: loopback}, true},
		"socket":                        {Proxy{Listen: "unix:/run/x"}, true},
	} {
		if err := c.proxy.check(); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestT01ProofOfTheHop: whoever has no proof is not the proxy, whatever the
// other headers say.
func TestT01ProofOfTheHop(t *testing.T) {
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	secret := strings.Repeat("s", minSecret)
	for name, c := range map[string]struct {
		proxy Proxy
		from  string
		sent  []string
		want  bool
	}{
		"the secret":                          {Proxy{Secret: secret}, "192.0.2.1:9", []string{secret}, true},
		"no secret":                           {Proxy{Secret: secret}, "127.0.0.1:9", nil, false},
		"a wrong secret":                      {Proxy{Secret: secret}, "127.0.0.1:9", []string{secret + "x"}, false},
		"an empty secret":                     {Proxy{Secret: secret}, "127.0.0.1:9", []string{""}, false},
		"the secret twice":                    {Proxy{Secret: secret}, "127.0.0.1:9", []string{secret, secret}, false},
		"no secret from a trusted address":    {Proxy{Secret: secret, Trusted: loopback}, "127.0.0.1:9", nil, false},
		"no secret on the socket":             {Proxy{Secret: secret, Listen: "unix:/run/x"}, "@", nil, false},
		"the socket":                          {Proxy{Listen: "unix:/run/x"}, "@", nil, true},
		"a trusted address":                   {Proxy{Trusted: loopback}, "127.0.0.1:9", nil, true},
		"a trusted address, as IPv6 says it":  {Proxy{Trusted: loopback}, "[::ffff:127.0.0.1]:9", nil, true},
		"another address":                     {Proxy{Trusted: loopback}, "127.0.0.2:9", nil, false},
		"another address that says otherwise": {Proxy{Trusted: loopback}, "192.0.2.1:9", nil, false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.from
		r.Header.Set("X-Forwarded-For", "127.0.0.1")
		r.Header[certificate.SecretHeader] = c.sent
		if got := c.proxy.proved(r); got != c.want {
			t.Errorf("%s: proved = %v", name, got)
		}
	}
}
