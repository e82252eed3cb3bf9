package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// parse reads settings as the program does.
func parse(t *testing.T, args ...string) (Server, error) {
	t.Helper()
	var cli struct {
		Config kong.ConfigFlag
		Serve  struct {
			Server `embed:""`
		} `cmd:""`
		Other struct {
			Port int
		} `cmd:""`
	}
	parser, err := kong.New(&cli, kong.Configuration(Load), kong.Exit(func(int) {}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(append([]string{"serve"}, args...)); err != nil {
		return Server{}, err
	}
	return cli.Serve.Server, cli.Serve.Check()
}

func TestWrongSettings(t *testing.T) {
	const issuer = "--issuer=https://id.example.org"
	for _, c := range []struct {
		name string
		args []string
		says []string // the setting, the value, what is allowed
	}{
		{"no issuer", nil, []string{"--issuer", "not set", "https://name"}},
		{"issuer without TLS", []string{"--issuer=http://id.example.org"}, []string{"--issuer", `"http://id.example.org"`, "https://name"}},
		{"issuer with a path", []string{"--issuer=https://example.org/id"}, []string{"--issuer", "without a path"}},
		{"issuer in upper case", []string{"--issuer=https://ID.example.org"}, []string{"--issuer", `"https://ID.example.org"`}},
		{"issuer with the port of https", []string{"--issuer=https://id.example.org:443"}, []string{"--issuer", "443 is left out"}},
		{"issuer with a user", []string{"--issuer=https://a@id.example.org"}, []string{"--issuer"}},
		{"listen without port", []string{issuer, "--listen=127.0.0.1"}, []string{"--listen", `"127.0.0.1"`, "such as 127.0.0.1:8443"}},
		{"listen on a name", []string{issuer, "--listen=example.org:443"}, []string{"--listen", `"example.org:443"`}},
		{"listen on no port", []string{issuer, "--listen=:66000"}, []string{"--listen", `":66000"`}},
		{"one address for both", []string{issuer, "--listen=:443", "--certificate-listen=:443"}, []string{"--certificate-listen", `":443"`, "another"}},
		{"wildcard without star", []string{issuer, "--certificate-wildcard=cert.example.org"}, []string{"--certificate-wildcard", "*.cert.id.example.org"}},
		{"wildcard of everything", []string{issuer, "--certificate-wildcard=*.org"}, []string{"--certificate-wildcard", `"*.org"`}},
		{"wildcard that covers the issuer", []string{issuer, "--certificate-wildcard=*.example.org:3443"}, []string{"--certificate-wildcard", "do not cover"}},
		{"certificate host where the site is", []string{issuer, "--certificate-fixed=id.example.org"}, []string{"--certificate-fixed", "another name or another port"}},
		{"pool where the site is", []string{"--issuer=https://id.example.org:8443", "--certificate-pool=a.example.org,id.example.org:8443"}, []string{"--certificate-pool", `"id.example.org:8443"`}},
		{"certificate without key", []string{issuer, "--tls-cert=a.pem"}, []string{"--tls-key", "not set", "--tls-cert"}},
		{"key without certificate", []string{issuer, "--certificate-tls-key=a.pem"}, []string{"--certificate-tls-cert", "not set"}},
		{"one certificate for other names", []string{issuer, "--tls-cert=a.pem", "--tls-key=b.pem", "--certificate-fixed=cert.example.org"}, []string{"--certificate-tls-cert", "names"}},
		{"proxy that is a name", []string{issuer, "--trusted-proxies=proxy"}, []string{"--trusted-proxies", `"proxy"`, "10.0.0.0/8"}},
		{"proxy network with host bits", []string{issuer, "--trusted-proxies=10.1.2.3/8"}, []string{"--trusted-proxies", `"10.1.2.3/8"`}},
		{"unknown database", []string{issuer, "--database=mysql://root:geheim@db/x"}, []string{"--database", `"mysql:…"`, "postgres://"}},
		{"unknown level", []string{issuer, "--log-level=loud"}, []string{"--log-level", `"loud"`, `"debug"`}},
		{"unknown synchronous", []string{issuer, "--synchronous=OFF"}, []string{"--synchronous", `"OFF"`, `"FULL"`}},
		{"two master keys", []string{issuer, "--master-key=x", "--master-key-file=y"}, []string{"--master-key-file", "only one"}},
		{"session of a second", []string{issuer, "--session-life=1s"}, []string{"--session-life", `"1s"`, "12h"}},
		{"T3 proxy that proves nothing", []string{issuer, "--proxy-listen=127.0.0.1:3080"}, []string{"--proxy-secret-file", "not set", "--proxy-trusted-address"}},
		{"proxy listener without place", []string{issuer, "--proxy-secret=0123456789012345678901234567"}, []string{"--proxy-listen", "not set"}},
		{"proxy listener on a relative socket", []string{issuer, "--proxy-listen=unix:x.sock"}, []string{"--proxy-listen", "unix:/run/"}},
		{"metrics for everybody", []string{issuer, "--metrics-listen=:9464"}, []string{"--metrics-listen", "private network"}},
		{"metrics for the Internet", []string{issuer, "--metrics-listen=192.0.2.1:9464"}, []string{"--metrics-listen", "private network"}},
		{"metrics on every address", []string{issuer, "--metrics-listen=[::]:9464"}, []string{"--metrics-listen", "private network"}},
		{"two secrets of a proxy", []string{issuer, "--proxy-listen=:1", "--proxy-secret=x", "--proxy-secret-file=y"}, []string{"--proxy-secret-file", "only one"}},
		{"pin that is no hash", []string{issuer, "--proxy-listen=:1", "--proxy-key-pin=abcd"}, []string{"--proxy-key-pin", `"abcd"`, "64 hexadecimal digits"}},
		{"unknown form", []string{issuer, "--proxy-headers=squid"}, []string{"--proxy-headers", `"squid"`, `"haproxy"`}},
		{"group without socket", []string{issuer, "--proxy-listen=:1", "--proxy-trusted-address=::1", "--proxy-socket-group=www-data"}, []string{"--proxy-socket-group", "Unix socket"}},
		{"unknown header of addresses", []string{issuer, "--client-address-header=x-client-ip"}, []string{"--client-address-header", `"x-forwarded-for"`}},
		{"session of no length", []string{issuer, "--session-life=long"}, []string{"--session-life", `"long"`, "allowed", "12h"}},
		{"days", []string{issuer, "--event-retention=30d"}, []string{"--event-retention", `"30d"`, "hours", "1h30m"}},
		{"rate that is no number", []string{issuer, "--sign-in-rate=many"}, []string{"--sign-in-rate", `"many"`, "such as 600"}},
		{"negative rate", []string{issuer, "--sign-in-rate=-1"}, []string{"--sign-in-rate", `"-1"`, "such as 600"}},
		{"negative HSTS", []string{issuer, "--hsts=-1h"}, []string{"--hsts", "0s"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := parse(t, c.args...)
			if err == nil {
				t.Fatalf("%v is accepted", c.args)
			}
			for _, part := range c.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the error does not say %s: %v", part, err)
				}
			}
			if strings.Contains(err.Error(), "geheim") {
				t.Errorf("the error tells a password: %v", err)
			}
		})
	}
}

func TestDefaults(t *testing.T) {
	s, err := parse(t, "--issuer=https://id.example.org/")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, got, want string }{
		{"issuer without slash", string(s.Issuer), "https://id.example.org"},
		{"listen", string(s.Listen), ":8443"},
		{"database", s.URL(), "sqlite:" + filepath.Join("signet-data", "signet.db")},
		{"synchronous", s.Synchronous, "NORMAL"},
		{"certificate host", s.FixedHost(), "id.example.org:3443"},
		{"names of its certificate", strings.Join(s.CertificateNames(), " "), "id.example.org"},
		{"session", s.SessionLife.String(), "12h0m0s"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.got, c.want)
		}
	}
	if !s.SharesName() {
		t.Error("the certificate host has the issuer's name")
	}
}

func TestCertificateHosts(t *testing.T) {
	for _, c := range []struct {
		name   string
		args   []string
		fixed  string
		names  string
		shares bool
	}{
		{"standard port", []string{"--certificate-listen=:443"}, "id.example.org", "id.example.org", true},
		{"wildcard alone", []string{"--certificate-wildcard=*.cert.example.org"}, "", "*.cert.example.org", false},
		{"wildcard and fixed", []string{"--certificate-wildcard=*.cert.example.org", "--certificate-fixed=id.example.org:3443"}, "id.example.org:3443", "*.cert.example.org id.example.org", false},
		{"pool", []string{"--certificate-pool=a.example.org:1,id.example.org:2"}, "", "a.example.org id.example.org", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := parse(t, append(c.args, "--issuer=https://id.example.org:8443")...)
			if err != nil {
				t.Fatal(err)
			}
			if got := s.FixedHost(); got != c.fixed {
				t.Errorf("fixed host %q, want %q", got, c.fixed)
			}
			if got := strings.Join(s.CertificateNames(), " "); got != c.names {
				t.Errorf("names %q, want %q", got, c.names)
			}
			if s.SharesName() != c.shares {
				t.Errorf("shares the issuer's name: %v", s.SharesName())
			}
		})
	}
}

func TestSourcesWinInOrder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "signet.toml")
	text := "issuer = 'https://file.example.org'\nbrand = 'From file'\nlog-level = 'debug'\ntrusted-proxies = ['10.0.0.0/8', '::1']\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SIGNET_BRAND", "From environment")
	t.Setenv("SIGNET_LOG_LEVEL", "warn")
	s, err := parse(t, "--config="+file, "--log-level=error")
	if err != nil {
		t.Fatal(err)
	}
	if s.Issuer != "https://file.example.org" || s.Brand != "From environment" || s.LogLevel != "error" {
		t.Errorf("issuer %q, brand %q, level %q", s.Issuer, s.Brand, s.LogLevel)
	}
	if p := s.Proxies(); len(p) != 2 || p[0].String() != "10.0.0.0/8" || p[1].String() != "::1/128" {
		t.Errorf("proxies %v", p)
	}
}

func TestWrongFile(t *testing.T) {
	for _, c := range []struct{ name, text, says string }{
		{"misspelt name", "isuer = 'https://id.example.org'", `"isuer"`},
		{"flag of another command", "port = 1", `"port"`},
		{"the file itself", "config = 'x'", `"config"`},
		{"table", "[issuer]\na = 1", "issuer"},
		{"broken", "issuer = ", "signet.toml:1:"},
		{"wrong value", "issuer = 'nonsense'", `"nonsense"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "signet.toml")
			if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := parse(t, "--config="+file, "--issuer=https://id.example.org")
			if c.name == "wrong value" {
				_, err = parse(t, "--config="+file)
			}
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("the error does not say %s: %v", c.says, err)
			}
		})
	}
	if _, err := parse(t, "--config=/does/not/exist.toml"); err == nil {
		t.Error("a file that is not there is no error")
	}
}
