package i18n

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"
)

// parsePreference reads a list of language tags, the most wanted first:
// Accept-Language with its weights, or tags separated by spaces. What is
// garbled or unknown is left out and the rest counts, which is why
// language.ParseAcceptLanguage, that gives up on the whole text, does not serve.
func parsePreference(preference string) []language.Tag {
	type wanted struct {
		tag    language.Tag
		weight float64
	}
	var list []wanted
	for _, entry := range strings.FieldsFunc(preference, func(c rune) bool { return c == ',' }) {
		names, parameters, _ := strings.Cut(entry, ";")
		weight := 1.0
		if q, ok := strings.CutPrefix(strings.ReplaceAll(parameters, " ", ""), "q="); ok {
			parsed, err := strconv.ParseFloat(q, 64)
			if err != nil || parsed <= 0 {
				continue // a weight of 0 says "not this one" (RFC 9110, section 12.4.2)
			}
			weight = parsed
		}
		for _, name := range strings.Fields(names) {
			if tag, err := language.Parse(name); err == nil {
				list = append(list, wanted{tag, weight})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b wanted) int { return cmp.Compare(b.weight, a.weight) })
	tags := make([]language.Tag, len(list))
	for i, w := range list {
		tags[i] = w.tag
	}
	return tags
}
