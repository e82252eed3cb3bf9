package e2e

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"signet/e2e/browser"
)

// pictureFolder is where a test leaves pictures: in the folder that
// SIGNET_TEST_PICTURES names, or else among its artifacts.
func pictureFolder(t *testing.T) string {
	if dir := os.Getenv("SIGNET_TEST_PICTURES"); dir != "" {
		return filepath.Join(dir, strings.ReplaceAll(t.Name(), "/", "-"))
	}
	return t.ArtifactDir()
}

// picturesKept reports whether the pictures of this run outlive it. The walks take
// theirs anyhow and measure the page by them; one of every page of the gallery
// costs a minute that nobody shall wait for in vain.
func picturesKept() bool {
	artifacts := flag.Lookup("test.artifacts")
	return os.Getenv("SIGNET_TEST_PICTURES") != "" || artifacts != nil && artifacts.Value.String() == "true"
}

// guides are the pictures that the guides show, of pages in the gallery: sample
// people stand in them, so that they change with the pages only.
var guides = []struct {
	name, page    string
	width, height int64
}{
	{"signin", "/signin/choose/password-and-certificate", 720, 720},
	{"confirm", "/signin/confirm/from-the-profile", 720, 820},
	{"refusal", "/signin/refusal/expired", 720, 820},
	{"identifiers", "/profile/overview/full", 1100, 820},
	{"issued", "/console/issue/issued", 1100, 1120},
	{"methods", "/console/methods/full", 1280, 820},
	{"events", "/console/events/full", 1280, 760},
}

// guideWeight bounds a picture of a guide, which everybody who clones carries.
const guideWeight = 60 << 10

// TestPicturesOfTheGuides takes the pictures that the guides show, in both
// languages. `make pictures` keeps them.
func TestPicturesOfTheGuides(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("SIGNET_GUIDE_PICTURES")
	if dir == "" {
		dir = pictureFolder(t)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	address := startGallery(t)
	p := browser.Start(t, browser.Options{}).Page()
	for _, g := range guides {
		for _, language := range []string{"en", "fr"} {
			name := g.name + "." + language + ".webp"
			p.Navigate(address + g.page + "?lang=" + language)
			p.WaitFor(`document.querySelector("h1")`) // the gallery's own 404 has none of a page
			p.Picture(filepath.Join(dir, name), g.width, g.height)
			taken, err := os.Stat(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if taken.Size() > guideWeight {
				t.Errorf("%s has %d bytes, of at most %d", name, taken.Size(), guideWeight)
			}
			guide, err := os.ReadFile(filepath.Join("..", "docs", "pictures", name))
			if err != nil || len(guide) == 0 {
				t.Errorf("the guides have no picture %s: make pictures", name)
			}
		}
	}
}
