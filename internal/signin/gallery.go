package signin

import (
	"net/http"
	"strings"
	"time"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/web"
)

// Gallery returns every page of the room in every state, drawn with sample
// data.
func (room *Room) Gallery() []web.Specimen {
	page := func(name, state string, v login.View, failed chooseError) web.Specimen {
		return web.Specimen{Room: "signin", Page: name, State: state, Show: func(w http.ResponseWriter, r *http.Request) { room.draw(w, r, v, failed) }}
	}
	password := iam.Offer{Provider: iam.Provider{ID: "p", Type: iam.ProviderPassword, Name: "Password"}, Main: true}
	mtls := iam.Offer{Provider: iam.Provider{ID: "c", Type: iam.ProviderCertificate, Name: "mTLS"}, Main: true}
	card := mtls
	card.Provider.Name, card.Main = "Carte agent", false
	base := login.View{
		Login: iam.Login{ID: "sample", Purpose: iam.PurposeSignIn, App: "app"}, Step: login.StepChoose,
		App: iam.App{ID: "app", Name: "Dossiers patients", RedirectURIs: []string{"https://dossiers.example/callback"}}, Method: mtls.Provider,
		Offers: []iam.Offer{password, mtls}, User: iam.User{Login: "alice", Name: "Alice Martin"},
	}
	with := func(change func(*login.View)) login.View {
		v := base
		change(&v)
		return v
	}
	sample := &iam.Certificate{
		Subject: "CN=Alice Martin,OU=Cardiologie,O=Hôpital Saint-Louis,C=FR", CommonName: "Alice Martin", Issuer: "CN=Hôpital Saint-Louis Personnes CA,C=FR", IssuerName: "Hôpital Saint-Louis Personnes CA",
		Serial: "4F3A99C1D27B", NotBefore: time.Date(2025, 3, 1, 8, 0, 0, 0, time.UTC), NotAfter: time.Date(2026, 9, 30, 8, 0, 0, 0, time.UTC),
		KeyType: "ECDSA P-256", SHA256: strings.Repeat("9f86d081884c7d65", 4),
	}
	renewed := new(iam.Certificate)
	*renewed = *sample
	renewed.Serial, renewed.NotBefore, renewed.NotAfter = "5B01C2D388FE", sample.NotAfter.AddDate(0, -1, 0), sample.NotAfter.AddDate(2, 0, 0)
	long := *sample
	long.CommonName = strings.Repeat("Maximilienne-Alexandrine ", 6)
	long.Subject = "CN=" + long.CommonName + strings.Repeat(",OU=Service-des-très-longues-dénominations", 4)

	specimens := []web.Specimen{
		page("choose", "password and certificate", base, chooseError{}),
		page("choose", "accounts can be created", with(func(v *login.View) { v.Registrable = true }), chooseError{}),
		page("choose", "certificate to link, accounts can be created", with(func(v *login.View) {
			v.Registrable, v.Login.State.Unlinked = true, &iam.Evidence{Provider: "c", Certificate: sample}
		}), chooseError{}),
		page("choose", "certificate only", with(func(v *login.View) { v.CertificateNeeded = true }), chooseError{}),
		page("choose", "smart card required", with(func(v *login.View) {
			v.Needed, v.Offers = &login.Needed{Strength: iam.StrengthCard, Required: true}, []iam.Offer{mtls}
		}), chooseError{}),
		page("choose", "smart card required, signed in with less", with(func(v *login.View) {
			v.Needed, v.Raising, v.Offers = &login.Needed{Strength: iam.StrengthCard, Required: true}, true, []iam.Offer{mtls}
		}), chooseError{}),
		page("choose", "class wished for, signed in with less", with(func(v *login.View) {
			v.Needed, v.Raising, v.Offers = &login.Needed{ACR: "https://refeds.org/profile/mfa"}, true, []iam.Offer{mtls}
		}), chooseError{}),
		page("choose", "many methods", with(func(v *login.View) { v.Offers = []iam.Offer{password, mtls, card, card, card} }), chooseError{}),
		page("choose", "wrong password", base, chooseError{Name: "alice", Cause: "wrong_password", Attempt: "k7qm-2xwe-pd"}),
		page("choose", "too many tries", base, chooseError{Name: "alice", Cause: "too_many_tries", Params: map[string]string{"Minutes": "12"}, Attempt: "k7qm-2xwe-pd"}),
		page("choose", "certificate to link", with(func(v *login.View) { v.Login.State.Unlinked = &iam.Evidence{Provider: "c", Certificate: sample} }), chooseError{}),
		page("choose", "empty", with(func(v *login.View) { v.Offers = nil }), chooseError{}),
		page("choose", "long names", with(func(v *login.View) {
			v.App.Name = "Système intégré de gestion des dossiers administratifs et médicaux du groupement hospitalier"
			named := mtls
			named.Provider.Name = "Carte de professionnel de santé du groupement"
			v.Offers = []iam.Offer{password, named}
		}), chooseError{}),
		page("choose", "link in the profile", with(func(v *login.View) { v.Login.Purpose = iam.PurposeLink }), chooseError{}),
		page("confirm", "from the profile", with(func(v *login.View) {
			v.Login.Purpose, v.Step = iam.PurposeLink, login.StepConfirm
			v.Login.State.Unlinked = &iam.Evidence{Provider: "c", Certificate: sample}
		}), chooseError{}),
		page("confirm", "in a sign-in", with(func(v *login.View) {
			v.Step, v.Login.State.Unlinked = login.StepConfirm, &iam.Evidence{Provider: "c", Certificate: &long}
		}), chooseError{}),
		page("recover", "asked", with(func(v *login.View) {
			v.Step, v.User = login.StepRecover, iam.User{ID: "u", Login: "alice", Name: "Alice Martin", Status: iam.UserDeleted, StatusAt: sample.NotAfter.AddDate(-1, 0, 0)}
		}), chooseError{}),
		page("renew", "the old one is valid", with(func(v *login.View) {
			v.Step, v.Login.State.Unlinked = login.StepRenew, &iam.Evidence{Provider: "c", Certificate: renewed, At: sample.NotAfter.AddDate(0, -1, 0)}
			v.Renews, v.Holder = iam.Identity{Certificate: sample}, v.User
		}), chooseError{}),
		page("renew", "the old one has expired, long names", with(func(v *login.View) {
			v.Step, v.Login.State.Unlinked = login.StepRenew, &iam.Evidence{Provider: "c", Certificate: &long, At: sample.NotAfter.AddDate(0, 1, 0)}
			v.Renews, v.Holder = iam.Identity{Certificate: sample}, v.User
		}), chooseError{}),
		page("consent", "full", with(func(v *login.View) {
			v.Login.Ask.Host = "dossiers.example"
			v.Step, v.Login.Ask.Scopes = login.StepConsent, []string{"openid", "profile", "email", "offline_access", "records.read"}
		}), chooseError{}),
		{Room: "signin", Page: "over", State: "signed in", Show: func(w http.ResponseWriter, r *http.Request) { room.drawOver(w, r, true) }},
		{Room: "signin", Page: "over", State: "not signed in", Show: func(w http.ResponseWriter, r *http.Request) { room.drawOver(w, r, false) }},
		page("add", "required", with(func(v *login.View) { v.Step, v.Missing = login.StepAdd, []iam.Provider{mtls.Provider} }), chooseError{}),
		page("add", "administrators only", with(func(v *login.View) {
			only := mtls.Provider
			only.Settings.Certificate = &iam.CertificateSettings{LinkByAdministrators: true}
			v.Step, v.Missing = login.StepAdd, []iam.Provider{only}
		}), chooseError{}),
		page("expiring", "another can be added", with(func(v *login.View) {
			v.Step, v.Login.State.Expiring = login.StepExpiring, "i"
			v.Login.State.Proofs = []iam.Proof{{Identity: "i", Certificate: sample}}
		}), chooseError{}),
		page("expiring", "administrators only, long names", with(func(v *login.View) {
			v.Step, v.Login.State.Expiring, v.Offers = login.StepExpiring, "i", []iam.Offer{password}
			v.Login.State.Proofs = []iam.Proof{{Identity: "i", Certificate: &long}}
		}), chooseError{}),
		page("create", "full", with(func(v *login.View) {
			v.Step, v.Login.State.Unlinked = login.StepCreate, &iam.Evidence{Provider: "c", Certificate: sample}
			v.Newcomer = iam.User{Login: "amartin", Name: "Alice Martin", Email: "alice.martin@clinic.example"}
		}), chooseError{}),
		page("create", "an address that is none", with(func(v *login.View) {
			v.Step, v.Login.State.Unlinked = login.StepCreate, &iam.Evidence{Provider: "c", Certificate: sample}
			v.Newcomer, v.NoAddress = iam.User{Login: "amartin", Name: "Alice Martin"}, true
		}), chooseError{}),
		page("create", "long names, nothing else", with(func(v *login.View) {
			v.Step, v.Login.State.Unlinked = login.StepCreate, &iam.Evidence{Provider: "c", Certificate: &long}
			v.Newcomer = iam.User{Login: strings.Repeat("maximilienne-alexandrine.", 4)}
		}), chooseError{}),
		page("tried", "accepted", with(func(v *login.View) {
			v.Step, v.Tested, v.Login.State.Trial = login.StepTried, v.User, &iam.Trial{Attempt: "k7qm-2xwe-pd", Certificate: sample, Checks: sampleChecks(true), User: "alice", Tried: []iam.Tried{
				{Rule: iam.TriedKey}, {Rule: "subject:2.5.4.5=login"}, {Rule: "san_upn=login_local@clinic.example", Found: 1},
			}}
		}), chooseError{}),
		page("tried", "nobody's", with(func(v *login.View) {
			v.Step, v.Login.State.Trial = login.StepTried, &iam.Trial{Attempt: "k7qm-2xwe-pd", Cause: login.CauseNotLinked, Certificate: &long, Checks: sampleChecks(true), Tried: []iam.Tried{{Rule: iam.TriedKey}, {Rule: iam.TriedRenewal}}}
		}), chooseError{}),
		page("tried", "refused", with(func(v *login.View) {
			v.Step, v.Login.State.Trial = login.StepTried, &iam.Trial{Attempt: "k7qm-2xwe-pd", Cause: "wrong_purpose", Certificate: sample, Checks: sampleChecks(false)}
		}), chooseError{}),
		page("tried", "nothing sent", with(func(v *login.View) {
			v.Step, v.Login.State.Trial = login.StepTried, &iam.Trial{Attempt: "k7qm-2xwe-pd", Cause: "no_certificate"}
		}), chooseError{}),
		{Room: "signin", Page: "signed out", State: "full", Show: room.signedOut},
	}
	known := []accountRow{
		{Person: web.Person{Name: "Alice Martin", Detail: "alice"}, Icon: "certificate"},
		{Index: 1, Person: web.Person{Name: strings.Repeat("Maximilienne-Alexandrine ", 3), Detail: "maximilienne.alexandrine@groupement-hospitalier.example"}, Icon: "password"},
	}
	dressed := func(state string, v login.View, change func(*choosePage)) {
		specimens = append(specimens, web.Specimen{Room: "signin", Page: "choose", State: state, Show: func(w http.ResponseWriter, r *http.Request) {
			status, view, data := room.choosePage(r, v, chooseError{})
			change(&data)
			room.choose.Show(w, r, status, web.Dressed(view, v.App.ID, v.Look), data)
		}})
	}
	dressed("accounts of this browser", base, func(data *choosePage) { data.Accounts = known })
	specimens = append(specimens, web.Specimen{Room: "signin", Page: "choose", State: "certificate of the last time", Show: func(w http.ResponseWriter, r *http.Request) {
		status, view, data := room.choosePage(r, base, chooseError{})
		data.Accounts, data.Anew = known[:1], []web.Method{{ID: "c", Text: web.Language(r, "").T("signin.retry")}}
		room.choose.Show(w, r, status, web.Dressed(view, base.App.ID, base.Look), data)
	}})
	dressed("the password", base, func(data *choosePage) {
		data.Password.Name, data.Password.Person = "alice", &web.Person{Name: "Alice Martin", Detail: "alice"}
		data.Methods.Main = nil
	})
	dressed("adapted", with(func(v *login.View) {
		v.Look = iam.Look{
			Title: "Bienvenue dans Dossiers patients", Inside: "<p>Insérez votre <strong>carte</strong> avant de commencer.</p>", Below: `<p>Besoin d’aide ? <a href="https://aide.example">Écrivez-nous</a>.</p>`,
			Footer: "© Hôpital Saint-Louis", Links: []iam.FooterLink{{Label: "Confidentialité", URL: "https://hopital.example/confidentialite"}},
		}
	}), func(*choosePage) {})
	specimens = append(specimens, room.registerSpecimens(base, sample)...)
	for _, cause := range Causes() {
		specimens = append(specimens, page("refusal", cause, with(func(v *login.View) {
			refusal := &iam.Refusal{Attempt: "k7qm-2xwe-pd", Cause: cause, Provider: "c", Certificate: sample,
				Params: map[string]string{"Person": "Alice Martin", "Authorities": "Autorité nationale des soignants, Ministère CA"}}
			if cause == "no_certificate" || cause == "internal" || strings.HasPrefix(cause, "attempt_") ||
				cause == login.CauseBlockedInApp || cause == login.CauseMembersOnly {
				refusal.Certificate = nil
			}
			v.Step, v.Login.State.Refusal = login.StepRefusal, refusal
			switch cause {
			case login.CauseNotLinked:
				v.Registrable = true
				v.Login.State.Unlinked = &iam.Evidence{Provider: "c", Certificate: sample}
			case login.CauseLinkedToYou, login.CauseLinkedToOther:
				v.Login.Purpose, v.Login.App = iam.PurposeLink, iam.SignetApp
			}
		}), chooseError{}))
	}
	return specimens
}

// registerSpecimens draw the form of a new account.
func (room *Room) registerSpecimens(base login.View, sample *iam.Certificate) (specimens []web.Specimen) {
	form := func(state string, change func(*login.View), in registerInput, wrong *iam.Error) {
		v := base
		v.Registrable = true
		change(&v)
		specimens = append(specimens, web.Specimen{Room: "signin", Page: "register", State: state, Show: func(w http.ResponseWriter, r *http.Request) {
			room.drawRegister(w, r, v, in, wrong)
		}})
	}
	plain, typed := func(*login.View) {}, registerInput{Login: "alice", Name: "Alice Martin", Email: "alice@hopital.example"}
	attempt := map[string]string{"Login": "alice", "Minutes": "42", "Attempt": "k7qm-2xwe-pd", "Min": "12", "Kinds": "3"}
	form("empty", plain, registerInput{}, nil)
	form("with a certificate", func(v *login.View) { v.Login.State.Unlinked = &iam.Evidence{Provider: "c", Certificate: sample} }, registerInput{Name: "Alice Martin"}, nil)
	form("login taken", plain, typed, &iam.Error{Kind: iam.KindConflict, Field: "login", Cause: "login_taken", Params: attempt})
	form("strict rules, too short", func(v *login.View) { v.Rules = iam.Settings{PasswordLength: 12, PasswordKinds: 3} }, typed,
		&iam.Error{Kind: iam.KindInvalid, Field: "password", Cause: "password_too_short", Params: attempt})
	form("passwords differ, long names", func(v *login.View) { v.App.Name = strings.Repeat("Système intégré ", 6) },
		registerInput{Login: strings.Repeat("maximilienne.", 7), Name: strings.Repeat("Maximilienne-Alexandrine ", 6)}, iam.Invalid("again", "passwords_differ"))
	form("too many", plain, typed, &iam.Error{Kind: iam.KindLimited, Cause: "too_many_registrations", Params: attempt})
	return append(specimens, web.Specimen{Room: "signin", Page: "register", State: "closed", Show: func(w http.ResponseWriter, r *http.Request) {
		room.drawRegisterClosed(w, r, base, "k7qm-2xwe-pd")
	}})
}

func sampleChecks(good bool) []iam.Check {
	checks := []iam.Check{
		{Name: "path", OK: true, Detail: "CN=Alice Martin ← CN=Hôpital Saint-Louis Personnes CA", Source: "RFC 5280, section 6.1"},
		{Name: "dates", OK: true, Detail: "from 2025-03-01 to 2026-09-30", Source: "RFC 5280, section 4.1.2.5"},
		{Name: "purpose", OK: good, Detail: "extendedKeyUsage names client authentication", Source: "RFC 5280, section 4.2.1.12"},
		{Name: "strength", OK: true, Detail: "ECDSA P-256, ECDSA-SHA256", Source: "NIST SP 800-57 Part 1 Rev. 5, section 5.6"},
		{Name: "depth", OK: true, Detail: "0 of at most 3", Source: "RFC 5280, section 4.2.1.9"},
	}
	if !good {
		checks[2].Detail = "extendedKeyUsage does not name client authentication"
	}
	return checks
}
