package oidc

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"net/http"

	protocol "github.com/zitadel/oidc/v3/pkg/oidc"

	"signet/internal/iam"
)

// authTLS is the name of RFC 8705, section 2.1.1.
const authTLS protocol.AuthMethod = "tls_client_auth"

// shownKey holds what was shown to the listener of MountClients.
type shownKey struct{}

// shown passes on what an application has shown in the handshake. On other listeners a
// certificate may be that of a proxy in front, which speaks for everybody behind it.
func shown(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.TLS != nil {
			r = r.WithContext(context.WithValue(r.Context(), shownKey{}, r.TLS.PeerCertificates))
		}
		next(w, r)
	}
}

// provesByCertificate authenticates an application by what it has shown in the handshake
// of this very connection, to the listener of MountClients. Headers never count.
func (room *Room) provesByCertificate(r *http.Request, c iam.ClientCertificate) (refused string, err error) {
	if room.Prove == nil {
		return "no_certificate", nil
	}
	return room.Prove(r.Context(), c, presented(r), room.Now())
}

// presented is what shown has passed on.
func presented(r *http.Request) []*x509.Certificate {
	certificates, _ := r.Context().Value(shownKey{}).([]*x509.Certificate)
	return certificates
}

// thumbprint is the SHA-256 of the certificate whose key was proved in the handshake
// (RFC 8705, section 3.1), or nil. Nobody has judged it: it is for comparing only.
func thumbprint(r *http.Request) []byte {
	certificates := presented(r)
	if len(certificates) == 0 {
		return nil
	}
	sum := sha256.Sum256(certificates[0].Raw)
	return sum[:]
}

// MountClients adds the endpoints that applications call by themselves, on a listener
// that asks for certificates (RFC 8705, section 5): nobody's browser goes there.
func (room *Room) MountClients(mux *http.ServeMux) {
	mux.HandleFunc("POST /oidc/token", shown(room.token))
	mux.HandleFunc("POST /oidc/introspect", shown(room.introspect))
	mux.HandleFunc("POST /oidc/revoke", shown(room.revoke))
	mux.HandleFunc("GET /oidc/userinfo", shown(room.userinfo))
	mux.HandleFunc("POST /oidc/userinfo", shown(room.userinfo))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte("404 Endpoints of applications with certificates only. The main site is at " + room.Issuer + "\n"))
	})
}
