// Package server assembles Signet: it opens the store, builds the rooms, mounts
// them in one loop, opens the listeners and runs the jobs. It holds no rule of
// its own beside who a request comes from (caller.go).
package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"signet/internal/audit"
	"signet/internal/backchannel"
	"signet/internal/cert"
	"signet/internal/console"
	"signet/internal/directory"
	"signet/internal/doctor"
	"signet/internal/fetch"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/issuing"
	"signet/internal/limit"
	"signet/internal/login"
	"signet/internal/method/certificate"
	"signet/internal/notify"
	"signet/internal/oidc"
	"signet/internal/profile"
	"signet/internal/provider"
	"signet/internal/seal"
	"signet/internal/session"
	"signet/internal/signin"
	"signet/internal/signing"
	"signet/internal/store"
	"signet/internal/trust"
	"signet/internal/tryout"
	"signet/internal/web"
)

// Options are everything that a server needs, already checked.
type Options struct {
	// Issuer is the address of the main site, and the issuer identifier of OpenID
	// Connect Discovery 1.0, section 3.
	Issuer string
	// Listen and CertificateListen are the addresses of the two TLS listeners.
	Listen            string
	CertificateListen string
	// Certificates names the certificate hosts as browsers reach them.
	Certificates certificate.Hosts
	// SiteCertificate and HostCertificate answer for the two listeners.
	SiteCertificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	HostCertificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)

	// Proxy is the listener where proxies deliver certificates; off where its
	// Listen is empty.
	Proxy Proxy

	// MetricsListen is the internal address where monitoring asks; off where empty.
	MetricsListen string

	// ClientListen is where applications with certificates reach the token endpoint, and
	// ClientOrigin the https origin under which; off where it is empty.
	ClientListen, ClientOrigin string

	// FetchPrivate are the private networks from which revocation lists and OCSP
	// answers may be fetched and where applications may be told of the end of
	// sessions, and CRLDir the folder of lists that are files.
	FetchPrivate []netip.Prefix
	// FetchRoots vouch for the applications that are told of the end of sessions; the
	// system's where nil.
	FetchRoots *x509.CertPool
	CRLDir     string

	// DatabaseURL and Synchronous are those of store.Options.
	DatabaseURL string
	Synchronous string
	// MasterKey seals what must be read again, of seal.KeySize bytes.
	MasterKey []byte

	// Brand is what the installation calls itself.
	Brand string
	// TrustedProxies are the proxies that are believed about the client's address,
	// which they tell in the header AddressHeader, X-Forwarded-For where empty.
	TrustedProxies []netip.Prefix
	AddressHeader  web.AddressHeader
	// Balancers pass TLS on to the two public listeners and begin each connection
	// by the PROXY protocol.
	Balancers []netip.Prefix
	// SessionTTL is how long a session lasts at the most; 12 hours where zero.
	SessionTTL time.Duration
	// EventRetention is how long events are kept; for ever where zero.
	EventRetention time.Duration
	// SignInsPerMinute is how many sign-ins and attempts strangers may begin from
	// one address in a minute; a fifth of it is how many of their refusals are
	// written one by one. No limit where zero.
	SignInsPerMinute int
	// HSTS is the life of Strict-Transport-Security; not sent where zero.
	HSTS time.Duration
	Log  *slog.Logger
	// Now is the clock; time.Now where nil.
	Now func() time.Time
}

// Server is an installation of Signet. The rooms with rules are exported for
// commands, which act through them as everybody else does.
type Server struct {
	DB         *store.DB
	Events     *audit.Log
	Sessions   *session.Service
	Directory  *directory.Service
	Identities *identity.Service
	Providers  *provider.Service
	Trust      *trust.Service
	Issuing    *issuing.Service
	Login      *login.Service
	Signing    *signing.Ring
	Mail       *notify.Service
	Logouts    *backchannel.Service

	options   Options
	pages     *web.Pages
	box       *seal.Box
	languages []i18n.Language
	rooms     []room
	site      http.Handler // of the main host

	main, certificateHost *listener
	proxy                 *listener // nil where it is off
	metrics               *listener // nil where it is off
	clients               *listener // nil where it is off
	provider              *oidc.Room
	watch                 *certificate.Watch // of the public listeners
	arrivals              *doctor.Arrivals   // what headers came to this node
	jobs                  []job
	done                  chan error
	running               sync.WaitGroup // jobs
	stop                  context.CancelFunc
}

// room is a front room.
type room interface{ Mount(*http.ServeMux) }

// New opens and migrates the store and builds the rooms. It does not listen.
func New(ctx context.Context, o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Brand == "" {
		o.Brand = "Signet"
	}
	db, err := store.Open(ctx, store.Options{URL: o.DatabaseURL, Synchronous: o.Synchronous, Now: o.Now, Log: o.Log})
	if err != nil {
		return nil, err
	}
	s, err := build(ctx, db, o)
	if err != nil {
		_ = db.Close()
		return nil, err
	}
	return s, nil
}

func build(ctx context.Context, db *store.DB, o Options) (*Server, error) {
	applied, err := db.Migrate(ctx)
	if err != nil {
		return nil, err
	}
	if len(applied) > 0 {
		o.Log.InfoContext(ctx, "database migrated", "engine", db.Engine(), "applied", applied)
	}
	box, err := seal.NewBox(o.MasterKey)
	if err != nil {
		return nil, err
	}
	catalogues, err := i18n.Load()
	if err != nil {
		return nil, fmt.Errorf("load catalogues: %w", err)
	}

	s := &Server{DB: db, box: box, options: o, done: make(chan error, 4)}
	s.Events = &audit.Log{DB: db, Out: o.Log, Retention: o.EventRetention, Strangers: limit.PerMinute((o.SignInsPerMinute + 4) / 5)}
	s.Sessions = &session.Service{DB: db, Log: s.Events, TTL: o.SessionTTL}
	s.Directory = directory.New(db, s.Events, s.Sessions)
	s.Directory.KnowsLanguage = func(tag string) bool { _, known := catalogues.In(tag); return known }
	s.Identities = &identity.Service{DB: db, Log: s.Events, Sessions: s.Sessions}
	s.Trust = &trust.Service{DB: db, Log: s.Events, Sessions: s.Sessions, Fetch: (&fetch.Client{Allowed: o.FetchPrivate}).Get}
	if o.CRLDir != "" {
		s.Trust.ReadFile = fetch.Folder(o.CRLDir, cert.MaxCRLSize)
	}
	s.Directory.Authorities = s.Trust.Authorities
	s.Directory.CheckClientCertificate = func(c *iam.ClientCertificate) error { return trust.CheckClientCertificate(c, db.Now()) }
	s.Providers = &provider.Service{DB: db, Log: s.Events, Sessions: s.Sessions, CheckSettings: func(p iam.Provider) error {
		if err := o.Certificates.CheckChoice(p); err != nil {
			return err
		}
		return s.Trust.CheckSettings(p)
	}}
	s.Issuing = &issuing.Service{DB: db, Log: s.Events, Box: box, Providers: s.Providers, Trust: s.Trust, Identities: s.Identities, Brand: o.Brand}
	s.Login = &login.Service{DB: db, Log: s.Events, Directory: s.Directory, Identities: s.Identities, Sessions: s.Sessions, Trust: s.Trust,
		Strangers: limit.PerMinute(o.SignInsPerMinute), Code: oidc.CodeFor}
	s.Mail = &notify.Service{DB: db, Log: s.Events, Box: box, Trust: s.Trust, Catalogues: catalogues, Issuer: o.Issuer, Brand: o.Brand}
	s.Events.Told, s.Directory.Mail, s.Directory.Brand = s.Mail.Told, s.Mail, o.Brand
	s.Signing = &signing.Ring{DB: db, Box: box, Log: s.Events, Now: o.Now}
	s.Logouts = &backchannel.Service{DB: db, Log: s.Events, Keys: s.Signing, Issuer: o.Issuer,
		Post: (&fetch.Client{Allowed: o.FetchPrivate, Roots: o.FetchRoots, Timeout: 10 * time.Second}).Post}

	program := iam.Program("start-up")
	if err := s.Directory.EnsureSignetApp(ctx, program, o.Brand); err != nil {
		return nil, err
	}
	if _, err := s.Providers.EnsurePassword(ctx, program, provider.PasswordName); err != nil {
		return nil, err
	}

	if err := s.Trust.WarnUnchosen(ctx); err != nil {
		return nil, err
	}

	s.languages = catalogues.Languages()
	s.pages = web.NewPages(catalogues, web.Brand{Name: o.Brand}, o.Now)
	s.pages.Follow(s.general)
	s.rooms = s.frontRooms()
	s.watch = &certificate.Watch{Record: s.Events.Record, Log: o.Log, Now: o.Now}
	s.arrivals = &doctor.Arrivals{DB: db, Node: nodeName(), Now: o.Now}
	site := s.mainHandler()
	s.site = site
	s.main = s.mainListener(site)
	s.certificateHost = s.certificateListener()
	if o.Proxy.Listen != "" {
		if s.proxy, err = s.proxyListener(site); err != nil {
			return nil, err
		}
	}
	if o.ClientListen != "" {
		s.clients = s.clientListener(s.provider)
	}
	if o.MetricsListen != "" {
		s.metrics = s.metricsListener()
	}
	s.jobs = []job{
		{"sweep", 10 * time.Minute, db.Sweep},
		{"deleted people", time.Hour, s.Directory.Purge},
		{"event retention", time.Hour, s.Events.Sweep},
		{"omitted refusals", time.Minute, s.Events.ReportFlood},
		{"signing keys", time.Hour, s.Signing.Rotate},
		{"revocation lists", time.Second, s.Trust.Refresh},
		{"expired certificates", 20 * time.Second, s.Trust.EndExpired},
		{"back-channel logout", time.Second, s.Logouts.Deliver},
		{"living certificates", time.Minute, s.Trust.Recheck},
		{"headers that arrived", 10 * time.Second, s.arrivals.Write},
		{"mail", 3 * time.Second, s.Mail.Deliver},
		{"outbox", time.Hour, s.Mail.Sweep},
		{"reminders", 5 * time.Minute, s.Mail.Remind},
	}
	return s, nil
}

// general is what every page follows of the settings. Where they cannot be read,
// pages look as they did at start: an error page must not need the database.
func (s *Server) general(ctx context.Context) web.General {
	set, err := s.Directory.Settings(ctx)
	if err != nil {
		return web.General{}
	}
	return web.General{Name: set.Name, Logo: web.PicturePath(set.Logo), Language: set.Language}
}

// frontRooms is the site map of the main host.
func (s *Server) frontRooms() []room {
	hosts := s.options.Certificates
	s.provider = &oidc.Room{
		Prove: s.Trust.ProveClient, ClientOrigin: s.options.ClientOrigin,
		Issuer: s.options.Issuer, Pages: s.pages, Directory: s.Directory, Login: s.Login, Sessions: s.Sessions, Keys: s.Signing, Now: s.options.Now,
		Identities: s.Identities,
		ACRValues: func(ctx context.Context) ([]string, error) {
			return s.Providers.ACRValues(ctx, s.options.Proxy.Listen != "")
		},
	}
	widget := &signin.Room{
		Pages: s.pages, Login: s.Login, Sessions: s.Sessions,
		ChooseHost: s.chooseHost, AttemptURL: hosts.AttemptURL, CertificateSources: hosts.Sources(), Providers: s.Providers, Box: s.box,
		OrgClient: func(ctx context.Context, handle string) (iam.AppID, bool) {
			app, err := s.Directory.OrgClient(ctx, handle)
			return app.ID, err == nil
		},
		RefusalCause: func(r *http.Request, id iam.AttemptID) (string, error) { return s.Events.Refusal(r.Context(), id) },
		HandOver:     s.provider.HandOver,
	}
	s.provider.Widget = widget.Widget
	return []room{
		s.pages,
		widget,
		s.provider,
		&profile.Room{
			Trust: s.Trust, Issuing: s.Issuing,
			Pages: s.pages, Directory: s.Directory, Identities: s.Identities, Providers: s.Providers, Sessions: s.Sessions, Log: s.Events, Now: s.options.Now,
			Languages: s.languages, CertificateSources: hosts.Sources(), MailOn: s.Mail.On,
		},
		&console.Room{
			Pages: s.pages, Directory: s.Directory, Identities: s.Identities, Providers: s.Providers, Sessions: s.Sessions, Trust: s.Trust, Issuing: s.Issuing, Login: s.Login, Log: s.Events, Mail: s.Mail, Now: s.options.Now,
			Issuer: s.options.Issuer, Hosts: (&hostWatch{hosts: hosts, now: s.options.Now}).states, HostChoices: hostChoices(hosts), CertificateSources: hosts.Sources(),
			ClientOrigin: s.options.ClientOrigin, Examine: s.examine, Arrivals: s.arrived, Logouts: s.Logouts.Last, TestRedirect: tryout.RedirectURI, Brand: s.options.Brand, Languages: s.languages,
		},
		&tryout.Room{
			Pages: s.pages, Issuer: s.options.Issuer, App: s.Directory.App, Now: s.options.Now,
			HTTP: &http.Client{Transport: inside{mustParse(s.options.Issuer), func() http.Handler { return s.site }}, Timeout: 30 * time.Second},
		},
		health{s.DB, s.Signing, s.Trust.Freshness},
		home{},
	}
}

// mainHandler serves the main host.
func (s *Server) mainHandler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.rooms {
		r.Mount(mux)
	}
	return web.Harden(onlyHost(s.options.Issuer, s.withCaller(mux)), web.Hardening{
		Pages: s.pages, Log: s.options.Log, Now: s.options.Now, HSTS: s.options.HSTS, Trusted: s.options.TrustedProxies, Address: s.options.AddressHeader,
		Bypass: oidc.CrossOriginPatterns(),
	})
}

// mustParse reads the issuer, which was checked with the configuration.
func mustParse(issuer string) *url.URL {
	u, err := url.Parse(issuer)
	if err != nil {
		panic(fmt.Errorf("server: issuer %q was not checked: %w", issuer, err))
	}
	return u
}

// onlyHost refuses requests for another name than the issuer's: an address that
// was answered under any name would let DNS decide what our cookies and
// redirects mean. Health checks come by address and are let through.
func onlyHost(issuer string, next http.Handler) http.Handler {
	u := mustParse(issuer)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != u.Host && r.URL.Path != "/healthz" && r.URL.Path != "/readyz" {
			http.Error(w, "421 Misdirected Request: this server answers as "+u.Host, http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Issuer returns the address of the main site.
func (s *Server) Issuer() string { return s.options.Issuer }
