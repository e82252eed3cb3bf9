package web

import (
	"fmt"
	"html/template"
	"regexp"
)

// symbolPattern finds the symbols of page/icons.svg. The file is ours, so a
// pattern suffices; a symbol that it misses is missed by the test too.
var symbolPattern = regexp.MustCompile(`(?s)<symbol id="([a-z0-9-]+)" viewBox="([^"]+)"( class="[a-z ]+")?>(.*?)</symbol>`)

// parseIcons turns the symbols into elements that stand in the page itself:
// they take the text's colour, need no request and never arrive late.
func parseIcons(source []byte) (map[string]template.HTML, []string, error) {
	icons := map[string]template.HTML{}
	var names []string
	for _, m := range symbolPattern.FindAllSubmatch(source, -1) {
		name, box, class, drawing := string(m[1]), m[2], m[3], collapse(string(m[4]))
		if icons[name] != "" {
			return nil, nil, fmt.Errorf("icon %s is drawn twice", name)
		}
		if len(class) == 0 {
			class = []byte(` class="icon"`)
		}
		// The text comes from our own file, never from input.
		icons[name] = template.HTML(fmt.Sprintf(`<svg%s viewBox="%s" aria-hidden="true" focusable="false">%s</svg>`, class, box, drawing))
		names = append(names, name)
	}
	if len(icons) == 0 {
		return nil, nil, fmt.Errorf("no icons found")
	}
	return icons, names, nil
}

var betweenTags = regexp.MustCompile(`>\s+<`)

// collapse takes the layout of the file out of a drawing.
func collapse(drawing string) string {
	return betweenTags.ReplaceAllString(regexp.MustCompile(`^\s+|\s+$`).ReplaceAllString(drawing, ""), "><")
}
