package console

import (
	"net/http"
	"strings"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/provider"
	"signet/internal/web"
)

// methodSpecimens draw the pages about login methods, with authorities that do
// not exist.
func (room *Room) methodSpecimens(add specimenOf) {
	system := place{scope: iam.System(), prefix: "/admin", client: iam.App{ID: iam.SignetApp, Name: "Signet"}}
	wiki := place{scope: iam.Application("wiki", ""), prefix: appPath("wiki"), client: iam.App{ID: "wiki", Name: "Wiki"}}
	frameOf := func(s sample, pl place, deep bool, title string, args ...any) web.View {
		view := pl.crumbs(s.words.T, s.view(pl.tab(), title, args...))
		if deep {
			view = pl.below(s.words.T, view)
		}
		return view
	}
	for _, c := range []struct {
		state  string
		pl     place
		widget func(sample) provider.Widget
		hosts  []HostState
	}{
		{"full", system, sample.widget, []HostState{{Host: "*.cert.id.example:3443"}}}, {"empty", system, sample.passwordOnly, nil},
		{"application", wiki, sample.widgetOfApp, []HostState{{Host: "id.example:3443", Fault: "unreachable"}}},
	} {
		if c.pl.atSystem() {
			add("settings", c.state, func(s sample, w http.ResponseWriter, r *http.Request) {
				data := room.settingsOf(s.words, c.pl, c.widget(s), s.authorities)
				data.General = &generalBlock{Facts: room.generalFacts(s.words, iam.Settings{Name: "North Clinic", Language: "fr", PasswordLength: 12, PasswordKinds: 3}), URL: pathGeneral}
				data.Expiring = pathExpiring
				data.Warnings = warningsBanner(s.words, sampleWarnings(s.now))
				data.Mail = mailBlockOf(s.words, iam.MailSettings{Server: "mail.example.org"})
				room.settings.Show(w, r, http.StatusOK, s.view(tabSettings, "console.settings_title"), data)
			})
		}
		add("methods", c.state, func(s sample, w http.ResponseWriter, r *http.Request) {
			room.methods.Show(w, r, http.StatusOK, c.pl.listView(frameOf(s, c.pl, false, "console.methods.title")), methodsOf(s.words, c.pl, c.widget(s), s.now, s.authorities, c.hosts, iam.Look{}, iam.Settings{Registration: true}))
		})
		add("method templates", c.state, func(s sample, w http.ResponseWriter, r *http.Request) {
			room.templates.Show(w, r, http.StatusOK, frameOf(s, c.pl, true, "console.methods.templates_title"), templatesOf(s.words, c.pl, c.widget(s), ""))
		})
	}
	add("methods", "refused", func(s sample, w http.ResponseWriter, r *http.Request) {
		view := system.listView(frameOf(s, system, false, "console.methods.title"))
		view.Notice = banner(s.words, iam.Conflict("no_administrator_could_sign_in"))
		room.methods.Show(w, r, http.StatusOK, view, methodsOf(s.words, system, s.widget(), s.now, s.authorities, nil, iam.Look{}, iam.Settings{Registration: true}))
	})

	var replay func(sample) login.Replay
	form := func(state string, pl place, who int, change func(*methodInput), wrong *iam.Error, conflict bool) {
		replay := replay
		add("method", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			var m iam.Provider
			var view web.View
			if who < 0 {
				var title string
				m, title = newMethod(s.words, pl, iam.ProviderCertificate)
				view = frameOf(s, pl, true, title)
			} else {
				m = s.methods()[who]
				view = frameOf(s, pl, true, "")
				view.Title = m.Name
			}
			in := inputOf(m)
			change(&in)
			data := methodFormOf(s.words, pl, m, in, s.authorities(m), []HostChoice{{Host: "id.example:3443"}, {Host: "*.cert.id.example:3443", Fresh: true}}, wrong, s.now)
			if wrong != nil && wrong.Field == "creation_anew" { // the samples' CAs cannot be parsed
				data.Creation.Anew = &web.Checkbox{
					Name: "creation_anew", Value: "x", Label: s.words.T("console.creation.anew", "Names", wrong.Params["Names"]), Hint: s.words.T("console.creation.accepted_hint"),
					Error: web.Explain(s.words, wrong),
				}
			}
			if conflict {
				data.Wrong = conflictOf(s.words, m, in)
			}
			if data.Assurance != nil && who > 0 { // CAs that cannot be parsed
				data.Assurance = &assuranceForm{Wrong: data.Assurance.Wrong}
				for i, ca := range s.authorities(m) {
					data.Assurance.authority(s.words, ca.Name(), assuranceInput{CA: "x", Key: []string{string(iam.KeyCard), ""}[i%2]})
				}
				data.Assurance.policy(s.words, assuranceInput{Policy: "2.16.756.1.89.1", Key: string(iam.KeySoftware), ACR: "https://refeds.org/profile/sfa"})
				data.Assurance.policy(s.words, assuranceInput{})
			}
			if data.Certificate && who >= 0 {
				data.Replay = replayFormOf(s.words, 0)
				data.Mapping.announced(announcedPath(m.ID))
				if replay != nil {
					data.Replayed = replayPanelOf(s.words, pl, m, m, replay(s), usualDays)
				}
			}
			room.form.Show(w, r, http.StatusOK, view, data)
		})
	}
	same := func(*methodInput) {}
	form("new", system, -1, same, nil, false)
	form("new of an application", wiki, -1, same, nil, false)
	form("full", system, 1, same, nil, false)
	form("rules", system, 1, func(in *methodInput) {
		in.Mapping = mappingInputs([]iam.MappingRule{
			{Source: iam.NameUPN, Field: iam.FieldLocal, Domain: "clinic.example"}, {Source: iam.NameSubject, Attribute: "2.5.4.5", Field: iam.FieldLogin},
		})
	}, iam.Invalid("names_accepted", "names_not_accepted"), false)
	form("accounts for new people", wiki, 1, func(in *methodInput) {
		in.Creation = creationInput{Rule: mappingInput{Source: "san_upn", Field: "login_local", Domain: "clinic.example"}, Email: true}
	}, iam.Invalid("creation_accepted", "creation_not_accepted"), false)
	form("accounts of an added authority", system, 1, func(in *methodInput) {
		in.Creation = creationInput{Rule: mappingInput{Source: "san_upn", Field: "login_local", Domain: "clinic.example"}, Email: true, Accepted: true}
	}, &iam.Error{Kind: iam.KindInvalid, Field: "creation_anew", Cause: "creation_not_accepted_anew", Params: map[string]string{"Names": "Clinic Cards 2027"}}, false)
	form("password", system, 0, same, nil, false)
	form("long names", system, 3, same, nil, false)
	form("error", system, 1, func(in *methodInput) { in.Text = "-----BEGIN CERTIFICATE-----\nMIIB…" }, iam.Invalid("anchors", "anchors_garbled"), false)
	form("assurance refused", system, 1, same, &iam.Error{Kind: iam.KindInvalid, Field: "assurance", Cause: "acr_reserved", Params: map[string]string{"ACR": "phrh"}}, false)
	form("private key", system, 1, func(in *methodInput) { in.Text = "x" }, iam.Invalid("anchors", "anchors_private_key"), false)
	form("changed meanwhile", system, 1, func(in *methodInput) { in.Name, in.MaxDepth, in.Public = "Staff card", "1", false }, iam.Conflict("changed_meanwhile"), true)

	replayOf := func(state string, of func(sample) login.Replay) {
		replay = of
		form(state, system, 1, same, nil, false)
		replay = nil
	}
	replayOf("changes tried", func(s sample) login.Replay {
		alice, bob := iam.User{ID: "alice", Login: "alice", Name: "Alice Martin"}, iam.User{ID: "bob", Login: "bob", Name: "Bob Durand"}
		card := func(name string) iam.Certificate { return *s.certificate(name, "Example Client CA", -40, 690) }
		return login.Replay{Certificates: 213, Same: 198, Refused: 11, Lost: []login.Replayed{
			{Certificate: card("Alice Martin"), LastAt: s.now.AddDate(0, 0, -2), Before: login.Fate{User: alice, By: iam.TriedKey}, After: login.Fate{Cause: "unknown_issuer"}},
			{Certificate: card(strings.Repeat("Maximilienne-Alexandrine ", 3)), LastAt: s.now.AddDate(0, 0, -9), Before: login.Fate{User: bob, By: "san_email=email"}, After: login.Fate{Cause: login.CauseNotLinked}},
		}, Won: []login.Replayed{
			{Certificate: card("Bob Durand"), LastAt: s.now.AddDate(0, 0, -1), Before: login.Fate{Cause: login.CauseNotLinked}, After: login.Fate{User: bob, By: "san_upn=login_local@clinic.example"}},
		}, Weighed: []login.Replayed{
			{Certificate: card("Alice Martin"), LastAt: s.now, Before: login.Fate{User: alice, Assurance: iam.Assurance{ACR: "phr"}}, After: login.Fate{User: alice, Assurance: iam.Assurance{ACR: "phrh"}}},
		}}
	})
	replayOf("changes tried, long names", func(s sample) login.Replay {
		long := strings.Repeat("unbroken", 32)
		user, card := iam.User{ID: "long", Login: long, Name: long}, *s.certificate(long, long, -40, 690)
		one := login.Replayed{Certificate: card, LastAt: s.now, Before: login.Fate{User: user, By: "subject:1.3.6.1.4.1.99999.1.2.3.4.5.6.7=login@" + long + ".example"}, After: login.Fate{User: user, By: iam.TriedKey, Assurance: iam.Assurance{ACR: "https://example.org/" + long}}}
		return login.Replay{Certificates: 6000, More: true, Moved: []login.Replayed{one}, Weighed: []login.Replayed{one}}
	})
	replayOf("nothing to try", func(sample) login.Replay { return login.Replay{} })
	replayOf("no difference", func(sample) login.Replay { return login.Replay{Certificates: 1, Same: 1} })

	deletion := func(state string, who int, use provider.Use, refused *iam.Error) {
		add("delete method", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			m := s.methods()[who]
			room.deletion.Show(w, r, http.StatusOK, frameOf(s, system, true, "console.methods.delete_title", "Name", m.Name), deleteMethodOf(s.words, system, m, use, refused))
		})
	}
	add("require method", "asked", func(s sample, w http.ResponseWriter, r *http.Request) {
		room.deletion.Show(w, r, http.StatusOK, frameOf(s, system, true, "console.methods.require_title", "Name", "mTLS"), requireMethodOf(s.words, system, iam.Offer{Provider: s.methods()[1]}, nil))
	})
	add("require method", "optional again", func(s sample, w http.ResponseWriter, r *http.Request) {
		room.deletion.Show(w, r, http.StatusOK, frameOf(s, system, true, "console.methods.optional_title", "Name", "mTLS"), requireMethodOf(s.words, system, iam.Offer{Provider: s.methods()[1], Required: true}, nil))
	})
	add("method templates", "nothing found", func(s sample, w http.ResponseWriter, r *http.Request) {
		room.templates.Show(w, r, http.StatusOK, frameOf(s, system, true, "console.methods.templates_title"), templatesOf(s.words, system, s.widget(), "saml"))
	})
	add("copy method", "full", func(s sample, w http.ResponseWriter, r *http.Request) {
		text, err := textOf(s.methods()[1], nil)
		if err != nil {
			web.Fail(w, r, err)
			return
		}
		room.copied.Show(w, r, http.StatusOK, frameOf(s, system, true, "console.methods.copy_title", "Name", "mTLS"), copyMethodPage{Text: text, Back: system.methods()})
	})
	add("paste method", "error", func(s sample, w http.ResponseWriter, r *http.Request) {
		room.paste.Show(w, r, http.StatusOK, frameOf(s, system, true, "console.methods.paste_title"), pasteMethodPage{Action: system.methods() + "/paste", Cancel: system.methods(), Text: web.Field{
			Name: "settings", Type: "textarea", Rows: 14, Mono: true, Label: s.words.T("console.methods.paste_text"), Value: "{", Error: web.Explain(s.words, iam.Invalid("settings", "settings_malformed")),
		}})
	})
	apps := []iam.App{{Name: "Signet"}, {Name: "Wiki"}}
	deletion("asked", 1, provider.Use{Identifiers: 128, Apps: apps}, nil)
	deletion("nothing hangs on it", 1, provider.Use{}, nil)
	deletion("refused", 1, provider.Use{Identifiers: 1, Apps: apps}, &iam.Error{Kind: iam.KindConflict, Cause: "last_method", Params: map[string]string{"App": "Wiki"}})
}

func (s sample) methods() []iam.Provider {
	certificate := func(id iam.ProviderID, name string, public bool) iam.Provider {
		return iam.Provider{
			ID: id, Scope: iam.System(), Type: iam.ProviderCertificate, Name: name, Public: public, Publicity: iam.PublicityOnlyMe, Version: 3,
			Settings: iam.ProviderSettings{Certificate: &iam.CertificateSettings{MaxDepth: 2, MinRSABits: 3072, PolicyOIDs: []string{"2.16.756.1.89.1"}, LinkAtSignIn: true}},
		}
	}
	card := certificate("mtls", "mTLS", true)
	card.Description = "The card that everybody in the house has."
	return []iam.Provider{
		{ID: "password", Scope: iam.System(), Type: iam.ProviderPassword, Name: s.words.T("console.methods.template_password"), Public: true, Publicity: iam.PublicityOnlyMe, Version: 1},
		card, certificate("near", "Partners", false),
		certificate("long", strings.Repeat("Signaturkarte ", 3)+"Justiz", true), certificate("over", "Old cards", false),
	}
}

func (s sample) authorities(m iam.Provider) []authority {
	ca := func(name string, from, until int) authority {
		c := *s.certificate(name, name, from, until)
		c.SubjectKeyID = "7c14e09d3b52af668120cf4e7a9d03b1f5c82e46"
		return authority{Certificate: c, PathLen: 1, RSABits: 4096}
	}
	switch m.ID {
	case "mtls":
		return []authority{ca("Example Client CA", -400, 3000), ca("Example Client CA 2", -20, 3600)}
	case "near":
		return []authority{ca("Partner CA", -3600, 12), ca("Partner CA 2", -10, 3600)}
	case "long":
		return []authority{ca("Zertifizierungsstelle für Signaturkarten der Justizverwaltung des Landes", -3600, -4), ca("Second CA", -10, 3600)}
	case "over":
		return []authority{ca("Old CA", -3600, -100)}
	}
	return nil
}

func (s sample) widget() provider.Widget {
	m := s.methods()
	return provider.Widget{
		App:    iam.App{ID: iam.SignetApp, Name: "Signet"},
		Offers: []iam.Offer{{Provider: m[0], Position: 1, Main: true}, {Provider: m[1], Position: 2, Main: true}, {Provider: m[2], Position: 3}, {Provider: m[3], Position: 4}},
		Off:    []iam.Provider{m[4]},
	}
}

func (s sample) passwordOnly() provider.Widget {
	return provider.Widget{App: iam.App{ID: iam.SignetApp, Name: "Signet"}, Offers: []iam.Offer{{Provider: s.methods()[0], Position: 1, Main: true}}}
}

func (s sample) widgetOfApp() provider.Widget {
	m := s.methods()
	own := m[1]
	own.ID, own.Name, own.Public, own.Scope = "mtls", "Wiki card", false, iam.Application("wiki", "")
	return provider.Widget{App: iam.App{ID: "wiki", Name: "Wiki"}, Offers: []iam.Offer{{Provider: m[0], Main: true}, {Provider: own, Main: true}}, Off: []iam.Provider{m[1]}}
}
