package server

import (
	"bufio"
	"io"
	"net"
	"net/netip"
	"testing"
)

// TestBalancersMustTellTheClient: who is behind a balancer comes from the PROXY
// protocol, and from nobody else.
func TestBalancersMustTellTheClient(t *testing.T) {
	v2 := "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xc6\x33\x64\x07\x7f\x00\x00\x01\x12\x67\x01\xbb" // 198.51.100.7:4711
	for name, c := range map[string]struct {
		balancer, sent string
		from           string // "": nothing can be read
		reads          string
	}{
		"version 2":                       {"127.0.0.0/8", v2 + "hello\n", "198.51.100.7", "hello\n"},
		"version 1":                       {"127.0.0.0/8", "PROXY TCP4 198.51.100.7 127.0.0.1 4711 443\r\nhello\n", "198.51.100.7", "hello\n"},
		"a balancer that tells nothing":   {"127.0.0.0/8", "hello hello hello hello\n", "", ""},
		"a balancer that tells nonsense":  {"127.0.0.0/8", "PROXY TCP4 x\r\nhello\n", "", ""},
		"a stranger who tells":            {"192.0.2.0/24", "PROXY TCP4 198.51.100.7 127.0.0.1 4711 443\r\n", "127.0.0.1", "PROXY TCP4 198.51.100.7 127.0.0.1 4711 443\r\n"},
		"a stranger":                      {"192.0.2.0/24", "hello\n", "127.0.0.1", "hello\n"},
		"its own check (LOCAL)":           {"127.0.0.0/8", "\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00hello\n", "127.0.0.1", "hello\n"},
		"a second one behind it is bytes": {"127.0.0.0/8", v2 + "PROXY TCP4 192.0.2.9 127.0.0.1 1 443\n", "198.51.100.7", "PROXY TCP4 192.0.2.9 127.0.0.1 1 443\n"},
	} {
		t.Run(name, func(t *testing.T) {
			plain, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer plain.Close()
			l := behindBalancers(plain, []netip.Prefix{netip.MustParsePrefix(c.balancer)})
			client, err := net.Dial("tcp", plain.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			if _, err := io.WriteString(client, c.sent); err != nil {
				t.Fatal(err)
			}
			conn, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			line, err := bufio.NewReader(conn).ReadString('\n')
			if c.from == "" {
				if err == nil {
					t.Errorf("%q is read", line)
				}
				return
			}
			if host, _, _ := net.SplitHostPort(conn.RemoteAddr().String()); err != nil || line != c.reads || host != c.from {
				t.Errorf("%q from %s, %v", line, host, err)
			}
		})
	}
}
