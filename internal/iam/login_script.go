package iam

import (
	"slices"
	"strings"
	"unicode"
)

// OneScript reports whether the letters of a login are of one script (UTS 39,
// section 5.2, “Single Script”): a Cyrillic а among Latin letters reads like the
// login of somebody else. Before and after an @ another script may stand, and in
// each label of a domain, as in addresses.
func OneScript(login string) bool {
	local, domain, _ := strings.Cut(login, "@")
	for _, part := range append(strings.FieldsFunc(domain, func(r rune) bool { return r == '.' || r == '@' }), local) {
		if !oneScript(part) {
			return false
		}
	}
	return true
}

func oneScript(text string) bool {
	used := map[string]bool{}
	for _, r := range text {
		if unicode.In(r, unicode.Common, unicode.Inherited) { // digits, dots, accents
			continue
		}
		used[scriptOf(r)] = true
	}
	if len(used) < 2 {
		return true
	}
	// Japanese, Korean and Chinese texts use several (section 5.1, augmented script sets).
	for _, set := range [][]string{{"Han", "Hiragana", "Katakana"}, {"Han", "Hangul"}, {"Han", "Bopomofo"}} {
		of := 0
		for _, script := range set {
			if used[script] {
				of++
			}
		}
		if of == len(used) {
			return true
		}
	}
	return false
}

// scriptOf names the script of a letter; one that Unicode has since given to a
// script is of none, and not of that of its neighbours.
func scriptOf(r rune) string {
	for name, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return name
		}
	}
	return ""
}

// Letters that look like the Latin ones below them (UTS 39, confusables.txt), as far
// as whole words can be written with them.
const (
	latinOfCyrillic = "aeopcyxisjhdqwlvABEKMHOPCTXYSIJ"
	cyrillicLetters = "аеорсухіѕјһԁԛԝӏѵАВЕКМНОРСТХУЅІЈ"
	latinOfGreek    = "aiovupkABEZHIKMNOPTYX"
	greekLetters    = "αιονυρκΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
)

// Alike returns other logins, of other scripts, that read the same as a login of one
// script: what is all Cyrillic letters that look like Latin ones, and the other way
// round. They are to be looked for as any login is, without regard to case.
func Alike(login string) (all []string) {
	local, domain, address := strings.Cut(login, "@")
	if address {
		domain = "@" + domain
	}
	for _, pair := range [][2]string{{latinOfCyrillic, cyrillicLetters}, {latinOfGreek, greekLetters}} {
		for _, text := range []string{local, strings.ToUpper(local), strings.ToLower(local)} {
			for _, twin := range []string{spelled(text, pair[0], pair[1]), spelled(text, pair[1], pair[0])} {
				if twin = twin + domain; twin != domain && !slices.Contains(all, twin) {
					all = append(all, twin)
				}
			}
		}
	}
	return all
}

// spelled writes a text with the letters of another alphabet, or returns nothing
// where one of its letters has no like there.
func spelled(text, from, to string) string {
	source, target, changed := []rune(from), []rune(to), false
	out := []rune(text)
	for i, r := range out {
		at := strings.IndexRune(from, r)
		switch {
		case at >= 0:
			for n, s := range source {
				if s == r {
					out[i], changed = target[n], true
				}
			}
		case unicode.IsLetter(r):
			return ""
		}
	}
	if !changed {
		return ""
	}
	return string(out)
}
