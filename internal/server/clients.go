package server

import (
	"crypto/tls"
	"net/http"
	"time"

	"signet/internal/iam"
	"signet/internal/method/certificate"
	"signet/internal/oidc"
	"signet/internal/web"
)

// clientListener is where applications that have certificates prove who they are, in
// the handshake (RFC 8705). It has an address of its own: on the main site every visitor
// would be asked for a certificate, and the certificate host names CAs of people. Here
// none is named, because each application has its own.
func (s *Server) clientListener(endpoints *oidc.Room) *listener {
	mux := http.NewServeMux()
	endpoints.MountClients(mux)
	handler := web.Harden(onlyHost(s.options.ClientOrigin, mux), web.Hardening{
		Pages: s.pages, Log: s.options.Log, Now: s.options.Now, HSTS: s.options.HSTS, Bypass: oidc.CrossOriginPatterns(),
	})
	return &listener{
		name: "client-listen", address: s.options.ClientListen,
		server: &http.Server{
			Handler: s.public(iam.ListenerClients, handler), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second,
			IdleTimeout: time.Minute, MaxHeaderBytes: 32 << 10, ErrorLog: quiet(s.options.Log),
			TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){}, // no HTTP/2
		},
		tls: &tls.Config{
			MinVersion: tls.VersionTLS12, GetCertificate: s.options.SiteCertificate, NextProtos: []string{"http/1.1"},
			// Judged by oidc, as what the application that is named has; a resumed session
			// would bring the certificate of another moment.
			ClientAuth: tls.RequestClientCert, SessionTicketsDisabled: true,
		},
		limit: certificate.Limit,
	}
}
