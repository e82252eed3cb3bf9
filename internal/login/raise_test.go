package login_test

import (
	"testing"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/store"
)

// require lets the application require so much, and the method give it.
func (h *house) require(least iam.Strength) {
	h.t.Helper()
	var err error
	h.mtls, err = h.providers.Provider(h.t.Context(), h.mtls.ID)
	must(h.t, err)
	h.mtls.Settings.Certificate.Assurance = []iam.AssuranceRule{{CA: "cards", Key: iam.KeyCard}}
	must(h.t, h.providers.Change(h.t.Context(), h.program, h.mtls))
	app, err := h.directory.App(h.t.Context(), h.app.ID)
	must(h.t, err)
	app.MinStrength = least
	must(h.t, h.directory.EditApp(h.t.Context(), h.program, app))
}

// show goes through an attempt with a certificate that counts for so much.
func (h *house) show(caller iam.Caller, l iam.Login, key string, counts iam.KeyProtection) (login.Outcome, error) {
	h.t.Helper()
	started, err := h.login.StartAttempt(h.t.Context(), caller, l.ID, h.mtls.ID, "a.cert.example")
	must(h.t, err)
	a, err := h.login.Attempt(h.t.Context(), iam.Caller{}, started.Ticket)
	must(h.t, err)
	e, assured := h.evidence(key), iam.AssuranceRule{Key: counts}.Assurance()
	e.ACR, e.AMR, e.Strength = assured.ACR, assured.AMR, assured.Strength
	back, err := h.login.Judged(h.t.Context(), iam.Caller{}, a, e, nil)
	must(h.t, err)
	return h.login.Return(h.t.Context(), caller, back)
}

// T23: a session is raised by a certificate of its own person, and by nobody
// else's. Raised, it is a new one and the old one has ended.
func TestT23SessionIsRaisedByItsPersonOnly(t *testing.T) {
	h := newHouse(t)
	h.link(h.alice, "card")
	h.link(h.bob, "card of bob")
	caller := browser()
	l := h.begin(caller)
	out, err := h.login.PassPassword(t.Context(), caller, l.ID, h.password.ID, "alice", rightPassword)
	must(t, err)
	caller.User, caller.Session = out.Opened.Session.User, out.Opened.Session.ID
	h.require(iam.StrengthCard)

	_, _, step, err := h.login.Silent(t.Context(), caller, login.Request{Purpose: iam.PurposeSignIn, App: h.app.ID}, nil)
	must(t, err)
	if step != login.StepChoose {
		t.Fatalf("a password does: %s", step)
	}
	l = h.begin(caller)
	v, err := h.login.View(t.Context(), caller, l.ID)
	must(t, err)
	if !v.Raising || v.Needed == nil || v.Needed.Strength != iam.StrengthCard || len(v.Offers) != 1 || v.Offers[0].Provider.ID != h.mtls.ID {
		t.Errorf("view %+v", v)
	}
	for _, c := range []struct {
		name, key string
		counts    iam.KeyProtection
		cause     string
	}{
		{"a card of somebody else", "card of bob", iam.KeyCard, login.CauseOtherPerson},
		{"a software key of her own", "card", iam.KeySoftware, login.CauseTooLittle},
		{"a software key of nobody", "unknown", iam.KeySoftware, login.CauseTooLittle},
	} {
		l = h.begin(caller)
		out, err := h.show(caller, l, c.key, c.counts)
		must(t, err)
		if out.Step != login.StepRefusal || out.Opened != nil || out.Login.State.Refusal.Cause != c.cause {
			t.Errorf("%s: %s %+v", c.name, out.Step, out.Login.State.Refusal)
		}
		h.wantEvent(iam.EventSignInRefused, c.cause, out.Login.State.Refusal.Attempt)
		if _, err := h.login.Waive(t.Context(), caller, l.ID); err == nil {
			t.Errorf("%s: what is required is waived", c.name)
		}
	}
	l = h.begin(caller)
	out, err = h.show(caller, l, "card", iam.KeyCard)
	must(t, err)
	if out.Opened == nil || out.Opened.Session.ID == caller.Session || out.Opened.Session.Strength != iam.StrengthCard || out.Opened.Session.ACR != "phrh" {
		t.Fatalf("raised to %+v", out)
	}
	must(t, h.db.View(t.Context(), func(tx *store.Tx) error {
		old, err := tx.Session(caller.Session)
		if err == nil && (old.EndedAt.IsZero() || old.EndReason != iam.EndReplaced) {
			t.Errorf("the old session goes on: %+v", old)
		}
		return err
	}))

	// Whoever shares the browser says so first.
	caller.Session = out.Opened.Session.ID
	h.require(iam.StrengthUnknown)
	other := browser()
	l = h.begin(other)
	out, err = h.login.PassPassword(t.Context(), other, l.ID, h.password.ID, "alice", rightPassword)
	must(t, err)
	other.User, other.Session = h.alice.ID, out.Opened.Session.ID
	h.require(iam.StrengthCard)
	l = h.begin(other)
	if _, err = h.login.SomebodyElse(t.Context(), other, l.ID); err != nil {
		t.Fatal(err)
	}
	if out, err = h.show(other, l, "card of bob", iam.KeyCard); err != nil || out.Opened == nil || out.Opened.Session.User != h.bob.ID {
		t.Errorf("as somebody else: %+v, %v", out, err)
	}
}

// An application that wishes is content with less, at the person's word; one that
// requires what nobody can give is told so.
func TestWishedAndUnmetAssurance(t *testing.T) {
	h := newHouse(t)
	h.link(h.alice, "card")
	caller, _ := h.signIn("card")
	h.require(iam.StrengthUnknown)
	ask := iam.Ask{ACRValues: []string{"phrh"}}
	l, err := h.login.Begin(t.Context(), caller, login.Request{Purpose: iam.PurposeSignIn, App: h.app.ID, Ask: ask})
	must(t, err)
	out, err := h.login.Waive(t.Context(), caller, l.ID)
	must(t, err)
	if out.Step != login.StepDone || out.Opened != nil || out.Ticket == "" {
		t.Errorf("went on as she is: %+v", out)
	}
	if _, err := h.login.Waive(t.Context(), caller, l.ID); err == nil {
		t.Error("a finished login goes on again")
	}

	ask = iam.Ask{ACRValues: []string{"urn:nobody"}, ACREssential: true}
	_, _, step, err := h.login.Silent(t.Context(), caller, login.Request{Purpose: iam.PurposeSignIn, App: h.app.ID, Ask: ask}, nil)
	must(t, err)
	if step != login.StepUnmet {
		t.Errorf("silently: %s", step)
	}
	h.wantEvent(iam.EventSignInRefused, login.CauseUnmet, "")
	stranger := browser()
	l, err = h.login.Begin(t.Context(), stranger, login.Request{Purpose: iam.PurposeSignIn, App: h.app.ID, Ask: ask})
	must(t, err)
	v, err := h.login.View(t.Context(), stranger, l.ID)
	must(t, err)
	out, err = h.login.GoOn(t.Context(), stranger, l.ID, false)
	must(t, err)
	result, _, err := h.login.Redeem(t.Context(), stranger, l.ID, out.Ticket, nil)
	must(t, err)
	if v.Step != login.StepUnmet || result.Denied != login.DeniedUnmet {
		t.Errorf("a stranger: %s, denied %q", v.Step, result.Denied)
	}
}

// T23: a renewed certificate of somebody else raises a session no more than the
// certificate that it renews, whether it is taken at once or on confirmation.
func TestT23RenewedCertificateOfSomebodyElseRaisesNothing(t *testing.T) {
	for _, policy := range []iam.RenewalPolicy{iam.RenewalAccept, iam.RenewalAsk} {
		h := newHouse(t)
		h.renewal(policy)
		old := h.issued("old key", "aa", "bob", "")
		h.owned(old, h.bob)
		caller := browser()
		out, err := h.login.PassPassword(t.Context(), caller, h.begin(caller).ID, h.password.ID, "alice", rightPassword)
		must(t, err)
		caller.User, caller.Session = out.Opened.Session.User, out.Opened.Session.ID
		h.require(iam.StrengthCard)

		renewed, counts := h.issued("new key", "aa", "bob", ""), iam.AssuranceRule{Key: iam.KeyCard}.Assurance()
		renewed.ACR, renewed.AMR, renewed.Strength = counts.ACR, counts.AMR, counts.Strength
		l := h.begin(caller)
		out = h.shown(caller, l, renewed)
		if policy == iam.RenewalAsk && out.Step == login.StepRenew {
			out, err = h.login.Renew(t.Context(), caller, l.ID)
			must(t, err)
		}
		if out.Opened != nil || out.Login.State.Refusal == nil || out.Login.State.Refusal.Cause != login.CauseOtherPerson {
			t.Errorf("policy %q: %s %+v, opened %v", policy, out.Step, out.Login.State.Refusal, out.Opened)
		}
	}
}

// A rule links nothing where the sign-in is refused: a session is raised by nobody
// else's certificate, and the refusal leaves no link behind.
func TestRuleLinksNothingInTheRaiseOfAnother(t *testing.T) {
	h := newHouse(t)
	h.called(h.bob, confirmed("bob@example.org"))
	caller := browser()
	out, err := h.login.PassPassword(t.Context(), caller, h.begin(caller).ID, h.password.ID, "alice", rightPassword)
	must(t, err)
	caller.User, caller.Session = out.Opened.Session.User, out.Opened.Session.ID
	h.mapping(byEmail())
	h.require(iam.StrengthCard)
	e, counts := h.bearing("card of bob", email("bob@example.org")), iam.AssuranceRule{Key: iam.KeyCard}.Assurance()
	e.ACR, e.AMR, e.Strength = counts.ACR, counts.AMR, counts.Strength
	out = h.shown(caller, h.begin(caller), e)
	if out.Opened != nil || out.Login.State.Refusal == nil || out.Login.State.Refusal.Cause != login.CauseOtherPerson {
		t.Fatalf("opened %v, refusal %+v", out.Opened, out.Login.State.Refusal)
	}
	if held, err := h.identities.Of(t.Context(), h.program, h.bob.ID); err != nil || len(held) != 0 {
		t.Errorf("%d identifiers were linked, %v", len(held), err)
	}
}

// Nor by somebody new: a certificate that nobody has linked makes no account in
// the place of the person whose session it is.
func TestStrangerMakesNoAccountInTheRaiseOfAnother(t *testing.T) {
	h := newHouse(t)
	h.openRegistration(true)
	caller := browser()
	out, err := h.login.PassPassword(t.Context(), caller, h.begin(caller).ID, h.password.ID, "alice", rightPassword)
	must(t, err)
	caller.User, caller.Session = out.Opened.Session.User, out.Opened.Session.ID
	h.require(iam.StrengthCard)
	l := h.begin(caller)
	if out, err = h.show(caller, l, "card of nobody", iam.KeyCard); err != nil || out.Step != login.StepRefusal {
		t.Fatalf("step %s, %v", out.Step, err)
	}
	if v, err := h.login.View(t.Context(), caller, l.ID); err != nil || v.Registrable {
		t.Errorf("is offered, %v", err)
	}
	_, err = h.register(caller, l, "eve")
	wantCause(t, err, "registration_closed")
	h.wantNobody("eve")
}
