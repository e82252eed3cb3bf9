package login_test

import (
	"errors"
	"net/netip"
	"testing"

	"signet/internal/audit"
	"signet/internal/directory"
	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/login"
	"signet/internal/provider"
	"signet/internal/session"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

// house is an installation with its rule rooms, two people, one application
// and both login methods.
type house struct {
	t              *testing.T
	db             *store.DB
	clock          *storetest.Clock
	log            *audit.Log
	directory      *directory.Service
	sessions       *session.Service
	identities     *identity.Service
	providers      *provider.Service
	login          *login.Service
	app            iam.App
	alice, bob     iam.User
	password, mtls iam.Provider
	program        iam.Caller
}

const rightPassword = "correct horse battery"

func newHouse(t *testing.T, options ...storetest.Option) *house {
	t.Helper()
	clock := new(storetest.Clock)
	h := &house{t: t, clock: clock, db: storetest.New(t, append([]storetest.Option{storetest.On(clock)}, options...)...), program: iam.Program("test")}
	h.log = &audit.Log{DB: h.db}
	h.sessions = &session.Service{DB: h.db, Log: h.log}
	h.directory = directory.New(h.db, h.log, h.sessions)
	h.identities = &identity.Service{DB: h.db, Log: h.log, Sessions: h.sessions}
	h.providers = &provider.Service{DB: h.db, Log: h.log}
	h.login = &login.Service{DB: h.db, Log: h.log, Directory: h.directory, Identities: h.identities, Sessions: h.sessions}
	ctx := t.Context()
	must(t, h.directory.EnsureSignetApp(ctx, h.program, "Signet"))
	var err error
	h.password, err = h.providers.EnsurePassword(ctx, h.program, "Password")
	must(t, err)
	h.mtls, err = h.providers.Create(ctx, h.program, iam.Provider{
		Scope: iam.System(), Type: iam.ProviderCertificate, Name: "mTLS", Public: true,
		Settings: iam.ProviderSettings{Certificate: &iam.CertificateSettings{Anchors: "unused here", LinkAtSignIn: true}},
	})
	must(t, err)
	h.app, _, err = h.directory.CreateApp(ctx, h.program, iam.App{Name: "Records", RedirectURIs: []string{"https://records.example/callback"}, SkipConsent: true})
	must(t, err)
	for _, app := range []iam.AppID{h.app.ID, iam.SignetApp} {
		must(t, h.providers.Switch(ctx, h.program, app, h.mtls.ID, true))
	}
	must(t, h.providers.Switch(ctx, h.program, h.app.ID, h.password.ID, true))
	h.alice, err = h.directory.CreateUser(ctx, h.program, iam.User{Login: "alice", Name: "Alice Martin"}, rightPassword)
	must(t, err)
	h.bob, err = h.directory.CreateUser(ctx, h.program, iam.User{Login: "bob", Name: "Bob Durand"}, rightPassword)
	must(t, err)
	return h
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// browser is a caller with a browser cookie and nothing else.
func browser() iam.Caller {
	return iam.Caller{Browser: iam.NewSecret(), Address: netip.MustParseAddr("192.0.2.7"), UserAgent: "test"}
}

func (h *house) begin(caller iam.Caller) iam.Login {
	h.t.Helper()
	l, err := h.login.Begin(h.t.Context(), caller, login.Request{Purpose: iam.PurposeSignIn, App: h.app.ID})
	must(h.t, err)
	return l
}

func (h *house) evidence(key string) *iam.Evidence {
	return &iam.Evidence{
		Type: iam.ProviderCertificate, Provider: h.mtls.ID, At: h.db.Now(), ACR: iam.ACRPhishingResistant, AMR: []string{iam.AMRProofOfPossession},
		Key: key, Certificate: &iam.Certificate{Subject: "CN=" + key, CommonName: key, NotAfter: h.db.Now().AddDate(1, 0, 0), SHA256: key},
	}
}

// attempt goes to the certificate host with a certificate that is accepted, and
// returns the ticket back.
func (h *house) attempt(caller iam.Caller, l iam.Login, key string) iam.Secret {
	h.t.Helper()
	started, err := h.login.StartAttempt(h.t.Context(), caller, l.ID, h.mtls.ID, "a.cert.example")
	must(h.t, err)
	a, err := h.login.Attempt(h.t.Context(), iam.Caller{}, started.Ticket)
	must(h.t, err)
	back, err := h.login.Judged(h.t.Context(), iam.Caller{}, a, h.evidence(key), nil)
	must(h.t, err)
	return back
}

func (h *house) link(user iam.User, key string) iam.Identity {
	h.t.Helper()
	i, err := h.identities.Add(h.t.Context(), h.program, user.ID, h.mtls, *h.evidence(key))
	must(h.t, err)
	return i
}

// signIn signs in with a linked certificate and returns the caller of the new
// session.
func (h *house) signIn(key string) (iam.Caller, login.Outcome) {
	h.t.Helper()
	caller := browser()
	l := h.begin(caller)
	out, err := h.login.Return(h.t.Context(), caller, h.attempt(caller, l, key))
	must(h.t, err)
	if out.Opened == nil {
		h.t.Fatalf("step %s, no session", out.Step)
	}
	caller.User, caller.Session = out.Opened.Session.User, out.Opened.Session.ID
	return caller, out
}

func wantCause(t *testing.T, err error, cause string) {
	t.Helper()
	var refused *iam.Error
	if !errors.As(err, &refused) || refused.Cause != cause {
		t.Fatalf("error %v, want cause %s", err, cause)
	}
}

func (h *house) wantEvent(kind iam.EventKind, cause string, attempt iam.AttemptID) iam.Event {
	h.t.Helper()
	events, err := h.log.All(h.t.Context(), h.program, iam.System(), iam.EventFilter{Kind: kind, Attempt: attempt, Limit: 1})
	must(h.t, err)
	if len(events) == 0 || events[0].Cause != cause {
		h.t.Fatalf("events %s of attempt %q: %+v, want cause %q", kind, attempt, events, cause)
	}
	return events[0]
}

// visit makes somebody known to the application.
func (h *house) visit(user iam.User) error {
	return h.db.Update(h.t.Context(), func(tx *store.Tx) error { return tx.VisitApp(h.app.ID, user.ID) })
}
