// Package doctor examines an installation as those who use it and those who
// attack it see it: over the network, at the addresses that browsers use. It
// finds what is wrong and never changes anything.
//
//	Installation.Examine → site, certificate hosts, login methods, proxy, store, mail
//
// A finding is a value; its words are in the catalogue (words.Finding).
package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"signet/internal/iam"
	"signet/internal/method/certificate"
	"signet/internal/notify"
	"signet/internal/store"
	"signet/internal/trust"
)

// Installation is what is examined.
type Installation struct {
	// Issuer is the address of the main site, and Hosts are the certificate hosts.
	Issuer string
	Hosts  certificate.Hosts
	// Proxy says how a proxy in front of it is believed.
	Proxy Proxy
	DB    *store.DB
	Trust *trust.Service
	Mail  *notify.Service // not examined where nil
	Now   func() time.Time
	// Arrivals counts what headers come to this node; nil where nothing listens here.
	Arrivals *Arrivals
	// Resolve finds the addresses of a host; the resolver of the system where nil.
	Resolve func(ctx context.Context, host string) ([]string, error)
}

// Proxy is the setting of the proxy listener.
type Proxy struct {
	On bool
	// AddressOnly is true where nothing but its address proves the proxy.
	AddressOnly bool
	// Form is how it tells of certificates.
	Form certificate.Form
}

// patience is how long one address has to answer.
const patience = 5 * time.Second

// When an end is near.
const (
	siteNotice = 21 * 24 * time.Hour // certificates of sites are renewed a month before, by themselves
	caNotice   = 60 * 24 * time.Hour // a new CA has to reach everybody
)

// Examine looks at everything and returns what it found, in a fixed order. What
// cannot be looked at because something before it is broken is left out.
func (i Installation) Examine(ctx context.Context) []iam.Finding {
	var found []iam.Finding
	found = append(found, i.database(ctx)...)
	found = append(found, i.site(ctx)...)
	found = append(found, i.hosts(ctx)...)
	found = append(found, i.proxy(ctx)...)
	if len(found) > 0 && found[0].Level == iam.FindingError {
		return found // nothing can be read of a database that does not answer
	}
	found = append(found, i.headers(ctx)...)
	found = append(found, i.methods(ctx)...)
	found = append(found, i.people(ctx)...)
	return append(found, i.mail(ctx)...)
}

// Worst returns the worst level among the findings.
func Worst(found []iam.Finding) iam.FindingLevel {
	order := []iam.FindingLevel{iam.FindingOK, iam.FindingNote, iam.FindingWarning, iam.FindingError}
	worst := iam.FindingOK
	for _, f := range found {
		if slices.Index(order, f.Level) > slices.Index(order, worst) {
			worst = f.Level
		}
	}
	return worst
}

func ok(check, about string) iam.Finding {
	return iam.Finding{Check: check, Case: "ok", Level: iam.FindingOK, About: about}
}

func finding(level iam.FindingLevel, check, what, about string, pairs ...string) iam.Finding {
	f := iam.Finding{Check: check, Case: what, Level: level, About: about}
	for n := 0; n+1 < len(pairs); n += 2 {
		if f.Params == nil {
			f.Params = map[string]string{}
		}
		f.Params[pairs[n]] = pairs[n+1]
	}
	return f
}

func days(d time.Duration) string { return strconv.Itoa(int(d / (24 * time.Hour))) }

// seen is what a handshake showed.
type seen struct {
	address string // where it was
	state   tls.ConnectionState
	asked   bool // a certificate was asked for
}

var errNobody = errors.New("nobody answers")

// greet connects to host:port as a browser would. Nothing of the certificate is
// verified by it: what is wrong with it is a finding.
func (i Installation) greet(ctx context.Context, hostport string, config *tls.Config) (*tls.Conn, seen, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		host, port = hostport, "443"
	}
	host = strings.Trim(host, "[]")
	addresses, err := i.resolve(ctx, host)
	if err != nil || len(addresses) == 0 {
		return nil, seen{}, errors.Join(errNobody, err)
	}
	var s seen
	config.ServerName, config.MinVersion = host, tls.VersionTLS12
	config.InsecureSkipVerify = true //nolint:gosec // the caller looks at the certificate; nothing secret is sent
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		s.asked = true
		return &tls.Certificate{}, nil
	}
	s.address = net.JoinHostPort(addresses[0], port)
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.address)
	if err != nil {
		return nil, s, err
	}
	conn := tls.Client(raw, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, s, err
	}
	s.state = conn.ConnectionState()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, s, errors.Join(err, conn.Close())
	}
	return conn, s, nil
}

// resolve finds a host's addresses as browsers do, which know the names below
// localhost by themselves (RFC 6761, section 6.3).
func (i Installation) resolve(ctx context.Context, host string) ([]string, error) {
	if net.ParseIP(host) != nil {
		return []string{host}, nil
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return []string{"127.0.0.1"}, nil
	}
	if i.Resolve != nil {
		return i.Resolve(ctx, host)
	}
	return net.DefaultResolver.LookupHost(ctx, host)
}

// certificateOf looks at the certificate that a host showed.
func certificateOf(check, about, name string, chain []*x509.Certificate, now time.Time) iam.Finding {
	if len(chain) == 0 {
		return finding(iam.FindingError, check, "unreachable", about)
	}
	leaf := chain[0]
	switch left := leaf.NotAfter.Sub(now); {
	case leaf.VerifyHostname(name) != nil:
		return finding(iam.FindingError, check, "wrong_name", about)
	case left <= 0:
		return finding(iam.FindingError, check, "expired", about)
	case left < siteNotice && leaf.NotAfter.Sub(leaf.NotBefore) > 2*siteNotice:
		return finding(iam.FindingWarning, check, "expires_soon", about, "Days", days(left))
	default:
		return ok(check, about)
	}
}
