package i18n

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// sentence is a text with places, taken apart once: sentences are printed on
// the sign-in path and parsing a template there would be most of its cost.
type sentence []part

// part is a piece of text, or the place of the value with that name.
type part struct{ text, name string }

// placePattern is what may stand between {{ and }}.
var placePattern = regexp.MustCompile(`^\s*\.([A-Z][A-Za-z0-9]*)\s*$`)

// parseSentence takes a text apart. Everything in braces but a plain name is
// refused, so that a catalogue never is a program.
func parseSentence(text string) (sentence, error) {
	var s sentence
	for {
		before, rest, found := strings.Cut(text, "{{")
		if before != "" || (!found && len(s) == 0) {
			s = append(s, part{text: before})
		}
		if !found {
			return s, nil
		}
		inner, after, closed := strings.Cut(rest, "}}")
		match := placePattern.FindStringSubmatch(inner)
		if !closed || match == nil {
			return nil, fmt.Errorf("a place must be written {{.Name}}, not {{%s", rest)
		}
		s = append(s, part{name: match[1]})
		text = after
	}
}

// fill returns the sentence with the values of the pairs, and how many values
// were missing; the place of such a value keeps its name in brackets.
func (s sentence) fill(pairs []any) (text string, missing int64) {
	if len(s) == 1 && s[0].name == "" {
		return s[0].text, 0
	}
	var b strings.Builder
	for _, p := range s {
		if p.name == "" {
			b.WriteString(p.text)
			continue
		}
		value, found := lookUp(pairs, p.name)
		if !found {
			missing++
			value = "[" + p.name + "]"
		}
		b.WriteString(value)
	}
	return b.String(), missing
}

// lookUp finds the value of a name in pairs of name and value.
func lookUp(pairs []any, name string) (string, bool) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if key, ok := pairs[i].(string); ok && key == name {
			return format(pairs[i+1]), true
		}
	}
	return "", false
}

func format(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	case fmt.Stringer:
		return v.String()
	default:
		return fmt.Sprint(v)
	}
}
