package profile

import (
	"net/http"
	"strings"
	"time"

	"signet/internal/audit"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/issuing"
	"signet/internal/web"
	"signet/internal/words"
)

// Gallery draws every page of the room in every state, with people who do not
// exist.
func (room *Room) Gallery() []web.Specimen {
	room.Define()
	if room.Languages == nil {
		room.Languages = []i18n.Language{{Tag: "en", Name: "English"}, {Tag: "fr", Name: "Français"}}
	}
	var specimens []web.Specimen
	add := func(page, state string, show func(s sample, w http.ResponseWriter, r *http.Request)) {
		specimens = append(specimens, web.Specimen{Room: "profile", Page: page, State: state, Show: func(w http.ResponseWriter, r *http.Request) {
			show(room.sample(r), w, r)
		}})
	}
	room.overviewSpecimens(add)
	room.formSpecimens(add)
	room.linkSpecimens(add)
	room.identifierSpecimens(add)
	room.listSpecimens(add)
	return specimens
}

type specimenOf func(page, state string, show func(sample, http.ResponseWriter, *http.Request))

func (room *Room) overviewSpecimens(add specimenOf) {
	overview := func(state string, user func(sample) iam.User, identities func(sample) []iam.Identity, password bool, linked iam.IdentityID) {
		add("overview", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			u, all := user(s), identities(s)
			view := s.view(u, tabProfile, "profile.title")
			view.Notice = linkedNotice(s.words, all, linked)
			data := room.overviewOf(s.words, s.now, u, all, password, s.names)
			if u.Email != "" && !u.EmailVerified {
				data.Confirm = pathAskConfirmation
			}
			room.overview.Show(w, r, http.StatusOK, view, data)
		})
	}
	add("overview", "certificate awaited", func(s sample, w http.ResponseWriter, r *http.Request) {
		u := s.alice()
		u.Number = "PNOFR-1847203"
		data := room.overviewOf(s.words, s.now, u, s.identities(), true, s.names)
		data.Awaited = awaitedOf(s.words, []iam.Announced{{Provider: "mtls"}, {Provider: "mtls", ID: "another"}}, s.names)
		room.overview.Show(w, r, http.StatusOK, s.view(u, tabProfile, "profile.title"), data)
	})
	none := func(sample) []iam.Identity { return nil }
	overview("full", sample.alice, sample.identities, true, "")
	overview("empty", sample.bare, none, true, "")
	overview("just linked", sample.alice, sample.identities, true, "work")
	overview("no password", sample.alice, sample.identities, false, "")
	overview("long names", sample.long, sample.longIdentities, true, "")
}

func (room *Room) formSpecimens(add specimenOf) {
	for state, user := range map[string]func(sample) iam.User{"full": sample.alice, "long names": sample.long} {
		add("confirm address", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			room.email.Show(w, r, http.StatusOK, under(s.words, s.view(user(s), tabProfile, "profile.email_confirm_title"), "profile.title", tabProfile), emailOf(s.words, user(s)))
		})
	}
	edit := func(state string, user func(sample) iam.User, wrong *iam.Error) {
		add("edit", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			f := faults{words: s.words, err: wrong}
			room.edit.Show(w, r, f.status(), under(s.words, s.view(user(s), tabProfile, "profile.edit_title"), "profile.title", tabProfile), editOf(s.words, user(s), f))
		})
	}
	edit("full", sample.alice, nil)
	edit("error", sample.alice, iam.Invalid("email", "email_malformed"))
	edit("long names", sample.long, nil)

	password := func(state string, wrong *iam.Error) {
		add("password", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			f := faults{words: s.words, err: wrong}
			view := under(s.words, s.view(s.alice(), tabProfile, "profile.password_title"), "profile.title", tabProfile)
			room.password.Show(w, r, f.status(), view, passwordOf(s.words, s.alice(), f))
		})
	}
	password("empty", nil)
	password("wrong old password", iam.Invalid("old_password", "wrong_old_password"))
	password("too short", &iam.Error{Kind: iam.KindInvalid, Field: "password", Cause: "password_too_short", Params: map[string]string{"Min": "8"}})
	password("too many tries", &iam.Error{Kind: iam.KindLimited, Cause: "too_many_tries", Params: map[string]string{"Minutes": "14"}})
}

func (room *Room) identifierSpecimens(add specimenOf) {
	offer := func(state string, methods ...iam.Provider) {
		add("add", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			room.add.Show(w, r, http.StatusOK, room.addView(s.words, s.view(s.alice(), tabProfile, "profile.add_title")), addOf(methods, methods[:min(1, len(methods))]))
		})
	}
	offer("full", iam.Provider{ID: "mtls", Name: "mTLS"}, iam.Provider{ID: "card", Name: "Agent card", Description: "The card with the chip that you received from your administration."})
	offer("one", iam.Provider{ID: "mtls", Name: "mTLS"})
	offer("empty")
	offer("long names", iam.Provider{ID: "long", Name: strings.Repeat("Certificat ", 4), Description: strings.Repeat("Une description qui en dit beaucoup. ", 6)})

	for state, i := range map[string]int{"valid": 0, "near": 1, "expired": 2} {
		add("identifier", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			room.showSample(s, w, r, s.identities()[i])
		})
	}
	add("identifier", "long names", func(s sample, w http.ResponseWriter, r *http.Request) {
		room.showSample(s, w, r, s.longIdentities()[0])
	})

	issue := func(state string, show func(s sample) issuePage) {
		add("issue", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			view := under(s.words, s.view(s.alice(), tabProfile, "issuing.own_title"), "profile.title", tabProfile)
			view.LeadKey = "issuing.own_lead"
			room.issue.Show(w, r, http.StatusOK, view, show(s))
		})
	}
	mtls := iam.Provider{ID: "mtls", Name: "mTLS"}
	issue("asked", func(s sample) issuePage { return issueOf(mtls, 365, "request", faults{words: s.words}) })
	issue("error", func(s sample) issuePage {
		return issueOf(mtls, 1, "request", faults{words: s.words, err: iam.Conflict("too_many_issued")})
	})
	issue("issued", func(s sample) issuePage {
		parcel := issuing.Parcel{Name: "alice.martin.p12", Password: "k7qzt-m2vxp-a4hcd-w6rbe", Certificate: s.identities()[0].Certificate}
		return issuedOf(s.words, parcel, "sealed", s.now)
	})

	block := func(state string, wrong *iam.Error) {
		add("block", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			identity := s.identities()[0]
			view := under(s.words, s.view(s.alice(), tabProfile, "profile.block_title"), "profile.identifiers", tabProfile)
			room.blocking.Show(w, r, http.StatusOK, view, blockOf(s.words, identity, cardOf(s.words, s.now, identity), "", "Carte perdue", true, wrong))
		})
	}
	block("full", nil)
	block("error", iam.Conflict("blocked_already"))

	ask := func(state string, what removal) {
		add("remove", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			asked := what
			asked.identity = s.identities()[0]
			asked.card = cardOf(s.words, s.now, asked.identity)
			room.confirm.Show(w, r, http.StatusOK, under(s.words, s.view(s.alice(), tabProfile, "profile.remove_title"), "profile.identifiers", tabProfile), askRemoveOf(s.words, asked))
		})
	}
	ask("unused", removal{})
	ask("sessions", removal{opened: 3, here: true})
	ask("only way", removal{opened: 1, here: true, onlyWay: true})

	add("help", "signed in", func(s sample, w http.ResponseWriter, r *http.Request) {
		view := under(s.words, frame(s.words, s.alice(), false, tabProfile), "profile.title", tabProfile)
		view.TitleKey, view.LeadKey = "profile.help.title", "profile.help.lead"
		room.help.Show(w, r, http.StatusOK, view, helpOf(s.words, r.UserAgent(), true))
	})
	for _, browser := range []struct{ state, header string }{{"visitor with Firefox", firefoxOnLinux}, {"visitor with an iPhone", safariOnIPhone}, {"unknown browser", ""}} {
		add("help", browser.state, func(s sample, w http.ResponseWriter, r *http.Request) {
			room.help.Show(w, r, http.StatusOK, web.View{TitleKey: "profile.help.title", LeadKey: "profile.help.lead"}, helpOf(s.words, browser.header, false))
		})
	}
}

func (room *Room) showSample(s sample, w http.ResponseWriter, r *http.Request, identity iam.Identity) {
	data := identifierOf(s.words, rowOf(s.words, s.now, identity, s.names), identity, faults{})
	data.Certificate = cardOf(s.words, s.now, identity)
	view := under(s.words, s.view(s.alice(), tabProfile, ""), "profile.identifiers", tabProfile)
	view.Title = nameOf(identity)
	room.identifier.Show(w, r, http.StatusOK, view, data)
}

func (room *Room) listSpecimens(add specimenOf) {
	sessions := func(state string, from int) {
		add("sessions", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			view := s.view(s.alice(), tabSessions, "profile.sessions_title")
			view.LeadKey = "profile.sessions_lead"
			room.sessions.Show(w, r, http.StatusOK, view, sessionsOf(s.words, s.sessions()[:from], s.identities(), "here", s.names))
		})
	}
	sessions("full", 4)
	sessions("only this", 1)
	add("sessions", "end others", func(s sample, w http.ResponseWriter, r *http.Request) {
		view := under(s.words, s.view(s.alice(), tabSessions, "profile.end_others_title"), "profile.sessions_title", tabSessions)
		room.confirm.Show(w, r, http.StatusOK, view, askEndOthersOf(s.words, s.sessions(), "here"))
	})

	consents := func(state string, given func(sample) []iam.Consent) {
		add("consents", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			view := s.view(s.alice(), tabConsents, "profile.consents_title")
			view.LeadKey = "profile.consents_lead"
			room.consents.Show(w, r, http.StatusOK, view, consentsOf(s.words, given(s), s.names))
		})
	}
	consents("full", sample.consents)
	consents("empty", func(sample) []iam.Consent { return nil })
	add("consents", "withdraw", func(s sample, w http.ResponseWriter, r *http.Request) {
		row := consentsOf(s.words, s.consents(), s.names).Consents[0]
		room.confirm.Show(w, r, http.StatusOK, under(s.words, s.view(s.alice(), tabConsents, "profile.withdraw_title", "App", row.App.Name), "profile.consents_title", tabConsents), askWithdrawOf(s.words, row))
	})

	events := func(state string, filter iam.EventFilter, list func(sample) []iam.Event) {
		add("events", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			view := s.view(s.alice(), tabEvents, "profile.events_title")
			view.LeadKey = "profile.events_lead"
			room.events.Show(w, r, http.StatusOK, view, room.eventsOf(s.words, list(s), filter, s.names))
		})
	}
	for i, state := range []string{"sign-in", "refused", "linked", "session ended"} {
		add("event", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			told := words.Of(s.words, s.events()[i], s.names.words(), s.now)
			view := under(s.words, s.view(s.alice(), tabEvents, ""), "profile.events_title", tabEvents)
			view.Title = told.What
			room.event.Show(w, r, http.StatusOK, view, eventOf(s.words, told, "alice"))
		})
	}
	none := func(sample) []iam.Event { return nil }
	events("full", iam.EventFilter{}, sample.events)
	events("many", iam.EventFilter{Before: "x"}, func(s sample) (many []iam.Event) {
		for len(many) <= audit.PageSize {
			many = append(many, s.events()...)
		}
		return many
	})
	events("empty", iam.EventFilter{}, none)
	events("filtered empty", iam.EventFilter{Outcome: iam.OutcomeRefused}, none)
	events("past the end", iam.EventFilter{Before: "x"}, none)
}

// sample is who and what the gallery shows.
type sample struct {
	words *i18n.Printer
	now   time.Time
	names *names
}

func (room *Room) sample(r *http.Request) sample {
	n := room.names(r.Context())
	n.apps = map[iam.AppID]string{
		iam.SignetApp: "Signet", "wiki": "Wiki", "payroll": "Payroll",
		"long": "Gestion électronique des documents de la direction des affaires juridiques et réglementaires",
	}
	n.methods = map[iam.ProviderID]iam.Provider{"mtls": {Name: "mTLS"}, "password": {Name: "Password"}}
	return sample{words: web.Language(r), now: room.Now(), names: n}
}

func (s sample) view(user iam.User, tab, title string, args ...any) web.View {
	view := frame(s.words, user, true, tab)
	view.TitleKey, view.TitleArgs = title, args
	return view
}

func (s sample) alice() iam.User {
	return iam.User{ID: "alice", Login: "alice", Name: "Alice Martin", GivenName: "Alice", FamilyName: "Martin", Email: "alice@example.org", EmailVerified: true}
}

func (s sample) bare() iam.User { return iam.User{ID: "bob", Login: "bob"} }

func (s sample) long() iam.User {
	return iam.User{
		ID: "long", Login: "maximiliane-alexandra.von-und-zu-hohenstein-wartenberg", Name: "Maximiliane Alexandra Freifrau von und zu Hohenstein-Wartenberg-Rosenheim",
		GivenName: "Maximiliane Alexandra", FamilyName: "Freifrau von und zu Hohenstein-Wartenberg-Rosenheim",
		Email: "maximiliane-alexandra.von-und-zu-hohenstein-wartenberg@direction-des-affaires-juridiques.example.org",
	}
}

func (s sample) certificate(name, issuer string, from, until int) *iam.Certificate {
	return &iam.Certificate{
		Subject: "CN=" + name + ",OU=Users,O=Example", CommonName: name, Issuer: "CN=" + issuer + ",O=Example", Serial: "5F3A9C01D2E47B80",
		NotBefore: s.now.AddDate(0, 0, from), NotAfter: s.now.AddDate(0, 0, until), KeyType: "ECDSA P-256",
		SHA256: "9f2b6c41d07e58a3bb1c94e2f6087d35a1c2e39d7784f0b65e1a2c3d4f5b6a79", Emails: []string{"alice@example.org"},
	}
}

func (s sample) identities() []iam.Identity {
	identity := func(id iam.IdentityID, c *iam.Certificate, p iam.Publicity, added, used int) iam.Identity {
		i := iam.Identity{ID: id, User: "alice", Provider: "mtls", Type: iam.ProviderCertificate, Certificate: c, Publicity: p, CreatedAt: s.now.AddDate(0, 0, added)}
		if used != 0 {
			i.LastUsedAt, i.LastUsedApp = s.now.AddDate(0, 0, used), "wiki"
		}
		return i
	}
	return []iam.Identity{
		identity("work", s.certificate("Alice Martin", "Example Client CA", -40, 690), iam.PublicityOnlyMe, -39, -1),
		identity("laptop", s.certificate("alice@laptop", "Example Device CA", -350, 12), iam.PublicityOnRequest, -340, -3),
		identity("old", s.certificate("Alice Martin (2024)", "Example Client CA", -800, -9), iam.PublicityEveryone, -700, 0),
	}
}

func (s sample) longIdentities() []iam.Identity {
	c := s.certificate("Maximiliane Alexandra Freifrau von und zu Hohenstein-Wartenberg-Rosenheim (signature et authentification)",
		"Autorité de certification des agents de la direction des affaires juridiques et réglementaires G2", -10, 800)
	c.Subject += strings.Repeat(",OU=Une unité d'organisation au nom fort long", 3)
	return []iam.Identity{{
		ID: "long", Provider: "mtls", Type: iam.ProviderCertificate, Certificate: c, Publicity: iam.PublicityOnRequest,
		CreatedAt: s.now.AddDate(0, 0, -9), LastUsedAt: s.now.Add(-time.Hour), LastUsedApp: "long",
	}}
}

// What browsers say of themselves.
const (
	firefoxOnLinux  = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	chromeOnWindows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
	safariOnIPhone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)

func (s sample) sessions() []iam.Session {
	session := func(id iam.SessionID, agent, address string, identity iam.IdentityID, app iam.AppID, since, seen time.Duration) iam.Session {
		return iam.Session{ID: id, User: "alice", UserAgent: agent, Address: address, Identity: identity, App: app, CreatedAt: s.now.Add(-since), LastSeenAt: s.now.Add(-seen)}
	}
	return []iam.Session{
		session("here", firefoxOnLinux, "192.0.2.17", "work", iam.SignetApp, 2*time.Hour, time.Minute),
		session("office", chromeOnWindows, "2001:db8:4f2:1::8c21", "laptop", "wiki", 9*time.Hour, 40*time.Minute),
		session("phone", safariOnIPhone, "198.51.100.4", "", "payroll", 11*time.Hour, 3*time.Hour),
		session("gone", "", "203.0.113.90", "removed", "long", 11*time.Hour, 5*time.Hour),
	}
}

func (s sample) consents() []iam.Consent {
	return []iam.Consent{
		{App: "wiki", Scopes: []string{"openid", "profile", "email"}, CreatedAt: s.now.AddDate(0, -2, 0)},
		{App: "payroll", Scopes: []string{"openid", "offline_access", "payslips:read"}, CreatedAt: s.now.AddDate(0, 0, -4)},
		{App: "long", Scopes: []string{"openid", "profile", "email", "offline_access"}, CreatedAt: s.now.AddDate(-1, 0, 0)},
	}
}

func (s sample) events() []iam.Event {
	certificate, expired := s.certificate("Alice Martin", "Example Client CA", -40, 690), s.certificate("Alice Martin (2024)", "Example Client CA", -800, -9)
	base := iam.Event{Outcome: iam.OutcomeDone, Actor: "alice", User: "alice", UserLogin: "alice", Address: "192.0.2.17", UserAgent: firefoxOnLinux}
	at := func(ago time.Duration, change func(*iam.Event)) iam.Event {
		e := base
		e.ID, e.At = "0006"+ago.String(), s.now.Add(-ago)
		change(&e)
		return e
	}
	return []iam.Event{
		at(time.Minute, func(e *iam.Event) {
			e.Kind, e.App, e.Provider, e.Certificate, e.Attempt = iam.EventSignedIn, "wiki", "mtls", certificate, "k7qm-2xwe-pd"
		}),
		at(3*time.Minute, func(e *iam.Event) {
			e.Kind, e.App, e.Provider, e.Certificate, e.Attempt = iam.EventSignInRefused, "wiki", "mtls", expired, "h2ob-7k3d-aa"
			e.Outcome, e.Cause, e.Actor = iam.OutcomeRefused, "expired", ""
		}),
		at(2*time.Hour, func(e *iam.Event) { e.Kind, e.Certificate, e.Provider = iam.EventIdentityLinked, certificate, "mtls" }),
		at(9*time.Hour, func(e *iam.Event) {
			e.Kind, e.Actor, e.Details, e.UserAgent = iam.EventSessionEnded, "admin", map[string]string{"reason": string(iam.EndByAdministrator)}, chromeOnWindows
		}),
		at(30*time.Hour, func(e *iam.Event) {
			e.Kind, e.UserAgent, e.Address = iam.EventPasswordChanged, safariOnIPhone, "2001:db8:4f2:1::8c21"
		}),
		at(52*time.Hour, func(e *iam.Event) {
			e.Kind, e.App, e.Outcome, e.Cause, e.Attempt = iam.EventSignInRefused, "long", iam.OutcomeRefused, "wrong_password", "q6qa-zz2e-7d"
		}),
		at(1000*time.Hour, func(e *iam.Event) {
			e.Kind, e.Actor, e.Address, e.UserAgent, e.Details = iam.EventRoleChanged, "", "", "user", map[string]string{"role": string(iam.RoleSystemAdministrator), "change": "given"}
		}),
	}
}

func (room *Room) linkSpecimens(add specimenOf) {
	choose := func(state string, wrong *iam.Error) {
		add("new password", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			f := faults{words: s.words, err: wrong}
			room.newPassword.Show(w, r, f.status(), web.View{TitleKey: "profile.link_title", LeadKey: "profile.link_lead"}, newPasswordOf(s.words, "/password/x", s.alice(), 8, f))
		})
	}
	choose("empty", nil)
	choose("too short", &iam.Error{Kind: iam.KindInvalid, Field: "password", Cause: "password_too_short", Params: map[string]string{"Min": "8"}})
	remove := func(state string, wrong *iam.Error) {
		add("delete account", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			view := under(s.words, s.view(s.alice(), tabProfile, "profile.delete_title"), "profile.title", tabProfile)
			room.confirm.Show(w, r, http.StatusOK, view, askDeleteOf(s.words, 30, faults{words: s.words, err: wrong}))
		})
	}
	remove("asked", nil)
	remove("last administrator", iam.Conflict("last_administrator"))
	add("new password", "link over", func(_ sample, w http.ResponseWriter, r *http.Request) { room.linkOver(w, r) })
}
