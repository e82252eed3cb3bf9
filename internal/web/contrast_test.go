package web

import (
	"fmt"
	"io/fs"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Contrast of the tokens, as WCAG 2.2 counts it: text 4.5:1 (1.4.3), borders
// of inputs and the focus ring 3:1 (1.4.11).

var tokenPattern = regexp.MustCompile(`(?m)^  --([a-z0-9-]+): light-dark\((.+)\);$`)

// rgb is linear light.
type rgb [3]float64

func parseColour(text string) (rgb, error) {
	text = strings.TrimSpace(text)
	if text == "#fff" {
		return rgb{1, 1, 1}, nil
	}
	inner, ok := strings.CutPrefix(strings.TrimSuffix(text, ")"), "oklch(")
	parts := strings.Fields(inner)
	if !ok || len(parts) != 3 {
		return rgb{}, fmt.Errorf("no colour: %q", text)
	}
	var n [3]float64
	for i, part := range parts {
		value, err := strconv.ParseFloat(strings.TrimSuffix(part, "%"), 64)
		if err != nil {
			return rgb{}, fmt.Errorf("no colour: %q", text)
		}
		n[i] = value
	}
	return fromOklch(n[0]/100, n[1], n[2]*math.Pi/180), nil
}

// fromOklch converts as CSS Color 4, section 9.3, does, clipped to sRGB.
func fromOklch(l, c, h float64) rgb {
	a, b := c*math.Cos(h), c*math.Sin(h)
	cube := func(x float64) float64 { return x * x * x }
	long := cube(l + 0.3963377774*a + 0.2158037573*b)
	medium := cube(l - 0.1055613458*a - 0.0638541728*b)
	short := cube(l - 0.0894841775*a - 1.2914855480*b)
	clip := func(x float64) float64 { return min(max(x, 0), 1) }
	return rgb{
		clip(4.0767416621*long - 3.3077115913*medium + 0.2309699292*short),
		clip(-1.2684380046*long + 2.6097574011*medium - 0.3413193965*short),
		clip(-0.0041960863*long - 0.7034186147*medium + 1.7076147010*short),
	}
}

func (c rgb) luminance() float64 { return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2] }

func contrast(a, b rgb) float64 {
	la, lb := a.luminance(), b.luminance()
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func TestContrast(t *testing.T) {
	css, err := fs.ReadFile(staticFiles, "static/app.css")
	if err != nil {
		t.Fatal(err)
	}
	schemes := [2]map[string]rgb{{}, {}} // light, dark
	for _, m := range tokenPattern.FindAllStringSubmatch(string(css), -1) {
		// The comma between the two is the one outside parentheses.
		light, dark, ok := strings.Cut(m[2], ", ")
		if !ok {
			t.Fatalf("token %s: %s", m[1], m[2])
		}
		for i, text := range []string{light, dark} {
			colour, err := parseColour(text)
			if err != nil {
				continue // shadows are no colours of text
			}
			schemes[i][m[1]] = colour
		}
	}
	wants := []struct {
		fore  string
		backs []string
		ratio float64
	}{
		{"text", []string{"page", "surface", "raised", "sunken", "accent-soft", "success-soft", "warning-soft", "danger-soft"}, 7},
		{"text-soft", []string{"page", "surface", "raised", "sunken", "accent-soft", "success-soft", "warning-soft", "danger-soft"}, 4.5},
		{"text-faint", []string{"page", "surface", "raised", "sunken"}, 4.5},
		{"accent", []string{"page", "surface", "raised", "sunken", "accent-soft"}, 4.5},
		{"on-accent", []string{"accent", "accent-strong"}, 4.5},
		{"success", []string{"surface", "success-soft"}, 4.5},
		{"warning", []string{"surface", "warning-soft"}, 4.5},
		{"danger", []string{"page", "surface", "raised", "danger-soft"}, 4.5},
		{"on-danger", []string{"danger", "danger-strong"}, 4.5},
		{"line-control", []string{"surface", "raised"}, 3},
	}
	for i, scheme := range []string{"light", "dark"} {
		for _, want := range wants {
			for _, back := range want.backs {
				fore, ok := schemes[i][want.fore]
				ground, also := schemes[i][back]
				if !ok || !also {
					t.Fatalf("no token %s or %s", want.fore, back)
				}
				if got := contrast(fore, ground); got < want.ratio {
					t.Errorf("%s: %s on %s: %.2f:1, want %.1f:1", scheme, want.fore, back, got, want.ratio)
				}
			}
		}
	}
}

func TestContrastKnowsBlackAndWhite(t *testing.T) {
	white, black := fromOklch(1, 0, 0), fromOklch(0, 0, 0)
	if got := contrast(white, black); math.Abs(got-21) > 0.01 {
		t.Errorf("white on black: %.2f:1, want 21:1", got)
	}
	grey := fromOklch(0.5999, 0, 0) // #808080
	if got := contrast(white, grey); math.Abs(got-3.95) > 0.02 {
		t.Errorf("white on middle grey: %.2f:1, want 3.95:1", got)
	}
}
