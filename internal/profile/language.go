package profile

import (
	"net/http"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// languageChoice offers the languages by their own names.
func (room *Room) languageChoice(p *i18n.Printer) web.Choice {
	choice := web.Choice{Name: "lang", Label: p.T("profile.language_label"), Hint: p.T("profile.language_hint")}
	for _, language := range room.Languages {
		choice.Options = append(choice.Options, web.Option{Value: language.Tag, Label: language.Name, Selected: language.Tag == p.Lang()})
	}
	return choice
}

// saveLanguage remembers the language in the account, for other browsers and
// for mail, and leaves this browser's to web: 307 sends the same form on.
func (room *Room) saveLanguage(v visit) error {
	chosen := v.r.PostFormValue("lang")
	for _, language := range room.Languages {
		if language.Tag == chosen {
			if err := room.Directory.SetLocale(v.ctx, v.caller, chosen); err != nil {
				return err
			}
			http.Redirect(v.w, v.r, "/language", http.StatusTemporaryRedirect)
			return nil
		}
	}
	return iam.Invalid("lang", "unknown_language")
}
