package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"signet/internal/ca"
	"signet/internal/config"
	"signet/internal/method/certificate"
	"signet/internal/seal"
	"signet/internal/server"
	"signet/internal/web"
)

// serveCommand runs the server.
type serveCommand struct {
	config.Server `embed:""`
}

// shutdownTime is how long requests under way may take to finish.
const shutdownTime = 15 * time.Second

// getCertificate answers a handshake.
type getCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error)

// Run serves until a signal comes.
func (c *serveCommand) Run(ctx context.Context, s streams) error {
	if err := c.Check(); err != nil {
		return hint(err, "`signet serve --help` lists every setting")
	}
	log := newLogger(s.err, c.Log)
	if err := makeDataDir(c.Store); err != nil {
		return err
	}
	options, err := c.options(log)
	if err != nil {
		return err
	}
	srv, err := server.New(ctx, options)
	if err != nil {
		return err
	}
	if err := c.offerSetup(ctx, srv, log); err != nil {
		return errors.Join(err, srv.Close())
	}
	return serve(ctx, srv, log, nil)
}

// serve starts a server, calls ready, and serves until the context ends or a
// listener fails.
func serve(ctx context.Context, srv *server.Server, log *slog.Logger, ready func() error) error {
	if err := srv.Start(ctx); err != nil {
		return errors.Join(busy(err), srv.Close())
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Wait() }()
	err := error(nil)
	if ready != nil {
		err = ready()
	}
	if err == nil {
		select {
		case <-ctx.Done():
			log.InfoContext(ctx, "shutting down", "for", shutdownTime)
		case err = <-failed:
		}
	}
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	return errors.Join(err, srv.Shutdown(limit))
}

// busy says what to do where an address is taken.
func busy(err error) error {
	var listen *server.ListenError
	if !errors.As(err, &listen) {
		return err
	}
	return portHint(err, listen.Setting)
}

func portHint(err error, setting string) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return hint(err, "another program listens there, perhaps another Signet; choose another port with --%s", setting)
	case errors.Is(err, fs.ErrPermission):
		return hint(err, "ports below 1024 need a right of their own (CAP_NET_BIND_SERVICE); or choose another with --%s", setting)
	}
	return err
}

// options turns the settings into what the server needs.
func (c *serveCommand) options(log *slog.Logger) (server.Options, error) {
	key, err := c.masterKey()
	if err != nil {
		return server.Options{}, err
	}
	site, host, err := c.certificates(log)
	if err != nil {
		return server.Options{}, err
	}
	hsts := time.Duration(c.HSTS)
	if c.TLSCert == "" {
		hsts = 0 // who cannot get past the warning of an unknown CA could not be helped any more
	}
	secret, err := serveSecret(c.Server)
	if err != nil {
		return server.Options{}, err
	}
	if c.ProxyListen != "" && !c.ProxyListen.IsSocket() && secret == "" && len(c.ProxyKeyPin) == 0 {
		log.Warn("every program at a trusted address can sign in as anybody through the proxy listener; a Unix socket, a secret or the pin of a key is safer",
			"listen", string(c.ProxyListen), "trusted", c.ProxyPeers(), "setting", "proxy-trusted-address")
	}
	return server.Options{
		Issuer: string(c.Issuer), Listen: string(c.Listen), CertificateListen: string(c.CertificateListen),
		Certificates:    certificate.Hosts{Wildcard: string(c.CertificateWildcard), Fixed: c.FixedHost(), Pool: c.Pool()},
		SiteCertificate: site, HostCertificate: host,
		Proxy:        server.Proxy{Listen: string(c.ProxyListen), Group: c.ProxySocketGroup, Form: certificate.Form(c.ProxyHeaders), Secret: secret, Pins: c.ProxyPins(), Trusted: c.ProxyPeers()},
		FetchPrivate: c.Private(), CRLDir: c.CRLDir, MetricsListen: string(c.MetricsListen), ClientListen: string(c.ClientListen), ClientOrigin: c.ClientOrigin(),
		DatabaseURL: c.URL(), Synchronous: c.Synchronous, MasterKey: key,
		Brand: c.Brand, TrustedProxies: c.Proxies(), AddressHeader: web.AddressHeader(c.ClientAddressHeader), Balancers: c.Balancers(), SessionTTL: time.Duration(c.SessionLife), EventRetention: time.Duration(c.EventRetention), SignInsPerMinute: int(c.SignInRate), HSTS: hsts, Log: log,
	}, nil
}

func (c *serveCommand) masterKey() ([]byte, error) {
	if c.MasterKey != "" {
		key, err := seal.ParseKey(c.MasterKey)
		if err != nil {
			return nil, &config.Problem{Setting: "master-key", Value: "…", Allowed: err.Error()}
		}
		return key, nil
	}
	file := c.MasterKeyFile
	if file == "" {
		file = filepath.Join(c.Data, "master.key")
	}
	return seal.LoadOrCreateKey(file)
}

// serveSecret returns what the proxy proves itself by, or "".
func serveSecret(c config.Server) (string, error) {
	const allowed = "a secret of 24 characters or more"
	setting, secret := "proxy-secret", c.ProxySecret
	if c.ProxySecretFile != "" {
		text, err := os.ReadFile(c.ProxySecretFile)
		if err != nil {
			return "", &config.Problem{Setting: "proxy-secret-file", Value: c.ProxySecretFile, Allowed: "a file that can be read: " + err.Error()}
		}
		if setting, secret = "proxy-secret-file", strings.TrimSpace(string(text)); secret == "" {
			return "", &config.Problem{Setting: setting, Value: c.ProxySecretFile, Allowed: "a file with " + allowed}
		}
	}
	if secret != "" && len(secret) < 24 {
		return "", &config.Problem{Setting: setting, Value: "…", Allowed: allowed}
	}
	return secret, nil
}

// certificates returns what answers for the main site and for the certificate
// host: the files of the settings, or the development CA's.
func (c *serveCommand) certificates(log *slog.Logger) (site, host getCertificate, err error) {
	names := c.CertificateNames()
	if c.TLSCert != "" {
		pair, err := openKeyPair("tls-cert", c.TLSCert, c.TLSKey, []string{c.Issuer.Name()}, log)
		if err != nil {
			return nil, nil, err
		}
		site, host = pair.Get, pair.Get // Check allows no other names without files of their own
	}
	if c.CertificateTLSCert != "" {
		pair, err := openKeyPair("certificate-tls-cert", c.CertificateTLSCert, c.CertificateTLSKey, names, log)
		if err != nil {
			return nil, nil, err
		}
		host = pair.Get
	}
	if site != nil && host != nil {
		return site, host, nil
	}
	development, err := ca.OpenDevelopment(filepath.Join(c.Data, "tls"), "Signet development CA", append([]string{c.Issuer.Name()}, names...), time.Now())
	if err != nil {
		return nil, nil, err
	}
	log.Warn("no certificate is set: using one of Signet's own development CA, which no browser knows", "ca", development.File(), "setting", "tls-cert")
	if site == nil {
		if site, err = issued(development, "site", []string{c.Issuer.Name()}); err != nil {
			return nil, nil, err
		}
	}
	if host == nil {
		host, err = issued(development, "certificate-host", names)
	}
	return site, host, err
}

// issued answers handshakes with a certificate of a development CA.
func issued(d *ca.Development, name string, hosts []string) (getCertificate, error) {
	leaf, err := d.Server(name, hosts)
	if err != nil {
		return nil, fmt.Errorf("issue certificate of %s: %w", name, err)
	}
	pair := leaf.TLS()
	return func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return pair, nil }, nil
}

// offerSetup logs a link that makes the first administrator, where there is
// none. There is no default password that somebody could forget to change.
func (c *serveCommand) offerSetup(ctx context.Context, srv *server.Server, log *slog.Logger) error {
	needs, err := srv.Directory.NeedsSetup(ctx)
	if err != nil || !needs {
		return err
	}
	link, err := setupLink(ctx, srv.Directory, string(c.Issuer))
	if err != nil {
		return err
	}
	log.WarnContext(ctx, "nobody administers this installation yet: open the link to make the first administrator", "link", link, "valid", "1h")
	return nil
}
