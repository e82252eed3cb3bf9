package demo

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Transport returns a transport that trusts the demo's server CA only and finds
// every name under .localhost on loopback by itself: browsers do that, but the
// resolvers of many systems do not know these names.
func (f *Folder) Transport() *http.Transport {
	return &http.Transport{
		DialContext: dialLoopback, TLSClientConfig: &tls.Config{RootCAs: f.Roots(), MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: 30 * time.Second, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true,
	}
}

// Roots are the demo's server CA.
func (f *Folder) Roots() *x509.CertPool {
	roots := x509.NewCertPool()
	roots.AddCert(f.Server.Certificate)
	return roots
}

func dialLoopback(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	if host != "localhost" && !strings.HasSuffix(host, ".localhost") {
		return nil, fmt.Errorf("dial %s: the demo stays on this machine", address)
	}
	return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
}

// portOf returns the port of an address if it has one, as "-8444", but nothing
// for the demo's usual one.
func portOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Port() == "" || u.Port() == "8444" {
		return ""
	}
	return "-" + u.Port()
}
