package server

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"time"

	"signet/internal/iam"
	"signet/internal/method/certificate"
	"signet/internal/web"
)

// Proxy is the listener where a proxy that ends TLS delivers requests, and what
// it says of certificates. Secret, Pins, a Unix socket or Trusted prove that it
// is the proxy; there is no listener without such a proof (CVE-2024-10039), and
// where several are set, all are wanted.
type Proxy struct {
	// Listen is an address and a port, or "unix:" and the path of a socket, which
	// the programs of Group may open; those of our own group where empty.
	Listen string
	Group  string
	// Form is how the proxy tells of certificates.
	Form certificate.Form
	// Secret stands in certificate.SecretHeader of every request of the proxy.
	Secret string
	// Pins are SHA-256 of the public keys of which the proxy's own client
	// certificate has one. The listener speaks TLS where there are any.
	Pins [][sha256.Size]byte
	// Trusted are the proxy's addresses. Alone they are the weakest proof.
	Trusted []netip.Prefix
}

// minSecret is the shortest secret of a proxy that nobody guesses.
const minSecret = 24

// ErrUnprovenProxy is the refusal of a proxy listener that would believe anybody.
var ErrUnprovenProxy = errors.New("the proxy listener believes whoever reaches it: it needs a Unix socket, a secret of 24 characters or more, the pin of a key, or a trusted address")

const unixPrefix = "unix:"

func (p Proxy) onSocket() bool { return strings.HasPrefix(p.Listen, unixPrefix) }

func (p Proxy) check() error {
	switch {
	case p.Secret != "" && len(p.Secret) < minSecret, p.Secret == "" && len(p.Pins) == 0 && !p.onSocket() && len(p.Trusted) == 0:
		return ErrUnprovenProxy
	case !p.Form.Known():
		return fmt.Errorf("there is no form of certificate headers %q", p.Form)
	}
	return nil
}

// doubt says why a request may not come from the proxy: nothing that is set may
// be missing. Empty where the proxy has proved itself.
func (p Proxy) doubt(r *http.Request) iam.ArrivalCause {
	switch {
	case p.Secret != "" && len(r.Header.Values(certificate.SecretHeader)) == 0:
		return iam.ArrivalNoSecret
	case p.Secret != "" && !p.toldSecret(r):
		return iam.ArrivalWrongSecret
	case len(p.Pins) > 0 && (r.TLS == nil || len(r.TLS.PeerCertificates) == 0):
		return iam.ArrivalNoKey
	case len(p.Pins) > 0 && !p.showedKey(r):
		return iam.ArrivalWrongKey
	case len(p.Trusted) > 0 && !p.onSocket() && !p.isAtHome(r), p.Secret == "" && len(p.Pins) == 0 && !p.onSocket() && len(p.Trusted) == 0:
		return iam.ArrivalWrongAddress
	default:
		return ""
	}
}

// proved reports whether a request comes from the proxy.
func (p Proxy) proved(r *http.Request) bool { return p.doubt(r) == "" }

func (p Proxy) toldSecret(r *http.Request) bool {
	sent := r.Header.Values(certificate.SecretHeader)
	if len(sent) != 1 {
		return false
	}
	a, b := sha256.Sum256([]byte(sent[0])), sha256.Sum256([]byte(p.Secret)) // of equal length, whatever was sent
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// showedKey reports whether the connection was made with a pinned key. TLS has
// proved that the other side holds it; its certificate says nothing that the pin
// does not.
func (p Proxy) showedKey(r *http.Request) bool {
	return r.TLS != nil && len(r.TLS.PeerCertificates) > 0 &&
		slices.Contains(p.Pins, sha256.Sum256(r.TLS.PeerCertificates[0].RawSubjectPublicKeyInfo))
}

func (p Proxy) isAtHome(r *http.Request) bool {
	peer := web.ClientAddress(r, nil)
	return slices.ContainsFunc(p.Trusted, func(t netip.Prefix) bool { return t.Contains(peer) })
}

func (s *Server) proxyListener(site http.Handler) (*listener, error) {
	p := s.options.Proxy
	if err := p.check(); err != nil {
		return nil, err
	}
	var withTLS *tls.Config
	if len(p.Pins) > 0 {
		withTLS = &tls.Config{
			MinVersion: tls.VersionTLS12, GetCertificate: s.options.SiteCertificate, NextProtos: []string{"http/1.1"},
			// Asked for and judged by its key, request by request: a handshake that
			// fails would tell nobody why. No tickets: a taken-out pin ends at once.
			ClientAuth: tls.RequestClientCert, SessionTicketsDisabled: true,
		}
	}
	return &listener{
		name: "proxy-listen", address: p.Listen, group: p.Group, tls: withTLS,
		server: &http.Server{
			Handler: s.proxyHandler(site), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 60 * time.Second,
			IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 128 << 10, ErrorLog: quiet(s.options.Log),
		},
	}, nil
}

type provedKey struct{}

// proxyHandler serves the main site, and under /api/mtls the attempts. Whoever
// has not proved to be the proxy gets nothing but the page that says so.
func (s *Server) proxyHandler(site http.Handler) http.Handler {
	u, err := url.Parse(s.options.Issuer)
	if err != nil {
		panic(fmt.Errorf("server: issuer %q was not checked: %w", s.options.Issuer, err))
	}
	proved := func(r *http.Request) bool { return r.Context().Value(provedKey{}) == true }
	forwarded := s.seen((&certificate.Forwarded{Host: s.host(), Linked: s.Identities.BySHA1, Form: s.options.Proxy.Form, Proved: proved, Arrived: arrivedAtAttempt}).Handler())
	main, nobody := s.watch.Strip(site), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "403 Forbidden: this listener is for the proxy", http.StatusForbidden)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		doubt := s.options.Proxy.doubt(r)
		r = r.WithContext(context.WithValue(r.Context(), provedKey{}, doubt == ""))
		switch {
		case doubt != "" && certificate.IsAttemptPath(r.URL.Path):
			s.watched(iam.ListenerProxy, iam.ArrivalRefused, doubt, forwarded).ServeHTTP(w, r)
		case doubt != "":
			s.watched(iam.ListenerProxy, iam.ArrivalRefused, doubt, nobody).ServeHTTP(w, r)
		case certificate.IsAttemptPath(r.URL.Path), r.Host != u.Host && r.Host != u.Hostname() && s.options.Certificates.Match(r.Host):
			s.noting(iam.ArrivalNoAttempt, forwarded).ServeHTTP(w, r) // the certificate host, which has no other pages
		default:
			// nginx's $host has no port.
			if r.Host == u.Hostname() {
				r.Host = u.Host
			}
			s.noting(iam.ArrivalMainSite, main).ServeHTTP(w, r)
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
	r.RemoteAddr = netip.AddrPortFrom(s.options.AddressHeader.Client(r, trusted), 0).String()
	for _, name := range web.ForwardingHeaders() {
		r.Header.Del(name) // nobody behind here may believe them a second time
	}
	return r
}

// listen opens an address or a Unix socket.
func listen(ctx context.Context, address, group string) (net.Listener, error) {
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
	// The permissions are the proof: the owner and one group, nobody else. The
	// group comes first, so that its own permissions open nothing to another.
	if group != "" {
		err = giveTo(path, group)
	}
	if err == nil {
		err = os.Chmod(path, 0o660)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("restrict socket: %w", err), l.Close())
	}
	return l, nil
}

// giveTo gives a file to a group, by name or by number.
func giveTo(path, group string) error {
	number, err := strconv.Atoi(group)
	if err != nil {
		found, err := user.LookupGroup(group)
		if err != nil {
			return err
		}
		if number, err = strconv.Atoi(found.Gid); err != nil {
			return fmt.Errorf("the group %s has the number %s: %w", group, found.Gid, err)
		}
	}
	return os.Chown(path, -1, number)
}
