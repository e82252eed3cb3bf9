package login_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/login"
)

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
