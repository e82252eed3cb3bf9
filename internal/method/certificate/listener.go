package certificate

import (
	"errors"
	"net"
)

// maxSent is how much a client may send on one connection, handshake included.
// It bounds the certificates that crypto/tls parses before we see them, of which
// that allows 256 KiB (CVE-2026-32280: chains made to be costly). A hundred usual
// certificates and the one request that a connection carries fit, so that too
// many certificates still get a page.
const maxSent = 128 << 10

// errSentTooMuch ends a connection that sent more.
var errSentTooMuch = errors.New("the client sent more than an attempt needs")

// Limit returns the listener with a bound on what its clients send. TLS goes on
// top, with the configuration of Host.TLSConfig.
func Limit(l net.Listener) net.Listener { return limited{l} }

type limited struct{ net.Listener }

// Accept implements net.Listener.
func (l limited) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &bounded{Conn: c, left: maxSent}, nil
}

// bounded is a connection that little can be read from.
type bounded struct {
	net.Conn
	left int // bytes; belongs to whoever reads, which is one goroutine at a time
}

// Read implements net.Conn.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.Conn.Read(p)
	if b.left -= n; b.left < 0 {
		return 0, errSentTooMuch
	}
	return n, err
}
