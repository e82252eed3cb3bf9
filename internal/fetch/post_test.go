package fetch_test

import (
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"

	"signet/internal/fetch"
)

func TestPost(t *testing.T) {
	status, got := http.StatusOK, url.Values{}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		got = r.PostForm
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	plain := httptest.NewServer(server.Config.Handler)
	t.Cleanup(plain.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	here := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	form := url.Values{"logout_token": {"a.b.c"}}
	for name, c := range map[string]struct {
		client  fetch.Client
		address string
		status  int
		ok      bool
		is      error
	}{
		"answered":            {fetch.Client{Allowed: here, Roots: roots}, server.URL, http.StatusOK, true, nil},
		"no content":          {fetch.Client{Allowed: here, Roots: roots}, server.URL, http.StatusNoContent, true, nil},
		"refused":             {fetch.Client{Allowed: here, Roots: roots}, server.URL, http.StatusBadRequest, false, nil},
		"redirect":            {fetch.Client{Allowed: here, Roots: roots}, server.URL, http.StatusTemporaryRedirect, false, nil},
		"private address":     {fetch.Client{Roots: roots}, server.URL, http.StatusOK, false, fetch.ErrAddress},
		"private by its name": {fetch.Client{Roots: roots}, "https://app.localhost:" + portOf(t, server.URL), http.StatusOK, false, fetch.ErrAddress},
		"unknown certificate": {fetch.Client{Allowed: here}, server.URL, http.StatusOK, false, nil},
		"plain http":          {fetch.Client{Allowed: here, Roots: roots}, plain.URL, http.StatusOK, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			status, got = c.status, nil
			err := c.client.Post(t.Context(), c.address, form)
			if (err == nil) != c.ok || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("error %v", err)
			}
			if c.ok && got.Get("logout_token") != "a.b.c" {
				t.Errorf("posted %v", got)
			}
		})
	}
}

func portOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Port()
}
