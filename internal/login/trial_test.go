package login_test

import (
	"testing"

	"signet/internal/iam"
	"signet/internal/login"
)

// trier is an administrator with a session, and a trial of the method under way.
func (h *house) trier(user iam.User, memberships ...iam.Membership) (iam.Caller, error) {
	h.t.Helper()
	caller := browser()
	out, err := h.login.PassPassword(h.t.Context(), caller, h.begin(caller).ID, h.password.ID, user.Login, rightPassword)
	must(h.t, err)
	caller.User, caller.Session = user.ID, out.Opened.Session.ID
	for _, m := range memberships {
		m.User = user.ID
		caller.Memberships = append(caller.Memberships, m)
	}
	return caller, nil
}

var administrator = iam.Membership{Scope: iam.System(), Role: iam.RoleSystemAdministrator}

// TestTryingAMethodHasNoEffect: the administrator sees whose a certificate is and
// every check, and nothing is linked, used or opened.
func TestTryingAMethodHasNoEffect(t *testing.T) {
	h := newHouse(t)
	card := h.link(h.bob, "bob's card")
	caller, err := h.trier(h.alice, administrator)
	must(t, err)
	l, err := h.login.Begin(t.Context(), caller, login.Request{Purpose: iam.PurposeTest, App: iam.SignetApp, Provider: h.mtls.ID, Return: "/admin"})
	must(t, err)
	sessions, err := h.sessions.Mine(t.Context(), iam.Caller{User: h.bob.ID})
	must(t, err)

	out, err := h.login.Return(t.Context(), caller, h.attempt(caller, l, "bob's card"))
	must(t, err)
	if out.Step != login.StepTried || out.Opened != nil || out.Ticket != "" {
		t.Fatalf("outcome %+v", out)
	}
	v, err := h.login.View(t.Context(), caller, l.ID)
	must(t, err)
	if v.Tested.ID != h.bob.ID || v.Login.State.Trial.Cause != "" || v.Login.State.Trial.Certificate == nil {
		t.Errorf("view %+v", v)
	}
	h.wantEvent(iam.EventProviderTested, "", out.Attempt.ID)
	if after, _ := h.sessions.Mine(t.Context(), iam.Caller{User: h.bob.ID}); len(after) != len(sessions) {
		t.Errorf("bob has %d sessions, had %d", len(after), len(sessions))
	}
	if all, _ := h.identities.Of(t.Context(), h.program, h.bob.ID); len(all) != 1 || !all[0].LastUsedAt.IsZero() || all[0].ID != card.ID {
		t.Errorf("identifiers of bob: %+v", all)
	}

	// Once more on the same page, with a certificate that is nobody's.
	l = out.Login
	l.Step++
	out, err = h.login.Return(t.Context(), caller, h.attempt(caller, l, "new card"))
	must(t, err)
	if trial := out.Login.State.Trial; trial.Cause != login.CauseNotLinked || trial.User != "" || out.Login.State.Unlinked != nil {
		t.Errorf("trial %+v", trial)
	}
	h.wantEvent(iam.EventProviderTested, login.CauseNotLinked, out.Attempt.ID)
	if _, err := h.login.Confirm(t.Context(), caller, l.ID); err == nil {
		t.Error("a trial could be confirmed as a link")
	}
	if all, _ := h.identities.Of(t.Context(), h.program, h.alice.ID); len(all) != 0 {
		t.Errorf("a trial linked %+v", all)
	}
}

// TestChecksOfATrialAreKept: a refusal is no refused sign-in, and says its checks.
func TestChecksOfATrialAreKept(t *testing.T) {
	h := newHouse(t)
	caller, err := h.trier(h.alice, administrator)
	must(t, err)
	l, err := h.login.Begin(t.Context(), caller, login.Request{Purpose: iam.PurposeTest, App: iam.SignetApp, Provider: h.mtls.ID})
	must(t, err)
	started, err := h.login.StartAttempt(t.Context(), caller, l.ID, h.mtls.ID, "a.cert.example")
	must(t, err)
	a, err := h.login.Attempt(t.Context(), iam.Caller{}, started.Ticket)
	must(t, err)
	if !a.Trial {
		t.Error("the certificate host does not learn that it is a trial")
	}
	back, err := h.login.Judged(t.Context(), iam.Caller{}, a, nil, &iam.Refusal{
		Attempt: a.ID, Cause: "expired", Provider: h.mtls.ID, Checks: []iam.Check{{Name: "dates", Detail: "over"}}, At: h.db.Now(),
	})
	must(t, err)
	out, err := h.login.Return(t.Context(), caller, back)
	must(t, err)
	if trial := out.Login.State.Trial; trial == nil || trial.Cause != "expired" || len(trial.Checks) != 1 || out.Login.State.Refusal != nil {
		t.Errorf("state %+v", out.Login.State)
	}
	events, err := h.log.All(t.Context(), h.program, iam.System(), iam.EventFilter{Kind: iam.EventSignInRefused})
	must(t, err)
	if len(events) != 0 {
		t.Errorf("a trial stands in the log as a refused sign-in: %+v", events)
	}
}

func TestWhoMayTryAMethod(t *testing.T) {
	h := newHouse(t)
	request := login.Request{Purpose: iam.PurposeTest, App: iam.SignetApp, Provider: h.mtls.ID}
	for _, id := range []iam.ProviderID{"none", h.mtls.ID} {
		request.Provider = id
		if _, err := h.login.Begin(t.Context(), browser(), request); iam.KindOf(err) != iam.KindUnauthenticated {
			t.Errorf("a visitor tries %q: %v", id, err)
		}
	}
	for name, m := range map[string][]iam.Membership{
		"a person": nil, "a manager": {{Scope: iam.Organization("org"), Role: iam.RoleOrganizationManager}},
		"an administrator of an application": {{Scope: h.app.Scope(), Role: iam.RoleApplicationAdministrator}},
	} {
		caller, err := h.trier(h.bob, m...)
		must(t, err)
		for what, id := range map[string]iam.ProviderID{"a method that there is": h.mtls.ID, "none": "none"} {
			request.Provider = id
			if _, err := h.login.Begin(t.Context(), caller, request); !iam.IsNotFound(err) {
				t.Errorf("%s tries %s: %v; the answers must not differ", name, what, err)
			}
		}
	}
	if n := h.kinds(iam.EventActionRefused); n != 3 {
		t.Errorf("%d refusals stand in the log, want 3", n)
	}
	request.Provider = h.mtls.ID
	caller, err := h.trier(h.alice, administrator)
	must(t, err)
	if _, err := h.login.Begin(t.Context(), caller, login.Request{Purpose: iam.PurposeTest, App: iam.SignetApp, Provider: h.password.ID}); !iam.IsNotFound(err) {
		t.Errorf("a password: %v", err)
	}
	l, err := h.login.Begin(t.Context(), caller, request)
	must(t, err)
	// With another method than the one that was asked for, nothing begins.
	other, err := h.providers.Create(t.Context(), h.program, iam.Provider{Scope: iam.System(), Type: iam.ProviderCertificate, Name: "Other"})
	must(t, err)
	if _, err := h.login.StartAttempt(t.Context(), caller, l.ID, other.ID, "a.cert.example"); err == nil {
		t.Error("a trial of one method tried another")
	}
	// Whoever lost the right meanwhile learns nothing.
	back := h.attempt(caller, mustLogin(t, h, caller, request), "card")
	caller.Memberships = nil
	if _, err := h.login.Return(t.Context(), caller, back); iam.KindOf(err) != iam.KindForbidden {
		t.Errorf("after losing the right: %v", err)
	}
	if _, err := h.login.View(t.Context(), iam.Caller{Browser: caller.Browser, User: h.bob.ID, Session: "other"}, l.ID); iam.KindOf(err) != iam.KindUnauthenticated {
		t.Errorf("bob sees the trial of alice: %v", err)
	}
}

func mustLogin(t *testing.T, h *house, caller iam.Caller, r login.Request) iam.Login {
	t.Helper()
	l, err := h.login.Begin(t.Context(), caller, r)
	must(t, err)
	return l
}

// TestRequiredIdentifierIsAdded: whoever has none of a required method adds one
// before they enter (row S42); a session of before does not lead around it.
func TestRequiredIdentifierIsAdded(t *testing.T) {
	h := newHouse(t)
	must(t, h.providers.Require(t.Context(), h.program, h.app.ID, h.mtls.ID, true))
	caller := browser()
	l := h.begin(caller)
	out, err := h.login.PassPassword(t.Context(), caller, l.ID, h.password.ID, "alice", rightPassword)
	must(t, err)
	if out.Step != login.StepAdd || out.Opened != nil {
		t.Fatalf("without an identifier: %+v", out)
	}
	if _, err := h.login.Agree(t.Context(), caller, l.ID); err == nil {
		t.Error("consent leads around the requirement")
	}
	l.Step++
	out, err = h.login.Return(t.Context(), caller, h.attempt(caller, l, "card"))
	must(t, err)
	if out.Step != login.StepConfirm || out.Login.State.Refusal != nil {
		t.Fatalf("with a certificate of nobody's: %+v", out)
	}
	out, err = h.login.Confirm(t.Context(), caller, l.ID)
	must(t, err)
	if out.Step != login.StepDone || out.Opened == nil || out.Opened.Session.User != h.alice.ID {
		t.Fatalf("confirmed: %+v", out)
	}
	// A certificate of somebody else's does not do.
	h.link(h.alice, "alice's other")
	caller = browser()
	l = h.begin(caller)
	_, err = h.login.PassPassword(t.Context(), caller, l.ID, h.password.ID, "bob", rightPassword)
	must(t, err)
	l.Step++
	out, err = h.login.Return(t.Context(), caller, h.attempt(caller, l, "alice's other"))
	must(t, err)
	if out.Login.State.Refusal == nil || out.Login.State.Refusal.Cause != login.CauseOtherPerson {
		t.Errorf("with alice's: %+v", out)
	}
	// Bob's session at Signet opens no way in.
	caller, err = h.trierAt(iam.SignetApp, h.bob)
	must(t, err)
	request := login.Request{Purpose: iam.PurposeSignIn, App: h.app.ID}
	if _, code, step, err := h.login.Silent(t.Context(), caller, request, codeFor); err != nil || step != login.StepAdd || code != "" {
		t.Errorf("a standing session: %s, %q, %v", step, code, err)
	}
	// An identifier that has expired is none.
	must(t, h.providers.Require(t.Context(), h.program, h.app.ID, h.mtls.ID, false))
	if _, _, step, err := h.login.Silent(t.Context(), caller, request, codeFor); err != nil || step != login.StepDone {
		t.Errorf("optional again: %s, %v", step, err)
	}
}

// trierAt signs in to an application by password.
func (h *house) trierAt(app iam.AppID, user iam.User) (iam.Caller, error) {
	caller := browser()
	l, err := h.login.Begin(h.t.Context(), caller, login.Request{Purpose: iam.PurposeSignIn, App: app})
	if err != nil {
		return caller, err
	}
	out, err := h.login.PassPassword(h.t.Context(), caller, l.ID, h.password.ID, user.Login, rightPassword)
	if err != nil {
		return caller, err
	}
	caller.User, caller.Session = user.ID, out.Opened.Session.ID
	return caller, nil
}

// TestAdministratorsOnlyLink: people can add no identifier where administrators
// keep that to themselves.
func TestAdministratorsOnlyLink(t *testing.T) {
	h := newHouse(t)
	h.mtls.Settings.Certificate.SetLinking(iam.LinkingAdministrators)
	must(t, h.providers.Change(t.Context(), h.program, h.mtls))
	caller, err := h.trier(h.alice)
	must(t, err)
	if all, err := h.providers.ForProfile(t.Context(), caller); err != nil || len(all) != 0 {
		t.Errorf("offered in the profile: %v, %v", all, err)
	}
	l, err := h.login.Begin(t.Context(), caller, login.Request{Purpose: iam.PurposeLink, App: iam.SignetApp, Provider: h.mtls.ID})
	must(t, err)
	if _, err := h.login.StartAttempt(t.Context(), caller, l.ID, h.mtls.ID, "a.cert.example"); err == nil {
		t.Error("a link begins")
	}
	visitor := browser()
	l = h.begin(visitor)
	out, err := h.login.Return(t.Context(), visitor, h.attempt(visitor, l, "card"))
	must(t, err)
	if out.Login.State.Unlinked != nil || out.Login.State.Refusal.Cause != login.CauseNotLinked {
		t.Errorf("at a sign-in: %+v", out.Login.State)
	}
	h.link(h.bob, "bob's card")
	h.signIn("bob's card") // what an administrator linked signs in
}
