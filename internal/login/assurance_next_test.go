package login

import (
	"testing"

	"signet/internal/iam"
)

// What an application requires, wishes, and what the session that stands counts
// for decide whether it does.
func TestNextByAssurance(t *testing.T) {
	card := iam.AssuranceRule{Key: iam.KeyCard}.Assurance()
	own := iam.AssuranceRule{Key: iam.KeyCard, ACR: "urn:example:high"}.Assurance()
	software := iam.AssuranceRule{Key: iam.KeySoftware}.Assurance()
	offering := func(rules ...iam.AssuranceRule) []iam.Offer {
		return []iam.Offer{{Provider: iam.Provider{Type: iam.ProviderPassword}}, {Provider: iam.Provider{
			Type: iam.ProviderCertificate, Settings: iam.ProviderSettings{Certificate: &iam.CertificateSettings{Assurance: rules}},
		}}}
	}
	cards := offering(iam.AssuranceRule{CA: "cards", Key: iam.KeyCard})
	standing := func(a iam.Assurance) func(*Situation) {
		return func(s *Situation) {
			s.Session = &iam.Session{User: "alice", ACR: a.ACR, AMR: a.AMR, Strength: a.Strength, AuthTime: noon}
			s.Offers = cards
		}
	}
	proved := func(a iam.Assurance) func(*Situation) {
		return func(s *Situation) {
			s.Login.State.Proofs = []iam.Proof{{ACR: a.ACR, AMR: a.AMR, Strength: a.Strength}}
			s.Offers = cards
		}
	}
	for _, c := range []struct {
		name    string
		s       Situation
		want    Step
		raising bool
		needed  string // "" nothing, else strength and whether it is required
	}{
		{"requires a card, session of a card", with(standing(card), requiring(iam.StrengthCard)), StepDone, false, ""},
		{"requires a card, session of a software key", with(standing(software), requiring(iam.StrengthCard)), StepChoose, true, "card!"},
		{"requires a card, session of a password", with(standing(iam.PasswordAssurance()), requiring(iam.StrengthCard)), StepChoose, true, "card!"},
		{"requires a certificate, session of headers", with(standing(iam.ForwardedAssurance()), requiring(iam.StrengthKey)), StepChoose, true, "key!"},
		{"requires a certificate, session of a card", with(standing(card), requiring(iam.StrengthKey)), StepDone, false, ""},
		{"requires a card, software key proved", with(proved(software), requiring(iam.StrengthCard)), StepChoose, false, "card!"},
		{"requires a card, card proved", with(proved(card), requiring(iam.StrengthCard)), StepDone, false, ""},
		{"requires a card, silently", with(standing(software), requiring(iam.StrengthCard), asking("none")), StepChoose, true, "card!"},
		{"requires a card, no method gives it", with(standing(software), requiring(iam.StrengthCard), offers(offering())), StepUnmet, true, ""},
		{"requires a card, no method gives it, nobody known", with(requiring(iam.StrengthCard), offers(offering())), StepUnmet, false, ""},
		{"requires a certificate, there are only passwords", with(requiring(iam.StrengthKey), offers(cards[:1])), StepUnmet, false, ""},
		{"requires a card for Signet's own pages, no method gives it", with(requiring(iam.StrengthCard), offers(offering()), func(s *Situation) { s.App.ID = iam.SignetApp }), StepChoose, false, "card!"},
		{"requires a card, the session is somebody else's", with(standing(software), requiring(iam.StrengthCard), func(s *Situation) { s.Session.User = "bob" }), StepChoose, false, "card!"},
		{"requires a card, prompt=login", with(standing(software), requiring(iam.StrengthCard), asking("login")), StepChoose, false, "card!"},
		{"requires a card, as somebody else", with(standing(software), requiring(iam.StrengthCard), func(s *Situation) { s.Login.State.TurnedAway = true }), StepChoose, false, "card!"},
		{"requires a card, going on as one is", with(standing(software), requiring(iam.StrengthCard), func(s *Situation) { s.Login.State.AsIs = true }), StepChoose, true, "card!"},

		{"essential phrh, session of a software key", with(standing(software), essential("phrh")), StepChoose, true, "card!"},
		{"essential phrh or phr, session of a software key", with(standing(software), essential("phrh", "phr")), StepDone, false, ""},
		{"essential own class, session of a card of another", with(standing(card), essential("urn:example:high"), offers(offering(iam.AssuranceRule{Policy: "1.2", Key: iam.KeyCard, ACR: "urn:example:high"}))), StepChoose, true, "own!"},
		{"essential own class, session of it", with(standing(own), essential("urn:example:high")), StepDone, false, ""},
		{"essential own class that nobody gives", with(standing(card), essential("urn:nobody")), StepUnmet, true, ""},
		{"essential own class that nobody gives, silently", with(standing(card), essential("urn:nobody"), asking("none")), StepUnmet, true, ""},
		{"essential password, session of a password", with(standing(iam.PasswordAssurance()), essential(iam.ACRPassword)), StepDone, false, ""},
		{"essential phrh, software key proved", with(proved(software), essential("phrh")), StepChoose, false, "card!"},

		{"wishes phrh, session of a software key", with(standing(software), wishing("phrh")), StepChoose, true, "card?"},
		{"wishes phrh, going on as one is", with(standing(software), wishing("phrh"), func(s *Situation) { s.Login.State.AsIs = true }), StepDone, false, ""},
		{"wishes phrh, software key proved", with(proved(software), wishing("phrh")), StepDone, false, ""},
		{"wishes phrh, nobody known", with(wishing("phrh"), offers(cards)), StepChoose, false, ""},
		{"wishes phrh, silently", with(standing(software), wishing("phrh"), asking("none")), StepDone, false, ""},
		{"wishes phrh, no method gives it", with(standing(software), wishing("phrh"), offers(offering())), StepDone, false, ""},
		{"wishes phrh, requires a certificate", with(standing(iam.PasswordAssurance()), wishing("phrh"), requiring(iam.StrengthKey)), StepChoose, true, "key!"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Next(c.s); got != c.want {
				t.Errorf("Next = %s, want %s", got, c.want)
			}
			if got := raising(c.s); got != c.raising {
				t.Errorf("raising = %t", got)
			}
			if c.want != StepChoose {
				return
			}
			n, any := neededOf(c.s)
			told := map[iam.Strength]string{iam.StrengthCard: "card", iam.StrengthKey: "key"}[n.Strength]
			if n.ACR != "" {
				told = "own"
			}
			if n.Required {
				told += "!"
			} else {
				told += "?"
			}
			if !any {
				told = ""
			}
			if told != c.needed {
				t.Errorf("needed %q, want %q", told, c.needed)
			}
			if any {
				for _, o := range suited(c.s) {
					if o.Provider.Type == iam.ProviderPassword {
						t.Error("a password is offered")
					}
				}
			}
		})
	}
}

// Whoever makes a link to a sign-in chooses the classes that it asks for. Only those
// that can be had are read out to the person.
func TestNeededNamesNoClassOfStrangers(t *testing.T) {
	s := with(offers([]iam.Offer{{Provider: iam.Provider{Type: iam.ProviderCertificate, Settings: iam.ProviderSettings{Certificate: &iam.CertificateSettings{
		Assurance: []iam.AssuranceRule{{Policy: "1.2", Key: iam.KeyCard, ACR: "urn:example:high"}},
	}}}}}), essential("Your account is blocked. Call 555 123", "urn:example:high", "Or 555 321"))
	if n, any := neededOf(s); !any || n.ACR != "urn:example:high" {
		t.Errorf("needed %+v, %v", n, any)
	}
}

func with(changes ...func(*Situation)) Situation {
	return situation(func(s *Situation) {
		for _, change := range changes {
			change(s)
		}
	})
}

func requiring(least iam.Strength) func(*Situation) {
	return func(s *Situation) { s.App.MinStrength = least }
}

func asking(prompt ...string) func(*Situation) {
	return func(s *Situation) { s.Login.Ask.Prompt = prompt }
}

func wishing(acr ...string) func(*Situation) {
	return func(s *Situation) { s.Login.Ask.ACRValues = acr }
}

func essential(acr ...string) func(*Situation) {
	return func(s *Situation) { s.Login.Ask.ACRValues, s.Login.Ask.ACREssential = acr, true }
}

func offers(all []iam.Offer) func(*Situation) { return func(s *Situation) { s.Offers = all } }
