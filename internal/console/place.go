package console

import (
	"cmp"
	"net/http"
	"net/url"

	"signet/internal/iam"
	"signet/internal/web"
)

// place is where login methods are administered: a scope, and the client whose
// sign-in form the switches are of. At the system that is Signet itself.
type place struct {
	scope  iam.Scope
	client iam.App
	prefix string // of the paths
}

// place reads from the path where a visit stands. To whoever may not see login
// methods there, the place does not exist, be there such an application or not.
func (room *Room) place(v visit) (place, error) {
	pl, noun := place{scope: iam.System(), prefix: "/admin"}, "page"
	id := iam.AppID(v.r.PathValue("app"))
	if id != "" {
		noun = "application"
	}
	client, err := room.Directory.App(v.ctx, cmp.Or(id, iam.SignetApp))
	if iam.IsNotFound(err) {
		return pl, iam.NotFound(noun)
	}
	if err != nil {
		return pl, err
	}
	pl.client = client
	if id != "" {
		pl.scope, pl.prefix = client.Scope(), tabApplications+"/"+url.PathEscape(string(id))
	}
	if !v.caller.May(iam.ViewProviders, pl.scope) {
		if v.r.Method != http.MethodGet { // who tries to change what is not theirs stands in the log
			if err := room.Log.Denied(v.ctx, v.caller, iam.EditProviders, pl.scope); iam.AsError(err) == nil {
				return pl, err
			}
		}
		return pl, iam.NotFound(noun)
	}
	return pl, nil
}

func (pl place) atSystem() bool { return pl.scope.Level == iam.LevelSystem }

func (pl place) methods() string { return pl.prefix + "/methods" }

func (pl place) method(id iam.ProviderID) string {
	return pl.methods() + "/" + url.PathEscape(string(id))
}

// placed is the frame of a page about the login methods of a place.
func (room *Room) placed(v visit, pl place, title string, args ...any) (web.View, error) {
	view, err := room.view(v, pl.tab(), title, args...)
	return pl.crumbs(v.words.T, view), err
}

func (pl place) tab() string {
	if pl.atSystem() {
		return tabSettings
	}
	return tabApplications
}

// crumbs lead back to the tab, and on deeper pages to the list. There is no page
// of an application yet that its own could lead back to.
func (pl place) crumbs(t func(string, ...any) string, view web.View) web.View {
	if pl.atSystem() {
		view.Crumbs = []web.Link{{Label: t("console.settings_title"), URL: tabSettings}}
	}
	return view
}

// below adds the list of methods to the crumbs.
func (pl place) below(t func(string, ...any) string, view web.View) web.View {
	view.Crumbs = append(view.Crumbs, web.Link{Label: t("console.methods.title"), URL: pl.methods()})
	return view
}
