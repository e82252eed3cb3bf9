package web

import "net/url"

// List is a card that lists what there is of something: a search above, a row
// for each, and the way through the pages below it.
type List struct {
	Label  string // what it lists, for screen readers
	Search Search
	Rows   []Row
	Pager  Pager
	// What stands in place of rows: nothing there is yet, nothing is found, and
	// nothing is left for another page.
	None, NotFound, NoMore Empty
}

// Search is the field above a list.
type Search struct {
	Path  string // of the list
	Label string // what it looks in
	Text  string // what is looked for; empty for everything
}

// Row is one of a list, and leads to its own page.
type Row struct {
	URL    string
	Icon   string
	Person *Person // in place of the icon
	Name   string
	Lines  []string
	Badges []Badge
}

// Pager leads to the first page of a list and on to the next. It is empty where
// there is one page only.
type Pager struct {
	First, Next         string // addresses
	FirstText, NextText string // in other words than those of a list
}

// NewList begins a list: search and after are what its address says in q and
// after, next is what the next page comes after, or empty on the last.
func NewList(path, search, after, next string) List {
	l := List{Search: Search{Path: path, Text: search}}
	if after != "" {
		l.Pager.First = listAddress(path, search, "")
	}
	if next != "" {
		l.Pager.Next = listAddress(path, search, next)
	}
	return l
}

func listAddress(path, search, after string) string {
	query := url.Values{}
	if search != "" {
		query.Set("q", search)
	}
	if after != "" {
		query.Set("after", after)
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}
