package provider_test

import (
	"strings"
	"testing"

	"signet/internal/iam"
	"signet/internal/picture"
	"signet/internal/provider"
)

func (h *house) dress(in iam.Scope, a iam.Appearance) {
	h.t.Helper()
	h.must(h.rules.SetAppearance(h.t.Context(), program, in, a))
}

func (h *house) look(app iam.AppID) iam.Look {
	h.t.Helper()
	look, err := h.rules.LookOf(h.t.Context(), app)
	h.must(err)
	return look
}

// TestLookIsInherited: what a narrower scope says stands, but for an enforced
// cover.
func TestLookIsInherited(t *testing.T) {
	h := newHouse(t)
	var covers []iam.PictureID
	for _, side := range []int{10, 20, 30} {
		id, err := h.rules.BringPicture(t.Context(), program, iam.System(), pngOf(t, side), picture.Cover)
		h.must(err)
		covers = append(covers, id)
	}
	h.dress(iam.System(), iam.Appearance{Title: "Hello from APP_NAME", Accent: "#0B6E4F", Cover: covers[0], Footer: "House"})
	if l := h.look(h.wiki.ID); l.Title != "Hello from Wiki" || l.Accent.Light != "#0b6e4f" || l.Cover != "" || l.Footer != "House" {
		t.Errorf("look %+v", l)
	}
	if l := h.look(iam.SignetApp); l.Title != "Hello from Signet" || l.Cover != covers[0] {
		t.Errorf("of Signet itself: %+v", l)
	}
	h.dress(iam.System(), iam.Appearance{Cover: covers[0], CoverMode: iam.CoverDefault, Version: 1})
	if l := h.look(h.wiki.ID); l.Cover != covers[0] {
		t.Errorf("a default cover: %+v", l)
	}
	h.dress(h.wiki.Scope(), iam.Appearance{Cover: covers[1], Title: "Mine"})
	if l := h.look(h.wiki.ID); l.Cover != covers[1] || l.Title != "Mine" {
		t.Errorf("its own cover: %+v", l)
	}
	h.dress(iam.System(), iam.Appearance{Cover: covers[2], CoverMode: iam.CoverEnforced, Version: 2})
	if l := h.look(h.wiki.ID); l.Cover != covers[2] || l.Title != "Mine" {
		t.Errorf("an enforced cover: %+v", l)
	}
}

// TestTextsAreSanitised: no script, no style, no field and no frame gets into the
// form that asks for passwords.
func TestTextsAreSanitised(t *testing.T) {
	h := newHouse(t)
	for _, evil := range []string{
		`<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `<form action="https://evil.example"><input name="password"></form>`,
		`<a href="javascript:alert(1)">x</a>`, `<p style="position:fixed">x</p>`, `<style>*{}</style>`, `<iframe src="https://evil.example"></iframe>`,
		`<svg/onload=alert(1)>`, `<a href="https://a.example" onclick="x()">x</a>`, `<p class="widget-card">x</p>`, `<math><mi//xlink:href="data:x,<script>">`,
	} {
		h.dress(h.wiki.Scope(), iam.Appearance{Inside: "Good " + evil, Below: evil, Version: h.version()})
		l := h.look(h.wiki.ID)
		for _, bad := range []string{"<script", "onerror", "<form", "<input", "javascript:", "style=", "<style", "<iframe", "<svg", "onclick", "class=", "<img", "<math"} {
			if strings.Contains(l.Inside+l.Below, bad) {
				t.Errorf("%q keeps %q: %q", evil, bad, l.Inside)
			}
		}
		if !strings.HasPrefix(l.Inside, "Good") {
			t.Errorf("the text before %q is gone: %q", evil, l.Inside)
		}
	}
	h.dress(h.wiki.Scope(), iam.Appearance{Inside: `<p>Ask <a href="https://help.example">us</a>.</p>`, Version: h.version()})
	if l := h.look(h.wiki.ID); !strings.Contains(l.Inside, `<a href="https://help.example" rel="nofollow noreferrer">us</a>`) {
		t.Errorf("a link: %q", l.Inside)
	}
}

func (h *house) version() int64 {
	a, err := h.rules.Appearance(h.t.Context(), program, h.wiki.Scope())
	h.must(err)
	return a.Version
}

func TestWhatCannotBeShown(t *testing.T) {
	h := newHouse(t)
	link := func(label, url string) []iam.FooterLink { return []iam.FooterLink{{Label: label, URL: url}} }
	for cause, a := range map[string]iam.Appearance{
		"too_long":             {Title: strings.Repeat("é", provider.MaxTitleLength+1)},
		"invisible_characters": {Title: "a\nb"},
		"colour_malformed":     {Ground: "blue"},
		"colour_contrast":      {Accent: "#ffee00"},
		"unknown_cover_mode":   {CoverMode: "always"},
		"link_malformed":       {Links: link("x", "javascript:alert(1)")},
		"link_label":           {Links: link("", "https://x.example")},
		"too_many":             {Links: make([]iam.FooterLink, provider.MaxLinks+1)},
		"picture_gone":         {Logo: "none"},
	} {
		h.wants(h.rules.SetAppearance(t.Context(), program, iam.System(), a), cause)
	}
	for _, u := range []string{"http://x.example", "https:", "//x.example", "data:text/html,x", " https://x.example", "JAVASCRIPT:x"} {
		h.wants(h.rules.SetAppearance(t.Context(), program, iam.System(), iam.Appearance{Links: link("x", u)}), "link_malformed")
	}
	stranger := iam.Caller{User: "nobody"}
	h.wants(h.rules.SetAppearance(t.Context(), stranger, iam.System(), iam.Appearance{}), "not_allowed")
	h.dress(iam.System(), iam.Appearance{Title: "One"})
	h.wants(h.rules.SetAppearance(t.Context(), program, iam.System(), iam.Appearance{Title: "Two"}), "changed_meanwhile")
}
