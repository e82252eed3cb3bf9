package e2e

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"signet/e2e/browser"
	"signet/internal/cert/certtest"
	"signet/internal/i18n"
)

// empty is an installation with nothing in it, as `signet serve` makes it.
type empty struct {
	t      *testing.T
	issuer string
	host   string // certificate host with its port
	setUp  string // the link in the log
	ca     []byte // of its development certificates
	dir    string // of its data
}

// serve starts an installation on ports of its own.
func serve(t *testing.T, more ...string) *empty {
	t.Helper()
	return serveFrom(t, t.TempDir(), more...)
}

// serveFrom starts an installation that nobody administers yet from its data, with
// more settings.
func serveFrom(t *testing.T, dir string, more ...string) *empty {
	t.Helper()
	e := &empty{t: t, dir: dir}
	main, certificates := portOf(freePort(t)), portOf(freePort(t))
	e.issuer, e.host = "https://id.localhost:"+main, "id.localhost:"+certificates
	said := &lockedBuffer{}
	cmd := exec.Command(program, append([]string{"serve", "--issuer", e.issuer, "--listen", "127.0.0.1:" + main, "--certificate-listen", "127.0.0.1:" + certificates,
		"--certificate-fixed", e.host, "--certificate-wildcard", "*.cert.id.localhost:" + certificates, "--data", dir}, more...)...)
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		if strings.Contains(said.String(), "level=ERROR") || t.Failed() {
			t.Errorf("the server said:\n%s", said)
		}
	})
	lines := bufio.NewReader(out)
	link := regexp.MustCompile(`link=(https://\S+)`)
	for e.setUp == "" {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("the server ended: %v\n%s", err, said)
		}
		_, _ = io.WriteString(said, line)
		if m := link.FindStringSubmatch(line); m != nil {
			e.setUp = m[1]
		}
	}
	go func() { _, _ = io.Copy(said, lines) }()
	found := regexp.MustCompile(`ca=(\S+)`).FindStringSubmatch(said.String())
	if found == nil {
		t.Fatalf("the log names no development CA:\n%s", said)
	}
	if e.ca, err = os.ReadFile(found[1]); err != nil {
		t.Fatal(err)
	}
	return e
}

// mission are the words of the mission document where the walk needs them, and
// of the same places in English.
var mission = map[string]map[string]string{
	"fr": {
		"admin": "Panneau d’administration", "settings": "Paramètres", "methods": "Méthodes de connexion", "configure": "Configurer", "create": "Créer",
		"name": "Nom", "description": "Description", "logo": "Logo", "public": "Méthode de connexion publique", "publicity": "Publicité",
		"basics": "Informations de base", "more": "Paramètres supplémentaires", "profile": "Profil", "identifiers": "Identifiants", "add": "Ajouter",
	},
	"en": {
		"admin": "Administration", "settings": "Settings", "methods": "Login methods", "configure": "Configure", "create": "Create",
		"name": "Name", "description": "Description", "logo": "Logo", "public": "Public login method", "publicity": "Publicity",
		"basics": "Basic information", "more": "Additional settings", "profile": "Profile", "identifiers": "Identifiers", "add": "Add",
	},
}

// visitor is a tab of a browser on an empty installation.
type visitor struct {
	*browser.Page
	t     *testing.T
	e     *empty
	b     *browser.Browser
	words *i18n.Printer
	login string // what they sign in with; "ada", the first administrator, where empty
	shots int
}

func (e *empty) visitor(t *testing.T, language, commonName string) *visitor {
	t.Helper()
	catalogues, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	words, _ := catalogues.In(language)
	b := browser.Start(t, browser.Options{ServerCA: e.ca, Language: language, Choices: []browser.Choice{
		{Pattern: "https://" + e.host, CommonName: commonName},
		{Pattern: "https://[*.]cert." + e.host, CommonName: commonName},
	}})
	return &visitor{Page: b.Page(), t: t, e: e, b: b, words: words}
}

// on waits for a page by its heading, and keeps a picture of it.
func (v *visitor) on(heading string) {
	v.t.Helper()
	v.WaitFor(`document.querySelector("h1")?.innerText.trim() === ` + fmt.Sprintf("%q", heading))
	v.shots++
	v.Screenshot(filepath.Join(pictureFolder(v.t), v.login+fmt.Sprintf("%02d.png", v.shots)), browser.Look{Width: 390})
	v.FitsWidth()
	v.View(browser.Look{})
}

// setUp makes the first administrator by the link in the log, and signs in.
func (v *visitor) setUpAndSignIn() {
	v.t.Helper()
	v.Navigate(v.e.setUp)
	v.on(v.words.T("console.setup_title"))
	v.Fill(v.words.T("console.login"), "ada")
	v.Fill(v.words.T("console.name"), "Ada Lovelace")
	v.choosePassword()
	v.Click(v.words.T("console.setup_submit"), "button")
	v.signIn()
}

// choosePassword fills a password in twice.
func (v *visitor) choosePassword() {
	v.t.Helper()
	browser.Eval[bool](v.Page, `(() => { for (const n of ["password", "again"]) document.querySelector("[name=" + n + "]").value = "correct horse battery"; return true })()`)
}

func (v *visitor) signIn() {
	v.t.Helper()
	v.WaitURL(v.e.issuer + "/signin/")
	v.Fill(v.words.T("signin.login"), cmp.Or(v.login, "ada"))
	v.Press("Enter")
	v.WaitFor(`document.querySelector("[name=password]")`)
	v.Fill(v.words.T("signin.password"), "correct horse battery")
	v.Press("Enter")
	v.on(v.words.T("profile.title"))
}

func (v *visitor) signOut() {
	v.t.Helper()
	browser.Eval[bool](v.Page, `(document.querySelector("form[action='/signout']").requestSubmit(), true)`)
	v.on(v.words.T("signin.signed_out_title"))
}

// p12 is what a person gets of their CA.
func p12(t *testing.T, ca *certtest.CA, commonName string) []byte {
	t.Helper()
	leaf := ca.Issue(t, certtest.Spec{CN: commonName})
	file, err := pkcs12.Modern2023.Encode(leaf.Key, leaf.Cert, nil, "secret")
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// TestMission walks the mission document at the level of the system, click by
// click in Chromium, from an empty installation to a person who signs in with a
// certificate: in French as it is written, and in English.
func TestMission(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"fr", "en"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			e, say := serve(t), mission[language]
			ca := certtest.NewCA(t, certtest.CASpec{Name: "Walk CA"})
			v := e.visitor(t, language, "Ada Lovelace")
			v.b.Import(p12(t, ca, "Ada Lovelace"), "secret")
			v.setUpAndSignIn()

			// Étape 2: the panel, the tab, the block, the button, the template, the form.
			v.Click(v.words.T("web.account"))
			v.Click(say["admin"], "link")
			v.Click(say["settings"], "link")
			v.on(say["settings"])
			v.WaitText(say["methods"])
			v.Click(say["configure"], "link")
			v.on(say["methods"])
			v.createMethod(say, ca, true)

			// Test: every check, whom it would sign in, and no effect.
			v.Click(v.words.T("console.methods.configure_named", "Name", "mTLS"), "link")
			v.on("mTLS")
			v.Click(v.words.T("console.methods.test_button"), "button")
			v.on(v.words.T("signin.test_title", "Method", "mTLS"))
			v.WaitText(v.words.T("signin.test_accepted"))
			v.WaitText(v.words.T("fate.check.path"))
			v.Click(v.words.T("signin.test_back"), "button")
			v.on("mTLS")

			// Étape 3: the switch on the method's row.
			v.Navigate(e.issuer + "/admin/methods")
			v.switchOn("Signet")

			v.link(say, "Ada Lovelace")

			// Étape 3, vérifier: the icon, and nothing is typed.
			v.signOut()
			v.Navigate(e.issuer + "/signin?to=/profile")
			v.WaitText("Ada Lovelace") // an account of this browser
			v.Click(v.words.T("signin.with", "Method", "mTLS"), "button")
			v.on(say["profile"])
			v.WaitText("Ada Lovelace")

			// And with one press on the account.
			v.signOut()
			v.Navigate(e.issuer + "/signin?to=/profile")
			v.Click("Ada Lovelace ada", "button")
			v.on(say["profile"])

			// In a test application's sign-in form, too: the button with the logo (S50).
			v.Navigate(e.issuer + "/applications/signet")
			v.Click(v.words.T("apps.test_form"), "button")
			v.WaitURL(e.issuer + "/try/")
			v.Click(v.words.T("try.open"), "link")
			v.Click(v.words.T("signin.with", "Method", "mTLS"), "button")
			v.WaitFor(`location.pathname.startsWith("/try/") || document.querySelector("form[action$='/consent']")`)
			if v.Has("button", v.words.T("signin.agree")) {
				v.Click(v.words.T("signin.agree"), "button")
			}
			v.on(v.words.T("try.result_title"))
			v.WaitText(v.words.T("try.how_certificate"))

			// Now the test says whose it is.
			v.Navigate(e.issuer + "/admin/methods")
			v.Click(v.words.T("console.methods.configure_named", "Name", "mTLS"), "link")
			v.Click(v.words.T("console.methods.test_button"), "button")
			v.WaitText(v.words.T("signin.test_would_sign_in", "Name", "Ada Lovelace"))
		})
	}
}

// createMethod is Étape 2 from the page of methods on: the button, the template,
// the form. A method of an application is never public, and its form says nothing
// of it.
func (v *visitor) createMethod(say map[string]string, ca *certtest.CA, public bool) {
	v.t.Helper()
	browser.Eval[bool](v.Page, `(document.querySelector(".page-actions a.button-primary").focus(), true)`)
	v.Press("Enter") // Créer: the page has the button twice while there is nothing
	v.WaitText("mTLS")
	v.Click("mTLS", "link")
	for _, word := range []string{"basics", "name", "description", "logo", "more", "publicity"} {
		v.WaitText(say[word])
	}
	if name := v.Value(say["name"]); name != "mTLS" {
		v.t.Errorf("the name is %q by default", name)
	}
	v.Fill(v.words.T("console.methods.add_text"), string(ca.PEM()))
	v.Click(v.words.T("console.trust.mode.none"), "radio")
	if public {
		v.Click(say["public"], "switch")
	} else if v.Has("switch", say["public"]) {
		v.t.Error("a method of an application can be made public (row S37)")
	}
	v.Click(say["create"], "button")
	v.on(say["methods"])
	v.WaitText(v.words.T("console.methods.created", "Name", "mTLS"))
}

// switchOn is Étape 3: the switch on the method's row.
func (v *visitor) switchOn(app string) {
	v.t.Helper()
	v.Click(v.words.T("console.methods.switch_named", "Name", "mTLS"), "switch")
	v.WaitText(v.words.T("console.methods.switched_on", "Name", "mTLS", "App", app))
	v.WaitText(v.words.T("console.methods.host_up"))
}

// link is the person's part: Profil → Identifiants → Ajouter → mTLS → the
// certificate.
func (v *visitor) link(say map[string]string, name string) {
	v.t.Helper()
	v.Navigate(v.e.issuer + "/profile")
	v.on(say["profile"])
	v.WaitText(say["identifiers"])
	v.Click(say["add"], "link")
	v.WaitText("mTLS")
	v.Click(v.words.T("profile.add_named", "Name", "mTLS"), "button")
	v.on(v.words.T("signin.confirm_title"))
	v.Click(v.words.T("signin.confirm"), "button")
	v.WaitText(v.words.T("profile.linked", "Name", name))
}

// TestMethodByKeyboard makes a login method and drags it with no mouse, and with
// the mouse by its handle.
func TestMethodByKeyboard(t *testing.T) {
	t.Parallel()
	e := serve(t)
	ca := certtest.NewCA(t, certtest.CASpec{Name: "Walk CA"})
	v := e.visitor(t, "en", "nobody")
	v.setUpAndSignIn()
	v.Navigate(e.issuer + "/admin/settings")
	v.keyTo("Configure")
	v.Press("Enter")
	v.on("Login methods")
	v.keyTo("Create")
	v.Press("Enter")
	v.on("Create a login method")
	v.keyTo("mTLS")
	v.Press("Enter")
	v.WaitURL(e.issuer + "/admin/methods/new/mtls")
	v.keyTo("Or as text")
	browser.Eval[bool](v.Page, fmt.Sprintf(`(document.execCommand("insertText", false, %q), true)`, string(ca.PEM())))
	v.keyTo("Refuse what cannot be checked")
	v.Press(" ")
	v.keyTo("Public login method")
	v.Press(" ")
	v.keyTo("Create")
	v.Press("Enter")
	v.on("Login methods")
	v.WaitText("mTLS has been created")
	v.keyTo("Show mTLS in the sign-in form")
	v.Press(" ")
	v.WaitText("mTLS is in the sign-in form of Signet")
	v.keyTo("Move mTLS up")
	v.Press("Enter")
	first := `document.querySelector("[data-group=main] [data-method] strong").innerText`
	v.WaitFor(first + ` === "mTLS"`)

	// By the handle, into the group of round icons. It is sent as a form: the page
	// comes anew.
	browser.Eval[bool](v.Page, `(() => {
		window.before = true
		const at = (e, type, x, y) => e.dispatchEvent(new PointerEvent(type, {bubbles: true, cancelable: true, button: 0, clientX: x, clientY: y}))
		const row = document.querySelector("[data-group=main] [data-method]"), to = document.querySelector("[data-group=others]")
		to.scrollIntoView({block: "center"})
		const box = to.getBoundingClientRect(), handle = row.querySelector(".handle")
		at(handle, "pointerdown", 0, 0)
		at(document, "pointermove", box.left + 40, box.top + 10)
		at(document, "pointerup", box.left + 40, box.top + 10)
		return true
	})()`)
	v.WaitFor(`window.before === undefined && document.readyState === "complete" && document.querySelector("[data-group=others] [data-method] strong")?.innerText === "mTLS"`)
	v.Reload()
	v.WaitFor(`document.querySelector("[data-group=others] [data-method] strong")?.innerText === "mTLS"`)
	v.WaitFor(`document.querySelector(".widget-preview .button-compact")`) // and so in the preview
}

// keyTo presses the tabulator until the focus is on what says this.
func (v *visitor) keyTo(name string) {
	v.t.Helper()
	var passed []string
	for range 90 {
		v.Press("Tab")
		at := browser.Eval[string](v.Page, `(e => (e.getAttribute("aria-label") ?? e.labels?.[0]?.innerText ?? e.innerText ?? "").trim())(document.activeElement)`)
		if at == name || strings.HasPrefix(at, name+"\n") {
			return
		}
		passed = append(passed, at)
	}
	v.t.Fatalf("the tabulator does not lead to %q, but to %q", name, passed)
}

// firstVisit is how much a first visit of the widget may weigh.
const firstVisit = 60 << 10

// TestWeightOfTheWidget: a first visit weighs little, and asks no other host for
// anything.
func TestWeightOfTheWidget(t *testing.T) {
	t.Parallel()
	e := serve(t)
	v := e.visitor(t, "fr", "nobody")
	v.Navigate(e.issuer + "/signin")
	v.WaitURL(e.issuer + "/signin/")
	type entry struct {
		Name string `json:"name"`
		Size int    `json:"size"`
	}
	loaded := browser.Eval[[]entry](v.Page, `[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
		.map(e => ({name: e.name, size: e.transferSize}))`)
	total := 0
	for _, l := range loaded {
		total += l.Size
		t.Logf("%6d bytes  %s", l.Size, l.Name)
		if u, err := url.Parse(l.Name); err != nil || u.Scheme+"://"+u.Host != e.issuer {
			t.Errorf("the widget asks another host: %s", l.Name)
		}
		if l.Size == 0 {
			t.Errorf("%s did not come over the network: this is no first visit", l.Name)
		}
	}
	t.Logf("%6d bytes in all, of at most %d", total, firstVisit)
	if len(loaded) < 3 || total > firstVisit {
		t.Errorf("a first visit loads %d things of %d bytes", len(loaded), total)
	}
}
