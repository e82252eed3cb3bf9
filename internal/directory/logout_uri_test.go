package directory

import (
	"strings"
	"testing"
)

func TestLogoutURI(t *testing.T) {
	for uri, want := range map[string]string{
		"": "", "https://wiki.example/out": "", "https://wiki.example:8443/out?tenant=a": "",
		"http://127.0.0.1/out": "uri_not_https", "http://wiki.example/out": "uri_not_https", "com.example.app:/out": "uri_not_https",
		"https://wiki.example/out#x": "uri_fragment", "https://me@wiki.example/": "uri_user", "https://*.example/": "uri_wildcard",
		"https:///out": "uri_not_https", "wiki": "uri_malformed", "https://wiki.example/" + strings.Repeat("x", MaxURILength): "uri_too_long",
	} {
		if got := checkLogoutURI(uri); got != want {
			t.Errorf("%.60s: %q, want %q", uri, got, want)
		}
	}
}
