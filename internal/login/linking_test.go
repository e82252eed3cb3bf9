package login_test

import (
	"context"
	"sync"
	"testing"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/store"
)

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
