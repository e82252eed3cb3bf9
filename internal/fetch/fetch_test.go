package fetch_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"signet/internal/fetch"
)

func loopback() *fetch.Client {
	return &fetch.Client{Allowed: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}
}

// TestT29PrivateAddressesAreNotReached is CVE-2026-21945: an address in a
// certificate or a setting must not become a way into the network around Signet.
func TestT29PrivateAddressesAreNotReached(t *testing.T) {
	asked := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer server.Close()
	_, port, _ := strings.Cut(server.Listener.Addr().String(), ":")
	for _, address := range []string{
		server.URL, "http://localhost:" + port + "/", "http://[::1]:" + port + "/", "http://0.0.0.0:" + port + "/", "http://[::ffff:127.0.0.1]:" + port + "/",
		"http://10.0.0.1/", "http://192.168.1.1/", "http://172.16.0.1/", "http://169.254.169.254/latest/meta-data/", "http://100.64.0.1/",
		"http://[fe80::1]/", "http://[fd00::1]/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://[::127.0.0.1]/", "http://[::ffff:10.0.0.1]/", "http://[fec0::1]/", "http://224.0.0.1/", "http://255.255.255.255/",
		"http://198.51.100.7/", "http://2130706433:" + port + "/", "http://127.1:" + port + "/",
	} {
		data, err := (&fetch.Client{}).Get(t.Context(), address, nil, 100)
		if err == nil {
			t.Errorf("%s was fetched: %q", address, data)
		}
		// Where nobody answers, that proves nothing: it must not have been tried. A number
		// that is no address is a name, and no name server knows it.
		if u, bad := url.Parse(address); bad == nil && !errors.Is(err, fetch.ErrAddress) {
			if _, err := netip.ParseAddr(u.Hostname()); err == nil {
				t.Errorf("%s was tried", address)
			}
		}
	}
	if asked {
		t.Error("a private address was asked")
	}
	if _, err := (&fetch.Client{}).Get(t.Context(), server.URL, nil, 100); !errors.Is(err, fetch.ErrAddress) {
		t.Errorf("error = %v", err)
	}
	for _, address := range []string{"file:///etc/passwd", "ftp://example.org/", "ldap://example.org/cn=x", "gopher://x/", "//example.org/", "", "http://user:pass@example.org/"} {
		if _, err := loopback().Get(t.Context(), address, nil, 100); err == nil {
			t.Errorf("%q was fetched", address)
		}
	}
}

// TestT29LimitsOfAFetch: redirects, sizes and times.
func TestT29LimitsOfAFetch(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "elsewhere") }))
	defer other.Close()
	hold := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/good", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Method+" good") })
	mux.HandleFunc("/redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, http.StatusFound) })
	mux.HandleFunc("/missing", http.NotFound)
	mux.HandleFunc("/announced", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000000")
		_, _ = w.Write(make([]byte, 1000000))
	})
	mux.HandleFunc("/endless", func(w http.ResponseWriter, _ *http.Request) {
		for range 100 {
			if _, err := w.Write(make([]byte, 1000)); err != nil {
				return
			}
			w.(http.Flusher).Flush()
		}
	})
	mux.HandleFunc("/truncated", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "50")
		_, _ = w.Write([]byte("short"))
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_ = conn.Close()
		}
	})
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hold:
		case <-r.Context().Done():
		}
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	defer close(hold)
	data, err := loopback().Get(t.Context(), server.URL+"/good", nil, 100)
	if err != nil || string(data) != "GET good" {
		t.Fatalf("%q, %v", data, err)
	}
	if data, err = loopback().Get(t.Context(), server.URL+"/good", []byte("question"), 100); err != nil || string(data) != "POST good" {
		t.Fatalf("%q, %v", data, err)
	}
	for _, path := range []string{"/redirect", "/missing", "/announced", "/endless", "/truncated"} {
		if data, err := loopback().Get(t.Context(), server.URL+path, nil, 100); err == nil {
			t.Errorf("%s was fetched: %d bytes", path, len(data))
		}
	}
	impatient := loopback()
	impatient.Timeout = 20 * time.Millisecond
	if _, err := impatient.Get(t.Context(), server.URL+"/slow", nil, 100); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("slow: %v", err)
	}
	// Nobody listens there.
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := closed.Addr().String()
	_ = closed.Close()
	if _, err := loopback().Get(t.Context(), "http://"+address+"/", nil, 100); err == nil {
		t.Error("nobody answered, and it was fetched")
	}
	if exact, err := loopback().Get(t.Context(), server.URL+"/good", nil, int64(len("GET good"))); err != nil || !bytes.Equal(exact, []byte("GET good")) {
		t.Errorf("exactly the limit: %q, %v", exact, err)
	}
}
