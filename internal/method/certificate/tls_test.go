package certificate_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/store/storetest"
	"signet/internal/trust"
)

// anyTicket is a session cache that offers its newest session everywhere, as an
// attacker would.
type anyTicket struct {
	mu      sync.Mutex
	session *tls.ClientSessionState // under mu
	puts    int                     // under mu
}

func (c *anyTicket) Get(string) (*tls.ClientSessionState, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.session, c.session != nil
}

func (c *anyTicket) Put(_ string, s *tls.ClientSessionState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s != nil {
		c.session, c.puts = s, c.puts+1
	}
}

func (c *anyTicket) taken() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.puts
}

// ticketOf gets a session ticket from a listener that gives them out, as the main
// host does.
func (h *house) ticketOf(config *tls.Config, cache *anyTicket, client func(*tls.Config)) {
	h.t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	must(h.t, err)
	config.GetCertificate, config.Time = h.host.Certificate, h.clock.Now
	server := &http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(tls.NewListener(inner, config)) }()
	defer server.Close()
	before := h.addr
	defer func() { h.addr = before }()
	h.addr = inner.Addr().String()
	h.visit(visit{url: "https://id.localhost:8443/", tls: client})
	if cache.taken() == 0 {
		h.t.Fatal("the main host gave no ticket, so that this test would prove nothing")
	}
}

const (
	extensionSessionTicket uint16 = 35 // RFC 5077, section 3.2
	extensionPreSharedKey  uint16 = 41 // RFC 8446, section 4.2.11
)

func versions(t *testing.T, test func(t *testing.T, only func(*tls.Config))) {
	for _, v := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(v), func(t *testing.T) {
			test(t, func(c *tls.Config) { c.MinVersion, c.MaxVersion = v, v })
		})
	}
}

// T11 (CVE-2025-23419, CVE-2025-23048): a session of another host is never
// resumed here, and the certificate that it was made with counts for nothing.
func TestT11TicketOfAnotherHost(t *testing.T) {
	versions(t, func(t *testing.T, only func(*tls.Config)) {
		h := newHouse(t)
		tenant := newAuthority(t, "Tenant B CA")
		methodB := h.method(iam.CertificateSettings{Anchors: pemOf(tenant)})
		me := h.ca.person("Alice")
		h.link(h.alice.ID, h.mtls, me, h.ca)
		for name, other := range map[string]*tls.Config{
			"of the main host":                         {},
			"of a host that took a certificate":        {ClientAuth: tls.RequestClientCert},
			"of a host that verified it by another CA": {ClientAuth: tls.RequireAnyClientCert},
		} {
			t.Run(name, func(t *testing.T) {
				cache := &anyTicket{}
				client := func(c *tls.Config) { only(c); c.ClientSessionCache = cache }
				if other.ClientAuth != tls.NoClientCert {
					h.ticketOf(other, cache, func(c *tls.Config) {
						client(c)
						c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return me, nil }
					})
				} else {
					h.ticketOf(other, cache, client)
				}
				for _, p := range []iam.Provider{h.mtls, methodB} {
					at := h.start(p)
					a := h.visit(visit{url: at.url, tls: client}) // without a certificate of its own
					hello := h.lastHello()
					if !slices.Contains(hello.Extensions, extensionPreSharedKey) && !slices.Contains(hello.Extensions, extensionSessionTicket) {
						t.Error("the client offered no session, so that this test proves nothing")
					}
					if a.state.DidResume || !a.asked {
						t.Errorf("resumed: %v, asked for a certificate: %v", a.state.DidResume, a.asked)
					}
					if r := h.refusal(at, a); r.Cause != string(cert.CauseNoCertificate) {
						t.Errorf("refused with %s", r.Cause)
					}
				}
			})
		}
	})
}

func TestCertificateHostGivesNoTickets(t *testing.T) {
	versions(t, func(t *testing.T, only func(*tls.Config)) {
		h := newHouse(t)
		cache := &anyTicket{}
		for range 3 {
			at := h.start(h.mtls)
			a := h.visit(visit{url: at.url, as: h.ca.person("Alice"), tls: func(c *tls.Config) { only(c); c.ClientSessionCache = cache }})
			if a.state.DidResume || !a.asked {
				t.Errorf("resumed: %v, asked: %v", a.state.DidResume, a.asked)
			}
		}
		if n := cache.taken(); n != 0 {
			t.Errorf("%d tickets were given out", n)
		}
	})
}

// T12 (Cloudflare, December 2022): what was withdrawn does not come back through
// a session.
func TestT12WithdrawnBetweenTwoVisits(t *testing.T) {
	versions(t, func(t *testing.T, only func(*tls.Config)) {
		h := newHouse(t)
		me := h.ca.person("Alice", func(c *x509.Certificate) { c.NotAfter = storetest.Start().Add(time.Hour) })
		linked := h.link(h.alice.ID, h.mtls, me, h.ca)
		cache := &anyTicket{}
		sign := func() (attempt, answer) {
			at := h.start(h.mtls)
			return at, h.visit(visit{url: at.url, as: me, tls: func(c *tls.Config) { only(c); c.ClientSessionCache = cache }})
		}
		at, a := sign()
		if out := h.returned(at, a); out.Step != login.StepDone {
			t.Fatalf("the first sign-in goes on with %s", out.Step)
		}
		must(t, h.directory.Block(t.Context(), h.program, h.alice.ID))
		if r := h.refusal(sign()); r.Cause != login.CauseUserBlocked {
			t.Errorf("a blocked person is refused with %s", r.Cause)
		}
		must(t, h.directory.Unblock(t.Context(), h.program, h.alice.ID))
		_, err := h.identities.Remove(t.Context(), h.program, h.alice.ID, linked.ID)
		must(t, err)
		if r := h.refusal(sign()); r.Cause != login.CauseNotLinked {
			t.Errorf("a removed identifier is refused with %s", r.Cause)
		}
		h.clock.Set(me.Leaf.NotAfter.Add(time.Second))
		if r := h.refusal(sign()); r.Cause != string(cert.CauseExpired) {
			t.Errorf("an expired certificate is refused with %s", r.Cause)
		}
	})
}

// T13 (CVE-2025-68121): a CA that is taken out while the program runs is out. The
// gate for old releases of Go is architecture's TestMinimumGoVersion.
func TestT13RemovedCA(t *testing.T) {
	versions(t, func(t *testing.T, only func(*tls.Config)) {
		h := newHouse(t)
		me := h.ca.person("Alice")
		h.link(h.alice.ID, h.mtls, me, h.ca)
		cache := &anyTicket{}
		sign := func() (attempt, answer) {
			at := h.start(h.mtls)
			return at, h.visit(visit{url: at.url, as: me, tls: func(c *tls.Config) { only(c); c.ClientSessionCache = cache }})
		}
		at, a := sign()
		if out := h.returned(at, a); out.Step != login.StepDone || !slices.Equal(a.named, []string{"CN=People CA"}) {
			t.Fatalf("the first sign-in goes on with %s; named were %q", out.Step, a.named)
		}
		changed := h.mtls
		settings := trust.Choose(iam.CertificateSettings{Anchors: pemOf(newAuthority(t, "New CA"))}, iam.RevocationNone)
		changed.Settings.Certificate = &settings
		must(t, h.providers.Change(t.Context(), h.program, changed))
		at, a = sign()
		if r := h.refusal(at, a); r.Cause != string(cert.CauseUnknownIssuer) || a.state.DidResume {
			t.Errorf("refused with %s, resumed: %v", r.Cause, a.state.DidResume)
		}
		h.clock.Advance(2 * time.Second)
		if _, a = sign(); !slices.Equal(a.named, []string{"CN=New CA"}) {
			t.Errorf("after two seconds the handshake names %q", a.named)
		}
	})
}

// T14: VerifyPeerCertificate is not called on resumed connections, so nothing may
// rely on it. VerifyConnection is.
func TestT14VerifyPeerCertificateIsForbidden(t *testing.T) {
	const forbidden = "Verify" + "PeerCertificate"
	files := 0
	must(t, filepath.WalkDir(moduleRoot(t), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		files++
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && id.Name == forbidden {
				t.Errorf("%s uses %s", path, forbidden)
			}
			return true
		})
		return nil
	}))
	if files < 20 {
		t.Errorf("only %d files were read", files)
	}
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	must(t, err)
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		above := filepath.Dir(dir)
		if above == dir {
			t.Fatal("no go.mod above this folder")
		}
		dir = above
	}
}

// T15 (CVE-2026-48491, CVE-2022-23632): a connection that was greeted as one name
// carries no request for another.
func TestT15ServerNameAndHostMustAgree(t *testing.T) {
	h := newHouse(t)
	at, other := h.start(h.mtls), h.start(h.mtls)
	me := h.ca.person("Alice")
	for name, c := range map[string]struct{ sni, host string }{
		"another attempt's name":              {other.Host, at.Host + ":3443"},
		"the fixed name, then an attempt's":   {"id.localhost", at.Host + ":3443"},
		"an attempt's, then the fixed name":   {at.Host, "id.localhost:3443"},
		"the main host's, then an attempt's":  {"id.localhost", at.Host},
		"a name of nobody, then an attempt's": {"public.example", at.Host + ":3443"},
		"an attempt's, then a name of nobody": {at.Host, "public.example"},
		"a name of nobody, both times":        {"public.example", "public.example"},
		"a label of nobody, both times":       {"www.cert.id.localhost", "www.cert.id.localhost:3443"},
		"the wildcard itself":                 {at.Host, "*.cert.id.localhost"},
		"a trailing dot":                      {at.Host, at.Host + ".:3443"},
		"a trailing dot without port":         {at.Host, at.Host + "."},
		"no server name":                      {"", at.Host + ":3443"},
		"no server name, then the fixed one":  {"", "id.localhost:3443"},
		"no server name, then an address":     {"", "127.0.0.1:3443"},
		"an address in brackets":              {"", "[::1]:3443"},
		"something before the name":           {at.Host, "x" + at.Host},
		"something behind the name":           {at.Host, at.Host + "x"},
	} {
		t.Run(name, func(t *testing.T) {
			a := h.visit(visit{url: at.url, as: me, sni: &c.sni, host: c.host})
			if a.status != http.StatusMisdirectedRequest || a.location != "" {
				t.Errorf("answered %d to %q, want 421", a.status, a.location)
			}
			if !a.asked {
				t.Error("no certificate was asked for: another configuration answered")
			}
		})
	}
	if !h.stored(at).JudgedAt.IsZero() {
		t.Error("the ticket was spent")
	}
	// A server name with a trailing dot is no server name (RFC 6066, section 3).
	if a, err := h.try(visit{url: at.url, as: me, through: func(c net.Conn) net.Conn {
		return &rewriter{Conn: c, old: at.Host, new: at.Host[:len(at.Host)-1] + "."}
	},
		tls: func(c *tls.Config) { c.InsecureSkipVerify = true }}); err == nil {
		t.Errorf("a server name with a trailing dot is answered with %d", a.status)
	}
}

// rewriter changes the ClientHello on its way.
type rewriter struct {
	net.Conn
	old, new string
	done     bool
}

func (r *rewriter) Write(p []byte) (int, error) {
	if r.done {
		return r.Conn.Write(p)
	}
	r.done = true
	if _, err := r.Conn.Write(bytes.Replace(p, []byte(r.old), []byte(r.new), 1)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// A host that has only an address for a name is reached without a server name.
func TestAddressAsName(t *testing.T) {
	h := newHouse(t)
	h.host.Hosts.Pool = []string{"127.0.0.1:3443"}
	at := h.startOn(h.mtls, "127.0.0.1")
	returnTicket(t, at, h.visit(visit{url: at.url, as: h.ca.person("Alice"), sni: ptr("")}))
}

// T16 (CVE-2026-53622): case and protocol lead to no other rules.
func TestT16CaseAndProtocols(t *testing.T) {
	h := newHouse(t)
	h.method(iam.CertificateSettings{Anchors: pemOf(newAuthority(t, "Other CA"))})
	for name, c := range map[string]struct {
		sni, host func(string) string
	}{
		"server name in capitals": {strings.ToUpper, strings.ToLower},
		"host in capitals":        {strings.ToLower, strings.ToUpper},
		"both in capitals":        {strings.ToUpper, strings.ToUpper},
	} {
		t.Run(name, func(t *testing.T) {
			at := h.start(h.mtls)
			a := h.visit(visit{url: at.url, as: h.ca.person("Alice"), sni: ptr(c.sni(at.Host)), host: c.host(at.Host) + ":3443"})
			returnTicket(t, at, a)
			if !slices.Equal(a.named, []string{"CN=People CA"}) {
				t.Errorf("the handshake names %q", a.named)
			}
		})
	}
	for name, c := range map[string]struct {
		offered []string
		chosen  string // "none" where there is no connection
	}{
		"nothing":             {nil, ""},
		"HTTP/1.1":            {[]string{"http/1.1"}, "http/1.1"},
		"HTTP/2 and HTTP/1.1": {[]string{"h2", "http/1.1"}, "http/1.1"},
		"HTTP/2 only":         {[]string{"h2"}, "none"},
		"HTTP/3 only":         {[]string{"h3"}, "none"},
		"something else":      {[]string{"acme-tls/1"}, "none"},
		"HTTP/3 and HTTP/1.1": {[]string{"h3", "http/1.1"}, "http/1.1"},
	} {
		at := h.start(h.mtls)
		a, err := h.try(visit{url: at.url, tls: func(config *tls.Config) { config.NextProtos = c.offered }})
		switch {
		case c.chosen == "none":
			if err == nil {
				t.Errorf("%s: answered over %q", name, a.state.NegotiatedProtocol)
			}
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case a.state.NegotiatedProtocol != c.chosen || a.header.Get("Alt-Svc") != "":
			t.Errorf("%s: protocol %q, Alt-Svc %q", name, a.state.NegotiatedProtocol, a.header.Get("Alt-Svc"))
		}
	}
	for _, old := range []uint16{tls.VersionTLS10, tls.VersionTLS11} {
		at := h.start(h.mtls)
		if _, err := h.try(visit{url: at.url, tls: func(c *tls.Config) { c.MinVersion, c.MaxVersion = old, old }}); err == nil {
			t.Errorf("%s is spoken", tls.VersionName(old))
		}
	}
}

// T17 (CVE-2026-32305): a ClientHello in many pieces gets the same configuration.
func TestT17FragmentedClientHello(t *testing.T) {
	versions(t, func(t *testing.T, only func(*tls.Config)) {
		h := newHouse(t)
		h.method(iam.CertificateSettings{Anchors: pemOf(newAuthority(t, "Other CA"))})
		me := h.ca.person("Alice")
		h.link(h.alice.ID, h.mtls, me, h.ca)
		for _, size := range []int{1, 5, 40, 100} {
			at := h.start(h.mtls)
			a := h.visit(visit{url: at.url, as: me, tls: only, through: func(c net.Conn) net.Conn { return &fragmenter{Conn: c, size: size} }})
			if hello := h.lastHello(); hello.ServerName != at.Host {
				t.Errorf("in pieces of %d: the server name %q was read", size, hello.ServerName)
			}
			if !a.asked || !slices.Equal(a.named, []string{"CN=People CA"}) {
				t.Errorf("in pieces of %d: asked %v, named %q", size, a.asked, a.named)
			}
			if out := h.returned(at, a); out.Step != login.StepDone {
				t.Errorf("in pieces of %d: the login goes on with %s", size, out.Step)
			}
			// And without a certificate nobody gets in.
			at = h.start(h.mtls)
			a = h.visit(visit{url: at.url, tls: only, through: func(c net.Conn) net.Conn { return &fragmenter{Conn: c, size: size} }})
			if r := h.refusal(at, a); r.Cause != string(cert.CauseNoCertificate) {
				t.Errorf("in pieces of %d, without a certificate: refused with %s", size, r.Cause)
			}
		}
	})
}

// fragmenter sends the first TLS record of a client as many of size bytes each.
type fragmenter struct {
	net.Conn
	size int
	done bool
}

func (f *fragmenter) Write(p []byte) (int, error) {
	if f.done {
		return f.Conn.Write(p)
	}
	f.done = true
	length := int(binary.BigEndian.Uint16(p[3:5]))
	if p[0] != 22 || len(p) < 5+length {
		return 0, io.ErrShortWrite // not one whole handshake record: the test would prove nothing
	}
	var out []byte
	for part := range slices.Chunk(p[5:5+length], f.size) {
		out = append(out, p[0], p[1], p[2], byte(len(part)>>8), byte(len(part)))
		out = append(out, part...)
	}
	if _, err := f.Conn.Write(append(out, p[5+length:]...)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// The configuration that a handshake falls back to is the strict one too.
func TestDefaultConfigurationIsStrict(t *testing.T) {
	h := newHouse(t)
	base := h.host.TLSConfig()
	h.visit(visit{url: "https://id.localhost:3443/"})
	hello := h.lastHello()
	byName, err := base.GetConfigForClient(&hello)
	must(t, err)
	for name, c := range map[string]*tls.Config{"default": base, "by name": byName} {
		if c.ClientAuth != tls.RequestClientCert || !c.SessionTicketsDisabled || c.MinVersion != tls.VersionTLS12 || c.MaxVersion != tls.VersionTLS13 ||
			!slices.Equal(c.NextProtos, []string{"http/1.1"}) || c.VerifyConnection == nil || c.GetCertificate == nil || c.InsecureSkipVerify ||
			c.UnwrapSession != nil || c.WrapSession != nil || c.ClientSessionCache != nil {
			t.Errorf("%s: %+v", name, c)
		}
		if c.VerifyConnection(tls.ConnectionState{DidResume: true}) == nil {
			t.Errorf("%s: a resumed connection is let through", name)
		}
		if c.VerifyConnection(tls.ConnectionState{NegotiatedProtocol: "h2"}) == nil {
			t.Errorf("%s: HTTP/2 is let through", name)
		}
		must(t, c.VerifyConnection(tls.ConnectionState{NegotiatedProtocol: "http/1.1"}))
	}
}

// What a handshake names: the CAs of the method that waits on a name of its own,
// and those of all methods on every other name.
func TestNamedAuthorities(t *testing.T) {
	h := newHouse(t)
	second := h.method(iam.CertificateSettings{Anchors: pemOf(newAuthority(t, "Second CA"))})
	all := []string{"CN=People CA", "CN=Second CA"}
	first, other := h.start(h.mtls), h.start(second)
	unused, _ := h.host.Hosts.Choose("", true)
	for name, c := range map[string]struct {
		sni  string
		want []string
	}{
		"the first method's attempt":  {first.Host, all[:1]},
		"the second method's attempt": {other.Host, all[1:]},
		"a label without an attempt":  {unused, all},
		"the fixed name":              {"id.localhost", all},
		"a name of nobody":            {"public.example", all},
		"no name":                     {"", all},
	} {
		a := h.visit(visit{url: "https://id.localhost:3443/", sni: &c.sni})
		slices.Sort(a.named)
		if !slices.Equal(a.named, c.want) {
			t.Errorf("%s: named %q, want %q", name, a.named, c.want)
		}
	}
	// A remembered host serves the method of its newest attempt.
	h.clock.Advance(time.Second)
	h.startOn(second, first.Host)
	if a := h.visit(visit{url: first.url}); !slices.Equal(a.named, all[1:]) {
		t.Errorf("a remembered host names %q", a.named)
	}
}
