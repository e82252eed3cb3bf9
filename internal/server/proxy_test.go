package server

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"signet/internal/cert/certtest"
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
		"pin of a key":                  {Proxy{Listen: "127.0.0.1:0", Pins: make([][32]byte, 1)}, true},
		"short secret and a pin":        {Proxy{Listen: "127.0.0.1:0", Secret: "short", Pins: make([][32]byte, 1)}, false},
		"unknown form":                  {Proxy{Listen: "unix:/run/x", Form: "squid"}, false},
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
		"the secret from the trusted address": {Proxy{Secret: secret, Trusted: loopback}, "127.0.0.1:9", []string{secret}, true},
		"the secret from another address":     {Proxy{Secret: secret, Trusted: loopback}, "127.0.0.2:9", []string{secret}, false},
		"a pin, and no TLS":                   {Proxy{Pins: make([][32]byte, 1), Trusted: loopback}, "127.0.0.1:9", nil, false},
		"nothing set":                         {Proxy{}, "127.0.0.1:9", []string{""}, false},
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

// TestT01ProofByKey: the connection itself proves who the proxy is.
func TestT01ProofByKey(t *testing.T) {
	ca := certtest.NewCA(t, certtest.CASpec{})
	proxy, stranger := ca.Issue(t, certtest.Spec{CN: "proxy"}), ca.Issue(t, certtest.Spec{CN: "proxy"})
	renewed := ca.TwinOf(t, proxy)
	secret := strings.Repeat("s", minSecret)
	p := Proxy{Pins: [][32]byte{{}, sha256.Sum256(proxy.Cert.RawSubjectPublicKeyInfo)}}
	both := p
	both.Secret = secret
	for name, c := range map[string]struct {
		proxy Proxy
		shown []*x509.Certificate
		sent  []string
		want  bool
	}{
		"the key":                                {p, []*x509.Certificate{proxy.Cert}, nil, true},
		"no certificate":                         {p, nil, nil, false},
		"another key under the same names":       {p, []*x509.Certificate{stranger.Cert}, nil, false},
		"a twin":                                 {p, []*x509.Certificate{renewed.Cert}, nil, false},
		"the proxy's certificate behind another": {p, []*x509.Certificate{stranger.Cert, proxy.Cert}, nil, false},
		"the key without the secret":             {both, []*x509.Certificate{proxy.Cert}, nil, false},
		"the secret without the key":             {both, nil, []string{secret}, false},
		"key and secret":                         {both, []*x509.Certificate{proxy.Cert}, []string{secret}, true},
	} {
		r := httptest.NewRequest(http.MethodGet, "https://id.example.org/", nil)
		r.TLS = &tls.ConnectionState{PeerCertificates: c.shown}
		r.Header[certificate.SecretHeader] = c.sent
		if got := c.proxy.proved(r); got != c.want {
			t.Errorf("%s: proved = %v", name, got)
		}
	}
}

// TestSocketIsForOneGroup: the permissions are the proof.
func TestSocketIsForOneGroup(t *testing.T) {
	path := filepath.Join(t.TempDir(), "proxy.sock")
	group := strconv.Itoa(os.Getgid())
	if os.Getuid() == 0 {
		group = "daemon"
	}
	for range 2 { // and again over what was left behind
		l, err := listen(t.Context(), "unix:"+path, group)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != 0o660 {
			t.Errorf("mode %o", got)
		}
		if wanted, err := user.LookupGroup(group); err == nil && strconv.Itoa(int(info.Sys().(*syscall.Stat_t).Gid)) != wanted.Gid {
			t.Errorf("it belongs to another group than %s", group)
		}
		if _, err := listen(t.Context(), "unix:"+path, group); err == nil {
			t.Error("the socket of a running program is taken away")
		}
		l.(*net.UnixListener).SetUnlinkOnClose(false)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := listen(t.Context(), "unix:"+path+"2", "no-such-group"); err == nil {
		t.Error("an unknown group is no error")
	}
	if _, err := os.Lstat(path + "2"); err == nil {
		t.Error("a socket that could not be restricted is still there")
	}
	if err := os.WriteFile(path+"3", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := listen(t.Context(), "unix:"+path+"3", ""); err == nil {
		t.Error("a file is taken away for a socket")
	}
}
