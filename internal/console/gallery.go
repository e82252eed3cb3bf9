package console

import (
	"net/http"
	"strings"
	"time"

	"signet/internal/audit"
	"signet/internal/directory"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
	"signet/internal/words"
)

// Gallery draws every page of the room in every state, with people who do not
// exist.
func (room *Room) Gallery() []web.Specimen {
	room.Define()
	var specimens []web.Specimen
	add := func(page, state string, show func(s sample, w http.ResponseWriter, r *http.Request)) {
		specimens = append(specimens, web.Specimen{Room: "console", Page: page, State: state, Show: func(w http.ResponseWriter, r *http.Request) {
			show(room.sample(r), w, r)
		}})
	}
	room.methodSpecimens(add)
	room.trySpecimens(add)
	room.widgetSpecimens(add)
	room.appSpecimens(add)
	room.appCertificateSpecimens(add)
	room.userSpecimens(add)
	room.peopleSpecimens(add)
	room.confirmSpecimens(add)
	room.eventSpecimens(add)
	room.doctorSpecimens(add)
	room.orgSpecimens(add)
	room.memberSpecimens(add)
	room.generalSpecimens(add)
	room.setupSpecimens(add)
	room.trustSpecimens(add)
	room.mailSpecimens(add)
	room.announcedSpecimens(add)
	room.issuingSpecimens(add)
	return specimens
}

type specimenOf func(page, state string, show func(sample, http.ResponseWriter, *http.Request))

func (room *Room) userSpecimens(add specimenOf) {
	users := func(state, search, after string, list func(sample) []iam.User) {
		add("users", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			view := s.view(tabUsers, "console.users_title")
			room.users.Show(w, r, http.StatusOK, view, usersOf(s.words, list(s), search, after))
		})
	}
	none := func(sample) []iam.User { return nil }
	users("full", "", "", sample.people)
	users("many", "", "x", func(s sample) (many []iam.User) {
		for len(many) < directory.PageSize {
			many = append(many, s.people()...)
		}
		return many[:directory.PageSize]
	})
	users("nobody found", "zoé", "", none)
	users("past the end", "", "x", none)

	user := func(state string, who int, roles []iam.Membership, identities func(sample) []iam.Identity, self bool) {
		add("user", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			u := s.people()[who]
			view := s.view(tabUsers, "")
			view.Title, view.Crumbs = u.DisplayName(), []web.Link{{Label: s.words.T("console.users_title"), URL: tabUsers}}
			data := room.userOf(s.words, u, roles, identities(s), s.sessions(who), who != 1, s.names)
			data.Self = self
			room.user.Show(w, r, http.StatusOK, view, data)
		})
	}
	system := iam.Membership{Scope: iam.System(), Role: iam.RoleSystemAdministrator}
	user("full", 0, []iam.Membership{system, {Scope: iam.Application("wiki", ""), Role: iam.RoleApplicationAdministrator}}, sample.identities, true)
	user("empty", 1, nil, func(sample) []iam.Identity { return nil }, false)
	user("blocked", 2, nil, sample.identities, false)
	user("long names", 3, []iam.Membership{{Scope: iam.Application("long", ""), Role: iam.RoleApplicationAdministrator}}, sample.identities, false)
}

func (room *Room) confirmSpecimens(add specimenOf) {
	ask := func(page, state, title string, who int, refused *iam.Error, make func(sample, iam.User) confirmPage) {
		add(page, state, func(s sample, w http.ResponseWriter, r *http.Request) {
			u := s.people()[who]
			view := s.view(tabUsers, title, "Name", u.DisplayName())
			view.Crumbs = []web.Link{{Label: s.words.T("console.users_title"), URL: tabUsers}, {Label: u.DisplayName(), URL: pathOf(u.ID)}}
			data := make(s, u)
			data.Person, data.Cancel = web.Person{Name: u.DisplayName(), Detail: u.Login}, pathOf(u.ID)
			if refused != nil {
				data.Wrong = &web.Banner{Kind: "danger", Title: web.Explain(s.words, refused)}
			}
			room.confirm.Show(w, r, http.StatusOK, view, data)
		})
	}
	block := func(s sample, u iam.User) confirmPage { return blockOf(s.words, u) }
	ask("block", "asked", "console.block_title", 1, nil, block)
	ask("block", "last administrator", "console.block_title", 0, iam.Conflict("last_administrator"), block)
	ask("block", "long names", "console.block_title", 3, nil, block)
	ask("unblock", "asked", "console.unblock_title", 2, nil, func(s sample, u iam.User) confirmPage { return unblockOf(s.words, u) })
	ask("end sessions", "of oneself", "console.end_sessions_title", 0, nil, func(s sample, u iam.User) confirmPage { return endSessionsOf(s.words, u, true) })
	ask("remove", "asked", "console.remove_title", 0, nil, func(s sample, u iam.User) confirmPage { return room.removeOf(s.words, u, s.identities()[0]) })
}

func (room *Room) eventSpecimens(add specimenOf) {
	events := func(state string, q eventQuery, wrong *iam.Error, list func(sample) []iam.Event) {
		add("events", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			view := s.view(tabEvents, "console.events_title")
			view.Wide = true
			apps := []iam.App{{ID: "payroll", Name: "Payroll"}, {ID: iam.SignetApp, Name: "Signet"}, {ID: "wiki", Name: "Wiki"}}
			data := room.eventsOf(s.words, tabEvents, q, wrong, list(s), apps, s.names)
			data.files(tabEvents, q, true)
			room.events.Show(w, r, http.StatusOK, view, data)
		})
	}
	none := func(sample) []iam.Event { return nil }
	events("full", eventQuery{}, nil, sample.events)
	events("filtered", eventQuery{Kind: string(iam.EventSignInRefused), Outcome: "refused", Login: "alice", App: "wiki"}, nil, func(s sample) []iam.Event { return s.events()[1:2] })
	events("many", eventQuery{Before: "x"}, nil, func(s sample) (many []iam.Event) {
		for len(many) <= audit.PageSize {
			many = append(many, s.events()...)
		}
		return many
	})
	events("empty", eventQuery{}, nil, none)
	events("filtered empty", eventQuery{Attempt: "k7qm-2xwe-pd"}, nil, none)
	events("error", eventQuery{Login: "nobody"}, iam.Invalid("user", "nobody_called_so"), none)

	for i, state := range []string{"sign-in", "refused", "linked", "session ended", "action refused", "by the program", "long names"} {
		add("event", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			e := s.events()[i]
			data := eventOf(s.words, tabEvents, e, words.Of(s.words, e, s.names.words(), s.now), true)
			view := s.view(tabEvents, "")
			view.Title, view.Crumbs = data.Event.What, []web.Link{{Label: s.words.T("console.events_title"), URL: tabEvents}}
			room.event.Show(w, r, http.StatusOK, view, data)
		})
	}
}

func (room *Room) setupSpecimens(add specimenOf) {
	setup := func(state string, user iam.User, wrong *iam.Error) {
		add("setup", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			room.setup.Show(w, r, http.StatusOK, web.View{TitleKey: "console.setup_title", LeadKey: "console.setup_lead"}, setupOf(s.words, "/setup/x", user, wrong))
		})
	}
	setup("empty", iam.User{}, nil)
	setup("error", iam.User{Login: "alice", Name: "Alice Martin"}, &iam.Error{Kind: iam.KindInvalid, Field: "password", Cause: "password_too_short", Params: map[string]string{"Min": "8"}})
	setup("passwords differ", iam.User{Login: "alice"}, iam.Invalid("again", "passwords_differ"))
	add("setup", "link over", func(_ sample, w http.ResponseWriter, r *http.Request) { room.setupOver(w, r) })
}

// sample is who and what the gallery shows.
type sample struct {
	words *i18n.Printer
	now   time.Time
	names *names
}

func (room *Room) sample(r *http.Request) sample {
	n := room.names(r.Context())
	n.apps = map[iam.AppID]string{iam.SignetApp: "Signet", "wiki": "Wiki", "payroll": "Payroll", "long": "Gestion électronique des documents de la direction des affaires juridiques"}
	n.methods = map[iam.ProviderID]iam.Provider{"mtls": {Name: "mTLS"}, "password": {Name: "Password"}}
	n.logins = map[iam.UserID]string{"admin": "admin"}
	return sample{words: web.Language(r), now: room.Now(), names: n}
}

func (s sample) view(tab, title string, args ...any) web.View {
	view := frame(s.words, iam.User{ID: "admin", Login: "admin", Name: "Ada Lovelace"}, true, tab)
	view.TitleKey, view.TitleArgs = title, args
	return view
}

func (s sample) people() []iam.User {
	day := func(n int) time.Time { return s.now.AddDate(0, 0, -n) }
	return []iam.User{
		{ID: "ovx3rmjq2yt5nw7kd4hs6ab1ce", Login: "alice", Name: "Alice Martin", GivenName: "Alice", FamilyName: "Martin", Email: "alice@example.org", EmailVerified: true, Status: iam.UserActive, StatusAt: day(40), CreatedAt: day(40)},
		{ID: "bob", Login: "bob", Status: iam.UserActive, StatusAt: day(3), CreatedAt: day(3)},
		{ID: "carol", Login: "carol", Name: "Carol Dubois", Email: "carol@example.org", Status: iam.UserBlocked, StatusAt: day(2), CreatedAt: day(200)},
		{ID: "long", Login: "maximiliane-alexandra.von-und-zu-hohenstein-wartenberg", Name: "Maximiliane Alexandra Freifrau von und zu Hohenstein-Wartenberg-Rosenheim",
			Email: "maximiliane-alexandra.von-und-zu-hohenstein-wartenberg@direction-des-affaires-juridiques.example.org", Status: iam.UserActive, StatusAt: day(90), CreatedAt: day(90)},
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
	return []iam.Identity{
		{ID: "work", Provider: "mtls", Certificate: s.certificate("Alice Martin", "Example Client CA", -40, 690), CreatedAt: s.now.AddDate(0, 0, -39), LastUsedAt: s.now.Add(-time.Hour)},
		{ID: "old", Provider: "mtls", Certificate: s.certificate("Alice Martin (2024)", "Example Client CA", -800, -9), CreatedAt: s.now.AddDate(-2, 0, 0)},
	}
}

func (s sample) events() []iam.Event {
	const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	good, expired := s.certificate("Alice Martin", "Example Client CA", -40, 690), s.certificate("Alice Martin (2024)", "Example Client CA", -800, -9)
	at := func(ago time.Duration, e iam.Event) iam.Event {
		e.ID, e.At, e.Request = strings.Repeat("0", 12)+ago.String(), s.now.Add(-ago), "k7qm2xwepd4tn6zb"
		if e.Outcome == "" {
			e.Outcome = iam.OutcomeDone
		}
		return e
	}
	long := s.people()[3]
	return []iam.Event{
		at(time.Minute, iam.Event{Kind: iam.EventSignedIn, Actor: "alice", User: "alice", UserLogin: "alice", App: "wiki", Provider: "mtls", Session: "ovx3rmjq2yt5nw7kd4hs6ab1ce", Attempt: "k7qm-2xwe-pd", Address: "192.0.2.17", UserAgent: firefox, Certificate: good}),
		at(3*time.Minute, iam.Event{Kind: iam.EventSignInRefused, Outcome: iam.OutcomeRefused, Cause: "expired", App: "wiki", Provider: "mtls", Attempt: "h2ob-7k3d-aa", Address: "192.0.2.17", UserAgent: firefox, Certificate: expired}),
		at(time.Hour, iam.Event{Kind: iam.EventIdentityLinked, Actor: "alice", User: "alice", UserLogin: "alice", Provider: "mtls", Address: "2001:db8:4f2:1::8c21", UserAgent: firefox, Certificate: good}),
		at(2*time.Hour, iam.Event{Kind: iam.EventSessionEnded, Actor: "admin", User: "carol", UserLogin: "carol", Address: "198.51.100.4", UserAgent: firefox, Details: map[string]string{"reason": string(iam.EndBlocked)}}),
		at(3*time.Hour, iam.Event{Kind: iam.EventActionRefused, Outcome: iam.OutcomeRefused, Cause: "not_allowed", Actor: "bob", User: "bob", UserLogin: "bob", Address: "198.51.100.4", UserAgent: firefox, Details: map[string]string{"action": string(iam.BlockUser)}}),
		at(40*time.Hour, iam.Event{Kind: iam.EventProviderCreated, Provider: "mtls", UserAgent: "apply", Details: map[string]string{"name": "mTLS"}}),
		at(50*time.Hour, iam.Event{Kind: iam.EventTokenReuse, Outcome: iam.OutcomeRefused, Cause: "a_cause_without_words", User: long.ID, UserLogin: long.Login, App: "long", Address: "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff", UserAgent: "relying-party/1.0 (a program that says a good deal of itself and of its maker)"}),
	}
}
