package provider

import (
	"fmt"
	"math"
	"strconv"

	"signet/internal/iam"
)

// Colours are checked as WCAG 2.2 asks for text (success criterion 1.4.3, level
// AA): 4.5:1 between a colour and what it stands on.
const enoughContrast = 4.5

// The grounds that the sign-in form's links and buttons stand on.
const (
	lightGround = "#ffffff"
	darkGround  = "#1d2525" // the lightest of the dark look
)

// colour is linear light, red, green and blue from 0 to 1.
type colour [3]float64

// parseColour reads "#rrggbb".
func parseColour(text string) (colour, bool) {
	if len(text) != 7 || text[0] != '#' {
		return colour{}, false
	}
	n, err := strconv.ParseUint(text[1:], 16, 32)
	if err != nil {
		return colour{}, false
	}
	var c colour
	for i := range c {
		c[i] = linear(float64(n>>(16-8*i)&0xff) / 255)
	}
	return c, true
}

// String writes "#rrggbb".
func (c colour) String() string {
	out := "#"
	for _, v := range c {
		out += fmt.Sprintf("%02x", uint8(math.Round(encoded(v)*255)))
	}
	return out
}

// linear and encoded are the transfer functions of sRGB (IEC 61966-2-1), as WCAG
// 2.2 defines relative luminance with them.
func linear(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

func encoded(v float64) float64 {
	if v <= 0.0031308 {
		return v * 12.92
	}
	return 1.055*math.Pow(v, 1/2.4) - 0.055
}

func (c colour) luminance() float64 { return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2] }

// contrast is the ratio of two colours, 1 to 21.
func contrast(a, b colour) float64 {
	l, d := a.luminance(), b.luminance()
	if l < d {
		l, d = d, l
	}
	return (l + 0.05) / (d + 0.05)
}

// towards is a step from a colour to black (0) or white (1), a tenth of a percent
// at a time.
func (c colour) towards(end float64, step int) colour {
	share := float64(step) / 1000
	var to colour
	for i := range c {
		to[i] = linear(encoded(c[i])*(1-share) + end*share)
	}
	return to
}

// readable is the nearest tone of a colour that can be read on a ground.
func readable(c, ground colour) colour {
	end := 0.0
	if ground.luminance() < 0.18 { // dark: lighter it has to be
		end = 1
	}
	for step := range 1000 {
		// What is written down is what must do: compare after rounding.
		if to, _ := parseColour(c.towards(end, step).String()); contrast(to, ground) >= enoughContrast {
			return to
		}
	}
	return colour{end, end, end}
}

// ink is what can be read on a colour: white, or nearly black.
func ink(on colour) string {
	white, black := "#ffffff", "#10201c"
	w, _ := parseColour(white)
	b, _ := parseColour(black)
	if contrast(w, on) >= enoughContrast {
		return white
	}
	if contrast(b, on) >= enoughContrast {
		return black
	}
	return "#000000" // white does not do, so this does: one of the two reaches 4.58:1 on any colour
}

// toneOf makes both looks of an accent.
func toneOf(accent string) iam.Tone {
	c, ok := parseColour(accent)
	if !ok {
		return iam.Tone{}
	}
	dark, _ := parseColour(darkGround)
	inDark := readable(c, dark)
	return iam.Tone{Light: c.String(), OnLight: ink(c), Dark: inDark.String(), OnDark: ink(inDark)}
}

// checkAccent refuses a colour that could not be read on the form, and names the
// ratio and the nearest colour that can be.
func checkAccent(accent string) error {
	if accent == "" {
		return nil
	}
	c, ok := parseColour(accent)
	if !ok {
		return iam.Invalid("accent", "colour_malformed")
	}
	light, _ := parseColour(lightGround)
	if ratio := contrast(c, light); ratio < enoughContrast {
		better := readable(c, light)
		e := iam.Invalid("accent", "colour_contrast")
		// Cut, not rounded: 4.49 must not read as 4.5.
		e.Params = map[string]string{"Ratio": cut(ratio), "Better": better.String(), "BetterRatio": cut(contrast(better, light))}
		return e
	}
	return nil
}

func cut(ratio float64) string { return strconv.FormatFloat(math.Floor(ratio*100)/100, 'f', 2, 64) }
