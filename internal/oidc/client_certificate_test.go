package oidc_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"signet/internal/iam"
)

// A certificate counts on the listener that asks applications for it, and nowhere else:
// on others it may be that of a proxy, which speaks for everybody behind it.
func TestCertificateOfAnApplicationCountsOnItsListenerOnly(t *testing.T) {
	h := newHouse(t)
	program := iam.Program("test")
	h.directory.CheckClientCertificate = func(*iam.ClientCertificate) error { return nil }
	app, err := h.directory.App(t.Context(), "wiki")
	if err != nil {
		t.Fatal(err)
	}
	own := &iam.ClientCertificate{Anchors: "x", Name: iam.ClientDNS, Value: "wiki.example.org"}
	if err := h.directory.SetClientCertificate(t.Context(), program, app.ID, app.Version, own); err != nil {
		t.Fatal(err)
	}
	h.room.Prove = func(_ context.Context, c iam.ClientCertificate, presented []*x509.Certificate, _ time.Time) (string, error) {
		if len(presented) == 0 || c.Value != own.Value {
			return "no_certificate", nil
		}
		return "", nil
	}
	site, clients := h.site, http.NewServeMux()
	h.room.MountClients(clients)
	ask := func(on http.Handler, shown []*x509.Certificate, secret string) int {
		form := url.Values{"token": {"x"}, "client_id": {"wiki"}}
		if secret != "" {
			form.Set("client_secret", secret)
		}
		r := httptest.NewRequest("POST", "/oidc/introspect", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.TLS = &tls.ConnectionState{PeerCertificates: shown}
		w := httptest.NewRecorder()
		on.ServeHTTP(w, r)
		return w.Code
	}
	certificate := []*x509.Certificate{{}}
	secret := string(h.secrets["wiki"])
	for what, c := range map[string]struct{ got, want int }{
		"its certificate, at its listener":         {ask(clients, certificate, ""), http.StatusOK},
		"nothing, at its listener":                 {ask(clients, nil, ""), http.StatusUnauthorized},
		"a certificate, at the main site":          {ask(site, certificate, ""), http.StatusUnauthorized},
		"its secret, at the main site":             {ask(site, nil, secret), http.StatusUnauthorized},
		"its secret and certificate, at either":    {ask(clients, certificate, secret), http.StatusUnauthorized},
		"another application's way, at either":     {ask(site, certificate, secret), http.StatusUnauthorized},
		"the secret in the place of a certificate": {ask(clients, nil, secret), http.StatusUnauthorized},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", what, c.got, c.want)
		}
	}
	// Back to the secret, which counts again.
	if app, err = h.directory.App(t.Context(), "wiki"); err != nil {
		t.Fatal(err)
	}
	if err := h.directory.SetClientCertificate(t.Context(), program, app.ID, app.Version, nil); err != nil {
		t.Fatal(err)
	}
	h.clock.Advance(5 * time.Second)
	if got := ask(site, nil, secret); got != http.StatusOK {
		t.Errorf("the secret afterwards: %d", got)
	}
	if got := ask(clients, certificate, ""); got != http.StatusUnauthorized {
		t.Errorf("the certificate afterwards: %d", got)
	}
}
