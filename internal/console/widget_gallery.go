package console

import (
	"net/http"
	"strings"

	"signet/internal/iam"
	"signet/internal/provider"
)

// widgetSpecimens draw the form of the sign-in form's looks.
func (room *Room) widgetSpecimens(add specimenOf) {
	system := place{scope: iam.System(), prefix: prefixSystem, client: iam.App{ID: iam.SignetApp, Name: "Signet"}}
	wiki := place{scope: iam.Application("wiki", ""), prefix: appPath("wiki"), client: iam.App{ID: "wiki", Name: "Wiki"}}
	specimen := func(state string, pl place, in widgetInput, wrong *iam.Error) {
		add("widget", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			view := pl.widgetView(pl.crumbs(s.words.T, s.view(pl.tab(), "console.widget.title")), iam.Look{})
			look := iam.Look{Title: strings.ReplaceAll(in.Title, provider.AppName, pl.client.Name)}
			data := widgetOf(s.words, pl, in, s.widget(), look, iam.Settings{Registration: true}, wrong)
			if wrong != nil && wrong.Cause == "changed_meanwhile" {
				data.Wrong = widgetConflict(s.words, iam.Appearance{Title: "Sign in to the house", Accent: "#0b6e4f", Logo: "other", SignUp: in.SignUp, CoverMode: in.CoverMode}, in)
			}
			room.widget.Show(w, r, http.StatusOK, view, data)
		})
	}
	full := widgetInput{links: "Help https://help.example\nPrivacy https://example.org/privacy", Appearance: iam.Appearance{
		Title: "Welcome to APP_NAME", Accent: "#8a1c4a", Inside: "<p>Use your staff card.</p>", Footer: "© Example Hospital", SignUp: iam.SignUpHidden, CoverMode: iam.CoverDefault, Version: 3,
	}}
	specimen("empty", system, widgetInput{}, nil)
	specimen("full", system, full, nil)
	specimen("application", wiki, full, nil)
	bright := full
	bright.Accent = "#ffe600"
	specimen("colour that cannot be read", system, bright, &iam.Error{
		Kind: iam.KindInvalid, Cause: "colour_contrast", Field: "accent", Params: map[string]string{"Ratio": "1.29", "Better": "#7d7100", "BetterRatio": "4.90"},
	})
	specimen("changed meanwhile", system, full, iam.Conflict("changed_meanwhile"))
}
