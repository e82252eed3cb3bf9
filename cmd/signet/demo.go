package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"time"

	"signet/internal/config"
	"signet/internal/demo"
	"signet/internal/demo/app"
	"signet/internal/i18n"
	"signet/internal/method/certificate"
	"signet/internal/seal"
	"signet/internal/server"
)

// demoCommand is Signet with everything that one needs to try it, on loopback.
type demoCommand struct {
	Data            string      `placeholder:"DIR" help:"Folder of the demo. Default: signet/demo in your cache directory, so that the next start finds the same people and certificates."`
	Port            config.Port `default:"8443" help:"Port of Signet; 0 takes a free one."`
	CertificatePort config.Port `default:"3443" help:"Port of the certificate host; 0 takes a free one."`
	AppPort         config.Port `default:"8444" help:"Port of the application to sign in to; 0 takes a free one."`
	ProxyPort       config.Port `default:"3080" help:"Port where a proxy of this machine may deliver certificates as headers; 0 takes a free one."`
	Trust           bool        `help:"First put the demo's server CA into the stores of the system and of the browsers, so that they do not warn."`
	Untrust         bool        `help:"Take it out again, and end."`
	Reset           bool        `help:"First forget what was done in the demo. Certificates stay valid."`
	Check           bool        `help:"Sign alice in on free ports in a temporary folder, tell every step, and end."`
	CPUProfile      string      `name:"cpu-profile" hidden:"" placeholder:"FILE" help:"Write where the processor's time went, for release builds."`
	LogLevel        string      `default:"warn" enum:"debug,info,warn,error" placeholder:"LEVEL" help:"Least important lines that are logged: ${enum} (default: ${default})."`
}

// Run runs the demo until a signal comes.
func (c *demoCommand) Run(ctx context.Context, s streams) (err error) {
	if c.CPUProfile != "" {
		stop, err := profile(c.CPUProfile)
		if err != nil {
			return err
		}
		defer stop()
	}
	if c.Check {
		return c.check(ctx, s)
	}
	if c.Data == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return hint(fmt.Errorf("find a folder for the demo: %w", err), "name one with --data")
		}
		c.Data = filepath.Join(cache, "signet", "demo")
	}
	if c.Untrust { // also while the demo runs
		folder, err := openDemo(c.Data)
		if err != nil {
			return err
		}
		return folder.Untrust(s.err)
	}
	release, err := demo.Hold(c.Data)
	if err != nil {
		if running := (*demo.RunningError)(nil); errors.As(err, &running) {
			return hint(err, "end that one first, or choose another folder with --data")
		}
		return hint(err, "choose another folder with --data")
	}
	defer func() { err = errors.Join(err, release()) }()
	if c.Reset {
		if err := demo.Forget(c.Data); err != nil {
			return err
		}
	}
	folder, err := openDemo(c.Data)
	if err != nil {
		return err
	}
	if c.Trust {
		if err := folder.Trust(s.err); err != nil {
			return err
		}
	}
	defer func() { err = errors.Join(err, folder.Withdraw()) }()
	return c.run(ctx, s, folder, func(running demo.Running) error {
		if err := folder.Announce(running.Description); err != nil {
			return err
		}
		return folder.Tell(s.out, running, folder.Trusted())
	})
}

// openDemo opens the folder of a demo.
func openDemo(dir string) (*demo.Folder, error) {
	folder, err := demo.OpenFolder(dir, time.Now())
	if err != nil {
		return nil, hint(err, "choose another folder with --data")
	}
	return folder, nil
}

// profile writes where the processor's time goes until it is stopped.
func profile(name string) (stop func(), err error) {
	file, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("write a profile: %w", err)
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return func() {
		pprof.StopCPUProfile()
		_ = file.Close() // what could not be written is missed by whoever reads it
	}, nil
}

// check signs alice in and leaves nothing behind.
func (c *demoCommand) check(ctx context.Context, s streams) (err error) {
	dir, err := os.MkdirTemp("", "signet-check-")
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	c.Port, c.CertificatePort, c.AppPort, c.ProxyPort = 0, 0, 0, 0
	folder, err := demo.OpenFolder(dir, time.Now())
	if err != nil {
		return err
	}
	ctx, done := context.WithCancel(ctx)
	defer done()
	return c.run(ctx, s, folder, func(running demo.Running) error {
		defer done() // the demo ends with its check
		return folder.Check(ctx, s.out, running)
	})
}

// run starts Signet and the application, calls ready once everything listens,
// and waits for the end.
func (c *demoCommand) run(ctx context.Context, s streams, folder *demo.Folder, ready func(demo.Running) error) error {
	logger := newLogger(s.err, config.Log{LogLevel: c.LogLevel})
	if err := c.choosePorts(); err != nil {
		return err
	}
	places := demo.PlacesOn(uint16(c.Port), uint16(c.CertificatePort), uint16(c.AppPort), uint16(c.ProxyPort))
	options, err := c.options(folder, places, logger)
	if err != nil {
		return err
	}
	// The application's port is taken first: nothing is to be undone where it is
	// busy.
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", loopback(c.AppPort))
	if err != nil {
		return portHint(fmt.Errorf("listen on %s (setting app-port): %w", loopback(c.AppPort), err), "app-port")
	}
	defer listener.Close()
	srv, err := server.New(ctx, options)
	if err != nil {
		return err
	}
	rooms := demo.Rooms{Directory: srv.Directory, Providers: srv.Providers, Identities: srv.Identities}
	client, linked, err := folder.Fill(ctx, rooms, places.App)
	if err != nil {
		return errors.Join(err, srv.Close())
	}
	debug.FreeOSMemory() // hashing each person's password took 46 MiB
	running := demo.Running{Places: places, Client: client, Description: folder.Describe(places, client, linked)}
	return demoPorts(serve(ctx, srv, logger, func() error {
		stop, err := c.startApp(ctx, folder, running, listener, logger)
		if err != nil {
			return err
		}
		context.AfterFunc(ctx, stop)
		return ready(running)
	}))
}

// options are those of a server on loopback.
func (c *demoCommand) options(folder *demo.Folder, places demo.Places, logger *slog.Logger) (server.Options, error) {
	key, err := seal.LoadOrCreateKey(folder.MasterKeyFile())
	if err != nil {
		return server.Options{}, err
	}
	site, err := issued(folder.Server, "site", []string{demo.SiteHost})
	if err != nil {
		return server.Options{}, err
	}
	host, err := issued(folder.Server, "certificate-host", []string{demo.CertificateHosts, demo.SiteHost})
	if err != nil {
		return server.Options{}, err
	}
	return server.Options{
		Issuer: places.Issuer, Listen: loopback(c.Port), CertificateListen: loopback(c.CertificatePort),
		Certificates:    certificate.Hosts{Wildcard: places.Pattern, Fixed: places.Fixed},
		SiteCertificate: site, HostCertificate: host,
		// Everything of the demo is on this machine, and so are those it trusts.
		Proxy:        server.Proxy{Listen: places.Proxy, Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}},
		FetchPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, FetchRoots: folder.Roots(),
		DatabaseURL: folder.DatabaseURL(), MasterKey: key, Brand: "Signet", Log: logger,
	}, nil
}

// startApp serves the application and returns what ends it.
func (c *demoCommand) startApp(ctx context.Context, folder *demo.Folder, running demo.Running, listener net.Listener, logger *slog.Logger) (stop func(), err error) {
	catalogues, err := i18n.Load()
	if err != nil {
		return nil, fmt.Errorf("load catalogues: %w", err)
	}
	application, err := app.New(ctx, app.Options{
		URL: running.Places.App, Issuer: running.Places.Issuer,
		ClientID: string(running.Client.ID), ClientSecret: running.Client.Secret, RedirectURI: running.Client.RedirectURI,
		HTTP: &http.Client{Transport: folder.Transport(), Timeout: 30 * time.Second}, Catalogues: catalogues,
		Tries: running.Description.Tries(), File: folder.Read,
	})
	if err != nil {
		return nil, err
	}
	pair, err := issued(folder.Server, "app", []string{demo.AppHost})
	if err != nil {
		return nil, err
	}
	web := &http.Server{
		Handler: application.Handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute,
		ErrorLog: log.New(io.Discard, "", 0), // handshakes of browsers that do not know the CA
	}
	go func() {
		err := web.Serve(tls.NewListener(listener, &tls.Config{GetCertificate: pair, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}))
		if !errors.Is(err, http.ErrServerClosed) {
			logger.Error("the demo application ended", "error", err)
		}
	}()
	return func() { _ = web.Close() }, nil
}

// choosePorts takes free ports where 0 was asked for: the addresses stand in
// the issuer and in redirect URIs, so they must be known before anything
// listens.
func (c *demoCommand) choosePorts() error {
	for _, port := range []*config.Port{&c.Port, &c.CertificatePort, &c.AppPort, &c.ProxyPort} {
		if *port != 0 {
			continue
		}
		l, err := net.Listen("tcp", loopback(0))
		if err != nil {
			return fmt.Errorf("find a free port: %w", err)
		}
		defer l.Close() // after the loop, so that no port is found twice
		*port = config.Port(l.Addr().(*net.TCPAddr).Port)
	}
	return nil
}

func loopback(port config.Port) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(int(port))) }

// demoPorts names the demo's flag where an address of the server is busy.
func demoPorts(err error) error {
	var listen *server.ListenError
	if !errors.As(err, &listen) {
		return err
	}
	flag := map[string]string{"listen": "port", "certificate-listen": "certificate-port", "proxy-listen": "proxy-port"}[listen.Setting]
	return portHint(fmt.Errorf("listen on %s: %w", listen.Address, listen.Err), flag)
}
