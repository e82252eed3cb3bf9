package server

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
)

// inside answers requests to the site from the site itself, without a network
// between: the test application asks for tokens as any other application does,
// and neither names, proxies nor certificates of this machine can keep it from it.
type inside struct {
	issuer  *url.URL
	handler func() http.Handler // of the main host; it is built after the rooms
}

// RoundTrip implements http.RoundTripper.
func (i inside) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != i.issuer.Scheme || r.URL.Host != i.issuer.Host {
		return nil, fmt.Errorf("the test application asks %s, which is not this site", r.URL.Host)
	}
	in := r.Clone(r.Context())
	in.Host, in.RequestURI = r.URL.Host, r.URL.RequestURI()
	in.RemoteAddr = netip.AddrPortFrom(netip.IPv6Loopback(), 0).String()
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	i.handler().ServeHTTP(w, in)
	answer := w.Result()
	answer.Request = r
	return answer, nil
}
