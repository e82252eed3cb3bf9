package proxyconfig_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"signet/internal/method/certificate"
	"signet/internal/proxyconfig"
)

// variants are installations that differ in what templates branch on.
func variants() map[string]proxyconfig.Settings {
	usual := proxyconfig.Settings{
		Issuer: "id.example.org", Hosts: []string{"*.cert.id.example.org:3443", "id.example.org:3443"}, Backend: "127.0.0.1:3080",
		Secret: strings.Repeat("s", 32), AddressHeader: "x-forwarded-for", Clear: certificate.HeaderNames(), HTTPPort: "80",
		Files: proxyconfig.Files{
			SiteCert: "/etc/signet/site.pem", SiteKey: "/etc/signet/site-key.pem", HostCert: "/etc/signet/host.pem", HostKey: "/etc/signet/host-key.pem",
			ClientCAs: "/etc/signet/client-cas.pem", ProxyCert: "/etc/signet/proxy.pem", ProxyKey: "/etc/signet/proxy-key.pem", SignetCA: "/etc/signet/ca.pem",
		},
	}
	change := func(change func(*proxyconfig.Settings)) proxyconfig.Settings {
		s := usual
		change(&s)
		return s
	}
	return map[string]proxyconfig.Settings{
		"usual":          usual,
		"wildcard alone": change(func(s *proxyconfig.Settings) { s.Hosts = s.Hosts[:1] }),
		"fixed alone":    change(func(s *proxyconfig.Settings) { s.Hosts = s.Hosts[1:] }),
		"shared port":    change(func(s *proxyconfig.Settings) { s.Hosts = []string{"*.cert.id.example.org", "cert.example.org"} }),
		"pool": change(func(s *proxyconfig.Settings) {
			s.Hosts = []string{"a.example.org:3443", "b.example.org:3443", "c.example.org:3443"}
		}),
		"pinned":       change(func(s *proxyconfig.Settings) { s.Secret, s.Pinned = "", true }),
		"both":         change(func(s *proxyconfig.Settings) { s.Pinned = true }),
		"socket":       change(func(s *proxyconfig.Settings) { s.Secret, s.Backend = "", "unix:/run/signet/proxy.sock" }),
		"address only": change(func(s *proxyconfig.Settings) { s.Secret = "" }),
		"no HTTP":      change(func(s *proxyconfig.Settings) { s.HTTPPort = "" }),
		"one address":  change(func(s *proxyconfig.Settings) { s.Address = "192.0.2.7" }),
		"IPv6":         change(func(s *proxyconfig.Settings) { s.Address, s.Backend = "2001:db8::7", "[::1]:3080" }),
		"Forwarded":    change(func(s *proxyconfig.Settings) { s.AddressHeader = "forwarded" }),
		"X-Real-IP":    change(func(s *proxyconfig.Settings) { s.AddressHeader = "x-real-ip" }),
		"every host":   change(func(s *proxyconfig.Settings) { s.Backend = ":3080" }),
	}
}

// TestEveryConfigurationIsWhole: each has what keeps strangers out, in every
// variant, and nothing of a template is left in it.
func TestEveryConfigurationIsWhole(t *testing.T) {
	for _, proxy := range proxyconfig.Names() {
		for name, s := range variants() {
			text, err := proxyconfig.Write(proxy, s)
			switch {
			case proxy == "haproxy" && name == "shared port":
				if !errors.Is(err, proxyconfig.ErrSharedPort) {
					t.Errorf("%s, %s: %v", proxy, name, err)
				}
				continue
			case proxy == "traefik" && name == "socket":
				if !errors.Is(err, proxyconfig.ErrSocket) {
					t.Errorf("%s, %s: %v", proxy, name, err)
				}
				continue
			case err != nil:
				t.Fatalf("%s, %s: %v", proxy, name, err)
			}
			for what, want := range map[string]bool{
				"<no value>": false, "{{": false, "/api/mtls": true, s.Files.ClientCAs: true, s.Files.SiteCert: true, s.Files.HostCert: true,
				s.Files.SignetCA: s.Pinned, "signet client-cas": true,
			} {
				if strings.Contains(text, what) != want {
					t.Errorf("%s, %s: %q is there: %v\n%s", proxy, name, what, !want, text)
				}
			}
			if s.Secret != "" && !strings.Contains(text, s.Secret) {
				t.Errorf("%s, %s: no proof", proxy, name)
			}
			for _, header := range []string{"X-Forwarded-Client-Cert", "Client-Cert", "X-SSL-Client-Verify"} {
				sanitized := proxy == "envoy" && strings.Count(text, "forward_client_cert_details: SANITIZE") == 2
				if !strings.Contains(text, header) && !sanitized {
					t.Errorf("%s, %s: %s is not cleared", proxy, name, header)
				}
			}
		}
	}
}

// TestProxiesUnderstandThem asks the programs themselves.
func TestProxiesUnderstandThem(t *testing.T) {
	for proxy, check := range map[string]func(file string) *exec.Cmd{
		"nginx": func(file string) *exec.Cmd {
			return exec.Command("nginx", "-t", "-q", "-p", filepath.Dir(file), "-c", filepath.Base(file), "-e", "stderr")
		},
		"caddy": func(file string) *exec.Cmd {
			return exec.Command("caddy", "adapt", "--adapter", "caddyfile", "--config", file)
		},
		"haproxy": func(file string) *exec.Cmd { return exec.Command("haproxy", "-c", "-q", "-f", file) },
		"apache2": func(file string) *exec.Cmd {
			return exec.Command("apache2", "-t", "-d", filepath.Dir(file), "-f", file)
		},
		"envoy": func(file string) *exec.Cmd { return exec.Command("envoy", "--mode", "validate", "-c", file) },
	} {
		t.Run(proxy, func(t *testing.T) {
			t.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin")
			if _, err := exec.LookPath(proxy); err != nil {
				t.Skipf("%s is not installed", proxy)
			}
			pair := keyPair(t)
			for name, s := range variants() {
				dir := t.TempDir()
				for _, path := range []*string{
					&s.Files.SiteCert, &s.Files.SiteKey, &s.Files.HostCert, &s.Files.HostKey, &s.Files.ClientCAs, &s.Files.ProxyCert, &s.Files.ProxyKey, &s.Files.SignetCA,
				} {
					*path = filepath.Join(dir, "all.pem")
				}
				write(t, filepath.Join(dir, "all.pem"), pair)
				if s.Address != "" {
					s.Address = "127.0.0.1"
				}
				text, err := proxyconfig.Write(strings.TrimSuffix(proxy, "2"), s)
				if errors.Is(err, proxyconfig.ErrSharedPort) {
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				if proxy == "nginx" {
					text = "pid nginx.pid;\nevents {}\nhttp {\n access_log off; client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;\n" + text + "}\n"
				}
				if proxy == "apache2" {
					text = apacheModules + text
				}
				file := filepath.Join(dir, "signet.yaml") // Envoy goes by the ending
				write(t, file, []byte(text))
				if out, err := check(file).CombinedOutput(); err != nil && !strings.Contains(string(out), "bind()") {
					t.Errorf("%s: %v\n%s", name, err, out)
				}
			}
		})
	}
}

// TestTraefik could not be run here: its file is read as TOML, and what keeps
// strangers out is looked for.
func TestTraefik(t *testing.T) {
	for name, s := range variants() {
		if name == "socket" {
			continue
		}
		text, err := proxyconfig.Write("traefik", s)
		if err != nil {
			t.Fatal(err)
		}
		var config struct {
			TLS struct {
				Options map[string]struct {
					SniStrict, DisableSessionTickets bool
					AlpnProtocols                    []string
					ClientAuth                       struct {
						ClientAuthType string
						CAFiles        []string `toml:"caFiles"`
					}
				}
			}
			HTTP struct {
				Routers map[string]struct {
					Rule, Service            string
					EntryPoints, Middlewares []string
					TLS                      struct{ Options string }
				}
				Middlewares map[string]struct {
					Headers           struct{ CustomRequestHeaders map[string]string }
					PassTLSClientCert struct{ Pem bool }
				}
			}
		}
		if err := toml.Unmarshal([]byte(text), &config); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		// The default options are the certificate host's: no rule gives options to a
		// wildcard.
		host, site := config.TLS.Options["default"], config.TLS.Options["signet-site"]
		if !host.SniStrict || !host.DisableSessionTickets || host.ClientAuth.ClientAuthType != "RequestClientCert" || len(host.ClientAuth.CAFiles) != 1 || host.AlpnProtocols[0] != "http/1.1" {
			t.Errorf("%s: the certificate host: %+v", name, host)
		}
		if !site.SniStrict || !site.DisableSessionTickets || site.ClientAuth.ClientAuthType != "" {
			t.Errorf("%s: the main site: %+v", name, site)
		}
		for router, options := range map[string]string{"signet-site": "signet-site", "signet-certificates": "default"} {
			if got := config.HTTP.Routers[router].TLS.Options; got != options {
				t.Errorf("%s: %s has the TLS options %q", name, router, got)
			}
		}
		clear := config.HTTP.Middlewares["signet-clear"].Headers.CustomRequestHeaders
		for _, header := range certificate.HeaderNames() {
			if value, there := clear[header]; (!there || value != "") && header != certificate.SecretHeader {
				t.Errorf("%s: %s is not cleared", name, header)
			}
		}
		for router, r := range config.HTTP.Routers {
			if r.Middlewares[0] != "signet-clear" || !slices.Contains(r.Middlewares, "signet-proof") {
				t.Errorf("%s: %s goes through %v", name, router, r.Middlewares)
			}
		}
		if rule := config.HTTP.Routers["signet-certificates"].Rule; name == "usual" && rule != "Host(`id.example.org`) || HostRegexp(`^[a-z2-7]{26}\\.cert\\.id\\.example\\.org$`)" {
			t.Errorf("%s: %s", name, rule)
		}
		if !config.HTTP.Middlewares["signet-certificate"].PassTLSClientCert.Pem {
			t.Errorf("%s: the certificate is not forwarded", name)
		}
	}
}

// TestNothingBecomesSomethingElse: no value ends a text or begins another.
func TestNothingBecomesSomethingElse(t *testing.T) {
	for _, evil := range []string{"a b", "a;b", `a"b`, "a'b", "a{b", "a}b", "a$b", `a\b`, "a#b", "a\nb", "a`b", "a(b", "é", "a&b", "a|b", "a<b"} {
		for what, change := range map[string]func(*proxyconfig.Settings){
			"issuer": func(s *proxyconfig.Settings) { s.Issuer = evil }, "host": func(s *proxyconfig.Settings) { s.Hosts = []string{evil} },
			"secret": func(s *proxyconfig.Settings) { s.Secret = evil }, "file": func(s *proxyconfig.Settings) { s.Files.HostKey = evil },
			"backend": func(s *proxyconfig.Settings) { s.Backend = "unix:/" + evil }, "address": func(s *proxyconfig.Settings) { s.Address = evil },
		} {
			s := variants()["usual"]
			change(&s)
			if _, err := proxyconfig.Write("nginx", s); err == nil {
				t.Errorf("%s %q is written", what, evil)
			} else if what == "secret" && strings.Contains(err.Error(), evil) {
				t.Errorf("the error tells the secret: %v", err)
			}
		}
	}
	s := variants()["usual"]
	s.Hosts = []string{"a.example.org:1", "b.example.org:2"}
	if _, err := proxyconfig.Write("nginx", s); !errors.Is(err, proxyconfig.ErrPorts) {
		t.Errorf("two ports: %v", err)
	}
	s.Hosts = nil
	if _, err := proxyconfig.Write("nginx", s); err == nil {
		t.Error("no name is written")
	}
	if _, err := proxyconfig.Write("squid", variants()["usual"]); err == nil {
		t.Error("an unknown proxy is written")
	}
}

const apacheModules = `
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so
LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so
ServerName localhost
PidFile apache.pid
ErrorLog /dev/stderr
`

func write(t *testing.T, file string, content []byte) {
	t.Helper()
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestT05EveryLocationClearsWhatClientsSend (GHSA-4w7q-wwx4-6973): nginx takes the headers
// that a server sets only into locations that set none themselves. Whatever leads to
// Signet says of each header of a certificate what it is, or that it is empty.
func TestT05EveryLocationClearsWhatClientsSend(t *testing.T) {
	for name, s := range variants() {
		text, err := proxyconfig.Write("nginx", s)
		if err != nil {
			t.Fatal(err)
		}
		leading := 0
		for _, location := range strings.Split(text, "\n    location ")[1:] {
			location, _, _ = strings.Cut(location, "\n    }")
			if !strings.Contains(location, "proxy_pass ") {
				continue
			}
			leading++
			for _, header := range s.Clear {
				// nginx drops the twins with underscores (underscores_in_headers).
				if !strings.Contains(header, "_") && !strings.Contains(strings.ToLower(location), "proxy_set_header "+strings.ToLower(header)+" ") {
					t.Errorf("%s: a location does not set %s:\n%s", name, header, location)
				}
			}
		}
		if leading < 3 {
			t.Errorf("%s: %d locations lead to Signet", name, leading)
		}
		if strings.Count(text, "underscores_in_headers off") < 1 || strings.Contains(text, "underscores_in_headers on") {
			t.Errorf("%s: names with underscores pass", name)
		}
	}
}
