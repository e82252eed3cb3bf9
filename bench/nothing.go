package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"strings"
)

// mainRequests is how many requests of a sign-in go to the main site: authorize,
// which answers with the page, the button, the way back, token, userinfo.
const mainRequests = 5

// pageSize is about how many bytes the page of a sign-in has.
const pageSize = 3300

// serveNothing answers HTTP over TLS with nothing but, for the page, bytes: what
// is left of a sign-in when it does nothing. It returns the addresses of the main
// site and of the certificate host.
func serveNothing(certificate tls.Certificate, clients *x509.CertPool) (main, host string, err error) {
	page := strings.Repeat("x", pageSize)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/page" {
			_, _ = io.WriteString(w, page)
			return
		}
		w.WriteHeader(http.StatusSeeOther)
	})
	serve := func(config *tls.Config) (string, error) {
		config.Certificates, config.MinVersion, config.SessionTicketsDisabled = []tls.Certificate{certificate}, tls.VersionTLS13, true
		listener, err := tls.Listen("tcp", "127.0.0.1:0", config)
		if err != nil {
			return "", err
		}
		go func() { exit((&http.Server{Handler: handler}).Serve(listener)) }()
		return listener.Addr().String(), nil
	}
	if main, err = serve(&tls.Config{}); err != nil {
		return "", "", err
	}
	host, err = serve(&tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients})
	return main, host, err
}

// emptyServer is the client's side of serveNothing.
type emptyServer struct {
	main, host   string // URLs
	kept, always *http.Transport
}

func newEmptyServer(main, host string, config *tls.Config) emptyServer {
	plain := config.Clone()
	plain.Certificates = nil
	return emptyServer{
		main: "https://" + main, host: "https://" + host,
		kept:   &http.Transport{TLSClientConfig: plain, MaxIdleConnsPerHost: 64},
		always: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true},
	}
}

// walk asks what a sign-in asks, of connections like those of a sign-in.
func (s emptyServer) walk(ctx context.Context) error {
	for i := range mainRequests {
		path := "/"
		if i == 0 {
			path = "/page"
		}
		if err := ask(ctx, s.kept, s.main+path); err != nil {
			return err
		}
	}
	return ask(ctx, s.always, s.host+"/")
}

func ask(ctx context.Context, by *http.Transport, address string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	answer, err := by.RoundTrip(r)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
	return err
}
