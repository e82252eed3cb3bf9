package certificate

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"sync"
	"time"

	"signet/internal/iam"
)

// Fault is what keeps people from reaching a certificate host, as a code.
type Fault string

// The faults.
const (
	FaultNone             Fault = ""
	FaultUnreachable      Fault = "unreachable"       // nobody answers there, or no TLS
	FaultWrongCertificate Fault = "wrong_certificate" // its certificate names another host
	FaultExpired          Fault = "expired"           // its certificate is over
	FaultAsksNothing      Fault = "asks_nothing"      // it asks for no client certificate
)

// probeTime is how long a host has to answer.
const probeTime = 1500 * time.Millisecond

// Probe connects to every certificate host as a browser would, and says what is
// wrong with each. The addresses are the operator's and nobody else's. Whether
// the host's certificate is trusted by browsers is not known here: that depends
// on their stores.
func (h Hosts) Probe(ctx context.Context, now time.Time) map[string]Fault {
	found := make(map[string]Fault, len(h.List()))
	var mu sync.Mutex // of found
	var all sync.WaitGroup
	for _, host := range h.List() {
		all.Go(func() {
			fault := probe(ctx, host, now)
			mu.Lock()
			defer mu.Unlock()
			found[host] = fault
		})
	}
	all.Wait()
	return found
}

func probe(ctx context.Context, host string, now time.Time) Fault {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = host, "443"
	}
	name = strings.Trim(name, "[]")
	if base, wild := strings.CutPrefix(name, "*"); wild {
		name = iam.NewID() + base
	}
	at := name
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		at = "127.0.0.1" // as browsers find it (RFC 6761, section 6.3); many resolvers do not
	}
	connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(at, port))
	if err != nil {
		return FaultUnreachable
	}
	defer connection.Close()
	asked, fault := false, FaultNone
	client := tls.Client(connection, &tls.Config{
		ServerName: name, MinVersion: tls.VersionTLS12,
		InsecureSkipVerify: true, //nolint:gosec // nothing is sent; what matters of the certificate is looked at below
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			asked = true
			return &tls.Certificate{}, nil
		},
		VerifyConnection: func(state tls.ConnectionState) error {
			fault = faultOf(state.PeerCertificates, name, now)
			return nil
		},
	})
	if err := client.HandshakeContext(ctx); err != nil {
		return FaultUnreachable
	}
	if fault == FaultNone && !asked {
		return FaultAsksNothing
	}
	return fault
}

func faultOf(chain []*x509.Certificate, name string, now time.Time) Fault {
	if len(chain) == 0 {
		return FaultWrongCertificate
	}
	var wrong x509.HostnameError
	switch {
	case errors.As(chain[0].VerifyHostname(name), &wrong):
		return FaultWrongCertificate
	case now.After(chain[0].NotAfter):
		return FaultExpired
	default:
		return FaultNone
	}
}
