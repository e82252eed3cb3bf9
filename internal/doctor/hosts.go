package doctor

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/url"
	"strings"

	"signet/internal/iam"
)

// hosts looks at every name of the certificate host, as a browser would come to
// it; of a wildcard, at one that nobody used before.
func (i Installation) hosts(ctx context.Context) (found []iam.Finding) {
	for _, host := range i.Hosts.List() {
		at := host
		if rest, wild := strings.CutPrefix(host, "*"); wild {
			at = strings.ToLower(iam.NewID()) + rest
		}
		found = append(found, i.host(ctx, host, at)...)
	}
	return found
}

func (i Installation) host(ctx context.Context, host, at string) []iam.Finding {
	name := nameOf(at)
	if addresses, err := i.resolve(ctx, name); err != nil || len(addresses) == 0 {
		return []iam.Finding{finding(iam.FindingError, "name", "unresolved", host)}
	}
	conn, s, err := i.greet(ctx, at, &tls.Config{})
	if err != nil {
		return []iam.Finding{finding(iam.FindingError, "host", "unreachable", host)}
	}
	_ = conn.Close()
	found := []iam.Finding{certificateOf("host", host, name, s.state.PeerCertificates, i.Now())}
	if !s.asked {
		found = append(found, finding(iam.FindingError, "host", "asks_nothing", host))
	}
	if s.state.NegotiatedProtocol == "h2" {
		found = append(found, finding(iam.FindingWarning, "host", "http2", host))
	}
	found = append(found, i.tickets(ctx, host, at)...)
	return append(found, i.coalescing(ctx, host, at)...)
}

// tickets tries to resume a session, by each version: a resumed one hides that
// another certificate was chosen, and that this one has been revoked (S18;
// CVE-2025-23419).
func (i Installation) tickets(ctx context.Context, host, at string) []iam.Finding {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		cache := tls.NewLRUClientSessionCache(4)
		for try := range 2 {
			conn, s, err := i.greet(ctx, at, &tls.Config{ClientSessionCache: cache, MaxVersion: version, NextProtos: []string{"http/1.1"}})
			if err != nil {
				break // this version is not spoken
			}
			if s.state.DidResume {
				_ = conn.Close()
				return []iam.Finding{finding(iam.FindingError, "tickets", "resumes", host, "Version", tls.VersionName(version))}
			}
			if try > 0 {
				_ = conn.Close()
				continue
			}
			// A ticket of TLS 1.3 comes after the handshake: read until the answer ends.
			response, err := get(ctx, conn, at, "/", nil)
			if err != nil {
				break
			}
			_, _ = io.Copy(io.Discard, response.Body) // how it ends does not matter
			_ = response.Body.Close()
		}
	}
	return []iam.Finding{ok("tickets", host)}
}

// coalescing looks whether a browser may send requests for the certificate host
// over its HTTP/2 connection to the main site, on which nobody was asked for a
// certificate (RFC 9113, section 9.1.1): the same address and port, and a
// certificate that names both.
func (i Installation) coalescing(ctx context.Context, host, at string) []iam.Finding {
	u, err := url.Parse(i.Issuer)
	if err != nil {
		return nil
	}
	conn, main, err := i.greet(ctx, u.Host, &tls.Config{NextProtos: []string{"h2", "http/1.1"}})
	if err != nil {
		return nil // said already
	}
	_ = conn.Close()
	conn, other, err := i.greet(ctx, at, &tls.Config{})
	if err != nil {
		return nil
	}
	_ = conn.Close()
	chain := main.state.PeerCertificates
	covers := len(chain) > 0 && chain[0].VerifyHostname(nameOf(at)) == nil
	if main.state.NegotiatedProtocol == "h2" && covers && main.address == other.address && nameOf(at) != u.Hostname() {
		return []iam.Finding{finding(iam.FindingError, "coalescing", "possible", host)}
	}
	return []iam.Finding{ok("coalescing", host)}
}

func nameOf(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		hostport = host
	}
	return strings.Trim(hostport, "[]")
}
