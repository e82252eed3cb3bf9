package server

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"signet/internal/method/certificate"
	"signet/internal/web"
)

// Proxy is the listener where a proxy that ends TLS delivers requests, and what
// it says of certificates. One of Secret, Trusted or a Unix socket proves that it
// is the proxy; there is no listener without such a proof (CVE-2024-10039).
type Proxy struct {
	// Listen is an address and a port, or "unix:" and the path of a socket.
	Listen string
	// Secret stands in certificate.SecretHeader of every request of the proxy.
	Secret string
	// Trusted are addresses that are taken for the proxy's without further proof.
	Trusted []netip.Prefix
}

// minSecret is the shortest secret of a proxy that nobody guesses.
const minSecret = 24

// ErrUnprovenProxy is the refusal of a proxy listener that would believe anybody.
var ErrUnprovenProxy = errors.New("the proxy listener believes whoever reaches it: it needs a Unix socket, a secret of 24 characters or more, or a trusted address")

const unixPrefix = "unix:"

func (p Proxy) onSocket() bool { return strings.HasPrefix(p.Listen, unixPrefix) }

func (p Proxy) check() error {
	if len(p.Secret) >= minSecret || p.Secret == "" && (p.onSocket() || len(p.Trusted) > 0) {
		return nil
	}
	return ErrUnprovenProxy
}

// proved reports whether a request comes from the proxy. Where a secret is set
// nothing less will do.
func (p Proxy) proved(r *http.Request) bool {
	if p.Secret != "" {
		sent := r.Header.Values(certificate.SecretHeader)
		if len(sent) != 1 {
			return false
		}
		a, b := sha256.Sum256([]byte(sent[0])), sha256.Sum256([]byte(p.Secret)) // of equal length, whatever was sent
		return subtle.ConstantTimeCompare(a[:], b[:]) == 1
	}
	if p.onSocket() {
		return true // who may open the socket is the file system's to say
	}
	peer := web.ClientAddress(r, nil)
	return slices.ContainsFunc(p.Trusted, func(t netip.Prefix) bool { return t.Contains(peer) })
}

func (s *Server) proxyListener(site http.Handler) (*listener, error) {
	p := s.options.Proxy
	if err := p.check(); err != nil {
		return nil, err
	}
	return &listener{
		name: "proxy-listen", address: p.Listen,
		server: &http.Server{
			Handler: s.proxyHandler(site), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 60 * time.Second,
			IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 128 << 10, ErrorLog: quiet(s.options.Log),
		},
	}, nil
}

// watched takes certificate headers off what comes to a public listener.
func (s *Server) watched(next http.Handler) http.Handler { return s.watch.Handler(next) }

type provedKey struct{}

// proxyHandler serves the main site, and under /api/mtls the attempts. Whoever
// has not proved to be the proxy gets nothing but the page that says so.
func (s *Server) proxyHandler(site http.Handler) http.Handler {
	u, err := url.Parse(s.options.Issuer)
	if err != nil {
		panic(fmt.Errorf("server: issuer %q was not checked: %w", s.options.Issuer, err))
	}
	proved := func(r *http.Request) bool { return r.Context().Value(provedKey{}) == true }
	forwarded := (&certificate.Forwarded{Host: s.host(), Linked: s.Identities.BySHA1, Proved: proved}).Handler()
	main, ignored := s.watch.Strip(site), s.watched(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "403 Forbidden: this listener is for the proxy", http.StatusForbidden)
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		known := s.options.Proxy.proved(r)
		r = r.WithContext(context.WithValue(r.Context(), provedKey{}, known))
		switch {
		case !known && certificate.IsAttemptPath(r.URL.Path):
			s.watched(forwarded).ServeHTTP(w, r)
		case !known:
			ignored.ServeHTTP(w, r)
		case certificate.IsAttemptPath(r.URL.Path):
			forwarded.ServeHTTP(w, s.fromClient(r))
		default:
			r = s.fromClient(r)
			// nginx's $host has no port.
			if r.Host == u.Hostname() {
				r.Host = u.Host
			}
			main.ServeHTTP(w, r)
		}
	})
}

// fromClient puts the address of the client in the place of the proxy's. A
// further proxy is only passed by where its address is trusted too.
func (s *Server) fromClient(r *http.Request) *http.Request {
	r = r.Clone(r.Context())
	if s.options.Proxy.onSocket() {
		r.RemoteAddr = "127.0.0.1:0" // a socket has no address
	}
	peer := web.ClientAddress(r, nil)
	trusted := append(slices.Clone(s.options.TrustedProxies), netip.PrefixFrom(peer, peer.BitLen()))
	r.RemoteAddr = netip.AddrPortFrom(web.ClientAddress(r, trusted), 0).String()
	for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Forwarded"} {
		delete(r.Header, name) // nobody behind here may believe them a second time
	}
	return r
}

// listen opens an address or a Unix socket.
func listen(ctx context.Context, address string) (net.Listener, error) {
	path, isSocket := strings.CutPrefix(address, unixPrefix)
	if !isSocket {
		return (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	}
	// What a killed program left behind is taken away; any other file is not.
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSocket != 0 {
		if conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path); err == nil {
			_ = conn.Close()
			return nil, fmt.Errorf("another program listens on the socket %s", path)
		}
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("remove old socket: %w", err)
		}
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	// The permissions are the proof: the owner and their group, nobody else.
	if err := os.Chmod(path, 0o660); err != nil {
		return nil, errors.Join(fmt.Errorf("restrict socket: %w", err), l.Close())
	}
	return l, nil
}
