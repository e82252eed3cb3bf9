package doctor_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"signet/internal/audit"
	"signet/internal/cert/certtest"
	"signet/internal/doctor"
	"signet/internal/iam"
	"signet/internal/method/certificate"
	"signet/internal/provider"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/internal/trust"
)

// place is one TLS server of an installation.
type place struct {
	names   []string
	until   time.Duration // of its certificate, from now on
	config  *tls.Config
	handler http.HandlerFunc
}

// installation is a healthy one, which cases break.
type installation struct {
	site, host place
	doctor     doctor.Installation
	db         *store.DB
	ca         *certtest.CA
}

var now = time.Now

func sound(t *testing.T) *installation {
	t.Helper()
	i := &installation{db: storetest.New(t), ca: certtest.NewCA(t, certtest.CASpec{Now: time.Now().UTC().Truncate(time.Second)})}
	year := 365 * 24 * time.Hour
	i.site = place{names: []string{"id.example"}, until: year, config: &tls.Config{NextProtos: []string{"h2", "http/1.1"}}, handler: func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			http.NotFound(w, r)
		}
	}}
	i.host = place{names: []string{"*.cert.id.example"}, until: year, config: &tls.Config{ClientAuth: tls.RequestClientCert, SessionTicketsDisabled: true}, handler: http.NotFound}
	log := &audit.Log{DB: i.db}
	trusted := &trust.Service{DB: i.db, Log: log}
	i.doctor = doctor.Installation{DB: i.db, Trust: trusted, Now: now, Resolve: func(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil }}
	settings := trust.Choose(iam.CertificateSettings{Anchors: string(i.ca.PEM())}, iam.RevocationNone)
	providers := &provider.Service{DB: i.db, Log: log, CheckSettings: trusted.CheckSettings}
	if _, err := providers.Create(t.Context(), iam.Program("test"), iam.Provider{
		Scope: iam.System(), Type: iam.ProviderCertificate, Name: "Card", Settings: iam.ProviderSettings{Certificate: &settings},
	}); err != nil {
		t.Fatal(err)
	}
	if err := i.db.Update(t.Context(), func(tx *store.Tx) error {
		for _, id := range []iam.UserID{"alice", "bob"} {
			if err := tx.InsertUser(iam.User{ID: id, Login: string(id), Status: iam.UserActive}); err != nil {
				return err
			}
			if err := tx.InsertMembership(iam.Membership{User: id, Scope: iam.System(), Role: iam.RoleSystemAdministrator}); err != nil {
				return err
			}
		}
		return tx.InsertSigningKey(iam.SigningKey{ID: "k", Algorithm: "ES256", Private: []byte("x"), Public: []byte("x"), CreatedAt: now(), ActiveFrom: now().Add(-time.Hour)})
	}); err != nil {
		t.Fatal(err)
	}
	return i
}

// open serves the place and returns its port.
func (i *installation) open(t *testing.T, p place) string {
	t.Helper()
	leaf := i.ca.Issue(t, certtest.Spec{DNSNames: p.names, NotBefore: time.Now().Add(-400 * 24 * time.Hour), NotAfter: time.Now().Add(p.until), Change: func(c *x509.Certificate) {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}})
	config := p.config.Clone()
	config.Certificates = []tls.Certificate{leaf.TLS()}
	server := httptest.NewUnstartedServer(p.handler)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	server.EnableHTTP2 = slices.Contains(config.NextProtos, "h2")
	server.TLS = config
	server.StartTLS()
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func (i *installation) examine(t *testing.T) []iam.Finding {
	t.Helper()
	if i.doctor.Issuer == "" {
		i.doctor.Issuer = "https://id.example:" + i.open(t, i.site)
	}
	if i.doctor.Hosts.Wildcard == "" {
		i.doctor.Hosts = certificate.Hosts{Wildcard: "*.cert.id.example:" + i.open(t, i.host)}
	}
	return i.doctor.Examine(t.Context())
}

func TestSoundInstallation(t *testing.T) {
	found := sound(t).examine(t)
	for _, f := range found {
		// The authority of a test is nobody's.
		if f.Level != iam.FindingOK && f.Check != "authority" && f.Case != "not_checked" {
			t.Errorf("%+v", f)
		}
	}
	for _, check := range []string{"database", "site", "ready", "clock", "host", "tickets", "coalescing", "method", "names", "administrators", "keys"} {
		if !slices.ContainsFunc(found, func(f iam.Finding) bool { return f.Check == check }) {
			t.Errorf("%s was not looked at", check)
		}
	}
}

func TestFaultsAreFound(t *testing.T) {
	day := 24 * time.Hour
	for want, spoil := range map[string]func(*testing.T, *installation){
		"site unreachable":  func(_ *testing.T, i *installation) { i.doctor.Issuer = "https://id.example:1" },
		"site wrong_name":   func(_ *testing.T, i *installation) { i.site.names = []string{"www.example"} },
		"site expired":      func(_ *testing.T, i *installation) { i.site.until = -time.Hour },
		"site expires_soon": func(_ *testing.T, i *installation) { i.site.until = 9*day + time.Hour },
		"site asks":         func(_ *testing.T, i *installation) { i.site.config.ClientAuth = tls.RequestClientCert },
		"authority unknown": func(*testing.T, *installation) {},
		"ready not_ready":   func(_ *testing.T, i *installation) { i.site.handler = http.NotFound },
		"clock off": func(_ *testing.T, i *installation) {
			i.doctor.Now = func() time.Time { return time.Now().Add(5 * time.Minute) }
		},
		"host unreachable":  func(_ *testing.T, i *installation) { i.doctor.Hosts.Wildcard = "*.cert.id.example:1" },
		"host wrong_name":   func(_ *testing.T, i *installation) { i.host.names = []string{"*.id.example"} },
		"host expired":      func(_ *testing.T, i *installation) { i.host.until = -time.Hour },
		"host expires_soon": func(_ *testing.T, i *installation) { i.host.until = 20 * day },
		"host asks_nothing": func(_ *testing.T, i *installation) { i.host.config.ClientAuth = tls.NoClientCert },
		"tickets resumes":   func(_ *testing.T, i *installation) { i.host.config.SessionTicketsDisabled = false },
		"coalescing possible": func(t *testing.T, i *installation) {
			i.site.names, i.site.config.ClientAuth = []string{"id.example", "*.cert.id.example"}, tls.RequestClientCert
			port := i.open(t, i.site)
			i.doctor.Issuer, i.doctor.Hosts.Wildcard = "https://id.example:"+port, "*.cert.id.example:"+port
		},
		"name unresolved": func(_ *testing.T, i *installation) {
			i.doctor.Resolve = func(_ context.Context, host string) ([]string, error) {
				if strings.Contains(host, ".cert.") {
					return nil, errors.New("no such host")
				}
				return []string{"127.0.0.1"}, nil
			}
		},
		"proxy address_only": func(_ *testing.T, i *installation) { i.doctor.Proxy = doctor.Proxy{On: true, AddressOnly: true} },
		"forgery ok":         func(_ *testing.T, i *installation) { i.doctor.Proxy.On = true },
		"method ca_expires_soon": func(_ *testing.T, i *installation) {
			i.doctor.Now = func() time.Time { return i.ca.Cert.NotAfter.Add(-30 * day) }
		},
		"method no_valid_ca": func(_ *testing.T, i *installation) {
			i.doctor.Now = func() time.Time { return i.ca.Cert.NotAfter.Add(day) }
		},
		"revocation no_list": func(t *testing.T, i *installation) { i.list(t, iam.RevocationList{}) },
		"revocation outdated": func(t *testing.T, i *installation) {
			i.list(t, iam.RevocationList{DataHash: []byte("hash"), NextUpdate: time.Now().Add(-time.Minute)})
		},
		"revocation failing": func(t *testing.T, i *installation) {
			i.list(t, iam.RevocationList{DataHash: []byte("hash"), NextUpdate: time.Now().Add(time.Hour), Failures: 2})
		},
		"revocation responder_silent": func(t *testing.T, i *installation) {
			i.doctor.Trust.Fetch = func(context.Context, string, []byte, int64) ([]byte, error) { return nil, errors.New("nobody answers") }
			i.asksResponder(t)
		},
		"revocation learned_silent": func(t *testing.T, i *installation) {
			i.doctor.Trust.Fetch = func(context.Context, string, []byte, int64) ([]byte, error) { return nil, errors.New("nobody answers") }
			i.asksResponder(t)
			i.learns(t)
		},
		"keys old": func(_ *testing.T, i *installation) {
			i.doctor.Now = func() time.Time { return time.Now().Add(200 * day) }
		},
		"administrators one":  func(t *testing.T, i *installation) { i.without(t, "bob") },
		"administrators none": func(t *testing.T, i *installation) { i.without(t, "bob"); i.without(t, "alice") },
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			i := sound(t)
			spoil(t, i)
			found := i.examine(t)
			if !slices.ContainsFunc(found, func(f iam.Finding) bool { return f.Check+" "+f.Case == want }) {
				t.Errorf("not found; but %+v", found)
			}
		})
	}
}

// A responder that answers is none to speak of, whatever it says of a serial that
// nobody has.
func TestResponderThatAnswers(t *testing.T) {
	i := sound(t)
	asked := ""
	i.doctor.Trust.Fetch = func(_ context.Context, address string, body []byte, _ int64) ([]byte, error) {
		if len(body) > 0 {
			asked = address
		}
		return []byte("what"), nil
	}
	i.asksResponder(t)
	for _, f := range i.examine(t) {
		if f.Case == "responder_silent" {
			t.Errorf("found %+v", f)
		}
	}
	if asked != "http://ocsp.example/" {
		t.Errorf("asked %q", asked)
	}
}

// asksResponder lets the method ask a responder.
func (i *installation) asksResponder(t *testing.T) {
	t.Helper()
	if err := i.db.Update(t.Context(), func(tx *store.Tx) error {
		methods, err := tx.Providers()
		if err != nil {
			return err
		}
		r := &methods[0].Settings.Certificate.Revocation[0]
		r.Mode, r.OCSP = iam.RevocationRequired, "http://ocsp.example/"
		return tx.UpdateProvider(methods[0])
	}); err != nil {
		t.Fatal(err)
	}
}

// learns lets the method ask the responders of certificates, of which one came.
func (i *installation) learns(t *testing.T) {
	t.Helper()
	if err := i.db.Update(t.Context(), func(tx *store.Tx) error {
		methods, err := tx.Providers()
		if err != nil {
			return err
		}
		r := &methods[0].Settings.Certificate.Revocation[0]
		r.OCSP, r.Hosts = iam.OCSPOfCertificate, []string{"ocsp.example"}
		if err := tx.UpdateProvider(methods[0]); err != nil {
			return err
		}
		return tx.KeepResponder(iam.LearnedResponder{
			Provider: methods[0].ID, Authority: r.CA, Address: "http://ocsp.example/", Certificate: i.ca.Cert.Raw, LastSeenAt: tx.Now(),
		}, 10)
	}); err != nil {
		t.Fatal(err)
	}
}

// list gives the method a source of revocation lists in the state of l.
func (i *installation) list(t *testing.T, l iam.RevocationList) {
	t.Helper()
	if err := i.db.Update(t.Context(), func(tx *store.Tx) error {
		methods, err := tx.Providers()
		if err != nil {
			return err
		}
		l.Provider, l.Authority, l.Source, l.Certificate = methods[0].ID, methods[0].Settings.Certificate.Revocation[0].CA, "https://crl.example/ca.crl", i.ca.Cert.Raw
		if _, err := tx.AddRevocationList(l); err != nil {
			return err
		}
		if len(l.DataHash) > 0 {
			if err := tx.KeepRevocationList(l, []byte("list")); err != nil {
				return err
			}
		}
		if l.Failures > 0 {
			return tx.FailRevocationList(l)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func (i *installation) without(t *testing.T, id iam.UserID) {
	t.Helper()
	if err := i.db.Update(t.Context(), func(tx *store.Tx) error { return tx.SetUserStatus(id, iam.UserBlocked) }); err != nil {
		t.Fatal(err)
	}
}

func TestWorst(t *testing.T) {
	of := func(levels ...iam.FindingLevel) (found []iam.Finding) {
		for _, l := range levels {
			found = append(found, iam.Finding{Level: l})
		}
		return found
	}
	for want, found := range map[iam.FindingLevel][]iam.Finding{
		iam.FindingOK: nil, iam.FindingNote: of(iam.FindingOK, iam.FindingNote, iam.FindingOK),
		iam.FindingWarning: of(iam.FindingWarning, iam.FindingNote), iam.FindingError: of(iam.FindingError, iam.FindingWarning),
	} {
		if got := doctor.Worst(found); got != want {
			t.Errorf("%v: %s, want %s", found, got, want)
		}
	}
}

func TestTicketIsTakenOnce(t *testing.T) {
	db := storetest.New(t)
	ticket := iam.NewSecret()
	if err := db.Update(t.Context(), func(tx *store.Tx) error {
		return tx.InsertOneTimeLink(ticket.Hash(), "setup", "", time.Now().Add(time.Hour))
	}); err != nil {
		t.Fatal(err)
	}
	if good, err := doctor.TakeTicket(t.Context(), db, ticket); good || err != nil {
		t.Errorf("a link of another purpose: %v, %v", good, err)
	}
}
