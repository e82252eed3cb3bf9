package cert

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks may follow each other; no script needs
// more, and towers of them draw over what stands around.
const maxMarks = 4

// Visible returns the text with everything written out that a reader could not
// see or that would reorder what stands around it: controls, invisible and
// bidirectional formatting characters, invalid UTF-8 (Unicode Technical Report
// 36, section 2). It is cut at limit characters.
func Visible(text string, limit int) string {
	var b strings.Builder
	n, marks := 0, 0
	for i, r := range text {
		if n == limit {
			b.WriteRune('…')
			break
		}
		n++
		if marks++; !unicode.Is(unicode.M, r) {
			marks = 0
		}
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case invisible(r), marks > maxMarks:
			fmt.Fprintf(&b, `\u{%x}`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// invisible reports whether a reader sees nothing of the character but what it
// does to others.
func invisible(r rune) bool {
	const brailleBlank = 0x2800
	return r == brailleBlank || unicode.In(r, unicode.C, unicode.Zl, unicode.Zp, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}
