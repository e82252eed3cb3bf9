package login_test

import (
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/session"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

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

// Whose application has got the code and redeemed it comes back by the history: the
// application waits for no second one.
func TestFinishedLoginLeadsNobodyOnWhoseApplicationHasTheCode(t *testing.T) {
	h := newHouse(t)
	h.link(h.alice, "card")
	h.login.Code = codeFor
	caller, out := h.signIn("card")
	if _, err := h.login.Again(t.Context(), caller, out.Login.ID); err != nil {
		t.Errorf("as long as nobody has redeemed the code: %v", err)
	}
	_, err := h.sessions.RedeemCode(t.Context(), caller, h.app, session.Redemption{Code: out.Code, RedirectURI: "https://records.example/callback"})
	must(t, err)
	if _, err := h.login.Again(t.Context(), caller, out.Login.ID); !iam.IsNotFound(err) {
		t.Errorf("after it was redeemed: %v", err)
	}
}

// Where a browser has one certificate host only, it shows the certificate of whoever
// signed in last, whichever account is chosen.
func TestChosenAccountIsNobodyElse(t *testing.T) {
	h := newHouse(t)
	h.link(h.alice, "card")
	caller := browser()
	l := h.begin(caller)
	show := func(chosen iam.UserID) login.Outcome {
		t.Helper()
		started, err := h.login.StartAttemptOf(t.Context(), caller, l.ID, h.mtls.ID, "a.cert.example", chosen)
		must(t, err)
		a, err := h.login.Attempt(t.Context(), iam.Caller{}, started.Ticket)
		must(t, err)
		back, err := h.login.Judged(t.Context(), iam.Caller{}, a, h.evidence("card"), nil)
		must(t, err)
		out, err := h.login.Return(t.Context(), caller, back)
		must(t, err)
		return out
	}
	for range 2 {
		out := show(h.bob.ID)
		if out.Opened != nil || out.Step != login.StepRefusal || out.Login.State.Refusal.Cause != login.CauseOtherPerson {
			t.Fatalf("bob was chosen, and alice's card shown: %+v", out)
		}
		h.wantEvent(iam.EventSignInRefused, login.CauseOtherPerson, out.Login.State.Refusal.Attempt)
		_, err := h.login.GoOn(t.Context(), caller, l.ID, false)
		must(t, err)
	}
	if out := show(""); out.Opened == nil || out.Opened.Session.User != h.alice.ID {
		t.Errorf("nobody was chosen: %+v", out)
	}
	l = h.begin(caller)
	if out := show(h.alice.ID); out.Opened == nil || out.Opened.Session.User != h.alice.ID {
		t.Errorf("alice was chosen: %+v", out)
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

// A sign-in whose password is changed while its hash is computed opens no session
// after all others were ended.
func TestAPasswordThatIsChangedMeanwhileOpensNothing(t *testing.T) {
	meanwhile := func() {}
	h := newHouse(t, storetest.During("login.(*Service).PassPassword", func() { meanwhile() }))
	caller := browser()
	l := h.begin(caller)
	changed := false
	h.sessions.Log.Told = func(_ *store.Tx, _ iam.Caller, e iam.Event) error {
		changed = changed || e.Kind == iam.EventPasswordChanged
		return nil
	}
	passed := 0
	meanwhile = func() {
		if passed++; passed == 2 { // the first time it looks whether there is a login
			must(t, h.directory.SetPassword(t.Context(), h.program, h.alice.ID, "", "another long one"))
		}
	}
	_, err := h.login.PassPassword(t.Context(), caller, l.ID, h.password.ID, "alice", rightPassword)
	wantCause(t, err, "wrong_password")
	if !changed {
		t.Fatal("the password was not changed meanwhile")
	}
	h.wantEvent(iam.EventSignInRefused, "wrong_password", iam.AttemptID(iam.AsError(err).Params["Attempt"]))
}
