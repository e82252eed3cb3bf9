package login_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/store"
	"signet/internal/trust"
)

// TestFateIsWhatHappens lets people, rules and certificates change at random and
// compares, for a certificate, what is foretold of it with what its sign-in then
// does. They are two pieces of code; administrators decide by the first.
func TestFateIsWhatHappens(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { foretell(t, newHouse(t), rand.New(rand.NewPCG(seed, 1))) })
		t.Run(fmt.Sprint("of an organization ", seed), func(t *testing.T) { foretell(t, ofOrganization(t), rand.New(rand.NewPCG(seed, 2))) })
	}
}

// drawn is a certificate that anything can be asked of.
type drawn struct {
	key, subject, san string
	age               time.Duration
	names             []iam.CertificateName
}

// ofOrganization is a house whose application and certificate method are those of an
// organization, of which alice is a member.
func ofOrganization(t *testing.T) *house {
	h := newHouse(t)
	org, err := h.directory.CreateOrg(t.Context(), h.program, iam.Org{Handle: "acme", Name: "Acme"})
	must(t, err)
	must(t, h.directory.Give(t.Context(), h.program, iam.Membership{User: h.alice.ID, Scope: org.Scope(), Role: iam.RoleMember}))
	h.app, _, err = h.directory.CreateApp(t.Context(), h.program, iam.App{Name: "Wiki", Org: org.ID, RedirectURIs: []string{"https://wiki.example/callback"}, SkipConsent: true})
	must(t, err)
	h.mtls, err = h.providers.Create(t.Context(), h.program, iam.Provider{
		Scope: org.Scope(), Type: iam.ProviderCertificate, Name: "Card", Public: true, Settings: iam.ProviderSettings{Certificate: &iam.CertificateSettings{Anchors: "unused here"}},
	})
	must(t, err)
	must(t, h.providers.Switch(t.Context(), h.program, h.app.ID, h.mtls.ID, true))
	return h
}

func foretell(t *testing.T, h *house, dice *rand.Rand) {
	people := []iam.User{h.alice, h.bob}
	addresses := []string{"one@example.org", "two@example.org"}
	h.called(h.alice, confirmed(addresses[0]))
	pick := func(n int) bool { return dice.IntN(n) == 0 }
	rules := []iam.MappingRule{byEmail(), {Source: iam.NameUPN, Field: iam.FieldLogin}, {Source: iam.NameUPN, Field: iam.FieldLocal, Domain: "corp.example"}}
	draw := func() drawn {
		d := drawn{key: fmt.Sprint("key", dice.IntN(8)), subject: fmt.Sprint("\x30\x05cn", dice.IntN(3)), age: time.Duration(dice.IntN(3)) * time.Hour}
		if pick(2) {
			d.san = fmt.Sprint("5a", dice.IntN(3))
		}
		if pick(2) {
			d.names = append(d.names, email(addresses[dice.IntN(2)]))
		}
		if pick(3) {
			d.names = append(d.names, iam.CertificateName{Source: iam.NameUPN, Value: []string{"alice", "bob", "bob@corp.example", "carol@corp.example", "dave@corp.example", "erin@corp.example", "two words@corp.example"}[dice.IntN(7)]})
		}
		return d
	}
	evidence := func(d drawn) iam.Evidence {
		e := h.issued(d.key, "ca", d.subject, d.san)
		e.Certificate.NotBefore, e.Names = h.db.Now().Add(-d.age), d.names
		e.Certificate.Serial = "01" + d.key
		return e
	}
	told := map[string]int{}
	for step := range 250 {
		who := people[dice.IntN(len(people))]
		what := ""
		switch dice.IntN(18) {
		case 0:
			what = "rules"
			h.mapping(rules[:dice.IntN(4)]...)
		case 1:
			what = "renewal"
			h.renewal([]iam.RenewalPolicy{iam.RenewalAsk, iam.RenewalAccept, iam.RenewalAdministrator}[dice.IntN(3)])
		case 2:
			what = "link"
			_, _ = h.identities.Add(t.Context(), h.program, who.ID, h.mtls, evidence(draw())) // may be somebody's
		case 3, 4:
			what = "unlink"
			held, err := h.identities.Of(t.Context(), h.program, who.ID)
			must(t, err)
			if len(held) > 0 {
				_, err = h.identities.Remove(t.Context(), h.program, who.ID, held[dice.IntN(len(held))].ID)
				must(t, err)
			}
		case 5:
			what = "address"
			h.called(who, confirmed(addresses[dice.IntN(2)]))
		case 6:
			what = "block"
			_ = h.directory.Block(t.Context(), h.program, who.ID) // may be deleted
		case 7, 8:
			what = "unblock"
			_ = h.directory.Unblock(t.Context(), h.program, who.ID)
		case 9:
			what = "delete"
			if pick(2) {
				must(t, h.directory.Delete(t.Context(), h.program, who.ID))
			}
		case 10:
			what = "restore"
			for _, each := range people {
				must(t, h.directory.Restore(t.Context(), h.program, each.ID))
			}
		case 11:
			what = "creation"
			creation := &iam.Creation{Login: rules[2], Email: pick(2), Accepted: true}
			creation.Vouched = creation.Email && pick(2)
			h.creation(creation)
		case 12:
			what = "no creation"
			h.creation(nil)
		case 14, 15:
			what = "announce"
			a := iam.Announced{ID: iam.NewID(), Provider: h.mtls.ID, User: who.ID, Kind: iam.AnnouncedCertificate, Value: draw().key, CreatedAt: h.db.Now()}
			if pick(2) {
				a.Kind, a.Issuer, a.Value = iam.AnnouncedSerial, "ca", "01"+a.Value
			}
			must(t, h.db.Update(t.Context(), func(tx *store.Tx) error {
				_, err := tx.InsertAnnounced(a) // may be announced already
				return err
			}))
		case 13:
			h.clock.Advance(time.Hour)
		}
		d := draw()
		e := evidence(d)
		p, err := h.providers.Provider(t.Context(), h.mtls.ID)
		must(t, err)
		f, err := h.login.Fate(t.Context(), h.program, p, trust.Judged{Evidence: &e})
		must(t, err)
		caller := browser()
		out := h.shown(caller, h.begin(caller), e)
		got := "step " + string(out.Step)
		switch {
		case out.Opened != nil:
			got = "in " + string(out.Opened.Session.User)
		case out.Login.State.Refusal != nil:
			got = "refused " + out.Login.State.Refusal.Cause
		}
		want := "in " + string(f.User.ID)
		switch {
		case f.By == iam.TriedCreation && f.Cause == "":
			want = "step " + string(login.StepCreate)
		case f.By == iam.TriedRenewal && out.Step == login.StepRenew:
			want = "step " + string(login.StepRenew)
		case f.Cause == login.CauseUserDeleted && f.By == iam.TriedKey && f.User.Recoverable(h.db.Now()):
			want = "step " + string(login.StepRecover)
		case f.Cause != "":
			want = "refused " + f.Cause
		}
		told[want]++
		if got != want {
			t.Fatalf("step %d after %s: %+v\nforetold %s by %s (%+v)\ncame     %s", step, what, d, want, f.By, f.Tried, got)
		}
		if out.Step != login.StepCreate || pick(4) {
			continue
		}
		made, err := h.login.Create(t.Context(), caller, out.Login.ID)
		must(t, err)
		if made.Opened == nil || made.User.Login != f.User.Login || made.User.Email != f.User.Email {
			t.Fatalf("step %d: %s was to be made, came %+v", step, f.User.Login, made.User)
		}
		told["made"]++
		people = append(people, made.User)
	}
	t.Log(told)
}

// TestNoAccountForWhatRenewsSomebodys: while somebody looks at the offer of an
// account, a rule links another certificate of the same subject. Its holder has an
// account, and the offer is over, as it would not have been made.
func TestNoAccountForWhatRenewsSomebodys(t *testing.T) {
	h := newHouse(t)
	h.called(h.alice, confirmed("alice@example.org"))
	h.mapping(byEmail())
	h.creation(byUPN())
	const subject = "\x30\x05alice"
	caller := browser()
	l, waits := h.begin(caller), h.issued("new", "ca", subject, "")
	waits.Names = zoe()
	if out := h.shown(caller, l, waits); out.Step != login.StepCreate {
		t.Fatalf("step %s", out.Step)
	}
	linked := h.issued("old", "ca", subject, "")
	linked.Names = []iam.CertificateName{email("alice@example.org")}
	other := browser()
	if out := h.shown(other, h.begin(other), linked); out.Opened == nil || out.Opened.Session.User != h.alice.ID {
		t.Fatalf("alice: step %s", out.Step)
	}
	out, err := h.login.Create(t.Context(), caller, l.ID)
	must(t, err)
	if out.Opened != nil || out.Login.State.Refusal == nil || out.Login.State.Refusal.Cause != login.CauseNotLinked {
		t.Errorf("step %s, opened %v, %+v", out.Step, out.Opened != nil, out.Login.State.Refusal)
	}
	if _, err := h.directory.UserByLogin(t.Context(), h.program, "zoe"); !iam.IsNotFound(err) {
		t.Errorf("an account was made: %v", err)
	}
}
