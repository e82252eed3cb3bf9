package console

import (
	"net/http"
	"strings"
	"time"

	"signet/internal/directory"
	"signet/internal/iam"
	"signet/internal/web"
)

// appSpecimens draw the pages about applications.
func (room *Room) appSpecimens(add specimenOf) {
	list := func(state, search, after string, apps func(sample) []iam.App) {
		add("applications", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			room.apps.Show(w, r, http.StatusOK, s.view(tabApplications, "apps.title"), appsOf(s.words, tabApplications, apps(s), search, after))
		})
	}
	none := func(sample) []iam.App { return nil }
	list("full", "", "", sample.apps)
	list("empty", "", "", none)
	list("nothing found", "paie", "", none)
	list("past the end", "", "x", none)

	known := []iam.Authority{{SHA256: "a", Name: "Example Client CA"}, {SHA256: "b", Name: "Zertifizierungsstelle für Signaturkarten der Justizverwaltung des Landes"}}
	for i, state := range []string{"full", "native", "long names", "test", "signet"} {
		add("application", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			pl := s.appPlace(i)
			data := room.appOf(s.words, pl, s.widgetOfApp(), s.authorities, s.secrets(), known)
			data.NoWayIn = i == 2
			if s.apps()[i].BackchannelLogoutURI != "" {
				data.Told, data.Logouts = true, logoutsOf(s.words, s.logouts(i), s.now)
			}
			room.app.Show(w, r, http.StatusOK, s.appView(pl, pl.prefix, ""), data)
		})
	}
	form := func(state string, isNew bool, in appInput, faults []*iam.Error, conflict bool) {
		add("application form", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			pl, title := s.appPlace(0), "apps.edit_title"
			view := s.appView(pl, pl.prefix, title)
			if isNew {
				view = s.view(tabApplications, "apps.new_title")
			}
			data := appFormOf(s.words, in, faults, isNew, true)
			if conflict {
				data.Wrong = appConflict(s.words, pl.client, in)
			}
			room.appForm.Show(w, r, http.StatusOK, view, data)
		})
	}
	form("new", true, newAppInput(), nil, false)
	add("application form", "new in an organization", func(s sample, w http.ResponseWriter, r *http.Request) {
		list := tabApplications
		view := inNewApp(s.words.T, s.view(tabOrganizations, "apps.new_title"), s.orgs()[2], &list)
		data := appFormOf(s.words, newAppInput(), nil, true, false)
		data.Cancel = list
		room.appForm.Show(w, r, http.StatusOK, view, data)
	})
	wrong := newAppInput()
	wrong.Redirects, wrong.Access = "http://wiki.example/cb\nhttps://*.wiki.example/cb", "0"
	about := func(cause, uri string) *iam.Error {
		return &iam.Error{Kind: iam.KindInvalid, Field: "redirect_uris", Cause: cause, Params: map[string]string{"URI": uri}}
	}
	form("error", true, wrong, []*iam.Error{iam.Invalid("name", "name_missing"), about("uri_scheme", "http://wiki.example/cb"), about("uri_wildcard", "https://*.wiki.example/cb"), iam.Invalid("access_token_ttl", "access_ttl_out_of_range")}, false)
	form("full", false, appInputOf(sample{now: room.Now()}.apps()[0]), nil, false)
	form("changed meanwhile", false, appInput{Name: "Wiki of the house", Redirects: "https://wiki.example/", Access: "5", Refresh: "1"}, []*iam.Error{iam.Conflict("changed_meanwhile")}, true)

	access := func(state string, i int, in accessInput, known []iam.Authority, refused *iam.Error) {
		add("application access", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			pl := s.appPlace(i)
			view := s.appView(pl, pl.prefix, "apps.access_title")
			view.LeadKey, view.LeadArgs = "apps.access_lead", []any{"App", pl.client.Name}
			room.access.Show(w, r, http.StatusOK, view, accessOf(s.words, pl, in, known, refused))
		})
	}
	access("full", 0, accessInput{Only: true, Authorities: []string{"a", "gone"}, Members: true}, known, nil)
	access("empty", 1, accessInput{}, nil, nil)
	access("refused", 1, accessInput{Only: true}, nil, iam.Conflict("certificate_method_needed"))
	access("strength refused", 1, accessInput{Strength: "4"}, known, iam.Invalid("min_strength", "no_method_reaches"))
	access("signet", 4, accessInput{}, known, iam.Conflict("no_administrator_could_sign_in"))

	people := func(state string, i int, list func(sample) []iam.AppPerson, roles func(sample) []iam.Holder, appoints bool) {
		add("application people", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			pl := s.appPlace(i)
			room.appPeople.Show(w, r, http.StatusOK, s.appView(pl, pl.prefix+"/people", "apps.people_title", "App", pl.client.Name), appPeopleOf(s.words, pl, list(s), roles(s), "", "", appoints, s.now))
		})
	}
	people("full", 0, sample.appPeople, func(s sample) []iam.Holder {
		return []iam.Holder{{User: s.people()[0], Membership: iam.Membership{Role: iam.RoleApplicationAdministrator}}, {User: s.people()[3], Membership: iam.Membership{Role: iam.RoleMember}}}
	}, true)
	people("empty", 1, func(sample) []iam.AppPerson { return nil }, func(sample) []iam.Holder { return nil }, false)
	for _, what := range []string{"end", "block", "allow"} {
		add("application person", what, func(s sample, w http.ResponseWriter, r *http.Request) {
			pl, person := s.appPlace(0), s.appPeople()[0]
			room.askApp.Show(w, r, http.StatusOK, s.appView(pl, pl.prefix+"/people", "apps."+what+"_title", "Name", person.User.DisplayName(), "App", "Wiki"), appPersonOf(s.words, pl, person, what))
		})
	}
	add("delete application", "full", func(s sample, w http.ResponseWriter, r *http.Request) {
		pl := s.appPlace(0)
		use := directory.AppUse{Methods: s.methods()[:1], Identifiers: 12}
		use.People, use.Living, use.Consents, use.Roles = 240, 31, 198, 1
		room.askApp.Show(w, r, http.StatusOK, s.appView(pl, pl.prefix, "apps.delete_title", "Name", "Wiki"), deleteAppOf(s.words, pl, use))
	})
	add("take back secret", "asked", func(s sample, w http.ResponseWriter, r *http.Request) {
		pl := s.appPlace(0)
		room.askApp.Show(w, r, http.StatusOK, s.appView(pl, pl.prefix, "apps.revoke_title"), revokeOf(s.words, pl, s.secrets()[1]))
	})
	connect := func(state string, i int, secret string) {
		add("connect", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			pl := s.appPlace(i)
			view := s.appView(pl, pl.prefix+"/connect", "apps.connect_title", "App", pl.client.Name)
			view.LeadKey = "apps.connect_lead"
			room.connect.Show(w, r, http.StatusOK, view, connectOf(s.words, pl.client, "https://id.example", secret))
		})
	}
	connect("new secret", 0, "q7Zk2vN0pXw5sLr8TjYb3mHc6dFg1aUe9oRiWnKxQyE")
	connect("full", 0, "")
	connect("public", 2, "")
}

// appCertificateSpecimens draw how an application proves who it is.
func (room *Room) appCertificateSpecimens(add specimenOf) {
	page := func(state, origin string, in appCertificateInput, wrong *iam.Error) {
		add("app certificate", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			pl := s.appPlace(0)
			view := s.appView(pl, pl.prefix, "apps.client_title")
			view.LeadKey, view.LeadArgs = "apps.client_lead", []any{"App", pl.client.Name}
			room.appCertificate.Show(w, r, http.StatusOK, view, appCertificateOf(s.words, pl, in, origin, wrong))
		})
	}
	const origin = "https://id.example.org:9443"
	typed := appCertificateInput{Certificate: true, Text: "-----BEGIN CERTIFICATE-----\nMIIB…\n-----END CERTIFICATE-----", Name: string(iam.ClientSubject), Value: "CN=wiki,O=Example,C=FR"}
	page("secret", origin, appCertificateInput{}, nil)
	page("certificate", origin, typed, nil)
	bound := typed
	bound.Bound = true
	page("bound", origin, bound, nil)
	page("listener off", "", typed, nil)
	page("name wrong", origin, typed, iam.Invalid("value", "client_name_malformed"))
	page("no CA", origin, appCertificateInput{Certificate: true}, iam.Invalid("anchors", "anchors_missing"))
	page("private key", origin, typed, iam.Invalid("anchors", "anchors_private_key"))
}

func (s sample) secrets() []iam.AppSecret {
	return []iam.AppSecret{{ID: "new", CreatedAt: s.now.Add(-time.Hour)}, {ID: "old", CreatedAt: s.now.AddDate(0, -2, 0), ExpiresAt: s.now.Add(23 * time.Hour)}}
}

// logouts are those of the first application; the others were told nothing yet.
func (s sample) logouts(i int) []iam.LogoutDelivery {
	if i > 0 {
		return nil
	}
	long := `post: Post "https://wiki.example/signed-out": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time is after 2026-03-01T00:00:00Z`
	return []iam.LogoutDelivery{
		{App: "wiki", Reason: iam.EndCertificateRevoked, CreatedAt: s.now.Add(-2 * time.Minute), Tries: 3, Fault: "post: the server answered 503 Service Unavailable"},
		{App: "wiki", Reason: iam.EndSignOut, CreatedAt: s.now.Add(-3 * time.Hour), Tries: 1, Outcome: iam.LogoutDelivered},
		{App: "wiki", Reason: iam.EndByAdministrator, CreatedAt: s.now.AddDate(0, 0, -3), Tries: 33, Outcome: iam.LogoutGivenUp, Fault: long},
	}
}

func (s sample) appPeople() (all []iam.AppPerson) {
	for i, u := range s.people() {
		person := iam.AppPerson{App: "wiki", User: u, LastAt: s.now.Add(-time.Duration(i*30) * time.Hour)}
		switch i {
		case 0:
			person.Living = 2
		case 2:
			person.BlockedAt = s.now
		case 3:
			person.LastAt = time.Time{}
		}
		all = append(all, person)
	}
	return all
}

// appView is the frame of a page of an application.
func (s sample) appView(pl place, tab, title string, args ...any) web.View {
	view := pl.inside(s.words.T, s.view(tab, title, args...), tab)
	if title == "" {
		view.Title = pl.client.Name
	}
	return view
}

func (s sample) appPlace(i int) place {
	a := s.apps()[i]
	return place{scope: a.Scope(), client: a, prefix: appPath(a.ID), list: tabApplications}
}

func (s sample) apps() []iam.App {
	at := s.now.AddDate(0, -2, 0)
	return []iam.App{
		{ID: "wiki", Name: "Wiki", Type: iam.AppWeb, RedirectURIs: []string{"https://wiki.example/login/callback"}, PostLogoutRedirectURIs: []string{"https://wiki.example/"}, BackchannelLogoutURI: "https://wiki.example/signed-out",
			SigningAlgorithm: "ES256", AccessTokenTTL: 600e9, RefreshTokenTTL: 720 * 3600e9, CertificateOnly: true, Authorities: []iam.Authority{{SHA256: "a", Name: "Example Client CA"}, {SHA256: "gone", Name: "Old CA"}}, MembersOnly: true, Version: 3, CreatedAt: at, UpdatedAt: at},
		{ID: "o4kq2xwepd4tn6zbh7m3ra5cvy", Name: "Payroll", Type: iam.AppNative, RedirectURIs: []string{"http://127.0.0.1/callback", "com.example.payroll:/callback"},
			SigningAlgorithm: "RS256", AccessTokenTTL: 600e9, RefreshTokenTTL: 720 * 3600e9, Version: 1, CreatedAt: at, UpdatedAt: at},
		{ID: "p5lq2xwepd4tn6zbh7m3ra5cvz", Name: "Gestion électronique des documents de la direction des affaires juridiques", Type: iam.AppSPA, BackchannelLogoutURI: "https://gestion-electronique-des-documents.example.org/authentification/fin-de-session",
			RedirectURIs:     []string{"https://gestion-electronique-des-documents." + strings.Repeat("direction-des-affaires-juridiques.", 2) + "example.org/authentification/retour"},
			SigningAlgorithm: "ES256", AccessTokenTTL: 600e9, RefreshTokenTTL: 720 * 3600e9, Version: 1, CreatedAt: at, UpdatedAt: at},
		{ID: "test", Name: "Test of Wiki", Type: iam.AppSPA, Test: true, TestOf: "wiki", Version: 1, CreatedAt: at, UpdatedAt: at},
		{ID: iam.SignetApp, Name: "Signet", Type: iam.AppSPA, Version: 1, CreatedAt: at, UpdatedAt: at},
	}
}
