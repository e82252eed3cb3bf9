package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"signet/internal/iam"
	"signet/internal/method/certificate"
)

// listener is one address that Signet listens on.
type listener struct {
	name    string // the setting that holds the address
	address string
	group   string // whose programs may open a socket
	server  *http.Server
	tls     *tls.Config // nil: plain HTTP from the proxy
	net     net.Listener
	// limit bounds what clients send before their handshake is over; nil where
	// net/http's own bounds do.
	limit func(net.Listener) net.Listener
}

func (s *Server) mainListener(site http.Handler) *listener {
	return &listener{
		name: "listen", address: s.options.Listen,
		server: &http.Server{
			Handler: s.public(iam.ListenerMain, site), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 60 * time.Second,
			IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: quiet(s.options.Log),
		},
		tls: &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: s.options.SiteCertificate, NextProtos: []string{"h2", "http/1.1"}},
	}
}

func (s *Server) host() *certificate.Host {
	return &certificate.Host{
		Issuer: s.options.Issuer, Hosts: s.options.Certificates, Login: s.Login, Providers: s.Providers, Trust: s.Trust, Log: s.options.Log,
		Now: s.options.Now, Certificate: s.options.HostCertificate, HSTS: s.options.HSTS,
	}
}

func (s *Server) certificateListener() *listener {
	host := s.host()
	return &listener{
		name: "certificate-listen", address: s.options.CertificateListen,
		server: &http.Server{
			Handler: s.public(iam.ListenerCertificate, s.seen(host.Handler())), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second,
			// Short: a connection carries one attempt, and a kept one would answer the
			// next with the certificate of the last.
			IdleTimeout: 5 * time.Second, MaxHeaderBytes: 32 << 10, ErrorLog: quiet(s.options.Log),
			TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){}, // no HTTP/2
		},
		tls:   host.TLSConfig(),
		limit: certificate.Limit,
	}
}

// quiet sends what net/http has to say, such as failed handshakes of scanners,
// to the debug log.
func quiet(logger *slog.Logger) *log.Logger {
	return slog.NewLogLogger(logger.Handler(), slog.LevelDebug)
}

// Start opens all listeners, so that afterwards everything listens, and serves
// in the background until Shutdown.
func (s *Server) Start(ctx context.Context) error {
	if err := s.Signing.Rotate(ctx); err != nil {
		return fmt.Errorf("prepare signing keys: %w", err)
	}
	all := s.listeners()
	for _, l := range all {
		var err error
		if l.net, err = listen(ctx, l.address, l.group); err != nil {
			for _, opened := range all {
				if opened.net != nil {
					_ = opened.net.Close()
				}
			}
			return &ListenError{Setting: l.name, Address: l.address, Err: err}
		}
	}
	for _, l := range all {
		if l != s.proxy && l != s.metrics && len(s.options.Balancers) > 0 {
			l.net = behindBalancers(l.net, s.options.Balancers)
		}
		if l.limit != nil {
			l.net = l.limit(l.net)
		}
		go func() {
			on := l.net
			if l.tls != nil {
				on = tls.NewListener(on, l.tls)
			}
			err := l.server.Serve(on)
			if errors.Is(err, http.ErrServerClosed) {
				err = nil
			}
			s.done <- err
		}()
	}
	jobs, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	for _, j := range s.jobs {
		s.running.Go(func() { j.run(jobs, s.options.Log) })
	}
	s.options.Log.InfoContext(ctx, "listening", "issuer", s.options.Issuer, "main", s.Addr().String(), "certificates", s.CertificateAddr().String())
	return nil
}

// listeners are those that are switched on.
func (s *Server) listeners() []*listener {
	all := []*listener{s.main, s.certificateHost}
	if s.proxy != nil {
		all = append(all, s.proxy)
	}
	if s.clients != nil {
		all = append(all, s.clients)
	}
	if s.metrics != nil {
		all = append(all, s.metrics)
	}
	return all
}

// ListenError says which address could not be listened on.
type ListenError struct {
	Setting string
	Address string
	Err     error
}

func (e *ListenError) Error() string {
	return fmt.Sprintf("listen on %s (setting %s): %v", e.Address, e.Setting, e.Err)
}

// Unwrap returns the operating system's reason.
func (e *ListenError) Unwrap() error { return e.Err }

// Addr returns the address of the main listener after Start.
func (s *Server) Addr() net.Addr { return s.main.net.Addr() }

// CertificateAddr returns the address of the certificate host after Start.
func (s *Server) CertificateAddr() net.Addr { return s.certificateHost.net.Addr() }

// Wait returns when a listener ends, with its error.
func (s *Server) Wait() error { return <-s.done }

// Shutdown ends serving: requests under way are finished, as long as the
// context allows, and the store is closed.
func (s *Server) Shutdown(ctx context.Context) error {
	if s.stop != nil {
		s.stop()
	}
	var wait sync.WaitGroup
	all := s.listeners()
	errs := make([]error, len(all))
	for i, l := range all {
		wait.Go(func() { errs[i] = l.server.Shutdown(ctx) })
	}
	wait.Wait()
	// What a job has begun it ends: a message that was sent and not marked would be
	// sent again.
	over := make(chan struct{})
	go func() { s.running.Wait(); close(over) }()
	select {
	case <-over:
	case <-ctx.Done():
	}
	return errors.Join(append(errs, s.DB.Close())...)
}

// Close ends a server that was never started.
func (s *Server) Close() error { return s.DB.Close() }

// job is something that is done again and again.
type job struct {
	name  string
	every time.Duration
	do    func(context.Context) error
}

func (j job) run(ctx context.Context, logger *slog.Logger) {
	ticker := time.NewTicker(j.every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := j.do(ctx); err != nil && ctx.Err() == nil {
				logger.ErrorContext(ctx, "job failed", "job", j.name, "error", err)
			}
		}
	}
}
