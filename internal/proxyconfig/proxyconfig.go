// Package proxyconfig writes configurations of proxies that end TLS in front of
// Signet: the main site, the certificate host, and what both owe each other,
// which is more than one remembers (T4, T8, T11). Each proxy has a template; the
// tests of e2e run what comes out and attack it on every listener.
//
// It knows nothing of Signet but what Settings say.
package proxyconfig

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"text/template"
)

//go:embed templates
var templates embed.FS

// Settings are those of the running installation, and where the proxy finds its
// files.
type Settings struct {
	// Issuer is the main site as browsers reach it: a name, and a port unless that
	// is 443.
	Issuer string
	// Hosts are the names of the certificate host in the same form, one of which
	// may begin with "*.".
	Hosts []string
	// Backend is Signet's proxy listener: an address and a port, or "unix:" and the
	// path of a socket.
	Backend string
	// Secret proves the proxy, if set; Pinned says that its own certificate does,
	// and that the listener speaks TLS.
	Secret string
	Pinned bool
	// AddressHeader is the header in which Signet reads the client's address.
	AddressHeader string
	// Clear are the headers that nobody but the proxy may send.
	Clear []string

	// Address is where the proxy listens; on every address where empty.
	Address string
	// HTTPPort is the port of plain HTTP, which leads to the main site; none where
	// empty.
	HTTPPort string
	Files    Files
}

// Files are paths on the proxy's machine.
type Files struct {
	SiteCert, SiteKey   string
	HostCert, HostKey   string
	ClientCAs           string
	ProxyCert, ProxyKey string // the proxy's own, where it is pinned
	SignetCA            string // whom it believes about Signet then
}

// Names returns the proxies that there are templates for.
func Names() []string { return []string{"nginx", "haproxy", "apache", "traefik", "caddy", "envoy"} }

// The errors of settings that a proxy cannot do.
var (
	ErrPorts      = errors.New("the names of the certificate host have several ports; a configuration is written for one")
	ErrSharedPort = errors.New("HAProxy asks for certificates by port and not by name: give the certificate host a port or an address of its own")
	ErrSocket     = errors.New("a Unix socket is nothing that Traefik can deliver to: let --proxy-listen be an address, with a secret")
)

// Write returns the configuration of a proxy.
func Write(proxy string, s Settings) (string, error) {
	v, err := s.view()
	if err != nil {
		return "", err
	}
	switch {
	case !slices.Contains(Names(), proxy):
		return "", fmt.Errorf("there is no template for %q", proxy)
	case proxy == "haproxy" && v.CertificatePort == v.SitePort:
		return "", ErrSharedPort
	case proxy == "traefik" && v.Socket != "":
		return "", ErrSocket
	}
	pages, err := template.New("").Funcs(template.FuncMap{"join": strings.Join, "pattern": pattern, "serverName": serverName}).ParseFS(templates, "templates/*.tmpl")
	if err != nil {
		return "", fmt.Errorf("read templates: %w", err)
	}
	var out bytes.Buffer
	if err := pages.ExecuteTemplate(&out, proxy+".tmpl", v); err != nil {
		return "", fmt.Errorf("write configuration: %w", err)
	}
	return out.String(), nil
}

// pattern is a name in a regular expression in a string of TOML.
func pattern(name string) string {
	return strings.ReplaceAll(regexp.QuoteMeta(name), `\`, `\\`)
}

// serverName is a name without wildcard, as Apache's ServerName must be.
func serverName(name string) string { return strings.Replace(name, "*.", "any.", 1) }

// view is what the templates see.
type view struct {
	Settings
	SiteName, SitePort string
	CertificatePort    string
	Names              []string // of the certificate host
	Fixed              []string // those without a wildcard
	Wildcard           string   // without its "*.", or ""
	Socket             string   // path of the backend's socket, or ""
	BackendHost        string
	BackendPort        string
}

// plain is what needs no quotes in any of the languages, so that no value can
// become something else in one of them.
var plain = regexp.MustCompile(`^[A-Za-z0-9_./@%+=:,~*\[\]-]*$`)

func (s Settings) view() (view, error) {
	for _, text := range append([]string{s.Issuer, s.Backend, s.Secret, s.Address, s.HTTPPort, s.Files.SiteCert, s.Files.SiteKey, s.Files.HostCert, s.Files.HostKey,
		s.Files.ClientCAs, s.Files.ProxyCert, s.Files.ProxyKey, s.Files.SignetCA}, s.Hosts...) {
		if !plain.MatchString(text) {
			if text == s.Secret {
				text = "the secret"
			}
			return view{}, fmt.Errorf("%q has characters that mean something to a proxy; letters, digits and ./_-+=~ do not (a secret: openssl rand -hex 32)", text)
		}
	}
	if len(s.Hosts) == 0 {
		return view{}, errors.New("the certificate host has no name")
	}
	v := view{Settings: s}
	if s.Secret != "" { // it is overwritten
		v.Clear = slices.DeleteFunc(slices.Clone(s.Clear), func(name string) bool { return name == "X-Signet-Proxy-Secret" })
	}
	v.SiteName, v.SitePort = split(s.Issuer)
	for i, host := range s.Hosts {
		name, port := split(host)
		if i > 0 && port != v.CertificatePort {
			return view{}, ErrPorts
		}
		v.CertificatePort = port
		v.Names = append(v.Names, name)
		if base, wild := strings.CutPrefix(name, "*."); wild {
			v.Wildcard = base
		} else {
			v.Fixed = append(v.Fixed, name)
		}
	}
	if path, ok := strings.CutPrefix(s.Backend, "unix:"); ok {
		v.Socket = path
		return v, nil
	}
	host, port, err := net.SplitHostPort(s.Backend)
	if err != nil {
		return view{}, fmt.Errorf("read the address of the proxy listener: %w", err)
	}
	if host == "" || host == "0.0.0.0" || host == "::" {
		host = "127.0.0.1"
	}
	v.BackendHost, v.BackendPort, v.Backend = host, port, net.JoinHostPort(host, port)
	return v, nil
}

// split returns name and port of a host as browsers see it.
func split(host string) (name, port string) {
	if name, port, err := net.SplitHostPort(host); err == nil {
		return name, port
	}
	return host, "443"
}

// Listen is an address with a port, as nginx, Caddy and Traefik want it.
func (v view) Listen(port string) string {
	if v.Address == "" {
		return port
	}
	return net.JoinHostPort(v.Address, port)
}

// ListenAll is an address with a port, where nothing stands for every address.
func (v view) ListenAll(every, port string) string {
	if v.Address != "" {
		every = v.Address
	}
	return net.JoinHostPort(every, port)
}

// SharedPort reports whether certificates are asked for where the main site is.
func (v view) SharedPort() bool { return v.CertificatePort == v.SitePort }

// Scheme is how the proxy speaks to Signet.
func (v view) Scheme() string {
	if v.Pinned {
		return "https"
	}
	return "http"
}

// AddressHeaderName is the header for the client's address.
func (v view) AddressHeaderName() string {
	return map[string]string{"": "X-Forwarded-For", "x-forwarded-for": "X-Forwarded-For", "x-real-ip": "X-Real-IP", "forwarded": "Forwarded"}[v.AddressHeader]
}

// OtherAddressHeaders are those that are read by nobody, and must not look as if.
func (v view) OtherAddressHeaders() []string {
	return slices.DeleteFunc([]string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP"}, func(name string) bool { return name == v.AddressHeaderName() })
}

// ClearBut returns the headers to clear without those that the proxy sets.
func (v view) ClearBut(set ...string) []string {
	return slices.DeleteFunc(slices.Clone(v.Clear), func(name string) bool { return slices.Contains(set, name) })
}

// HyphenatedBut is ClearBut for proxies that let no name with an underscore
// pass.
func (v view) HyphenatedBut(set ...string) []string {
	return slices.DeleteFunc(v.ClearBut(set...), func(name string) bool { return strings.Contains(name, "_") })
}

// Underscored are the spellings of the headers to clear that another server
// takes for them (CVE-2025-64484).
func (v view) Underscored() []string {
	var names []string
	for _, name := range v.Clear {
		if twin := strings.ReplaceAll(name, "-", "_"); twin != name {
			names = append(names, twin)
		}
	}
	return names
}

// AddressOr is the proxy's address.
func (v view) AddressOr(every string) string { return cmp.Or(v.Address, every) }

// Named reports whether the backend is known by a name and not an address.
func (v view) Named() bool {
	_, err := netip.ParseAddr(v.BackendHost)
	return v.Socket == "" && err != nil
}

// ApachePorts are those that Debian's ports.conf does not listen on.
func (v view) ApachePorts() []string {
	var listen []string
	for _, port := range []string{v.HTTPPort, v.SitePort, v.CertificatePort} {
		if port != "" && port != "80" && port != "443" && !slices.Contains(listen, v.Listen(port)) {
			listen = append(listen, v.Listen(port))
		}
	}
	return listen
}

// ApacheDefaults are the addresses that need a default host.
func (v view) ApacheDefaults() []string {
	return slices.Compact([]string{v.ListenAll("*", v.SitePort), v.ListenAll("*", v.CertificatePort)})
}

// ApacheBackend is where Apache delivers requests.
func (v view) ApacheBackend() string {
	if v.Socket != "" {
		return "unix:" + v.Socket + "|" + v.Scheme() + "://signet/"
	}
	return v.Scheme() + "://" + v.Backend + "/"
}

// CaddyBackend is where Caddy delivers requests.
func (v view) CaddyBackend() string {
	if v.Socket != "" {
		return "unix/" + v.Socket
	}
	return v.Backend
}
