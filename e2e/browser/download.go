package browser

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// Download does what makes the page save a file, and returns the file.
func (p *Page) Download(do func()) (name string, content []byte) {
	p.t.Helper()
	dir, err := os.MkdirTemp(p.b.home, "downloads-")
	if err != nil {
		p.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(p.ctx, p.b.timeout)
	defer cancel()
	if _, err := chromedp.CallBrowser(ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{Behavior: "allow", DownloadPath: dir}); err != nil {
		p.t.Fatalf("say where to save files: %v", err)
	}
	do()
	err = p.b.eventually(func(context.Context) error {
		found, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, f := range found {
			if strings.HasSuffix(f.Name(), ".crdownload") || strings.HasPrefix(f.Name(), ".") {
				continue // on its way
			}
			name = f.Name()
			content, err = os.ReadFile(filepath.Join(dir, name))
			return err
		}
		return errors.New("no file")
	})
	if err != nil {
		p.fail("save a file: %v", err)
	}
	return name, content
}
