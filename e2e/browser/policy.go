package browser

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"github.com/chromedp/chromedp"
)

// Choice is what a person would choose in the picker for the hosts that a
// pattern matches.
type Choice struct {
	Pattern    string // such as "https://[*.]cert.id.localhost:3443"; "" for every host
	CommonName string // of the certificate's subject; "" takes the first that the server accepts
}

// Choose says which certificate the browser presents from now on; the first
// pattern that matches counts. It returns when Chromium has heard it. What was
// chosen for a host before stays chosen there: that is how browsers are.
func (b *Browser) Choose(choices ...Choice) {
	b.t.Helper()
	policy := b.writePolicy(choices)
	if b.policies == nil {
		b.policies, _ = chromedp.NewContext(b.ctx) // closed with the browser
		ctx, cancel := context.WithTimeout(b.policies, b.timeout)
		defer cancel()
		if err := errors.Join(chromedp.Do(b.policies), chromedp.Do(ctx, chromedp.Navigate("chrome://policy"),
			chromedp.Evaluate[chromedp.Void](watchPolicies, chromedp.EvalAwaitPromise))); err != nil {
			b.t.Fatalf("open the page of policies: %v", err)
		}
	}
	// By itself Chromium would wait five seconds for more changes of the folder.
	err := b.eventually(func(ctx context.Context) error {
		heard, err := chromedp.Run(b.policies, chromedp.Evaluate[bool](`(chrome.send("reloadPolicies"), window.chosen === `+quoted(policy)+`)`))
		if err == nil && !heard {
			err = errors.New("it still has other policies")
		}
		return err
	})
	if err != nil {
		b.t.Fatalf("tell Chromium which certificate to choose: %v", err)
	}
}

// watchPolicies keeps what chrome://policy knows about choosing certificates in
// window.chosen, one entry a line.
const watchPolicies = `import("chrome://resources/js/cr.js").then(cr => {
	cr.addWebUiListener("policies-updated", (names, values) => {
		window.chosen = (values.policyGroups.chrome.policies.AutoSelectCertificateForUrls?.value ?? []).join("\n")
	})
	chrome.send("listenPoliciesUpdates")
})`

// writePolicy writes the policy of this browser and returns its entries, one a
// line.
func (b *Browser) writePolicy(choices []Choice) (text string) {
	b.t.Helper()
	entries := []string{}
	for _, c := range choices {
		if c.Pattern == "" {
			c.Pattern = "*"
		}
		filter := map[string]any{}
		if c.CommonName != "" {
			filter["SUBJECT"] = map[string]string{"CN": c.CommonName}
		}
		entry, err := json.Marshal(map[string]any{"pattern": c.Pattern, "filter": filter})
		if err != nil {
			b.t.Fatal(err)
		}
		entries = append(entries, string(entry))
		if text != "" {
			text += "\n"
		}
		text += string(entry)
	}
	content, err := json.Marshal(map[string]any{"AutoSelectCertificateForUrls": entries})
	if err != nil {
		b.t.Fatal(err)
	}
	dir := filepath.Join(b.etc, "policies", "managed")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.t.Fatal(err)
	}
	// Renamed into place: Chromium must not read half of it.
	if err := os.WriteFile(filepath.Join(b.etc, "new"), content, 0o644); err != nil {
		b.t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(b.etc, "new"), filepath.Join(dir, "signet.json")); err != nil {
		b.t.Fatal(err)
	}
	return text
}
