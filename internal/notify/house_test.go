package notify_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/netip"
	"strings"
	"testing"

	"signet/internal/audit"
	"signet/internal/cert/certtest"
	"signet/internal/directory"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/notify"
	"signet/internal/provider"
	"signet/internal/seal"
	"signet/internal/session"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/internal/trust"
)

// house is the room on a real store, with the rooms whose events it hears.
type house struct {
	t          *testing.T
	clock      *storetest.Clock
	db         *store.DB
	mail       *notify.Service
	directory  *directory.Service
	identities *identity.Service
	providers  *provider.Service
	trust      *trust.Service
	log        *audit.Log
	admin      iam.Caller
	adminUser  iam.User
	method     iam.Provider
	ca         *certtest.CA // of mail servers
}

var program = iam.Program("test")

// each runs a test on both engines.
func each(t *testing.T, test func(h *house)) {
	var clock storetest.Clock
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		clock.Set(storetest.Start())
		test(build(t, db, &clock))
	}, storetest.On(&clock))
}

// newHouse is one on SQLite, for what does not touch the store's differences.
func newHouse(t *testing.T) *house {
	clock := &storetest.Clock{}
	return build(t, storetest.New(t, storetest.On(clock)), clock)
}

func build(t *testing.T, db *store.DB, clock *storetest.Clock) *house {
	t.Helper()
	h := &house{t: t, clock: clock, db: db, log: &audit.Log{DB: db}}
	catalogues, err := i18n.Load()
	h.must(err)
	t.Cleanup(func() {
		if n := catalogues.Missing(); n != 0 {
			t.Errorf("%d words are missing", n)
		}
	})
	box, err := seal.NewBox(make([]byte, seal.KeySize))
	h.must(err)
	sessions := &session.Service{DB: db, Log: h.log}
	h.directory = directory.New(db, h.log, sessions)
	h.identities = &identity.Service{DB: db, Log: h.log, Sessions: sessions}
	h.providers = &provider.Service{DB: db, Log: h.log, Sessions: sessions}
	h.trust = &trust.Service{DB: db, Log: h.log, Sessions: sessions}
	h.mail = &notify.Service{DB: db, Log: h.log, Box: box, Trust: h.trust, Catalogues: catalogues, Issuer: "https://id.example"}
	h.log.Told = h.mail.Told
	h.adminUser, err = h.directory.CreateUser(t.Context(), program, iam.User{Login: "ada", Name: "Ada", Email: "ada@example.org"}, "")
	h.must(err)
	m := iam.Membership{User: h.adminUser.ID, Scope: iam.System(), Role: iam.RoleSystemAdministrator}
	h.must(h.directory.Give(t.Context(), program, m))
	h.admin = iam.Caller{User: h.adminUser.ID, Memberships: []iam.Membership{m}, Address: netip.MustParseAddr("192.0.2.7")}
	h.method, err = h.providers.Create(t.Context(), program, iam.Provider{Scope: iam.System(), Type: iam.ProviderCertificate, Name: "Cards", Public: true})
	h.must(err)
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) ctx() context.Context { return h.t.Context() }

func (h *house) person(login, locale string) iam.User {
	h.t.Helper()
	u, err := h.directory.CreateUser(h.ctx(), program, iam.User{Login: login, Name: strings.ToUpper(login[:1]) + login[1:], Email: login + "@example.org", Locale: locale}, "")
	h.must(err)
	return u
}

// link links a certificate that lives for so many days.
func (h *house) link(u iam.User, name string, days int) iam.Identity {
	h.t.Helper()
	i, err := h.identities.Add(h.ctx(), program, u.ID, h.method, iam.Evidence{Type: iam.ProviderCertificate, Provider: h.method.ID, Key: name, Certificate: &iam.Certificate{
		CommonName: name, Issuer: "CN=Test CA", IssuerName: "Test CA", Serial: "0A", SHA256: "sha-" + name, NotBefore: h.clock.Now().AddDate(-1, 0, 0), NotAfter: h.clock.Now().AddDate(0, 0, days),
	}})
	h.must(err)
	return i
}

// server starts a mail server with a certificate for the name.
func (h *house) server(name string, d *smtpd) *smtpd {
	h.t.Helper()
	if h.ca == nil {
		h.ca = certtest.NewCA(h.t, certtest.CASpec{Name: "Mail CA"})
	}
	leaf := h.ca.Issue(h.t, certtest.Spec{CN: name, DNSNames: []string{name}, Change: func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }})
	d.tls = &tls.Config{Certificates: []tls.Certificate{leaf.TLS()}, MinVersion: tls.VersionTLS12}
	return d.start(h.t)
}

// use points the settings at the server.
func (h *house) use(d *smtpd, change func(*iam.MailSettings)) {
	h.t.Helper()
	now, err := h.mail.Settings(h.ctx(), h.admin)
	h.must(err)
	set := iam.MailSettings{Server: "localhost", Port: d.port(), TLS: iam.MailImplicit, From: "signet@example.org", Authorities: string(h.ca.PEM()), Version: now.Version}
	if d.starttls {
		set.TLS = iam.MailStartTLS
	}
	if d.password != "" {
		set.User = "signet"
	}
	if change != nil {
		change(&set)
	}
	h.must(h.mail.ChangeSettings(h.ctx(), h.admin, set, d.password))
}

// outbox is what the console shows, oldest first.
func (h *house) outbox() []iam.Message {
	h.t.Helper()
	all, _, err := h.mail.Outbox(h.ctx(), h.admin, iam.MessageFilter{})
	h.must(err)
	var out []iam.Message
	for i := range all {
		out = append(out, all[len(all)-1-i])
	}
	return out
}

func (h *house) last() iam.Message {
	h.t.Helper()
	all := h.outbox()
	if len(all) == 0 {
		h.t.Fatal("the outbox is empty")
	}
	return all[len(all)-1]
}

func (h *house) deliver() {
	h.t.Helper()
	h.must(h.mail.Deliver(h.ctx()))
}
