package login_test

import (
	"testing"

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
