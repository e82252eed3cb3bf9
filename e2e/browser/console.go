package browser

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// listen follows what the tab loads and what its console says.
func (p *Page) listen() error {
	if err := chromedp.Do(p.ctx); err != nil { // opens the tab
		return err
	}
	main := string(chromedp.FromContext(p.ctx).Target.TargetID) // the main frame has the id of its tab
	return chromedp.Listen(p.ctx, func(event any) {
		switch e := event.(type) {
		case *page.EventFrameRequestedNavigation:
			if string(e.FrameID) == main && e.Disposition == page.ClientNavigationDispositionCurrentTab {
				p.load(true, "")
			}
		case *page.EventFrameStartedLoading:
			if string(e.FrameID) == main {
				p.load(true, "")
			}
		case *page.EventFrameStoppedLoading:
			if string(e.FrameID) == main {
				p.load(false, "")
			}
		case *network.EventResponseReceived:
			if e.Type == network.ResourceTypeDocument {
				p.load(p.isLoading(), e.Response.URL)
			}
		case *log.EventEntryAdded:
			// The status of a page itself is what the server's tests are about: a page
			// that says "not found" with a 404 is in order.
			if e.Entry.Level == log.EntryLevelError && !(e.Entry.Source == log.EntrySourceNetwork && p.isDocument(e.Entry.URL)) {
				p.b.complain(fmt.Sprintf("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL))
			}
		case *runtime.EventExceptionThrown:
			text := e.ExceptionDetails.Text
			if e.ExceptionDetails.Exception != nil {
				text += " " + e.ExceptionDetails.Exception.Description
			}
			p.b.complain("exception: " + text)
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
				var texts []string
				for _, a := range e.Args {
					texts = append(texts, string(a.Value)+a.Description)
				}
				p.b.complain("console.error: " + strings.Join(texts, " "))
			}
		}
	})
}

// load notes that the page began or ended to load, or from where it came.
func (p *Page) load(loading bool, document string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if document != "" {
		p.documents[document] = true
		return
	}
	if loading {
		p.navigated++
	}
	p.loading = loading
}

func (p *Page) isLoading() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.loading
}

func (p *Page) isDocument(url string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.documents[url]
}

func (p *Page) navigations() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.navigated
}

// settle waits until the page is loaded.
func (p *Page) settle() {
	p.t.Helper()
	err := p.b.eventually(func(context.Context) error {
		if p.isLoading() {
			return errors.New("it still loads")
		}
		return nil
	})
	if err != nil {
		p.fail("wait for the page: %v", err)
	}
}

func (b *Browser) complain(message string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.messages = append(b.messages, message)
}

// unexpected returns the messages that the test did not allow; under mu.
func (b *Browser) unexpected() (found []string) {
	for _, message := range b.messages {
		expected := false
		for _, text := range b.allowed {
			expected = expected || strings.Contains(message, text)
		}
		if !expected {
			found = append(found, message)
		}
	}
	return found
}

// check fails the test for everything that a console said: scripts that break,
// and what the Content-Security-Policy had to stop.
func (b *Browser) check() {
	b.mu.Lock()
	pages := b.pages
	b.mu.Unlock()
	for _, p := range pages {
		ctx, cancel := context.WithTimeout(p.ctx, b.timeout)
		// Messages arrive in order: what came before this answer is here.
		_, _ = chromedp.Run(ctx, chromedp.Evaluate[int](`0`))
		cancel()
	}
	for _, message := range b.Messages() {
		b.t.Errorf("the browser's console says: %s", message)
	}
}
