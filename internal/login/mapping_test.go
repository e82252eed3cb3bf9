package login_test

import (
	"testing"

	"signet/internal/iam"
	"signet/internal/login"
)

func email(address string) iam.CertificateName {
	return iam.CertificateName{Source: iam.NameEmail, Value: address}
}

// mapping gives the certificate method rules.
func (h *house) mapping(rules ...iam.MappingRule) {
	h.t.Helper()
	p, err := h.providers.Provider(h.t.Context(), h.mtls.ID)
	must(h.t, err)
	settings := *p.Settings.Certificate
	settings.Mapping, settings.NamesAccepted = rules, true
	p.Settings.Certificate = &settings
	must(h.t, h.providers.Change(h.t.Context(), h.program, p))
	h.mtls, err = h.providers.Provider(h.t.Context(), h.mtls.ID)
	must(h.t, err)
}

// called changes a person.
func (h *house) called(who iam.User, change func(*iam.User)) {
	h.t.Helper()
	u, err := h.directory.UserByLogin(h.t.Context(), h.program, who.Login)
	must(h.t, err)
	change(&u)
	must(h.t, h.directory.EditUser(h.t.Context(), h.program, u))
}

func confirmed(address string) func(*iam.User) {
	return func(u *iam.User) { u.Email, u.EmailVerified = address, true }
}

// bearing is what the certificate host brings for a certificate with names.
func (h *house) bearing(key string, names ...iam.CertificateName) iam.Evidence {
	e := h.evidence(key)
	e.Names = names
	return *e
}

func byEmail() iam.MappingRule { return iam.MappingRule{Source: iam.NameEmail, Field: iam.FieldEmail} }

func TestRuleFindsThePersonOfACertificate(t *testing.T) {
	h := newHouse(t)
	h.called(h.alice, confirmed("alice@example.org"))
	h.mapping(iam.MappingRule{Source: iam.NameUPN, Field: iam.FieldLocal, Domain: "corp.example"}, byEmail())
	caller := browser()
	out := h.shown(caller, h.begin(caller), h.bearing("card", email("Alice@example.org")))
	if out.Opened == nil || out.Opened.Session.User != h.alice.ID {
		t.Fatalf("step %s, opened %+v", out.Step, out.Opened)
	}
	linked := h.wantEvent(iam.EventIdentityLinked, "", out.Attempt.ID)
	if linked.Details["rule"] != "san_email=email" || linked.User != h.alice.ID {
		t.Errorf("linked by %+v", linked)
	}
	again := browser()
	if out = h.shown(again, h.begin(again), h.bearing("card", email("alice@example.org"))); out.Opened == nil || out.Opened.Session.Identity != linked.Identity {
		t.Errorf("the second sign-in: step %s, %+v", out.Step, out.Opened)
	}
}

func TestRuleThatFindsNobodyOrSeveralLetsNobodyIn(t *testing.T) {
	for what, c := range map[string]struct {
		arrange func(h *house)
		rules   []iam.MappingRule
		names   []iam.CertificateName
		want    string
	}{
		"no rules": {func(h *house) {}, nil, []iam.CertificateName{email("alice@example.org")}, login.CauseNotLinked},
		"an address that is not confirmed": {
			func(h *house) {
				h.called(h.alice, func(u *iam.User) { u.Email, u.EmailVerified = "alice@example.org", false })
			},
			[]iam.MappingRule{byEmail()}, []iam.CertificateName{email("alice@example.org")}, login.CauseNotLinked,
		},
		"an address that two people have": {
			func(h *house) { h.called(h.bob, confirmed("alice@example.org")) },
			[]iam.MappingRule{byEmail()}, []iam.CertificateName{email("alice@example.org")}, login.CauseMappingAmbiguous,
		},
		"two addresses of two people": {
			func(h *house) { h.called(h.bob, confirmed("bob@example.org")) },
			[]iam.MappingRule{byEmail()}, []iam.CertificateName{email("alice@example.org"), email("bob@example.org")}, login.CauseMappingAmbiguous,
		},
		"an earlier rule that finds several, a later one that finds one": {
			func(h *house) { h.called(h.bob, confirmed("alice@example.org")) },
			[]iam.MappingRule{byEmail(), {Source: iam.NameUPN, Field: iam.FieldLogin}},
			[]iam.CertificateName{email("alice@example.org"), {Source: iam.NameUPN, Value: "alice"}}, login.CauseMappingAmbiguous,
		},
		"a blocked person": {
			func(h *house) { must(h.t, h.directory.Block(h.t.Context(), h.program, h.alice.ID)) },
			[]iam.MappingRule{byEmail()}, []iam.CertificateName{email("alice@example.org")}, login.CauseUserBlocked,
		},
		"a name that only looks the same": {
			func(h *house) {}, []iam.MappingRule{{Source: iam.NameUPN, Field: iam.FieldLogin}},
			[]iam.CertificateName{{Source: iam.NameUPN, Value: "al\u0131ce"}, {Source: iam.NameUPN, Value: ""}}, login.CauseNotLinked,
		},
	} {
		t.Run(what, func(t *testing.T) {
			h := newHouse(t)
			h.called(h.alice, confirmed("alice@example.org"))
			c.arrange(h)
			h.mapping(c.rules...)
			caller := browser()
			out := h.shown(caller, h.begin(caller), h.bearing("card", c.names...))
			if out.Opened != nil || out.Login.State.Refusal == nil || out.Login.State.Refusal.Cause != c.want {
				t.Fatalf("opened %v, refusal %+v, want %s", out.Opened, out.Login.State.Refusal, c.want)
			}
			if held, err := h.identities.Of(t.Context(), h.program, h.alice.ID); err != nil || len(held) != 0 {
				t.Errorf("%d identifiers were linked, %v", len(held), err)
			}
		})
	}
}

// A name is less than a link: who was linked keeps the certificate.
func TestRuleNeverBeatsALink(t *testing.T) {
	h := newHouse(t)
	h.called(h.alice, confirmed("alice@example.org"))
	h.link(h.bob, "card")
	h.mapping(byEmail())
	caller := browser()
	out := h.shown(caller, h.begin(caller), h.bearing("card", email("alice@example.org")))
	if out.Opened == nil || out.Opened.Session.User != h.bob.ID {
		t.Errorf("step %s, opened %+v, want bob", out.Step, out.Opened)
	}
	// Nor does it take over what looks like the renewal of somebody else's.
	h = newHouse(t)
	h.called(h.alice, confirmed("alice@example.org"))
	h.owned(h.issued("old", "aa", "\x30\x03bob", ""), h.bob)
	h.mapping(byEmail())
	renewed := h.issued("new", "aa", "\x30\x03bob", "")
	renewed.Names = []iam.CertificateName{email("alice@example.org")}
	caller = browser()
	out = h.shown(caller, h.begin(caller), renewed)
	if out.Opened != nil || out.Login.State.Refusal == nil || out.Login.State.Refusal.Cause != login.CauseMappingAmbiguous {
		t.Errorf("opened %+v, refusal %+v", out.Opened, out.Login.State.Refusal)
	}
}

// What a rule linked ends with the rule, and with what it said.
func TestLinkOfARuleLivesAsLongAsTheRule(t *testing.T) {
	for what, change := range map[string]func(h *house){
		"the rule is gone":       func(h *house) { h.mapping() },
		"the address is another": func(h *house) { h.called(h.alice, confirmed("alice@other.example")) },
		"the address is another's": func(h *house) {
			h.called(h.alice, confirmed("alice@other.example"))
			h.called(h.bob, confirmed("alice@example.org"))
		},
	} {
		t.Run(what, func(t *testing.T) {
			h := newHouse(t)
			h.called(h.alice, confirmed("alice@example.org"))
			h.mapping(byEmail())
			caller := browser()
			if out := h.shown(caller, h.begin(caller), h.bearing("card", email("alice@example.org"))); out.Opened == nil {
				t.Fatalf("step %s", out.Step)
			}
			change(h)
			caller = browser()
			out := h.shown(caller, h.begin(caller), h.bearing("card", email("alice@example.org")))
			if out.Opened != nil || out.Login.State.Refusal == nil || out.Login.State.Refusal.Cause != login.CauseMappingMoved {
				t.Errorf("opened %+v, refusal %+v", out.Opened, out.Login.State.Refusal)
			}
		})
	}
}

// Who administers an organization cannot name people of another, nor of none.
func TestRuleOfAnOrganizationFindsItsMembersOnly(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.called(h.alice, confirmed("alice@example.org"))
	h.called(h.bob, confirmed("bob@example.org"))
	org, err := h.directory.CreateOrg(ctx, h.program, iam.Org{Name: "Clinic", Handle: "clinic"})
	must(t, err)
	in := iam.Scope{Level: iam.LevelOrganization, Org: org.ID}
	_, err = h.directory.AddMember(ctx, h.program, in, "bob", iam.RoleMember)
	must(t, err)
	method, err := h.providers.Create(ctx, h.program, iam.Provider{
		Scope: in, Type: iam.ProviderCertificate, Name: "Clinic cards", Public: true,
		Settings: iam.ProviderSettings{Certificate: &iam.CertificateSettings{Anchors: "unused here", Mapping: []iam.MappingRule{byEmail()}, NamesAccepted: true}},
	})
	must(t, err)
	app, _, err := h.directory.CreateApp(ctx, h.program, iam.App{Org: org.ID, Name: "Ward", RedirectURIs: []string{"https://ward.example/callback"}, SkipConsent: true})
	must(t, err)
	must(t, h.providers.Switch(ctx, h.program, app.ID, method.ID, true))
	h.app, h.mtls = app, method
	for address, want := range map[string]string{"alice@example.org": login.CauseNotLinked, "bob@example.org": ""} {
		caller := browser()
		out := h.shown(caller, h.begin(caller), h.bearing("card of "+address, email(address)))
		cause := ""
		if out.Login.State.Refusal != nil {
			cause = out.Login.State.Refusal.Cause
		}
		if cause != want || (out.Opened != nil) != (want == "") {
			t.Errorf("%s: opened %v, cause %q, want %q", address, out.Opened != nil, cause, want)
		}
	}
}

// Whoever registers under the login of a colleague who has never been here is not
// given the colleague's certificate, also after the registration was closed. What
// an administrator calls somebody counts.
func TestRuleDoesNotBelieveALoginThatAStrangerChose(t *testing.T) {
	for _, rule := range []iam.MappingRule{
		{Source: iam.NameUPN, Field: iam.FieldLocal, Domain: "corp.example"}, {Source: iam.NameSubject, Attribute: "2.5.4.5", Field: iam.FieldLogin},
	} {
		t.Run(rule.Text(), func(t *testing.T) {
			h := newHouse(t)
			h.openRegistration(true)
			caller := browser()
			made, err := h.register(caller, h.begin(caller), "carol")
			must(t, err)
			h.openRegistration(false)
			h.mapping(rule)
			names := []iam.CertificateName{{Source: iam.NameUPN, Value: "carol@corp.example"}, {Source: iam.NameSubject, Attribute: "2.5.4.5", Value: "carol"}}
			caller = browser()
			out := h.shown(caller, h.begin(caller), h.bearing("card", names...))
			if out.Opened != nil || out.Login.State.Refusal == nil || out.Login.State.Refusal.Cause != login.CauseNotLinked {
				t.Fatalf("opened %v, refusal %+v", out.Opened, out.Login.State.Refusal)
			}
			h.called(made.User, func(u *iam.User) { u.Name = "Carol" }) // is no word about the login
			caller = browser()
			if out := h.shown(caller, h.begin(caller), h.bearing("card", names...)); out.Opened != nil {
				t.Error("after an edit of something else the login counts")
			}
			h.called(made.User, func(u *iam.User) { u.Login = "eve" })
			made.User.Login = "eve"
			h.called(made.User, func(u *iam.User) { u.Login = "carol" })
			caller = browser()
			if out := h.shown(caller, h.begin(caller), h.bearing("card", names...)); out.Opened == nil {
				t.Errorf("a login that an administrator gave does not count: %+v", out.Login.State.Refusal)
			}
		})
	}
}

// A certificate that its person gave up, as when the card was stolen, no rule gives
// back; linked anew by whoever is signed in, it is theirs as before.
func TestRuleDoesNotLinkAgainWhatWasUnlinked(t *testing.T) {
	h := newHouse(t)
	h.called(h.alice, confirmed("alice@example.org"))
	h.mapping(byEmail())
	caller := browser()
	out := h.shown(caller, h.begin(caller), h.bearing("card", email("alice@example.org")))
	if out.Opened == nil {
		t.Fatalf("step %s", out.Step)
	}
	caller.User, caller.Session = h.alice.ID, out.Opened.Session.ID
	_, err := h.identities.Remove(t.Context(), caller, h.alice.ID, out.Opened.Session.Identity)
	must(t, err)
	thief := browser()
	out = h.shown(thief, h.begin(thief), h.bearing("card", email("alice@example.org")))
	if out.Opened != nil || out.Login.State.Refusal == nil || out.Login.State.Refusal.Cause != login.CauseNotLinked {
		t.Fatalf("opened %v, refusal %+v", out.Opened, out.Login.State.Refusal)
	}
	other := browser()
	if out = h.shown(other, h.begin(other), h.bearing("another card", email("alice@example.org"))); out.Opened == nil {
		t.Errorf("her other card: step %s", out.Step)
	}
	h.link(h.alice, "card")
	if _, out := h.signIn("card"); out.User.ID != h.alice.ID {
		t.Errorf("linked anew it signs in %q", out.User.Login)
	}
}

// Nor what a proxy had only described: once it is shown, it is known by the fingerprint
// of either form.
func TestRuleDoesNotLinkWhatWasUnlinkedAsDescribed(t *testing.T) {
	for what, c := range map[string]struct {
		described, shown, mirror string
		linked                   bool
	}{
		"as it was described": {"aa", "aa", "bb", false},
		"in the other form":   {"aa", "bb", "aa", false},
		"another certificate": {"aa", "cc", "dd", true},
		"without any":         {"", "", "", true},
	} {
		h := newHouse(t)
		h.called(h.alice, confirmed("alice@example.org"))
		h.mapping(byEmail())
		described := *h.evidence("described:x")
		described.Described, described.Certificate = true, &iam.Certificate{Described: true, SHA1: c.described, Serial: "01", IssuerSPKI: "ca"}
		i := h.owned(described, h.alice)
		_, err := h.identities.Remove(t.Context(), h.program, h.alice.ID, i.ID)
		must(t, err)
		shown := h.bearing("card", email("alice@example.org"))
		own := *shown.Certificate
		own.SHA1, own.MirrorSHA1 = c.shown, c.mirror
		shown.Certificate = &own
		thief := browser()
		if out := h.shown(thief, h.begin(thief), shown); (out.Opened != nil) != c.linked {
			t.Errorf("%s: step %s, refusal %+v", what, out.Step, out.Login.State.Refusal)
		}
	}
}
