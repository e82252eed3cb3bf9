// Package fetch gets what other people's addresses name, CRLs and OCSP answers,
// and posts to them that a session has ended.
// It is the only place from which Signet calls out at the wish of a setting or of
// a certificate, and so the place that keeps such an address from reaching what
// it must not (CVE-2026-21945): it connects to public addresses only, and to
// private ones that the installation allows; looks at the address that is really
// connected to, so that no name server can say one thing and another; follows no
// redirect; uses no proxy; and stops at a size and a time.
package fetch

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Client fetches. The zero value reaches public addresses.
type Client struct {
	// Allowed are the networks that may be reached although they are not public.
	Allowed []netip.Prefix
	// Timeout bounds one fetch; a minute where zero. The context may be shorter.
	Timeout time.Duration
	// Roots are what servers of https are verified by; the system's where nil.
	Roots *x509.CertPool
}

// ErrAddress says that an address may not be reached.
var ErrAddress = errors.New("an address that is not public and not allowed")

// Get gets what the address names: by GET or, where there is a body, by POST of an
// OCSP request (RFC 6960, appendix A.1). More than limit bytes are an error, not
// the first part of them.
func (c *Client) Get(ctx context.Context, address string, body []byte, limit int64) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return nil, fmt.Errorf("fetch %q: not an address of http or https", address)
	}
	timeout := c.Timeout
	if timeout == 0 {
		timeout = time.Minute
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	method := http.MethodGet
	if body != nil {
		method = http.MethodPost
	}
	request, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/ocsp-request")
		request.Header.Set("Accept", "application/ocsp-response")
	}
	request.Header.Set("User-Agent", "Signet")
	client := c.client()
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch: the server answered %s", response.Status)
	}
	if response.ContentLength > limit {
		return nil, fmt.Errorf("fetch: %d bytes, at most %d are read", response.ContentLength, limit)
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("fetch: %w", err) // also what was cut off before its Content-Length
	case int64(len(data)) > limit:
		return nil, fmt.Errorf("fetch: more than %d bytes", limit)
	}
	return data, nil
}

// client is made anew for each fetch: connections are not worth keeping for what
// is done once in an hour, and what one server left behind must not meet another.
func (c *Client) client() *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second, ControlContext: c.control}
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		// Names below localhost mean this machine, whatever a name server says (RFC
		// 6761, section 6.3); whether it may be reached is asked as always.
		if host, port, err := net.SplitHostPort(address); err == nil && (host == "localhost" || strings.HasSuffix(host, ".localhost")) {
			address = net.JoinHostPort("127.0.0.1", port)
		}
		return dialer.DialContext(ctx, network, address)
	}
	return &http.Client{
		// An answer that leads elsewhere is no answer: the address that was allowed is
		// the one that is fetched.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy: nil, DialContext: dial, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: 30 * time.Second,
			TLSClientConfig:        &tls.Config{RootCAs: c.Roots, MinVersion: tls.VersionTLS12},
			MaxResponseHeaderBytes: 64 << 10, DisableKeepAlives: true,
			DisableCompression: true, // a list of zeros would grow behind the limit of the network
		},
	}
}

// control looks at an address after its name was resolved and before anything is
// sent there.
func (c *Client) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !c.reaches(at.Addr().Unmap()) {
		return fmt.Errorf("%w: %s", ErrAddress, address)
	}
	return nil
}

// reaches reports whether an address may be connected to.
func (c *Client) reaches(a netip.Addr) bool {
	if slices.ContainsFunc(c.Allowed, func(p netip.Prefix) bool { return p.Contains(a) }) {
		return true
	}
	return a.IsGlobalUnicast() && !a.IsPrivate() && !slices.ContainsFunc(special(), func(p netip.Prefix) bool { return p.Contains(a) })
}

// special are the networks that are global by form and not by use (RFC 6890).
func special() []netip.Prefix {
	var all []netip.Prefix
	for _, text := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"::/96", "fec0::/10", // of old: IPv4 within IPv6, and sites
		"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16",
	} {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}
