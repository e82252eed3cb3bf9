package iam

import (
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// LoginName is the one spelling of a login: letters that Unicode can write in two
// ways, such as an accent of its own or a letter of full width, are written in one
// (NFKC; RFC 8265, section 3.3 asks for as much). Else two people could have logins
// that read the same.
func LoginName(login string) string { return norm.NFKC.String(login) }

// Shows reports whether every character of a login can be seen: Unicode has letters
// and marks, too, that draw nothing.
func Shows(login string) bool {
	for _, r := range login {
		if unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, unicode.C) || r == '\u2800' { // an empty Braille cell
			return false
		}
	}
	return true
}
