package server

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"signet/internal/doctor"
	"signet/internal/iam"
	"signet/internal/method/certificate"
	"signet/internal/store/storetest"
)

// TestT04DoctorTriesForgeries sends forged certificate headers through proxies
// that take them away, pass them on, or do not pass such requests on at all.
func TestT04DoctorTriesForgeries(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*http.Request) // what the proxy does on the way
		passes bool                // whether it passes requests for the certificate host on
		want   string
	}{
		"passes everything on":     {func(*http.Request) {}, true, "passed"},
		"takes the headers away":   {func(r *http.Request) { dropForged(r.Header, false) }, true, "reachable"},
		"forgets the underscores":  {func(r *http.Request) { dropForged(r.Header, true) }, true, "passed"},
		"writes its own over them": {func(r *http.Request) { dropForged(r.Header, false); r.Header.Set("X-SSL-Client-Verify", "NONE") }, true, "reachable"},
		"has none of these paths":  {func(*http.Request) {}, false, "ok"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &Server{DB: storetest.New(t)}
			s.options.Log = slog.New(slog.DiscardHandler)
			behind := httptest.NewServer(s.seen(http.NotFoundHandler()))
			defer behind.Close()
			to, err := url.Parse(behind.URL)
			if err != nil {
				t.Fatal(err)
			}
			through := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to); c.change(r.Out) }}
			front := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !c.passes && certificate.IsAttemptPath(r.URL.Path) {
					http.NotFound(w, r)
					return
				}
				through.ServeHTTP(w, r)
			}))
			front.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
			defer front.Close()
			installation := doctor.Installation{
				Issuer: strings.Replace(front.URL, "127.0.0.1", "example.com", 1), DB: s.DB, Now: time.Now, Proxy: doctor.Proxy{On: true},
				Resolve: func(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil },
			}
			installation.Trust = s.Trust
			got := ""
			for _, f := range installation.Examine(t.Context()) {
				if f.Check == "forgery" {
					got = f.Case
				}
			}
			if got != c.want {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

func dropForged(header http.Header, dashesOnly bool) {
	for name := range header {
		for forged := range certificate.Forged() {
			same := strings.EqualFold(name, forged)
			if same && !(dashesOnly && strings.Contains(name, "_")) {
				delete(header, name)
			}
		}
	}
}

// A main site that somebody wrote by hand and that leads to the certificate host
// is found without a proxy listener; one without a fault is not spoken of.
func TestDoctorFindsASiteThatLeadsToTheCertificateHost(t *testing.T) {
	for name, c := range map[string]struct {
		passes bool
		want   string
	}{"leads there": {true, "reachable"}, "does not": {false, ""}} {
		t.Run(name, func(t *testing.T) {
			s, _ := site(t)
			behind := httptest.NewServer(s.certificateHost.server.Handler)
			defer behind.Close()
			to, err := url.Parse(behind.URL)
			if err != nil {
				t.Fatal(err)
			}
			through := httputil.NewSingleHostReverseProxy(to)
			front := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if c.passes && certificate.IsAttemptPath(r.URL.Path) {
					through.ServeHTTP(w, r)
					return
				}
				http.NotFound(w, r)
			}))
			front.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
			defer front.Close()
			installation := doctor.Installation{
				Issuer: strings.Replace(front.URL, "127.0.0.1", "example.com", 1), DB: s.DB, Trust: s.Trust, Now: time.Now,
				Resolve: func(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil },
			}
			got := ""
			for _, f := range installation.Examine(t.Context()) {
				if f.Check == "forgery" || f.Check == "proxy" {
					got = f.Case
				}
			}
			if got != c.want {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

// Nobody else learns what reached the proxy listener.
func TestDoctorsTicketIsNeeded(t *testing.T) {
	s := &Server{DB: storetest.New(t)}
	s.options.Log = slog.New(slog.DiscardHandler)
	handler := s.seen(http.NotFoundHandler())
	for _, ticket := range []string{"", "guess", string(iam.NewSecret())} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, doctor.SeenPath+ticket, nil))
		if w.Code != http.StatusNotFound {
			t.Errorf("ticket %q: %d", ticket, w.Code)
		}
	}
}
