package login_test

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"testing"
	"time"

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

func newHouse(t *testing.T) *house {
	t.Helper()
	clock := new(storetest.Clock)
	h := &house{t: t, clock: clock, db: storetest.New(t, storetest.On(clock)), program: iam.Program("test")}
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

func TestLinkedCertificateSignsItsUserIn(t *testing.T) {
	h := newHouse(t)
	card := h.link(h.alice, "card")
	_, out := h.signIn("card")
	s := out.Opened.Session
	if s.User != h.alice.ID || s.Identity != card.ID || s.ACR != iam.ACRPhishingResistant || len(s.AMR) != 1 || s.AMR[0] != iam.AMRProofOfPossession {
		t.Errorf("session %+v", s)
	}
	e := h.wantEvent(iam.EventSignedIn, "", out.Attempt.ID)
	if e.User != h.alice.ID || e.Certificate == nil || e.Certificate.CommonName != "card" || e.Address != "192.0.2.7" {
		t.Errorf("event %+v", e)
	}
	identities, err := h.identities.Of(t.Context(), h.program, h.alice.ID)
	must(t, err)
	if identities[0].LastUsedAt.IsZero() || identities[0].LastUsedApp != h.app.ID {
		t.Error("the identifier does not know that it was used")
	}
}

func TestPasswordSignsIn(t *testing.T) {
	h := newHouse(t)
	caller := browser()
	l := h.begin(caller)
	out, err := h.login.PassPassword(t.Context(), caller, l.ID, h.password.ID, "ALICE", rightPassword)
	must(t, err)
	if out.Step != login.StepDone || out.Opened.Session.ACR != iam.ACRPassword || out.Ticket == "" {
		t.Errorf("outcome %+v", out)
	}
}

func TestWrongPasswordAndUnknownNameAreTheSame(t *testing.T) {
	h := newHouse(t)
	caller := browser()
	l := h.begin(caller)
	var said []iam.Error
	for _, name := range []string{"alice", "nobody"} {
		_, err := h.login.PassPassword(t.Context(), caller, l.ID, h.password.ID, name, "wrong password")
		wantCause(t, err, "wrong_password")
		e := *iam.AsError(err)
		h.wantEvent(iam.EventSignInRefused, "wrong_password", iam.AttemptID(e.Params["Attempt"]))
		e.Params = nil
		said = append(said, e)
	}
	if said[0].Kind != said[1].Kind || said[0].Cause != said[1].Cause || said[0].Field != said[1].Field {
		t.Errorf("a wrong password says %+v, an unknown name %+v", said[0], said[1])
	}
}

func TestTooManyWrongPasswordsDoNotBlockCertificates(t *testing.T) {
	h := newHouse(t)
	h.link(h.alice, "card")
	caller := browser()
	l := h.begin(caller)
	var err error
	for range 9 {
		_, err = h.login.PassPassword(t.Context(), caller, l.ID, h.password.ID, "alice", "wrong password")
	}
	wantCause(t, err, "too_many_tries")
	_, err = h.login.PassPassword(t.Context(), caller, l.ID, h.password.ID, "alice", rightPassword)
	wantCause(t, err, "too_many_tries")
	h.signIn("card")
	h.clock.Advance(16 * time.Minute)
	if _, err = h.login.PassPassword(t.Context(), caller, l.ID, h.password.ID, "alice", rightPassword); err != nil {
		t.Errorf("after the window: %v", err)
	}
}

func TestUnlinkedCertificateIsLinkedAfterPassword(t *testing.T) {
	h := newHouse(t)
	caller := browser()
	l := h.begin(caller)
	out, err := h.login.Return(t.Context(), caller, h.attempt(caller, l, "new card"))
	must(t, err)
	if out.Step != login.StepRefusal || out.Login.State.Refusal.Cause != login.CauseNotLinked || out.Opened != nil {
		t.Fatalf("outcome %+v", out)
	}
	h.wantEvent(iam.EventSignInRefused, login.CauseNotLinked, out.Attempt.ID)
	out, err = h.login.GoOn(t.Context(), caller, l.ID, false)
	must(t, err)
	if out.Step != login.StepChoose {
		t.Fatalf("step %s", out.Step)
	}
	out, err = h.login.PassPassword(t.Context(), caller, l.ID, h.password.ID, "bob", rightPassword)
	must(t, err)
	if out.Step != login.StepConfirm || out.Opened != nil {
		t.Fatalf("step %s, opened %v: the certificate is not linked without asking", out.Step, out.Opened)
	}
	out, err = h.login.Confirm(t.Context(), caller, l.ID)
	must(t, err)
	if out.Step != login.StepDone || out.Opened.Session.User != h.bob.ID || out.Opened.Session.ACR != iam.ACRPhishingResistant {
		t.Fatalf("outcome %+v", out)
	}
	if _, again := h.signIn("new card"); again.Opened.Session.User != h.bob.ID {
		t.Error("the linked certificate signs somebody else in")
	}
}

func TestUnlinkedCertificateIsRefusedWhereTheMethodSaysSo(t *testing.T) {
	h := newHouse(t)
	p := h.mtls
	p.Settings.Certificate.LinkAtSignIn = false
	must(t, h.providers.Change(t.Context(), h.program, p))
	caller := browser()
	l := h.begin(caller)
	out, err := h.login.Return(t.Context(), caller, h.attempt(caller, l, "new card"))
	must(t, err)
	if out.Login.State.Refusal == nil || out.Login.State.Unlinked != nil {
		t.Errorf("state %+v", out.Login.State)
	}
}

func TestForgottenCertificateIsNotLinked(t *testing.T) {
	h := newHouse(t)
	caller := browser()
	l := h.begin(caller)
	_, err := h.login.Return(t.Context(), caller, h.attempt(caller, l, "new card"))
	must(t, err)
	_, err = h.login.GoOn(t.Context(), caller, l.ID, true)
	must(t, err)
	out, err := h.login.PassPassword(t.Context(), caller, l.ID, h.password.ID, "bob", rightPassword)
	must(t, err)
	if out.Step != login.StepDone {
		t.Errorf("step %s", out.Step)
	}
}

// TestT39NobodyEntersWhoMayNot: a blocked person enters by no method.
func TestT39BlockedPersonEntersByNoMethod(t *testing.T) {
	h := newHouse(t)
	h.link(h.alice, "card")
	caller, out := h.signIn("card")
	must(t, h.directory.Block(t.Context(), h.program, h.alice.ID))
	if _, _, _, err := h.sessions.Of(t.Context(), out.Opened.Secret); !iam.IsNotFound(err) {
		t.Errorf("the session of a blocked person: %v", err)
	}
	l := h.begin(caller)
	out, err := h.login.Return(t.Context(), caller, h.attempt(caller, l, "card"))
	must(t, err)
	if out.Step != login.StepRefusal || out.Login.State.Refusal.Cause != login.CauseUserBlocked || out.Opened != nil {
		t.Errorf("certificate: %+v", out)
	}
	h.wantEvent(iam.EventSignInRefused, login.CauseUserBlocked, out.Attempt.ID)
	_, err = h.login.GoOn(t.Context(), caller, l.ID, false)
	must(t, err)
	out, err = h.login.PassPassword(t.Context(), caller, l.ID, h.password.ID, "alice", rightPassword)
	must(t, err)
	if out.Step != login.StepRefusal || out.Login.State.Refusal.Cause != login.CauseUserBlocked || out.Opened != nil {
		t.Errorf("password: %+v", out)
	}
	must(t, h.directory.Unblock(t.Context(), h.program, h.alice.ID))
	h.signIn("card")
}

func TestBlockedBetweenProofAndRedemption(t *testing.T) {
	h := newHouse(t)
	h.link(h.alice, "card")
	caller, out := h.signIn("card")
	must(t, h.directory.Block(t.Context(), h.program, h.alice.ID))
	_, code, err := h.login.Redeem(t.Context(), caller, out.Login.ID, out.Ticket, codeFor)
	if err == nil || code != "" {
		t.Errorf("code %q, %v", code, err)
	}
}

func codeFor(r login.Result) (session.CodeRequest, error) {
	return session.CodeRequest{User: r.User.ID, Session: r.Session, App: r.Login.App, Scopes: []string{"openid"}, RedirectURI: "https://records.example/callback"}, nil
}

func TestRedeemWorksOnceInItsBrowser(t *testing.T) {
	h := newHouse(t)
	h.link(h.alice, "card")
	caller, out := h.signIn("card")
	if _, _, err := h.login.Redeem(t.Context(), browser(), out.Login.ID, out.Ticket, codeFor); !iam.IsNotFound(err) {
		t.Errorf("another browser: %v", err)
	}
	if _, _, err := h.login.Redeem(t.Context(), caller, out.Login.ID, iam.NewSecret(), codeFor); !iam.IsNotFound(err) {
		t.Errorf("another ticket: %v", err)
	}
	result, code, err := h.login.Redeem(t.Context(), caller, out.Login.ID, out.Ticket, codeFor)
	must(t, err)
	if code == "" || result.User.ID != h.alice.ID {
		t.Errorf("result %+v", result)
	}
	if _, _, err := h.login.Redeem(t.Context(), caller, out.Login.ID, out.Ticket, codeFor); !iam.IsNotFound(err) {
		t.Errorf("a second time: %v", err)
	}
}

// A double click loses the answer that leads on; the second one leads on too.
func TestFinishedLoginLeadsOnAgainUntilItIsRedeemed(t *testing.T) {
	h := newHouse(t)
	h.link(h.alice, "card")
	caller, out := h.signIn("card")
	if _, err := h.login.Again(t.Context(), browser(), out.Login.ID); !iam.IsNotFound(err) {
		t.Errorf("another browser: %v", err)
	}
	if _, err := h.login.Again(t.Context(), iam.Caller{}, out.Login.ID); !iam.IsNotFound(err) {
		t.Errorf("no browser: %v", err)
	}
	underWay := h.begin(caller)
	if _, err := h.login.Again(t.Context(), caller, underWay.ID); !iam.IsNotFound(err) {
		t.Errorf("a login that is under way: %v", err)
	}
	again, err := h.login.Again(t.Context(), caller, out.Login.ID)
	must(t, err)
	if _, _, err := h.login.Redeem(t.Context(), caller, out.Login.ID, out.Ticket, codeFor); !iam.IsNotFound(err) {
		t.Errorf("the ticket before: %v", err)
	}
	result, code, err := h.login.Redeem(t.Context(), caller, again.Login.ID, again.Ticket, codeFor)
	must(t, err)
	if code == "" || result.User.ID != h.alice.ID {
		t.Errorf("result %+v", result)
	}
	if _, err := h.login.Again(t.Context(), caller, out.Login.ID); !iam.IsNotFound(err) {
		t.Errorf("after it was redeemed: %v", err)
	}
}

// TestT38TicketsBelongToTheBrowserThatAsked: who starts an attempt and lures
// another browser into it gains nothing, and neither does the other way round.
func TestT38TicketsBelongToTheBrowserThatAsked(t *testing.T) {
	h := newHouse(t)
	h.link(h.alice, "card")
	mallory, alice := browser(), browser()
	l := h.begin(mallory)
	back := h.attempt(mallory, l, "card") // alice's browser followed mallory's link
	_, err := h.login.Return(t.Context(), alice, back)
	wantCause(t, err, login.CauseAttemptBrowser)
	h.wantEvent(iam.EventSignInRefused, login.CauseAttemptBrowser, iam.AttemptID(iam.AsError(err).Params["Attempt"]))
	if _, err := h.login.View(t.Context(), alice, l.ID); iam.KindOf(err) != iam.KindForbidden {
		t.Errorf("another browser looks at the login: %v", err)
	}
	if _, err := h.login.StartAttempt(t.Context(), alice, l.ID, h.mtls.ID, "b.cert.example"); iam.KindOf(err) != iam.KindForbidden {
		t.Errorf("another browser starts an attempt: %v", err)
	}
	for name, caller := range map[string]iam.Caller{"no cookie": {}, "other": browser()} {
		if _, err := h.login.Decline(t.Context(), caller, l.ID); iam.KindOf(err) != iam.KindForbidden {
			t.Errorf("%s declines: %v", name, err)
		}
	}
}

func TestTicketOfTheWayThereIsNoTicketBack(t *testing.T) {
	h := newHouse(t)
	h.link(h.alice, "card")
	caller := browser()
	l := h.begin(caller)
	started, err := h.login.StartAttempt(t.Context(), caller, l.ID, h.mtls.ID, "a.cert.example")
	must(t, err)
	_, err = h.login.Return(t.Context(), caller, started.Ticket)
	wantCause(t, err, login.CauseAttemptUnknown)
	if string(started.Ticket) == started.Attempt.Host || len(started.Ticket) < 40 {
		t.Error("the ticket can be guessed")
	}
}

func TestReturnTicketIsTakenOnce(t *testing.T) {
	h := newHouse(t)
	h.link(h.alice, "card")
	caller := browser()
	l := h.begin(caller)
	back := h.attempt(caller, l, "card")
	var opened, refused int
	var mu sync.Mutex
	var wait sync.WaitGroup
	for range 10 {
		wait.Go(func() {
			out, err := h.login.Return(context.Background(), caller, back)
			mu.Lock()
			defer mu.Unlock()
			if err == nil && out.Opened != nil {
				opened++
			} else if iam.AsError(err) != nil {
				refused++
			}
		})
	}
	wait.Wait()
	if opened != 1 || refused != 9 {
		t.Errorf("%d opened a session and %d were refused, want 1 and 9", opened, refused)
	}
}

func TestTicketIsJudgedOnce(t *testing.T) {
	h := newHouse(t)
	caller := browser()
	l := h.begin(caller)
	started, err := h.login.StartAttempt(t.Context(), caller, l.ID, h.mtls.ID, "a.cert.example")
	must(t, err)
	a, err := h.login.Attempt(t.Context(), iam.Caller{}, started.Ticket)
	must(t, err)
	_, err = h.login.Judged(t.Context(), iam.Caller{}, a, h.evidence("card"), nil)
	must(t, err)
	_, err = h.login.Judged(t.Context(), iam.Caller{}, a, h.evidence("other card"), nil)
	wantCause(t, err, login.CauseAttemptUsed)
	_, err = h.login.Attempt(t.Context(), iam.Caller{}, started.Ticket)
	wantCause(t, err, login.CauseAttemptUsed)
}

func TestAttemptExpires(t *testing.T) {
	h := newHouse(t)
	caller := browser()
	l := h.begin(caller)
	started, err := h.login.StartAttempt(t.Context(), caller, l.ID, h.mtls.ID, "a.cert.example")
	must(t, err)
	back := h.attempt(caller, l, "card")
	h.clock.Advance(5*time.Minute + time.Second)
	_, err = h.login.Attempt(t.Context(), iam.Caller{}, started.Ticket)
	wantCause(t, err, login.CauseAttemptExpired)
	_, err = h.login.Return(t.Context(), caller, back)
	wantCause(t, err, login.CauseAttemptExpired)
}

func TestAttemptThatTheLoginOvertook(t *testing.T) {
	h := newHouse(t)
	h.link(h.alice, "card")
	caller := browser()
	l := h.begin(caller)
	first, second := h.attempt(caller, l, "new card"), h.attempt(caller, l, "card")
	_, err := h.login.Return(t.Context(), caller, first)
	must(t, err)
	_, err = h.login.Return(t.Context(), caller, second)
	wantCause(t, err, login.CauseAttemptPassedBy)
}

func TestRefusedCertificateIsTold(t *testing.T) {
	h := newHouse(t)
	caller := browser()
	l := h.begin(caller)
	started, err := h.login.StartAttempt(t.Context(), caller, l.ID, h.mtls.ID, "a.cert.example")
	must(t, err)
	a, err := h.login.Attempt(t.Context(), iam.Caller{}, started.Ticket)
	must(t, err)
	back, err := h.login.Judged(t.Context(), iam.Caller{}, a, nil, &iam.Refusal{
		Attempt: a.ID, Cause: "expired", Provider: h.mtls.ID, Certificate: h.evidence("old card").Certificate,
	})
	must(t, err)
	// Told before the browser is back, which it may never be.
	h.wantEvent(iam.EventSignInRefused, "expired", a.ID)
	out, err := h.login.Return(t.Context(), caller, back)
	must(t, err)
	if out.Step != login.StepRefusal || out.Login.State.Refusal.Certificate.CommonName != "old card" || out.Opened != nil {
		t.Errorf("outcome %+v", out)
	}
}

func TestMethodThatIsNotSwitchedOn(t *testing.T) {
	h := newHouse(t)
	h.link(h.alice, "card")
	caller := browser()
	l := h.begin(caller)
	back := h.attempt(caller, l, "card")
	must(t, h.providers.Switch(t.Context(), h.program, h.app.ID, h.mtls.ID, false))
	out, err := h.login.Return(t.Context(), caller, back)
	must(t, err)
	if out.Login.State.Refusal == nil || out.Login.State.Refusal.Cause != login.CauseNotOffered {
		t.Errorf("switched off on the way: %+v", out)
	}
	l = h.begin(caller)
	_, err = h.login.StartAttempt(t.Context(), caller, l.ID, h.mtls.ID, "a.cert.example")
	wantCause(t, err, login.CauseNotOffered)
	h.wantEvent(iam.EventSignInRefused, login.CauseNotOffered, iam.AttemptID(iam.AsError(err).Params["Attempt"]))
}

func TestMethodOfAnotherOrganizationIsNotUsable(t *testing.T) {
	h := newHouse(t)
	p, err := h.providers.Create(t.Context(), h.program, iam.Provider{
		Scope: iam.Organization("clinic"), Type: iam.ProviderCertificate, Name: "Clinic cards", Public: true,
		Settings: iam.ProviderSettings{Certificate: &iam.CertificateSettings{}},
	})
	must(t, err)
	wantCause(t, h.providers.Switch(t.Context(), h.program, h.app.ID, p.ID, true), "method_of_another_scope")
	caller := browser()
	l := h.begin(caller)
	_, err = h.login.StartAttempt(t.Context(), caller, l.ID, p.ID, "a.cert.example")
	wantCause(t, err, login.CauseNotOffered)
}

func TestCertificateOfSomebodyElseAfterPassword(t *testing.T) {
	h := newHouse(t)
	h.link(h.alice, "card")
	app := h.app
	app.CertificateOnly = true
	must(t, h.db.Update(t.Context(), func(tx *store.Tx) error { return tx.UpdateApp(app) }))
	caller := browser()
	l := h.begin(caller)
	out, err := h.login.PassPassword(t.Context(), caller, l.ID, h.password.ID, "bob", rightPassword)
	must(t, err)
	if out.Step != login.StepChoose || out.Opened != nil {
		t.Fatalf("a password opened a certificate-only application: %+v", out)
	}
	out, err = h.login.Return(t.Context(), caller, h.attempt(caller, l, "card"))
	must(t, err)
	if out.Login.State.Refusal == nil || out.Login.State.Refusal.Cause != login.CauseOtherPerson {
		t.Errorf("outcome %+v", out)
	}
}

// linking begins a login that links, as alice or bob in a session of theirs.
func (h *house) linking(user iam.User) (iam.Caller, iam.Login) {
	h.t.Helper()
	caller := browser()
	l := h.begin(caller)
	out, err := h.login.PassPassword(h.t.Context(), caller, l.ID, h.password.ID, user.Login, rightPassword)
	must(h.t, err)
	caller.User, caller.Session = user.ID, out.Opened.Session.ID
	l, err = h.login.Begin(h.t.Context(), caller, login.Request{Purpose: iam.PurposeLink, App: iam.SignetApp, Provider: h.mtls.ID, Return: "/profile"})
	must(h.t, err)
	return caller, l
}

func TestLinkingAsksBeforeItLinks(t *testing.T) {
	h := newHouse(t)
	caller, l := h.linking(h.alice)
	out, err := h.login.Return(t.Context(), caller, h.attempt(caller, l, "card"))
	must(t, err)
	if identities, _ := h.identities.Of(t.Context(), caller, h.alice.ID); out.Step != login.StepConfirm || len(identities) != 0 {
		t.Fatalf("step %s, %d identifiers", out.Step, len(identities))
	}
	out, err = h.login.Confirm(t.Context(), caller, l.ID)
	must(t, err)
	if out.Step != login.StepDone || out.Login.State.Linked == "" {
		t.Fatalf("outcome %+v", out)
	}
	h.wantEvent(iam.EventIdentityLinked, "", "")
	// The same once more (row S60).
	caller, l = h.linking(h.alice)
	out, err = h.login.Return(t.Context(), caller, h.attempt(caller, l, "card"))
	must(t, err)
	if out.Login.State.Refusal.Cause != login.CauseLinkedToYou {
		t.Errorf("linked to oneself: %+v", out)
	}
	// Somebody else (row S59), until it is removed (row S61).
	caller, l = h.linking(h.bob)
	out, err = h.login.Return(t.Context(), caller, h.attempt(caller, l, "card"))
	must(t, err)
	if out.Login.State.Refusal.Cause != login.CauseLinkedToOther {
		t.Errorf("linked to another: %+v", out)
	}
	h.wantEvent(iam.EventIdentityRefused, login.CauseLinkedToOther, out.Attempt.ID)
	identities, err := h.identities.Of(t.Context(), h.program, h.alice.ID)
	must(t, err)
	_, err = h.identities.Remove(t.Context(), h.program, h.alice.ID, identities[0].ID)
	must(t, err)
	_, err = h.login.GoOn(t.Context(), caller, l.ID, false)
	must(t, err)
	l.Step = 2
	out, err = h.login.Return(t.Context(), caller, h.attempt(caller, l, "card"))
	must(t, err)
	if out.Step != login.StepConfirm {
		t.Errorf("after removal: %+v", out)
	}
}

// TestOneCertificateOnePersonUnderConcurrency: two people confirm the same
// certificate at once; one gets it and the other is told.
func TestOneCertificateOnePersonUnderConcurrency(t *testing.T) {
	h := newHouse(t)
	type asker struct {
		caller iam.Caller
		login  iam.Login
	}
	var askers []asker
	for _, user := range []iam.User{h.alice, h.bob} {
		caller, l := h.linking(user)
		_, err := h.login.Return(t.Context(), caller, h.attempt(caller, l, "card"))
		must(t, err)
		askers = append(askers, asker{caller, l})
	}
	outs := make([]login.Outcome, len(askers))
	var wait sync.WaitGroup
	for i, a := range askers {
		wait.Go(func() {
			var err error
			if outs[i], err = h.login.Confirm(context.Background(), a.caller, a.login.ID); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	done, told := 0, 0
	for _, out := range outs {
		switch {
		case out.Step == login.StepDone:
			done++
		case out.Login.State.Refusal != nil && out.Login.State.Refusal.Cause == login.CauseLinkedToOther:
			told++
		}
	}
	if done != 1 || told != 1 {
		t.Errorf("%d linked, %d told: %+v", done, told, outs)
	}
}

func TestLinkingNeedsTheSessionThatBeganIt(t *testing.T) {
	h := newHouse(t)
	caller, l := h.linking(h.alice)
	back := h.attempt(caller, l, "card")
	caller.User, caller.Session = h.bob.ID, "another"
	if _, err := h.login.Return(t.Context(), caller, back); iam.KindOf(err) != iam.KindUnauthenticated {
		t.Errorf("bob goes on with what alice began: %v", err)
	}
}

func TestRemovingAnIdentifierEndsItsSessions(t *testing.T) {
	h := newHouse(t)
	card := h.link(h.alice, "card")
	_, out := h.signIn("card")
	caller, _ := h.linking(h.alice) // a session by password
	ended, err := h.identities.Remove(t.Context(), caller, h.alice.ID, card.ID)
	must(t, err)
	if ended != 1 {
		t.Errorf("%d sessions ended, want the one that the certificate opened", ended)
	}
	if _, _, _, err := h.sessions.Of(t.Context(), out.Opened.Secret); !iam.IsNotFound(err) {
		t.Errorf("the session of the removed certificate: %v", err)
	}
	if sessions, _ := h.sessions.Mine(t.Context(), caller); len(sessions) != 1 {
		t.Errorf("%d sessions are left, want the one by password", len(sessions))
	}
	if _, err := h.identities.Remove(t.Context(), iam.Caller{User: h.bob.ID}, h.alice.ID, card.ID); iam.KindOf(err) != iam.KindForbidden {
		t.Errorf("bob removes what is alice's: %v", err)
	}
}

// TestT40NewSessionAtSignIn: signing in gives a new session, whatever the
// browser came with, and ends the one that stood before.
func TestT40NewSessionAtSignIn(t *testing.T) {
	h := newHouse(t)
	h.link(h.alice, "card")
	caller, first := h.signIn("card")
	l, err := h.login.Begin(t.Context(), caller, login.Request{Purpose: iam.PurposeSignIn, App: h.app.ID, Ask: iam.Ask{Prompt: []string{"login"}}})
	must(t, err)
	out, err := h.login.Return(t.Context(), caller, h.attempt(caller, l, "card"))
	must(t, err)
	if out.Opened == nil || out.Opened.Session.ID == first.Opened.Session.ID || out.Opened.Secret == first.Opened.Secret {
		t.Fatalf("no new session: %+v", out.Opened)
	}
	if _, _, _, err := h.sessions.Of(t.Context(), first.Opened.Secret); !iam.IsNotFound(err) {
		t.Errorf("the session before: %v", err)
	}
}

func TestSilentNeedsASession(t *testing.T) {
	h := newHouse(t)
	h.link(h.alice, "card")
	request := login.Request{Purpose: iam.PurposeSignIn, App: h.app.ID}
	if _, code, step, err := h.login.Silent(t.Context(), browser(), request, codeFor); err != nil || step != login.StepChoose || code != "" {
		t.Errorf("a visitor: %s, %q, %v", step, code, err)
	}
	caller, _ := h.signIn("card")
	if _, code, step, err := h.login.Silent(t.Context(), caller, request, codeFor); err != nil || step != login.StepDone || code == "" {
		t.Errorf("a standing session: %s, %q, %v", step, code, err)
	}
	must(t, h.sessions.SignOut(t.Context(), caller))
	if _, code, step, err := h.login.Silent(t.Context(), caller, request, codeFor); err != nil || step != login.StepChoose || code != "" {
		t.Errorf("after signing out: %s, %q, %v", step, code, err)
	}
}

func TestConsentIsAskedOnce(t *testing.T) {
	h := newHouse(t)
	h.link(h.alice, "card")
	app := h.app
	app.SkipConsent = false
	must(t, h.db.Update(t.Context(), func(tx *store.Tx) error { return tx.UpdateApp(app) }))
	ask := iam.Ask{Scopes: []string{"openid", "email"}}
	caller := browser()
	l, err := h.login.Begin(t.Context(), caller, login.Request{Purpose: iam.PurposeSignIn, App: h.app.ID, Ask: ask})
	must(t, err)
	out, err := h.login.Return(t.Context(), caller, h.attempt(caller, l, "card"))
	must(t, err)
	if out.Step != login.StepConsent || out.Opened != nil {
		t.Fatalf("outcome %+v", out)
	}
	out, err = h.login.Agree(t.Context(), caller, l.ID)
	must(t, err)
	if out.Step != login.StepDone || out.Opened == nil {
		t.Fatalf("outcome %+v", out)
	}
	h.wantEvent(iam.EventConsentGiven, "", "")
	caller.User, caller.Session = out.Opened.Session.User, out.Opened.Session.ID
	if _, _, step, err := h.login.Silent(t.Context(), caller, login.Request{Purpose: iam.PurposeSignIn, App: h.app.ID, Ask: ask}, codeFor); err != nil || step != login.StepDone {
		t.Errorf("asked again: %s, %v", step, err)
	}
	wider := iam.Ask{Scopes: []string{"openid", "email", "profile"}}
	if _, _, step, err := h.login.Silent(t.Context(), caller, login.Request{Purpose: iam.PurposeSignIn, App: h.app.ID, Ask: wider}, codeFor); err != nil || step != login.StepConsent {
		t.Errorf("more scopes: %s, %v", step, err)
	}
}

func TestDeclinedLoginTellsTheApplication(t *testing.T) {
	h := newHouse(t)
	caller := browser()
	l := h.begin(caller)
	out, err := h.login.Decline(t.Context(), caller, l.ID)
	must(t, err)
	result, code, err := h.login.Redeem(t.Context(), caller, l.ID, out.Ticket, codeFor)
	if err != nil || result.Denied != "access_denied" || code != "" {
		t.Errorf("result %+v, code %q, %v", result, code, err)
	}
}
