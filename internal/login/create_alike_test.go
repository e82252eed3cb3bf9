package login_test

import (
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/login"
)

// TestNobodyIsMadeWhoLooksLikeSomebody: people and programs take two accounts that
// read the same for one.
func TestNobodyIsMadeWhoLooksLikeSomebody(t *testing.T) {
	for what, c := range map[string]struct {
		alice, login, want string
	}{
		"another case":                  {"zoé", "ZOÉ", login.CauseAccountTaken},
		"an accent of its own":          {"zoé", "zoe\u0301", login.CauseAccountTaken},
		"an accent in one":              {"zoe\u0301", "zoé", login.CauseAccountTaken},
		"a letter that shows nothing":   {"alice", "alice\u3164", login.CauseAccountFields},
		"a joiner that shows nothing":   {"alice", "al\u034fice", login.CauseAccountFields},
		"a selector that shows nothing": {"alice", "alice\ufe0f", login.CauseAccountFields},
		"a mark of direction":           {"alice", "\u202ealice", login.CauseAccountFields},
		"full width":                    {"alice", "ａlice", login.CauseAccountTaken},
		"a letter of another script":    {"alice", "аlice", login.CauseAccountScripts},      // Cyrillic а
		"a script of its own, no twin":  {"alice", "alicе.roux", login.CauseAccountScripts}, // Cyrillic е
		"all of another script":         {"cope", "соре", login.CauseAccountTaken},          // Cyrillic
		"capitals of another script":    {"bob2", "ВОВ2", login.CauseAccountTaken},          // Cyrillic
		"Latin for what is another":     {"сосо", "COCO", login.CauseAccountTaken},          // Cyrillic first
		"Greek":                         {"kovi", "κονι", login.CauseAccountTaken},
	} {
		t.Run(what, func(t *testing.T) {
			h := newHouse(t)
			h.creation(byUPN())
			h.called(h.alice, func(u *iam.User) { u.Login = c.alice })
			caller := browser()
			out := h.shown(caller, h.begin(caller), h.bearing("card", upn(c.login+"@clinic.example")))
			if out.Step == login.StepCreate || out.Login.State.Refusal == nil || out.Login.State.Refusal.Cause != c.want {
				t.Errorf("step %s, refusal %+v", out.Step, out.Login.State.Refusal)
			}
		})
	}
}

// TestNoMethodOfAnOrganizationMakesAnAddress: a sign that becomes an @ is one.
func TestNoMethodOfAnOrganizationMakesAnAddress(t *testing.T) {
	rule := iam.Creation{Login: iam.MappingRule{Source: iam.NameSubject, Attribute: iam.AttributeCommonName, Field: iam.FieldLogin}, Accepted: true}
	for _, login := range []string{"zoe@clinic.example", "zoe＠clinic.example", "zoe﹫clinic.example"} {
		if u, ok := rule.Account(iam.LevelOrganization, []iam.CertificateName{given(iam.AttributeCommonName, login)}); ok {
			t.Errorf("%q makes %q", login, u.Login)
		}
	}
}

// TestNoAccountHasTheAddressThatIsALogin: whoever signs in as an address, and whoever
// gives a role to one, means one person.
func TestNoAccountHasTheAddressThatIsALogin(t *testing.T) {
	h := newHouse(t)
	h.creation(byUPN())
	h.called(h.alice, func(u *iam.User) { u.Login = "zoe@clinic.example" })
	caller := browser()
	out := h.shown(caller, h.begin(caller), h.bearing("card", zoe()...))
	if out.Login.State.Refusal == nil || out.Login.State.Refusal.Cause != login.CauseAccountTaken {
		t.Errorf("step %s, refusal %+v", out.Step, out.Login.State.Refusal)
	}
}

// TestNoSecondAccountForAnOlderCard: only a newer certificate renews another; but the
// CA gives both to one holder.
func TestNoSecondAccountForAnOlderCard(t *testing.T) {
	const subject = "\x30\x05alice"
	for what, owners := range map[string]int{"of one": 1, "of two people": 2} {
		t.Run(what, func(t *testing.T) {
			h := newHouse(t)
			h.creation(byUPN())
			older := h.issued("older", "ca", subject, "")
			older.Names = zoe()
			h.clock.Advance(time.Hour)
			for i, owner := range []iam.User{h.alice, h.bob}[:owners] {
				h.owned(h.issued([]string{"one", "two"}[i], "ca", subject, ""), owner)
			}
			if owners == 2 { // then a newer one is nobody's renewal either
				older.Certificate.NotBefore = h.db.Now()
			}
			out := h.signs(older)
			if cause(out) != login.CauseNotLinked || out.Step == login.StepCreate {
				t.Errorf("step %s, cause %q", out.Step, cause(out))
			}
			other := h.issued("another", "another ca", subject, "")
			other.Names = zoe()
			if out := h.signs(other); out.Step != login.StepCreate {
				t.Errorf("what another CA calls so: step %s, cause %q", out.Step, cause(out))
			}
		})
	}
}
