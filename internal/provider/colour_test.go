package provider

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"signet/internal/iam"
)

func TestContrast(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want string
	}{{"#000000", "#ffffff", "21.00"}, {"#ffffff", "#ffffff", "1.00"}, {"#777777", "#ffffff", "4.47"}, {"#767676", "#ffffff", "4.54"}} {
		a, _ := parseColour(c.a)
		b, _ := parseColour(c.b)
		if got := cut(contrast(a, b)); got != c.want {
			t.Errorf("%s on %s: %s, want %s", c.a, c.b, got, c.want)
		}
	}
}

// Whatever colour is chosen: it is refused, or everything written with it can be
// read in both looks.
func TestEveryColourCanBeReadOrIsRefused(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	light, _ := parseColour(lightGround)
	dark, _ := parseColour(darkGround)
	for range 2000 {
		accent := fmt.Sprintf("#%06x", random.Uint32N(1<<24))
		err := checkAccent(accent)
		if err != nil {
			better := iam.AsError(err).Params["Better"]
			if checkAccent(better) != nil {
				t.Fatalf("%s is refused, and so is what is advised, %s", accent, better)
			}
			accent = better
		}
		tone := toneOf(accent)
		for _, pair := range [][2]string{{tone.Light, tone.OnLight}, {tone.Dark, tone.OnDark}} {
			ground, _ := parseColour(pair[0])
			text, _ := parseColour(pair[1])
			if contrast(ground, text) < enoughContrast {
				t.Fatalf("%s: %s on %s has %s", accent, pair[1], pair[0], cut(contrast(ground, text)))
			}
		}
		l, _ := parseColour(tone.Light)
		d, _ := parseColour(tone.Dark)
		if contrast(l, light) < enoughContrast || contrast(d, dark) < enoughContrast {
			t.Fatalf("%s: links cannot be read: %+v", accent, tone)
		}
	}
	for _, wrong := range []string{"red", "#fff", "#12345g", "#1234567", "#0b6e4f;}", "url(x)"} {
		if iam.KindOf(checkAccent(wrong)) != iam.KindInvalid {
			t.Errorf("%q was taken", wrong)
		}
	}
}
