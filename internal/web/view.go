package web

import (
	"signet/internal/i18n"
)

// Layout is the frame that a page stands in.
type Layout string

// The layouts.
const (
	Widget Layout = "widget" // one card in the middle of a quiet page: signing in
	Frame  Layout = "frame"  // top bar, tabs, one column of cards: profile and consoles
	Bare   Layout = "bare"   // a head and nothing else: a page that forwards itself
)

// View is what a page says about itself, beside its data.
type View struct {
	TitleKey  string // of the catalogue; or
	Title     string // a title that is a name and not a sentence
	TitleArgs []any  // pairs for TitleKey
	LeadKey   string // one sentence under the title
	LeadArgs  []any  // pairs for LeadKey
	Lead      string // a lead that somebody wrote
	// FormAction are further places where a form of this page may end after
	// redirects: addresses of the certificate host, the application's redirect
	// URI. See FormTarget for what is accepted.
	FormAction []string
	Scripts    []string // names of ES modules that were added with AddStatic
	Styles     []string // names of style sheets that were added with AddStatic
	Notice     *Banner  // what just happened, above the content
	Crumbs     []Link   // Frame: the way down to this page, without itself
	Nav        Nav      // Frame
	Logo       string   // Widget: address of the application's logo; the seal where empty
	Theme      string   // address of a style sheet of its own, see ThemePath
	Foot       Foot     // Widget: what an administrator puts at the foot
	Back       string   // where a switch of language leads; this page where empty
	At         string   // path of this page, where it answers a request for another; see Record.At
	Locales    string   // ui_locales of the application that asks
	Wide       bool     // Frame: a wider column, for tables
}

// Nav is the navigation of the Frame layout.
type Nav struct {
	Section string // where one is, in words: "Administration", an organization's name
	Levels  []Link // where else one may go; a menu in place of Section where there are several
	Home    string // where the logo leads; / where empty
	Tabs    []Link
	Links   []Link // in the menu of the person
	Person  Person // who is signed in; nobody where empty
	SignOut string // path that a POST signs out at; no button where empty
}

// Link leads somewhere.
type Link struct {
	Label   string // in the person's language
	URL     string
	Icon    string // optional
	Current bool   // this is where one is
}

// Person is somebody as the frame and rows show them.
type Person struct {
	Name    string
	Detail  string // login, address or role, under the name
	Picture string // address of a picture; initials where empty
}

// Brand is how the installation presents itself.
type Brand struct {
	Name string // "Signet" where empty
	Logo string // address of a picture; the seal of Signet where empty
}

// page is what a layout template sees.
type page struct {
	View
	Lang      string
	Heading   string
	Lead      string
	Brand     Brand
	Languages []i18n.Language
	Data      any
	Request   string
}
