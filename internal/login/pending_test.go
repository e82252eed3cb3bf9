package login_test

import (
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/login"
)

// asking is an application that asks for consent, so that a sign-in waits for a
// person after the proof and before the session.
func (h *house) asking() iam.App {
	h.t.Helper()
	app, _, err := h.directory.CreateApp(h.t.Context(), h.program, iam.App{Name: "Asking", RedirectURIs: []string{"https://asking.example/callback"}})
	must(h.t, err)
	for _, p := range []iam.Provider{h.password, h.mtls} {
		must(h.t, h.providers.Switch(h.t.Context(), h.program, app.ID, p.ID, true))
	}
	return app
}

func (h *house) beginFor(caller iam.Caller, app iam.App) iam.Login {
	h.t.Helper()
	l, err := h.login.Begin(h.t.Context(), caller, login.Request{Purpose: iam.PurposeSignIn, App: app.ID, Ask: iam.Ask{Scopes: []string{"openid"}}})
	must(h.t, err)
	return l
}

// A stolen card is unlinked, a guessed password is changed, a thief is signed
// out everywhere: what the thief had proved before must open nothing any more.
func TestProofsOfAPendingLoginEndWithWhatTheyProved(t *testing.T) {
	for _, c := range []struct {
		name  string
		prove func(h *house, caller iam.Caller, l iam.Login) (login.Outcome, error)
		end   func(h *house, card iam.Identity) error
	}{
		{"certificate, then unlinked", byCard, func(h *house, card iam.Identity) error {
			_, err := h.identities.Remove(h.t.Context(), h.program, h.alice.ID, card.ID)
			return err
		}},
		{"password, then changed", byPassword, func(h *house, _ iam.Identity) error {
			return h.directory.SetPassword(h.t.Context(), h.program, h.alice.ID, "", "another good password")
		}},
		{"certificate, then signed out everywhere", byCard, func(h *house, _ iam.Identity) error {
			_, err := h.sessions.EndOfUser(h.t.Context(), h.program, h.alice.ID)
			return err
		}},
		{"password, then blocked and unblocked", byPassword, func(h *house, _ iam.Identity) error {
			if err := h.directory.Block(h.t.Context(), h.program, h.alice.ID); err != nil {
				return err
			}
			return h.directory.Unblock(h.t.Context(), h.program, h.alice.ID)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			card := h.link(h.alice, "card")
			thief := browser()
			l := h.beginFor(thief, h.asking())
			out, err := c.prove(h, thief, l)
			must(t, err)
			if out.Step != login.StepConsent {
				t.Fatalf("step %s, want consent", out.Step)
			}
			must(t, c.end(h, card))
			if out, err = h.login.Agree(t.Context(), thief, l.ID); err == nil || out.Opened != nil {
				t.Fatalf("the pending login went on: step %s, opened %v", out.Step, out.Opened)
			}
		})
	}
}

func byCard(h *house, caller iam.Caller, l iam.Login) (login.Outcome, error) {
	return h.login.Return(h.t.Context(), caller, h.attempt(caller, l, "card"))
}

func byPassword(h *house, caller iam.Caller, l iam.Login) (login.Outcome, error) {
	return h.login.PassPassword(h.t.Context(), caller, l.ID, h.password.ID, "alice", rightPassword)
}

// The cookie of a session goes when the browser is closed, the one of the
// browser stays. Whoever opens the browser next finds the address of a waiting
// login in its history; the session behind it is not theirs.
func TestStandingSessionCountsOnlyWhileTheBrowserHoldsIt(t *testing.T) {
	h := newHouse(t)
	h.link(h.alice, "card")
	caller, _ := h.signIn("card")
	l := h.beginFor(caller, h.asking())
	v, err := h.login.View(t.Context(), caller, l.ID)
	must(t, err)
	if v.Step != login.StepConsent || v.User.ID != h.alice.ID {
		t.Fatalf("step %s of %q, want consent of alice", v.Step, v.User.ID)
	}
	reopened := caller
	reopened.User, reopened.Session = "", ""
	v, err = h.login.View(t.Context(), reopened, l.ID)
	must(t, err)
	if v.Step != login.StepChoose || v.User.ID != "" {
		t.Errorf("after the browser was closed: step %s of %q", v.Step, v.User.ID)
	}
	if out, err := h.login.Agree(t.Context(), reopened, l.ID); err == nil {
		t.Errorf("agreed for somebody who is not there: %+v", out)
	}
}

// An application that accepts certificates only lets a person link a new one
// with their password, too (row S69).
func TestUnlinkedCertificateIsLinkedForCertificateOnlyApplication(t *testing.T) {
	h := newHouse(t)
	app, _, err := h.directory.CreateApp(t.Context(), h.program, iam.App{
		Name: "Strict", RedirectURIs: []string{"https://strict.example/callback"}, SkipConsent: true, CertificateOnly: true,
	})
	must(t, err)
	for _, p := range []iam.Provider{h.password, h.mtls} {
		must(t, h.providers.Switch(t.Context(), h.program, app.ID, p.ID, true))
	}
	caller := browser()
	l := h.beginFor(caller, app)
	_, err = h.login.Return(t.Context(), caller, h.attempt(caller, l, "new card"))
	must(t, err)
	_, err = h.login.GoOn(t.Context(), caller, l.ID, false)
	must(t, err)
	out, err := byPassword(h, caller, l)
	must(t, err)
	if out.Step != login.StepConfirm || out.Opened != nil {
		t.Fatalf("after the password: step %s", out.Step)
	}
	if out, err = h.login.Confirm(t.Context(), caller, l.ID); err != nil || out.Opened == nil || out.Opened.Session.ACR != iam.ACRPhishingResistant {
		t.Fatalf("after the link: %+v, %v", out, err)
	}
}

// A certificate waits for its confirmation up to an hour. What may no longer be
// used, or would be judged by other rules now, is not linked.
func TestConfirmAsksAgainWhetherTheMethodMayBeUsed(t *testing.T) {
	for want, change := range map[string]func(*house) error{
		login.CauseNotOffered: func(h *house) error { return h.providers.Switch(h.t.Context(), h.program, h.app.ID, h.mtls.ID, false) },
		login.CauseMethodChanged: func(h *house) error {
			p := h.mtls
			p.Settings.Certificate = &iam.CertificateSettings{Anchors: "other CAs", LinkAtSignIn: true}
			return h.providers.Change(h.t.Context(), h.program, p)
		},
	} {
		t.Run(want, func(t *testing.T) {
			h := newHouse(t)
			caller := browser()
			l := h.begin(caller)
			_, err := h.login.Return(t.Context(), caller, h.attempt(caller, l, "new card"))
			must(t, err)
			_, err = h.login.GoOn(t.Context(), caller, l.ID, false)
			must(t, err)
			_, err = byPassword(h, caller, l)
			must(t, err)
			h.clock.Advance(time.Second)
			must(t, change(h))
			out, err := h.login.Confirm(t.Context(), caller, l.ID)
			must(t, err)
			if out.Step != login.StepRefusal || out.Login.State.Refusal.Cause != want || out.Opened != nil {
				t.Errorf("outcome %+v", out)
			}
			identities, err := h.identities.Of(t.Context(), h.program, h.alice.ID)
			must(t, err)
			if len(identities) != 0 {
				t.Error("the certificate was linked all the same")
			}
		})
	}
}

// A page may stand open for an hour. What the certificate said counts as long as the
// certificate; what a password said beside it goes on counting.
func TestProofsOfAPendingLoginEndWithTheirCertificate(t *testing.T) {
	for name, also := range map[string]bool{"alone": false, "with a password": true} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.link(h.alice, "card")
			caller := browser()
			l := h.beginFor(caller, h.asking())
			if also {
				_, err := byPassword(h, caller, l)
				must(t, err)
			}
			ending := h.evidence("card")
			ending.Certificate.NotAfter = h.db.Now().Add(10 * time.Minute)
			if out := h.shown(caller, l, *ending); out.Step != login.StepConsent {
				t.Fatalf("step %s, want consent", out.Step)
			}
			h.clock.Advance(20 * time.Minute)
			out, err := h.login.Agree(t.Context(), caller, l.ID)
			if out.Step == login.StepExpiring {
				out, err = h.login.NotNow(t.Context(), caller, l.ID)
			}
			switch {
			case !also && out.Opened != nil:
				t.Errorf("opened %+v by a certificate that is over", out.Opened)
			case also && (err != nil || out.Opened == nil || !out.Opened.Session.ExpiresAt.After(h.db.Now()) || out.Opened.Session.Identity != ""):
				t.Errorf("opened %+v, %v", out.Opened, err)
			}
		})
	}
}
