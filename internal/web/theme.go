package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"signet/internal/iam"
)

const themePrefix = "/appearance/"

// themeCSS is the style sheet of a look: colours and cover. It has an address of
// its own because the policy of pages allows nothing inline. Every value that
// gets here is "#rrggbb" or the hash of a picture; anything else is left out, so
// that no text of an administrator can write a rule.
func themeCSS(look iam.Look) string {
	var b strings.Builder
	if t := look.Accent; isColour(t.Light) && isColour(t.OnLight) && isColour(t.Dark) && isColour(t.OnDark) {
		pair := func(name, light, dark string) {
			b.WriteString("--" + name + ":light-dark(" + light + "," + dark + ");")
		}
		pair("accent", t.Light, t.Dark)
		pair("on-accent", t.OnLight, t.OnDark)
		// Away from what stands on it, so that it stays readable.
		pair("accent-strong", awayFrom(t.OnLight, t.Light), awayFrom(t.OnDark, t.Dark))
		pair("accent-soft", "color-mix(in oklab,"+t.Light+" 9%,#fff)", "color-mix(in oklab,"+t.Dark+" 18%,#141b1b)")
	}
	if isColour(look.Ground) {
		b.WriteString("--page:light-dark(" + look.Ground + ",oklch(17.5% .008 190));background:var(--page);")
	}
	if isPicture(look.Cover) {
		b.WriteString("background:var(--page) url(" + PicturePath(look.Cover) + ") center/cover no-repeat fixed;")
	}
	if b.Len() == 0 {
		return ""
	}
	css := ".widget-page,.widget-preview{" + b.String() + "}\n"
	switch {
	case isPicture(look.Cover):
		css += ".watermark{display:none}.widget-foot{padding:.5rem .75rem;border-radius:.75rem;background:var(--surface)}\n"
	case isColour(look.Ground) && isColour(look.GroundInk):
		ink := "light-dark(" + look.GroundInk + ",oklch(78% .008 190))"
		css += ".widget-foot{--text:" + ink + ";--text-soft:" + ink + ";--text-faint:" + ink + ";--accent:" + ink + ";--sunken:transparent}\n"
	}
	return css
}

func awayFrom(text, from string) string {
	to := "#000"
	if text != "#ffffff" {
		to = "#fff"
	}
	return "color-mix(in oklab," + from + " 86%," + to + ")"
}

func isColour(s string) bool {
	_, err := hex.DecodeString(strings.TrimPrefix(s, "#"))
	return len(s) == 7 && s[0] == '#' && err == nil
}

func isPicture(id iam.PictureID) bool {
	_, err := hex.DecodeString(string(id))
	return len(id) == 64 && err == nil
}

// ThemePath is where the style sheet of an application's look is served; empty
// where it needs none. It names its content, so that a change is seen at once
// and what did not change is not loaded again.
func ThemePath(app iam.AppID, look iam.Look) string {
	css := themeCSS(look)
	if css == "" {
		return ""
	}
	return themePrefix + url.PathEscape(string(app)) + "/" + themeHash(css) + ".css"
}

func themeHash(css string) string {
	sum := sha256.Sum256([]byte(css))
	return hex.EncodeToString(sum[:6])
}

// ShowTheme answers with the style sheet of a look. Under the address of another
// content it is not kept.
func ShowTheme(w http.ResponseWriter, r *http.Request, look iam.Look) {
	css := themeCSS(look)
	h := w.Header()
	h.Set("Content-Type", "text/css; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(css)))
	if strings.HasSuffix(r.URL.Path, "/"+themeHash(css)+".css") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	_, _ = w.Write([]byte(css)) // a client that left is no fault
}

// Foot is what an administrator puts at the foot of the sign-in form.
type Foot struct {
	Text  string
	Links []Link
	Logos []string // addresses
}

// Dressed puts a look on a view of the Widget layout.
func Dressed(view View, app iam.AppID, look iam.Look) View {
	view.Theme, view.Logo = ThemePath(app, look), PicturePath(look.Logo)
	view.Foot = Foot{Text: look.Footer}
	for _, l := range look.Links {
		view.Foot.Links = append(view.Foot.Links, Link{Label: l.Label, URL: l.URL})
	}
	for _, id := range look.Logos {
		view.Foot.Logos = append(view.Foot.Logos, PicturePath(id))
	}
	return view
}
