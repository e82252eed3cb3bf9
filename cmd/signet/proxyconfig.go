package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"

	"signet/internal/audit"
	"signet/internal/cert"
	"signet/internal/config"
	"signet/internal/iam"
	"signet/internal/method/certificate"
	"signet/internal/provider"
	"signet/internal/proxyconfig"
)

// proxyConfigCommand writes the configuration of the proxy in front of the
// installation that has the same settings.
type proxyConfigCommand struct {
	Proxy string `arg:"" enum:"nginx,haproxy,apache,traefik,caddy,envoy" help:"The proxy: ${enum}."`

	Address   string      `name:"address" placeholder:"ADDRESS" help:"Address on which the proxy listens. Default: every address."`
	HTTPPort  config.Port `name:"http-port" default:"80" placeholder:"PORT" help:"Port of plain HTTP, which only leads to the main site; 0 is none (default: ${default})."`
	ClientCAs string      `name:"client-cas" default:"/etc/signet/client-cas.pem" placeholder:"FILE" help:"Where the proxy finds the CAs of the login methods, as signet client-cas prints them (default: ${default})."`
	ProxyCert string      `name:"proxy-cert" default:"/etc/signet/proxy.pem" placeholder:"FILE" help:"Where the proxy finds the certificate of its own whose key is pinned (default: ${default})."`
	ProxyKey  string      `name:"proxy-key" default:"/etc/signet/proxy-key.pem" placeholder:"FILE" help:"Its private key (default: ${default})."`
	SignetCA  string      `name:"signet-ca" default:"/etc/ssl/certs/ca-certificates.crt" placeholder:"FILE" help:"Whom the proxy believes that it speaks to Signet, where a key is pinned (default: ${default})."`

	config.Server `embed:""`
}

// Run prints the configuration.
func (c *proxyConfigCommand) Run(s streams) error {
	if err := c.Check(); err != nil {
		return hint(err, "use the settings of `signet serve`, such as its --config")
	}
	if c.ProxyListen == "" {
		return hint(&config.Problem{Setting: "proxy-listen", Allowed: "the address or the socket to which the proxy delivers; `signet serve` needs the same"}, "use the settings of `signet serve`, such as its --config")
	}
	if c.ProxyHeaders != c.Proxy {
		return hint(&config.Problem{Setting: "proxy-headers", Value: c.ProxyHeaders, Allowed: c.Proxy + ", because that is what the proxy will send"}, "`signet serve` needs the same")
	}
	secret, err := serveSecret(c.Server)
	if err != nil {
		return err
	}
	text, err := proxyconfig.Write(c.Proxy, c.settings(secret))
	if err != nil {
		return err
	}
	for _, l := range []struct {
		name string
		at   config.Listen
	}{{"listen", c.Listen}, {"certificate-listen", c.CertificateListen}} {
		c.warnOf(s.err, l.name, l.at)
	}
	_, err = io.WriteString(s.out, text)
	return err
}

// warnOf tells of a listener of Signet's own that takes a port of the proxy's.
func (c *proxyConfigCommand) warnOf(w io.Writer, name string, at config.Listen) {
	host, _, _ := net.SplitHostPort(string(at)) // was checked when it was read
	taken := []string{strconv.Itoa(int(c.HTTPPort))}
	for _, h := range append(c.hosts(), c.Issuer.Host()) {
		_, port, err := net.SplitHostPort(h)
		if err != nil {
			port = "443"
		}
		taken = append(taken, port)
	}
	if slices.Contains(taken, at.Port()) && (c.Address == "" || host == "" || host == c.Address) {
		fmt.Fprintf(w, "signet: hint: signet itself listens on %s, which the proxy needs; give signet another place, such as --%s 127.0.0.1:%s\n",
			at, name, map[string]string{"listen": "18443", "certificate-listen": "13443"}[name])
	}
}

// hosts are the names of the certificate host.
func (c *proxyConfigCommand) hosts() []string {
	var hosts []string
	if c.CertificateWildcard != "" {
		hosts = append(hosts, string(c.CertificateWildcard))
	}
	if fixed := c.FixedHost(); fixed != "" {
		hosts = append(hosts, fixed)
	}
	return append(hosts, c.Pool()...)
}

func (c *proxyConfigCommand) settings(secret string) proxyconfig.Settings {
	files := proxyconfig.Files{
		SiteCert: cmp.Or(c.TLSCert, "/etc/signet/site.pem"), SiteKey: cmp.Or(c.TLSKey, "/etc/signet/site-key.pem"), ClientCAs: c.ClientCAs,
		ProxyCert: c.ProxyCert, ProxyKey: c.ProxyKey, SignetCA: c.SignetCA,
	}
	files.HostCert, files.HostKey = cmp.Or(c.CertificateTLSCert, files.SiteCert), cmp.Or(c.CertificateTLSKey, files.SiteKey)
	if c.CertificateTLSCert == "" && !c.SharesName() {
		files.HostCert, files.HostKey = "/etc/signet/certificate-host.pem", "/etc/signet/certificate-host-key.pem"
	}
	settings := proxyconfig.Settings{
		Issuer: c.Issuer.Host(), Hosts: c.hosts(), Backend: string(c.ProxyListen), Secret: secret, Pinned: len(c.ProxyKeyPin) > 0,
		AddressHeader: c.ClientAddressHeader, Clear: certificate.HeaderNames(), Address: c.Address, Files: files,
	}
	if c.HTTPPort != 0 {
		settings.HTTPPort = strconv.Itoa(int(c.HTTPPort))
	}
	return settings
}

// clientCAsCommand prints what a proxy must know to ask for certificates.
type clientCAsCommand struct {
	config.Store `embed:""`
}

// Run prints the CAs of every login method, each once.
func (c *clientCAsCommand) Run(ctx context.Context, s streams) error {
	db, err := openMigrated(ctx, c.Store)
	if err != nil {
		return err
	}
	defer db.Close()
	methods, err := (&provider.Service{DB: db, Log: &audit.Log{DB: db}}).All(ctx, iam.Program("signet client-cas"))
	if err != nil {
		return err
	}
	var out bytes.Buffer
	seen := map[string]bool{}
	for _, m := range methods {
		if m.Settings.Certificate == nil {
			continue
		}
		for _, text := range []string{m.Settings.Certificate.Anchors, m.Settings.Certificate.Intermediates} {
			if text == "" {
				continue
			}
			all, err := cert.ParseBundle([]byte(text))
			if err != nil {
				return fmt.Errorf("read the CAs of the login method %s: %w", m.ID, err)
			}
			for _, ca := range all {
				if !seen[string(ca.Raw)] {
					seen[string(ca.Raw)] = true
					if err := pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: ca.Raw}); err != nil {
						return err
					}
				}
			}
		}
	}
	if out.Len() == 0 {
		return hint(fmt.Errorf("no login method trusts a CA yet"), "make an mTLS method in the console first")
	}
	_, err = s.out.Write(out.Bytes())
	return err
}
