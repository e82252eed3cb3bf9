package certificate

import (
	"errors"
	"net"
	"sync/atomic"
)

// maxGreeting is how much a client may send before its handshake is over. It
// bounds the certificates that crypto/tls parses before we see them, of which
// that allows 256 KiB (CVE-2026-32280: chains made to be costly). A hundred
// usual certificates fit, so that too many of them still get a page.
const maxGreeting = 128 << 10

// errGreeting ends a connection that sent more.
var errGreeting = errors.New("the client sent too much before its handshake was over")

// Limit returns the listener with a bound on what its clients send before their
// handshake is over. TLS goes on top, with the configuration of Host.TLSConfig.
func Limit(l net.Listener) net.Listener { return limited{l} }

type limited struct{ net.Listener }

// Accept implements net.Listener.
func (l limited) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	g := &greeting{Conn: c}
	g.left.Store(maxGreeting)
	return g, nil
}

// greeting is a connection whose handshake is not over yet.
type greeting struct {
	net.Conn
	// left is how much more may be read; it is set by lift in the goroutine of the
	// handshake, while another may read.
	left atomic.Int64
}

// Read implements net.Conn.
func (g *greeting) Read(p []byte) (int, error) {
	n, err := g.Conn.Read(p)
	if g.left.Add(-int64(n)) < 0 {
		return 0, errGreeting
	}
	return n, err
}

// lift ends the bound: from here on net/http has its own.
func (g *greeting) lift() { g.left.Store(1 << 62) }
