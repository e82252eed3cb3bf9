package e2e

import (
	"bufio"
	"cmp"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"signet/e2e/browser"
)

// finding is what axe-core has against a page.
type finding struct {
	Rule   string   `json:"rule"`
	Impact string   `json:"impact"`
	Help   string   `json:"help"`
	Nodes  []string `json:"nodes"`
}

// findings asks axe-core for what breaks WCAG 2.2 AA, and good practice.
const findings = `axe.run(document, {
	resultTypes: ["violations"],
	runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
	rules: {"label-content-name-mismatch": {enabled: true}, "target-size": {enabled: true}},
}).then(found => found.violations.map(v => ({
	rule: v.id, impact: v.impact ?? "", help: v.help,
	nodes: v.nodes.slice(0, 3).map(n => n.target.join(" ") + ": " + n.html.slice(0, 200) + " — " + n.failureSummary),
})))`

// contrast asks it for the one thing that changes with the look.
const contrast = `axe.run(document, {resultTypes: ["violations"], runOnly: {type: "rule", values: ["color-contrast"]}}).then(found => found.violations.map(v => ({
	rule: v.id, impact: v.impact ?? "", help: v.help, nodes: v.nodes.slice(0, 3).map(n => n.target.join(" ") + ": " + n.failureSummary),
})))`

// unmarked gives the focus to everything that a keyboard reaches, and names what
// does not show that it has it: neither by itself nor by what it stands in.
const unmarked = `(() => {
	const look = e => [e, e.closest(".input, .choice-card"), e.nextElementSibling].filter(Boolean)
		.map(e => { const s = getComputedStyle(e); return [s.outlineStyle, s.outlineWidth, s.boxShadow, s.borderColor, s.translate].join() }).join(";")
	const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
		.filter(e => !e.disabled && e.type !== "hidden" && e.checkVisibility() && !e.closest("[inert]"))
	const bad = []
	for (const e of all) {
		document.activeElement?.blur()
		const before = look(e)
		e.focus()
		if (document.activeElement === e && look(e) === before) bad.push(e.outerHTML.slice(0, 160))
	}
	return bad
})()`

// TestAccessibility reads every page in every state, and keeps a picture of it
// where pictures of this run are kept.
// Languages take turns, and so do the two looks in what does not depend on them.
func TestAccessibility(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile(filepath.Join(nodeModules(t), "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	pictures := pictureFolder(t)
	address := startGallery(t)
	p := browser.Start(t, browser.Options{}).Page()
	p.View(browser.Look{Dark: true})
	p.Navigate(address)
	specimens := browser.Eval[[]string](p, `[...document.querySelectorAll("main a[href*='lang=']")].map(a => a.pathname)`)
	slices.Sort(specimens)
	specimens = append(slices.Compact(specimens), "/", "/design")
	if len(specimens) < 100 {
		t.Fatalf("the gallery shows only %q", specimens)
	}
	dark := true
	for i, specimen := range specimens {
		language := []string{"en", "fr"}[i%2]
		p.Navigate(address + specimen + "?lang=" + language)
		if picturesKept() {
			p.Screenshot(filepath.Join(pictures, pictureName(specimen)+"."+language+".png"), browser.Look{Dark: dark})
		}
		p.Press("Tab") // from now on the focus is a keyboard's
		if first := browser.Eval[string](p, `document.activeElement.hash ?? ""`); first != "#main" && browser.Eval[bool](p, `document.querySelector(".skip") !== null && document.querySelector("[autofocus]") === null`) {
			t.Errorf("%s: the first Tab does not reach the way past the navigation", specimen)
		}
		for _, element := range browser.Eval[[]string](p, unmarked) {
			t.Errorf("%s: does not show that it has the focus: %s", specimen, element)
		}
		// The look of the page before is still on; the other one comes second.
		for n, ask := range []string{string(axe) + ";" + findings, contrast} {
			if n > 0 {
				dark = !dark
				p.View(browser.Look{Dark: dark})
			}
			for _, f := range browser.Eval[[]finding](p, ask) {
				if f.Impact == "serious" || f.Impact == "critical" {
					t.Errorf("%s in %s, dark is %v: %s (%s): %s\n%s", specimen, language, dark, f.Rule, f.Impact, f.Help, strings.Join(f.Nodes, "\n"))
				}
			}
		}
	}
}

// pictureName is the file of a page of the gallery.
func pictureName(specimen string) string {
	return cmp.Or(strings.ReplaceAll(strings.Trim(specimen, "/"), "/", " "), "index")
}

// startGallery serves the gallery of all pages, and returns its address.
func startGallery(t *testing.T) string {
	t.Helper()
	gallery := exec.Command(program, "gallery", "--listen", "127.0.0.1:0")
	said, err := gallery.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := gallery.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = gallery.Process.Signal(os.Interrupt)
		if err := gallery.Wait(); err != nil {
			t.Errorf("the gallery did not end well: %v", err)
		}
	})
	lines := bufio.NewReader(said)
	line, err := lines.ReadString('\n')
	if err != nil {
		t.Fatalf("the gallery says nothing: %v", err)
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	address := regexp.MustCompile(`http://[0-9.:]+`).FindString(line)
	if address == "" {
		t.Fatalf("the gallery says: %s", line)
	}
	return address
}
