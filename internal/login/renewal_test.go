package login_test

import (
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/login"
)

// issued is what the certificate host brings for a certificate of the CA.
func (h *house) issued(key, ca, subject, san string) iam.Evidence {
	e := h.evidence(key)
	e.Certificate.IssuerSPKI, e.Certificate.SubjectDER, e.Certificate.SubjectAltName = ca, []byte(subject), san
	e.Certificate.NotBefore = h.db.Now()
	return *e
}

// shown passes the evidence into a new login of the caller.
func (h *house) shown(caller iam.Caller, l iam.Login, e iam.Evidence) login.Outcome {
	h.t.Helper()
	started, err := h.login.StartAttempt(h.t.Context(), caller, l.ID, h.mtls.ID, "a.cert.example")
	must(h.t, err)
	a, err := h.login.Attempt(h.t.Context(), iam.Caller{}, started.Ticket)
	must(h.t, err)
	back, err := h.login.Judged(h.t.Context(), iam.Caller{}, a, &e, nil)
	must(h.t, err)
	out, err := h.login.Return(h.t.Context(), caller, back)
	must(h.t, err)
	return out
}

func (h *house) renewal(policy iam.RenewalPolicy) {
	h.t.Helper()
	p, err := h.providers.Provider(h.t.Context(), h.mtls.ID)
	must(h.t, err)
	settings := *p.Settings.Certificate
	settings.Renewal = policy
	p.Settings.Certificate = &settings
	must(h.t, h.providers.Change(h.t.Context(), h.program, p))
	h.mtls = p
}

func (h *house) owned(e iam.Evidence, user iam.User) iam.Identity {
	h.t.Helper()
	i, err := h.identities.Add(h.t.Context(), h.program, user.ID, h.mtls, e)
	must(h.t, err)
	return i
}

// Row S72: what is a renewal, and what only looks a little like one.
func TestRenewedCertificateIsRecognised(t *testing.T) {
	const ca, other, name, san = "aa", "bb", "\x30\x05alice", "5a5a"
	for what, c := range map[string]struct {
		old, renewed [3]string // CA, subject, alternative name
		age          time.Duration
		want         login.Step
	}{
		"the same subject of the same CA":               {[3]string{ca, name, ""}, [3]string{ca, name, ""}, 0, login.StepRenew},
		"another subject, the same alternative names":   {[3]string{ca, name, san}, [3]string{ca, "\x30\x05Alice", san}, 0, login.StepRenew},
		"no subject at all, the same alternative names": {[3]string{ca, "\x30\x00", san}, [3]string{ca, "\x30\x00", san}, 0, login.StepRenew},
		"the same subject of another CA":                {[3]string{ca, name, san}, [3]string{other, name, san}, 0, login.StepRefusal},
		"another subject":                               {[3]string{ca, name, san}, [3]string{ca, "\x30\x05Alice", "6b6b"}, 0, login.StepRefusal},
		"two that name nobody":                          {[3]string{ca, "\x30\x00", ""}, [3]string{ca, "\x30\x00", ""}, 0, login.StepRefusal},
		"a subject in the place of alternative names":   {[3]string{ca, "ZZ", ""}, [3]string{ca, "", "5a5a"}, 0, login.StepRefusal},
		"no verified path":                              {[3]string{"", name, ""}, [3]string{"", name, ""}, 0, login.StepRefusal},
		"an older certificate":                          {[3]string{ca, name, ""}, [3]string{ca, name, ""}, -time.Second, login.StepRefusal},
	} {
		t.Run(what, func(t *testing.T) {
			h := newHouse(t)
			h.owned(h.issued("old key", c.old[0], c.old[1], c.old[2]), h.alice)
			caller := browser()
			e := h.issued("new key", c.renewed[0], c.renewed[1], c.renewed[2])
			e.Certificate.NotBefore = e.Certificate.NotBefore.Add(c.age)
			out := h.shown(caller, h.begin(caller), e)
			if out.Step != c.want {
				t.Errorf("step %s, want %s", out.Step, c.want)
			}
			if out.Opened != nil {
				t.Error("a session was opened without asking")
			}
		})
	}
}

func TestRenewalIsConfirmedAndTheOldCertificateStays(t *testing.T) {
	h := newHouse(t)
	old := h.owned(h.issued("old key", "aa", "alice", ""), h.alice)
	caller := browser()
	l := h.begin(caller)
	h.shown(caller, l, h.issued("new key", "aa", "alice", ""))
	v, err := h.login.View(t.Context(), caller, l.ID)
	must(t, err)
	if v.Step != login.StepRenew || v.Renews.ID != old.ID || v.Holder.ID != h.alice.ID {
		t.Fatalf("the page shows %s, %+v", v.Step, v.Renews)
	}
	if _, err := h.login.Confirm(t.Context(), caller, l.ID); err == nil {
		t.Error("it was linked to whoever is signed in, by the page of another step")
	}
	if _, err := h.login.Renew(t.Context(), browser(), l.ID); iam.KindOf(err) != iam.KindForbidden {
		t.Errorf("another browser: %v", err)
	}
	out, err := h.login.Renew(t.Context(), caller, l.ID)
	must(t, err)
	if out.Step != login.StepDone || out.Opened == nil || out.Opened.Session.User != h.alice.ID || out.Opened.Session.Identity == old.ID {
		t.Fatalf("outcome %+v", out)
	}
	if _, err := h.login.Renew(t.Context(), caller, l.ID); err == nil {
		t.Error("it was renewed twice")
	}
	for _, key := range []string{"old key", "new key"} {
		if _, out := h.signIn(key); out.Opened == nil || out.Opened.Session.User != h.alice.ID {
			t.Errorf("the certificate of the %s does not sign alice in", key)
		}
	}
	// The next one is recognised by either.
	h.clock.Advance(time.Hour)
	again := browser()
	if out := h.shown(again, h.begin(again), h.issued("third key", "aa", "alice", "")); out.Step != login.StepRenew {
		t.Errorf("the next renewal comes to %s", out.Step)
	}
	if got := h.kinds(iam.EventIdentityRenewed); got != 1 {
		t.Errorf("%d events of a renewal, want 1", got)
	}
}

func (h *house) kinds(kind iam.EventKind) int {
	h.t.Helper()
	events, err := h.log.All(h.t.Context(), h.program, iam.System(), iam.EventFilter{Kind: kind})
	must(h.t, err)
	return len(events)
}

func TestRenewalByPolicy(t *testing.T) {
	for policy, want := range map[iam.RenewalPolicy]login.Step{
		"": login.StepRenew, iam.RenewalAsk: login.StepRenew, iam.RenewalAccept: login.StepDone, iam.RenewalAdministrator: login.StepRefusal,
	} {
		h := newHouse(t)
		h.renewal(policy)
		h.owned(h.issued("old key", "aa", "alice", ""), h.alice)
		caller := browser()
		out := h.shown(caller, h.begin(caller), h.issued("new key", "aa", "alice", ""))
		if out.Step != want {
			t.Errorf("policy %q: step %s, want %s", policy, out.Step, want)
		}
		if policy == iam.RenewalAccept && (out.Opened == nil || out.Opened.Session.User != h.alice.ID) {
			t.Errorf("policy %q opened %+v", policy, out.Opened)
		}
		if policy == iam.RenewalAdministrator && out.Login.State.Refusal.Cause != login.CauseRenewalWaits {
			t.Errorf("policy %q: %+v", policy, out.Login.State.Refusal)
		}
	}
}

// A name that two people have identifies neither.
func TestRenewalNeverGuesses(t *testing.T) {
	h := newHouse(t)
	h.renewal(iam.RenewalAccept)
	h.owned(h.issued("alice's key", "aa", "A. Martin", ""), h.alice)
	h.owned(h.issued("bob's key", "aa", "A. Martin", ""), h.bob)
	caller := browser()
	out := h.shown(caller, h.begin(caller), h.issued("new key", "aa", "A. Martin", ""))
	if out.Step != login.StepRefusal || out.Login.State.Refusal.Cause != login.CauseNotLinked {
		t.Errorf("step %s, %+v", out.Step, out.Login.State.Refusal)
	}
}

// The certificate of one of them may be too new to be renewed by the one shown.
// It says all the same that the name is not one person's, in whatever order the
// two are found.
func TestRenewalNeverGuessesByDates(t *testing.T) {
	for name, newerFirst := range map[string]bool{"the newer linked first": true, "the newer linked last": false} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.renewal(iam.RenewalAccept)
			shown := h.issued("between", "aa", "A. Martin", "")
			older, newer := h.issued("bob's key", "aa", "A. Martin", ""), h.issued("alice's key", "aa", "A. Martin", "")
			older.Certificate.NotBefore = shown.Certificate.NotBefore.Add(-time.Hour)
			newer.Certificate.NotBefore = shown.Certificate.NotBefore.Add(time.Hour)
			link := []func(){func() { h.owned(newer, h.alice) }, func() { h.owned(older, h.bob) }}
			if !newerFirst {
				link[0], link[1] = link[1], link[0]
			}
			link[0]()
			h.clock.Advance(time.Second)
			link[1]()
			caller := browser()
			out := h.shown(caller, h.begin(caller), shown)
			if out.Step != login.StepRefusal || out.Opened != nil || out.Login.State.Refusal.Cause != login.CauseNotLinked {
				t.Errorf("step %s, opened %+v", out.Step, out.Opened)
			}
		})
	}
}

// Between the page and the button everything may have changed.
func TestRenewalIsLookedAtAgain(t *testing.T) {
	for want, change := range map[string]func(*house, iam.Identity) error{
		login.CauseUserBlocked: func(h *house, _ iam.Identity) error { return h.directory.Block(h.t.Context(), h.program, h.alice.ID) },
		login.CauseNotOffered: func(h *house, _ iam.Identity) error {
			return h.providers.Switch(h.t.Context(), h.program, h.app.ID, h.mtls.ID, false)
		},
		login.CauseMethodChanged: func(h *house, _ iam.Identity) error {
			h.clock.Advance(time.Second)
			h.renewal(iam.RenewalAsk)
			return nil
		},
		login.CauseLinkedToOther: func(h *house, _ iam.Identity) error {
			e := h.issued("new key", "cc", "bob", "")
			h.owned(e, h.bob)
			return nil
		},
		"gone": func(h *house, old iam.Identity) error {
			_, err := h.identities.Remove(h.t.Context(), h.program, h.alice.ID, old.ID)
			return err
		},
	} {
		t.Run(want, func(t *testing.T) {
			h := newHouse(t)
			old := h.owned(h.issued("old key", "aa", "alice", ""), h.alice)
			caller := browser()
			l := h.begin(caller)
			h.shown(caller, l, h.issued("new key", "aa", "alice", ""))
			must(t, change(h, old))
			out, err := h.login.Renew(t.Context(), caller, l.ID)
			if want == "gone" {
				if !iam.IsNotFound(err) {
					t.Errorf("with the old identifier removed: %v, step %s", err, out.Step)
				}
				return
			}
			must(t, err)
			if out.Step != login.StepRefusal || out.Login.State.Refusal.Cause != want || out.Opened != nil {
				t.Errorf("step %s, %+v", out.Step, out.Login.State.Refusal)
			}
		})
	}
}

func TestRenewalOfABlockedPersonIsRefused(t *testing.T) {
	h := newHouse(t)
	h.renewal(iam.RenewalAccept)
	h.owned(h.issued("old key", "aa", "alice", ""), h.alice)
	must(t, h.directory.Block(t.Context(), h.program, h.alice.ID))
	caller := browser()
	out := h.shown(caller, h.begin(caller), h.issued("new key", "aa", "alice", ""))
	if out.Step != login.StepRefusal || out.Login.State.Refusal.Cause != login.CauseUserBlocked {
		t.Errorf("step %s, %+v", out.Step, out.Login.State.Refusal)
	}
}

// Whoever says that it is not theirs signs in in another way and may still link it.
func TestRenewalDeclined(t *testing.T) {
	h := newHouse(t)
	h.owned(h.issued("old key", "aa", "alice", ""), h.alice)
	caller := browser()
	l := h.begin(caller)
	h.shown(caller, l, h.issued("new key", "aa", "alice", ""))
	out, err := h.login.GoOn(t.Context(), caller, l.ID, true)
	must(t, err)
	if out.Step != login.StepChoose || out.Login.State.Unlinked != nil || out.Login.State.Renews != "" {
		t.Errorf("step %s, %+v", out.Step, out.Login.State)
	}
	out, err = h.login.PassPassword(t.Context(), caller, l.ID, h.password.ID, "bob", rightPassword)
	must(t, err)
	if out.Opened == nil || out.Opened.Session.User != h.bob.ID {
		t.Errorf("outcome %+v", out)
	}
}

// Two people of one name, or a mailbox with a new owner, look like a renewal too:
// where anything in the names differs, the person is asked whatever the policy.
func TestRenewalUnderAnotherNameIsNotTakenUnasked(t *testing.T) {
	for name, c := range map[string]struct {
		subject, san string
		want         login.Step
	}{
		"both names alike":                         {"alice", "5a5a", login.StepDone},
		"the alternative names of somebody else":   {"Somebody else", "5a5a", login.StepRenew},
		"the subject, with another mailbox":        {"alice", "6b6b", login.StepRenew},
		"the subject, without alternative names":   {"alice", "", login.StepRenew},
		"the alternative names, without a subject": {"\x30\x00", "5a5a", login.StepRenew},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.renewal(iam.RenewalAccept)
			h.owned(h.issued("old key", "aa", "alice", "5a5a"), h.alice)
			caller := browser()
			out := h.shown(caller, h.begin(caller), h.issued("new key", "aa", c.subject, c.san))
			if out.Step != c.want || (out.Opened != nil) != (c.want == login.StepDone) {
				t.Errorf("step %s, want %s; opened %+v", out.Step, c.want, out.Opened)
			}
		})
	}
}

// A certificate that was kept to renew is not kept to be linked: where only
// administrators link, whoever turns the renewal down would link it by themselves.
func TestRenewalTurnedDownLinksNothingWherePeopleMayNot(t *testing.T) {
	for linking, want := range map[iam.Linking]login.Step{
		iam.LinkingSignIn: login.StepConfirm, iam.LinkingProfile: login.StepDone, iam.LinkingAdministrators: login.StepDone,
	} {
		t.Run(string(linking), func(t *testing.T) {
			h := newHouse(t)
			p, err := h.providers.Provider(t.Context(), h.mtls.ID)
			must(t, err)
			settings := *p.Settings.Certificate
			settings.SetLinking(linking)
			settings.Renewal = iam.RenewalAsk
			p.Settings.Certificate = &settings
			must(t, h.providers.Change(t.Context(), h.program, p))
			h.owned(h.issued("old key", "aa", "alice", ""), h.alice)
			caller := browser()
			l := h.begin(caller)
			if out := h.shown(caller, l, h.issued("new key", "aa", "alice", "")); out.Step != login.StepRenew {
				t.Fatalf("step %s", out.Step)
			}
			_, err = h.login.GoOn(t.Context(), caller, l.ID, false)
			must(t, err)
			if out := h.byPassword(caller, l, "bob"); out.Step != want {
				t.Errorf("as bob: step %s, want %s", out.Step, want)
			}
		})
	}
}

// TestLongEndedCertificateIsNotRenewed: by then its name may be somebody else's.
func TestLongEndedCertificateIsNotRenewed(t *testing.T) {
	for after, want := range map[time.Duration]login.Step{89 * 24 * time.Hour: login.StepRenew, 90 * 24 * time.Hour: login.StepRefusal} {
		h := newHouse(t)
		old := h.owned(h.issued("old key", "aa", "alice", ""), h.alice)
		h.clock.Set(old.Certificate.NotAfter.Add(after))
		e := h.issued("new key", "aa", "alice", "")
		e.Certificate.NotAfter = h.clock.Now().AddDate(1, 0, 0)
		caller := browser()
		if out := h.shown(caller, h.begin(caller), e); out.Step != want {
			t.Errorf("%s after its end: step %s, want %s", after, out.Step, want)
		}
	}
}

// Whoever gives up a stolen card, and has another of the same name, does not have it back
// by the thief's next sign-in: it looks like the renewal of the one that is left.
func TestCertificateThatWasTakenOffSomebodyRenewsNothing(t *testing.T) {
	for _, policy := range []iam.RenewalPolicy{iam.RenewalAsk, iam.RenewalAccept, iam.RenewalAdministrator} {
		for _, later := range []bool{false, true} {
			h := newHouse(t)
			h.renewal(policy)
			h.owned(h.issued("laptop", "aa", "alice", ""), h.alice)
			h.clock.Advance(time.Hour)
			e := h.issued("phone", "aa", "alice", "")
			take := func() {
				phone := h.owned(e, h.alice)
				_, err := h.identities.Remove(t.Context(), h.program, h.alice.ID, phone.ID)
				must(t, err)
			}
			thief := browser()
			l := h.begin(thief)
			if !later {
				take()
			} else if policy != iam.RenewalAsk {
				continue // only there anything waits
			}
			out := h.shown(thief, l, e)
			if later {
				take()
				var err error
				if out, err = h.login.Renew(t.Context(), thief, l.ID); err != nil {
					t.Fatal(err)
				}
			}
			if out.Opened != nil || cause(out) != login.CauseNotLinked {
				t.Errorf("%s, taken off while it waits: %v: step %s, %q, opened %v", policy, later, out.Step, cause(out), out.Opened != nil)
			}
			// Its own holder can link it again, as themselves.
			caller, linking := h.linking(h.alice)
			if out := h.shown(caller, linking, e); out.Step != login.StepConfirm {
				t.Errorf("%s: alice in her profile: %s, %s", policy, out.Step, cause(out))
			}
		}
	}
}
