package login_test

import (
	"testing"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/session"
	"signet/internal/store"
)

// demand changes what the application asks of whoever enters.
func (h *house) demand(change func(*iam.App)) {
	h.t.Helper()
	change(&h.app)
	must(h.t, h.db.Update(h.t.Context(), func(tx *store.Tx) error { return tx.UpdateApp(h.app) }))
}

func (h *house) byPassword(caller iam.Caller, l iam.Login, who string) login.Outcome {
	h.t.Helper()
	out, err := h.login.PassPassword(h.t.Context(), caller, l.ID, h.password.ID, who, rightPassword)
	must(h.t, err)
	return out
}

// Every rule of an application about who enters, at a sign-in and with a session
// that stands: a page with the cause, one event, no session, no code.
func TestWhoMayNotEnter(t *testing.T) {
	for name, c := range map[string]struct {
		bar   func(*house)
		cause string
	}{
		"blocked here": {func(h *house) {
			must(t, h.db.Update(t.Context(), func(tx *store.Tx) error { return tx.BlockInApp(h.app.ID, h.alice.ID, tx.Now()) }))
		}, login.CauseBlockedInApp},
		"no member": {func(h *house) { h.demand(func(a *iam.App) { a.MembersOnly = true }) }, login.CauseMembersOnly},
		"member of another application": {func(h *house) {
			h.demand(func(a *iam.App) { a.MembersOnly = true })
			must(t, h.directory.Give(t.Context(), h.program, iam.Membership{User: h.alice.ID, Scope: iam.Application("other", ""), Role: iam.RoleMember}))
		}, login.CauseMembersOnly},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			standing := browser()
			out := h.byPassword(standing, h.begin(standing), "alice")
			standing.User, standing.Session = h.alice.ID, out.Opened.Session.ID
			c.bar(h)

			fresh := browser()
			out = h.byPassword(fresh, h.begin(fresh), "alice")
			if out.Step != login.StepRefusal || out.Opened != nil || out.Ticket != "" || out.Login.State.Refusal.Cause != c.cause {
				t.Fatalf("with a password: %+v", out)
			}
			h.wantEvent(iam.EventSignInRefused, c.cause, out.Login.State.Refusal.Attempt)
			out, err := h.login.GoOn(t.Context(), fresh, out.Login.ID, false)
			must(t, err)
			if out.Step != login.StepChoose {
				t.Errorf("after the refusal: %s", out.Step)
			}

			code := func(login.Result) (session.CodeRequest, error) {
				t.Error("a code was computed")
				return session.CodeRequest{}, nil
			}
			ask := login.Request{Purpose: iam.PurposeSignIn, App: h.app.ID}
			if _, issued, step, err := h.login.Silent(t.Context(), standing, ask, code); err != nil || issued != "" || step != login.StepBarred {
				t.Errorf("silently: step %s, code %q, %v", step, issued, err)
			}
			if n := len(h.refusals(c.cause)); n != 1 {
				t.Errorf("%d refusals are written before the page that tells of it, want 1", n)
			}
			ask.Ask.Prompt = []string{"none"}
			if _, issued, step, err := h.login.Silent(t.Context(), standing, ask, code); err != nil || issued != "" || step != login.StepBarred {
				t.Errorf("without any page: step %s, code %q, %v", step, issued, err)
			}
			if n := len(h.refusals(c.cause)); n != 2 {
				t.Errorf("%d refusals are written where no page could tell, want 2", n)
			}

			l := h.begin(standing)
			for range 2 { // a reload writes no second event
				v, err := h.login.View(t.Context(), standing, l.ID)
				must(t, err)
				if v.Step != login.StepRefusal || v.Login.State.Refusal.Cause != c.cause {
					t.Fatalf("with the session: %+v", v)
				}
			}
			if n := len(h.refusals(c.cause)); n != 3 {
				t.Errorf("%d refusals are written, want 3", n)
			}
			// Somebody else who may enter goes on from there.
			must(t, h.directory.Give(t.Context(), h.program, iam.Membership{User: h.bob.ID, Scope: h.app.Scope(), Role: iam.RoleMember}))
			h.link(h.bob, "bobs card")
			if _, err := h.login.GoOn(t.Context(), standing, l.ID, false); err != nil {
				t.Fatal(err)
			}
			if out := h.byPassword(standing, l, "bob"); out.Step != login.StepDone {
				t.Errorf("somebody else: %+v", out)
			}
		})
	}
}

func (h *house) refusals(cause string) (found []iam.Event) {
	h.t.Helper()
	events, err := h.log.All(h.t.Context(), h.program, iam.System(), iam.EventFilter{Kind: iam.EventSignInRefused})
	must(h.t, err)
	for _, e := range events {
		if e.Cause == cause {
			found = append(found, e)
		}
	}
	return found
}

func TestMembersEnter(t *testing.T) {
	for name, m := range map[string]iam.Membership{
		"member of the application":  {Scope: iam.Application("", ""), Role: iam.RoleMember},
		"administrator of it":        {Scope: iam.Application("", ""), Role: iam.RoleApplicationAdministrator},
		"administrator of the whole": {Scope: iam.System(), Role: iam.RoleSystemAdministrator},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.demand(func(a *iam.App) { a.MembersOnly = true })
			m.User = h.alice.ID
			if m.Scope.Level == iam.LevelApplication {
				m.Scope = h.app.Scope()
			}
			must(t, h.directory.Give(t.Context(), h.program, m))
			caller := browser()
			if out := h.byPassword(caller, h.begin(caller), "alice"); out.Step != login.StepDone {
				t.Errorf("refused: %+v", out.Login.State.Refusal)
			}
		})
	}
}

// S12: an application that demands certificates of some CAs. Neither the session
// of another method nor the certificate of another CA passes; the right one does,
// in the same browser.
func TestS12CertificateOfAcceptedAuthorities(t *testing.T) {
	h := newHouse(t)
	h.demand(func(a *iam.App) {
		a.CertificateOnly, a.Authorities = true, []iam.Authority{{SHA256: "health", Name: "Health CA"}, {SHA256: "state", Name: "State CA"}}
	})
	h.link(h.alice, "card")
	standing := browser()
	l, err := h.login.Begin(t.Context(), standing, login.Request{Purpose: iam.PurposeSignIn, App: iam.SignetApp})
	must(t, err)
	out := h.byPassword(standing, l, "alice")
	standing.User, standing.Session = h.alice.ID, out.Opened.Session.ID

	shown := func(caller iam.Caller, l iam.Login, authorities ...string) login.Outcome {
		t.Helper()
		started, err := h.login.StartAttempt(t.Context(), caller, l.ID, h.mtls.ID, "a.cert.example")
		must(t, err)
		a, err := h.login.Attempt(t.Context(), iam.Caller{}, started.Ticket)
		must(t, err)
		e := h.evidence("card")
		e.Certificate.Authorities = authorities
		back, err := h.login.Judged(t.Context(), iam.Caller{}, a, e, nil)
		must(t, err)
		out, err := h.login.Return(t.Context(), caller, back)
		must(t, err)
		return out
	}
	l = h.begin(standing)
	v, err := h.login.View(t.Context(), standing, l.ID)
	must(t, err)
	if v.Step != login.StepChoose || !v.CertificateNeeded {
		t.Fatalf("the session of a password passed: %+v", v)
	}
	for name, authorities := range map[string][]string{"another CA": {"other"}, "a proxy that showed none": nil} {
		out := shown(standing, l, authorities...)
		if out.Step != login.StepRefusal || out.Login.State.Refusal.Cause != login.CauseOtherAuthority || out.Login.State.Refusal.Params["Authorities"] != "Health CA, State CA" {
			t.Errorf("%s: %+v", name, out)
		}
		h.wantEvent(iam.EventSignInRefused, login.CauseOtherAuthority, out.Login.State.Refusal.Attempt)
		_, err := h.login.GoOn(t.Context(), standing, l.ID, false)
		must(t, err)
	}
	if out := shown(standing, l, "below", "state"); out.Step != login.StepDone || out.Opened == nil || out.Opened.Session.Identity == "" {
		t.Errorf("the right certificate: %+v", out)
	}
}

// A test application shows the form of another and asks what that asks.
func TestTestApplicationDemandsWhatItsModelDemands(t *testing.T) {
	h := newHouse(t)
	trial, err := h.directory.TestApp(t.Context(), h.program, h.app.ID, iam.System(), "Records (test)", func(id iam.AppID) string { return "https://id.example/try/" + string(id) })
	must(t, err)
	h.demand(func(a *iam.App) { a.CertificateOnly = true })
	caller := browser()
	l, err := h.login.Begin(t.Context(), caller, login.Request{Purpose: iam.PurposeSignIn, App: trial.ID})
	must(t, err)
	v, err := h.login.View(t.Context(), caller, l.ID)
	must(t, err)
	if len(v.Offers) != 2 || !v.CertificateNeeded {
		t.Errorf("view of the test application: %+v", v)
	}
	if out := h.byPassword(caller, l, "alice"); out.Step != login.StepChoose || out.Opened != nil {
		t.Errorf("a password opened it: %+v", out)
	}
}
