// Package config is the manual of the settings of a server: one struct whose
// fields say what they do, what they are when left out and what is allowed. It
// is filled from flags, then the environment, then one file, and checked before
// anything else happens; a wrong value is an error that names the setting, the
// value and what is allowed.
//
// Only the program and server may see it. The rooms get what they need as
// fields.
package config

import (
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"time"
)

// Server is every setting of `signet serve`. The tags are read by kong; the
// same names stand in the file that --config names.
type Server struct {
	// Issuer stands in every token. Changing it later makes every application
	// reject what was issued before.
	Issuer Issuer `env:"SIGNET_ISSUER" placeholder:"URL" help:"Address at which people and applications reach Signet, such as https://id.example.org. Required."`
	Listen Listen `env:"SIGNET_LISTEN" default:":8443" placeholder:"ADDRESS" help:"Address and port of the main site (default: ${default})."`

	TLSCert string `name:"tls-cert" env:"SIGNET_TLS_CERT" placeholder:"FILE" help:"Certificate of the main site with its chain, PEM. Read anew when it changes. Default: one of Signet's own development CA, which only you trust."`
	TLSKey  string `name:"tls-key" env:"SIGNET_TLS_KEY" placeholder:"FILE" help:"Private key of --tls-cert, PEM."`

	CertificateListen   Listen       `env:"SIGNET_CERTIFICATE_LISTEN" default:":3443" placeholder:"ADDRESS" group:"Certificate host" help:"Address and port of the certificate host, the only place that asks browsers for a certificate (default: ${default})."`
	CertificateWildcard WildcardHost `env:"SIGNET_CERTIFICATE_WILDCARD" placeholder:"HOST" group:"Certificate host" help:"Names of the certificate host as browsers see them, one for each attempt, such as *.cert.id.example.org:3443. Best where DNS has such a name: another certificate can then be chosen without closing the browser."`
	CertificateFixed    Host         `env:"SIGNET_CERTIFICATE_FIXED" placeholder:"HOST" group:"Certificate host" help:"One fixed name of the certificate host, such as id.example.org:3443. Default, where no name is given at all: the host of the issuer with the port of --certificate-listen."`
	CertificatePool     []Host       `env:"SIGNET_CERTIFICATE_POOL" placeholder:"HOST" group:"Certificate host" help:"Several fixed names, taken in turn, where there can be no wildcard."`
	CertificateTLSCert  string       `name:"certificate-tls-cert" env:"SIGNET_CERTIFICATE_TLS_CERT" placeholder:"FILE" group:"Certificate host" help:"Certificate of the certificate host's names, PEM. Default: --tls-cert where all its names are the issuer's, else the development CA."`
	CertificateTLSKey   string       `name:"certificate-tls-key" env:"SIGNET_CERTIFICATE_TLS_KEY" placeholder:"FILE" group:"Certificate host" help:"Private key of --certificate-tls-cert, PEM."`

	ProxyListen         Socket    `env:"SIGNET_PROXY_LISTEN" placeholder:"ADDRESS" group:"Behind a proxy" help:"Address and port, or unix: and the path of a socket, where a proxy that ends TLS delivers requests and what it says of certificates. Never let anybody else reach it. Default: off."`
	ProxyHeaders        string    `env:"SIGNET_PROXY_HEADERS" default:"nginx" enum:"nginx,haproxy,apache,traefik,envoy,caddy,rfc9440" placeholder:"FORM" group:"Behind a proxy" help:"Form in which the proxy tells of certificates: ${enum} (default: ${default}). Headers of all other forms are ignored."`
	ProxySecretFile     string    `env:"SIGNET_PROXY_SECRET_FILE" placeholder:"FILE" group:"Behind a proxy" help:"File of the secret that the proxy sends as X-Signet-Proxy-Secret: 24 characters or more."`
	ProxySecret         string    `env:"SIGNET_PROXY_SECRET" placeholder:"TEXT" group:"Behind a proxy" help:"The same secret itself. A flag can be read by every user of the machine; prefer the variable or the file."`
	ProxyKeyPin         []KeyPin  `env:"SIGNET_PROXY_KEY_PIN" placeholder:"SHA256" group:"Behind a proxy" help:"SHA-256 of the public key of the proxy's own client certificate, hexadecimal or base64. The proxy then speaks TLS to --proxy-listen, where Signet answers with --tls-cert. Several while a key is changed."`
	ProxySocketGroup    string    `env:"SIGNET_PROXY_SOCKET_GROUP" placeholder:"GROUP" group:"Behind a proxy" help:"Group whose programs may open the socket of --proxy-listen. Default: that of Signet's own user."`
	ProxyTrustedAddress []Network `env:"SIGNET_PROXY_TRUSTED_ADDRESS" placeholder:"NETWORK" group:"Behind a proxy" help:"The proxy's addresses. With a secret or a pin both are wanted. Alone it is no proof: every program there can sign in as anybody."`
	TrustedProxies      []Network `env:"SIGNET_TRUSTED_PROXIES" placeholder:"NETWORK" group:"Behind a proxy" help:"Addresses or networks of the proxies that are believed about the client's address. Default: none, beside the proxy of --proxy-listen."`
	ClientAddressHeader string    `env:"SIGNET_CLIENT_ADDRESS_HEADER" default:"x-forwarded-for" enum:"x-forwarded-for,forwarded,x-real-ip" placeholder:"HEADER" group:"Behind a proxy" help:"The header in which they tell it: ${enum} (default: ${default}). The others are ignored, because a proxy that writes one lets the others pass."`
	ProxyProtocolFrom   []Network `env:"SIGNET_PROXY_PROTOCOL_FROM" placeholder:"NETWORK" group:"Behind a proxy" help:"Addresses or networks of load balancers that pass TLS on to --listen, --certificate-listen and --client-listen, and must begin each connection by the PROXY protocol. Nobody else may. Default: none."`

	ClientListen Listen `env:"SIGNET_CLIENT_LISTEN" placeholder:"ADDRESS" group:"Applications" help:"Address and port where applications prove by a certificate who they are, in the place of a secret (RFC 8705), with the certificate of the main site. Let proxies pass TLS on to it. Default: off."`
	ClientHost   Host   `env:"SIGNET_CLIENT_HOST" placeholder:"HOST:PORT" group:"Applications" help:"Name and port under which applications reach --client-listen. Default: the issuer's name and the port of --client-listen."`

	MetricsListen Listen `env:"SIGNET_METRICS_LISTEN" placeholder:"ADDRESS" help:"Address and port where monitoring reads /metrics, in the text format of Prometheus and without TLS: of this machine or of a private network, such as 127.0.0.1:9464. Default: off."`

	Fetch  `embed:""`
	CRLDir string `name:"crl-dir" env:"SIGNET_CRL_DIR" placeholder:"DIR" group:"Revocation" help:"Folder of revocation lists that login methods of the system may name as file:NAME. Default: none."`

	MasterKeyFile  string   `group:"Data" env:"SIGNET_MASTER_KEY_FILE" placeholder:"FILE" help:"File of the key that encrypts secrets in the database: 32 bytes in base64. Default: master.key in the data directory, made at the first start. Keep a copy: without it no signing key can be read."`
	MasterKey      string   `group:"Data" env:"SIGNET_MASTER_KEY" placeholder:"BASE64" help:"The same key itself, for systems that hand secrets over in the environment. A flag can be read by every user of the machine; prefer the variable."`
	SessionLife    Duration `env:"SIGNET_SESSION_LIFE" default:"12h" placeholder:"DURATION" help:"How long a person stays signed in at the most (default: ${default})."`
	HSTS           Duration `name:"hsts" env:"SIGNET_HSTS" default:"4320h" placeholder:"DURATION" help:"How long browsers insist on TLS for the main site; 0s switches it off (default: ${default}). Never sent with the development CA."`
	EventRetention Duration `env:"SIGNET_EVENT_RETENTION" default:"8760h" placeholder:"DURATION" help:"How long the event log is kept; 0s keeps it for ever (default: ${default})."`
	SignInRate     Rate     `env:"SIGNET_SIGN_IN_RATE" default:"600" placeholder:"N" help:"Sign-ins and attempts that people who have not signed in may begin in a minute from one address, a /64 network for IPv6. A fifth of it is how many of their refusals are written one by one. 0 switches it off (default: ${default})."`
	Brand          string   `env:"SIGNET_BRAND" default:"Signet" placeholder:"NAME" help:"Name of the installation that people read in titles (default: ${default})."`

	Store `embed:""`
	Log   `embed:""`
}

// Store is where the data lives: what every command that reads or changes data
// needs to know.
type Store struct {
	Data        string   `group:"Data" env:"SIGNET_DATA" default:"signet-data" placeholder:"DIR" help:"Data directory: database, master key, development CA (default: ${default})."`
	Database    Database `group:"Data" env:"SIGNET_DATABASE" placeholder:"URL" help:"Database: postgres://user@host/name, or sqlite:FILE. Default: sqlite, signet.db in the data directory."`
	Synchronous string   `group:"Data" env:"SIGNET_SYNCHRONOUS" default:"NORMAL" enum:"NORMAL,FULL,EXTRA" placeholder:"LEVEL" help:"What SQLite waits for before it answers: ${enum} (default: ${default}). NORMAL survives a killed program; FULL also a power cut without losing the last moments."`
}

// Fetch is what may be fetched where: what every command needs to know that asks
// others about revocation.
type Fetch struct {
	FetchPrivate []Network `env:"SIGNET_FETCH_PRIVATE" placeholder:"NETWORK" group:"Revocation" help:"Private addresses or networks from which revocation lists and OCSP answers may be fetched, and where applications may be told that a session ended. Addresses of the Internet always may, where a login method or an application names them. Default: none."`
}

// Private returns FetchPrivate as prefixes.
func (f Fetch) Private() []netip.Prefix { return prefixes(f.FetchPrivate) }

// Log is how the program tells what it does.
type Log struct {
	LogLevel  string `group:"Log" env:"SIGNET_LOG_LEVEL" default:"info" enum:"debug,info,warn,error" placeholder:"LEVEL" help:"Least important lines that are logged: ${enum} (default: ${default})."`
	LogFormat string `group:"Log" env:"SIGNET_LOG_FORMAT" default:"text" enum:"text,json" placeholder:"FORMAT" help:"Form of the log: ${enum} (default: ${default})."`
}

// URL returns the URL of the database, by default SQLite in the data directory.
func (s Store) URL() string {
	if s.Database != "" {
		return string(s.Database)
	}
	return "sqlite:" + filepath.Join(s.Data, "signet.db")
}

// Problem is a setting that cannot be used.
type Problem struct {
	Setting string // as a flag without dashes
	Value   string
	Allowed string
}

// Error names the setting, the value and what is allowed.
func (p *Problem) Error() string {
	if p.Value == "" {
		return fmt.Sprintf("--%s: not set; allowed: %s", p.Setting, p.Allowed)
	}
	return fmt.Sprintf("--%s: %q cannot be used; allowed: %s", p.Setting, p.Value, p.Allowed)
}

// Check finds what no single setting shows: missing ones, and ones that
// contradict each other. What is wrong in itself was refused when it was read.
func (s Server) Check() error {
	pair := func(certName, cert, keyName, key string) error {
		switch {
		case cert != "" && key == "":
			return &Problem{keyName, "", "the file of the private key of --" + certName}
		case cert == "" && key != "":
			return &Problem{certName, "", "the file of the certificate of --" + keyName}
		}
		return nil
	}
	if s.Issuer == "" {
		return &Problem{"issuer", "", issuerAllowed}
	}
	if err := pair("tls-cert", s.TLSCert, "tls-key", s.TLSKey); err != nil {
		return err
	}
	if err := pair("certificate-tls-cert", s.CertificateTLSCert, "certificate-tls-key", s.CertificateTLSKey); err != nil {
		return err
	}
	if s.SessionLife < Duration(time.Minute) {
		return &Problem{"session-life", s.SessionLife.String(), "a minute or longer, such as 12h"}
	}
	if s.EventRetention < 0 || s.EventRetention > 0 && s.EventRetention < Duration(time.Hour) {
		return &Problem{"event-retention", s.EventRetention.String(), "0s, or an hour or longer, such as 8760h"}
	}
	if s.HSTS < 0 {
		return &Problem{"hsts", s.HSTS.String(), "0s, or longer, such as 4320h"}
	}
	if s.MasterKey != "" && s.MasterKeyFile != "" {
		return &Problem{"master-key-file", s.MasterKeyFile, "only one of --master-key and --master-key-file"}
	}
	if s.MetricsListen != "" && !s.MetricsListen.IsInternal() {
		return &Problem{"metrics-listen", string(s.MetricsListen), "an address of this machine or of a private network, such as 127.0.0.1:9464"}
	}
	switch {
	case s.ClientListen == "" && s.ClientHost != "":
		return &Problem{"client-listen", "", "an address for the applications of --client-host"}
	case s.ClientListen != "" && s.ClientListen.Port() != "0" && (s.ClientListen == s.Listen || s.ClientListen == s.CertificateListen):
		return &Problem{"client-listen", string(s.ClientListen), "another address or port than --listen and --certificate-listen have"}
	}
	if err := s.checkProxy(); err != nil {
		return err
	}
	return s.checkCertificateHost()
}

// checkProxy refuses a proxy listener that would believe whoever reaches it
// (CVE-2024-10039).
func (s Server) checkProxy() error {
	const proofs = "a secret in --proxy-secret-file, a pin in --proxy-key-pin, a Unix socket in --proxy-listen, or an address in --proxy-trusted-address: without one of these anybody who reaches --proxy-listen could sign in as anybody"
	secret := s.ProxySecret != "" || s.ProxySecretFile != ""
	proof := secret || len(s.ProxyKeyPin) > 0 || len(s.ProxyTrustedAddress) > 0
	switch {
	case s.ProxySecret != "" && s.ProxySecretFile != "":
		return &Problem{"proxy-secret-file", s.ProxySecretFile, "only one of --proxy-secret and --proxy-secret-file"}
	case s.ProxyListen == "" && proof:
		return &Problem{"proxy-listen", "", "an address for the proxy whose proof is set"}
	case s.ProxySocketGroup != "" && !s.ProxyListen.IsSocket():
		return &Problem{"proxy-socket-group", s.ProxySocketGroup, "only with a Unix socket in --proxy-listen"}
	case s.ProxyListen != "" && !s.ProxyListen.IsSocket() && !proof:
		return &Problem{"proxy-secret-file", "", proofs}
	}
	return nil
}

// checkCertificateHost keeps the certificate host apart from the main site. On
// one and the same address every visitor of the main site would be asked for a
// certificate; under the issuer's own wildcard a browser could reuse the main
// site's HTTP/2 connection, on which no certificate was asked for.
func (s Server) checkCertificateHost() error {
	site := s.Issuer.Host()
	for setting, hosts := range map[string][]Host{"certificate-fixed": {s.CertificateFixed}, "certificate-pool": s.CertificatePool} {
		for _, h := range hosts {
			if h != "" && withPort(string(h)) == withPort(site) {
				return &Problem{setting, string(h), "another name or another port than the issuer's"}
			}
		}
	}
	if base, ok := strings.CutPrefix(s.CertificateWildcard.Name(), "*."); ok && strings.HasSuffix(s.Issuer.Name(), "."+base) {
		return &Problem{"certificate-wildcard", string(s.CertificateWildcard), "names that do not cover the issuer's, such as *.cert." + s.Issuer.Name()}
	}
	if s.Listen == s.CertificateListen && s.Listen.Port() != "0" {
		return &Problem{"certificate-listen", string(s.CertificateListen), "another address or port than --listen has"}
	}
	if s.TLSCert != "" && s.CertificateTLSCert == "" && !s.SharesName() {
		return &Problem{"certificate-tls-cert", "", "the certificate of the certificate host's names, which differ from the issuer's"}
	}
	return nil
}

// FixedHost returns the fixed name of the certificate host: the one that is
// set, and the issuer's name where no name of any kind is.
func (s Server) FixedHost() string {
	if s.CertificateFixed != "" || s.CertificateWildcard != "" || len(s.CertificatePool) > 0 {
		return string(s.CertificateFixed)
	}
	if port := s.CertificateListen.Port(); port != "443" {
		return net.JoinHostPort(s.Issuer.Name(), port)
	}
	return s.Issuer.Name()
}

// ClientOrigin returns the origin under which applications reach ClientListen, or ""
// where that is off.
func (s Server) ClientOrigin() string {
	switch {
	case s.ClientListen == "":
		return ""
	case s.ClientHost != "":
		return "https://" + string(s.ClientHost)
	default:
		return "https://" + net.JoinHostPort(s.Issuer.Name(), s.ClientListen.Port())
	}
}

// SharesName reports whether every name of the certificate host is the
// issuer's, on another port, so that one certificate serves both.
func (s Server) SharesName() bool {
	if s.CertificateWildcard != "" {
		return false
	}
	if fixed := Host(s.FixedHost()); fixed != "" && fixed.Name() != s.Issuer.Name() {
		return false
	}
	for _, h := range s.CertificatePool {
		if h.Name() != s.Issuer.Name() {
			return false
		}
	}
	return true
}

// CertificateNames returns the names of the certificate host without ports, for
// its certificate.
func (s Server) CertificateNames() []string {
	var names []string
	if s.CertificateWildcard != "" {
		names = append(names, s.CertificateWildcard.Name())
	}
	if fixed := Host(s.FixedHost()); fixed != "" {
		names = append(names, fixed.Name())
	}
	for _, h := range s.CertificatePool {
		names = append(names, h.Name())
	}
	return names
}

// Pool returns CertificatePool as plain texts.
func (s Server) Pool() []string {
	hosts := make([]string, len(s.CertificatePool))
	for i, h := range s.CertificatePool {
		hosts[i] = string(h)
	}
	return hosts
}

// Proxies returns TrustedProxies as prefixes.
func (s Server) Proxies() []netip.Prefix { return prefixes(s.TrustedProxies) }

// ProxyPeers returns ProxyTrustedAddress as prefixes.
func (s Server) ProxyPeers() []netip.Prefix { return prefixes(s.ProxyTrustedAddress) }

// Balancers returns ProxyProtocolFrom as prefixes.
func (s Server) Balancers() []netip.Prefix { return prefixes(s.ProxyProtocolFrom) }

// ProxyPins returns ProxyKeyPin as plain hashes.
func (s Server) ProxyPins() [][32]byte {
	pins := make([][32]byte, len(s.ProxyKeyPin))
	for i, p := range s.ProxyKeyPin {
		pins[i] = p
	}
	return pins
}

func prefixes(networks []Network) []netip.Prefix {
	all := make([]netip.Prefix, len(networks))
	for i, n := range networks {
		all[i] = n.Prefix
	}
	return all
}

func withPort(host string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), "443")
}
