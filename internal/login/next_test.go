package login

import (
	"testing"
	"time"

	"signet/internal/iam"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// situation is somebody known and active, without any proof, in front of an
// application that needs no consent. Cases change what they are about.
func situation(change func(*Situation)) Situation {
	s := Situation{
		Login: iam.Login{Purpose: iam.PurposeSignIn}, App: iam.App{ID: "app", SkipConsent: true},
		User: &iam.User{ID: "alice", Status: iam.UserActive}, Now: noon, SessionMethod: iam.Provider{Scope: iam.System()}, Linkable: true,
		Offers: []iam.Offer{{Provider: iam.Provider{Type: iam.ProviderPassword}}, {Provider: iam.Provider{Type: iam.ProviderCertificate}}},
	}
	change(&s)
	return s
}

func TestNext(t *testing.T) {
	byPassword := iam.Proof{Type: iam.ProviderPassword, ACR: iam.ACRPassword}
	byCert := iam.Proof{Type: iam.ProviderCertificate, ACR: iam.ACRPhishingResistant}
	standing := func(s *Situation) {
		s.Session = &iam.Session{User: "alice", ACR: iam.ACRPassword, AuthTime: noon.Add(-10 * time.Minute)}
	}
	ten := int64(600)
	nine := int64(540)
	for _, c := range []struct {
		name string
		s    Situation
		want Step
	}{
		{"nobody known", situation(func(s *Situation) { s.User = nil }), StepChoose},
		{"known but nothing proved", situation(func(*Situation) {}), StepChoose},
		{"password proved", situation(func(s *Situation) { s.Login.State.Proofs = []iam.Proof{byPassword} }), StepDone},
		{"certificate proved", situation(func(s *Situation) { s.Login.State.Proofs = []iam.Proof{byCert} }), StepDone},
		{"a refusal is shown before all else", situation(func(s *Situation) {
			s.Login.State.Proofs = []iam.Proof{byCert}
			s.Login.State.Refusal = &iam.Refusal{Cause: "expired"}
		}), StepRefusal},
		{"proved, but blocked meanwhile", situation(func(s *Situation) {
			s.Login.State.Proofs = []iam.Proof{byCert}
			s.User.Status = iam.UserBlocked
		}), StepChoose},
		{"certificate without an owner, nobody proved", situation(func(s *Situation) {
			s.User, s.Login.State.Unlinked = nil, &iam.Evidence{}
		}), StepChoose},
		{"certificate without an owner, person proved", situation(func(s *Situation) {
			s.Login.State.Unlinked, s.Login.State.Proofs = &iam.Evidence{}, []iam.Proof{byPassword}
		}), StepConfirm},
		{"certificate only, password proved", situation(func(s *Situation) {
			s.App.CertificateOnly, s.Login.State.Proofs = true, []iam.Proof{byPassword}
		}), StepChoose},
		{"certificate only, of a CA that is not accepted", situation(func(s *Situation) {
			s.App.CertificateOnly, s.App.Authorities = true, []iam.Authority{{SHA256: "ours"}}
			s.Login.State.Proofs = []iam.Proof{{Type: iam.ProviderCertificate, Certificate: &iam.Certificate{Authorities: []string{"theirs"}}}}
		}), StepChoose},
		{"certificate only, of a CA that nobody showed", situation(func(s *Situation) {
			s.App.CertificateOnly, s.App.Authorities = true, []iam.Authority{{SHA256: "ours"}}
			s.Login.State.Proofs = []iam.Proof{{Type: iam.ProviderCertificate, Certificate: &iam.Certificate{}}}
		}), StepChoose},
		{"certificate only, of an accepted CA", situation(func(s *Situation) {
			s.App.CertificateOnly, s.App.Authorities = true, []iam.Authority{{SHA256: "ours"}}
			s.Login.State.Proofs = []iam.Proof{{Type: iam.ProviderCertificate, Certificate: &iam.Certificate{Authorities: []string{"below", "ours"}}}}
		}), StepDone},
		{"standing session of a CA that is not accepted", situation(func(s *Situation) {
			standing(s)
			s.App.CertificateOnly, s.App.Authorities, s.Session.Identity = true, []iam.Authority{{SHA256: "ours"}}, "card"
			s.SessionCertificate = &iam.Certificate{Authorities: []string{"theirs"}}
		}), StepChoose},
		{"standing session of a certificate that is gone", situation(func(s *Situation) {
			standing(s)
			s.App.CertificateOnly, s.App.Authorities, s.Session.Identity = true, []iam.Authority{{SHA256: "ours"}}, "card"
		}), StepChoose},
		{"standing session of an accepted CA", situation(func(s *Situation) {
			standing(s)
			s.App.CertificateOnly, s.App.Authorities, s.Session.Identity = true, []iam.Authority{{SHA256: "ours"}}, "card"
			s.SessionCertificate = &iam.Certificate{Authorities: []string{"ours"}}
		}), StepDone},
		{"blocked here, proved", situation(func(s *Situation) {
			s.BlockedHere, s.Login.State.Proofs = true, []iam.Proof{byCert}
		}), StepBarred},
		{"blocked here, standing session", situation(func(s *Situation) { standing(s); s.BlockedHere = true }), StepBarred},
		{"turned away with the standing session", situation(func(s *Situation) { standing(s); s.Login.State.TurnedAway = true }), StepChoose},
		{"blocked here, nothing proved", situation(func(s *Situation) { s.BlockedHere = true }), StepChoose},
		{"members only, no member", situation(func(s *Situation) {
			s.App.MembersOnly, s.Login.State.Proofs = true, []iam.Proof{byCert}
		}), StepBarred},
		{"members only, a member", situation(func(s *Situation) {
			s.App.MembersOnly, s.Member, s.Login.State.Proofs = true, true, []iam.Proof{byCert}
		}), StepDone},
		{"turned away before a certificate is linked", situation(func(s *Situation) {
			s.BlockedHere, s.Login.State.Unlinked, s.Login.State.Proofs = true, &iam.Evidence{}, []iam.Proof{byPassword}
		}), StepBarred},
		{"certificate only, both proved", situation(func(s *Situation) {
			s.App.CertificateOnly, s.Login.State.Proofs = true, []iam.Proof{byPassword, byCert}
		}), StepDone},

		{"standing session", situation(standing), StepDone},
		{"standing session of somebody else", situation(func(s *Situation) { standing(s); s.Session.User = "bob" }), StepChoose},
		// Requirements, last line: a method of one organization is not accepted in another.
		{"standing session of a method of another organization", situation(func(s *Situation) {
			standing(s)
			s.App.Org, s.SessionMethod.Scope = "acme", iam.Organization("zoo")
		}), StepChoose},
		{"standing session of a method of the organization", situation(func(s *Situation) {
			standing(s)
			s.App.Org, s.SessionMethod.Scope = "acme", iam.Organization("acme")
		}), StepDone},
		{"standing session of a method of another application", situation(func(s *Situation) {
			standing(s)
			s.App.Org, s.SessionMethod.Scope = "acme", iam.Application("other", "acme")
		}), StepChoose},
		{"standing session of a blocked person", situation(func(s *Situation) { standing(s); s.User.Status = iam.UserBlocked }), StepChoose},
		{"standing session, prompt=login", situation(func(s *Situation) { standing(s); s.Login.Ask.Prompt = []string{"login"} }), StepChoose},
		{"standing session, prompt=select_account", situation(func(s *Situation) { standing(s); s.Login.Ask.Prompt = []string{"select_account"} }), StepChoose},
		{"standing session as old as max_age", situation(func(s *Situation) { standing(s); s.Login.Ask.MaxAge = &ten }), StepDone},
		{"standing session older than max_age", situation(func(s *Situation) { standing(s); s.Login.Ask.MaxAge = &nine }), StepChoose},
		{"standing session, certificate only", situation(func(s *Situation) { standing(s); s.App.CertificateOnly = true }), StepChoose},
		{"standing session of a certificate, certificate only", situation(func(s *Situation) {
			standing(s)
			s.App.CertificateOnly, s.Session.Identity = true, "card"
		}), StepDone},
		{"standing session, another person is meant", situation(func(s *Situation) { standing(s); s.Login.Ask.Subject = "bob" }), StepChoose},
		{"standing session, this person is meant", situation(func(s *Situation) { standing(s); s.Login.Ask.Subject = "alice" }), StepDone},
		{"standing session, stronger acr wished and reachable", situation(func(s *Situation) {
			standing(s)
			s.Login.Ask.ACRValues = []string{iam.ACRPhishingResistant}
		}), StepChoose},
		{"standing session, stronger acr wished but not reachable", situation(func(s *Situation) {
			standing(s)
			s.Login.Ask.ACRValues, s.Offers = []string{iam.ACRPhishingResistant}, s.Offers[:1]
		}), StepDone},
		{"standing session, stronger acr wished, prompt=none", situation(func(s *Situation) {
			standing(s)
			s.Login.Ask.ACRValues, s.Login.Ask.Prompt = []string{iam.ACRPhishingResistant}, []string{"none"}
		}), StepDone},

		{"consent missing", situation(func(s *Situation) {
			standing(s)
			s.App.SkipConsent, s.Login.Ask.Scopes, s.Consented = false, []string{"openid", "email"}, []string{"openid"}
		}), StepConsent},
		{"consent given before", situation(func(s *Situation) {
			standing(s)
			s.App.SkipConsent, s.Login.Ask.Scopes, s.Consented = false, []string{"openid"}, []string{"email", "openid"}
		}), StepDone},
		{"consent given before, prompt=consent", situation(func(s *Situation) {
			standing(s)
			s.App.SkipConsent, s.Login.Ask.Prompt = false, []string{"consent"}
		}), StepConsent},
		{"consent given now, prompt=consent", situation(func(s *Situation) {
			standing(s)
			s.App.SkipConsent, s.Login.Ask.Prompt, s.Login.State.Consented = false, []string{"consent"}, true
		}), StepDone},
		{"consent missing, nothing proved", situation(func(s *Situation) {
			s.App.SkipConsent, s.Login.Ask.Scopes = false, []string{"openid"}
		}), StepChoose},

		{"link: nothing shown", situation(func(s *Situation) { s.Login.Purpose = iam.PurposeLink }), StepChoose},
		{"link: certificate shown", situation(func(s *Situation) {
			s.Login.Purpose, s.Login.State.Unlinked = iam.PurposeLink, &iam.Evidence{}
		}), StepConfirm},
		{"link: refused", situation(func(s *Situation) {
			s.Login.Purpose, s.Login.State.Refusal = iam.PurposeLink, &iam.Refusal{}
		}), StepRefusal},
		{"link: linked", situation(func(s *Situation) {
			s.Login.Purpose, s.Login.State.Linked = iam.PurposeLink, "card"
		}), StepDone},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Next(c.s); got != c.want {
				t.Errorf("Next = %s, want %s", got, c.want)
			}
		})
	}
}
