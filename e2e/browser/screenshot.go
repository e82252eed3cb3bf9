package browser

import (
	"context"
	"os"
	"path/filepath"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Look is how a page is looked at. The zero value is a desktop by day.
type Look struct {
	Width int64 // 1280 by default; below 600 it is a telephone
	Dark  bool
}

// View looks at the page so from now on.
func (p *Page) View(l Look) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, p.b.timeout)
	defer cancel()
	if l.Width == 0 {
		l.Width = 1280
	}
	height, options := int64(900), []chromedp.EmulateViewportOption(nil)
	if l.Width < 600 {
		height, options = 844, append(options, chromedp.EmulateMobile, chromedp.EmulateScale(2))
	}
	scheme := "light"
	if l.Dark {
		scheme = "dark"
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(l.Width, height, options...), chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
		})
		return err
	})); err != nil {
		p.t.Fatalf("look at the page %+v: %v", l, err)
	}
}

// Screenshot looks at the page so and writes a picture of all of it to the file
// (PNG), whose folder is made where it lacks.
func (p *Page) Screenshot(file string, l Look) {
	p.t.Helper()
	p.View(l)
	ctx, cancel := context.WithTimeout(p.ctx, p.b.timeout)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		p.t.Fatalf("take a picture of the page: %v", err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(file, picture, 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// Picture writes what the window shows of the page to the file, small enough for
// a guide (WebP). The window is as large as said.
func (p *Page) Picture(file string, width, height int64) {
	p.t.Helper()
	p.View(Look{Width: max(width, 600)})
	ctx, cancel := context.WithTimeout(p.ctx, p.b.timeout)
	defer cancel()
	quality := int64(75)
	var shot page.CaptureScreenshotResult
	err := chromedp.Do(ctx, chromedp.EmulateViewport(width, height), chromedp.Func(func(ctx context.Context, t *chromedp.Target) (err error) {
		shot, err = cdp.Call(ctx, t, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatWebp, Quality: &quality})
		return err
	}))
	if err != nil {
		p.t.Fatalf("take a picture of the page: %v", err)
	}
	if err := os.WriteFile(file, shot.Data, 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// FitsWidth fails the test where the page is wider than the window: a person
// with a telephone would have to push it from side to side.
func (p *Page) FitsWidth() {
	p.t.Helper()
	if wide := Eval[int](p, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); wide > 0 {
		p.fail("the page is %d pixels wider than the window", wide)
	}
}
