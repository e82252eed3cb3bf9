package login_test

import (
	"testing"

	"signet/internal/iam"
	"signet/internal/login"
)

// TestNoAccountIsMadeForSomebodyElsesSignIn: where it is known, or asked for, who signs
// in, nobody new is meant.
func TestNoAccountIsMadeForSomebodyElsesSignIn(t *testing.T) {
	for what, begin := range map[string]func(h *house) (iam.Caller, iam.Login){
		"an id_token_hint names somebody": func(h *house) (iam.Caller, iam.Login) {
			caller := browser()
			l, err := h.login.Begin(t.Context(), caller, login.Request{Purpose: iam.PurposeSignIn, App: h.app.ID, Ask: iam.Ask{Subject: h.alice.ID}})
			must(t, err)
			return caller, l
		},
		"a session is raised": func(h *house) (iam.Caller, iam.Login) {
			caller := browser()
			out := h.byPassword(caller, h.begin(caller), "alice")
			caller.Session, caller.User = out.Opened.Session.ID, h.alice.ID
			h.require(iam.StrengthKey)
			return caller, h.begin(caller)
		},
	} {
		t.Run(what, func(t *testing.T) {
			h := newHouse(t)
			h.creation(byUPN())
			caller, l := begin(h)
			e := h.bearing("card", zoe()...)
			e.Strength = iam.StrengthKey
			out := h.shown(caller, l, e)
			if cause(out) != login.CauseNotLinked || out.Login.State.Creates {
				t.Fatalf("step %s, cause %q", out.Step, cause(out))
			}
			if _, err := h.login.Create(t.Context(), caller, l.ID); err == nil {
				t.Error("the button makes one")
			}
			if _, err := h.directory.UserByLogin(t.Context(), h.program, "zoe"); !iam.IsNotFound(err) {
				t.Errorf("zoe: %v", err)
			}
		})
	}
}

// TestAccountOfAnotherBrowsersLogin: whoever learns the address of the page has nothing
// in hand.
func TestAccountOfAnotherBrowsersLogin(t *testing.T) {
	h := newHouse(t)
	h.creation(byUPN())
	caller := browser()
	l := h.begin(caller)
	h.shown(caller, l, h.bearing("card", zoe()...))
	if _, err := h.login.Create(t.Context(), browser(), l.ID); err == nil {
		t.Error("another browser made the account")
	}
	out, err := h.login.Create(t.Context(), caller, l.ID)
	must(t, err)
	if out.Opened == nil {
		t.Errorf("step %s", out.Step)
	}
}
