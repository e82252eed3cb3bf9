package console

import (
	"net/http"
	"strings"

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

	for i, state := range []string{"full", "native", "long names"} {
		add("application", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			pl := s.appPlace(i)
			room.app.Show(w, r, http.StatusOK, s.appView(pl, pl.prefix, ""), room.appOf(s.words, pl, s.widgetOfApp(), s.authorities))
		})
	}
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
		{ID: "wiki", Name: "Wiki", Type: iam.AppWeb, RedirectURIs: []string{"https://wiki.example/login/callback"}, PostLogoutRedirectURIs: []string{"https://wiki.example/"},
			SigningAlgorithm: "ES256", AccessTokenTTL: 600e9, RefreshTokenTTL: 720 * 3600e9, CertificateOnly: true, Version: 3, CreatedAt: at, UpdatedAt: at},
		{ID: "o4kq2xwepd4tn6zbh7m3ra5cvy", Name: "Payroll", Type: iam.AppNative, RedirectURIs: []string{"http://127.0.0.1/callback", "com.example.payroll:/callback"},
			SigningAlgorithm: "RS256", AccessTokenTTL: 600e9, RefreshTokenTTL: 720 * 3600e9, Version: 1, CreatedAt: at, UpdatedAt: at},
		{ID: "p5lq2xwepd4tn6zbh7m3ra5cvz", Name: "Gestion électronique des documents de la direction des affaires juridiques", Type: iam.AppSPA,
			RedirectURIs:     []string{"https://gestion-electronique-des-documents." + strings.Repeat("direction-des-affaires-juridiques.", 2) + "example.org/authentification/retour"},
			SigningAlgorithm: "ES256", AccessTokenTTL: 600e9, RefreshTokenTTL: 720 * 3600e9, Version: 1, CreatedAt: at, UpdatedAt: at},
		{ID: "test", Name: "Test of Wiki", Type: iam.AppSPA, Test: true, TestOf: "wiki", Version: 1, CreatedAt: at, UpdatedAt: at},
		{ID: iam.SignetApp, Name: "Signet", Type: iam.AppSPA, Version: 1, CreatedAt: at, UpdatedAt: at},
	}
}
