package login_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"signet/internal/cert/certtest"
	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/store"
	"signet/internal/trust"
)

// replayHouse is a house whose certificate method judges real certificates.
type replayHouse struct {
	*house
	ca, other *certtest.CA
}

func newReplayHouse(t *testing.T) replayHouse {
	t.Helper()
	h := replayHouse{house: newHouse(t)}
	h.ca = certtest.NewCA(t, certtest.CASpec{Name: "Staff CA", Now: h.clock.Now()})
	h.other = certtest.NewCA(t, certtest.CASpec{Name: "Partner CA", Now: h.clock.Now()})
	h.login.Trust = &trust.Service{DB: h.db, Log: h.log, Sessions: h.sessions}
	h.mtls = h.changed(func(s *iam.CertificateSettings) { s.Anchors = string(h.ca.PEM()) + string(h.other.PEM()) })
	must(t, h.providers.Change(t.Context(), h.program, h.mtls))
	return h
}

// changed is the method with other settings, not stored.
func (h replayHouse) changed(change func(*iam.CertificateSettings)) iam.Provider {
	h.t.Helper()
	p, err := h.providers.Provider(h.t.Context(), h.mtls.ID)
	must(h.t, err)
	settings := *p.Settings.Certificate
	change(&settings)
	p.Settings.Certificate = &settings
	return p
}

// shows brings a real certificate through the certificate host.
func (h replayHouse) shows(leaf certtest.Leaf) iam.Evidence {
	h.t.Helper()
	p, err := h.providers.Provider(h.t.Context(), h.mtls.ID)
	must(h.t, err)
	j, err := h.login.Trust.Judge(h.t.Context(), p, leaf.Chain, h.db.Now())
	must(h.t, err)
	caller := browser()
	started, err := h.login.StartAttempt(h.t.Context(), caller, h.begin(caller).ID, h.mtls.ID, "a.cert.example")
	must(h.t, err)
	var refusal *iam.Refusal
	if j.Evidence == nil {
		refusal = &iam.Refusal{
			Attempt: started.Attempt.ID, Cause: string(j.Verdict.Cause), Provider: p.ID, Certificate: j.Certificate, At: h.db.Now(), Presented: trust.Raw(leaf.Chain),
		}
	}
	_, err = h.login.Judged(h.t.Context(), iam.Caller{}, started.Attempt, j.Evidence, refusal)
	must(h.t, err)
	if j.Evidence == nil {
		return iam.Evidence{}
	}
	return *j.Evidence
}

func (h replayHouse) replay(changed iam.Provider) login.Replay {
	h.t.Helper()
	r, err := h.login.Replay(h.t.Context(), h.program, changed, h.db.Now().AddDate(0, 0, -30))
	must(h.t, err)
	return r
}

// fateOf is what would come of a certificate with a UPN.
func (h replayHouse) fateOf(name string) login.Fate {
	h.t.Helper()
	p, err := h.providers.Provider(h.t.Context(), h.mtls.ID)
	must(h.t, err)
	j, err := h.login.Trust.Judge(h.t.Context(), p, h.ca.Issue(h.t, certtest.Spec{CN: "somebody", UPNs: []string{name}}).Chain, h.db.Now())
	must(h.t, err)
	f, err := h.login.Fate(h.t.Context(), h.program, p, j)
	must(h.t, err)
	return f
}

func subjects(all []login.Replayed) (names []string) {
	for _, one := range all {
		names = append(names, one.Certificate.CommonName)
	}
	slices.Sort(names)
	return names
}

func TestReplaySaysWhoWouldWinAndLose(t *testing.T) {
	h := newReplayHouse(t)
	h.called(h.bob, confirmed("bob@example.org"))
	alice := h.ca.Issue(t, certtest.Spec{CN: "alice"})
	card := h.ca.Issue(t, certtest.Spec{CN: "alice's card", Policies: []string{"1.3.6.1.4.1.99999.1"}})
	partner := h.other.Issue(t, certtest.Spec{CN: "alice at the partner"})
	for _, leaf := range []certtest.Leaf{alice, card, partner} {
		_, err := h.identities.Add(t.Context(), h.program, h.alice.ID, h.mtls, h.shows(leaf))
		must(t, err)
	}
	h.shows(h.ca.Issue(t, certtest.Spec{CN: "bob", Emails: []string{"bob@example.org"}}))
	h.shows(h.ca.Issue(t, certtest.Spec{CN: "nobody"}))
	h.shows(h.ca.Issue(t, certtest.Spec{CN: "late"}, certtest.Expired))
	h.shows(certtest.SelfSigned(t, certtest.Spec{CN: "stranger", NotBefore: h.clock.Now().Add(-time.Hour), NotAfter: h.clock.Now().AddDate(1, 0, 0)}))

	if r := h.replay(h.changed(func(*iam.CertificateSettings) {})); r.Changes() || r.Certificates != 7 || r.Same != 3 || r.Refused != 4 {
		t.Errorf("without a change: %+v", r)
	}
	r := h.replay(h.changed(func(s *iam.CertificateSettings) {
		s.Anchors = string(h.ca.PEM())
		s.Mapping, s.NamesAccepted = []iam.MappingRule{byEmail()}, true
		s.Assurance = []iam.AssuranceRule{{Policy: "1.3.6.1.4.1.99999.1", Key: iam.KeyCard}}
	}))
	if !slices.Equal(subjects(r.Lost), []string{"alice at the partner"}) || r.Lost[0].After.Cause != "unknown_issuer" || r.Lost[0].Before.User.ID != h.alice.ID {
		t.Errorf("would lose: %+v", r.Lost)
	}
	if !slices.Equal(subjects(r.Won), []string{"bob"}) || r.Won[0].After.User.ID != h.bob.ID || r.Won[0].After.By != "san_email=email" || r.Won[0].Before.Cause != login.CauseNotLinked {
		t.Errorf("would win: %+v", r.Won)
	}
	if !slices.Equal(subjects(r.Weighed), []string{"alice's card"}) || r.Weighed[0].After.Assurance.Strength != iam.StrengthCard {
		t.Errorf("would count for something else: %+v", r.Weighed)
	}
	if len(r.Moved) > 0 || r.Same != 1 || r.Refused != 3 || r.Certificates != 7 || r.More {
		t.Errorf("the others: %+v", r)
	}
	// Nothing came of it.
	stored, err := h.providers.Provider(t.Context(), h.mtls.ID)
	must(t, err)
	if len(stored.Settings.Certificate.Mapping) > 0 {
		t.Error("the changed settings were stored")
	}
	if all, err := h.identities.Of(t.Context(), h.program, h.bob.ID); err != nil || len(all) > 0 {
		t.Errorf("a certificate was linked: %+v, %v", all, err)
	}
}

func TestReplaySeesARuleThatLeadsToSomebodyElse(t *testing.T) {
	h := newReplayHouse(t)
	h.called(h.alice, confirmed("desk@example.org"))
	h.mapping(byEmail())
	leaf := h.ca.Issue(t, certtest.Spec{CN: "desk", Emails: []string{"desk@example.org"}, UPNs: []string{"bob@corp.example"}})
	h.shows(leaf)
	r := h.replay(h.changed(func(s *iam.CertificateSettings) {
		s.Mapping = []iam.MappingRule{{Source: iam.NameUPN, Field: iam.FieldLocal, Domain: "corp.example"}, byEmail()}
	}))
	if len(r.Moved) != 1 || r.Moved[0].Before.User.ID != h.alice.ID || r.Moved[0].After.User.ID != h.bob.ID {
		t.Errorf("would move: %+v", r)
	}
	if r = h.replay(h.changed(func(s *iam.CertificateSettings) { s.Mapping = nil })); len(r.Lost) != 1 || r.Lost[0].After.Cause != login.CauseNotLinked {
		t.Errorf("without rules: %+v", r)
	}
}

// TestReplayIsForWhoeverMayChangeTheMethod: it tells names of people.
func TestReplayIsForWhoeverMayChangeTheMethod(t *testing.T) {
	h := newReplayHouse(t)
	caller := browser()
	caller.User = h.bob.ID
	if _, err := h.login.Replay(t.Context(), caller, h.mtls, h.db.Now()); iam.KindOf(err) != iam.KindForbidden {
		t.Errorf("a person: %v", err)
	}
	if _, err := h.login.Fate(t.Context(), caller, h.mtls, trust.Judged{}); iam.KindOf(err) != iam.KindForbidden {
		t.Errorf("a person: %v", err)
	}
}

func TestFateTellsEveryWayThatWasTried(t *testing.T) {
	h := newReplayHouse(t)
	h.called(h.bob, confirmed("bob@example.org"))
	h.mapping(iam.MappingRule{Source: iam.NameUPN, Field: iam.FieldLogin}, byEmail())
	fate := func(leaf certtest.Leaf) login.Fate {
		t.Helper()
		p, err := h.providers.Provider(t.Context(), h.mtls.ID)
		must(t, err)
		j, err := h.login.Trust.Judge(t.Context(), p, leaf.Chain, h.db.Now())
		must(t, err)
		f, err := h.login.Fate(t.Context(), h.program, p, j)
		must(t, err)
		return f
	}
	key := iam.Tried{Rule: iam.TriedKey}
	f := fate(h.ca.Issue(t, certtest.Spec{CN: "bob", Emails: []string{"bob@example.org"}}))
	if want := []iam.Tried{key, {Rule: "san_upn=login"}, {Rule: "san_email=email", Found: 1}}; !slices.Equal(f.Tried, want) || f.User.ID != h.bob.ID || f.By != "san_email=email" || f.Cause != "" {
		t.Errorf("found by a rule: %+v", f)
	}
	f = fate(h.ca.Issue(t, certtest.Spec{CN: "nobody"}))
	if want := []iam.Tried{key, {Rule: "san_upn=login"}, {Rule: "san_email=email"}, {Rule: iam.TriedRenewal}}; !slices.Equal(f.Tried, want) || f.Cause != login.CauseNotLinked {
		t.Errorf("nobody's: %+v", f)
	}
	old := h.ca.Issue(t, certtest.Spec{CN: "alice"})
	_, err := h.identities.Add(t.Context(), h.program, h.alice.ID, h.mtls, h.shows(old))
	must(t, err)
	if f = fate(old); f.By != iam.TriedKey || f.User.ID != h.alice.ID || len(f.Tried) != 1 {
		t.Errorf("linked: %+v", f)
	}
	h.clock.Advance(time.Hour)
	f = fate(h.ca.Issue(t, certtest.Spec{CN: "alice"}))
	if f.By != iam.TriedRenewal || f.User.ID != h.alice.ID || f.Cause != "" {
		t.Errorf("a renewal: %+v", f)
	}
	must(t, h.directory.Block(t.Context(), h.program, h.alice.ID))
	if f = fate(old); f.Cause != login.CauseUserBlocked || f.User.ID != h.alice.ID {
		t.Errorf("of a blocked person: %+v", f)
	}
	if f = fate(h.ca.Issue(t, certtest.Spec{CN: "late"}, certtest.Expired)); f.Cause != "expired" || len(f.Tried) > 0 {
		t.Errorf("expired: %+v", f)
	}
}

// TestStrangersHideNobodyFromAReplay: whoever has no certificate of ours shows
// thousands of their own, so that an administrator does not see who would lose.
func TestStrangersHideNobodyFromAReplay(t *testing.T) {
	h := newReplayHouse(t)
	alice := h.other.Issue(t, certtest.Spec{CN: "alice at the partner"})
	_, err := h.identities.Add(t.Context(), h.program, h.alice.ID, h.mtls, h.shows(alice))
	must(t, err)
	h.clock.Advance(time.Hour)
	stranger := certtest.SelfSigned(t, certtest.Spec{CN: "stranger", NotBefore: h.clock.Now().Add(-time.Hour), NotAfter: h.clock.Now().AddDate(1, 0, 0)})
	must(t, h.db.Update(t.Context(), func(tx *store.Tx) error {
		for i := range login.MaxReplayed + 1 {
			if err := tx.RememberShown(iam.Shown{Provider: h.mtls.ID, SHA256: fmt.Sprint(i), Chain: trust.Raw(stranger.Chain), Refused: true}); err != nil {
				return err
			}
		}
		return nil
	}))
	r := h.replay(h.changed(func(s *iam.CertificateSettings) { s.Anchors = string(h.ca.PEM()) }))
	if !slices.Equal(subjects(r.Lost), []string{"alice at the partner"}) {
		t.Errorf("would lose: %v", subjects(r.Lost))
	}
	if !r.More || r.Certificates != 1+login.MaxReplayedRefused || r.Refused != login.MaxReplayedRefused {
		t.Errorf("%d were looked at, %d of them refused, others: %v", r.Certificates, r.Refused, r.More)
	}
}

// meanwhile is a context that does something else in the middle of what it is for.
type meanwhile struct {
	context.Context
	do func()
}

func (m meanwhile) Err() error { m.do(); return m.Context.Err() }

// TestReplaysRunOneAtATime: each costs seconds of a processor, and whoever
// administers one application can ask for any number at once.
func TestReplaysRunOneAtATime(t *testing.T) {
	h := newReplayHouse(t)
	h.shows(h.ca.Issue(t, certtest.Spec{CN: "somebody"}))
	since, causes := h.db.Now().AddDate(0, 0, -30), map[string]bool{}
	ask := func(ctx context.Context) error { _, err := h.login.Replay(ctx, h.program, h.mtls, since); return err }
	must(t, ask(meanwhile{t.Context(), func() {
		if err := iam.AsError(ask(t.Context())); err != nil {
			causes[err.Cause] = true
		}
	}}))
	if !causes["replay_busy"] || len(causes) != 1 {
		t.Errorf("a second one at the same time was refused for %v", causes)
	}
	must(t, ask(t.Context()))
}

// TestReplaySeesAnotherNewAccount: who has no account yet would get another one.
func TestReplaySeesAnotherNewAccount(t *testing.T) {
	h := newReplayHouse(t)
	h.creation(byUPN())
	h.shows(h.ca.Issue(t, certtest.Spec{CN: "zoe", UPNs: []string{"zoe@clinic.example"}}))
	if r := h.replay(h.changed(func(*iam.CertificateSettings) {})); r.Changes() || r.Same != 1 {
		t.Errorf("without a change: %+v", r)
	}
	r := h.replay(h.changed(func(s *iam.CertificateSettings) {
		s.Creation = &iam.Creation{Login: iam.MappingRule{Source: iam.NameUPN, Field: iam.FieldLogin}, Accepted: true}
	}))
	if len(r.Moved) != 1 || r.Moved[0].Before.User.Login != "zoe" || r.Moved[0].After.User.Login != "zoe@clinic.example" {
		t.Errorf("by another rule: %+v", r)
	}
}

// TestReplayEndsInTime: whatever the settings make of it. What was looked at until then
// is told, and that it is not all.
func TestReplayEndsInTime(t *testing.T) {
	h := newReplayHouse(t)
	leaf := h.ca.Issue(t, certtest.Spec{CN: "somebody"})
	must(t, h.db.Update(t.Context(), func(tx *store.Tx) error {
		for i := range 100 {
			if err := tx.RememberShown(iam.Shown{Provider: h.mtls.ID, SHA256: fmt.Sprint(i), Chain: trust.Raw(leaf.Chain)}); err != nil {
				return err
			}
		}
		return nil
	}))
	if r := h.replay(h.mtls); r.More || r.Certificates != 100 {
		t.Errorf("%d were looked at, others: %v", r.Certificates, r.More)
	}
	h.login.ReplayTime = time.Nanosecond
	if r := h.replay(h.mtls); !r.More || r.Certificates == 0 || r.Certificates == 100 {
		t.Errorf("without time %d were looked at, others: %v", r.Certificates, r.More)
	}
}
