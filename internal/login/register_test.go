package login_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/login"
)

const newPassword = "a few words to remember"

func (h *house) openRegistration(open bool) {
	h.t.Helper()
	set, err := h.directory.Settings(h.t.Context())
	must(h.t, err)
	set.Registration = open
	must(h.t, h.directory.ChangeSettings(h.t.Context(), h.program, set))
}

func (h *house) register(caller iam.Caller, l iam.Login, name string) (login.Outcome, error) {
	return h.login.Register(h.t.Context(), caller, l.ID, iam.User{Login: name, Name: "Eve Petit", Email: "eve@example.org"}, newPassword)
}

func (h *house) wantNobody(name string) {
	h.t.Helper()
	if _, err := h.directory.UserByLogin(h.t.Context(), h.program, name); !iam.IsNotFound(err) {
		h.t.Errorf("there is an account %s: %v", name, err)
	}
}

func TestStrangerMakesAnAccountAndIsIn(t *testing.T) {
	h := newHouse(t)
	h.openRegistration(true)
	h.clock.Advance(time.Second) // later than the accounts of the house
	caller := browser()
	l := h.begin(caller)
	if v, err := h.login.View(t.Context(), caller, l.ID); err != nil || !v.Registrable {
		t.Fatalf("not offered: %v", err)
	}
	out, err := h.register(caller, l, "eve")
	must(t, err)
	if out.Step != login.StepDone || out.Opened == nil || out.User.Login != "eve" || out.Opened.Session.ACR != iam.ACRPassword || out.Ticket == "" {
		t.Fatalf("outcome %+v", out)
	}
	e := h.wantEvent(iam.EventUserCreated, "", "")
	if e.Attempt == "" || e.Actor != out.User.ID || e.Details["by"] != "registration" {
		t.Errorf("event %+v", e)
	}
	// Replayed, it makes nobody else.
	if _, err := h.register(caller, l, "mallory"); err == nil {
		t.Error("a login that is over makes a second account")
	}
	h.wantNobody("mallory")
}

// TestCertificateWithoutOwnerGetsAnAccount is row S69.
func TestCertificateWithoutOwnerGetsAnAccount(t *testing.T) {
	for name, change := range map[string]func(*house){
		"password or certificate": func(*house) {},
		"certificate only":        func(h *house) { h.demand(func(app *iam.App) { app.CertificateOnly = true }) },
		"no password in the form": func(h *house) {
			must(h.t, h.providers.Switch(h.t.Context(), h.program, h.app.ID, h.password.ID, false))
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.openRegistration(true)
			change(h)
			caller := browser()
			l := h.begin(caller)
			out, err := h.login.Return(t.Context(), caller, h.attempt(caller, l, "card"))
			must(t, err)
			if out.Step != login.StepRefusal || out.Login.State.Refusal.Cause != login.CauseNotLinked {
				t.Fatalf("step %s, %+v", out.Step, out.Login.State.Refusal)
			}
			out, err = h.register(caller, l, "eve")
			must(t, err)
			if out.Step != login.StepDone || out.Opened == nil || out.Opened.Session.Identity == "" || out.Opened.Session.ACR != iam.ACRPhishingResistant {
				t.Fatalf("outcome %+v", out)
			}
			h.wantEvent(iam.EventIdentityLinked, "", "")
			if _, next := h.signIn("card"); next.User.Login != "eve" {
				t.Errorf("the certificate signs in %q", next.User.Login)
			}
		})
	}
}

func TestNoAccountWhereNoneCanBeMade(t *testing.T) {
	type place struct {
		caller iam.Caller
		login  iam.Login
	}
	begin := func(h *house) place {
		caller := browser()
		return place{caller, h.begin(caller)}
	}
	for name, arrange := range map[string]func(*house) place{
		"closed": func(h *house) place { h.openRegistration(false); return begin(h) },
		"closed while the page was open": func(h *house) place {
			p := begin(h)
			h.openRegistration(false)
			return p
		},
		"hidden by the application": func(h *house) place {
			must(h.t, h.providers.SetAppearance(h.t.Context(), h.program, h.app.Scope(), iam.Appearance{SignUp: iam.SignUpHidden}))
			return begin(h)
		},
		"hidden by the system": func(h *house) place {
			must(h.t, h.providers.SetAppearance(h.t.Context(), h.program, iam.System(), iam.Appearance{SignUp: iam.SignUpHidden}))
			return begin(h)
		},
		"members only":                         func(h *house) place { h.demand(func(app *iam.App) { app.MembersOnly = true }); return begin(h) },
		"certificate only, and none was shown": func(h *house) place { h.demand(func(app *iam.App) { app.CertificateOnly = true }); return begin(h) },
		"no password in the form": func(h *house) place {
			must(h.t, h.providers.Switch(h.t.Context(), h.program, h.app.ID, h.password.ID, false))
			return begin(h)
		},
		"the application names a person": func(h *house) place {
			caller := browser()
			l, err := h.login.Begin(h.t.Context(), caller, login.Request{Purpose: iam.PurposeSignIn, App: h.app.ID, Ask: iam.Ask{Subject: h.alice.ID}})
			must(h.t, err)
			return place{caller, l}
		},
		"linking in the profile": func(h *house) place {
			caller, l := h.linking(h.alice)
			return place{caller, l}
		},
		"a blocked person": func(h *house) place {
			p := begin(h)
			h.link(h.alice, "hers")
			must(h.t, h.directory.Block(h.t.Context(), h.program, h.alice.ID))
			_, err := h.login.Return(h.t.Context(), p.caller, h.attempt(p.caller, p.login, "hers"))
			must(h.t, err)
			return p
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.openRegistration(true)
			p := arrange(h)
			v, err := h.login.View(t.Context(), p.caller, p.login.ID)
			must(t, err)
			if v.Registrable {
				t.Error("is offered")
			}
			_, err = h.register(p.caller, p.login, "eve")
			wantCause(t, err, "registration_closed")
			h.wantEvent(iam.EventSignUpRefused, "registration_closed", iam.AttemptID(iam.AsError(err).Params["Attempt"]))
			h.wantNobody("eve")
		})
	}
}

// TestApplicationShowsWhatTheSystemHides: narrower scopes decide, as with the rest
// of the form.
func TestApplicationShowsWhatTheSystemHides(t *testing.T) {
	h := newHouse(t)
	h.openRegistration(true)
	must(t, h.providers.SetAppearance(t.Context(), h.program, iam.System(), iam.Appearance{SignUp: iam.SignUpHidden}))
	must(t, h.providers.SetAppearance(t.Context(), h.program, h.app.Scope(), iam.Appearance{SignUp: iam.SignUpShown}))
	caller := browser()
	if _, err := h.register(caller, h.begin(caller), "eve"); err != nil {
		t.Error(err)
	}
}

func TestAccountInTheLoginOfAnotherBrowser(t *testing.T) {
	h := newHouse(t)
	h.openRegistration(true)
	l := h.begin(browser())
	_, err := h.register(browser(), l, "eve")
	wantCause(t, err, "login_of_another_browser")
	h.wantNobody("eve")
}

// TestNoAccountWithoutTheCertificate: a certificate that somebody else linked
// meanwhile, or whose method was changed, is refused, and nothing is left behind.
func TestNoAccountWithoutTheCertificate(t *testing.T) {
	for cause, meanwhile := range map[string]func(*house){
		login.CauseLinkedToOther: func(h *house) { h.link(h.bob, "card") },
		login.CauseNotOffered:    func(h *house) { must(h.t, h.providers.Switch(h.t.Context(), h.program, h.app.ID, h.mtls.ID, false)) },
	} {
		t.Run(cause, func(t *testing.T) {
			h := newHouse(t)
			h.openRegistration(true)
			caller := browser()
			l := h.begin(caller)
			_, err := h.login.Return(t.Context(), caller, h.attempt(caller, l, "card"))
			must(t, err)
			meanwhile(h)
			out, err := h.register(caller, l, "eve")
			must(t, err)
			if out.Opened != nil || out.Login.State.Refusal == nil || out.Login.State.Refusal.Cause != cause {
				t.Errorf("outcome %+v", out)
			}
			h.wantNobody("eve")
		})
	}
}

func TestTakenLoginIsToldAndLogged(t *testing.T) {
	h := newHouse(t)
	h.openRegistration(true)
	caller := browser()
	l := h.begin(caller)
	_, err := h.register(caller, l, "ALICE")
	wantCause(t, err, "login_taken")
	e := h.wantEvent(iam.EventSignUpRefused, "login_taken", iam.AttemptID(iam.AsError(err).Params["Attempt"]))
	if e.UserLogin != "" {
		t.Errorf("what was typed is in the event log: %q", e.UserLogin)
	}
	if _, err := h.register(caller, l, "eve"); err != nil {
		t.Errorf("with another login: %v", err)
	}
}

func TestOneCertificateMakesOneAccountUnderConcurrency(t *testing.T) {
	h := newHouse(t)
	h.openRegistration(true)
	var wait sync.WaitGroup
	made := make(chan string, 3)
	for _, name := range []string{"eve", "mallory", "trudy"} {
		caller := browser()
		l := h.begin(caller)
		_, err := h.login.Return(t.Context(), caller, h.attempt(caller, l, "card"))
		must(t, err)
		wait.Go(func() {
			out, err := h.login.Register(context.Background(), caller, l.ID, iam.User{Login: name}, newPassword)
			if err == nil && out.Opened != nil {
				made <- name
			}
		})
	}
	wait.Wait()
	if len(made) != 1 {
		t.Errorf("%d accounts with one certificate", len(made))
	}
}
