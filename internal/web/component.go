package web

import (
	"fmt"
	"html/template"
	"reflect"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The components are templates with a typed argument each, defined in
// page/component.html. In a page:
//
//	{{template "field" (field "Name" "login" "Label" (t "signin.login") "Required" true)}}
//
// or with a value that the page's data holds:
//
//	{{template "certificate" .Certificate}}
//
// The functions field, button, … make such a value from names and values; a
// name that the component does not have stops the program at start.

// Field is a labelled input.
type Field struct {
	Name, Label  string
	Suffix       string // tells equal names on one page apart
	Type         string // text where empty; also password, email, number, date, search, url, file, textarea
	Value        string
	Hint, Error  string
	Autocomplete string
	Inputmode    string
	Placeholder  string
	Pattern      string
	Accept       string // of a file
	Prefix       string // shown before the input, as "https://"
	Max          int    // longest text; shows a counter where Counter is set
	Rows         int    // of a textarea
	Counter      bool
	Required     bool
	Autofocus    bool
	Readonly     bool
	Disabled     bool
	Mono         bool // keys, fingerprints, addresses
	Reveal       bool // a password that can be looked at
	Optional     string
}

// Choice is a labelled select, or radio cards where Cards is set.
type Choice struct {
	Name, Label string
	Suffix      string // tells equal names on one page apart
	Hint, Error string
	Options     []Option
	Cards       bool
	Disabled    bool
}

// Option is one value of a Choice.
type Option struct {
	Value, Label, Hint, Icon string
	Selected                 bool
	Disabled                 bool
}

// Switch is a labelled on-off input.
type Switch struct {
	Name, Label string
	Suffix      string // tells equal names on one page apart
	Hint, Error string
	Value       string // "on" where empty
	On          bool
	Disabled    bool
	Hidden      bool // the label is for screen readers only
	// Submits sends the form when it is switched. Beside it the form needs a
	// button with the class needs-no-script, for browsers without scripts.
	Submits bool
}

// Checkbox is a labelled tick.
type Checkbox struct {
	Name, Label, Suffix, Hint, Error, Value string
	On, Disabled, Required                  bool
}

// ID returns the id of the input, from which labels and notes take theirs.
func (f Field) ID() string { return inputID(f.Name, f.Suffix) }

// ID returns the id of the input.
func (c Choice) ID() string { return inputID(c.Name, c.Suffix) }

// ID returns the id of the input.
func (s Switch) ID() string { return inputID(s.Name, s.Suffix) }

// ID returns the id of the input.
func (c Checkbox) ID() string { return inputID(c.Name, c.Suffix) }

func inputID(name, suffix string) string {
	if suffix != "" {
		return "input-" + name + "-" + suffix
	}
	return "input-" + name
}

// Button submits the form it stands in, or, with URL, is a link that looks so.
type Button struct {
	Label    string
	Kind     string // primary, secondary where empty, quiet, danger; danger-quiet leads to the question before
	Icon     string
	Picture  string // address of a logo, in place of the icon
	Trailing string // an icon after the label
	URL      string
	Name     string
	Value    string
	Form     string // id of the form, where it stands outside
	Action   string // formaction
	Size     string // small, large
	Opens    string // id of the dialog that it opens
	Closes   bool   // closes the dialog that it stands in
	Block    bool   // as wide as there is room
	Disabled bool
	Compact  bool // the icon alone; the label is for screen readers and the tooltip
	Download bool
}

// Methods are the buttons of the login methods in the sign-in form.
type Methods struct {
	Action       string // path of the form that a button sends
	Main, Others []Method
	Primary      bool   // the first is the way in that people look for
	Label        string // of the group of round icons
}

// Method is the button of one login method.
type Method struct {
	ID      string
	Text    string
	Icon    string
	Picture string // address of its logo, in place of the icon
	Fresh   bool   // takes a new certificate host, so that the browser asks anew
}

// ButtonForm is a form that is one button: a POST with hidden values.
type ButtonForm struct {
	Action string
	Hidden []Hidden
	Button Button
}

// Hidden is a hidden input.
type Hidden struct{ Name, Value string }

// Banner says something about the page: info, success, warning, danger.
type Banner struct {
	Kind  string
	Title string
	Text  string
	Icon  string // chosen by kind where empty
	Items []string
}

// Empty stands where a list has nothing yet.
type Empty struct {
	Icon, Title, Text string
	Button            *Button
}

// Dialog is a confirmation: a <dialog> that a Button with Opens shows, with a
// form that posts to Action. Without a script it is shown as a page by itself,
// so rooms also give the confirmation an address.
type Dialog struct {
	ID, Title, Text string
	Action          string
	Hidden          []Hidden
	Confirm, Cancel string
	Kind            string // danger, primary where empty
	Icon            string
	Facts           []Fact
	Open            bool
}

// Badge is a short state: neutral, accent, success, warning, danger.
type Badge struct{ Kind, Label, Icon string }

// Fact is one row of a definition list.
type Fact struct {
	Term, Text string
	Mono       bool
	Icon       string
	URL        string
	Badge      *Badge
}

// Check is one thing that was looked at.
type Check struct {
	Name, Detail, Source string
	OK                   bool
}

// Certificate is the card of a certificate.
type Certificate struct {
	Name   string // the subject as people call it
	Issuer string
	From   time.Time
	Until  time.Time
	State  string // ok where empty; near, expired, early, revoked, refused
	Label  string // of the state, in words
	Detail string // a further line, as last use
	Facts  []Fact // folded away: serial, fingerprint, key
}

// build makes a value of a component from pairs of field name and value.
func build[T any](pairs ...any) (T, error) {
	var v T
	if len(pairs)%2 != 0 {
		return v, fmt.Errorf("%T: a name without a value", v)
	}
	target := reflect.ValueOf(&v).Elem()
	for i := 0; i < len(pairs); i += 2 {
		name, _ := pairs[i].(string)
		field := target.FieldByName(name)
		if !field.IsValid() {
			return v, fmt.Errorf("%T has no %q", v, pairs[i])
		}
		if pairs[i+1] == nil {
			continue
		}
		value := reflect.ValueOf(pairs[i+1])
		switch {
		case value.Type().AssignableTo(field.Type()):
			field.Set(value)
		case value.Kind() == field.Kind() && value.Type().ConvertibleTo(field.Type()):
			field.Set(value.Convert(field.Type())) // named strings, as iam.AppID
		case field.Kind() == reflect.Pointer && value.Type().AssignableTo(field.Type().Elem()):
			field.Set(reflect.New(field.Type().Elem()))
			field.Elem().Set(value)
		default:
			return v, fmt.Errorf("%T.%s takes %v, not %v", v, name, field.Type(), value.Type())
		}
	}
	return v, nil
}

// list makes a slice of one kind of component: {{list (fact …) (fact …)}}.
func list(items ...any) (any, error) {
	if len(items) == 0 {
		return nil, nil
	}
	kind := reflect.TypeOf(items[0])
	slice := reflect.MakeSlice(reflect.SliceOf(kind), 0, len(items))
	for _, item := range items {
		if reflect.TypeOf(item) != kind {
			return nil, fmt.Errorf("list holds %v and %T", kind, item)
		}
		slice = reflect.Append(slice, reflect.ValueOf(item))
	}
	return slice.Interface(), nil
}

// initials returns the letters that stand for a person without a picture.
func initials(name string) string {
	var letters []rune
	for _, word := range strings.FieldsFunc(name, func(c rune) bool { return unicode.IsSpace(c) || c == '.' || c == '@' || c == '-' }) {
		first, _ := utf8.DecodeRuneInString(word)
		if unicode.IsLetter(first) || unicode.IsDigit(first) {
			letters = append(letters, unicode.ToUpper(first))
		}
		if len(letters) == 2 {
			break
		}
	}
	return string(letters)
}

// hue picks one of eight quiet colours for a name, always the same one.
func hue(name string) int {
	sum := 0
	for _, c := range name {
		sum = (sum*31 + int(c)) & 0xffff
	}
	return sum % 8
}

// bannerIcon is the icon of a kind of banner.
func bannerIcon(kind string) string {
	switch kind {
	case "success":
		return "check-circle"
	case "warning", "danger":
		return "alert"
	default:
		return "info"
	}
}

// componentFuncs are the functions that make components, the same in every
// language.
func componentFuncs() template.FuncMap {
	return template.FuncMap{
		"field":       build[Field],
		"choice":      build[Choice],
		"option":      build[Option],
		"switch":      build[Switch],
		"checkbox":    build[Checkbox],
		"button":      build[Button],
		"methods":     build[Methods],
		"buttonform":  build[ButtonForm],
		"hidden":      build[Hidden],
		"banner":      build[Banner],
		"empty":       build[Empty],
		"dialog":      build[Dialog],
		"badge":       build[Badge],
		"fact":        build[Fact],
		"certificate": build[Certificate],
		"person":      build[Person],
		"link":        build[Link],
		"pager":       build[Pager],
		"list":        list,
		"initials":    initials,
		"hue":         hue,
		"bannericon":  bannerIcon,
	}
}

// nearExpiry is how long before its end a certificate is called near it: time
// enough to get a new one.
const nearExpiry = 30 * 24 * time.Hour

// CertificateState returns the state that follows from the dates alone: ok,
// near, expired or early.
func CertificateState(from, until, now time.Time) string {
	switch {
	case now.Before(from):
		return "early"
	case now.After(until):
		return "expired"
	case until.Sub(now) < nearExpiry:
		return "near"
	default:
		return "ok"
	}
}
