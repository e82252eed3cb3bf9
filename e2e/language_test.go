package e2e

import (
	"testing"

	"golang.org/x/oauth2"
)

// TestLanguage: what a person has just chosen, what the application asks for,
// what the person chose before, and what the browser prefers.
func TestLanguage(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	a := d.party(t)
	const en, fr = "Sign in to Demo application", "Se connecter à Demo application"
	asking := func(locales string) string { return a.request(oauth2.SetAuthURLParam("ui_locales", locales)).url }
	p := d.personIn("de, fr;q=0.8, en;q=0.5", nil)
	p.open(a.request().url)
	p.stands(fr)
	p.open(asking("de en-GB fr"))
	p.stands(en)
	p.press("Français")
	p.stands(fr)
	p.press("English")
	p.stands(en)
	p.open(asking("fr"))
	p.stands(en) // or the switch would seem broken
	stranger := d.personIn("de", nil)
	stranger.open(a.request().url)
	stranger.stands(en)
	stranger.open(asking("de"))
	stranger.stands(en)
}
