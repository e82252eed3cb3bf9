package e2e

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"signet/e2e/browser"
)

// chromium is a person's browser with its own store of certificates.
type chromium struct {
	*browser.Browser
	d *demo
}

// chromium starts a browser that prefers a language. Where it is asked for a
// certificate, the one of this common name is picked.
func (d *demo) chromium(t *testing.T, language, commonName string) *chromium {
	t.Helper()
	c := &chromium{d: d}
	c.Browser = browser.Start(t, browser.Options{
		ServerCA: d.file(d.ServerCA), At: d.at, Language: language, Choices: c.choices(commonName),
		Timeout: time.Minute, // not how long things take, but when waiting is given up
	})
	return c
}

// has imports the .p12 files of people, as they would.
func (c *chromium) has(logins ...string) {
	for _, login := range logins {
		u := c.d.user(login)
		c.ImportFile(filepath.Join(c.d.dir, u.P12), u.P12Password)
	}
}

// choose says which certificate is picked from now on.
func (c *chromium) choose(commonName string) { c.Choose(c.choices(commonName)...) }

// choices hold on certificate hosts only: a picker on any other page would hang.
func (c *chromium) choices(commonName string) []browser.Choice {
	return []browser.Choice{
		{Pattern: strings.Replace(c.d.CertificateHost, "*.", "[*.]", 1), CommonName: commonName},
		{Pattern: c.d.CertificateHostFixed, CommonName: commonName},
	}
}

// chooseNothing lets the picker open wherever a choice is not remembered: nobody
// sees it, and the test fails.
func (c *chromium) chooseNothing() { c.Choose() }

// window is one of its tabs, led through pages.
type window struct {
	*browser.Page
	t      *testing.T
	d      *demo
	folder string // of pictures
}

func (c *chromium) window(t *testing.T) *window {
	t.Helper()
	return &window{Page: c.Page(), t: t, d: c.d, folder: pictureFolder(t)}
}

// on waits for a page by its heading and looks at it: on a telephone it must not
// be wider than the window, and the title of Signet's own pages is the heading.
func (w *window) on(heading string) {
	w.t.Helper()
	w.WaitFor(`document.querySelector("h1")?.innerText.trim() === ` + fmt.Sprintf("%q", heading))
	if title := w.Title(); strings.HasPrefix(w.URL(), w.d.Issuer) && !strings.Contains(title, heading) {
		w.t.Errorf("the page %q is titled %q", heading, title)
	}
	w.d.pictures++
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:?*"<>|`, r) {
			return '-'
		}
		return r
	}, heading)
	w.Screenshot(filepath.Join(w.folder, fmt.Sprintf("%02d %s.png", w.d.pictures, name)), browser.Look{Width: 390})
	w.FitsWidth()
	w.View(browser.Look{})
}

// reads waits for texts on the page.
func (w *window) reads(texts ...string) {
	w.t.Helper()
	for _, text := range texts {
		w.WaitText(text)
	}
}

// attempt is the number at the foot of a refusal.
func (w *window) attempt() string {
	w.t.Helper()
	return browser.Eval[string](w.Page, `document.querySelector(".reference code, .reference-line code")?.innerText ?? ""`)
}

// begin opens the demo application and goes to the widget.
func (w *window) begin() {
	w.t.Helper()
	w.Navigate(w.d.AppURL)
	w.Click("Sign in with Signet", "link")
	w.WaitFor(`document.querySelector('form[action^="/signin/"]')`)
}

// signOut signs out at the application.
func (w *window) signOut() {
	w.t.Helper()
	w.Navigate(w.d.AppURL)
	w.Click("Sign out", "button")
	w.WaitText("You are signed out.")
}

// certificateHosts are the hosts on which the browser's sign-ins were judged,
// oldest first, as the demo keeps them.
func (d *demo) certificateHosts(t *testing.T) []string {
	t.Helper()
	text := d.query(t, `SELECT coalesce(group_concat(host, ' '), '') FROM (SELECT host FROM attempts ORDER BY created_at)`)
	return strings.Fields(cmp.Or(text, ""))
}
