package login_test

import (
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/login"
)

// Never locked out: whoever signs in with a certificate that soon ends is offered
// to add the next one, once a week at most, and "not now" goes on.
func TestCertificateThatSoonEnds(t *testing.T) {
	h := newHouse(t)
	h.link(h.alice, "old") // a year from now
	show := func(caller iam.Caller, l iam.Login, key string, lives, left time.Duration) login.Outcome {
		t.Helper()
		started, err := h.login.StartAttempt(t.Context(), caller, l.ID, h.mtls.ID, "a.cert.example")
		must(t, err)
		a, err := h.login.Attempt(t.Context(), iam.Caller{}, started.Ticket)
		must(t, err)
		e := h.evidence(key)
		e.Certificate.NotAfter = h.db.Now().Add(left)
		e.Certificate.NotBefore = e.Certificate.NotAfter.Add(-lives)
		back, err := h.login.Judged(t.Context(), iam.Caller{}, a, e, nil)
		must(t, err)
		out, err := h.login.Return(t.Context(), caller, back)
		must(t, err)
		return out
	}
	const day, year = 24 * time.Hour, 365 * 24 * time.Hour
	signIn := func(key string, lives, left time.Duration) (iam.Caller, login.Outcome) {
		t.Helper()
		caller := browser()
		return caller, show(caller, h.begin(caller), key, lives, left)
	}
	step := func(name string, want login.Step, out login.Outcome) {
		t.Helper()
		if out.Step != want || (out.Opened != nil) != (want == login.StepDone) {
			t.Fatalf("%s: %s, want %s", name, out.Step, want)
		}
	}
	_, out := signIn("old", year, 31*day)
	step("31 days before", login.StepDone, out)
	_, out = signIn("old", 20*day, 10*day)
	step("one that lives briefly", login.StepDone, out)

	caller, out := signIn("old", year, 29*day)
	step("29 days before", login.StepExpiring, out)
	v, err := h.login.View(t.Context(), caller, out.Login.ID)
	must(t, err)
	if v.Step != login.StepExpiring {
		t.Errorf("the page shows %s", v.Step)
	}
	stranger := browser()
	if _, err := h.login.NotNow(t.Context(), stranger, out.Login.ID); err == nil {
		t.Error("another browser goes on")
	}
	id := out.Login.ID
	out, err = h.login.NotNow(t.Context(), caller, id)
	must(t, err)
	step("not now", login.StepDone, out)
	if _, err := h.login.NotNow(t.Context(), caller, id); err == nil {
		t.Error("a finished login goes on again")
	}
	_, out = signIn("old", year, 29*day)
	step("in the same week", login.StepDone, out)
	h.clock.Advance(7*day + time.Minute)
	caller, out = signIn("old", year, 20*day)
	step("a week later", login.StepExpiring, out)

	// The new one is confirmed, linked and counts at once.
	out = show(caller, out.Login, "new", year, year)
	step("another certificate", login.StepConfirm, out)
	out, err = h.login.Confirm(t.Context(), caller, out.Login.ID)
	must(t, err)
	step("linked", login.StepDone, out)
	h.clock.Advance(8 * day)
	_, out = signIn("old", year, 10*day)
	step("who holds one that lasts", login.StepDone, out)
}
