package login_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/session"
	"signet/internal/store"
)

// creation lets the certificate method make accounts.
func (h *house) creation(c *iam.Creation, more ...func(*iam.CertificateSettings)) {
	h.t.Helper()
	p, err := h.providers.Provider(h.t.Context(), h.mtls.ID)
	must(h.t, err)
	settings := *p.Settings.Certificate
	settings.Creation = c
	for _, change := range more {
		change(&settings)
	}
	p.Settings.Certificate = &settings
	must(h.t, h.providers.Change(h.t.Context(), h.program, p))
	h.mtls, err = h.providers.Provider(h.t.Context(), h.mtls.ID)
	must(h.t, err)
}

func byUPN() *iam.Creation {
	return &iam.Creation{Login: iam.MappingRule{Source: iam.NameUPN, Field: iam.FieldLocal, Domain: "clinic.example"}, Email: true, Vouched: true, Accepted: true}
}

func upn(name string) iam.CertificateName {
	return iam.CertificateName{Source: iam.NameUPN, Value: name}
}

func given(attribute, value string) iam.CertificateName {
	return iam.CertificateName{Source: iam.NameSubject, Attribute: attribute, Value: value}
}

func zoe() []iam.CertificateName {
	return []iam.CertificateName{upn("zoe@clinic.example"), email("zoe@clinic.example"), given(iam.AttributeGivenName, "Zoé"), given(iam.AttributeSurname, "Roux")}
}

func TestAccountIsMadeFromACertificate(t *testing.T) {
	h := newHouse(t)
	h.creation(byUPN())
	caller := browser()
	l := h.begin(caller)
	out := h.shown(caller, l, h.bearing("card", zoe()...))
	if out.Step != login.StepCreate || out.Opened != nil {
		t.Fatalf("step %s, opened %v", out.Step, out.Opened != nil)
	}
	v, err := h.login.View(t.Context(), caller, l.ID)
	must(t, err)
	if v.Newcomer.Login != "zoe" || v.Newcomer.Name != "Zoé Roux" || v.Method.ID != h.mtls.ID || v.Registrable {
		t.Errorf("the page tells %+v", v)
	}
	if _, err := h.directory.UserByLogin(t.Context(), h.program, "zoe"); !iam.IsNotFound(err) {
		t.Fatalf("an account before anybody agreed: %v", err)
	}
	out, err = h.login.Create(t.Context(), caller, l.ID)
	must(t, err)
	if out.Opened == nil || out.User.Login != "zoe" || out.User.Email != "zoe@clinic.example" || !out.User.EmailVerified || out.User.GivenName != "Zoé" {
		t.Fatalf("step %s, %+v", out.Step, out.User)
	}
	made := h.wantEvent(iam.EventUserCreated, "", v.Login.State.UnlinkedAttempt)
	if made.Details["by"] != "certificate" || made.User != out.User.ID {
		t.Errorf("the event log says %+v", made)
	}
	h.wantEvent(iam.EventIdentityLinked, "", v.Login.State.UnlinkedAttempt)
	again := browser()
	if next := h.shown(again, h.begin(again), h.bearing("card", zoe()...)); next.Opened == nil || next.Opened.Session.User != out.User.ID {
		t.Errorf("the second sign-in: %s", next.Step)
	}
	if _, err := h.login.Create(t.Context(), caller, l.ID); err == nil {
		t.Error("made twice by one login")
	}
}

func TestNoAccountIsMadeWhereSomebodyIsMeant(t *testing.T) {
	for what, c := range map[string]struct {
		arrange func(h *house)
		names   []iam.CertificateName
		want    string // cause
	}{
		"nobody has agreed": {func(h *house) {
			h.creation(byUPN())
			must(h.t, h.db.Update(h.t.Context(), func(tx *store.Tx) error { // as no form would store it
				p, err := tx.Provider(h.mtls.ID)
				if err != nil {
					return err
				}
				p.Settings.Certificate.Creation.Accepted = false
				return tx.UpdateProvider(p)
			}))
		}, zoe(), login.CauseNotLinked},
		"the login is taken":        {func(h *house) { h.creation(byUPN()) }, []iam.CertificateName{upn("Alice@clinic.example")}, login.CauseAccountTaken},
		"by somebody blocked":       {func(h *house) { h.creation(byUPN()); must(h.t, h.directory.Block(h.t.Context(), h.program, h.bob.ID)) }, []iam.CertificateName{upn("bob@clinic.example")}, login.CauseAccountTaken},
		"the address is somebody's": {func(h *house) { h.called(h.alice, confirmed("zoe@clinic.example")); h.creation(byUPN()) }, zoe(), login.CauseAccountTaken},
		"no field":                  {func(h *house) { h.creation(byUPN()) }, []iam.CertificateName{email("zoe@clinic.example")}, login.CauseAccountFields},
		"two logins":                {func(h *house) { h.creation(byUPN()) }, append(zoe(), upn("root@clinic.example")), login.CauseAccountFields},
		"a login with a space":      {func(h *house) { h.creation(byUPN()) }, []iam.CertificateName{upn("zoe roux@clinic.example")}, login.CauseAccountFields},
		"members only": {func(h *house) {
			h.creation(byUPN())
			h.demand(func(a *iam.App) { a.MembersOnly = true })
		}, zoe(), login.CauseNotLinked},
	} {
		t.Run(what, func(t *testing.T) {
			h := newHouse(t)
			c.arrange(h)
			caller := browser()
			l := h.begin(caller)
			out := h.shown(caller, l, h.bearing("card", c.names...))
			if out.Opened != nil || out.Login.State.Refusal == nil || out.Login.State.Refusal.Cause != c.want || out.Login.State.Creates {
				t.Fatalf("step %s, refusal %+v, creates %v", out.Step, out.Login.State.Refusal, out.Login.State.Creates)
			}
			h.wantEvent(iam.EventSignInRefused, c.want, out.Attempt.ID)
			if _, err := h.login.Create(t.Context(), caller, l.ID); err == nil {
				t.Error("the button makes one all the same")
			}
		})
	}
}

// TestUnlinkedCertificateMakesNoSecondAccount: what was taken off somebody comes back
// by people's hands only.
func TestUnlinkedCertificateMakesNoSecondAccount(t *testing.T) {
	h := newHouse(t)
	h.creation(byUPN())
	link := h.link(h.alice, "card")
	_, err := h.identities.Remove(t.Context(), h.program, h.alice.ID, link.ID)
	must(t, err)
	caller := browser()
	if out := h.shown(caller, h.begin(caller), h.bearing("card", zoe()...)); out.Step == login.StepCreate {
		t.Error("an account is offered")
	}
}

// TestAccountIsMadeOnlyAsThingsStand: between the page and the button everything may
// have changed.
func TestAccountIsMadeOnlyAsThingsStand(t *testing.T) {
	for what, c := range map[string]struct {
		meanwhile func(h *house)
		want      string
	}{
		"the rule went":            {func(h *house) { h.creation(nil) }, login.CauseMethodChanged},
		"the login was taken":      {func(h *house) { h.called(h.bob, func(u *iam.User) { u.Login = "zoe" }) }, login.CauseAccountTaken},
		"an administrator linked":  {func(h *house) { h.link(h.bob, "card") }, login.CauseMethodChanged},
		"the method was taken off": {func(h *house) { must(h.t, h.providers.Switch(h.t.Context(), h.program, h.app.ID, h.mtls.ID, false)) }, login.CauseNotOffered},
	} {
		t.Run(what, func(t *testing.T) {
			h := newHouse(t)
			h.creation(byUPN())
			caller := browser()
			l := h.begin(caller)
			if out := h.shown(caller, l, h.bearing("card", zoe()...)); out.Step != login.StepCreate {
				t.Fatalf("step %s", out.Step)
			}
			h.clock.Advance(1)
			c.meanwhile(h)
			out, err := h.login.Create(t.Context(), caller, l.ID)
			must(t, err)
			if out.Opened != nil || out.Login.State.Refusal == nil || out.Login.State.Refusal.Cause != c.want {
				t.Errorf("opened %v, refusal %+v", out.Opened != nil, out.Login.State.Refusal)
			}
			users, err := h.directory.Users(t.Context(), h.program, "Roux", "")
			must(t, err)
			if len(users) > 0 {
				t.Errorf("an account was made: %+v", users)
			}
		})
	}
}

func TestTwoBrowsersMakeOneAccount(t *testing.T) {
	h := newHouse(t)
	h.creation(byUPN())
	var logins []iam.LoginID
	var callers []iam.Caller
	for range 2 {
		caller := browser()
		l := h.begin(caller)
		if out := h.shown(caller, l, h.bearing("card", zoe()...)); out.Step != login.StepCreate {
			t.Fatalf("step %s", out.Step)
		}
		logins, callers = append(logins, l.ID), append(callers, caller)
	}
	var both sync.WaitGroup
	opened := make([]*session.Opened, 2)
	for i := range 2 {
		both.Go(func() {
			out, err := h.login.Create(t.Context(), callers[i], logins[i])
			if err == nil {
				opened[i] = out.Opened
			}
		})
	}
	both.Wait()
	if (opened[0] == nil) == (opened[1] == nil) {
		t.Errorf("opened %v and %v", opened[0] != nil, opened[1] != nil)
	}
}

// TestSomebodyWithAnAccountTurnsItDown: the certificate waits to be linked where the
// person may link it, and is forgotten where only administrators link.
func TestSomebodyWithAnAccountTurnsItDown(t *testing.T) {
	for _, linking := range []iam.Linking{iam.LinkingSignIn, iam.LinkingProfile, iam.LinkingAdministrators} {
		h := newHouse(t)
		h.creation(byUPN(), func(s *iam.CertificateSettings) { s.SetLinking(linking) })
		caller := browser()
		l := h.begin(caller)
		h.shown(caller, l, h.bearing("card", zoe()...))
		out, err := h.login.GoOn(t.Context(), caller, l.ID, false)
		must(t, err)
		if out.Step != login.StepChoose {
			t.Fatalf("%s: step %s", linking, out.Step)
		}
		out, err = h.login.PassPassword(t.Context(), caller, l.ID, h.password.ID, "alice", rightPassword)
		must(t, err)
		if want := linking == iam.LinkingSignIn; (out.Step == login.StepConfirm) != want {
			t.Errorf("%s: step %s", linking, out.Step)
		}
	}
}

// TestOrganizationMakesItsOwnMembersOnly: whoever runs an organization decides whom
// its certificates name. What they call somebody is nobody else's word.
func TestOrganizationMakesItsOwnMembersOnly(t *testing.T) {
	c := newClinic(t)
	p, err := c.providers.Provider(t.Context(), c.method.ID)
	must(t, err)
	rule := byUPN()
	rule.Vouched = false
	p.Settings.Certificate.Creation = rule
	must(t, c.providers.Change(t.Context(), c.program, p))
	caller := browser()
	l, err := c.login.Begin(t.Context(), caller, login.Request{Purpose: iam.PurposeSignIn, App: c.app.ID})
	must(t, err)
	e := c.card("new card")
	e.Names = zoe()
	if out := c.show(caller, l, e); out.Step != login.StepCreate {
		t.Fatalf("step %s, %+v", out.Step, out.Login.State.Refusal)
	}
	out, err := c.login.Create(t.Context(), caller, l.ID)
	must(t, err)
	u, err := c.directory.UserByLogin(t.Context(), c.program, "zoe")
	must(t, err)
	if u.EmailVerified || !u.LoginChosen || out.Step == login.StepRefusal {
		t.Errorf("%+v, step %s", u, out.Step)
	}
	var roles []iam.Membership
	must(t, c.db.View(t.Context(), func(tx *store.Tx) (err error) { roles, err = tx.Memberships(u.ID); return err }))
	if len(roles) != 1 || roles[0].Role != iam.RoleMember || roles[0].Scope != c.method.Scope {
		t.Errorf("roles %+v", roles)
	}
	// The system's own method does not find them by the name that the clinic gave.
	c.mapping(iam.MappingRule{Source: iam.NameUPN, Field: iam.FieldLocal, Domain: "clinic.example"})
	other := browser()
	if out := c.shown(other, c.begin(other), c.bearing("system card", upn("zoe@clinic.example"))); out.Opened != nil {
		t.Error("a certificate of the system was given to somebody of the clinic's making")
	}
}

func TestFateTellsOfANewAccount(t *testing.T) {
	h := newReplayHouse(t)
	h.creation(byUPN())
	tried := []string{iam.TriedKey, iam.TriedRenewal, iam.TriedCreation}
	for name, want := range map[string]string{"zoe@clinic.example": "", "alice@clinic.example": login.CauseAccountTaken, "zoe@other.example": login.CauseAccountFields} {
		f := h.fateOf(name)
		var ways []string
		for _, way := range f.Tried {
			ways = append(ways, way.Rule)
		}
		if f.Cause != want || !slices.Equal(ways, tried) || (f.By == iam.TriedCreation) != (want == "") || (f.User.Login == "zoe") != (want == "") {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// TestAddressThatIsNoneKeepsNobodyOut: what a CA wrote badly beside a good login is
// left out of the account, and the page says so.
func TestAddressThatIsNoneKeepsNobodyOut(t *testing.T) {
	for _, address := range []string{"zoe at clinic.example", "Zoé <zoe@clinic.example>", "zoe@", strings.Repeat("z", 300) + "@clinic.example"} {
		h := newHouse(t)
		h.creation(byUPN())
		caller := browser()
		l := h.begin(caller)
		if out := h.shown(caller, l, h.bearing("card", upn("zoe@clinic.example"), email(address))); out.Step != login.StepCreate {
			t.Fatalf("%q: step %s, %+v", address, out.Step, out.Login.State.Refusal)
		}
		v, err := h.login.View(t.Context(), caller, l.ID)
		must(t, err)
		if !v.NoAddress || v.Newcomer.Login != "zoe" || v.Newcomer.Email != "" {
			t.Errorf("%q: the page tells %+v, left out %v", address, v.Newcomer, v.NoAddress)
		}
		out, err := h.login.Create(t.Context(), caller, l.ID)
		must(t, err)
		if out.Opened == nil || out.User.Login != "zoe" || out.User.Email != "" || out.User.EmailVerified {
			t.Errorf("%q: step %s, %+v", address, out.Step, out.User)
		}
	}
}
