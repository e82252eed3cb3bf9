package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// Elements are found by role and name in the accessibility tree: what a screen
// reader cannot find, no test can use.
var (
	clickable = []string{"button", "link", "checkbox", "radio", "switch", "tab", "menuitem", "menuitemradio", "option", "DisclosureTriangle"}
	fillable  = []string{"textbox", "searchbox", "spinbutton", "combobox", "Date", "DateTime", "InputTime"}
)

// node is an element as assistive technology sees it.
type node struct {
	id                cdp.BackendNodeID
	role, name, value string
}

// notFoundError says what is on the page instead.
type notFoundError struct {
	name   string
	roles  []string
	others []string
}

func (e *notFoundError) Error() string {
	return fmt.Sprintf("there is no %s %q on the page, but: %s", strings.Join(e.roles, "/"), e.name, strings.Join(e.others, ", "))
}

// find returns the one element of the roles that has the name, or else the one
// whose name contains it.
func find(ctx context.Context, t *chromedp.Target, name string, roles []string) (node, error) {
	tree, err := cdp.Call(ctx, t, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		return node{}, err
	}
	var exact, partial []node
	var others []string
	for _, a := range tree.Nodes {
		n := node{a.BackendDOMNodeID, valueText(a.Role), strings.Join(strings.Fields(valueText(a.Name)), " "), valueText(a.Value)}
		if a.Ignored || n.id == 0 || !slices.Contains(roles, n.role) {
			continue
		}
		others = append(others, fmt.Sprintf("%s %q", n.role, n.name))
		switch {
		case n.name == name:
			exact = append(exact, n)
		case strings.Contains(n.name, name):
			partial = append(partial, n)
		}
	}
	for _, found := range [][]node{exact, partial} {
		switch len(found) {
		case 0:
		case 1:
			return found[0], nil
		default:
			return node{}, fmt.Errorf("%d elements are called %q: %s", len(found), name, strings.Join(others, ", "))
		}
	}
	return node{}, &notFoundError{name, roles, others}
}

func valueText(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var text string
	if json.Unmarshal(v.Value, &text) != nil {
		return string(v.Value) // a number or a truth value
	}
	return text
}

// quoted is the text as a JavaScript literal.
func quoted(text string) string {
	literal, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string always marshals
	}
	return string(literal)
}
