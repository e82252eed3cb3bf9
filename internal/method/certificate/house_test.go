package certificate_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"signet/internal/audit"
	"signet/internal/cert"
	"signet/internal/directory"
	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/login"
	"signet/internal/method/certificate"
	"signet/internal/provider"
	"signet/internal/session"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/internal/trust"
)

const issuer = "https://id.localhost:8443"

// house is an installation whose certificate host listens on real TLS.
type house struct {
	t          *testing.T
	clock      *storetest.Clock
	db         *store.DB
	log        *audit.Log
	directory  *directory.Service
	identities *identity.Service
	providers  *provider.Service
	login      *login.Service
	host       *certificate.Host
	app        iam.App
	program    iam.Caller

	ca     *authority // of the method mtls
	mtls   iam.Provider
	alice  iam.User
	served *authority // the CA of the listener's own certificate
	addr   string     // of the listener

	mu     sync.Mutex
	hellos []tls.ClientHelloInfo // what clients said, in order; under mu
	logged *strings.Builder      // under mu
}

func newHouse(t *testing.T, changes ...func(*certificate.Host)) *house {
	t.Helper()
	clock := new(storetest.Clock)
	h := &house{t: t, clock: clock, db: storetest.New(t, storetest.On(clock)), program: iam.Program("test"), logged: new(strings.Builder)}
	h.log = &audit.Log{DB: h.db}
	sessions := &session.Service{DB: h.db, Log: h.log}
	h.directory = directory.New(h.db, h.log, sessions)
	h.identities = &identity.Service{DB: h.db, Log: h.log, Sessions: sessions}
	trusted := &trust.Service{DB: h.db, Log: h.log}
	h.providers = &provider.Service{DB: h.db, Log: h.log, CheckSettings: trusted.CheckSettings}
	h.login = &login.Service{DB: h.db, Log: h.log, Directory: h.directory, Identities: h.identities, Sessions: sessions}
	must(t, h.directory.EnsureSignetApp(t.Context(), h.program, "Signet"))
	var err error
	h.app, _, err = h.directory.CreateApp(t.Context(), h.program, iam.App{Name: "Records", RedirectURIs: []string{"https://records.example/cb"}, SkipConsent: true})
	must(t, err)
	h.alice, err = h.directory.CreateUser(t.Context(), h.program, iam.User{Login: "alice", Name: "Alice"}, "correct horse battery")
	must(t, err)
	h.ca = newAuthority(t, "People CA")
	h.mtls = h.method(iam.CertificateSettings{Anchors: pemOf(h.ca)})

	h.served = newAuthority(t, "Server CA")
	own := h.served.server("id.localhost", "*.cert.id.localhost")
	h.host = &certificate.Host{
		Issuer: issuer, Hosts: certificate.Hosts{Wildcard: "*.cert.id.localhost:3443", Fixed: "id.localhost:3443"},
		Login: h.login, Providers: h.providers, Trust: trusted, Log: slog.New(slog.NewTextHandler(h, nil)), Now: clock.Now,
		Certificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return own, nil },
	}
	for _, change := range changes {
		change(h.host)
	}
	h.listen()
	return h
}

// Write implements io.Writer for the log.
func (h *house) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.logged.Write(p)
}

// logs returns what was logged so far.
func (h *house) logs() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.logged.String()
}

// listen opens the listener as server does, noting every ClientHello.
func (h *house) listen() {
	h.t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	must(h.t, err)
	h.addr = inner.Addr().String()
	config := h.host.TLSConfig()
	configFor := config.GetConfigForClient
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		h.mu.Lock()
		h.hellos = append(h.hellos, *hello)
		h.mu.Unlock()
		return configFor(hello)
	}
	server := &http.Server{
		Handler: h.host.Handler(), ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 32 << 10,
		ErrorLog: slog.NewLogLogger(slog.NewTextHandler(io.Discard, nil), slog.LevelDebug),
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(tls.NewListener(certificate.Limit(inner), config)) }()
	h.t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
}

// method makes a certificate method and switches it on for the application.
func (h *house) method(settings iam.CertificateSettings) iam.Provider {
	h.t.Helper()
	settings = trust.Choose(settings, iam.RevocationNone)
	p, err := h.providers.Create(h.t.Context(), h.program, iam.Provider{
		Scope: iam.System(), Type: iam.ProviderCertificate, Name: "mTLS", Public: true, Settings: iam.ProviderSettings{Certificate: &settings},
	})
	must(h.t, err)
	must(h.t, h.providers.Switch(h.t.Context(), h.program, h.app.ID, p.ID, true))
	return p
}

// link gives a certificate of the CA to a person.
func (h *house) link(user iam.UserID, p iam.Provider, c *tls.Certificate, by *authority) iam.Identity {
	h.t.Helper()
	linked, err := h.identities.Add(h.t.Context(), h.program, user, p, iam.Evidence{
		Type: iam.ProviderCertificate, Provider: p.ID, Key: string(cert.KeyOf(c.Leaf, by.cert)),
		Certificate: &iam.Certificate{Subject: c.Leaf.Subject.String()},
	})
	must(h.t, err)
	return linked
}

// attempt is one that waits on the certificate host.
type attempt struct {
	iam.Attempt
	url     string
	browser iam.Caller // that began it
}

// start begins a login and an attempt, on a host of its own.
func (h *house) start(p iam.Provider) attempt {
	h.t.Helper()
	host, ok := h.host.Hosts.Choose("", true)
	if !ok {
		h.t.Fatal("no host for an attempt")
	}
	return h.startOn(p, host)
}

func (h *house) startOn(p iam.Provider, host string) attempt {
	h.t.Helper()
	browser := iam.Caller{Browser: iam.NewSecret(), Address: netip.MustParseAddr("192.0.2.7")}
	l, err := h.login.Begin(h.t.Context(), browser, login.Request{Purpose: iam.PurposeSignIn, App: h.app.ID})
	must(h.t, err)
	started, err := h.login.StartAttempt(h.t.Context(), browser, l.ID, p.ID, host)
	must(h.t, err)
	return attempt{Attempt: started.Attempt, url: h.host.Hosts.AttemptURL(host, started.Ticket), browser: browser}
}

// visit is one request on a connection of its own.
type visit struct {
	method  string                  // GET where empty
	url     string                  // where to
	as      *tls.Certificate        // sent whether it fits or not; nil sends none
	sni     *string                 // server name; the URL's where nil
	host    string                  // Host header; the URL's where empty
	header  map[string]string       // further headers
	body    string                  // of the request
	tls     func(*tls.Config)       // changes the client
	through func(net.Conn) net.Conn // changes the connection below TLS
}

// answer is what came of a visit.
type answer struct {
	status   int
	location string
	header   http.Header
	body     string
	state    tls.ConnectionState
	named    []string // CAs that the handshake named
	asked    bool     // a certificate was asked for
}

// try makes the visit; an error means that there was no answer.
func (h *house) try(v visit) (a answer, err error) {
	h.t.Helper()
	u, err := url.Parse(v.url)
	must(h.t, err)
	roots := x509.NewCertPool()
	roots.AddCert(h.served.cert)
	config := &tls.Config{
		RootCAs: roots, ServerName: u.Hostname(), Time: h.clock.Now, MinVersion: tls.VersionTLS12,
		GetClientCertificate: func(request *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			a.asked = true
			for _, der := range request.AcceptableCAs {
				a.named = append(a.named, cert.Read(&x509.Certificate{RawSubject: der}).Subject)
			}
			if v.as == nil {
				return &tls.Certificate{}, nil
			}
			return v.as, nil
		},
	}
	if v.sni != nil {
		// A client of Go verifies the server by this name too; what is tested is the
		// server, so that it is told to trust any.
		config.ServerName, config.InsecureSkipVerify = *v.sni, true
	}
	if v.tls != nil {
		v.tls(config)
	}
	ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
	defer cancel()
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", h.addr)
	must(h.t, err)
	defer raw.Close()
	deadline, _ := ctx.Deadline()
	must(h.t, raw.SetDeadline(deadline))
	if v.through != nil {
		raw = v.through(raw)
	}
	conn := tls.Client(raw, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		return a, err
	}
	if v.method == "" {
		v.method = http.MethodGet
	}
	r, err := http.NewRequestWithContext(ctx, v.method, v.url, strings.NewReader(v.body))
	must(h.t, err)
	if v.host != "" {
		r.Host = v.host
	}
	for name, value := range v.header {
		r.Header.Set(name, value)
	}
	if err := r.Write(conn); err != nil {
		return a, err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), r)
	if err != nil {
		return a, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	a.status, a.location, a.header, a.body, a.state = response.StatusCode, response.Header.Get("Location"), response.Header, string(body), conn.ConnectionState()
	return a, err
}

// visit makes the visit, which must be answered.
func (h *house) visit(v visit) answer {
	h.t.Helper()
	a, err := h.try(v)
	must(h.t, err)
	return a
}

// returned follows an answer back into the login, as the browser that began it.
func (h *house) returned(at attempt, a answer) login.Outcome {
	h.t.Helper()
	out, err := h.login.Return(h.t.Context(), at.browser, returnTicket(h.t, at, a))
	must(h.t, err)
	return out
}

// returnTicket is the ticket of an answer that leads back into the login.
func returnTicket(t *testing.T, at attempt, a answer) iam.Secret {
	t.Helper()
	ticket, ok := strings.CutPrefix(a.location, issuer+"/signin/"+string(at.Login)+"/return/")
	if a.status != http.StatusSeeOther || !ok || ticket == "" {
		t.Fatalf("answered %d to %q, want 303 back into the login", a.status, a.location)
	}
	return iam.Secret(ticket)
}

// refusedAttempt is the attempt of an answer that leads to a page outside of any
// login.
func refusedAttempt(t *testing.T, a answer) iam.AttemptID {
	t.Helper()
	id, ok := strings.CutPrefix(a.location, issuer+"/signin/refused/")
	if a.status != http.StatusSeeOther || !ok || id == "" {
		t.Fatalf("answered %d to %q, want 303 to the page of a refusal", a.status, a.location)
	}
	return iam.AttemptID(id)
}

// refusal is what the visit's answer says about the attempt, in the event log
// and, where it leads back, in the login.
func (h *house) refusal(at attempt, a answer) iam.Refusal {
	h.t.Helper()
	out := h.returned(at, a)
	if out.Step != login.StepRefusal || out.Login.State.Refusal == nil {
		h.t.Fatalf("the login goes on with %s, want a refusal", out.Step)
	}
	r := *out.Login.State.Refusal
	if e := h.event(r.Attempt); e.Cause != r.Cause || e.Outcome != iam.OutcomeRefused {
		h.t.Errorf("the event log says %s %q about the refusal %q", e.Outcome, e.Cause, r.Cause)
	}
	return r
}

// event is the newest event of an attempt.
func (h *house) event(id iam.AttemptID) iam.Event {
	h.t.Helper()
	events, err := h.log.All(h.t.Context(), h.program, iam.System(), iam.EventFilter{Attempt: id, Limit: 1})
	must(h.t, err)
	if len(events) == 0 {
		h.t.Fatalf("no event tells of the attempt %q", id)
	}
	return events[0]
}

// stored is the attempt as it stands in the store.
func (h *house) stored(at attempt) iam.Attempt {
	h.t.Helper()
	var a iam.Attempt
	must(h.t, h.db.View(h.t.Context(), func(tx *store.Tx) (err error) {
		a, err = tx.AttemptByTicket(at.TicketHash)
		return err
	}))
	return a
}

// lastHello is what the last client said.
func (h *house) lastHello() tls.ClientHelloInfo {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.hellos[len(h.hellos)-1]
}

func ptr[T any](v T) *T { return &v }

// TestMain gives the process a system store with one CA in it, before crypto/x509
// reads it, for TestT20.
func TestMain(m *testing.M) { os.Exit(withSystemRoot(m)) }
