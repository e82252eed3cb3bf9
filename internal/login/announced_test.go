package login_test

import (
	"context"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/hex"
	"sync"
	"testing"
	"time"

	"crypto/x509/pkix"

	"signet/internal/cert/certtest"
	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/login"
)

// authority gives the certificate method a CA of its own, and returns its key.
func (h *house) authority(change func(*iam.CertificateSettings)) string {
	h.t.Helper()
	ca := certtest.NewCA(h.t, certtest.CASpec{})
	p, err := h.providers.Provider(h.t.Context(), h.mtls.ID)
	must(h.t, err)
	settings := *p.Settings.Certificate
	settings.Anchors = string(ca.PEM())
	if change != nil {
		change(&settings)
	}
	p.Settings.Certificate = &settings
	must(h.t, h.providers.Change(h.t.Context(), h.program, p))
	h.mtls, err = h.providers.Provider(h.t.Context(), h.mtls.ID)
	must(h.t, err)
	sum := sha256.Sum256(ca.Cert.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:])
}

func (h *house) announce(user iam.User, kind iam.AnnouncedKind, issuer, value string) iam.Announced {
	h.t.Helper()
	a, err := h.identities.Announce(h.t.Context(), h.program, user.ID, h.mtls.ID, identity.Announcement{Kind: kind, Issuer: issuer, Value: value})
	must(h.t, err)
	return a
}

// card is a certificate with everything by which it can be announced.
func (h *house) card(key, issuer string) iam.Evidence {
	e := h.evidence(key)
	of := func(what string) string { sum := sha256.Sum256([]byte(what + key)); return hex.EncodeToString(sum[:]) }
	subject, err := asn1.Marshal(pkix.Name{CommonName: key, Organization: []string{"Example"}}.ToRDNSequence())
	must(h.t, err)
	c := e.Certificate
	c.SHA256, c.SPKI, c.Serial, c.SubjectKeyID, c.SubjectDER, c.IssuerSPKI = of("certificate "), of("key "), "0A1B", of("id ")[:40], subject, issuer
	return *e
}

func cause(out login.Outcome) string {
	if out.Login.State.Refusal == nil {
		return ""
	}
	return out.Login.State.Refusal.Cause
}

// signs shows the evidence in a new browser.
func (h *house) signs(e iam.Evidence) login.Outcome {
	h.t.Helper()
	caller := browser()
	return h.shown(caller, h.begin(caller), e)
}

// accept says whether people may be found by names.
func (h *house) accept(yes bool) {
	h.t.Helper()
	p, err := h.providers.Provider(h.t.Context(), h.mtls.ID)
	must(h.t, err)
	settings := *p.Settings.Certificate
	settings.NamesAccepted = yes
	p.Settings.Certificate = &settings
	must(h.t, h.providers.Change(h.t.Context(), h.program, p))
	h.mtls, err = h.providers.Provider(h.t.Context(), h.mtls.ID)
	must(h.t, err)
}

func names(s *iam.CertificateSettings) { s.NamesAccepted = true }

func TestAnnouncedCertificateIsLinkedOnce(t *testing.T) {
	for _, kind := range iam.AnnouncedKinds() {
		t.Run(string(kind), func(t *testing.T) {
			h := newHouse(t)
			ca := h.authority(names)
			e := h.card("card", ca)
			value := map[iam.AnnouncedKind]string{
				iam.AnnouncedCertificate: e.Certificate.SHA256, iam.AnnouncedKey: e.Certificate.SPKI, iam.AnnouncedSerial: "0a:1b",
				iam.AnnouncedKeyID: e.Certificate.SubjectKeyID, iam.AnnouncedSubject: "CN=card,O=Example",
			}[kind]
			h.announce(h.alice, kind, ca, value)
			out := h.signs(e)
			if out.Opened == nil || out.Opened.Session.User != h.alice.ID {
				t.Fatalf("step %s, %s", out.Step, cause(out))
			}
			if linked := h.wantEvent(iam.EventIdentityLinked, "", out.Attempt.ID); linked.Details["rule"] != "announced:"+string(kind) {
				t.Errorf("linked by %v", linked.Details)
			}
			if left, err := h.identities.AwaitedFor(t.Context(), h.program, h.alice.ID); err != nil || len(left) != 0 {
				t.Errorf("still announced: %+v, %v", left, err)
			}
			// Names may no longer be accepted: a value of its own never was one.
			h.mapping()
			p := h.mtls
			settings := *p.Settings.Certificate
			settings.NamesAccepted = false
			p.Settings.Certificate = &settings
			must(t, h.providers.Change(t.Context(), h.program, p))
			want := ""
			if kind.Weak() {
				want = login.CauseMappingMoved
			}
			if out := h.signs(e); cause(out) != want || (out.Opened == nil) != (want != "") {
				t.Errorf("the second sign-in: %s, want %q", cause(out), want)
			}
			if out := h.signs(h.card("another card", ca)); out.Opened != nil {
				t.Error("one announcement was good for two certificates")
			}
		})
	}
}

// The same value of a CA of another key, or of no verified path, is another value.
func TestAnnouncedValueOfAnotherAuthorityMeansNobody(t *testing.T) {
	h := newHouse(t)
	ca := h.authority(names)
	e := h.card("card", ca)
	h.announce(h.alice, iam.AnnouncedSerial, ca, "0a1b")
	h.announce(h.alice, iam.AnnouncedKeyID, ca, e.Certificate.SubjectKeyID)
	h.announce(h.alice, iam.AnnouncedSubject, ca, "CN=card,O=Example")
	h.announce(h.bob, iam.AnnouncedCertificate, "", e.Certificate.SHA256)
	other := h.card("card", "bb")
	other.Certificate.SHA256 = hex.EncodeToString(make([]byte, 32))
	unverified, described := h.card("unverified", ""), h.card("card", ca)
	described.Described = true
	for what, shown := range map[string]iam.Evidence{"another CA": other, "no verified path": unverified, "described by a proxy": described} {
		if out := h.signs(shown); out.Opened != nil || cause(out) != login.CauseNotLinked {
			t.Errorf("%s: opened %v, %s", what, out.Opened, cause(out))
		}
	}
	// For two people by two of its values: nobody is guessed.
	if out := h.signs(e); out.Opened != nil || cause(out) != login.CauseMappingAmbiguous {
		t.Errorf("announced for two: opened %v, %s", out.Opened, cause(out))
	}
}

// Rows S59 and S72: what is announced for one person no other can have.
func TestAnnouncedCertificateIsNobodyElses(t *testing.T) {
	t.Run("in the profile", func(t *testing.T) {
		h := newHouse(t)
		h.authority(nil)
		e := h.evidence("card")
		e.Certificate.IssuerSPKI, e.Certificate.SHA256 = "aa", hex.EncodeToString(make([]byte, 32))
		h.announce(h.alice, iam.AnnouncedCertificate, "", e.Certificate.SHA256)
		caller, l := h.linking(h.bob)
		if out := h.shown(caller, l, *e); cause(out) != login.CauseLinkedToOther {
			t.Errorf("bob: step %s, %s", out.Step, cause(out))
		}
		caller, l = h.linking(h.alice)
		if out := h.shown(caller, l, *e); out.Step != login.StepConfirm {
			t.Fatalf("alice: step %s, %s", out.Step, cause(out))
		}
		_, err := h.login.Confirm(t.Context(), caller, l.ID)
		must(t, err)
		if left, err := h.identities.AwaitedFor(t.Context(), caller, h.alice.ID); err != nil || len(left) != 0 {
			t.Errorf("still announced: %+v, %v", left, err)
		}
	})
	t.Run("in the other form of its signature", func(t *testing.T) {
		h := newHouse(t)
		ca := h.authority(nil)
		e := h.card("card", ca)
		h.announce(h.alice, iam.AnnouncedCertificate, "", e.Certificate.SHA256)
		e.Certificate.SHA256, e.Certificate.MirrorSHA256 = hex.EncodeToString(make([]byte, 32)), e.Certificate.SHA256
		caller, l := h.linking(h.bob)
		if out := h.shown(caller, l, e); cause(out) != login.CauseLinkedToOther {
			t.Errorf("bob: step %s, %s", out.Step, cause(out))
		}
		if out := h.signs(e); out.Opened == nil || out.Opened.Session.User != h.alice.ID {
			t.Errorf("it was announced for alice: step %s, %s", out.Step, cause(out))
		}
	})
	t.Run("announced while it waits", func(t *testing.T) {
		h := newHouse(t)
		h.authority(nil)
		e := h.card("card", "aa")
		caller, l := h.linking(h.bob)
		if out := h.shown(caller, l, e); out.Step != login.StepConfirm {
			t.Fatalf("step %s, %s", out.Step, cause(out))
		}
		h.announce(h.alice, iam.AnnouncedKey, "", e.Certificate.SPKI)
		out, err := h.login.Confirm(t.Context(), caller, l.ID)
		must(t, err)
		if cause(out) != login.CauseLinkedToOther {
			t.Errorf("step %s, %s", out.Step, cause(out))
		}
	})
	t.Run("by an administrator's file", func(t *testing.T) {
		h := newHouse(t)
		h.authority(nil)
		e := h.card("card", "aa")
		h.announce(h.alice, iam.AnnouncedKey, "", e.Certificate.SPKI)
		_, err := h.identities.Add(t.Context(), h.program, h.bob.ID, h.mtls, e)
		wantCause(t, err, "announced_to_other")
	})
	t.Run("by a rule", func(t *testing.T) {
		h := newHouse(t)
		h.called(h.bob, confirmed("bob@example.org"))
		h.authority(nil)
		h.mapping(byEmail())
		e := h.card("card", "aa")
		e.Names = []iam.CertificateName{email("bob@example.org")}
		h.announce(h.alice, iam.AnnouncedKey, "", e.Certificate.SPKI)
		if out := h.signs(e); out.Opened == nil || out.Opened.Session.User != h.alice.ID {
			t.Errorf("step %s, %s", out.Step, cause(out))
		}
	})
	t.Run("as a renewal", func(t *testing.T) {
		for _, kind := range []iam.AnnouncedKind{iam.AnnouncedKey, iam.AnnouncedSubject} {
			h := newHouse(t)
			ca := h.authority(names)
			old, renewed := h.card("card", ca), h.card("card", ca)
			renewed.Key, renewed.Certificate.SPKI, renewed.Certificate.SHA256 = "new", hex.EncodeToString(make([]byte, 32)), "00"
			old.Certificate.NotBefore, renewed.Certificate.NotBefore = h.db.Now(), h.db.Now()
			if kind.Weak() { // a name is less than a link
				h.announce(h.alice, kind, ca, "CN=card,O=Example")
				h.accept(false) // so long nobody goes by names, and bob can have it
				h.owned(old, h.bob)
				h.accept(true)
				if out := h.signs(renewed); out.Opened != nil || cause(out) != login.CauseMappingAmbiguous {
					t.Errorf("%s: step %s, %s", kind, out.Step, cause(out))
				}
				continue
			}
			h.owned(old, h.bob)
			h.announce(h.alice, kind, "", renewed.Certificate.SPKI)
			if out := h.signs(renewed); out.Opened == nil || out.Opened.Session.User != h.alice.ID {
				t.Errorf("%s: step %s, %s", kind, out.Step, cause(out))
			}
		}
	})
}

// What was given up comes back only by an announcement that is younger.
func TestAnnouncementOlderThanTheUnlinkingIsOver(t *testing.T) {
	h := newHouse(t)
	ca := h.authority(names)
	e := h.card("card", ca)
	link := h.owned(e, h.alice)
	h.announce(h.alice, iam.AnnouncedSubject, ca, "CN=card,O=Example")
	h.clock.Advance(time.Minute)
	_, err := h.identities.Remove(t.Context(), h.program, h.alice.ID, link.ID)
	must(t, err)
	if out := h.signs(e); out.Opened != nil || cause(out) != login.CauseNotLinked {
		t.Fatalf("step %s, %s", out.Step, cause(out))
	}
	h.clock.Advance(time.Minute)
	h.announce(h.alice, iam.AnnouncedCertificate, "", e.Certificate.SHA256)
	if out := h.signs(e); out.Opened == nil || out.Opened.Session.User != h.alice.ID {
		t.Errorf("announced anew: step %s, %s", out.Step, cause(out))
	}
}

// Who may not sign in keeps what was announced for them.
func TestAnnouncementWaitsForABlockedPerson(t *testing.T) {
	h := newHouse(t)
	h.authority(nil)
	e := h.card("card", "aa")
	h.announce(h.alice, iam.AnnouncedKey, "", e.Certificate.SPKI)
	must(t, h.directory.Block(t.Context(), h.program, h.alice.ID))
	if out := h.signs(e); cause(out) != login.CauseUserBlocked {
		t.Fatalf("step %s, %s", out.Step, cause(out))
	}
	must(t, h.directory.Unblock(t.Context(), h.program, h.alice.ID))
	if out := h.signs(e); out.Opened == nil {
		t.Errorf("step %s, %s", out.Step, cause(out))
	}
}

// Two certificates of one announced subject at once: one is linked.
func TestTwoSignInsForOneAnnouncement(t *testing.T) {
	h := newHouse(t)
	ca := h.authority(names)
	h.announce(h.alice, iam.AnnouncedSubject, ca, "CN=card,O=Example")
	outs := make([]login.Outcome, 4)
	var wait sync.WaitGroup
	for i := range outs {
		e := h.card("card", ca)
		e.Key = string(rune('a' + i))
		caller := browser()
		l := h.begin(caller)
		started, err := h.login.StartAttempt(t.Context(), caller, l.ID, h.mtls.ID, "a.cert.example")
		must(t, err)
		a, err := h.login.Attempt(t.Context(), iam.Caller{}, started.Ticket)
		must(t, err)
		back, err := h.login.Judged(t.Context(), iam.Caller{}, a, &e, nil)
		must(t, err)
		wait.Go(func() {
			var err error
			if outs[i], err = h.login.Return(context.Background(), caller, back); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	opened := 0
	for _, out := range outs {
		if out.Opened != nil {
			opened++
		}
	}
	held, err := h.identities.Of(t.Context(), h.program, h.alice.ID)
	must(t, err)
	if opened != 1 || len(held) != 1 {
		t.Errorf("%d opened, %d linked", opened, len(held))
	}
}

func TestWhatMayNotBeAnnounced(t *testing.T) {
	h := newHouse(t)
	ca := h.authority(nil)
	h.announce(h.alice, iam.AnnouncedSerial, ca, "0a")
	for what, c := range map[string]struct {
		caller iam.Caller
		user   iam.UserID
		method iam.ProviderID
		in     identity.Announcement
		want   string
	}{
		"by the person":             {iam.Caller{User: h.alice.ID}, h.alice.ID, h.mtls.ID, identity.Announcement{Kind: iam.AnnouncedSerial, Issuer: ca, Value: "0b"}, "not_allowed"},
		"for nobody":                {h.program, "nobody", h.mtls.ID, identity.Announcement{Kind: iam.AnnouncedSerial, Issuer: ca, Value: "0b"}, "user_not_found"},
		"for a password":            {h.program, h.bob.ID, h.password.ID, identity.Announcement{Kind: iam.AnnouncedSerial, Issuer: ca, Value: "0b"}, "method_missing"},
		"of no method":              {h.program, h.bob.ID, "none", identity.Announcement{Kind: iam.AnnouncedSerial, Issuer: ca, Value: "0b"}, "method_missing"},
		"of no CA":                  {h.program, h.bob.ID, h.mtls.ID, identity.Announcement{Kind: iam.AnnouncedSerial, Value: "0b"}, "announced_issuer_missing"},
		"of a CA of another method": {h.program, h.bob.ID, h.mtls.ID, identity.Announcement{Kind: iam.AnnouncedSerial, Issuer: "aa", Value: "0b"}, "announced_issuer_missing"},
		"a name that nobody wants":  {h.program, h.bob.ID, h.mtls.ID, identity.Announcement{Kind: iam.AnnouncedSubject, Issuer: ca, Value: "CN=b"}, "announced_names_not_accepted"},
		"of another":                {h.program, h.bob.ID, h.mtls.ID, identity.Announcement{Kind: iam.AnnouncedSerial, Issuer: ca, Value: "00:0A"}, "announced_for_another"},
		"twice":                     {h.program, h.alice.ID, h.mtls.ID, identity.Announcement{Kind: iam.AnnouncedSerial, Issuer: ca, Value: "dec:10"}, "announced_already"},
	} {
		_, err := h.identities.Announce(t.Context(), c.caller, c.user, c.method, c.in)
		if refused := iam.AsError(err); refused == nil || refused.Cause != c.want {
			t.Errorf("%s: %v, want %s", what, err, c.want)
		}
	}
	all, err := h.identities.AwaitedIn(t.Context(), h.program, h.mtls.ID, "", 10)
	must(t, err)
	if len(all) != 1 || all[0].Person.ID != h.alice.ID {
		t.Fatalf("waiting: %+v", all)
	}
	wantCause(t, h.identities.Withdraw(t.Context(), h.program, h.bob.ID, all[0].ID), "announced_not_found")
	if err := h.identities.Withdraw(t.Context(), iam.Caller{User: h.alice.ID}, h.alice.ID, all[0].ID); iam.KindOf(err) != iam.KindForbidden {
		t.Errorf("the person withdraws: %v", err)
	}
	must(t, h.identities.Withdraw(t.Context(), h.program, h.alice.ID, all[0].ID))
	h.wantEvent(iam.EventAnnouncementWithdrawn, "", "")
}
