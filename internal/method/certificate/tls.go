package certificate

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"

	"signet/internal/iam"
)

// TLSConfig returns the configuration of the certificate host's listener. Every
// handshake gets one of its own by the name that it asks for; there is no laxer
// one behind it to fall back to, whatever a ClientHello says or hides
// (CVE-2026-32305).
func (h *Host) TLSConfig() *tls.Config {
	c := h.strict(nil)
	c.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		return h.strict(h.authorities(hello.Context(), hello.ServerName)), nil
	}
	return c
}

// strict is the one configuration, naming the CAs.
func (h *Host) strict(authorities *x509.CertPool) *tls.Config {
	return &tls.Config{
		// 1.2 stays: old smart cards sign with PKCS#1 v1.5 only, which TLS 1.3
		// forbids (RFC 8446, section 4.2.3).
		MinVersion: tls.VersionTLS12,
		MaxVersion: tls.VersionTLS13,
		// HTTP/2 would coalesce connections of several of our names and so carry one
		// host's certificate to another (RFC 9113, section 9.1.1).
		NextProtos: []string{"http/1.1"},
		// A resumed handshake does not ask for a certificate again.
		SessionTicketsDisabled: true,
		// Asked for and not verified here: attempt.go does, and answers whoever has
		// none, or a wrong one, with a page. ClientCAs are names in the question, and
		// would be too many to trust; see trust.Service.Subjects.
		ClientAuth:       tls.RequestClientCert,
		ClientCAs:        authorities,
		GetCertificate:   h.Certificate,
		VerifyConnection: verify,
	}
}

var (
	errResumed  = errors.New("the connection resumes a session, and none was given out")
	errProtocol = errors.New("another protocol than HTTP/1.1 was negotiated")
)

// verify looks at a connection before anything is read from it. It says again
// what strict has set, because both would open the host silently if a later
// change of that, or of crypto/tls, let them through. It runs on resumed
// connections too; Go's older callback, which T14 forbids, does not.
func verify(state tls.ConnectionState) error {
	switch {
	case state.DidResume:
		return errResumed
	case state.NegotiatedProtocol != "" && state.NegotiatedProtocol != "http/1.1":
		return errProtocol
	}
	return nil
}

// authorities returns the CAs to name to a client that asks for a server name:
// those of the method whose attempt waits on this name, and on a name that many
// share those of all methods. They help a person to choose and decide nothing,
// so that a fault names none and the handshake goes on: the handler will tell.
func (h *Host) authorities(ctx context.Context, serverName string) *x509.CertPool {
	var method iam.ProviderID
	var err error
	if h.Hosts.wild(serverName) {
		if method, err = h.Login.ProviderOfHost(ctx, normal(serverName)); iam.IsNotFound(err) {
			err = nil // nothing waits here: a bookmark, or an attempt that is over
		}
	}
	var pool *x509.CertPool
	if err == nil {
		pool, err = h.Trust.Subjects(ctx, method)
	}
	if err != nil && ctx.Err() == nil {
		h.Log.ErrorContext(ctx, "the CAs of a handshake cannot be named", "server_name", strings.ToValidUTF8(serverName, "?"), "method", method, "error", err)
	}
	return pool
}
