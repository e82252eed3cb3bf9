package e2e

import (
	"testing"

	"golang.org/x/oauth2"
)

// TestLanguage: what the application asks for, then the person's own choice,
// then the browser's.
func TestLanguage(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	a := d.party(t)
	const en, fr = "Sign in to Demo application", "Se connecter à Demo application"
	p := d.personIn("de, fr;q=0.8, en;q=0.5", nil)
	p.open(a.request().url)
	p.stands(fr)
	p.press("English")
	p.stands(en)
	p.open(a.request().url)
	p.stands(en) // the choice stays
	p.open(a.request(oauth2.SetAuthURLParam("ui_locales", "de fr-CA en")).url)
	p.stands(fr)
	p.open(a.request(oauth2.SetAuthURLParam("ui_locales", "de")).url)
	p.stands(en)
	unknown := d.personIn("de", nil)
	unknown.open(a.request().url)
	unknown.stands(en)
}
