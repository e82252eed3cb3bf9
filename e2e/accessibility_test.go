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

// TestAccessibility reads every page in every state, and keeps a picture of it
// where pictures of this run are kept.
// Languages and the two looks take turns.
func TestAccessibility(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile(filepath.Join(nodeModules(t), "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	pictures := pictureFolder(t)
	address := startGallery(t)
	p := browser.Start(t, browser.Options{}).Page()
	p.Navigate(address)
	specimens := browser.Eval[[]string](p, `[...document.querySelectorAll("main a[href*='lang=']")].map(a => a.pathname)`)
	slices.Sort(specimens)
	specimens = append(slices.Compact(specimens), "/", "/design")
	if len(specimens) < 100 {
		t.Fatalf("the gallery shows only %q", specimens)
	}
	for i, specimen := range specimens {
		look, language := browser.Look{Dark: i%2 == 1}, []string{"en", "fr"}[i/2%2]
		if i < 2 || i%2 != (i-1)%2 {
			p.View(look)
		}
		p.Navigate(address + specimen + "?lang=" + language)
		if picturesKept() {
			p.Screenshot(filepath.Join(pictures, pictureName(specimen)+"."+language+".png"), look)
		}
		for _, f := range browser.Eval[[]finding](p, string(axe)+";"+findings) {
			if f.Impact == "serious" || f.Impact == "critical" {
				t.Errorf("%s in %s, %+v: %s (%s): %s\n%s", specimen, language, look, f.Rule, f.Impact, f.Help, strings.Join(f.Nodes, "\n"))
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
