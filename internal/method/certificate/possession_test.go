package certificate_test

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"signet/internal/login"
)

// T24 (CVE-2022-29222): a certificate alone proves nothing; whoever sends one
// must sign with its key. No library lets a client leave that out, so this one is
// written by hand. That it gets in when it does sign shows that nothing else is
// what it fails by.
func TestT24CertificateWithoutProofOfItsKey(t *testing.T) {
	h := newHouse(t)
	me := h.ca.person("Alice")
	h.link(h.alice.ID, h.mtls, me, h.ca)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for name, proof := range map[string]func(message []byte) []byte{
			"a right signature": func(message []byte) []byte {
				sum := sha256.Sum256(message)
				signature, err := me.PrivateKey.(crypto.Signer).Sign(rand.Reader, sum[:], crypto.SHA256)
				must(t, err)
				return signature
			},
			"no CertificateVerify": nil,
			"an empty signature":   func([]byte) []byte { return nil },
			"garbage":              func([]byte) []byte { return bytes.Repeat([]byte{0x30}, 70) },
			"another key": func(message []byte) []byte {
				sum := sha256.Sum256(message)
				signature, err := newKey(t).Sign(rand.Reader, sum[:], crypto.SHA256)
				must(t, err)
				return signature
			},
			"a signature of something else": func(message []byte) []byte {
				sum := sha256.Sum256(message[1:])
				signature, err := me.PrivateKey.(crypto.Signer).Sign(rand.Reader, sum[:], crypto.SHA256)
				must(t, err)
				return signature
			},
		} {
			t.Run(tls.VersionName(version)+"/"+name, func(t *testing.T) {
				at := h.start(h.mtls)
				response, err := bareRequest(t, h.addr, version, at.url, me.Certificate[0], proof)
				if name != "a right signature" {
					if err == nil || !h.stored(at).JudgedAt.IsZero() {
						t.Fatalf("answered %q, %v; want the handshake to end", response, err)
					}
					return
				}
				must(t, err)
				_, location, _ := strings.Cut(response, "Location: ")
				location, _, _ = strings.Cut(location, "\r\n")
				if out := h.returned(at, answer{status: 303, location: location}); out.Step != login.StepDone {
					t.Errorf("the login goes on with %s", out.Step)
				}
			})
		}
	}
}

// bareRequest makes a GET request as a TLS client of the least kind: X25519,
// ECDSA with P-256, AES-128-GCM; the server is not verified. Proof signs the
// message of CertificateVerify, or is nil to leave that out.
func bareRequest(t *testing.T, addr string, version uint16, to string, certificate []byte, proof func([]byte) []byte) (string, error) {
	t.Helper()
	u, err := url.Parse(to)
	must(t, err)
	conn, err := net.Dial("tcp", addr)
	must(t, err)
	defer conn.Close()
	must(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	c := &bareClient{conn: conn}
	c.key, err = ecdh.X25519().GenerateKey(rand.Reader)
	must(t, err)
	if version == tls.VersionTLS13 {
		err = c.handshake13(u.Hostname(), certificate, proof)
	} else {
		err = c.handshake12(u.Hostname(), certificate, proof)
	}
	if err != nil {
		return "", err
	}
	if err := c.write(23, []byte("GET "+u.EscapedPath()+" HTTP/1.1\r\nHost: "+u.Host+"\r\n\r\n")); err != nil {
		return "", err
	}
	for {
		kind, content, err := c.read()
		if err != nil {
			return "", err
		}
		if kind == 23 {
			return string(content), nil
		}
	}
}

type bareClient struct {
	conn       net.Conn
	key        *ecdh.PrivateKey
	transcript []byte // all handshake messages
	pending    []byte // of the handshake, read and not yet used
	in, out    *recordCipher
}

// recordCipher protects records of one direction.
type recordCipher struct {
	aead cipher.AEAD
	iv   []byte
	seq  uint64
	v13  bool
}

func newRecordCipher(key, iv []byte, v13 bool) *recordCipher {
	block, _ := aes.NewCipher(key) // 16 bytes always
	aead, _ := cipher.NewGCM(block)
	return &recordCipher{aead: aead, iv: iv, v13: v13}
}

// nonce is that of the next record: RFC 8446, section 5.3; RFC 5288, section 3.
func (r *recordCipher) nonce() []byte {
	seq := binary.BigEndian.AppendUint64(nil, r.seq)
	if !r.v13 {
		return append(slices.Clone(r.iv), seq...)
	}
	nonce := slices.Clone(r.iv)
	for i, b := range seq {
		nonce[4+i] ^= b
	}
	return nonce
}

func header(kind byte, length int) []byte { return []byte{kind, 3, 3, byte(length >> 8), byte(length)} }

func (c *bareClient) write(kind byte, content []byte) error {
	switch {
	case c.out == nil:
	case c.out.v13:
		head := header(23, len(content)+1+16)
		sealed := c.out.aead.Seal(nil, c.out.nonce(), append(slices.Clone(content), kind), head)
		kind, content, c.out.seq = 23, sealed, c.out.seq+1
	default:
		nonce := c.out.nonce()
		head := append(binary.BigEndian.AppendUint64(nil, c.out.seq), header(kind, len(content))...)
		content, c.out.seq = append(slices.Clone(nonce[4:]), c.out.aead.Seal(nil, nonce, content, head)...), c.out.seq+1
	}
	_, err := c.conn.Write(append(header(kind, len(content)), content...))
	return err
}

// read returns the next record, opened. An alert is an error.
func (c *bareClient) read() (byte, []byte, error) {
	head := make([]byte, 5)
	if _, err := io.ReadFull(c.conn, head); err != nil {
		return 0, nil, err
	}
	kind, content := head[0], make([]byte, binary.BigEndian.Uint16(head[3:]))
	if _, err := io.ReadFull(c.conn, content); err != nil {
		return 0, nil, err
	}
	var err error
	switch {
	case c.in == nil || kind == 20:
	case c.in.v13:
		content, err = c.in.aead.Open(nil, c.in.nonce(), content, head)
		c.in.seq++
		if err == nil {
			content = bytes.TrimRight(content, "\x00")
			kind, content = content[len(content)-1], content[:len(content)-1]
		}
	default:
		aad := append(binary.BigEndian.AppendUint64(nil, c.in.seq), header(kind, len(content)-8-16)...)
		content, err = c.in.aead.Open(nil, append(slices.Clone(c.in.iv), content[:8]...), content[8:], aad)
		c.in.seq++
	}
	if err == nil && kind == 21 {
		err = fmt.Errorf("alert %d", content[1])
	}
	return kind, content, err
}

// message is one of the handshake: a type and a content.
func (c *bareClient) send(kind byte, content []byte) error {
	m := append([]byte{kind, byte(len(content) >> 16), byte(len(content) >> 8), byte(len(content))}, content...)
	c.transcript = append(c.transcript, m...)
	return c.write(22, m)
}

func (c *bareClient) receive() (kind byte, content []byte, err error) {
	for {
		if len(c.pending) >= 4 {
			if n := 4 + (int(c.pending[1])<<16 | int(c.pending[2])<<8 | int(c.pending[3])); len(c.pending) >= n {
				kind, content = c.pending[0], c.pending[4:n]
				c.transcript, c.pending = append(c.transcript, c.pending[:n]...), c.pending[n:]
				return kind, content, nil
			}
		}
		kind, record, err := c.read()
		if err != nil {
			return 0, nil, err
		}
		if kind == 22 {
			c.pending = append(c.pending, record...)
		}
	}
}

// until receives messages up to one of a kind, whose content it returns.
func (c *bareClient) until(kind byte) ([]byte, error) {
	for {
		got, content, err := c.receive()
		if err != nil || got == kind {
			return content, err
		}
	}
}

func (c *bareClient) hash() []byte {
	sum := sha256.Sum256(c.transcript)
	return sum[:]
}

func vector(size int, content ...byte) []byte {
	length := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	return append(length[4-size:], content...)
}

func extension(id uint16, content ...byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, id), vector(2, content...)...)
}

// hello sends a ClientHello and returns both randoms and the rest of ServerHello.
func (c *bareClient) hello(name string, suite uint16, further ...byte) (client, server, rest []byte, err error) {
	client = make([]byte, 32)
	_, _ = rand.Read(client) // never fails
	extensions := slices.Concat(
		extension(0, vector(2, slices.Concat([]byte{0}, vector(2, []byte(name)...))...)...), // server_name
		extension(10, vector(2, 0, 0x1d)...),                                                // supported_groups: X25519
		extension(11, vector(1, 0)...),                                                      // ec_point_formats
		extension(13, vector(2, 4, 3)...),                                                   // signature_algorithms: ecdsa_secp256r1_sha256
		further,
	)
	err = c.send(1, slices.Concat([]byte{3, 3}, client, vector(1), vector(2, byte(suite>>8), byte(suite)), vector(1, 0), vector(2, extensions...)))
	if err != nil {
		return nil, nil, nil, err
	}
	content, err := c.until(2)
	if err != nil {
		return nil, nil, nil, err
	}
	session := int(content[34])
	return client, content[2:34], content[35+session+3:], nil
}

// handshake13 is RFC 8446.
func (c *bareClient) handshake13(name string, certificate []byte, proof func([]byte) []byte) error {
	share := slices.Concat([]byte{0, 0x1d}, vector(2, c.key.PublicKey().Bytes()...))
	_, _, rest, err := c.hello(name, 0x1301, append(extension(43, vector(1, 3, 4)...), extension(51, vector(2, share...)...)...)...)
	if err != nil {
		return err
	}
	at := bytes.Index(rest, []byte{0, 51, 0, 36, 0, 0x1d, 0, 32})
	if at < 0 {
		return errors.New("no key share in ServerHello")
	}
	peer, err := ecdh.X25519().NewPublicKey(rest[at+8 : at+40])
	if err != nil {
		return err
	}
	shared, err := c.key.ECDH(peer)
	if err != nil {
		return err
	}
	zero, empty := make([]byte, 32), sha256.Sum256(nil)
	early, _ := hkdf.Extract(sha256.New, zero, zero)
	secret, _ := hkdf.Extract(sha256.New, shared, label13(early, "derived", empty[:], 32))
	clientSecret, serverSecret := label13(secret, "c hs traffic", c.hash(), 32), label13(secret, "s hs traffic", c.hash(), 32)
	protect := func(s []byte) *recordCipher {
		return newRecordCipher(label13(s, "key", nil, 16), label13(s, "iv", nil, 12), true)
	}
	c.in = protect(serverSecret)
	if _, err := c.until(20); err != nil {
		return err
	}
	master, _ := hkdf.Extract(sha256.New, zero, label13(secret, "derived", empty[:], 32))
	clientApp, serverApp := label13(master, "c ap traffic", c.hash(), 32), label13(master, "s ap traffic", c.hash(), 32)
	c.in, c.out = protect(serverApp), protect(clientSecret)
	if err := c.send(11, append([]byte{0}, vector(3, append(vector(3, certificate...), 0, 0)...)...)); err != nil {
		return err
	}
	if proof != nil {
		message := slices.Concat(bytes.Repeat([]byte{0x20}, 64), []byte("TLS 1.3, client CertificateVerify\x00"), c.hash())
		if err := c.send(15, append([]byte{4, 3}, vector(2, proof(message)...)...)); err != nil {
			return err
		}
	}
	mac := hmac.New(sha256.New, label13(clientSecret, "finished", nil, 32))
	mac.Write(c.hash())
	if err := c.send(20, mac.Sum(nil)); err != nil {
		return err
	}
	c.out = protect(clientApp)
	return nil
}

// label13 is HKDF-Expand-Label of RFC 8446, section 7.1.
func label13(secret []byte, label string, context []byte, length int) []byte {
	info := slices.Concat([]byte{byte(length >> 8), byte(length)}, vector(1, []byte("tls13 "+label)...), vector(1, context...))
	out, _ := hkdf.Expand(sha256.New, secret, string(info), length) // short enough always
	return out
}

// handshake12 is RFC 5246 with RFC 8422 and RFC 5288.
func (c *bareClient) handshake12(name string, certificate []byte, proof func([]byte) []byte) error {
	client, server, _, err := c.hello(name, 0xc02b)
	if err != nil {
		return err
	}
	exchange, err := c.until(12)
	if err != nil {
		return err
	}
	peer, err := ecdh.X25519().NewPublicKey(exchange[4:36])
	if err != nil {
		return err
	}
	shared, err := c.key.ECDH(peer)
	if err != nil {
		return err
	}
	if _, err := c.until(14); err != nil {
		return err
	}
	if err := c.send(11, vector(3, vector(3, certificate...)...)); err != nil {
		return err
	}
	if err := c.send(16, vector(1, c.key.PublicKey().Bytes()...)); err != nil {
		return err
	}
	if proof != nil {
		if err := c.send(15, append([]byte{4, 3}, vector(2, proof(c.transcript)...)...)); err != nil {
			return err
		}
	}
	master := prf12(shared, "master secret", slices.Concat(client, server), 48)
	keys := prf12(master, "key expansion", slices.Concat(server, client), 40)
	if err := c.write(20, []byte{1}); err != nil {
		return err
	}
	c.out = newRecordCipher(keys[:16], keys[32:36], false)
	if err := c.send(20, prf12(master, "client finished", c.hash(), 12)); err != nil {
		return err
	}
	if kind, _, err := c.read(); err != nil || kind != 20 {
		return fmt.Errorf("no ChangeCipherSpec, record %d: %w", kind, err)
	}
	c.in = newRecordCipher(keys[16:32], keys[36:40], false)
	_, err = c.until(20)
	return err
}

// prf12 is the pseudorandom function of RFC 5246, section 5.
func prf12(secret []byte, label string, seed []byte, length int) []byte {
	mac := func(parts ...[]byte) []byte {
		m := hmac.New(sha256.New, secret)
		m.Write(slices.Concat(parts...))
		return m.Sum(nil)
	}
	all := slices.Concat([]byte(label), seed)
	var out []byte
	for a := mac(all); len(out) < length; a = mac(a) {
		out = append(out, mac(a, all)...)
	}
	return out[:length]
}
