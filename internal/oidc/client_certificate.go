package oidc

import (
	"crypto/x509"
	"net/http"

	protocol "github.com/zitadel/oidc/v3/pkg/oidc"

	"signet/internal/iam"
)

// authTLS is the name of RFC 8705, section 2.1.1.
const authTLS protocol.AuthMethod = "tls_client_auth"

// provesByCertificate authenticates an application by what it has shown in the handshake
// of this very connection. Only the listener of MountClients asks for certificates;
// headers never count.
func (room *Room) provesByCertificate(r *http.Request, c iam.ClientCertificate) (refused string, err error) {
	var presented []*x509.Certificate
	if r.TLS != nil {
		presented = r.TLS.PeerCertificates
	}
	if room.Prove == nil {
		return "no_certificate", nil
	}
	return room.Prove(r.Context(), c, presented, room.Now())
}

// MountClients adds the endpoints that applications call by themselves, on a listener
// that asks for certificates (RFC 8705, section 5): nobody's browser goes there.
func (room *Room) MountClients(mux *http.ServeMux) {
	mux.HandleFunc("POST /oidc/token", room.token)
	mux.HandleFunc("POST /oidc/introspect", room.introspect)
	mux.HandleFunc("POST /oidc/revoke", room.revoke)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte("404 Token endpoint of applications with certificates only. The main site is at " + room.Issuer + "\n"))
	})
}
