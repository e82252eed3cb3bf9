package login_test

import (
	"testing"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/session"
	"signet/internal/trust"
)

// clinic is an organization whose own method opens its application, beside the
// public one of the system: whoever runs it decides whom its certificates name.
type clinic struct {
	*house
	app    iam.App
	method iam.Provider
}

func newClinic(t *testing.T) *clinic {
	h := newHouse(t)
	o, err := h.directory.CreateOrg(t.Context(), h.program, iam.Org{Handle: "clinic", Name: "Clinic"})
	must(t, err)
	c := &clinic{house: h}
	c.method, err = h.providers.Create(t.Context(), h.program, iam.Provider{
		Scope: o.Scope(), Type: iam.ProviderCertificate, Name: "Clinic card", Public: true,
		Settings: iam.ProviderSettings{Certificate: &iam.CertificateSettings{Anchors: "unused here", LinkAtSignIn: true}},
	})
	must(t, err)
	c.app, _, err = h.directory.CreateApp(t.Context(), h.program, iam.App{Name: "Beds", Org: o.ID, RedirectURIs: []string{"https://beds.example/callback"}})
	must(t, err)
	for _, p := range []iam.ProviderID{c.method.ID, h.mtls.ID, h.password.ID} {
		must(t, h.providers.Switch(t.Context(), h.program, c.app.ID, p, true))
	}
	must(t, h.directory.Give(t.Context(), h.program, iam.Membership{User: h.alice.ID, Scope: o.Scope(), Role: iam.RoleMember}))
	_, err = h.identities.Add(t.Context(), h.program, h.alice.ID, c.method, *c.card("clinic card of alice"))
	must(t, err)
	return c
}

func (c *clinic) card(key string) *iam.Evidence {
	e := c.evidence(key)
	e.Provider = c.method.ID
	return e
}

// show goes to the certificate host in a login and comes back.
func (c *clinic) show(caller iam.Caller, l iam.Login, e *iam.Evidence) login.Outcome {
	c.t.Helper()
	started, err := c.login.StartAttempt(c.t.Context(), caller, l.ID, e.Provider, "a.cert.example")
	must(c.t, err)
	a, err := c.login.Attempt(c.t.Context(), iam.Caller{}, started.Ticket)
	must(c.t, err)
	back, err := c.login.Judged(c.t.Context(), iam.Caller{}, a, e, nil)
	must(c.t, err)
	out, err := c.login.Return(c.t.Context(), caller, back)
	must(c.t, err)
	return out
}

func (c *clinic) begins(caller iam.Caller, ask iam.Ask) iam.Login {
	c.t.Helper()
	l, err := c.login.Begin(c.t.Context(), caller, login.Request{Purpose: iam.PurposeSignIn, App: c.app.ID, Ask: ask})
	must(c.t, err)
	return l
}

// entered is a session that the method of the organization opened.
func (c *clinic) entered() iam.Caller {
	c.t.Helper()
	caller := browser()
	out := c.show(caller, c.begins(caller, iam.Ask{}), c.card("clinic card of alice"))
	if out.Opened == nil || out.Opened.Session.User != c.alice.ID {
		c.t.Fatalf("outcome %+v", out)
	}
	caller.User, caller.Session = c.alice.ID, out.Opened.Session.ID
	return caller
}

func (c *clinic) wantNoCard(what string) {
	c.t.Helper()
	held, err := c.identities.Of(c.t.Context(), c.program, c.alice.ID)
	must(c.t, err)
	if len(held) != 1 {
		c.t.Errorf("%s: a certificate of the system is alice's now, which opens everything that is hers: %+v", what, held)
	}
}

// Who runs the method of an organization can make a certificate in the name of
// anybody who uses it. Nobody becomes that person elsewhere by it: no identifier
// of a wider method is linked on such a proof.
func TestMethodOfAnOrganizationLinksNothingBeyondIt(t *testing.T) {
	scopes := iam.Ask{Scopes: []string{"openid"}} // so that consent is asked and the login stays open
	confirm := func(c *clinic, caller iam.Caller, l iam.Login) {
		_, err := c.login.GoOn(t.Context(), caller, l.ID, false)
		must(t, err)
		if v, err := c.login.View(t.Context(), caller, l.ID); err == nil && v.Step == login.StepConfirm {
			t.Error("the page offers to link it")
		}
		_, err = c.login.Confirm(t.Context(), caller, l.ID)
		wantCause(t, err, "login_moved_on")
		c.wantNoCard("by Confirm")
	}
	t.Run("proved in this login", func(t *testing.T) {
		c, caller := newClinic(t), browser()
		l := c.begins(caller, scopes)
		if out := c.show(caller, l, c.card("clinic card of alice")); out.Step != login.StepConsent {
			t.Fatalf("step %s", out.Step)
		}
		l.Step++
		c.show(caller, l, c.evidence("card of the system, of who runs the clinic"))
		confirm(c, caller, l)
	})
	t.Run("by the session that stood", func(t *testing.T) {
		c := newClinic(t)
		caller := c.entered()
		l := c.begins(caller, scopes)
		c.show(caller, l, c.evidence("card of the system, of who runs the clinic"))
		confirm(c, caller, l)
	})
	t.Run("in the profile", func(t *testing.T) {
		c := newClinic(t)
		caller := c.entered()
		offered, err := c.providers.ForProfile(t.Context(), caller)
		must(t, err)
		if len(offered) != 1 || offered[0].ID != c.method.ID {
			t.Errorf("offered: %+v", offered)
		}
		l, err := c.login.Begin(t.Context(), caller, login.Request{Purpose: iam.PurposeLink, App: iam.SignetApp, Provider: c.mtls.ID})
		must(t, err)
		_, err = c.login.StartAttempt(t.Context(), caller, l.ID, c.mtls.ID, "a.cert.example")
		wantCause(t, err, login.CauseNotOffered)
		c.wantNoCard("in the profile")
	})
	t.Run("a password links everywhere", func(t *testing.T) {
		c, caller := newClinic(t), browser()
		l := c.begins(caller, scopes)
		c.show(caller, l, c.evidence("card of the system, of alice"))
		_, err := c.login.GoOn(t.Context(), caller, l.ID, false)
		must(t, err)
		if out := c.byPassword(caller, l, "alice"); out.Step != login.StepConfirm {
			t.Errorf("step %s, want %s", out.Step, login.StepConfirm)
		}
	})
}

// A ticket that waited while the person was kept out of the application gives no
// code for it, also where the session that stood finished the sign-in.
func TestTicketThatWaitedGivesNoCodeToWhoIsKeptOut(t *testing.T) {
	for name, bar := range map[string]func(*house){
		"blocked here": func(h *house) {
			must(t, h.directory.BlockInApp(t.Context(), h.program, h.app.ID, h.alice.ID))
		},
		"no member any more": func(h *house) { h.demand(func(a *iam.App) { a.MembersOnly = true }) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.link(h.alice, "card")
			caller, _ := h.signIn("card")
			h.demand(func(a *iam.App) { a.SkipConsent = false })
			l, err := h.login.Begin(t.Context(), caller, login.Request{Purpose: iam.PurposeSignIn, App: h.app.ID, Ask: iam.Ask{Scopes: []string{"openid"}}})
			must(t, err)
			out, err := h.login.Agree(t.Context(), caller, l.ID)
			must(t, err)
			if out.Step != login.StepDone || out.Opened != nil {
				t.Fatalf("outcome %+v", out)
			}
			must(t, h.visit(h.alice))
			bar(h)
			again, err := h.login.Again(t.Context(), caller, l.ID)
			if iam.IsNotFound(err) {
				return
			}
			must(t, err)
			result, code, err := h.login.Redeem(t.Context(), caller, l.ID, again.Ticket, func(r login.Result) (session.CodeRequest, error) {
				return session.CodeRequest{User: r.User.ID, Session: r.Session, App: r.Login.App}, nil
			})
			must(t, err)
			if code != "" || result.Denied != "access_denied" {
				t.Errorf("code %q, denied %q", code, result.Denied)
			}
		})
	}
}

// What the method of an organization says its certificates are worth does not
// lift a session that counts beyond it.
func TestMethodOfAnOrganizationLiftsNoSessionBeyondIt(t *testing.T) {
	c, caller := newClinic(t), browser()
	c.link(c.alice, "card of the system")
	l := c.begins(caller, iam.Ask{Scopes: []string{"openid"}})
	strong := c.card("clinic card of alice")
	rule := iam.AssuranceRule{Key: iam.KeyCard}.Assurance()
	strong.Strength, strong.ACR, strong.AMR = rule.Strength, rule.ACR, rule.AMR
	c.show(caller, l, strong)
	c.show(caller, l, c.evidence("card of the system"))
	out, err := c.login.Agree(t.Context(), caller, l.ID)
	must(t, err)
	if out.Opened == nil || out.Opened.Session.Provider != c.mtls.ID {
		t.Fatalf("outcome %+v", out)
	}
	if s := out.Opened.Session; s.Strength != iam.StrengthKey || s.ACR != iam.ACRPhishingResistant || len(s.AMR) != 1 {
		t.Errorf("a session of the system is worth %v %s %v by the word of an organization", s.Strength, s.ACR, s.AMR)
	}
}

// By a session that the method of an organization opened nobody takes from a
// person what is theirs beyond it.
func TestSessionOfAnOrganizationDestroysNothingBeyondIt(t *testing.T) {
	c := newClinic(t)
	wide, blocks := c.link(c.alice, "card of the system"), &trust.Service{DB: c.db, Log: c.log, Sessions: c.sessions}
	caller := c.entered()
	_, err := c.identities.Remove(t.Context(), caller, c.alice.ID, wide.ID)
	wantCause(t, err, "session_too_narrow")
	_, err = blocks.BlockIdentity(t.Context(), caller, c.alice.ID, wide.ID, iam.BlockKey, "")
	wantCause(t, err, "session_too_narrow")
	wantCause(t, c.directory.Delete(t.Context(), caller, c.alice.ID), "session_too_narrow")
	if n := c.kinds(iam.EventActionRefused); n != 3 {
		t.Errorf("%d refusals stand in the log, want 3", n)
	}
	held, err := c.identities.Of(t.Context(), caller, c.alice.ID)
	must(t, err)
	for _, own := range held {
		if own.Provider == c.method.ID {
			if _, err := c.identities.Remove(t.Context(), caller, c.alice.ID, own.ID); err != nil {
				t.Errorf("the card of the organization: %v", err)
			}
		}
	}
	wider, _ := c.signIn("card of the system")
	if _, err := c.identities.Remove(t.Context(), wider, c.alice.ID, wide.ID); err != nil {
		t.Errorf("by a session of the system: %v", err)
	}
}
