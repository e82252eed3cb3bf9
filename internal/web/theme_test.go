package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"signet/internal/iam"
	"signet/internal/web"
)

func themeOf(look iam.Look) string {
	w := httptest.NewRecorder()
	web.ShowTheme(w, httptest.NewRequest(http.MethodGet, "/appearance/app/0.css", nil), look)
	return w.Body.String()
}

// TestThemeWritesNoRuleOfOthers: whatever a row says, the style sheet has our
// rules and their colours, and nothing else.
func TestThemeWritesNoRuleOfOthers(t *testing.T) {
	good := iam.Look{
		Accent: iam.Tone{Light: "#0b6e4f", OnLight: "#ffffff", Dark: "#6ad3ae", OnDark: "#10201c"}, Ground: "#eeeeee", GroundInk: "#10201c",
		Cover: iam.PictureID(strings.Repeat("ab", 32)),
	}
	for _, want := range []string{"--accent:light-dark(#0b6e4f,#6ad3ae)", "url(/pictures/abab"} {
		if !strings.Contains(themeOf(good), want) {
			t.Errorf("lacks %q: %s", want, themeOf(good))
		}
	}
	for _, evil := range []string{"red}body{display:none", "#12345;", "#0b6e4f;}*{}", "url(https://evil.example)"} {
		look := iam.Look{Accent: iam.Tone{Light: evil, OnLight: evil, Dark: evil, OnDark: evil}, Ground: evil, GroundInk: evil, Cover: iam.PictureID(evil)}
		if css := themeOf(look); css != "" {
			t.Errorf("%q writes %s", evil, css)
		}
		if web.ThemePath("app", look) != "" {
			t.Errorf("%q has an address", evil)
		}
	}
}

// TestThemeNamesItsContent: a changed look has another address, and only under
// its own is it kept.
func TestThemeNamesItsContent(t *testing.T) {
	look := iam.Look{Ground: "#eeeeee", GroundInk: "#10201c"}
	other := iam.Look{Ground: "#dddddd", GroundInk: "#10201c"}
	at := web.ThemePath("a b", look)
	if at == web.ThemePath("a b", other) || !strings.HasPrefix(at, "/appearance/a%20b/") {
		t.Errorf("address %q", at)
	}
	for want, shown := range map[string]iam.Look{"public, max-age=31536000, immutable": look, "": other} {
		w := httptest.NewRecorder()
		web.ShowTheme(w, httptest.NewRequest(http.MethodGet, at, nil), shown)
		if got := w.Header().Get("Cache-Control"); got != want {
			t.Errorf("Cache-Control %q, want %q", got, want)
		}
	}
}
