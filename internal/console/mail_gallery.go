package console

import (
	"net/http"
	"strings"
	"time"

	"signet/internal/iam"
	"signet/internal/notify"
	"signet/internal/web"
)

// sampleMessages are messages in every state.
func sampleMessages(now time.Time) []iam.Message {
	letter := iam.Letter{
		Greeting: "Bonjour Alice Martin,", Lead: "Désormais, la personne qui détient ce certificat peut se connecter en votre nom.",
		Facts:  []iam.LetterFact{{Term: "Certificat\u00a0:", Text: "Alice Martin"}, {Term: "Émis par\u00a0:", Text: "Saint-Louis Personnes CA"}, {Term: "Depuis l’adresse\u00a0:", Text: "2001:db8:4f2:1::8c21"}},
		Button: "Ouvrir votre profil", Link: "https://id.hopital.example/profile", Next: "Ce n’était pas vous\u202f? Prévenez votre administrateur.",
		Closing: "Hôpital Saint-Louis · https://id.hopital.example",
	}
	message := func(id string, ago time.Duration, kind iam.MessageKind, state iam.MessageState, to, subject string) iam.Message {
		return iam.Message{
			ID: iam.MessageID(id), Kind: kind, User: "alice", To: to, Locale: "fr", Subject: subject, Letter: letter, State: state, CreatedAt: now.Add(-ago), WaitsSince: now.Add(-ago),
		}
	}
	waiting := message("1", 4*time.Minute, iam.MessageIdentityLinked, iam.MessageWaiting, "alice@example.org", "Un certificat a été lié à votre compte")
	waiting.Tries, waiting.Fault, waiting.Answer, waiting.NextTryAt = 2, string(notify.FaultRecipientRefused), "451 4.7.1 Greylisted, try again later", now.Add(3*time.Minute)
	sent := message("2", time.Hour, iam.MessagePasswordLink, iam.MessageSent, "bob@example.org", "Choose your password")
	sent.Secret, sent.Letter.Link, sent.Tries, sent.Answer, sent.DoneAt = true, "", 1, "2.0.0 Ok: queued as 4F2C81A0", now.Add(-time.Hour)
	failed := message("3", 80*time.Hour, iam.MessageCertificateExpires, iam.MessageFailed,
		"maximiliane-alexandra.von-und-zu-hohenstein-wartenberg@direction-des-affaires-juridiques.example.org", "Votre certificat expire le 3 décembre 2026 "+strings.Repeat("et autrement ", 4))
	failed.Tries, failed.Fault, failed.Answer, failed.DoneAt = 1, string(notify.FaultRecipientRefused), "550 5.1.1 <x>: Recipient address rejected: User unknown", now.Add(-80*time.Hour)
	unsent := message("4", 30*24*time.Hour, iam.MessageIdentityUsed, iam.MessageUnsent, "alice@example.org", "Première connexion avec un certificat")
	return []iam.Message{waiting, sent, failed, unsent}
}

// sampleWarnings are one of each.
func sampleWarnings(now time.Time) []notify.Warning {
	method := iam.Provider{Name: "Carte agent"}
	return []notify.Warning{
		{Kind: iam.MessageAuthorityExpires, Provider: method, Authority: "Saint-Louis Personnes CA", Until: now.AddDate(0, 0, 41)},
		{Kind: iam.MessageListOutdated, Provider: method, Authority: "Saint-Louis Externes CA", Until: now.Add(-time.Hour)},
	}
}

func (s sample) expiring() []iam.ExpiringIdentity {
	people := s.people()
	one := func(u iam.User, name string, days int, used time.Duration) iam.ExpiringIdentity {
		e := iam.ExpiringIdentity{User: u, Identity: iam.Identity{ID: iam.IdentityID(name), User: u.ID, Certificate: s.certificate(name, "Example Client CA", -700, days)}}
		if used != 0 {
			e.Identity.LastUsedAt = s.now.Add(-used)
		}
		return e
	}
	return []iam.ExpiringIdentity{one(people[0], "Alice Martin", 1, time.Hour), one(people[1], "Bob", 5, 0), one(people[3], people[3].Name, 28, 40*24*time.Hour)}
}

func (room *Room) expiringSpecimens(add specimenOf) {
	show := func(state string, days int, after iam.IdentityID, list func(sample) []iam.ExpiringIdentity) {
		add("expiring certificates", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			view := s.view(tabSettings, "expiring.title")
			view.LeadKey, view.Wide, view.Crumbs = "expiring.lead", true, []web.Link{{Label: s.words.T("console.settings_title"), URL: tabSettings}}
			room.expiring.Show(w, r, http.StatusOK, view, expiringPageOf(s.words, list(s), days, after, s.now))
		})
	}
	show("full", 30, "", sample.expiring)
	show("empty", 7, "", func(sample) []iam.ExpiringIdentity { return nil })
	show("many", 45, "x", func(s sample) (many []iam.ExpiringIdentity) {
		for len(many) <= expiringPageSize {
			many = append(many, s.expiring()...)
		}
		return many
	})
}

func (room *Room) mailSpecimens(add specimenOf) {
	crumbs := func(s sample, view web.View) web.View {
		view.Crumbs = []web.Link{{Label: s.words.T("console.settings_title"), URL: tabSettings}, {Label: s.words.T("mail.title"), URL: pathMail}}
		return view
	}
	set := iam.MailSettings{Server: "mail.hopital.example", Port: 465, TLS: iam.MailImplicit, User: "signet", Password: []byte{1}, From: "signet@hopital.example", KeepDays: 30, Version: 2}
	plain := iam.MailSettings{Server: "localhost", Port: 25, TLS: iam.MailPlain, From: "signet@hopital.example", KeepDays: 30, Version: 2}
	form := func(state string, stored iam.MailSettings, in mailInput, address string, wrong *iam.Error, came func(sample) *web.Banner) {
		add("mail", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			view := crumbs(s, s.view(tabSettings, "mail.title"))
			view.LeadKey, view.Crumbs = "mail.lead", view.Crumbs[:1]
			room.mail.Show(w, r, http.StatusOK, view, mailOf(s.words, stored, in, address, wrong, came(s)))
		})
	}
	room.expiringSpecimens(add)
	nothing := func(sample) *web.Banner { return nil }
	const me = "ada@hopital.example"
	form("empty", iam.MailSettings{}, mailInput{}, me, nil, nothing)
	form("set up", set, inputOfMail(set), me, nil, nothing)
	form("plain", plain, inputOfMail(plain), "", nil, nothing)
	form("error", iam.MailSettings{}, mailInput{Server: "mail.hopital.example", TLS: "plain", Port: "25"}, me, iam.Invalid("tls", "mail_plain_elsewhere"), nothing)
	form("test went well", set, inputOfMail(set), me, nil, func(s sample) *web.Banner {
		return cameOf(s.words, notify.Probe{TLS: "TLS 1.3", Login: true, Answer: "2.0.0 Ok: queued as 4F2C81A0"}, me)
	})
	form("test failed", set, inputOfMail(set), me, nil, func(s sample) *web.Banner {
		return cameOf(s.words, notify.Probe{Fault: notify.FaultTLSCertificate, Answer: "x509: certificate is valid for relay.other.example, not mail.hopital.example"}, me)
	})

	list := func(state string, f iam.MessageFilter, counts map[iam.MessageState]int64, on bool, messages func(time.Time) []iam.Message) {
		add("outbox", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			view := crumbs(s, s.view(tabSettings, "outbox.title"))
			view.LeadKey, view.Wide = "outbox.lead", true
			room.outbox.Show(w, r, http.StatusOK, view, outboxOf(s.words, f, messages(s.now), counts, on, s.now))
		})
	}
	some := map[iam.MessageState]int64{iam.MessageWaiting: 1, iam.MessageSent: 12873, iam.MessageFailed: 1, iam.MessageUnsent: 1}
	none := func(time.Time) []iam.Message { return nil }
	list("full", iam.MessageFilter{}, some, true, sampleMessages)
	list("empty", iam.MessageFilter{}, nil, false, none)
	list("filtered empty", iam.MessageFilter{State: iam.MessageFailed}, some, true, none)
	list("many", iam.MessageFilter{Before: "x"}, some, true, func(now time.Time) (many []iam.Message) {
		for len(many) <= notify.PageSize {
			many = append(many, sampleMessages(now)...)
		}
		return many
	})

	for i, state := range []string{"waiting", "sent with a secret", "failed", "would have been sent"} {
		add("message", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			m := sampleMessages(s.now)[i]
			view := crumbs(s, s.view(tabSettings, ""))
			view.Title, view.Crumbs = m.Subject, append(view.Crumbs, web.Link{Label: s.words.T("outbox.title"), URL: pathOutbox})
			room.message.Show(w, r, http.StatusOK, view, messageOf(s.words, m, set, s.now))
		})
	}
}
