package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Page is one tab. Its methods fail the test when something does not come to
// pass in time, with the address and the text of the page.
type Page struct {
	b   *Browser
	t   testing.TB
	ctx context.Context

	scriptless bool

	mu        sync.Mutex
	navigated int             // how many navigations of the page itself began; under mu
	loading   bool            // under mu
	documents map[string]bool // addresses that pages were loaded from; under mu
}

// Page opens a new tab.
func (b *Browser) Page() *Page {
	b.t.Helper()
	ctx, _ := chromedp.NewContext(b.ctx) // closed with the browser, after its console was read
	p := &Page{b: b, t: b.t, ctx: ctx, documents: map[string]bool{}}
	if err := p.listen(); err != nil {
		b.t.Fatalf("open a tab: %v", err)
	}
	b.mu.Lock()
	b.pages = append(b.pages, p)
	b.mu.Unlock()
	return p
}

// WithoutScripts turns JavaScript off for what the tab loads from now on.
func (p *Page) WithoutScripts() {
	p.t.Helper()
	p.scriptless = true
	err := chromedp.Do(p.ctx, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
	if err != nil {
		p.t.Fatalf("turn scripts off: %v", err)
	}
}

// Navigate goes to the address and waits until the page is loaded, wherever the
// redirects lead.
func (p *Page) Navigate(url string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, p.b.timeout)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		p.t.Fatalf("navigate to %s: %v", url, err)
	}
}

// Reload loads the page again.
func (p *Page) Reload() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, p.b.timeout)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Reload()); err != nil {
		p.t.Fatalf("reload: %v", err)
	}
}

// Back goes one page back, as the browser's button does.
func (p *Page) Back() {
	p.t.Helper()
	// The page may come out of a cache, without loading anything: its address is
	// what tells.
	from := p.URL()
	p.act("go back", func(ctx context.Context, t *chromedp.Target) error {
		_, err := chromedp.Evaluate[chromedp.Void](`history.back()`)(ctx, t)
		return err
	})
	p.wait("the page before "+from, `location.href !== `+quoted(from)+` && document.readyState === "complete"`)
}

// Click presses the button, link, checkbox, tab or summary of that name with the
// mouse, and waits for the page that this loads, if any. The name is what a
// screen reader says; part of it will do where it is the only one. With a role
// ("button", "link", …) only such elements count.
func (p *Page) Click(name string, role ...string) {
	p.t.Helper()
	roles := role
	if len(roles) == 0 {
		roles = clickable
	}
	p.act(fmt.Sprintf("click %q", name), func(ctx context.Context, t *chromedp.Target) error {
		n, err := find(ctx, t, name, roles)
		if err != nil {
			return err
		}
		return click(ctx, t, n)
	})
}

// Fill types the text into the field of that label, in place of what it holds.
func (p *Page) Fill(label, text string) {
	p.t.Helper()
	p.act(fmt.Sprintf("fill %q", label), func(ctx context.Context, t *chromedp.Target) error {
		n, err := find(ctx, t, label, fillable)
		if err != nil {
			return err
		}
		if _, err := cdp.Call(ctx, t, dom.Focus, dom.FocusParams{BackendNodeID: n.id}); err != nil {
			return fmt.Errorf("focus %q: %w", n.name, err)
		}
		if err := callOn(ctx, t, n, `function() { this.select() }`); err != nil {
			return err
		}
		_, err = cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
		return err
	})
}

// Select chooses the option of that text in the list of that label.
func (p *Page) Select(label, option string) {
	p.t.Helper()
	p.act(fmt.Sprintf("select %q in %q", option, label), func(ctx context.Context, t *chromedp.Target) error {
		n, err := find(ctx, t, label, []string{"combobox", "listbox"})
		if err != nil {
			return err
		}
		return callOn(ctx, t, n, `function(text) {
			const found = [...this.options].find(o => o.text.trim() === text)
			if (!found) throw new Error("no option " + text + " among " + [...this.options].map(o => o.text.trim()).join(", "))
			found.selected = true
			this.dispatchEvent(new Event("input", {bubbles: true}))
			this.dispatchEvent(new Event("change", {bubbles: true}))
		}`, option)
	})
}

// Press types a key into whatever has the focus: "Enter", "Tab", "Escape",
// "ArrowDown", or text. It waits for the page that this loads, if any.
func (p *Page) Press(key string) {
	p.t.Helper()
	if text, ok := map[string]string{"Enter": "\r", "Tab": "\t", "Escape": "\x1b", "ArrowDown": kb.ArrowDown}[key]; ok {
		key = text
	}
	p.act("press a key", func(ctx context.Context, t *chromedp.Target) error {
		_, err := chromedp.KeyEvent(key)(ctx, t)
		return err
	})
}

// Has reports whether the page now has an element of the role and the name.
func (p *Page) Has(role, name string) bool {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, p.b.timeout)
	defer cancel()
	var missing *notFoundError
	err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := find(ctx, t, name, []string{role})
		return err
	}))
	if err != nil && !errors.As(err, &missing) {
		p.fail("look for %s %q: %v", role, name, err)
	}
	return err == nil
}

// Value returns what the field of that label holds.
func (p *Page) Value(label string) (value string) {
	p.t.Helper()
	p.act(fmt.Sprintf("read %q", label), func(ctx context.Context, t *chromedp.Target) error {
		n, err := find(ctx, t, label, fillable)
		value = n.value
		return err
	})
	return value
}

// Text returns what a person reads on the page.
func (p *Page) Text() string {
	p.t.Helper()
	return Eval[string](p, `document.body ? document.body.innerText : ""`)
}

// Title returns the page's title.
func (p *Page) Title() string { p.t.Helper(); return Eval[string](p, `document.title`) }

// URL returns the address of the page.
func (p *Page) URL() string { p.t.Helper(); return Eval[string](p, `location.href`) }

// WaitText waits until the page shows the text.
func (p *Page) WaitText(text string) {
	p.t.Helper()
	p.wait(fmt.Sprintf("the page shows %q", text), `(document.body?.innerText ?? "").includes(`+quoted(text)+`)`)
}

// WaitGone waits until the page does not show the text any more.
func (p *Page) WaitGone(text string) {
	p.t.Helper()
	p.wait(fmt.Sprintf("the page does not show %q", text), `!(document.body?.innerText ?? "").includes(`+quoted(text)+`)`)
}

// WaitURL waits until the address begins with the prefix.
func (p *Page) WaitURL(prefix string) {
	p.t.Helper()
	p.wait("the address begins with "+prefix, `location.href.startsWith(`+quoted(prefix)+`)`)
}

// WaitFor waits until the JavaScript expression is true.
func (p *Page) WaitFor(expression string) { p.t.Helper(); p.wait(expression, expression) }

// Eval returns the value of a JavaScript expression, or of its promise.
func Eval[T any](p *Page, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, p.b.timeout)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("evaluate %s: %v", expression, err)
	}
	return value
}

func (p *Page) wait(what, expression string) {
	p.t.Helper()
	err := p.b.eventually(func(context.Context) error {
		ctx, cancel := context.WithTimeout(p.ctx, p.b.timeout)
		defer cancel()
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`Boolean(`+expression+`)`))
		if err == nil && !ok {
			err = errors.New("it does not")
		}
		return err // also of a page that is just being left
	})
	if err != nil {
		p.fail("wait until %s: %v", what, err)
	}
}

// act does something to the page as soon as it can be done, and waits for the
// navigation that it starts.
func (p *Page) act(what string, do func(context.Context, *chromedp.Target) error) {
	p.t.Helper()
	p.settle()
	before := p.navigations()
	err := p.b.eventually(func(context.Context) error {
		ctx, cancel := context.WithTimeout(p.ctx, p.b.timeout)
		defer cancel()
		return chromedp.Do(ctx, chromedp.Func(do))
	})
	if err != nil {
		p.fail("%s: %v", what, err)
	}
	// Submitting a form and following a link are tasks of their own, which have
	// been announced when a later task answers. A page that goes away meanwhile
	// does not answer.
	ctx, cancel := context.WithTimeout(p.ctx, p.b.timeout)
	defer cancel()
	later := `new Promise(done => setTimeout(() => setTimeout(done)))`
	if p.scriptless { // timers do not run; answers come in order with other tasks, too
		later = `0`
	}
	for range 2 {
		_, _ = chromedp.Run(ctx, chromedp.Evaluate[chromedp.Void](later, chromedp.EvalAwaitPromise))
	}
	if p.navigations() > before {
		p.settle()
	}
}

// fail ends the test and says what the page looks like.
func (p *Page) fail(format string, args ...any) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, p.b.timeout)
	defer cancel()
	seen, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.title + "\n\n" + (document.body?.innerText ?? "").slice(0, 3000)`))
	if err != nil {
		seen = fmt.Sprintf("(the page does not answer: %v. Does Chromium wait for a choice of certificate?)", err)
	}
	if dir := os.Getenv("SIGNET_TEST_PICTURES"); dir != "" {
		if picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100)); err == nil {
			name := strings.NewReplacer("/", "_", " ", "_").Replace(p.t.Name())
			_ = os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644) // the test fails anyhow
		}
	}
	p.t.Fatalf(format+"\n--- the page:\n%s\n--- the console:\n%s", append(args, seen, strings.Join(p.b.Messages(), "\n"))...)
}

// click presses the middle of the element with the mouse.
func click(ctx context.Context, t *chromedp.Target, n node) error {
	if _, err := cdp.Call(ctx, t, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: n.id}); err != nil {
		return fmt.Errorf("scroll to %q: %w", n.name, err)
	}
	quads, err := cdp.Call(ctx, t, dom.GetContentQuads, dom.GetContentQuadsParams{BackendNodeID: n.id})
	if err != nil {
		return fmt.Errorf("find where %q is: %w", n.name, err)
	}
	if len(quads.Quads) == 0 || len(quads.Quads[0]) != 8 {
		return fmt.Errorf("%q has no place on the page", n.name)
	}
	q := quads.Quads[0]
	x, y := (q[0]+q[2]+q[4]+q[6])/4, (q[1]+q[3]+q[5]+q[7])/4
	_, err = chromedp.MouseClickXY(x, y)(ctx, t)
	return err
}

// callOn calls a JavaScript function with the element as this.
func callOn(ctx context.Context, t *chromedp.Target, n node, function string, args ...string) error {
	object, err := cdp.Call(ctx, t, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: n.id})
	if err != nil {
		return fmt.Errorf("reach %q: %w", n.name, err)
	}
	params := runtime.CallFunctionOnParams{FunctionDeclaration: function, ObjectID: object.Object.ObjectID}
	for _, arg := range args {
		params.Arguments = append(params.Arguments, &runtime.CallArgument{Value: []byte(quoted(arg))})
	}
	result, err := cdp.Call(ctx, t, runtime.CallFunctionOn, params)
	if err != nil {
		return err
	}
	if result.ExceptionDetails != nil && result.ExceptionDetails.Exception != nil {
		return errors.New(result.ExceptionDetails.Exception.Description)
	}
	return nil
}
